"""Fields that multiply or divide masked images; the values are the real stack's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lsst.afw.image import ApCorrMap, MaskedImageD, MaskedImageF, MaskedImageI
from lsst.afw.math import ChebyshevBoundedField
from lsst.geom import Box2I, Extent2I, Point2I

FIELD = ChebyshevBoundedField(Box2I(Point2I(0, 0), Extent2I(2, 2)), np.array([[2.0, 1.0]]))


@pytest.mark.parametrize("make", [MaskedImageF, MaskedImageD])
@pytest.mark.parametrize(
    ("method", "image", "variance"),
    [("multiplyImage", [4.5, 7.5], [11.25, 31.25]), ("divideImage", [2.0, 1.2], [20 / 9, 0.8])],
)
def test_variances_are_multiplied_by_squares(
    make: Any, method: str, image: list[float], variance: list[float]
) -> None:
    for keywords in ({}, {"overlapOnly": True}):
        masked = make(2, 2)
        masked.set(3, 7, 5)
        getattr(FIELD, method)(masked, **keywords)
        assert_allclose(masked.image.array, [image, image], rtol=1e-6)
        assert_allclose(masked.variance.array, [variance, variance], rtol=1e-6)
        assert (masked.mask.array == 7).all()


def test_masked_images_that_cannot_be_multiplied() -> None:
    with pytest.raises(TypeError):
        FIELD.multiplyImage(MaskedImageI(2, 2))
    step: Any = {"xStep": 2}
    with pytest.raises(TypeError, match="masked images"):
        FIELD.multiplyImage(MaskedImageF(2, 2), **step)


def test_maps_of_aperture_corrections_are_divided() -> None:
    corrections = ApCorrMap()
    corrections["x"] = FIELD
    before = FIELD.evaluate(0, 0)
    same = corrections
    corrections /= 2.0
    assert corrections is same and corrections["x"].evaluate(0, 0) == before / 2 == 0.75
    assert FIELD.evaluate(0, 0) == before
