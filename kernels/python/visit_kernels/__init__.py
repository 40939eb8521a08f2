"""Array kernels for the statistics of a visit; each module has one subject."""

from __future__ import annotations

__all__ = ["__version__"]

from .version import __version__
