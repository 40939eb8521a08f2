"""Metadata containers and times, with the interface of the stack's ``lsst.daf.base``."""

from __future__ import annotations

__all__ = ["DateTime", "PropertyList", "PropertySet"]

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from . import _yaml  # noqa: F401 (registers what YAML must know)
from ._date_time import DateTime
from ._property_list import PropertyList
from ._property_set import PropertySet
