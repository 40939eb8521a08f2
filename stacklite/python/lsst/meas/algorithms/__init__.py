"""Point-spread functions made of images, and selection of sources."""

from __future__ import annotations

__all__ = [
    "BaseSourceSelectorConfig",
    "BaseSourceSelectorTask",
    "CentroidErrorLimit",
    "DoubleGaussianPsf",
    "ImagePsf",
    "KernelPsf",
    "PcaPsf",
    "RequireFiniteRaDec",
    "RequireFlags",
    "RequirePrimary",
    "RequireUnresolved",
    "ScienceSourceSelectorConfig",
    "ScienceSourceSelectorTask",
    "SignalToNoiseLimit",
    "SingleGaussianPsf",
    "sourceSelectorRegistry",
]

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from ._gaussian_kernel_psfs import DoubleGaussianPsf, SingleGaussianPsf
from ._image_psf import ImagePsf
from ._kernel_psf import KernelPsf, PcaPsf
from .sourceSelector import (
    BaseSourceSelectorConfig,
    BaseSourceSelectorTask,
    CentroidErrorLimit,
    RequireFiniteRaDec,
    RequireFlags,
    RequirePrimary,
    RequireUnresolved,
    ScienceSourceSelectorConfig,
    ScienceSourceSelectorTask,
    SignalToNoiseLimit,
    sourceSelectorRegistry,
)
