"""Point-spread functions fitted by Piff, evaluated without Piff."""

from __future__ import annotations

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

__all__: list[str] = []
