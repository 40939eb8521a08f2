"""Masked images: planes, arithmetic, conversions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.image import (
    LOCAL,
    ImageD,
    ImageF,
    MaskedImageD,
    MaskedImageF,
    MaskedImageI,
    MaskedImageU,
    MaskX,
    makeMaskedImageFromArrays,
)
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import LengthError
from stacklite_support.made_images import BOX, PART, masked_ramp, ramp, ramp_of


def test_masked_image_shares_the_planes_it_is_made_of() -> None:
    image, mask = ramp(), MaskX(BOX)
    masked = MaskedImageF(image, mask)
    assert masked.image is image
    assert masked.mask is mask
    assert masked.variance.getBBox() == BOX
    part = masked[Box2I(Point2I(-5, 10), Extent2I(2, 2))]
    part.set(1, 2, 3)
    assert masked[-5 + 5, 10] == (5.0, 0, 0.0)
    assert masked[Point2I(-5, 10)] == (1.0, 2, 3.0)
    with pytest.raises(LengthError):
        MaskedImageF(image, MaskX(2, 2))
    with pytest.raises(TypeError):
        MaskedImageF(ImageD(2, 2))


def test_masked_image_copies_and_setters() -> None:
    masked = MaskedImageF(BOX)
    clone = masked.clone()
    clone.image = ImageF(BOX, 4)
    clone.mask = MaskX(BOX, 1)
    clone.variance = ImageF(BOX, 2)
    assert not masked.image.array.any()
    masked[BOX] = clone
    assert [plane.array[0, 0] for plane in (masked.image, masked.mask, masked.variance)] == [4, 1, 2]
    masked[Point2I(-5, 10)] = (7, 2, 3)
    assert masked[0, 0, LOCAL] == (7.0, 2, 3.0)
    masked.setXY0(Point2I(1, 1))
    assert masked.variance.getXY0() == masked.getXY0() == Point2I(1, 1)


WRONG: dict[str, Callable[[Any], object]] = {
    "None": lambda masked: masked.set(None),
    "bits with a fraction": lambda masked: masked.set(1.5, 2.5, 3),
    "mask": lambda masked: masked.mask.set(2.5),
    "text": lambda masked: masked.variance.set("x"),
    "no image": lambda masked: masked.setImage(None),
    "attribute": lambda masked: setattr(masked, "image", None),
    "a number for a mask": lambda masked: setattr(masked, "mask", 3),
    "or": lambda masked: masked.mask.__ior__(2.5),
    "and": lambda masked: masked.mask.__iand__(2.5),
    "xor": lambda masked: masked.mask.__ixor__(2.5),
}


@pytest.mark.parametrize("name", WRONG)
def test_planes_are_set_to_numbers(name: str) -> None:
    masked = MaskedImageF(3, 2)
    with pytest.raises(TypeError):
        WRONG[name](masked)
    masked.mask |= np.int64(6)
    masked.mask &= True
    assert not masked.mask.array.any()


def test_masked_image_arithmetic_propagates_errors_and_masks() -> None:
    def masked(value: Any, bits: Any, variance: Any) -> Any:
        result = MaskedImageF(1, 1)
        result.set(value, bits, variance)
        return result

    total = masked(6, 1, 2)
    total += masked(3, 2, 5)
    assert total[0, 0] == (9.0, 3, 7.0)
    product = masked(6, 1, 2)
    product *= masked(3, 2, 5)
    assert product[0, 0] == (18.0, 3, 36 * 5 + 9 * 2)
    ratio = masked(6, 1, 2)
    ratio /= masked(3, 2, 5)
    assert ratio[0, 0] == pytest.approx((2.0, 3, (36 * 5 + 9 * 2) / 81))
    scaled = masked(6, 1, 2)
    scaled /= 2
    assert scaled[0, 0] == (3.0, 1, 0.5)
    scaled -= ImageF(1, 1, 1)
    assert scaled[0, 0] == (2.0, 1, 0.5)
    for name, expected in {
        "scaledPlus": (12.0, 3, 2 + 4 * 5),
        "scaledMinus": (0.0, 3, 2 + 4 * 5),
        "scaledMultiplies": (36.0, 3, 36 * 20 + 36 * 2),
        "scaledDivides": (1.0, 3, (36 * 20 + 36 * 2) / 6**4),
    }.items():
        left, right = masked(6, 1, 2), masked(3, 2, 5)
        getattr(left, name)(2.0, right)
        assert left[0, 0] == pytest.approx(expected)
        assert right[0, 0] == (3.0, 2, 5.0), "not changed"


def test_masked_images_of_arrays() -> None:
    image, mask, variance = np.ones((2, 3)), np.full((2, 3), 5, np.int32), np.full((2, 3), 2, np.float32)
    masked = makeMaskedImageFromArrays(image, mask, variance)
    assert type(masked) is MaskedImageD
    masked.image[0, 0], masked.mask[1, 1], masked.variance[2, 1] = 4.0, 9, 7.0
    assert (image[0, 0], mask[1, 1], variance[1, 2]) == (4.0, 9, 7.0), "the arrays are shared"
    assert masked.mask.getAsString(0, 0) == "BAD,INTRP"
    assert makeMaskedImageFromArrays(image.astype(np.float32)).variance.array.tolist() == [[0.0] * 3] * 2


def planes_of(masked: Any) -> list[np.ndarray]:
    return [plane.array for plane in (masked.image, masked.mask, masked.variance)]


def test_planes_of_masked_images() -> None:
    masked = masked_ramp()
    assert (masked.getImage(), masked.getMask(), masked.getVariance()) == (
        masked.image, masked.mask, masked.variance
    )  # fmt: skip
    masked.setImage(ImageF(BOX, 7))
    masked.setMask(MaskX(BOX, 4))
    masked.setVariance(ImageF(BOX, 2))
    assert masked[Point2I(-5, 10)] == (7.0, 4, 2.0)
    image = masked.image
    masked.setImage(ramp_of(ImageF))
    assert masked.image is image, "pixels are copied into the image that is there"
    for setter, plane in ((masked.setImage, ImageF), (masked.setMask, MaskX), (masked.setVariance, ImageF)):
        with pytest.raises(pex_exceptions.LengthError):
            setter(plane(PART))
    assert repr(masked) == f"lsst.afw.image.MaskedImageF=({masked})"


@pytest.mark.parametrize("kind", [MaskedImageU, MaskedImageI, MaskedImageF, MaskedImageD])
def test_masked_images_of_other_types(kind: Any) -> None:
    masked = masked_ramp(kind)
    for converted, dtype in ((masked.convertF(), np.float32), (masked.convertD(), np.float64)):
        assert converted.image.array.dtype == dtype
        for mine, theirs in zip(planes_of(masked), planes_of(converted), strict=True):
            np.testing.assert_array_equal(mine, theirs)
        converted.set(0)
        assert all(array.all() for array in planes_of(masked))
    if kind in (MaskedImageF, MaskedImageD):
        assert kind(masked_ramp(MaskedImageI), deep=False).image.array.dtype == kind.dtype
    planes = kind(BOX, {"ONE": 3}).mask.getMaskPlaneDict()
    assert planes == kind(BOX, planeDict={"ONE": 3}).mask.getMaskPlaneDict() == {"ONE": 3}
