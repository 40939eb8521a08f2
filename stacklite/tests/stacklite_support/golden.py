"""Access to the golden values (class-level values of the real stack).

``STACKLITE_GOLDEN_DIR`` names another directory of the same layout to replay:
the golden tests (``-m golden``) then compare with the values of that
one. It may have other numbers, names of files, cases and numbers of cases, and
lack topics and kinds; what a test does with a case follows from the inputs of
the case alone. Tests that need one certain file take it from `own_file`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stacklite_support.paths import DATA

OWN_DIR = DATA / "golden"
GOLDEN_DIR = Path(os.environ.get("STACKLITE_GOLDEN_DIR") or OWN_DIR).resolve()
IS_REPLAY = GOLDEN_DIR != OWN_DIR.resolve()

_NON_FINITE = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf}


def number(value: Any) -> Any:
    """Turn the strings for non-finite numbers into floats, recursively."""
    if isinstance(value, str):
        return _NON_FINITE.get(value, value)
    if isinstance(value, list):
        return [number(v) for v in value]
    if isinstance(value, dict):
        return {k: number(v) for k, v in value.items()}
    return value


@cache
def topic(name: str) -> dict[str, Any]:
    """Return one topic file; one without cases if the directory to replay lacks it."""
    path = GOLDEN_DIR / f"{name}.json"
    if IS_REPLAY and not path.exists():
        return {"topic": name, "n_cases": 0, "cases": []}
    return json.loads(path.read_text())


def cases(
    name: str, kind: str | None = None, where: Callable[[dict[str, Any]], bool] | None = None
) -> list[dict[str, Any]]:
    """Return the cases of a topic (of one kind, of which something holds).

    Never an empty list for the project's own values; another directory may
    lack a kind.
    """
    found = [
        c for c in topic(name)["cases"] if (kind is None or c["kind"] == kind) and (where is None or where(c))
    ]
    assert found or IS_REPLAY, f"golden topic {name} has no such case of kind {kind}"
    return found


def golden_cases(name: str, kind: str) -> pytest.MarkDecorator:
    """Parametrize a test with the cases of a kind, by their IDs."""
    return pytest.mark.parametrize("case", [pytest.param(c, id=str(c["id"])) for c in cases(name, kind)])


def golden_file(name: str) -> str:
    """Return the path of a file that a case names."""
    return str(GOLDEN_DIR / name)


def own_file(name: str) -> str:
    """Return the path of a file of the project's own golden values, whatever is replayed."""
    return str(OWN_DIR / name)


def is_error(expected: Any) -> bool:
    """Return whether a case expects an exception."""
    return isinstance(expected, dict) and "error" in expected


def assert_float32(found: Any, expected: Any, ulps: int = 1) -> None:
    """Compare float32 pixels within some units in the last place.

    Values that cancel keep the rounding of the doubles that they were made
    from: 1e-14 of the largest finite pixel is allowed too.
    """
    found, expected = np.asarray(found), np.asarray(expected, dtype=np.float32)
    assert found.dtype == np.float32
    assert found.shape == expected.shape
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(found[~finite], expected[~finite])
    a, b = found[finite].astype(float), expected[finite].astype(float)
    scale = np.abs(b).max(initial=0.0)
    allowed = np.maximum(ulps * np.spacing(np.abs(expected[finite])).astype(float), 1e-14 * scale)
    assert not (bad := np.abs(a - b) > allowed).any(), (a[bad][:5], b[bad][:5])
