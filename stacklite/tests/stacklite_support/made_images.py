"""Small images made in memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from lsst.afw.image import ImageF, MaskedImageF
from lsst.geom import Box2I, Extent2I, Point2I

BOX = Box2I(Point2I(-5, 10), Extent2I(6, 4))


def ramp(box: Box2I = BOX) -> ImageF:
    image = ImageF(box)
    image.array = np.arange(box.getArea()).reshape(image.array.shape)
    return image


PART = Box2I(Point2I(-4, 12), Extent2I(3, 2))


def ramp_of(kind: Any, box: Box2I = BOX) -> Any:
    image = kind(box)
    image.array = np.arange(1, box.getArea() + 1).reshape(image.array.shape)
    return image


def masked_ramp(kind: Any = MaskedImageF) -> Any:
    masked = kind(BOX)
    for plane in (masked.image, masked.mask, masked.variance):
        plane.array = ramp_of(ImageF).array
    return masked
