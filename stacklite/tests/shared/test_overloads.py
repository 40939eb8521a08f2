"""Calls are bound to the first declared form that takes them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from typing import Any, get_overloads, overload

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lsst_stacklite._overloads import bind, is_integer, is_sequence


class Unit:
    pass


class Shape:
    @overload
    def size(self, n: int, unit: Unit | None = None) -> dict[str, Any]: ...

    @overload
    def size(self, values: Sequence[float], n: int = 3) -> dict[str, Any]: ...

    def size(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return bind(Shape.size, {"Unit": Unit, "None": lambda v: v is None}, (self, *args), kwargs)


def test_forms() -> None:
    shape = Shape()
    assert shape.size(4) == shape.size(n=4) == {"n": 4}
    unit = Unit()
    assert shape.size(4, unit) == shape.size(4, unit=unit) == {"n": 4, "unit": unit}
    assert shape.size(4, None) == {"n": 4, "unit": None}
    assert shape.size([1.0]) == shape.size(values=[1.0]) == {"values": [1.0]}
    assert shape.size([1.0], 5) == shape.size([1.0], n=5) == {"values": [1.0], "n": 5}


def test_other_calls_are_refused() -> None:
    call: Any = Shape().size
    calls: list[tuple[Any, ...]] = [(), ("1",), (1, "m"), (1, 2), ([], 1, 2)]
    for args in calls:
        with pytest.raises(TypeError, match=r"Shape.size does not take .*\.$"):
            call(*args)
    for name in ("n", "m"):
        with pytest.raises(TypeError, match=f"Shape.size does not take .*{name}=int"):
            call(1, **{name: 2})
    with pytest.raises(TypeError, match=re.escape("(Shape, str, n=float)")):
        call("a", n=1.0)


def test_kinds_of_values() -> None:
    assert is_integer(1) and is_integer(np.int16(1)) and not is_integer(1.0) and not is_integer(np.zeros(1))
    assert is_sequence([1]) and is_sequence(np.zeros(2)) and not is_sequence("12") and not is_sequence(3)


class Many:
    """Forms with every kind of parameter."""

    @overload
    def call(self) -> dict[str, Any]: ...

    @overload
    def call(self, a: int, b: str | None = None, /) -> dict[str, Any]: ...

    @overload
    def call(self, a: str, b: int, c: str = "") -> dict[str, Any]: ...

    @overload
    def call(self, b: Unit, *, a: int, c: int = 0) -> dict[str, Any]: ...

    @overload
    @classmethod
    def call(cls, c: float, a: int = 1) -> dict[str, Any]: ...

    def call(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # type: ignore[misc]
        return bind(Many.call, {"Unit": Unit}, (self, *args), kwargs)


KINDS = {"int": int, "str": str, "str | None": str | None, "Unit": Unit, "float": int | float}
VALUES = st.sampled_from([1, 2, "x", None, 1.5, Unit()])


def expected(args: Sequence[Any], kwargs: dict[str, Any]) -> dict[str, Any] | None:
    """Bind with the module of Python that is meant for it."""
    for form in get_overloads(Many.call):
        signature = inspect.signature(getattr(form, "__func__", form))
        try:
            found = signature.bind(Many(), *args, **kwargs).arguments
        except TypeError:
            continue
        values = {name: value for name, value in found.items() if name not in ("self", "cls")}
        if all(isinstance(v, KINDS[signature.parameters[n].annotation]) for n, v in values.items()):
            return values
    return None


@given(st.lists(VALUES, max_size=4), st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=3))
@example([], {"a": 1, "c": 1.5})
@example(["x"], {"c": "x", "b": 1})
@example([Unit()], {"c": 1, "a": 2})
@example([1], {"b": None})
def test_any_call_is_bound_as_python_does(args: list[Any], kwargs: dict[str, Any]) -> None:
    call: Any = Many().call
    found = expected(args, kwargs)
    if found is None:
        with pytest.raises(TypeError, match="Many.call does not take"):
            call(*args, **kwargs)
    else:
        assert list(call(*args, **kwargs).items()) == list(found.items())
