"""Functions of several forms, as C++ has them."""

from __future__ import annotations

__all__ = ["Check", "bind", "is_integer", "is_sequence"]

import typing
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from inspect import Signature, signature
from typing import Any

import numpy as np

from ._enumeration import Enumeration

Check = type | Callable[[Any], bool]
"""What tells whether a value is of a kind: its type, or a function."""


@cache
def _forms(function: Callable[..., Any]) -> tuple[Signature, ...]:
    return tuple(signature(getattr(form, "__func__", form)) for form in typing.get_overloads(function))


def bind(
    function: Callable[..., Any],
    checks: Mapping[str, Check],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the arguments of a call by name, as the first form that takes them names them.

    Parameters
    ----------
    function : `~collections.abc.Callable`
        Function whose forms are declared by `typing.overload`.
    checks : `~collections.abc.Mapping` [`str`, `type` or `~collections.abc.Callable`]
        By annotation, as it is written in the declarations: the type, or what
        returns whether a value is meant. Those of numbers, texts and
        sequences of numbers are known; without a check any value is accepted.
    args, kwargs
        What it was called with.

    Returns
    -------
    given : `dict` [`str`, `~typing.Any`]
        The arguments that were given, without ``self`` or ``cls``.

    Raises
    ------
    TypeError
        Raised if no form takes such arguments.
    """
    for form in _forms(function):
        try:
            given = form.bind(*args, **kwargs).arguments
        except TypeError:
            continue
        for owner in ("self", "cls"):
            given.pop(owner, None)
        if all(_is_meant(form.parameters[name].annotation, checks, given[name]) for name in given):
            return given
    kinds = [type(value).__name__ for value in args]
    kinds += [f"{name}={type(value).__name__}" for name, value in kwargs.items()]
    raise TypeError(
        f"{function.__qualname__} does not take ({', '.join(kinds)}); it takes "
        + " or ".join(f"({', '.join(name for name in form.parameters)})" for form in _forms(function))
    )


def _is_meant(annotation: str, checks: Mapping[str, Check], value: Any) -> bool:
    """Return whether a value is of one of the kinds of an annotation."""
    for kind in annotation.split(" | "):
        check = checks.get(kind) or _NUMBERS.get(kind, object)
        if isinstance(value, check) if isinstance(check, type) else check(value):
            return True
    return False


def is_integer(value: Any) -> bool:
    """Return whether a value is a whole number or a member of an enumeration."""
    return isinstance(value, int | np.integer | Enumeration)


def is_sequence(value: Any) -> bool:
    """Return whether a value is a list or the like, or an array."""
    return isinstance(value, Sequence | np.ndarray) and not isinstance(value, str | bytes)


def _is_number(value: Any) -> bool:
    return is_integer(value) or isinstance(value, float | np.floating)


_NUMBERS: dict[str, Check] = {
    "None": type(None),
    "Sequence[float]": is_sequence,
    "float": _is_number,
    "int": is_integer,
    "str": str,
}
