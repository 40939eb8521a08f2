"""Python sources of the repository as syntax trees, and what the rules on the dialect ask of them.

Nothing here imports the code that it looks at, so it works on any stack.
"""

from __future__ import annotations

__all__ = [
    "Finding",
    "Source",
    "ROOT",
    "body_length",
    "first_line",
    "is_private",
    "is_property",
    "python_sources",
]

import ast
import dataclasses
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parents[2]
"""The checkout (`pathlib.Path`)."""

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Documented: TypeAlias = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@dataclasses.dataclass(frozen=True)
class Finding:
    """A place that breaks a rule.

    Attributes
    ----------
    line : `int`
        Number of the line, from 1.
    text : `str`
        Offending text.
    """

    line: int
    text: str


@dataclasses.dataclass(frozen=True)
class Source:
    """A Python module as text and as a tree.

    Attributes
    ----------
    path : `str`
        Path in the repository, with slashes.
    text : `str`
        Contents.
    """

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Syntax tree (`ast.Module`)."""
        return ast.parse(self.text)

    @cached_property
    def lines(self) -> list[str]:
        """Lines of the text (`list` [`str`])."""
        return self.text.splitlines()

    @cached_property
    def package(self) -> tuple[str, ...]:
        """Names of the package that the module is in, from the outermost (`tuple` [`str`, ...])."""
        parts = Path(self.path).parts[:-1]
        return parts[parts.index("python") + 1 :] if "python" in parts else parts

    @cached_property
    def functions(self) -> list[tuple[Function, bool]]:
        """All functions, and whether a name in front of it says that it is private (`list`)."""
        return list(_functions(self.tree, private=False))

    @cached_property
    def imports(self) -> list[ast.Import | ast.ImportFrom]:
        """All import statements (`list`)."""
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.Import | ast.ImportFrom)]

    def documented(self) -> Iterator[tuple[Documented, str]]:
        """Iterate over everything that has a docstring, with it."""
        for node in ast.walk(self.tree):
            if isinstance(node, Documented):
                docstring = ast.get_docstring(node)
                if docstring:
                    yield node, docstring

    def explained(self, line: int) -> bool:
        """Return whether a comment is on a line, or ends on the line above it.

        Parameters
        ----------
        line : `int`
            Number of the line, from 1.
        """
        return "#" in self.lines[line - 1] or (line > 1 and self.lines[line - 2].lstrip().startswith("#"))


def _functions(node: ast.AST, *, private: bool) -> Iterator[tuple[Function, bool]]:
    """Iterate over the functions below a node; those inside others are private."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            hidden = private or is_private(child.name)
            yield child, hidden
            yield from _functions(child, private=True)
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, private=private or is_private(child.name))
        else:
            yield from _functions(child, private=private)


def is_private(name: str) -> bool:
    """Return whether a name begins with an underscore and is not one of Python's own.

    Parameters
    ----------
    name : `str`
        Name of a function, class or module.
    """
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


def is_property(function: Function) -> bool:
    """Return whether a function is read as an attribute.

    Parameters
    ----------
    function : `ast.FunctionDef`
        The function.
    """
    names = {ast.unparse(decorator).rpartition(".")[2] for decorator in function.decorator_list}
    return bool(names & {"property", "cached_property"})


def first_line(docstring: str) -> str:
    """Return the first line of a docstring.

    Parameters
    ----------
    docstring : `str`
        The docstring, without indentation.
    """
    return docstring.split("\n", 1)[0]


def body_length(function: Function) -> int:
    """Return how many lines the statements of a function take, without its docstring.

    Parameters
    ----------
    function : `ast.FunctionDef`
        The function.
    """
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def python_sources(trees: Iterable[str]) -> list[Source]:
    """Return the Python modules below directories of the repository.

    Parameters
    ----------
    trees : `~collections.abc.Iterable` [`str`]
        Paths of directories in the repository.

    Returns
    -------
    sources : `list` [`Source`]
        The modules, in the order of their paths.
    """
    paths = sorted({path for tree in trees for path in (ROOT / tree).rglob("*.py")})
    return [Source(path.relative_to(ROOT).as_posix(), path.read_text()) for path in paths]
