"""Size of data with shared parts, as seen by functions that walk through them.

A few bytes can describe a list of two references to a list of two references
to a list... Functions that hash, compare, print or convert it never end.
"""

from __future__ import annotations

__all__ = ["check_expansion"]

from collections.abc import Callable, Iterable
from typing import Any

from ._limits import DATA_DEPTH

_OPEN = -1


def check_expansion(root: Any, parts: Callable[[Any], tuple[int, Iterable[Any]]], limit: int) -> None:
    """Check the size of data as if nothing in them were shared.

    Parameters
    ----------
    root : `object`
        The data.
    parts : `~collections.abc.Callable`
        Returns the size of an object without its parts, and the parts.
    limit : `int`
        Largest size.

    Raises
    ------
    ValueError
        Raised if the size is larger, the data contain themselves, or they are
        nested more than 100 deep.
    """
    sizes: dict[int, int] = {}
    pending = [(root, False)]
    depth = 0
    while pending:
        obj, is_complete = pending.pop()
        if is_complete:
            own, children = parts(obj)
            sizes[id(obj)] = own + sum(sizes[id(child)] for child in children)
            depth -= 1
            if sizes[id(obj)] > limit:
                raise ValueError(f"the data expand to more than {limit} values.")
        elif sizes.get(id(obj)) == _OPEN:
            raise ValueError("the data contain themselves.")
        elif id(obj) not in sizes:
            sizes[id(obj)] = _OPEN
            depth += 1
            if depth > DATA_DEPTH:
                raise ValueError(f"the data are nested more than {DATA_DEPTH} deep.")
            pending.append((obj, True))
            pending += [(child, False) for child in parts(obj)[1]]
