"""Functions of several forms, as C++ has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["by_name"]


def by_name(
    function: str, names: Sequence[str], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments of a call by their name.

    Parameters
    ----------
    function : `str`
        Name of the function, for the messages.
    names : `~collections.abc.Sequence` [`str`]
        Names of the positional arguments of the form that was called.
    args, kwargs
        What it was called with.

    Raises
    ------
    TypeError
        If there are more positional arguments than names, or an argument is
        given by position and by name.
    """
    if len(args) > len(names):
        raise TypeError(f"{function} takes at most {len(names)} arguments, not {len(args)}")
    given = dict(zip(names, args, strict=False))
    if twice := given.keys() & kwargs.keys():
        raise TypeError(f"{function} got {sorted(twice)} twice")
    return {**given, **kwargs}
