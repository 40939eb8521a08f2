"""Imports of stacklite, the kernels and the task: layers without circles."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from stacklite_support.paths import PYTHON, ROOT

SOURCES = (PYTHON, ROOT / "kernels" / "python", ROOT / "python")


@cache
def modules() -> dict[str, Path]:
    """Return the files of all modules by name."""
    found = {}
    for source in SOURCES:
        for path in source.rglob("*.py"):
            parts = path.relative_to(source).with_suffix("").parts
            found[".".join(part for part in parts if part != "__init__")] = path
    return found


def absolute(node: ast.Import | ast.ImportFrom, module: str) -> Iterator[str]:
    """Return the full names of what an import statement of a module names."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    is_package = modules()[module].name == "__init__.py"
    package = module.split(".")[: None if is_package else -1]
    base = [*package[: len(package) + 1 - node.level]] if node.level else []
    start = ".".join([*base, *([node.module] if node.module else [])])
    yield from (f"{start}.{alias.name}" for alias in node.names)


def statements(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Return the imports that run when a module is imported."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        elif not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from statements(child)


def imported(module: str) -> set[str]:
    """Return the modules of ours that have run before an imported module is complete.

    Packages around an imported module are among them, except those that the module itself is in.
    """
    found = set()
    for statement in statements(tree(module)):
        for name in absolute(statement, module):
            parts = name.split(".")
            prefixes = {".".join(parts[:n]) for n in range(1, len(parts) + 1)}
            found |= {prefix for prefix in prefixes if not f"{module}.".startswith(f"{prefix}.")}
    return found & modules().keys()


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text())


def test_no_circle_at_import_time() -> None:
    graph = {module: imported(module) for module in modules()}
    assert sum(map(len, graph.values())) > 1000
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as err:
        pytest.fail(f"modules import each other: {' -> '.join(err.args[1])}")


def test_layers() -> None:
    """The kernels import nothing of ours, stacklite not the task, and images no backgrounds."""
    for module in modules():
        names = {
            name
            for node in ast.walk(tree(module))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in absolute(node, module)
        }
        if module.startswith("visit_kernels"):
            assert not [name for name in names if name.startswith("lsst")], module
        elif not module.startswith("lsst.drp"):
            assert not [name for name in names if name.startswith("lsst.drp")], module
        if module.startswith("lsst.afw.image."):
            assert not [name for name in names if name.startswith("lsst.afw.math")], module
