"""Unpickling with an explicit allow-list: files are data, never programs."""

from __future__ import annotations

__all__ = ["restricted_loads"]

import io
import pickle
from collections.abc import Mapping
from typing import Any


class _AllowListUnpickler(pickle.Unpickler):
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

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError("a pickle with persistent ids is refused; nothing was loaded.")


def restricted_loads(data: bytes, allowed: Mapping[tuple[str, str], Any]) -> Any:
    """Unpickle bytes, resolving globals only through an allow-list.

    Parameters
    ----------
    data : `bytes`
        The pickle.
    allowed : `~collections.abc.Mapping`
        ``(module, name)`` as written in the pickle -> the object used for it.
        The object need not be the one that the pickle means: inert stand-ins
        are the safest choice. Nothing is ever imported by name.

    Returns
    -------
    obj : `object`
        The unpickled object.

    Raises
    ------
    pickle.UnpicklingError
        Raised if the pickle names anything else, or is damaged.
    """
    try:
        return _AllowListUnpickler(io.BytesIO(data), allowed).load()
    except pickle.UnpicklingError:
        raise
    except Exception as err:
        # A damaged pickle stream raises whatever its opcodes run into.
        raise pickle.UnpicklingError(f"a pickle is damaged: {type(err).__name__}: {err}") from err
