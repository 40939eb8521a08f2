"""`PropertyList` and `PropertySet`: order, types, comments, copies, YAML."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import yaml

import lsst.pex.exceptions as pex_exceptions
from lsst.daf.base import DateTime, PropertyList, PropertySet
from lsst.pex.exceptions import InvalidParameterError, NotFoundError


def make_list() -> PropertyList:
    plist = PropertyList()
    plist.set("EXPTIME", 30.0, "seconds")
    plist.set("A.B C", "dots and blanks")
    plist.add("COMMENT", "first")
    plist.add("COMMENT", "second")
    plist.set("NAN", math.nan)
    plist.set("UNDEF", None)
    plist["BIG"] = 2**40
    plist["FLAG"] = True
    return plist


def test_list_keeps_order_comments_and_values() -> None:
    plist = make_list()
    names = ["EXPTIME", "A.B C", "COMMENT", "NAN", "UNDEF", "BIG", "FLAG"]
    assert plist.getOrderedNames() == list(plist) == names
    assert plist.getComment("EXPTIME") == "seconds"
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
    with pytest.raises(pex_exceptions.TypeError):
        plist.getAsBool("EXPTIME")
    with pytest.raises(pex_exceptions.TypeError):
        plist.add("COMMENT", 5)
    with pytest.raises(pex_exceptions.TypeError):
        plist.set("OBJECT", object())
    with pytest.raises(pex_exceptions.TypeError):
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
    assert reordered == plist and reordered.getOrderedNames() != plist.getOrderedNames()
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
    assert pset.exists("a.b.c") and not pset.exists("a.b.c.d")
    assert "a" in pset and "a.b.c" not in pset, "names of mappings are those at the top"
    assert PropertySet.from_mapping(pset.toDict()) == pset == pickle.loads(pickle.dumps(pset))
    with pytest.raises(InvalidParameterError):
        pset.set("top.x", 1)
    del pset["a.b"]
    assert pset.names(topLevelOnly=False) == ["a", "a.d", "top"]


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
    with pytest.raises((pex_exceptions.TypeError, yaml.YAMLError)):
        yaml.safe_load(f"!<lsst.daf.base.PropertyList> {text}")


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
            with pytest.raises(pex_exceptions.TypeError, match=f"'{name}' is of type"):
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
    text = 'a = {\n..b = 1\n..c = [ 1.5000000000000, 2.5000000000000 ]\n}\nd = "x"\n'
    assert metadata.toString() == str(metadata) == text
    assert metadata.toString(topLevelOnly=True) == 'a = { ... }\nd = "x"\n'
    assert eval(repr(metadata)) == metadata
    deep = PropertySet.from_mapping({"x": {"y": {"z": 1}}})
    assert str(deep) == "x = {\n..y = {\n....z = 1\n..}\n}\n"
    assert metadata != {"d": "x"} and metadata != PropertyList()


def test_comments_and_text_of_lists() -> None:
    metadata = PropertyList()
    metadata.set("A", [1, 2], "two")
    metadata.set("B", "x")
    metadata.setComment("B", "text")
    assert metadata.getComment("B") == "text"
    metadata["B#COMMENT"] = "other"
    metadata["B.COMMENT"] = "a name like others"
    assert metadata.pop("B.COMMENT") == "a name like others" and metadata.COMMENTSUFFIX == "#COMMENT"
    assert metadata.toList() == [("A", 1, "two"), ("A", 2, "two"), ("B", "x", "other")]
    assert metadata.toString() == str(metadata) == 'A = [ 1, 2 ]\n// two\nB = "x"\n// other\n'
    metadata.add("A", 3, "three")
    assert (metadata.getArray("A"), metadata.getComment("A")) == ([1, 2, 3], "three")
    assert metadata != PropertySet()
    for set_comment in (metadata.setComment, lambda n, c: metadata.__setitem__(f"{n}#COMMENT", c)):
        with pytest.raises(KeyError, match="'C'"):
            set_comment("C", "text")
        with pytest.raises(TypeError):
            set_comment("A", 5)
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
    for value in (np.int16(-3), np.uint64(2**63), np.float64(1.5), np.str_("x")):
        metadata.set("a", value)
        assert metadata["a"] == value and type(metadata["a"]) is type(value.item())
    metadata.set("a", np.arange(3))
    assert metadata.getArray("a") == [0, 1, 2] and metadata.typeOf("a") == "Int"
    metadata.add("a", 2**40)
    assert metadata.typeOf("a") == "LongLong"
    for bad, error in (
        (2**64, RuntimeError), (-(2**63) - 1, RuntimeError), ([-1, 2**63], pex_exceptions.TypeError),
        (1j, pex_exceptions.TypeError), (np.float32(1.5), TypeError), (np.bool_(True), TypeError),
        ([1, 2.0], pex_exceptions.TypeError), (b"a", pex_exceptions.TypeError),
        ([True, 1], pex_exceptions.TypeError),
    ):  # fmt: skip
        with pytest.raises(error, match="'b'"):
            metadata.set("b", bad)
    with pytest.raises(pex_exceptions.TypeError, match="from_mapping"):
        metadata.set("b", {"x": 1})
    for name in ("a", "b"):
        for empty in ([], (), np.array([])):
            metadata.set(name, empty)
            metadata.add(name, empty)
    assert "b" not in metadata and metadata.getArray("a") == [0, 1, 2, 2**40]
