"""Piff and GalSim objects of a pickle as inert records: state without behaviour."""

from __future__ import annotations

__all__ = ["Record", "load_records"]

import importlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from lsst.afw.detection._errors import InvalidPsfError
from lsst_stacklite import restricted_loads

# Packages whose classes (and functions) become records. "lsst" is here for the
# coordinate-system wrappers with which the stack fits models on the sky.
_RECORDED_PACKAGES = frozenset({"piff", "galsim", "coord", "lsst", "astropy"})


class Record:
    """Something that a pickle named: its arguments and its state, nothing else.

    Each class or function of a pickle gets its own subclass.
    """

    kind: ClassVar[str] = ""
    """Full name of the class in the pickle, e.g. ``piff.simplepsf.SimplePSF``."""

    args: tuple[Any, ...]
    state: Any

    def __new__(cls, *args: Any, **kwargs: Any) -> Record:
        record = super().__new__(cls)
        record.args = (*args, *kwargs.items())
        record.state = None
        return record

    def __init__(self, *args: Any, **kwargs: Any):
        """Ignore what the real class would do with its arguments."""

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def __getitem__(self, name: str) -> Any:
        if not isinstance(self.state, dict) or name not in self.state:
            raise InvalidPsfError(
                f"The state of a {self.kind} has no {name!r}; the file may come from a version of Piff or "
                "galsim that stacklite does not know (it knows Piff 1.5)."
            )
        return self.state[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return one entry of the state."""
        return self.state.get(name, default) if isinstance(self.state, dict) else default

    def __repr__(self) -> str:
        return f"<record of {self.kind}>"


class _AllowList(Mapping[tuple[str, str], Any]):
    """Records for the packages above, and what numpy needs for its arrays."""

    def __init__(self) -> None:
        self._exact: dict[tuple[str, str], Any] = {
            ("builtins", "complex"): complex,
            ("builtins", "set"): set,
            ("collections", "OrderedDict"): OrderedDict,
            **_numpy_globals(),
        }

    def __getitem__(self, key: tuple[str, str]) -> Any:
        if key in self._exact:
            return self._exact[key]
        module, name = key
        # The polynomials of numpy are named by Piff's interpolations; what
        # they compute is told by the state anyway.
        if module.partition(".")[0] in _RECORDED_PACKAGES or module.startswith("numpy.polynomial."):
            self._exact[key] = type(name, (Record,), {"kind": f"{module}.{name}"})
            return self._exact[key]
        raise KeyError(key)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._exact)

    def __len__(self) -> int:
        return len(self._exact)


def _numpy_globals() -> dict[tuple[str, str], Any]:
    # The module has a new name since numpy 2; files have either.
    multiarray = importlib.import_module(np.ndarray.__reduce__(np.zeros(1))[0].__module__)
    known: dict[tuple[str, str], Any] = {("numpy", "ndarray"): np.ndarray, ("numpy", "dtype"): np.dtype}
    for package in ("numpy.core", "numpy._core"):
        for name in ("_reconstruct", "scalar"):
            known[f"{package}.multiarray", name] = getattr(multiarray, name)
    for scalar in (np.float64, np.float32, np.int64, np.int32, np.int16, np.uint16, np.bool_):
        known["numpy", scalar.__name__] = scalar
    known["numpy", "bool_"] = np.bool_
    return known


def load_records(data: bytes) -> Any:
    """Read a pickle of Piff without Piff.

    Parameters
    ----------
    data : `bytes`
        The pickle.

    Returns
    -------
    content : `object`
        Built-in containers, numpy arrays and `Record` objects.

    Raises
    ------
    pickle.UnpicklingError
        Raised if the pickle is damaged or names anything else.
    """
    return restricted_loads(data, _AllowList())
