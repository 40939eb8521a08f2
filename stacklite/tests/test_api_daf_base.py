"""`lsst.daf.base`: every accessor of metadata and times, and what they refuse."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st

from lsst.daf.base import DateTime, PropertyList, PropertySet
from lsst.pex.exceptions import DomainError, NotFoundError
from lsst.pex.exceptions import TypeError as StackTypeError

VALUES: dict[str, Any] = {
    "bool": True,
    "int": -7,
    "long": 2**40,
    "float": 2.5,
    "text": "words",
    "time": DateTime(5),
    "nested": PropertySet.from_mapping({"inner": 1}),
}
# Accessors, and the values that they return (as what); all others are refused.
ACCESSORS: dict[str, dict[str, type]] = {
    "getAsBool": {"bool": bool},
    "getAsInt": {"bool": int, "int": int},
    "getAsInt64": {"bool": int, "int": int, "long": int},
    "getAsDouble": {"bool": float, "int": float, "long": float, "float": float},
    "getAsString": {"text": str},
    "getBool": {"bool": bool},
    "getString": {"text": str},
    "getDouble": {"float": float},
    "getPropertySet": {"nested": PropertySet},
}


@pytest.mark.parametrize("accessor", ACCESSORS)
def test_typed_accessors(accessor: str) -> None:
    """An accessor returns what its type can hold without loss, the last of several values."""
    metadata = PropertySet()
    for name, value in VALUES.items():
        metadata.set(name, value)
    get = getattr(metadata, accessor)
    for name, value in VALUES.items():
        kind = ACCESSORS[accessor].get(name)
        if kind is None:
            with pytest.raises(StackTypeError, match=f"'{name}' is of type"):
                get(name)
            continue
        assert type(get(name)) is kind
        assert get(name) == value
        if name != "nested":
            metadata.set(name, [value] * 2 + [type(value)(0) if name != "text" else ""])
            assert get(name) == kind()
    with pytest.raises(NotFoundError, match="'nothing'"):
        get("nothing")


def test_arrays_and_nested_sets() -> None:
    metadata = PropertySet()
    metadata.set("a.one", 1)
    metadata["a.many"] = [1, 2, 3]
    metadata["b"] = {"deep": {"x": 0.5}}
    assert [metadata.isArray(n) for n in ("a.one", "a.many", "nothing")] == [False, True, False]
    assert metadata.names() == metadata.propertySetNames() == ["a", "b"]
    assert metadata.paramNames() == []
    assert (metadata.nameCount(), metadata.nameCount(topLevelOnly=False)) == (2, 6)
    assert sorted(metadata.propertySetNames(topLevelOnly=False)) == ["a", "b", "b.deep"]
    assert [metadata.isPropertySetPtr(n) for n in ("a", "a.one", "nothing")] == [True, False, False]
    assert metadata.getPropertySet("b").getScalar("deep.x") == 0.5
    metadata.getPropertySet("a").set("one", 9)
    assert metadata["a.one"] == 9, "nested sets are shared, not copied"
    metadata.update({"a.one": 10, "top": [1, 2]})
    metadata.remove("nothing.at.all")
    assert (metadata["a.one"], metadata.getArray("top")) == (10, [1, 2])
    for get in (metadata.getScalar, metadata.getArray, metadata.__getitem__):
        for missing in ("a.nothing", "nothing.x"):
            with pytest.raises(KeyError, match="not found"):
                get(missing)


@pytest.mark.parametrize("kind", [PropertySet, PropertyList])
def test_containers_are_not_quite_mappings(kind: type[PropertySet]) -> None:
    """They have the methods of the stack; those that `MutableMapping` would add are missing there."""
    metadata = kind.from_mapping({"a": 1, "b": [2, 3]})
    assert (list(metadata.keys()), list(metadata.items())) == (["a", "b"], [("a", 1), ("b", 3)])
    assert not isinstance(metadata, Mapping) and list(metadata.values()) == [1, 3]
    assert (metadata.pop("b"), metadata.pop(name="b", default=5)) == (3, 5)
    with pytest.raises(KeyError, match="'b'"):
        metadata.pop("b")
    for call in (lambda: metadata.update(top=[1, 2]), lambda: metadata.getAsInt(name="a")):  # type: ignore[call-arg]
        with pytest.raises(TypeError):
            call()
    with pytest.raises(AttributeError):
        metadata.clear()  # type: ignore[attr-defined]


def test_text_of_sets() -> None:
    metadata = PropertySet.from_mapping({"a": {"b": 1, "c": [1.5, 2.5]}, "d": "x"})
    assert metadata.toString() == str(metadata) == "a = {\n..b = 1\n..c = [1.5, 2.5]\n}\nd = 'x'\n"
    assert metadata.toString(topLevelOnly=True) == "a = { ... }\nd = 'x'\n"
    assert eval(repr(metadata)) == metadata
    deep = PropertySet.from_mapping({"x": {"y": {"z": 1}}})
    assert str(deep) == "x = {\n..y = {\n....z = 1\n..}\n}\n"
    assert metadata != {"d": "x"} and metadata != PropertyList()


def test_comments_and_text_of_lists() -> None:
    metadata = PropertyList()
    metadata.set("A", [1, 2], "two")
    metadata.set("B", "x")
    metadata.setComment("B", "text")
    assert metadata["B.COMMENT"] == metadata.getComment("B") == "text"
    metadata["B.COMMENT"] = "other"
    assert metadata.toList() == [("A", 1, "two"), ("A", 2, "two"), ("B", "x", "other")]
    assert metadata.toString() == str(metadata) == "A = 1 // two\nA = 2 // two\nB = 'x' // other\n"
    metadata.add("A", 3, "three")
    assert (metadata.getArray("A"), metadata.getComment("A")) == ([1, 2, 3], "three")
    assert metadata != PropertySet()
    for set_comment in (metadata.setComment, lambda n, c: metadata.__setitem__(f"{n}.COMMENT", c)):
        with pytest.raises(NotFoundError, match="'C'"):
            set_comment("C", "text")
    metadata.remove("B")
    assert "B" not in metadata and metadata.getOrderedNames() == ["A"]
    metadata.set("B", 5)
    assert metadata.getComment("B") == "", "a removed property takes its comment along"


def test_sets_in_lists_become_names_with_dots() -> None:
    metadata = PropertyList()
    metadata.set("top", PropertySet.from_mapping({"a": {"x": [1, 2]}, "b": True}), "why")
    assert metadata.getOrderedNames() == ["top.a.x", "top.b"]
    assert (metadata.getArray("top.a.x"), metadata.getComment("top.b")) == ([1, 2], "why")


@pytest.mark.parametrize("kind", [PropertySet, PropertyList])
def test_values_that_cannot_be_held(kind: type[PropertySet]) -> None:
    metadata = kind()
    for value in (np.int16(-3), np.uint64(2**63), np.float32(1.5), np.bool_(True), np.str_("x")):
        metadata.set("a", value)
        assert metadata["a"] == value and type(metadata["a"]) is type(value.item())
    metadata.set("a", np.arange(3))
    assert metadata.getArray("a") == [0, 1, 2] and metadata.typeOf("a") == "Int"
    metadata.add("a", 2**40)
    assert metadata.typeOf("a") == "LongLong"
    for bad, error in (
        ([], ValueError), (2**64, StackTypeError), (-(2**63) - 1, StackTypeError), (1j, StackTypeError),
        ([1, 2.0], StackTypeError), ([True, 1], StackTypeError),
    ):  # fmt: skip
        with pytest.raises(error, match="'b'"):
            metadata.set("b", bad)
    with pytest.raises(StackTypeError, match="from_mapping"):
        metadata.set("b", {"x": 1})
    assert "b" not in metadata and metadata.getArray("a") == [0, 1, 2, 2**40]


# -- times ------------------------------------------------------------------------


@given(st.integers(0, 2**61))
def test_real_numbers_of_times(nsecs: int) -> None:
    """Every system and scale comes back, as precisely as days (or years) in float64 are."""
    date = DateTime(nsecs)
    for system, unit in ((DateTime.MJD, 86400), (DateTime.JD, 86400), (DateTime.EPOCH, 365.25 * 86400)):
        for scale in (DateTime.TAI, DateTime.TT, DateTime.UTC) if nsecs > 63072010 * 10**9 else ():
            value = date.get(system, scale)
            again = DateTime(value, system, scale)
            # the number itself and its distance from 1970 are rounded; a leap second repeats
            ulp = 2 * np.spacing(max(value, 2451545.0 if system is DateTime.EPOCH else value)) * unit * 1e9
            leap = 1e9 if scale is DateTime.UTC else 0
            assert abs(again.nsecs() - nsecs) <= ulp + leap + 1
    assert date == DateTime(nsecs, DateTime.TAI) and date != nsecs


@pytest.mark.parametrize("when", ["1961-03-01T00:00:00", "1966-07-01T12:00:00", "1971-12-31T23:59:58"])
def test_utc_before_leap_seconds(when: str) -> None:
    date = DateTime(when + "Z", DateTime.UTC)
    # ERFA's offset has ten digits of a second, and drifts by 3e-8
    assert abs(Time(when, scale="utc").tai.unix_tai * 1e9 - date.nsecs()) < 3e3
    assert abs(DateTime(date.nsecs(), DateTime.TAI).nsecs(DateTime.UTC) - date.nsecs(DateTime.UTC)) <= 1


def test_times_have_an_order_and_no_hash() -> None:
    early, late = DateTime(5), DateTime(2026, 3, 21, 4, 5, 6, DateTime.UTC)
    assert early < late >= late > DateTime() and max(late, early) is late
    assert DateTime.Timescale(5) is DateTime.TAI and DateTime.TAI == 5
    assert late.toAstropy(timescale=DateTime.UTC) == late.toAstropy()
    with pytest.raises(TypeError, match="unhashable"):
        hash(late)


def test_text_and_errors_of_times() -> None:
    date = DateTime("2026-03-21T04:05:06.5", DateTime.TAI)
    assert repr(date) == 'DateTime("2026-03-21T04:05:06.500000000", DateTime.TAI)'
    assert str(date) == date.toString(DateTime.UTC) == "2026-03-21T04:04:29.500000000Z"
    assert (repr(DateTime()), str(DateTime())) == ("DateTime()", "<invalid>")
    assert DateTime(nsecs=5, scale=DateTime.TAI) == DateTime(5)
    assert (
        DateTime(date=51544.5, system=DateTime.MJD, scale=DateTime.TT).get(DateTime.EPOCH, DateTime.TT)
        == 2000
    )
    for bad, error in (
        (lambda: DateTime(when=5), TypeError),
        (lambda: DateTime([5]), TypeError),
        (lambda: DateTime(iso8601="2026-03-21T04:05:06", scale=DateTime.TAI), TypeError),
        (lambda: DateTime(2026, 3, 21, 4, 5, 6), TypeError),
        (lambda: DateTime(2**63), DomainError),
        (lambda: DateTime(1e9), DomainError),
        (lambda: DateTime(math.inf), DomainError),
        (lambda: DateTime(2026, 13, 1, 0, 0, 0, DateTime.TAI), DomainError),
    ):
        with pytest.raises(error):
            bad()
