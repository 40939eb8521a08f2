"""Arrays of numpy in a pickle, made without trusting what the pickle says of them.

The functions that numpy itself names in pickles read and write outside of
their memory when the state is forged, and allocate what it asks for.
"""

from __future__ import annotations

__all__ = ["NUMPY_GLOBALS", "PickledArray", "PickledDict"]

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

_PLAIN_TYPE = re.compile(r"[biufcSUO]\d*|\?")


class _PickledType:
    """Stand-in for ``numpy.dtype``: numbers, text and objects; no fields."""

    __slots__ = ("dtype",)

    def __init__(self, code: str, align: bool = False, copy: bool = False):
        if not _PLAIN_TYPE.fullmatch(code):
            raise ValueError(f"arrays of type {code!r} are not supported.")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, order, *structure = state
        if any(part is not None for part in structure[:3]) or order not in ("<", ">", "|", "="):
            raise ValueError("arrays of structures are not supported.")
        self.dtype = self.dtype.newbyteorder(order)


class PickledArray(np.ndarray):
    """An array that checks its state before numpy believes it."""

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, type_, fortran, content = state
        size = math.prod(shape)
        dtype: np.dtype[Any] = type_.dtype
        if dtype.hasobject:
            fits = isinstance(content, list) and len(content) == size
        else:
            fits = isinstance(content, bytes) and len(content) == size * dtype.itemsize
        if not fits or min(shape, default=0) < 0:
            raise ValueError(f"an array of shape {shape} does not have the elements for it.")
        super().__setstate__((1, shape, dtype, bool(fortran), content))  # type: ignore[arg-type]


class _Inert:
    """Something without attributes that a pickle could change."""

    __slots__ = ()


class _Reconstruct(_Inert):
    """Stand-in for ``numpy._core.multiarray._reconstruct``: always empty."""

    __slots__ = ()

    def __call__(self, subtype: Any, shape: Any, code: Any) -> PickledArray:
        return np.ndarray.__new__(PickledArray, (0,), np.int8)


class _Scalar(_Inert):
    """Stand-in for ``numpy._core.multiarray.scalar``."""

    __slots__ = ()

    def __call__(self, type_: _PickledType, content: bytes) -> Any:
        if type_.dtype.hasobject or len(content) != type_.dtype.itemsize:
            raise ValueError(f"{len(content)} bytes are not a number of type {type_.dtype}.")
        return np.frombuffer(content, type_.dtype)[0]


class PickledDict(dict[Any, Any]):
    """Stand-in for `collections.OrderedDict`, filled item by item."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__()

    def __setstate__(self, state: Any) -> None:
        # Its presence also keeps a pickle from setting attributes of the class.
        raise ValueError("a dictionary has no state.")


# The module has a new name since numpy 2; files have either.
NUMPY_GLOBALS: Mapping[tuple[str, str], Any] = {
    ("numpy", "ndarray"): _Inert(),
    ("numpy", "dtype"): _PickledType,
    **{
        (f"numpy.{package}.multiarray", name): stand_in
        for package in ("core", "_core")
        for name, stand_in in (("_reconstruct", _Reconstruct()), ("scalar", _Scalar()))
    },
}
"""What pickled arrays name -> what it becomes."""
