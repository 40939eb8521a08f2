"""Objects that an exposure may carry, with the interface of the stack's ``lsst.afw.typehandling``."""

from __future__ import annotations

from ._storable import Storable

__all__ = ["Storable"]
