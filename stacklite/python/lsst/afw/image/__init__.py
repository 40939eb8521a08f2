"""Images, exposures and their components."""

from __future__ import annotations

__all__ = [
    "LOCAL",
    "PARENT",
    "ApCorrMap",
    "CoaddInputs",
    "Color",
    "DecoratedImage",
    "DecoratedImageD",
    "DecoratedImageF",
    "DecoratedImageI",
    "DecoratedImageL",
    "DecoratedImageU",
    "Exposure",
    "ExposureD",
    "ExposureF",
    "ExposureFitsReader",
    "ExposureI",
    "ExposureInfo",
    "ExposureSummaryStats",
    "ExposureU",
    "FilterLabel",
    "Image",
    "ImageD",
    "ImageF",
    "ImageFitsReader",
    "ImageI",
    "ImageL",
    "ImageOrigin",
    "ImageU",
    "Mask",
    "MaskFitsReader",
    "MaskPixel",
    "MaskX",
    "MaskedImage",
    "MaskedImageD",
    "MaskedImageF",
    "MaskedImageFitsReader",
    "MaskedImageI",
    "MaskedImageU",
    "Measurement",
    "PhotoCalib",
    "RotType",
    "TransmissionCurve",
    "VariancePixel",
    "VisitInfo",
    "abMagErrFromFluxErr",
    "abMagFromFlux",
    "fluxErrFromABMagErr",
    "fluxFromABMag",
    "getDatabaseFilterLabel",
    "imagesOverlap",
    "makeExposure",
    "makeImageFromArray",
    "makeMaskFromArray",
    "makeMaskedImage",
    "makeMaskedImageFromArrays",
    "makePhotoCalibFromCalibZeroPoint",
    "makePhotoCalibFromMetadata",
    "setVisitInfoMetadata",
    "stripVisitInfoKeywords",
]

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from ._ab_magnitudes import abMagErrFromFluxErr, abMagFromFlux, fluxErrFromABMagErr, fluxFromABMag
from ._ap_corr_map import ApCorrMap
from ._array_functions import imagesOverlap, makeImageFromArray, makeMaskFromArray
from ._coadd_inputs import CoaddInputs
from ._color import Color
from ._decorated_image import (
    DecoratedImage,
    DecoratedImageD,
    DecoratedImageF,
    DecoratedImageI,
    DecoratedImageL,
    DecoratedImageU,
)
from ._exposure import Exposure, ExposureD, ExposureF, ExposureI, ExposureU, makeExposure
from ._exposure_info import ExposureInfo
from ._exposure_reader import ExposureFitsReader
from ._exposure_summary_stats import ExposureSummaryStats
from ._filter_label import FilterLabel, getDatabaseFilterLabel
from ._image import Image, ImageD, ImageF, ImageI, ImageL, ImageU
from ._image_readers import ImageFitsReader, MaskFitsReader
from ._indexing import LOCAL, PARENT, ImageOrigin
from ._mask import Mask, MaskPixel, MaskX
from ._masked_image import (
    MaskedImage,
    MaskedImageD,
    MaskedImageF,
    MaskedImageI,
    MaskedImageU,
    VariancePixel,
    makeMaskedImage,
    makeMaskedImageFromArrays,
)
from ._masked_image_reader import MaskedImageFitsReader
from ._photo_calib import Measurement, PhotoCalib
from ._photo_calib_makers import makePhotoCalibFromCalibZeroPoint, makePhotoCalibFromMetadata
from ._rot_type import RotType
from ._transmission_curve import TransmissionCurve
from ._visit_info import VisitInfo
from ._visit_info_header import setVisitInfoMetadata, stripVisitInfoKeywords
