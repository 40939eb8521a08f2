"""The comparison of interfaces finds what it is for: an empty list of differences means something."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, overload

import pytest

from stacklite_support.interface import Comparison
from stacklite_support.interface_signatures import accepts, own_signatures, parse

TEXT = "(self: lsst.geom.Box, arg0: lsst.geom.Point, size: int = 3, name: str = 'a, b') -> None"


class Box:
    """What the record below describes."""

    def __init__(self, point: Any, /, size: int = 3, name: str = "a, b") -> None:
        self._size = size

    @property
    def width(self) -> int:
        return self._size

    def grow(self, buffer: int) -> None:
        """Have a named parameter."""


RECORD = {
    "kind": "class",
    "traits": ["hashable"],
    "init": [TEXT],
    "members": {
        "width": ["property"],
        "height": ["property"],
        "grow": ["method", "(self: lsst.geom.Box, buffer: int) -> None"],
    },
}


def differences(cls: Any, record: dict[str, Any] | None = None) -> list[str]:
    """Return all differences of a class from the record."""
    api = {"lsst.geom.Box": RECORD | (record or {})}
    comparison = Comparison(api, {"lsst.geom.Box": cls, "lsst.geom.Point": object}, Path(__file__).parent)
    return [
        *comparison.different_kinds(),
        *comparison.different_traits(),
        *comparison.unknown_members(),
        *comparison.different_signatures(),
    ]


def test_the_same_is_the_same() -> None:
    assert differences(Box) == []


class Comparable(Box):
    def __eq__(self, other: object) -> bool:
        return self is other


class Truthy(Box):
    def __bool__(self) -> bool:
        return True


class Longer(Box):
    def area(self) -> int:
        return 0


class Attribute(Box):
    def __init__(self, point: Any, /, size: int = 3, name: str = "a, b") -> None:
        self.size = size


class Method(Box):
    def width(self) -> int:  # type: ignore[override]
        return 0


class Renamed(Box):
    def grow(self, amount: int) -> None:  # type: ignore[override]
        pass


class Positional(Box):
    def grow(self, buffer: int, /) -> None:  # type: ignore[override]
        pass


class Optional(Box):
    def grow(self, buffer: int = 1) -> None:
        pass


class OtherDefault(Box):
    def __init__(self, point: Any, /, size: int = 4, name: str = "a, b") -> None:
        pass


class Named(Box):
    def __init__(self, point: Any, size: int = 3, name: str = "a, b") -> None:
        pass


class Hidden(Box):
    def grow(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        pass


@pytest.mark.parametrize(
    ("cls", "expected"),
    [
        (Comparable, ["is has_eq", "is not hashable"]),
        (Truthy, ["is has_bool"]),
        (Longer, ["Box.area"]),
        (Attribute, ["Box.size"]),
        (Method, ["Box.width is a method, there a value"]),
        (Renamed, ["Box.grow takes amount", "Box.grow does not take (buffer)"]),
        (Positional, ["Box.grow does not take (buffer)"]),
        (Optional, ["Box.grow buffer has a default, there none"]),
        (OtherDefault, ["Box.__init__ size has the default 4, there [3]"]),
        (Named, ["Box.__init__ takes point"]),
        (Hidden, ["Box.grow hides its parameters"]),
    ],
)
def test_differences_are_found(cls: type, expected: list[str]) -> None:
    found = differences(cls)
    assert len(found) == len(expected)
    for text, part in zip(found, expected, strict=True):
        assert part in text


def test_names_that_the_record_lacks_are_found() -> None:
    objects = {"lsst.geom.Box": Box, "lsst.geom.extra": parse}
    # Only what stacklite defines counts.
    assert list(Comparison({}, objects).unknown_names()) == []
    from lsst.geom import Angle

    assert list(Comparison({}, {"lsst.geom.Angle": Angle}).unknown_names()) == ["lsst.geom.Angle"]


def test_signatures_of_bindings() -> None:
    """Brackets, quotes, defaults with commas and words that Python reserves."""
    point, size, name = parse(TEXT)
    assert (point.kind, size.kind) == (point.POSITIONAL_ONLY, size.POSITIONAL_OR_KEYWORD)
    assert (size.default, name.default) == ("3", "'a, b'")
    text = "(self: lsst::a::B<x, y>, place: lsst.c.D = nanN, nanE nan, from: int) -> E"
    assert [p.name for p in parse(text)] == ["place", "from_"]
    # Nothing can leave out what comes before a required parameter.
    assert parse(text)[0].default is parse(text)[0].empty
    assert parse("(a, /, b, *, c=1)")[0].kind is point.POSITIONAL_ONLY


class Overloaded:
    @overload
    def take(self, x: int) -> None: ...
    @overload
    def take(self, x: int, y: int) -> None: ...
    def take(self, *args: Any, **kwargs: Any) -> None:
        """Implement both."""

    def __iter__(self) -> Iterator[int]:
        return iter(())


def test_overloads_count_as_signatures() -> None:
    own = own_signatures(Overloaded, Overloaded.take)
    assert len(own) == 2
    assert accepts(own, parse("(self: lsst.A, x: int, y: int)"), by_keyword=True)
    assert not accepts(own, parse("(self: lsst.A, z: int)"), by_keyword=True)
