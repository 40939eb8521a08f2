"""Version of the distribution visit-kernels."""

from __future__ import annotations

__all__ = ["__version__"]

# The build reads it from here, so it must be written out. The metadata of an
# installation would not do: code that is found through PYTHONPATH has none.
__version__ = "0.1.0"
