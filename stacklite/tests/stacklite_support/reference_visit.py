"""What the real stack says about the visit in ``tests/data/reference_visit``."""

from __future__ import annotations

__all__ = ["EXPECTED"]

import json

from stacklite_support.paths import REFERENCE_VISIT

EXPECTED = json.loads((REFERENCE_VISIT / "expected.json").read_text())
