"""Tables of the pages in doc/, as tests read them."""

from __future__ import annotations

__all__ = ["PAGES", "holds", "literal", "read_table"]

import csv
import re
from collections.abc import Mapping
from typing import Any

from .sources import ROOT

PAGES = ROOT / "doc" / "lsst.drp.tasks.update_visit_summary"
"""Directory of the pages on the task (`pathlib.Path`)."""

_CONDITION = re.compile(r"``(\w+)`` is ((?:set|``\w+``)(?: or ``\w+``(?! is))*)")


def read_table(name: str) -> list[dict[str, str]]:
    """Return the rows of a table, by the names of its columns.

    Parameters
    ----------
    name : `str`
        Name of the file.
    """
    with (PAGES / name).open(newline="") as file:
        return list(csv.DictReader(file))


def literal(cell: str) -> str:
    """Return the text of a cell that is one literal.

    Parameters
    ----------
    cell : `str`
        The cell, with its double backticks.
    """
    match = re.fullmatch(r"``([^`]+)``", cell)
    assert match, f"{cell} is no literal."
    return match[1]


def holds(condition: str, options: Mapping[str, Any]) -> bool:
    """Return whether a configuration meets a condition in words.

    Parameters
    ----------
    condition : `str`
        Such as "``a`` is ``x`` or ``y`` or ``b`` is set", or "always".
    options : `~collections.abc.Mapping` [`str`, `~typing.Any`]
        Values of the options; those that are not there are not set.
    """
    if condition == "always":
        return True
    parts = _CONDITION.findall(condition)
    assert " or ".join(f"``{option}`` is {values}" for option, values in parts) == condition, condition
    return any(_is_one_of(options.get(option), values) for option, values in parts)


def _is_one_of(value: Any, words: str) -> bool:
    if words == "set":
        return value is True
    name = re.sub(r"^healpix\d+$", "healpixN", str(value))
    return name in re.findall(r"``(\w+)``", words)
