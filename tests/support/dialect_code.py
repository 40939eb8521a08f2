"""Rules on imports, annotations and lengths, as functions from a source to what breaks them."""

from __future__ import annotations

__all__ = [
    "late_all",
    "long_bodies",
    "long_module",
    "private_imports",
    "public_names",
    "unannotated",
    "unexplained_local_imports",
    "unnamed_exceptions",
]

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeGuard

from support.sources import Finding, Source, body_length, is_private

_EXCEPTIONS = ("lsst", "pex", "exceptions")


def late_all(source: Source) -> Iterator[Finding]:
    """Iterate over assignments of ``__all__`` that do not directly follow docstring and future import.

    Parameters
    ----------
    source : `Source`
        A module.

    Yields
    ------
    finding : `Finding`
        The line of the assignment.
    """
    rest = list(source.tree.body)
    if ast.get_docstring(source.tree) is not None:
        del rest[0]
    while rest and isinstance(rest[0], ast.ImportFrom) and rest[0].module == "__future__":
        del rest[0]
    for node in rest[1:]:
        if _assigns_all(node):
            yield Finding(node.lineno, "__all__")


def _assigns_all(node: ast.stmt) -> TypeGuard[ast.Assign | ast.AnnAssign]:
    """Return whether a statement assigns ``__all__``."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)


def unnamed_exceptions(source: Source) -> Iterator[Finding]:
    """Iterate over imports of the stack's exceptions that hide where a class comes from.

    A class that shares its name with a builtin is ``pex_exceptions.TypeError``
    everywhere: neither imported by that name, nor by another one.

    Parameters
    ----------
    source : `Source`
        A module.

    Yields
    ------
    finding : `Finding`
        The line of the import, and the name.
    """
    for node in source.imports:
        for path, alias in _imported(node, source.package):
            if path == _EXCEPTIONS and alias != "pex_exceptions":
                yield Finding(node.lineno, f"{'.'.join(path)} as {alias}")
            elif path[: len(_EXCEPTIONS)] == _EXCEPTIONS and hasattr(builtins, path[-1]):
                yield Finding(node.lineno, ".".join(path))


def public_names(sources: Iterable[Source]) -> dict[tuple[str, ...], frozenset[str]]:
    """Return the public names of packages.

    Parameters
    ----------
    sources : `~collections.abc.Iterable` [`Source`]
        Modules; those called ``__init__`` define packages.

    Returns
    -------
    names : `dict` [`tuple` [`str`, ...], `frozenset` [`str`]]
        Elements of ``__all__`` by the path of the package.
    """
    result = {}
    for source in sources:
        if source.path.endswith("/__init__.py"):
            lists = [node.value for node in source.tree.body if _assigns_all(node)]
            result[source.package] = frozenset(ast.literal_eval(lists[0])) if lists else frozenset()
    return result


def private_imports(source: Source, public: Mapping[tuple[str, ...], frozenset[str]]) -> Iterator[Finding]:
    """Iterate over unexplained imports from private paths of another package.

    A private path is allowed inside its package, and for names that are not
    public in a package of the repository: they have no other path.

    Parameters
    ----------
    source : `Source`
        A module.
    public : `~collections.abc.Mapping`
        Public names of the packages of the repository (see `public_names`).

    Yields
    ------
    finding : `Finding`
        The line of the import, and the path.
    """
    for node in source.imports:
        for path, _ in _imported(node, source.package):
            hidden = next((depth for depth, name in enumerate(path) if is_private(name)), None)
            if hidden is None or source.package[:hidden] == path[:hidden]:
                continue
            has_public_path = path[-1] in public.get(path[:hidden], path)
            if has_public_path and not source.explained(node.lineno):
                yield Finding(node.lineno, ".".join(path))


def _imported(
    node: ast.Import | ast.ImportFrom, package: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str | None]]:
    """Iterate over the full paths that a statement imports, and the names that it gives them."""
    if isinstance(node, ast.Import):
        for name in node.names:
            yield tuple(name.name.split(".")), name.asname
    else:
        start = package[: len(package) - node.level + 1] if node.level else ()
        module = tuple(node.module.split(".")) if node.module else ()
        for name in node.names:
            yield (*start, *module, name.name), name.asname


def unexplained_local_imports(source: Source) -> Iterator[Finding]:
    """Iterate over imports inside functions without a comment beside them.

    A comment above a block of imports counts for all of them.

    Parameters
    ----------
    source : `Source`
        A module.

    Yields
    ------
    finding : `Finding`
        The line of the import, and the import.
    """
    explained: set[int] = set()
    seen: set[int] = set()
    for function, _ in source.functions:
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom) and node.lineno not in seen:
                seen.add(node.lineno)
                if source.explained(node.lineno) or node.lineno - 1 in explained:
                    explained.add(node.end_lineno or node.lineno)
                else:
                    yield Finding(node.lineno, ast.unparse(node))


def unannotated(source: Source) -> Iterator[Finding]:
    """Iterate over public functions and methods that lack a type.

    Parameters
    ----------
    source : `Source`
        A module.

    Yields
    ------
    finding : `Finding`
        The line of the function, and its name.
    """
    for function, private in source.functions:
        if private:
            continue
        arguments = function.args
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        named += [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
        lacking = [one.arg for one in named if one.annotation is None and one.arg not in ("self", "cls")]
        if lacking or function.returns is None:
            yield Finding(function.lineno, f"{function.name}({', '.join(lacking)})")


def long_module(source: Source, limit: int) -> Iterator[Finding]:
    """Iterate over the module, if it has too many lines.

    Parameters
    ----------
    source : `Source`
        A module.
    limit : `int`
        Number of lines that it must stay below.

    Yields
    ------
    finding : `Finding`
        The last line.
    """
    if len(source.lines) >= limit:
        yield Finding(len(source.lines), f"{len(source.lines)} lines")


def long_bodies(source: Source, limit: int) -> Iterator[Finding]:
    """Iterate over functions whose statements take too many lines.

    Parameters
    ----------
    source : `Source`
        A module.
    limit : `int`
        Largest number of lines.

    Yields
    ------
    finding : `Finding`
        The line of the function, its name and length.
    """
    for function, _ in source.functions:
        if body_length(function) > limit:
            yield Finding(function.lineno, f"{function.name}: {body_length(function)} lines")
