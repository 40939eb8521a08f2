"""The one task of this package that visit summaries need: exposure summary statistics."""

from __future__ import annotations

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)
