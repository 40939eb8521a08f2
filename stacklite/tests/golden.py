"""Access to the golden values (class-level values of the real stack).

``STACKLITE_GOLDEN_DIR`` names another directory of the same layout to replay.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

GOLDEN_DIR = Path(os.environ.get("STACKLITE_GOLDEN_DIR", Path(__file__).parent / "data" / "golden"))
REFERENCE_VISIT = Path(__file__).parents[2] / "tests" / "data" / "reference_visit"

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
    """Return one topic file."""
    return json.loads((GOLDEN_DIR / f"{name}.json").read_text())


def cases(name: str, kind: str | None = None) -> list[dict[str, Any]]:
    """Return the cases of a topic (of one kind), never an empty list."""
    found = [c for c in topic(name)["cases"] if kind is None or c["kind"] == kind]
    assert found, f"golden topic {name} has no case of kind {kind}"
    return found


def golden_file(name: str) -> str:
    """Return the path of a file that a case names."""
    return str(GOLDEN_DIR / name)
