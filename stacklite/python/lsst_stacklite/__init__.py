"""Parts of stacklite that have no counterpart in the stack's namespace.

Importing it refuses a process that has parts of the real stack; every package
of stacklite does so first.
"""

from __future__ import annotations

__all__ = ["__version__", "load_yaml", "restricted_loads"]

from ._guard import refuse_mixture
from ._safe_pickle import restricted_loads
from ._safe_yaml import load_yaml
from .version import __version__

refuse_mixture()
