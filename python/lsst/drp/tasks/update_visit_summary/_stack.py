"""The stack that the task needs: imported first, so that a message says what to install."""

from __future__ import annotations

__all__: list[str] = []

import importlib
import sys

from .version import __version__

_NEEDED = ("lsst.geom", "lsst.afw.table", "lsst.afw.image", "lsst.meas.astrom", "lsst.pipe.tasks")

_OF_THE_STACK = ("lsst.geom", "lsst.afw", "lsst.meas", "lsst.pipe.tasks")


def _require_stack() -> None:
    """Import packages of the stack.

    Raises
    ------
    ImportError
        Raised if there is no stack, with the two ways to have one, or if it
        is a stacklite of another version.
    """
    for name in _NEEDED:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as err:
            # A package of somebody else that is missing is reported as it is.
            if not f"{err.name}.".startswith(tuple(f"{package}." for package in _OF_THE_STACK)):
                raise
            raise ImportError(
                f"lsst.drp.tasks.update_visit_summary needs {err.name}, which is not installed; set up the "
                "LSST Science Pipelines (setup lsst_distrib), or install the pure-Python subset of them that "
                "comes with this package (pip install ./kernels ./stacklite in its directory).",
                name=err.name,
            ) from err
        # Before the next one: in an old stacklite it may not exist.
        _refuse_other_stacklite()


def _refuse_other_stacklite() -> None:
    """Check the version of stacklite, if it is what was imported.

    Raises
    ------
    ImportError
        Raised if it is not the version of the task, which it is released with.
    """
    stacklite = sys.modules.get("lsst_stacklite")
    if stacklite is None:
        return
    version = getattr(stacklite, "__version__", "without a version")
    if version != __version__:
        raise ImportError(
            f"lsst.drp.tasks.update_visit_summary {__version__} needs stacklite {__version__}, but the one "
            f"in {stacklite.__path__[0]} is {version}; install the one that comes with this package (pip "
            "install ./kernels ./stacklite in its directory).",
            name="lsst_stacklite",
        )


_require_stack()
