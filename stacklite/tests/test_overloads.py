"""Calls are bound to the first declared form that takes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import pytest

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
        with pytest.raises(TypeError, match="Shape.size does not take"):
            call(*args)
    for name in ("n", "m"):
        with pytest.raises(TypeError, match=f"Shape.size does not take .*{name}=int"):
            call(1, **{name: 2})
    with pytest.raises(TypeError, match=re.escape("(Shape, str, n=float)")):
        call("a", n=1.0)


def test_kinds_of_values() -> None:
    assert is_integer(1) and is_integer(np.int16(1)) and not is_integer(1.0) and not is_integer(np.zeros(1))
    assert is_sequence([1]) and is_sequence(np.zeros(2)) and not is_sequence("12") and not is_sequence(3)
