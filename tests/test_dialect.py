"""The dialect of the project (see CONTRIBUTING.md), as far as syntax trees and texts show it.

Only files of the repository are read, and nothing of them is imported, so this
runs on any stack.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial

import pytest

from support import dialect_code, dialect_text
from support.sources import ROOT, Finding, Source, body_length, python_sources

CODE = ("python", "stacklite/python", "kernels/python", "benchmarks", "examples")
"""Directories of the code."""

TESTS = ("tests", "stacklite/tests", "kernels/tests")
"""Directories of the tests."""

PROSE = (
    "*.md",
    "*/*.md",
    "doc/**/*.rst",
    "doc/*.svg",
    "bin/*",
    "notebooks/*.ipynb",
    "pipelines/*.yaml",
    "config/**/*.py",
    "conftest.py",
    "*.toml",
)
"""Patterns of other texts."""

EXCEPTIONS = {
    ("messages", "stacklite/python/lsst/daf/base/_property_set.py"): "messages of the stack's KeyError",
    (
        "messages",
        "stacklite/python/lsst/pex/exceptions/__init__.py",
    ): "the message of Python's AttributeError",
    ("spelling", "tests/support/dialect_text.py"): "it lists the words",
    ("spelling", "tests/test_dialect.py"): "it proves that they are found",
    ("documents", "tests/support/dialect_text.py"): "it lists the documents",
    ("documents", "tests/test_dialect.py"): "it proves that they are found",
}
"""Files that may break a rule, each with the reason."""

Check = Callable[[Source], Iterator[Finding]]


@cache
def sources(trees: tuple[str, ...]) -> tuple[Source, ...]:
    return tuple(python_sources(trees))


@cache
def prose() -> tuple[Source, ...]:
    paths = sorted({path for pattern in PROSE for path in ROOT.glob(pattern) if path.is_file()})
    return tuple(Source(path.relative_to(ROOT).as_posix(), path.read_text()) for path in paths)


def _private_imports(source: Source) -> Iterator[Finding]:
    yield from dialect_code.private_imports(source, dialect_code.public_names(sources(CODE)))


RULES: dict[str, Check] = {
    "all": dialect_code.late_all,
    "annotations": dialect_code.unannotated,
    "bodies": partial(dialect_code.long_bodies, limit=60),
    "comments": dialect_text.comments_that_are_no_sentences,
    "documents": dialect_text.outside_documents,
    "exceptions": dialect_code.unnamed_exceptions,
    "local imports": dialect_code.unexplained_local_imports,
    "messages": dialect_text.messages_without_stop,
    "modules": partial(dialect_code.long_module, limit=500),
    "predicates": dialect_text.predicates_not_named,
    "private imports": _private_imports,
    "raises": dialect_text.raises_without_condition,
    "spelling": dialect_text.british_spelling,
    "summaries": dialect_text.summaries_without_noun,
}
"""The checks by the name of their rule."""

IN_TESTS = (
    "all",
    "annotations",
    "bodies",
    "comments",
    "documents",
    "exceptions",
    "modules",
    "raises",
    "spelling",
)
"""Rules that hold in tests as well: their docstrings say what happens, and they may look inside packages."""

IN_PROSE = ("documents", "spelling")
"""Rules that hold in all texts."""

RAISES = 'def get():\n    """Return it.\n\n    Raises\n    ------\n    KeyError\n        {}\n    """\n'
"""A function with a description of what it raises."""

BROKEN = {
    "all": "import os\n\n__all__ = []\n",
    "annotations": "class Public:\n    def method(self, x, *args: int) -> None: ...\n",
    "bodies": "def function():\n" + 61 * "    pass\n",
    "comments": "# not a sentence\nx = 1\n",
    "documents": "# See section 3 of shared/notes.txt.\n",
    "exceptions": "from lsst.pex.exceptions import TypeError\n",
    "local imports": "def function():\n    import os\n",
    "messages": "raise ValueError(f'no such name: {name}')\n",
    "modules": 500 * "\n",
    "predicates": 'def is_empty() -> bool:\n    """Tell whether it is empty."""\n',
    "private imports": "from lsst.geom._angle import Angle\n",
    "raises": RAISES.format("If there is none."),
    "spelling": "centre = 0\n",
    "summaries": 'class Options:\n    """What can be chosen."""\n',
}
"""A text for each rule that breaks it."""

KEPT = {
    "all": "from __future__ import annotations\n\n__all__ = []\n\nimport os\n",
    "annotations": "def _private(x): ...\ndef public(x: int) -> None:\n    def inner(y): ...\n",
    "bodies": 'def function():\n    """Return.\n' + 60 * "\n" + '    """\n' + 60 * "    pass\n",
    "comments": "# A sentence.\nx = 1  # of two\n# noqa: E501\n# -- Heading\n",
    "documents": "# The issue of shared memory.\n",
    "exceptions": "import lsst.pex.exceptions as pex_exceptions\nfrom lsst.pex.exceptions import IoError\n",
    "local imports": "def function():\n    # It takes a second.\n    import os\n    import sys\n",
    "messages": "raise ValueError(f'No {name}: {err}')\nraise KeyError(name)\nraise TypeError('None.')\n",
    "modules": 499 * "\n",
    "predicates": 'def is_empty() -> bool:\n    """Return whether it is empty."""\n',
    "private imports": "from lsst.geom import Angle\nfrom lsst.geom._angle import _wrap\n",
    "raises": RAISES.format("Raised if there is none."),
    "spelling": "center = 'percentage'  # the central gray neighbor\n",
    "summaries": 'class Options:\n    """Choices."""\n\n    x = 1\n    """First choice."""\n',
}
"""A text for each rule that keeps it although it is near."""


def findings(rule: str, checked: Iterable[Source]) -> list[str]:
    """Return what breaks a rule, as lines of a message."""
    return [
        f"{source.path}:{finding.line}: {finding.text}"
        for source in checked
        if (rule, source.path) not in EXCEPTIONS
        for finding in RULES[rule](source)
    ]


@pytest.mark.parametrize("rule", RULES)
def test_code_follows_the_rule(rule: str) -> None:
    found = findings(rule, sources(CODE))
    assert not found, "\n".join([f"{len(found)} times", *found])


@pytest.mark.parametrize("rule", IN_TESTS)
def test_tests_follow_the_rule(rule: str) -> None:
    found = findings(rule, sources(TESTS))
    assert not found, "\n".join([f"{len(found)} times", *found])


@pytest.mark.parametrize("rule", IN_PROSE)
def test_other_texts_follow_the_rule(rule: str) -> None:
    found = findings(rule, prose())
    assert not found, "\n".join([f"{len(found)} times", *found])


@pytest.mark.parametrize("rule", RULES)
def test_rule_finds_what_breaks_it(rule: str) -> None:
    assert len(list(RULES[rule](Source("examples/module.py", BROKEN[rule])))) == 1


@pytest.mark.parametrize("rule", RULES)
def test_rule_lets_pass_what_keeps_it(rule: str) -> None:
    assert list(RULES[rule](Source("examples/module.py", KEPT[rule]))) == []


@pytest.mark.parametrize(("rule", "path"), EXCEPTIONS)
def test_exception_is_needed(rule: str, path: str) -> None:
    (source,) = (each for each in (*sources(CODE), *sources(TESTS), *prose()) if each.path == path)
    assert list(RULES[rule](source))


def test_most_modules_and_functions_are_short() -> None:
    modules = [len(source.lines) for source in sources(CODE)]
    bodies = [body_length(function) for source in sources(CODE) for function, _ in source.functions]
    assert statistics.median(modules) < 200
    assert statistics.quantiles(bodies, n=10)[-1] < 25
