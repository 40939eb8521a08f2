"""Functions of several forms, as C++ has them."""

from __future__ import annotations

__all__ = ["Check", "bind", "is_integer", "is_natural", "is_sequence"]

import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from inspect import Parameter, signature
from typing import Any, Self

import numpy as np

from ._enumeration import Enumeration

# Tuples rather than unions, which would be made anew for every value.
_INTEGERS = (int, np.integer, Enumeration)
_NUMBERS = (float, np.floating, *_INTEGERS)
_SEQUENCES = (np.ndarray, Sequence)
_TEXTS = (str, bytes)

Check = type | Callable[[Any], bool]
"""Test of whether a value is of a kind: its type, or a function."""


@dataclass(frozen=True)
class _Form:
    """One way to call a function, as far as arguments are bound to it.

    ``Signature.bind`` knows more, and takes several times as long.

    Parameters
    ----------
    names : `tuple` [`str`, ...]
        Names of all parameters, ``self`` included.
    kinds : `tuple` [`tuple` [`str`, ...], ...]
        Of each parameter, the kinds of values that it takes.
    has_owner : `bool`
        Whether the first one is ``self`` or ``cls``.
    n_positional : `int`
        Number of those that can be given without a name.
    by_name : `frozenset` [`str`]
        Those that can be given by name.
    required : `tuple` [`str`, ...]
        Those that must be given.
    """

    names: tuple[str, ...]
    kinds: tuple[tuple[str, ...], ...]
    has_owner: bool
    n_positional: int
    by_name: frozenset[str]
    required: tuple[str, ...]

    @classmethod
    def of(cls, declaration: Callable[..., Any]) -> Self:
        """Return the form that is declared by a function."""
        parameters = [*signature(getattr(declaration, "__func__", declaration)).parameters.values()]
        has_owner = bool(parameters) and parameters[0].name in ("self", "cls")
        named = [each for each in parameters[has_owner:] if each.kind is not Parameter.POSITIONAL_ONLY]
        return cls(
            names=tuple(each.name for each in parameters),
            kinds=tuple(tuple(str(each.annotation).split(" | ")) for each in parameters),
            has_owner=has_owner,
            n_positional=sum(each.kind is not Parameter.KEYWORD_ONLY for each in parameters),
            by_name=frozenset(each.name for each in named),
            required=tuple(each.name for each in parameters[has_owner:] if each.default is Parameter.empty),
        )

    def bind(
        self, args: Sequence[Any], kwargs: Mapping[str, Any], checks: Mapping[str, Check]
    ) -> dict[str, Any] | None:
        """Return arguments by name, in the order of the parameters; `None` if they do not fit."""
        count, start = len(args), int(self.has_owner)
        if not start <= count <= self.n_positional or count - start + len(kwargs) < len(self.required):
            return None
        given = {}
        for name, kinds, value in zip(
            self.names[start:count], self.kinds[start:count], args[start:], strict=True
        ):
            if not _is_meant(kinds, checks, value):
                return None
            given[name] = value
        if kwargs and not self._bind_names(given, count, kwargs, checks):
            return None
        for name in self.required:
            if name not in given:
                return None
        return given

    def _bind_names(
        self, given: dict[str, Any], start: int, kwargs: Mapping[str, Any], checks: Mapping[str, Check]
    ) -> bool:
        """Add the arguments that were given by name and return whether they fit."""
        for name in kwargs:
            if name in given or name not in self.by_name:
                return False
        for name, kinds in zip(self.names[start:], self.kinds[start:], strict=True):
            if name in kwargs:
                if not _is_meant(kinds, checks, kwargs[name]):
                    return False
                given[name] = kwargs[name]
        return True


@cache
def _forms(function: Callable[..., Any]) -> tuple[_Form, ...]:
    return tuple(map(_Form.of, typing.get_overloads(function)))


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
        Function whose forms are declared by `typing.overload`, with no
        ``*args`` or ``**kwargs`` among them.
    checks : `~collections.abc.Mapping` [`str`, `type` or `~collections.abc.Callable`]
        By annotation, as it is written in the declarations: the type, or what
        returns whether a value is meant. Those of numbers, texts and
        sequences of numbers are known; without a check any value is accepted.
    args, kwargs
        Arguments of the call.

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
        given = form.bind(args, kwargs, checks)
        if given is not None:
            return given
    kinds = [type(value).__name__ for value in args]
    kinds += [f"{name}={type(value).__name__}" for name, value in kwargs.items()]
    raise TypeError(
        f"{function.__qualname__} does not take ({', '.join(kinds)}); it takes "
        + " or ".join(f"({', '.join(form.names)})" for form in _forms(function))
        + "."
    )


def _is_meant(kinds: Iterable[str], checks: Mapping[str, Check], value: Any) -> bool:
    """Return whether a value is of one of some kinds."""
    for kind in kinds:
        check = checks.get(kind) or _KNOWN.get(kind, object)
        if isinstance(value, check) if isinstance(check, type) else check(value):
            return True
    return False


def is_integer(value: Any) -> bool:
    """Return whether a value is a whole number or a member of an enumeration."""
    return isinstance(value, _INTEGERS)


def is_natural(value: Any) -> bool:
    """Return whether a value is a whole number that is not negative (``unsigned`` in C++)."""
    return is_integer(value) and int(value) >= 0


def is_sequence(value: Any) -> bool:
    """Return whether a value is a list or the like, or an array."""
    return isinstance(value, _SEQUENCES) and not isinstance(value, _TEXTS)


def _is_number(value: Any) -> bool:
    return isinstance(value, _NUMBERS)


_KNOWN: dict[str, Check] = {
    "None": type(None),
    "Sequence[float]": is_sequence,
    "float": _is_number,
    "int": is_integer,
    "str": str,
}
