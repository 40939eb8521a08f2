"""Arrays of numpy in a pickle, made without trusting the state that the pickle gives.

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

from lsst_stacklite._limits import ARRAY_DIMENSIONS, EMPTY_ARRAY_SIDE

_PLAIN_TYPE = re.compile(r"[biufcSUO]\d{0,5}|\?")


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


def _check_elements(shape: Any, dtype: np.dtype[Any], content: Any) -> None:
    """Check that an array has the elements that its shape asks for.

    Raises
    ------
    ValueError
        Raised if it has not, or the shape is no shape.
    """
    if type(shape) is not tuple or len(shape) > ARRAY_DIMENSIONS or any(type(n) is not int for n in shape):
        raise ValueError("the shape of an array is not a tuple of a few integers.")
    # Without any element the shape could be anything, and loops would trust it.
    largest = len(content) if 0 not in shape else EMPTY_ARRAY_SIDE
    if not all(0 <= n <= largest for n in shape):
        raise ValueError("an array does not have the elements that its shape asks for.")
    expected = list if dtype.hasobject else bytes
    width = 1 if dtype.hasobject else dtype.itemsize
    if type(content) is not expected or not width or len(content) != width * math.prod(shape):
        raise ValueError(f"an array of shape {shape} does not have the elements for it.")


class PickledArray(np.ndarray):
    """An array that checks its state before numpy uses it."""

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, type_, fortran, content = state
        dtype: np.dtype[Any] = type_.dtype
        _check_elements(shape, dtype, content)
        super().__setstate__((1, shape, dtype, bool(fortran), content))  # type: ignore[arg-type]


class _Inert:
    """Base class of objects without attributes that a pickle could change."""

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


class _FromBuffer(_Inert):
    """Stand-in for ``numpy._core.numeric._frombuffer``: arrays of protocol 5."""

    __slots__ = ()

    def __call__(
        self, content: bytes, type_: _PickledType, shape: Any, order: str, axes: Any = None
    ) -> PickledArray:
        dtype: np.dtype[Any] = type_.dtype
        if dtype.hasobject or order not in ("C", "F", "K") or (order == "K") != (axes is not None):
            raise ValueError("an array of this kind is not stored in a buffer.")
        _check_elements(shape, dtype, content)
        array = np.frombuffer(content, dtype).reshape(shape, order="F" if order == "F" else "C")
        # A copy: nothing of the pickle shares the memory.
        array = array if axes is None else array.transpose(axes)
        return np.array(array, dtype.newbyteorder("="), order="K").view(PickledArray)


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
    **{(f"numpy.{package}.numeric", "_frombuffer"): _FromBuffer() for package in ("core", "_core")},
}
"""Stand-ins of the functions and classes that pickled arrays name."""
