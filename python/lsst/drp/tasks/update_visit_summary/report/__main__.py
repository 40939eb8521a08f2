"""The command as ``python -m lsst.drp.tasks.update_visit_summary.report``."""

from __future__ import annotations

__all__: list[str] = []

import sys

from .command import main

sys.exit(main())
