"""Types of properties: methods that name one, and text, with values of the real stack."""

from __future__ import annotations

import copy
import dataclasses
import math
import pickle
from typing import Any

import numpy as np
import pytest
import yaml

import lsst.pex.exceptions as pex_exceptions
from lsst.daf.base import DateTime, PropertyList, PropertySet
from lsst.pex.exceptions import InvalidParameterError, NotFoundError

VALUES: dict[str, Any] = {
    "Bool": True,
    "Short": 3,
    "Int": 3,
    "Long": 3,
    "LongLong": 3,
    "UnsignedLongLong": 3,
    "Float": 1.5,
    "Double": 1.5,
    "String": "a",
    "DateTime": DateTime(5),
    "Undef": None,
}
"""A value of each type but nested sets; those of several types look the same."""
NUMBERS = list(VALUES)[:8]
CONVERTED = {
    "getAsBool": NUMBERS[:1],
    "getAsInt": NUMBERS[:3],
    "getAsInt64": NUMBERS[:5],
    "getAsUInt64": NUMBERS[:6],
    "getAsDouble": NUMBERS,
    "getAsString": ["String"],
}
KINDS = [PropertySet, PropertyList]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", VALUES)
def test_types_are_kept_apart(kind: type[PropertySet], name: str) -> None:
    metadata = kind()
    getattr(metadata, f"set{name}")("x", VALUES[name])
    getattr(metadata, f"add{name}")("x", [VALUES[name]])
    assert metadata.typeOf("x") == getattr(metadata, f"TYPE_{name}") == name
    assert getattr(metadata, f"getArray{name}")("x") == metadata.getArray("x") == [VALUES[name]] * 2
    for other in VALUES:
        get = getattr(metadata, f"get{other}")
        assert get("absent", 7) == 7
        with pytest.raises(NotFoundError):
            get("absent")
        if other == name:
            assert get("x") == get(name="x", defaultValue=7) == VALUES[name]
            continue
        for refused in (get, lambda n, o=other: getattr(metadata, f"add{o}")(n, VALUES[o])):
            with pytest.raises(pex_exceptions.TypeError):
                refused("x")
    for method, names in CONVERTED.items():
        if name in names:
            assert getattr(metadata, method)("x") == VALUES[name]
        else:
            with pytest.raises(pex_exceptions.TypeError):
                getattr(metadata, method)("x")


@pytest.mark.parametrize("name", [name for name in VALUES if name != "Undef"])
def test_types_survive_copies_and_yaml(name: str) -> None:
    for kind in KINDS:
        metadata, other = kind(), kind()
        getattr(metadata, f"set{name}")("x", VALUES[name])
        other.copy("x", metadata, "x")
        combined, updated = kind(), kind()
        combined.combine(metadata)
        updated.update(metadata)
        for again in (
            metadata.deepCopy(),
            copy.copy(metadata),
            pickle.loads(pickle.dumps(metadata)),
            yaml.safe_load(yaml.dump(metadata)),
            other,
            combined,
            updated,
        ):
            assert again == metadata and again.typeOf("x") == name
        different = kind()
        different.set("x", "b")
        assert different != metadata
    one, other = PropertySet(), PropertySet()
    one.setInt("x", 3)
    other.setLongLong("x", 3)
    assert one != other


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Int", True, 1),
        ("Int", np.int32(7), 7),
        ("Float", 0.1, 0.10000000149011612),
        ("Float", 1e300, math.inf),
        ("Double", 1, 1.0),
        ("Bool", 1, True),
        ("Bool", np.bool_(False), False),
        ("String", b"ab", "ab"),
        ("LongLong", np.int64(2**40), 2**40),
        ("UnsignedLongLong", 2**64 - 1, 2**64 - 1),
    ],
)
def test_values_are_converted_to_the_type(name: str, value: Any, expected: Any) -> None:
    for metadata in (PropertySet(), PropertyList()):
        getattr(metadata, f"set{name}")("x", value)
        assert metadata["x"] == expected and type(metadata["x"]) is type(expected)
        getattr(metadata, f"set{name}")("x", (value, value))
        assert metadata.getArray("x") == [expected] * 2


@pytest.mark.parametrize(
    ("name", "value"),
    [("Int", 2**31), ("Int", 1.5), ("Int", "1"), ("Int", None), ("Short", 2**15), ("Short", [1, 2**15]),
     ("UnsignedLongLong", -1), ("Double", "1"), ("Bool", "a"), ("String", 1), ("Undef", 1), ("DateTime", 1),
     ("PropertySet", 1), ("Long", 2**63)],
)  # fmt: skip
def test_values_that_a_type_cannot_hold(name: str, value: Any) -> None:
    for metadata in (PropertySet(), PropertyList()):
        with pytest.raises(pex_exceptions.TypeError, match="'x'"):
            getattr(metadata, f"set{name}")("x", value)
        assert not metadata.exists("x")


@pytest.mark.parametrize("kind", KINDS)
def test_types_of_integers(kind: type[PropertySet]) -> None:
    metadata = kind()
    for value, name in (
        (-(2**31), "Int"), (2**31, "LongLong"), (2**63 - 1, "LongLong"), (2**63, "UnsignedLongLong"),
        ([1, 2**40], "LongLong"), ([2**63, 1], "UnsignedLongLong"),
    ):  # fmt: skip
        metadata.remove("x")
        metadata.set("x", value)
        assert metadata.typeOf("x") == name
    metadata.set("x", 2**64 - 1)
    assert metadata.getAsUInt64("x") == metadata.getUnsignedLongLong("x") == 2**64 - 1
    with pytest.raises(pex_exceptions.TypeError):
        metadata.getAsInt64("x")
    metadata.set("x", -1)
    with pytest.raises(pex_exceptions.TypeError):
        metadata.getAsUInt64("x")
    metadata.setLongLong("x", 3)
    metadata.add("x", 4)
    assert metadata.typeOf("x") == "LongLong" and metadata.getArrayLongLong("x") == [3, 4]
    metadata.setUnsignedLongLong("x", 3)
    for bad in (-1, 2.5):
        with pytest.raises(pex_exceptions.TypeError):
            metadata.add("x", bad)
    for name in ("Short", "Long"):
        getattr(metadata, f"set{name}")("x", 3)
        with pytest.raises(pex_exceptions.TypeError):
            metadata.add("x", 4)


@pytest.mark.parametrize("kind", KINDS)
def test_integers_keep_a_wider_type(kind: type[PropertySet]) -> None:
    metadata = kind()
    for old, value, name in (
        ("Int", 2**40, "LongLong"),
        ("LongLong", 3, "LongLong"),
        ("LongLong", [1, -2], "LongLong"),
        ("LongLong", 2**63, "UnsignedLongLong"),
        ("UnsignedLongLong", 2**40, "UnsignedLongLong"),
        ("UnsignedLongLong", -1, "LongLong"),
        ("LongLong", True, "Bool"),
        ("LongLong", 2.5, "Double"),
        ("Short", 3, "Int"),
        ("Long", 3, "Int"),
    ):
        getattr(metadata, f"set{old}")("x", 1)
        metadata.set("x", value)
        assert metadata.typeOf("x") == name and metadata.get("x") == (
            value[-1] if value == [1, -2] else value
        )
    metadata.set("x", 2**40)
    metadata.setInt("x", 1)
    assert metadata.typeOf("x") == "Int"


class _Number(float):
    """A number of another class, as other packages have them."""


class _Text(str):
    """A text of another class."""


@pytest.mark.parametrize(
    "value", [_Number(1.5), [_Number(1.5)], [1.5, 2], [_Number(1.5), 2.5], np.float64(1.5)]
)
def test_subclasses_of_float(value: Any) -> None:
    for metadata in (PropertySet(), PropertyList()):
        metadata.set("x", value)
        assert metadata.typeOf("x") == "Double" and {type(v) for v in metadata.getArray("x")} == {float}
        metadata.add("x", 3.5)
        metadata.set("y", _Text("b"))
        assert metadata.typeOf("y") == "String" and type(metadata["y"]) is str


# -- Nested sets -----------------------------------------------------------------------


def nested() -> PropertySet:
    """Return a set with three values."""
    return PropertySet.from_mapping({"a": 1, "c": [1, 2]})


def test_nested_sets_are_no_values() -> None:
    metadata = PropertySet()
    metadata["b"] = nested()
    assert (metadata.valueCount(), metadata.valueCount("b"), metadata.valueCount("b.c")) == (3, 1, 2)
    assert metadata.getArray("b") is metadata.getScalar("b") is metadata.getAsPropertySetPtr("b")
    assert metadata.getArrayPropertySet("b") == [nested()]
    assert "b" in metadata and "b.c" not in metadata and metadata.exists("b.c")
    assert metadata["b.c"] == metadata.get("b.c") == 2
    metadata.addPropertySet("b", PropertySet())
    assert metadata.valueCount("b") == 2 and metadata.isArray("b")
    with pytest.raises(InvalidParameterError):
        metadata["b"] = metadata
    with pytest.raises(InvalidParameterError):
        metadata.getPropertySet("b").set("deep", metadata)
    with pytest.raises(pex_exceptions.TypeError):
        metadata.add("b", 5)
    metadata.set_dict("b", {"x": [1, 2], "empty": {}})
    assert metadata.get_dict("b") == {"x": [1, 2], "empty": {}} and metadata.get_dict("nothing") == {}


@pytest.mark.parametrize("make", [lambda: PropertySet(flat=True), PropertyList])
def test_flat_containers_hold_no_sets(make: Any) -> None:
    metadata = make()
    for store in (metadata.set, metadata.add):
        store("b", nested())
    assert sorted(metadata.names(False)) == ["b.a", "b.c"] and not metadata.exists("b")
    assert metadata.getArray("b.c") == [1, 2, 1, 2] and "b.c" in metadata
    metadata.set("empty", PropertySet())
    assert metadata.nameCount() == 2
    deep = PropertySet.from_mapping({"x": {"y": {"z": 1}}})
    metadata.setPropertySet("top", deep)
    assert metadata["top.x.y.z"] == 1


def test_comments_of_nested_lists_are_kept() -> None:
    inner, outer = PropertyList(), PropertyList()
    inner.setFloat("q", 1.0, "why")
    outer.set("a", inner)
    assert (outer.getComment("a.q"), outer.typeOf("a.q")) == ("why", "Float")
    outer.set("a", inner, "other")
    assert outer.getComment("a.q") == "other"
    outer.addInt("n", 3, "one")
    outer.addInt("n", [4], "two")
    assert outer.toList() == [("a.q", 1.0, "other"), ("n", 3, "two"), ("n", 4, "two")]


@dataclasses.dataclass
class _Record:
    a: int
    b: str
    c: float = 1.5


@pytest.mark.parametrize("kind", KINDS)
def test_containers_of_other_objects(kind: type[PropertySet]) -> None:
    assert kind.from_mapping(_Record(1, "b")).toDict() == {"a": 1, "b": "b", "c": 1.5}
    assert kind.from_mapping(nested()).toDict() == {"a": 1, "c": [1, 2]}
    assert kind.from_mapping({"a": []}).names() == []
    for bad in ([], 5, _Record):
        with pytest.raises(ValueError, match="mapping"):
            kind.from_mapping(bad)
    metadata = kind()
    for bad in ({}, None):
        with pytest.raises(TypeError):
            metadata.combine(bad)  # type: ignore[arg-type]
    metadata.update({"a": {"z": 1}})
    assert metadata["a.z"] == 1
    with pytest.raises(InvalidParameterError):
        metadata.copy("x", nested(), "nothing")
    metadata.copy("x", nested(), "c", asScalar=True)
    assert metadata.getArray("x") == [2]


# -- Text ------------------------------------------------------------------------------


TEXTS = {
    "d": (10.24, "10.240000000000"),
    "b": (True, "1"),
    "s": ('x"y', '"x"y"'),
    "a": ([3, 2], "[ 3, 2 ]"),
    "dt": (DateTime("2009-04-02T07:26:39.314159265Z", DateTime.UTC), "2009-04-02T07:26:39.314159265Z"),
    "u": (None, "<Unknown>"),
    "ss": (["a", "b"], '[ "a", "b" ]'),
    "neg": (-1e-20, "-1.0000000000000e-20"),
    "huge": (1.5e300, "1.5000000000000e+300"),
    "nan": (math.nan, "nan"),
    "inf": (-math.inf, "-inf"),
    "zero": (0.0, "0.0000000000000"),
    "e7": (12345678.9, "12345678.900000"),
    "uu": ([None, None], "[ <Unknown>, <Unknown> ]"),
}


def test_text_of_values() -> None:
    for metadata in (PropertySet(), PropertyList()):
        for name, (value, _) in TEXTS.items():
            metadata.set(name, value)
        names = list(TEXTS) if isinstance(metadata, PropertyList) else sorted(TEXTS)
        assert str(metadata) == "".join(f"{name} = {TEXTS[name][1]}\n" for name in names)
    metadata = PropertySet()
    metadata.setFloat("f", math.e)
    metadata.set("sub", PropertySet.from_mapping({"z": 1, "t": {"q": "w"}}))
    assert metadata.toString(False, ">>") == (
        '>>f = 2.718282\n>>sub = {\n>>..t = {\n>>....q = "w"\n>>..}\n>>..z = 1\n>>}\n'
    )
    assert metadata.toString(topLevelOnly=True, indent="--") == "--f = 2.718282\n--sub = { ... }\n"


def test_yaml_of_old_versions() -> None:
    text = """!<lsst.daf.base.PropertyList>
    - !!python/tuple [SIMPLE, Bool, true, '']
    - !!python/tuple [V, Double, [1.5, 2.5], what]
    - !!python/tuple [F, Float, 0.5, '']
    """
    metadata = yaml.load(text, Loader=yaml.Loader)
    assert metadata.toList() == [("SIMPLE", True, ""), ("V", 1.5, "what"), ("V", 2.5, "what"), ("F", 0.5, "")]
    assert metadata.typeOf("F") == "Float"
