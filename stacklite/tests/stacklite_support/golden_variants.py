"""Directories of golden values like those of another seed: other names, numbers and order of cases.

The values are those of the real stack; only what tests must not depend on differs.
"""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

Case = dict[str, Any]

SELECTIONS: dict[str, slice] = {
    "all": slice(None),
    "even": slice(0, None, 2),
    "odd": slice(1, None, 2),
    "first": slice(1),
    "last": slice(-1, None),
}
"""Which cases of each kind."""


def build(
    source: Path, target: Path, selection: str = "all", copies: int = 1, seed: int = 0, error: float = 0.0
) -> int:
    """Write a variant of a directory of golden values; return its number of cases.

    Parameters
    ----------
    source, target : `pathlib.Path`
        Directories; the second must not exist.
    selection : `str`, optional
        Key of `SELECTIONS`.
    copies : `int`, optional
        How many times each case stands in it, each with an ID of its own.
    seed : `int`, optional
        Of the order of cases and the new names of files.
    error : `float`, optional
        Relative error of the expected values, which are then wrong.
    """
    target.mkdir(parents=True)
    rng = random.Random(seed)
    topics = {path.name: json.loads(path.read_text()) for path in sorted(source.glob("*.json"))}
    names = _new_names(source, rng)
    for old, new in names.items():
        shutil.copyfile(source / old, target / new)
    n_cases = 0
    for file, content in topics.items():
        chosen = _select(content["cases"], SELECTIONS[selection]) * copies
        rng.shuffle(chosen)
        content["cases"] = [
            _renamed({**case, "id": 1000 + 7 * i, "expected": _with_error(case["expected"], error)}, names)
            for i, case in enumerate(chosen)
        ]
        content["n_cases"] = len(chosen)
        (target / file).write_text(json.dumps(content))
        n_cases += len(chosen)
    return n_cases


def _new_names(source: Path, rng: random.Random) -> dict[str, str]:
    files = [path.name for path in source.iterdir() if path.suffix not in (".json", ".md")]
    numbers = rng.sample(range(10_000, 99_999), len(files))
    return {old: f"x{n}{_suffix(old)}" for old, n in zip(sorted(files), numbers, strict=True)}


def _suffix(name: str) -> str:
    return ".fits.gz" if name.endswith(".fits.gz") else Path(name).suffix


def _select(cases: list[Case], chosen: slice) -> list[Case]:
    kinds: dict[str, list[Case]] = {}
    for case in cases:
        kinds.setdefault(case["kind"], []).append(case)
    return [case for of_kind in kinds.values() for case in of_kind[chosen]]


def _renamed(value: Any, names: dict[str, str], key: str = "") -> Any:
    """Return a case with other names of files, and other notes."""
    if isinstance(value, dict):
        return {k: _renamed(v, names, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_renamed(v, names, key) for v in value]
    if isinstance(value, str):
        return f"as before: {value}" if key == "note" else names.get(value, value)
    return value


def _with_error(value: Any, error: float) -> Any:
    """Return an expected value, wrong by a relative error."""
    if isinstance(value, dict):
        return {k: _with_error(v, error) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_error(v, error) for v in value]
    return value * (1.0 + error) if isinstance(value, float) else value
