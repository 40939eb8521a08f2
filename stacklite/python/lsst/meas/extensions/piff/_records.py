"""Piff and GalSim objects of a pickle as inert records: state without behavior."""

from __future__ import annotations

__all__ = ["Record", "load_records", "with_size"]

import pickle
import pickletools
import struct
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from lsst.afw.detection import InvalidPsfError
from lsst_stacklite import restricted_loads
from lsst_stacklite._limits import PICKLE_CLASSES

from ._pickled_arrays import NUMPY_GLOBALS, PickledDict

# Packages whose classes (and functions) become records. "lsst" is here for the
# coordinate-system wrappers with which the stack fits models on the sky.
_RECORDED_PACKAGES = frozenset({"piff", "galsim", "coord", "lsst", "astropy"})
_INTEGERS = frozenset({"BININT", "BININT1", "BININT2"})
_BEFORE_SIZE = frozenset({"PROTO", "FRAME", "MARK"})
_NUMBERS = frozenset({"float64", "float32", "int64", "int32", "int16", "uint16", "bool_", "bool"})


class Record:
    """Object of a class that a pickle named: its arguments and its state, nothing else.

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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ignore the arguments, which the real class would use."""

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
    """Records for the packages above, and stand-ins for numpy's arrays."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Any] = {
            ("builtins", "complex"): complex,
            ("collections", "OrderedDict"): PickledDict,
            **NUMPY_GLOBALS,
        }

    def __getitem__(self, key: tuple[str, str]) -> Any:
        if key not in self._known:
            if not _is_recorded(*key):
                raise KeyError(key)
            if len(self._known) >= PICKLE_CLASSES:
                raise pickle.UnpicklingError(f"a pickle names more than {PICKLE_CLASSES} classes.")
            self._known[key] = type(key[1], (Record,), {"kind": ".".join(key)})
        return self._known[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _is_recorded(module: str, name: str) -> bool:
    # The polynomials of numpy are named by Piff's interpolations, and types of
    # numbers by GalSim's images; the state determines what they compute.
    if module == "numpy":
        return name in _NUMBERS
    return module.partition(".")[0] in _RECORDED_PACKAGES or module.startswith("numpy.polynomial.")


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
        Raised if the pickle is damaged or names any other class or function.
    """
    return restricted_loads(data, _AllowList())


def with_size(data: bytes, width: int, height: int) -> bytes:
    """Replace the first two elements in the pickle of a tuple that starts with two integers.

    The rest stays byte for byte, so that the real Piff can read what this module cannot.

    Raises
    ------
    lsst.afw.detection.InvalidPsfError
        Raised if the pickle is not one of such a tuple.
    """
    sizes = b"".join(b"J" + struct.pack("<i", size) for size in (width, height))
    head, found = b"", 0
    try:
        for opcode, _, position in pickletools.genops(data):
            start = position or 0
            if opcode.name in _INTEGERS:
                found += 1
            elif found == 2:
                return head + sizes + data[start:]
            elif found or opcode.name not in _BEFORE_SIZE:
                break
            elif opcode.name != "FRAME":  # Its length would be wrong, and readers do not need it.
                head += data[start : start + (2 if opcode.name == "PROTO" else 1)]
    except ValueError:
        pass  # The kind of damage does not matter here.
    raise InvalidPsfError("The state of a Piff PSF does not start with the size of its images.")
