"""Point-spread functions: the interface, and the Gaussian one."""

from __future__ import annotations

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

__all__ = ["GaussianPsf", "InvalidPsfError", "Psf"]

from ._errors import InvalidPsfError
from ._gaussian_psf import GaussianPsf
from ._psf import Psf
