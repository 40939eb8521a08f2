"""Point-spread functions: the interface, and the Gaussian one."""

from __future__ import annotations

__all__ = ["GaussianPsf", "InvalidPsfError", "Psf"]

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from ._errors import InvalidPsfError
from ._gaussian_psf import GaussianPsf
from ._psf import Psf
