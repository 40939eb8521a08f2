"""Images, exposures and what belongs to them."""

from ._image import Image, ImageD, ImageF, ImageI, ImageL, ImageU
from ._indexing import LOCAL, PARENT, ImageOrigin
from ._mask import Mask, MaskPixel, MaskX
from ._masked_image import (
    MaskedImage,
    MaskedImageD,
    MaskedImageF,
    MaskedImageI,
    MaskedImageL,
    MaskedImageU,
    VariancePixel,
    makeMaskedImage,
)

__all__ = [
    "LOCAL",
    "PARENT",
    "Image",
    "ImageD",
    "ImageF",
    "ImageI",
    "ImageL",
    "ImageOrigin",
    "ImageU",
    "Mask",
    "MaskPixel",
    "MaskX",
    "MaskedImage",
    "MaskedImageD",
    "MaskedImageF",
    "MaskedImageI",
    "MaskedImageL",
    "MaskedImageU",
    "VariancePixel",
    "makeMaskedImage",
]
