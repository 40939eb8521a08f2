"""Fits to the WCSs of a visit: its pointing, and approximations that FITS can represent."""

from __future__ import annotations

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from .fit_sip_approximation import FitSipApproximationConfig, FitSipApproximationTask
from .refit_pointing import NoVisitWcs, RefitPointingConfig, RefitPointingTask

__all__ = [
    "FitSipApproximationConfig",
    "FitSipApproximationTask",
    "NoVisitWcs",
    "RefitPointingConfig",
    "RefitPointingTask",
]
