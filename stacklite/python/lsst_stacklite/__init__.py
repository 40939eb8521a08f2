"""What belongs to stacklite itself rather than to the stack's name space.

Importing it refuses a process that has parts of the real stack; every package
of stacklite does so first.
"""

from __future__ import annotations

__all__ = ["__version__", "restricted_loads"]

from ._guard import refuse_mixture
from ._safe_pickle import restricted_loads

__version__ = "0.1.0"

refuse_mixture()
