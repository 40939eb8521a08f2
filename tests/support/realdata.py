"""Where the real files lie that the project may read but does not contain."""

from __future__ import annotations

__all__ = ["REALDATA", "needs_realdata"]

from pathlib import Path

import pytest

REALDATA = Path(__file__).resolve().parents[3] / "shared" / "realdata"

needs_realdata = pytest.mark.skipif(
    not REALDATA.is_dir(),
    reason=f"the real files are not part of the project and {REALDATA} is absent",
)
