"""Point-spread functions fitted by Piff, evaluated without Piff."""

from __future__ import annotations

__all__: list[str] = []

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)
