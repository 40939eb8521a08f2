"""The part of instrument-signature removal that summary statistics need: gains and read noises."""

from __future__ import annotations

__all__ = ["getExposureGains", "getExposureReadNoises"]

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from .isrFunctions import getExposureGains, getExposureReadNoises
