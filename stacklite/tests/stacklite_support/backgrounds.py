"""A small background made in memory."""

from __future__ import annotations

import numpy as np

from lsst.afw.image import MaskedImageF
from lsst.afw.math import BackgroundMI
from lsst.geom import Box2I, Extent2I, Point2I

BBOX = Box2I(Point2I(-20, 7), Extent2I(123, 95))


def make_background(seed: int = 1, shape: tuple[int, int] = (6, 8), bbox: Box2I = BBOX) -> BackgroundMI:
    stats = MaskedImageF(shape[1], shape[0])
    stats.image.array[:] = np.random.default_rng(seed).normal(100.0, 10.0, shape)
    stats.variance.array[:] = 1.0
    return BackgroundMI(bbox, stats)
