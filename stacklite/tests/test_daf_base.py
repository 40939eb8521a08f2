"""`lsst.daf.base`: metadata containers and times."""

from __future__ import annotations

import copy
import math
import pickle
from datetime import datetime
from typing import Any

import numpy as np
import pytest
import yaml
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st

from lsst.daf.base import DateTime, PropertyList, PropertySet
from lsst.pex.exceptions import DomainError, InvalidParameterError, NotFoundError
from lsst.pex.exceptions import TypeError as StackTypeError


def make_list() -> PropertyList:
    plist = PropertyList()
    plist.set("EXPTIME", 30.0, "seconds")
    plist.set("A.B C", "dots and blanks")
    plist.add("COMMENT", "first")
    plist.add("COMMENT", "second")
    plist.set("NAN", math.nan)
    plist.set("UNDEF", None)
    plist["BIG"] = 2**40
    plist["FLAG"] = np.bool_(True)
    return plist


def test_list_keeps_order_comments_and_values() -> None:
    plist = make_list()
    names = ["EXPTIME", "A.B C", "COMMENT", "NAN", "UNDEF", "BIG", "FLAG"]
    assert plist.getOrderedNames() == list(plist) == names
    assert plist.getComment("EXPTIME") == plist["EXPTIME.COMMENT"] == "seconds"
    assert plist.getArray("COMMENT") == ["first", "second"]
    assert plist.get("COMMENT") == plist["COMMENT"] == plist.getScalar("COMMENT") == "second"
    assert plist["FLAG"] is True
    assert (plist.valueCount("COMMENT"), plist.nameCount(), len(plist)) == (2, 7, 7)
    assert plist.toOrderedDict()["COMMENT"] == ["first", "second"]
    plist.set("EXPTIME", 15.0)
    assert plist.getOrderedNames() == names
    assert plist.getComment("EXPTIME") == "seconds"


def test_list_absent_names() -> None:
    plist = make_list()
    assert plist.get("NOPE") is None
    assert plist.get("NOPE", 3) == 3
    assert "NOPE" not in plist
    plist.remove("NOPE")
    with pytest.raises(KeyError):
        plist["NOPE"]
    with pytest.raises(KeyError):
        del plist["NOPE"]
    with pytest.raises(NotFoundError):
        plist.getAsDouble("NOPE")
    assert plist.pop("NOPE", 5) == 5


def test_list_types() -> None:
    plist = make_list()
    types = ["Double", "String", "String", "Double", "Undef", "LongLong", "Bool"]
    assert [plist.typeOf(n) for n in plist] == types
    assert plist.getAsDouble("BIG") == 2.0**40
    assert plist.isUndefined("UNDEF")
    with pytest.raises(StackTypeError):
        plist.getAsBool("EXPTIME")
    with pytest.raises(StackTypeError):
        plist.add("COMMENT", 5)
    with pytest.raises(StackTypeError):
        plist.set("OBJECT", object())
    with pytest.raises(StackTypeError):
        plist.set("MIXED", [1, "a"])


def test_list_copies() -> None:
    plist = make_list()
    for other in (
        plist.deepCopy(),
        copy.copy(plist),
        copy.deepcopy(plist),
        pickle.loads(pickle.dumps(plist)),
    ):
        assert type(other) is PropertyList
        assert other == plist
        other.add("COMMENT", "third")
        assert other != plist
        assert plist.valueCount("COMMENT") == 2
    reordered = PropertyList()
    for name in reversed(plist.getOrderedNames()):
        reordered.copy(name, plist, name)
    assert reordered != plist
    assert reordered.getComment("EXPTIME") == "seconds"


def test_list_combine_and_update() -> None:
    plist = make_list()
    other = PropertyList()
    other.set("COMMENT", "third")
    other.set("NEW", [1, 2])
    plist.combine(other)
    assert plist.getArray("COMMENT") == ["first", "second", "third"]
    plist.update({"NEW": 3, "EXPTIME": 1.5})
    assert (plist.getArray("NEW"), plist["EXPTIME"]) == ([3], 1.5)
    plist.update(other)
    assert plist.getArray("NEW") == [1, 2]


def test_set_is_hierarchical() -> None:
    pset = PropertySet()
    pset["a.b.c"] = 3
    pset.set("a.d", ["x", "y"])
    pset.set("top", DateTime(5))
    assert pset.names() == ["a", "top"]
    assert sorted(pset.names(topLevelOnly=False)) == ["a", "a.b", "a.b.c", "a.d", "top"]
    assert sorted(pset.paramNames(topLevelOnly=False)) == ["a.b.c", "a.d", "top"]
    assert pset.toDict()["a"] == {"b": {"c": 3}, "d": ["x", "y"]}
    assert pset["a"]["b.c"] == pset["a.b"]["c"] == 3
    assert "a.b.c" in pset
    assert "a.b.c.d" not in pset
    assert PropertySet.from_mapping(pset.toDict()) == pset == pickle.loads(pickle.dumps(pset))
    with pytest.raises(InvalidParameterError):
        pset.set("top.x", 1)
    del pset["a.b"]
    assert pset.names(topLevelOnly=False) == ["a", "a.d", "top"]


INSTANTS = st.integers(-(2**61), 2**61)


@given(INSTANTS)
def test_iso_text_round_trips(nsecs: int) -> None:
    date = DateTime(nsecs, DateTime.TAI)
    assert DateTime(date.toString(DateTime.TAI), DateTime.TAI) == date
    assert DateTime(date.nsecs(DateTime.TT), DateTime.TT) == date
    assert pickle.loads(pickle.dumps(date)) == date


@given(st.datetimes(datetime(1972, 1, 2), datetime(2024, 1, 1)))
def test_scales_agree_with_astropy(when: datetime) -> None:
    date = DateTime(when.isoformat(timespec="microseconds"), DateTime.TAI)
    time = Time(when, scale="tai")
    # float64 days resolve 1e-6 s
    assert date.get(DateTime.MJD, DateTime.TAI) == pytest.approx(time.mjd, abs=2e-11)
    assert date.get(DateTime.JD, DateTime.TT) == pytest.approx(time.tt.jd, abs=1e-9)
    assert date.get(DateTime.EPOCH, DateTime.TAI) == pytest.approx(time.jyear, abs=1e-11)
    utc = Time(time, precision=9).utc.isot
    if not utc[17:19] == "60":  # DateTime has no name for a leap second
        assert abs((Time(date.toString(DateTime.UTC)[:-1], scale="utc") - time).sec) < 1e-8


def test_known_instant() -> None:
    date = DateTime("2026-03-21T04:05:06.123456789", DateTime.TAI)
    assert date.nsecs() == 1774065906123456789
    assert date.get() == 61120.17020976223
    assert date.toString(DateTime.UTC) == "2026-03-21T04:04:29.123456789Z"
    assert date.toPython() == datetime(2026, 3, 21, 4, 4, 29, 123456)
    assert date.toPython(DateTime.TAI) == datetime(2026, 3, 21, 4, 5, 6, 123456)
    time = date.toAstropy()
    assert (time.scale, time.format) == ("tai", "mjd")
    assert time.mjd == date.get(DateTime.MJD)
    assert Time(time, format="isot", precision=9).value == date.toString(DateTime.TAI)
    with pytest.raises(DomainError):
        DateTime().toAstropy()
    assert DateTime(2026, 3, 21, 4, 5, 6, DateTime.TAI).nsecs() == 1774065906000000000
    assert DateTime("20260321T040506", DateTime.TAI).nsecs() == 1774065906000000000
    assert abs(DateTime(date.get(), DateTime.MJD).nsecs() - date.nsecs()) < 1000


@pytest.mark.parametrize(
    ("utc", "offset"),
    [("1972-01-01T00:00:00Z", 10), ("1998-12-31T23:59:59Z", 31), ("1999-01-01T00:00:00Z", 32),
     ("2016-12-31T23:59:59Z", 36), ("2017-01-01T00:00:00Z", 37)],
)  # fmt: skip
def test_leap_seconds(utc: str, offset: int) -> None:
    date = DateTime(utc, DateTime.UTC)
    assert date.nsecs(DateTime.TAI) - date.nsecs(DateTime.UTC) == offset * 10**9
    assert date.toString(DateTime.UTC) == utc[:-1] + ".000000000Z"


def test_invalid_dates() -> None:
    assert not DateTime().isValid()
    assert DateTime() == DateTime(-(2**63), DateTime.TAI)
    assert DateTime().nsecs() == -(2**63)
    assert DateTime.now().isValid()
    for call in (DateTime().get, lambda: DateTime().toString(DateTime.TAI)):
        with pytest.raises(DomainError):
            call()
    bad = [("2026-03-21", DateTime.TAI), ("2026-03-21T00:00:00", DateTime.UTC),
           ("2026-03-21T00:00:00Z", DateTime.TAI), ("2026-02-30T00:00:00Z", DateTime.UTC)]  # fmt: skip
    for text, scale in bad:
        with pytest.raises(DomainError):
            DateTime(text, scale)
    with pytest.raises(DomainError):
        DateTime(math.nan)
    with pytest.raises(DomainError):
        DateTime("1700-01-01T00:00:00", DateTime.TAI).nsecs(DateTime.UTC)


@pytest.mark.parametrize("kind", [PropertySet, PropertyList])
def test_nested_dictionaries(kind: type[PropertySet]) -> None:
    """What a task notes about a failure comes back as it was."""
    nested = {"message": "no WCS left", "metadata": {"n": 9, "deep": {"x": 0.5}}, "fatal": True}
    container = kind()
    container.set("other", 1)
    container.set_dict("failure", nested)
    assert container.get_dict("failure") == nested
    assert container.get_dict("fail") == {}
    assert container.getScalar("failure.metadata.n") == 9


@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.FullLoader])
@pytest.mark.parametrize("dumper", [yaml.Dumper, yaml.SafeDumper])
def test_metadata_survive_yaml(dumper: Any, loader: Any) -> None:
    metadata = PropertyList()
    values = {"BOOL": True, "INT": 3, "LONG": 2**40, "FLOAT": 1.0, "NAN": float("nan"), "TEXT": "yes: 'no'"}
    values |= {"NONE": None, "TIME": DateTime("2026-03-21T04:05:06.123456789", DateTime.TAI)}
    values |= {"SEVERAL": [1, 2, 3], "A NAME WITH BLANKS": -1e-300, "1E300": 1e300}
    for name, value in values.items():
        metadata.set(name, value, f"comment of {name}")
    text = yaml.dump({"metadata": metadata}, Dumper=dumper, sort_keys=False)
    assert "python/" not in text
    found = yaml.load(text, Loader=loader)["metadata"]
    assert type(found) is PropertyList
    assert found == metadata
    assert [found.typeOf(name) for name in values] == [metadata.typeOf(name) for name in values]

    nested = PropertySet.from_mapping({"a": {"b": 1, "c": [1.5, 2.5]}, "d": "x"})
    assert yaml.load(yaml.dump(nested, Dumper=dumper), Loader=loader) == nested


@pytest.mark.parametrize("text", ["[1]", "[[1, Int, 1, '']]", "[[a, Int]]", "[[a, Int, {b: 1}, '']]", "x"])
def test_yaml_that_is_no_metadata(text: str) -> None:
    with pytest.raises((StackTypeError, yaml.YAMLError)):
        yaml.safe_load(f"!<lsst.daf.base.PropertyList> {text}")
