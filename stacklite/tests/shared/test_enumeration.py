"""Enumerations are those of the bindings: neither integers nor containers."""

from __future__ import annotations

import copy
import operator
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lsst_stacklite._enumeration import ArithmeticEnumeration, Enumeration, NumberEnumeration


class Scoped(Enumeration):
    A = 0
    B = 1


class Plain(NumberEnumeration):
    A = 0
    B = 1


class Bits(ArithmeticEnumeration):
    NONE = 0
    ONE = 1
    TWO = 2


KINDS = pytest.mark.parametrize("kind", [Scoped, Plain])


@KINDS
def test_members(kind: type[Enumeration]) -> None:
    b = kind.__members__["B"]
    assert list(kind.__members__) == ["A", "B"]
    assert (b.name, b.value, int(b), operator.index(b), hash(b)) == ("B", 1, 1, 1, hash(1))
    assert str(b) == f"{b}" == f"{kind.__name__}.B"
    assert repr(b) == f"<{kind.__name__}.B: 1>"
    assert bool(kind.__members__["A"])
    assert pickle.loads(pickle.dumps(b)) is copy.deepcopy(b) is b


@KINDS
def test_made_of_a_number(kind: type[Enumeration]) -> None:
    b = kind.__members__["B"]
    assert kind(1) is kind(value=1) is kind(np.int32(1)) is kind(b) is b
    for value in ("B", 1.0, None):
        with pytest.raises(TypeError):
            kind(value)
    with pytest.raises(ValueError):
        kind(7)


@KINDS
def test_is_no_container(kind: type[Enumeration]) -> None:
    uses: list[Callable[[Any], Any]] = [iter, len, reversed, lambda k: k["A"], lambda k: 1 in k]
    for use in uses:
        with pytest.raises(TypeError):
            use(kind)


@KINDS
def test_is_no_number(kind: type[Enumeration]) -> None:
    a, b = kind.__members__.values()
    uses: list[Callable[[Any, Any], Any]] = [operator.lt, operator.add, operator.or_, operator.and_]
    for use in uses:
        with pytest.raises(TypeError):
            use(a, b)
    assert not hasattr(a, "bit_length")


def test_equality() -> None:
    assert Scoped.B != 1
    assert Scoped.B != Plain.B
    assert Plain.B != Scoped.B
    assert Plain.B == 1
    assert 1 == Plain.B
    assert Plain.B == Bits.ONE
    assert Plain.A != None  # noqa: E711


def test_arithmetic() -> None:
    both = Bits.ONE | Bits.TWO
    assert both == 3
    assert type(both) is int
    assert both & Bits.TWO == Bits.TWO & both == 2
    assert 4 | Bits.ONE == 5
    assert Bits.ONE ^ 3 == 3 ^ Bits.ONE == 2
    assert ~Bits.ONE == -2
    assert Bits.ONE < Bits.TWO <= 2 < 3
    assert Bits.TWO > 1 and Bits.TWO >= Bits.ONE
    for use in (operator.lt, operator.or_, operator.and_):
        with pytest.raises(TypeError):
            use(Bits.ONE, "ONE")
