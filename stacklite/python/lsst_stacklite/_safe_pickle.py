"""Unpickling with an explicit allow-list: files are data, never programs."""

from __future__ import annotations

__all__ = ["restricted_loads"]

import io
import pickle
import pickletools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

# What pickles of plain data, numpy arrays and objects with state consist of.
# Left out: persistent ids, the extension registry, the calls of protocol 0,
# buffers outside of the stream, and bytearrays, whose length is believed.
_OPCODES = frozenset(
    """
    PROTO FRAME STOP MARK POP POP_MARK DUP
    NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT
    STRING BINSTRING SHORT_BINSTRING UNICODE SHORT_BINUNICODE BINUNICODE BINUNICODE8
    BINBYTES SHORT_BINBYTES BINBYTES8
    EMPTY_LIST LIST APPEND APPENDS EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3
    EMPTY_DICT DICT SETITEM SETITEMS EMPTY_SET ADDITEMS FROZENSET
    GET BINGET LONG_BINGET PUT BINPUT LONG_BINPUT MEMOIZE
    GLOBAL STACK_GLOBAL REDUCE BUILD NEWOBJ NEWOBJ_EX
    """.split()
)
_NAMES = {ord(opcode.code): opcode.name for opcode in pickletools.opcodes}


class _Dispatch(dict[int, Callable[[Any], None]]):
    def __missing__(self, code: int) -> Callable[[Any], None]:
        name = _NAMES.get(code, f"{code:#04x}")
        raise pickle.UnpicklingError(
            f"a pickle is damaged, or not plain data: opcode {name} is refused; nothing was loaded."
        )


class _AllowListUnpickler(pickle._Unpickler):
    """The unpickler in Python: that in C believes the indices of a memo.

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

    def _hashing(self, keys: Callable[[list[Any]], Iterable[Any]], code: bytes) -> None:
        """Run an opcode that hashes the items at the top of the stack."""
        for key in keys(self.stack):  # type: ignore[attr-defined]
            # The hash of nested tuples can take as long as their author likes.
            if isinstance(key, tuple) and any(isinstance(item, tuple) for item in key):
                raise pickle.UnpicklingError("a pickle with nested tuples as keys is refused.")
        pickle._Unpickler.dispatch[code[0]](self)  # type: ignore[arg-type]


def _hashing(code: bytes, keys: Callable[[list[Any]], Iterable[Any]]) -> None:
    _AllowListUnpickler.dispatch[code[0]] = lambda unpickler: unpickler._hashing(keys, code)


_hashing(pickle.SETITEM, lambda stack: stack[-2:-1])
_hashing(pickle.SETITEMS, lambda stack: stack[::2])
_hashing(pickle.DICT, lambda stack: stack[::2])
_hashing(pickle.ADDITEMS, lambda stack: stack)
_hashing(pickle.FROZENSET, lambda stack: stack)


def restricted_loads(data: bytes, allowed: Mapping[tuple[str, str], Any]) -> Any:
    """Unpickle bytes, resolving globals only through an allow-list.

    Parameters
    ----------
    data : `bytes`
        The pickle.
    allowed : `~collections.abc.Mapping`
        ``(module, name)`` as written in the pickle -> the object used for it.
        The object need not be the one that the pickle means: inert stand-ins
        are the safest choice, since a pickle can call the object with any
        arguments and set attributes of it. Nothing is ever imported by name.

    Returns
    -------
    obj : `object`
        The unpickled object.

    Raises
    ------
    pickle.UnpicklingError
        Raised if the pickle names anything else, uses an opcode that data
        does not need, or is damaged.
    """
    try:
        return _AllowListUnpickler(io.BytesIO(data), allowed).load()
    except pickle.UnpicklingError:
        raise
    except Exception as err:
        # A damaged pickle stream raises whatever its opcodes run into.
        raise pickle.UnpicklingError(f"a pickle is damaged: {type(err).__name__}: {err}") from err
