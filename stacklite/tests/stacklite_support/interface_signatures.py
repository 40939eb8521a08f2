"""Signatures as the documentation of bindings writes them, and how they compare with our own."""

from __future__ import annotations

import ast
import inspect
import keyword
import re
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from inspect import Parameter, Signature
from typing import Any

_OPENING, _CLOSING = "([{<", ")]}>"
_PARAMETER = re.compile(r"(\*{0,2}\w+)\s*(:|=|$)|/$|\*$")

Parameters = tuple[Parameter, ...]


def _split(text: str) -> list[str]:
    """Split at the commas outside of brackets and quotes, until the list ends."""
    items, depth, quote = [""], 0, ""
    for before, character in zip(" " + text, text, strict=False):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in _OPENING:
            depth += 1
        elif character in _CLOSING and before != "-":
            depth -= 1
            if depth < 0:
                break
        if character == "," and depth == 0 and not quote:
            items.append("")
        else:
            items[-1] += character
    return [item.strip() for item in items if item.strip()]


def _items(text: str) -> list[str]:
    """Return the parameters as texts; a default may hold a comma outside of brackets."""
    merged: list[str] = []
    for item in _split(text.removeprefix("(")):
        if merged and not _PARAMETER.match(item):
            merged[-1] += ", " + item
        else:
            merged.append(item)
    return merged


@cache
def parse(signature: str) -> Parameters:
    """Parse a signature such as ``(self: Box2I, arg0: Point2I, x: int = 3) -> None``.

    ``self`` is left out. Parameters without a name of their own (``arg0``) or
    with one that cannot be written in a call (``from``) are positional only;
    annotations and defaults are texts.
    """
    found: list[Parameter] = []
    kind = Parameter.POSITIONAL_OR_KEYWORD
    for item in _items(signature):
        if item == "/":
            found = [parameter.replace(kind=Parameter.POSITIONAL_ONLY) for parameter in found]
        elif item == "*":
            kind = Parameter.KEYWORD_ONLY
        else:
            found.append(_parse_parameter(item, kind))
    found = found[1:] if found and found[0].name in ("self", "cls") else found
    return tuple(_without_useless_defaults(found))


def _without_useless_defaults(parameters: list[Parameter]) -> Iterator[Parameter]:
    """Take away the defaults before a parameter without one: no call can use them."""
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    last = max((i for i, p in enumerate(positional) if p.default is Parameter.empty), default=-1)
    for parameter in parameters:
        is_useless = parameter in positional[: last + 1]
        yield parameter.replace(default=Parameter.empty) if is_useless else parameter


def _parse_parameter(item: str, kind: Any) -> Parameter:
    declared, _, default = item.partition(" = " if re.match(r"\w+:", item) else "=")
    name, _, annotation = declared.partition(":")
    if name.startswith("**"):
        return Parameter(name[2:], Parameter.VAR_KEYWORD)
    if name.startswith("*"):
        return Parameter(name[1:], Parameter.VAR_POSITIONAL)
    if re.fullmatch(r"arg\d+", name) or keyword.iskeyword(name):
        name, kind = name + "_", Parameter.POSITIONAL_ONLY
    return Parameter(
        name, kind, annotation=annotation.strip(), default=default.strip() if default else Parameter.empty
    )


def own_signatures(owner: type | None, function: Any) -> list[Parameters]:
    """Return the parameters of our function: those of its overloads if it declares any."""
    static = owner is None or isinstance(function, staticmethod)
    function = getattr(function, "__func__", function)
    overloads = typing.get_overloads(function) if hasattr(function, "__module__") else []
    try:
        found = [
            tuple(inspect.signature(getattr(f, "__func__", f)).parameters.values())
            for f in overloads or [function]
        ]
    except ValueError:  # a builtin
        return []
    return [parameters if static else parameters[1:] for parameters in found]


def is_open(parameters: Iterable[Parameter]) -> bool:
    """Return whether ``*args`` or ``**kwargs`` hide what is accepted."""
    return any(p.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD) for p in parameters)


def names(parameters: Iterable[Parameter]) -> set[str]:
    """Return the names by which arguments can be passed."""
    return {p.name for p in parameters if p.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)}


def _binds(own: Parameters, there: Parameters, by_keyword: bool, required_only: bool) -> bool:
    positional, keywords = [], {}
    for parameter in there:
        if required_only and parameter.default is not Parameter.empty:
            continue
        if parameter.name not in names([parameter]) or not (
            by_keyword or parameter.kind is Parameter.KEYWORD_ONLY
        ):
            positional.append(None)
        else:
            keywords[parameter.name] = None
    try:
        Signature(own).bind(*positional, **keywords)
    except TypeError:
        return False
    return True


def accepts(own: Iterable[Parameters], there: Parameters, by_keyword: bool) -> bool:
    """Return whether we take the calls of an overload, with all and with only the required arguments."""
    return any(all(_binds(o, there, by_keyword, required) for required in (False, True)) for o in own)


def _literal(default: str) -> Any:
    try:
        return _comparable(ast.literal_eval(default))
    except (SyntaxError, ValueError):
        return Ellipsis  # an object; only its text is known


def _comparable(default: Any) -> Any:
    """Return a default with its list, if it is one, as a tuple: what ours are, as they cannot change."""
    return tuple(default) if isinstance(default, list) else default


def _default_problems(own: Iterable[Parameters], there: Sequence[Parameters]) -> Iterator[str]:
    for parameter in (p for parameters in own for p in parameters if p.name in names([p])):
        theirs = [p.default for parameters in there for p in parameters if p.name == parameter.name]
        literals = [_literal(default) for default in theirs if default is not Parameter.empty]
        if parameter.default is Parameter.empty:
            if theirs and len(literals) == len(theirs):
                yield f"{parameter.name} has no default, there {literals}"
        elif theirs and not literals:
            yield f"{parameter.name} has a default, there none"
        elif literals and Ellipsis not in literals and _comparable(parameter.default) not in literals:
            yield f"{parameter.name} has the default {parameter.default!r}, there {literals}"


def signature_problems(
    own: list[Parameters], texts: Iterable[str], in_scope: Callable[[Parameters], bool]
) -> Iterator[str]:
    """Compare all signatures of a function.

    Parameters
    ----------
    own
        Our signatures.
    texts
        Those of the real stack.
    in_scope
        Tells whether an overload takes only objects that we have.

    Yields
    ------
    problem
        A call that works at one place only.
    """
    there = [parse(text) for text in texts]
    closed = [parameters for parameters in there if not is_open(parameters)]
    if not own or not closed:
        return
    if any(is_open(parameters) for parameters in own):
        if len(closed) == len(there):
            yield "hides its parameters (declare overloads)"
        return
    if len(closed) == len(there):
        known = {name for parameters in there for name in names(parameters)}
        for extra in sorted({name for parameters in own for name in names(parameters)} - known):
            yield f"takes {extra}, which has no such name there"
    accepted = [parameters for parameters in closed if accepts(own, parameters, by_keyword=True)]
    for parameters in closed:
        # An overload that we lack as a whole is absent, which is allowed.
        is_absent = bool(accepted) and not accepts(own, parameters, by_keyword=False)
        if parameters not in accepted and in_scope(parameters) and not is_absent:
            yield f"does not take {_text(parameters)}"
    yield from _default_problems(own, closed)


def _text(parameters: Parameters) -> str:
    # Not as a Signature, which may not have a default before a parameter without.
    return f"({', '.join(str(p.replace(annotation=Parameter.empty)) for p in parameters)})"
