"""Point-spread functions fitted by Piff, evaluated without Piff."""

from __future__ import annotations

__all__ = ["PiffPsf"]

from .piffPsf import PiffPsf
