"""What belongs to stacklite itself rather than to the stack's name space."""

from __future__ import annotations

__all__ = ["__version__", "restricted_loads"]

from ._safe_pickle import restricted_loads

__version__ = "0.1.0"
