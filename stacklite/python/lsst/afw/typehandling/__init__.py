"""Objects that an exposure may carry, with the interface of the stack's ``lsst.afw.typehandling``."""

from __future__ import annotations

__all__ = ["Storable", "StorableHelperFactory"]

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from ._storable import Storable
from ._storable_helper_factory import StorableHelperFactory
