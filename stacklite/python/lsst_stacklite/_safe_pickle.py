"""Unpickling with an explicit allow-list: files are data, never programs."""

from __future__ import annotations

__all__ = ["restricted_loads"]

import io
import pickle
import pickletools
import struct
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np

from ._expansion import check_expansion
from ._limits import PICKLE_KEY, PICKLE_VALUES

# What pickles of plain data, numpy arrays and objects with state consist of
# since protocol 2. Left out: the texts of protocols 0 and 1, persistent ids,
# the extension registry, and buffers outside of the stream.
_OPCODES = frozenset(
    """
    PROTO FRAME STOP MARK POP POP_MARK
    NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 LONG1 LONG4 BINFLOAT
    SHORT_BINUNICODE BINUNICODE BINUNICODE8 BINSTRING SHORT_BINSTRING
    BINBYTES SHORT_BINBYTES BINBYTES8 BYTEARRAY8
    EMPTY_LIST APPEND APPENDS EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3
    EMPTY_DICT SETITEM SETITEMS EMPTY_SET ADDITEMS FROZENSET
    BINGET LONG_BINGET BINPUT LONG_BINPUT MEMOIZE
    GLOBAL STACK_GLOBAL REDUCE BUILD NEWOBJ NEWOBJ_EX
    """.split()
)
_NAMES = {ord(opcode.code): opcode.name for opcode in pickletools.opcodes}

_TEXT_UNIT = 16  # Bytes of text or array that count as one value.


class _Dispatch(dict[int, Callable[[Any], None]]):
    def __missing__(self, code: int) -> Callable[[Any], None]:
        name = _NAMES.get(code, f"{code:#04x}")
        raise pickle.UnpicklingError(
            f"a pickle is damaged, or not plain data: opcode {name} is refused; nothing was loaded."
        )


class _AllowListUnpickler(pickle._Unpickler):
    """The unpickler in Python, since the one in C trusts the indices of a memo.

    Parameters
    ----------
    stream : `io.BytesIO`
        The pickle.
    allowed : `~collections.abc.Mapping`
        See `restricted_loads`.
    """

    dispatch = _Dispatch(
        {code: load for code, load in pickle._Unpickler.dispatch.items() if _NAMES.get(code) in _OPCODES}
    )

    def __init__(self, stream: io.BytesIO, allowed: Mapping[tuple[str, str], Any]):
        super().__init__(stream)
        self._allowed = allowed

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._allowed[module, name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"a pickle asks for {module}.{name}, which is not on the allow-list; nothing was loaded."
            ) from None

    def _load_bytearray(self) -> None:
        """Load immutable bytes; the original method trusts their number."""
        (size,) = struct.unpack("<Q", self.read(8))  # type: ignore[attr-defined]
        content = self.read(size)  # type: ignore[attr-defined]
        if len(content) != size:
            raise pickle.UnpicklingError(f"a pickle is damaged: it ends within {size} bytes.")
        self.append(content)  # type: ignore[attr-defined]

    def _load_items(self, code: bytes) -> None:
        """Run an opcode that puts pairs or values into an existing container."""
        stack: list[Any] = self.stack  # type: ignore[attr-defined]
        if code == pickle.SETITEM:
            target, keys = stack[-3], stack[-2:-1]
        else:
            target, keys = self.metastack[-1][-1], stack[::2] if code == pickle.SETITEMS else stack  # type: ignore[attr-defined]
        if not isinstance(target, set if code == pickle.ADDITEMS else dict):
            raise pickle.UnpicklingError(f"a pickle puts items into a {type(target).__name__}.")
        _check_keys(keys)
        pickle._Unpickler.dispatch[code[0]](self)  # type: ignore[arg-type]

    def _load_frozen_set(self) -> None:
        _check_keys(self.stack)  # type: ignore[attr-defined]
        pickle._Unpickler.dispatch[pickle.FROZENSET[0]](self)  # type: ignore[arg-type]


_AllowListUnpickler.dispatch[pickle.BYTEARRAY8[0]] = _AllowListUnpickler._load_bytearray
_AllowListUnpickler.dispatch[pickle.FROZENSET[0]] = _AllowListUnpickler._load_frozen_set
_AllowListUnpickler.dispatch |= {
    code[0]: partial(_AllowListUnpickler._load_items, code=code)
    for code in (pickle.SETITEM, pickle.SETITEMS, pickle.ADDITEMS)
}


def _check_keys(keys: Iterable[Any]) -> None:
    """Refuse keys whose hashes collide at will, or take forever."""
    for key in keys:
        if isinstance(key, tuple | frozenset) or (isinstance(key, int) and abs(key) >= PICKLE_KEY):
            raise pickle.UnpicklingError(
                f"a pickle has keys of type {type(key).__name__}, which are refused."
            )


def _parts(obj: Any) -> tuple[int, Iterable[Any]]:
    """Return the size of an object of a pickle without its parts, and the parts."""
    if isinstance(obj, dict):
        return 1, [*obj, *obj.values()]
    if isinstance(obj, tuple | list | set | frozenset):
        return 1, obj
    if isinstance(obj, np.ndarray):
        return 1 + obj.nbytes // _TEXT_UNIT, obj.ravel().tolist() if obj.dtype.hasobject else ()
    if isinstance(obj, str | bytes):
        return 1 + len(obj) // _TEXT_UNIT, ()
    return 1, vars(obj).values() if hasattr(obj, "__dict__") and not isinstance(obj, type) else ()


def restricted_loads(data: bytes, allowed: Mapping[tuple[str, str], Any]) -> Any:
    """Unpickle bytes, resolving globals only through an allow-list.

    Parameters
    ----------
    data : `bytes`
        The pickle, of protocol 2 to 5; byte arrays in it become `bytes`.
    allowed : `~collections.abc.Mapping`
        ``(module, name)`` as written in the pickle -> the object used for it.
        The object need not be the one that the pickle means: inert stand-ins
        are the safest choice, since a pickle can call the object with any
        arguments and set attributes of it. Nothing is ever imported by name.

    Returns
    -------
    obj : `object`
        The unpickled object. Its parts may be shared, but it does not contain
        itself, and walking through all of it takes a time that fits its size.

    Raises
    ------
    pickle.UnpicklingError
        Raised if the pickle names anything else, uses an opcode that data
        does not need, or is damaged.
    """
    try:
        loaded = _AllowListUnpickler(io.BytesIO(data), allowed).load()
        check_expansion(loaded, _parts, PICKLE_VALUES + len(data))
        return loaded
    except pickle.UnpicklingError:
        raise
    except Exception as err:
        # The opcodes of a damaged pickle stream raise errors of many classes.
        raise pickle.UnpicklingError(f"a pickle is damaged: {type(err).__name__}: {err}") from err
