"""Comparison of our public interface with that of the real stack, as ``data/api.json`` holds it."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import textwrap
import tokenize
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import lsst.geom
from lsst.utils import TemplateMeta
from stacklite_support.interface_signatures import Parameters, own_signatures, signature_problems
from stacklite_support.paths import DATA

API_FILE = DATA / "api.json"
ROOT = Path(lsst.geom.__file__).parents[2]

_TRAITS = {
    "callable": "__call__",
    "contextmanager": "__enter__",
    "has_bool": "__bool__",
    "has_eq": "__eq__",
    "has_lt": "__lt__",
    "indexable": "__getitem__",
    "iterable": "__iter__",
    "sized": "__len__",
}


@cache
def read_api() -> dict[str, Any]:
    """Read what the real stack has."""
    return json.loads(API_FILE.read_text())["names"]


def public_modules() -> Iterator[ModuleType]:
    """Import the modules of the stack's packages whose paths have no private part."""
    for path in sorted(path for package in ("astshim", "lsst") for path in ROOT.glob(f"{package}/**/*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if not any(part.startswith("_") for part in parts if part != "__init__"):
            yield importlib.import_module(".".join(part for part in parts if part != "__init__"))


def public_objects() -> dict[str, Any]:
    """Return every public class, function and constant by each of its paths."""
    return {
        f"{module.__name__}.{name}": getattr(module, name)
        for module in public_modules()
        for name in _public_names(module)
        if not isinstance(getattr(module, name), ModuleType)
    }


def _public_names(module: ModuleType) -> list[str]:
    """Return the names that a module says it has, or else all that are not private."""
    found = [name for name in vars(module) if not name.startswith("_") and name != "annotations"]
    return getattr(module, "__all__", found)


def is_recorded(thing: Any, root: Path = ROOT) -> bool:
    """Return whether ``api.json`` would have an object: it leaves out plain constants and registries."""
    definition = thing if inspect.isclass(thing) or inspect.isroutine(thing) else type(thing)
    return _source(definition).is_relative_to(root)


def kind_of(thing: Any) -> str:
    """Return ``class``, ``function`` or ``value``."""
    if inspect.isclass(thing):
        return "class"
    return "function" if inspect.isroutine(thing) else "value"


def traits(cls: type) -> set[str]:
    """Return what can be done with instances of a class beyond its named members."""
    found = {trait for trait, method in _TRAITS.items() if _defines(cls, method)}
    return found | ({"hashable"} if cls.__hash__ is not None else set())


def _defines(cls: type, method: str) -> bool:
    """Return whether a class has a special method: its own, or that of a template's metaclass."""
    # Every metaclass is callable, which makes no instance so.
    of_template = isinstance(cls, TemplateMeta) and method != "__call__"
    classes = [*cls.__mro__, *(type(cls).__mro__ if of_template else ())]
    owner = next((base for base in classes if method in vars(base)), object)
    return owner not in (object, type) and vars(owner)[method] is not None


def member_kind(raw: Any) -> str:
    """Return ``class``, ``method`` or ``value`` (a property counts as one)."""
    if inspect.isclass(raw):
        return "class"
    is_method = isinstance(raw, staticmethod | classmethod) or inspect.isroutine(raw)
    return "method" if is_method and not isinstance(raw, cached_property) else "value"


def instance_attributes(cls: type, root: Path = ROOT) -> set[str]:
    """Return the public names that the methods of a class, or of our bases of it, set on ``self``."""
    ours = [base for base in cls.__mro__ if _source(base).is_relative_to(root)]
    nodes = (node for base in ours for node in ast.walk(ast.parse(_definition(base))))
    return {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
        and not node.attr.startswith("_")
    }


def _definition(cls: type) -> str:
    """Return the source of a class; one that a loop makes has no methods of its own."""
    try:
        source = textwrap.dedent(inspect.getsource(cls))
    except (OSError, tokenize.TokenError):
        return ""
    # Since Python 3.13 it is taken from the same lines of another file if the class names another module.
    return source if re.match(rf"(@.*\n)*class {cls.__name__}\b", source) else ""


def _source(definition: Any) -> Path:
    try:
        return Path(inspect.getfile(inspect.unwrap(definition)))
    except (OSError, TypeError):  # a builtin
        return Path()


def members(cls: type) -> dict[str, Any]:
    """Return the public members of a class as they stand in it, unbound."""
    found = {}
    for name in dir(cls):
        # What only the metaclass has is no member of instances.
        if not name.startswith("_") and any(name in vars(base) for base in cls.__mro__):
            found[name] = inspect.getattr_static(cls, name)
    return found


class Comparison:
    """All differences of our interface from the recorded one.

    Parameters
    ----------
    api
        The recorded interface: by path its kind, traits, members, signatures.
    objects
        Our public objects by path.
    root
        Where our code is: what others define is not compared.
    """

    def __init__(self, api: Mapping[str, Any], objects: Mapping[str, Any], root: Path = ROOT) -> None:
        self._api = api
        self._objects = objects
        self._root = root

    @cached_property
    def _class_names(self) -> set[str]:
        return {path.rsplit(".", 1)[1] for path, thing in self._objects.items() if inspect.isclass(thing)}

    def _in_scope(self, parameters: Parameters) -> bool:
        """Return whether all classes that an overload names are ours, too."""
        used = {
            name
            for parameter in parameters
            for name in re.findall(r"lsst(?:(?:\.|::)\w+)+(?:\.|::)(\w+)", str(parameter.annotation))
        }
        return used <= self._class_names

    def unknown_names(self) -> Iterator[str]:
        """Find the paths that the real stack lacks."""
        return (
            path
            for path, thing in self._objects.items()
            if path not in self._api and is_recorded(thing, self._root)
        )

    def _pairs(self) -> Iterator[tuple[str, Any, Any]]:
        return (
            (path, thing, self._api[path])
            for path, thing in self._objects.items()
            if path in self._api and kind_of(thing) == self._api[path]["kind"]
        )

    def _classes(self) -> Iterator[tuple[str, type, Any]]:
        return ((path, thing, there) for path, thing, there in self._pairs() if inspect.isclass(thing))

    def different_kinds(self) -> Iterator[str]:
        """Find names and members of another kind."""
        for path, thing in self._objects.items():
            if path in self._api and kind_of(thing) != self._api[path]["kind"]:
                yield f"{path} is a {kind_of(thing)}, there a {self._api[path]['kind']}"
        for path, cls, there in self._classes():
            for name, raw in members(cls).items():
                if name in there["members"]:
                    kind = there["members"][name][0].replace("property", "value")
                    if member_kind(raw) != kind:
                        yield f"{path}.{name} is a {member_kind(raw)}, there a {kind}"

    def different_traits(self) -> Iterator[str]:
        """Find classes whose instances can do more or less."""
        for path, cls, there in self._classes():
            for trait in sorted(traits(cls) ^ set(there["traits"])):
                yield f"{path} {'is' if trait in traits(cls) else 'is not'} {trait}"

    def unknown_members(self) -> Iterator[str]:
        """Find members that the real class lacks."""
        for path, cls, there in self._classes():
            own = set(members(cls))
            # Of classes written in Python the record has no instance attributes.
            if any("self: lsst" in signature for signature in there["init"]):
                own |= instance_attributes(cls, self._root)
            for name in sorted(own - set(there["members"])):
                yield f"{path}.{name}"

    def different_signatures(self) -> Iterator[str]:
        """Find calls that work at one place only."""
        for path, function, there in self._pairs():
            if there["kind"] == "function":
                yield from self._signatures(path, None, function, there["signatures"])
        for path, cls, there in self._classes():
            for name, raw in members(cls).items():
                kind, *signatures = there["members"].get(name, ("absent",))
                if kind == member_kind(raw) == "method":
                    yield from self._signatures(f"{path}.{name}", cls, raw, signatures)
            for name in ("__init__", "__new__"):
                raw = inspect.getattr_static(cls, name)
                function = getattr(raw, "__func__", raw)
                if inspect.isfunction(function) and _source(function).is_relative_to(self._root):
                    yield from self._signatures(f"{path}.{name}", cls, function, there["init"])

    def _signatures(self, path: str, owner: type | None, function: Any, texts: list[str]) -> Iterator[str]:
        own = own_signatures(owner, function)
        return (f"{path} {problem}" for problem in signature_problems(own, texts, self._in_scope))
