"""The part of instrument-signature removal that summary statistics need: gains and read noises."""

from __future__ import annotations

from .isrFunctions import getExposureGains, getExposureReadNoises

__all__ = ["getExposureGains", "getExposureReadNoises"]
