"""Enumerations with the operations of those of the real stack, and no others."""

from __future__ import annotations

__all__ = ["ArithmeticEnumeration", "Enumeration", "NumberEnumeration"]

import enum
import operator
from typing import Any, SupportsIndex


class _EnumerationType(enum.EnumMeta):
    """The type of enumerations: called with a number, not iterable, not indexed by names.

    The members of an enumeration are in its ``__members__``, by name.
    """

    __contains__ = None  # type: ignore[assignment]
    __getitem__ = None  # type: ignore[assignment]
    __iter__ = None  # type: ignore[assignment]
    __len__ = None  # type: ignore[assignment]
    __reversed__ = None  # type: ignore[assignment]

    def __call__(cls, value: SupportsIndex) -> Any:  # type: ignore[override]
        """Return the member with a number, or the member itself.

        Raises
        ------
        TypeError
            Raised if it is no integer.
        ValueError
            Raised if no member has this number.
        """
        return super().__call__(operator.index(value))


class Enumeration(enum.Enum, metaclass=_EnumerationType):
    """Names of numbers; a member equals only itself (``enum class`` in C++).

    ``int(member)`` is its number, which is also accepted wherever Python
    needs an index. The members have no order.
    """

    def __int__(self) -> int:
        return self.value

    __index__ = __int__

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return hash(self.value)


class NumberEnumeration(Enumeration):
    """Names of numbers; a member equals its number (``enum`` in C++)."""

    def __eq__(self, other: object) -> bool:
        return self.value == other

    __hash__ = Enumeration.__hash__


class ArithmeticEnumeration(NumberEnumeration):
    """Names of numbers that have an order and can be combined bit by bit; the result is an `int`."""

    def __lt__(self, other: SupportsIndex) -> bool:
        return self.value < operator.index(other)

    def __le__(self, other: SupportsIndex) -> bool:
        return self.value <= operator.index(other)

    def __gt__(self, other: SupportsIndex) -> bool:
        return self.value > operator.index(other)

    def __ge__(self, other: SupportsIndex) -> bool:
        return self.value >= operator.index(other)

    def __and__(self, other: SupportsIndex) -> int:
        return self.value & operator.index(other)

    def __or__(self, other: SupportsIndex) -> int:
        return self.value | operator.index(other)

    def __xor__(self, other: SupportsIndex) -> int:
        return self.value ^ operator.index(other)

    __rand__ = __and__
    __ror__ = __or__
    __rxor__ = __xor__

    def __invert__(self) -> int:
        return ~self.value
