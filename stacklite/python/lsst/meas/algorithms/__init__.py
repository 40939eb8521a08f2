"""Point-spread functions made of images, and selection of sources."""

from __future__ import annotations

__all__ = [
    "BaseSourceSelectorConfig",
    "BaseSourceSelectorTask",
    "CentroidErrorLimit",
    "ColorLimit",
    "CullFromMaskedRegion",
    "DoubleGaussianPsf",
    "FlaggedSourceSelectorConfig",
    "FlaggedSourceSelectorTask",
    "GaussianPsfFactory",
    "ImagePsf",
    "KernelPsf",
    "MagnitudeErrorLimit",
    "MagnitudeLimit",
    "NullSourceSelectorTask",
    "PcaPsf",
    "ReferenceSourceSelectorConfig",
    "ReferenceSourceSelectorTask",
    "RequireFiniteRaDec",
    "RequireFlags",
    "RequirePrimary",
    "RequireUnresolved",
    "ScienceSourceSelectorConfig",
    "ScienceSourceSelectorTask",
    "SigmaPerFwhm",
    "SignalToNoiseLimit",
    "SingleGaussianPsf",
    "sourceSelectorRegistry",
]

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from ._gaussian_kernel_psfs import DoubleGaussianPsf, SingleGaussianPsf
from ._image_psf import ImagePsf
from ._kernel_psf import KernelPsf, PcaPsf
from .flaggedSourceSelector import FlaggedSourceSelectorConfig, FlaggedSourceSelectorTask
from .gaussianPsfFactory import GaussianPsfFactory, SigmaPerFwhm
from .sourceSelector import (
    BaseSourceSelectorConfig,
    BaseSourceSelectorTask,
    CentroidErrorLimit,
    ColorLimit,
    CullFromMaskedRegion,
    MagnitudeErrorLimit,
    MagnitudeLimit,
    NullSourceSelectorTask,
    ReferenceSourceSelectorConfig,
    ReferenceSourceSelectorTask,
    RequireFiniteRaDec,
    RequireFlags,
    RequirePrimary,
    RequireUnresolved,
    ScienceSourceSelectorConfig,
    ScienceSourceSelectorTask,
    SignalToNoiseLimit,
    sourceSelectorRegistry,
)
