"""Images: shapes, origins, shared memory, arithmetic."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lsst.afw.image as afw_image
import lsst.pex.exceptions as pex_exceptions
from lsst.afw.image import (
    LOCAL,
    PARENT,
    Image,
    ImageD,
    ImageF,
    ImageI,
    ImageL,
    ImageU,
    Mask,
    MaskedImageD,
    MaskedImageF,
    MaskedImageI,
    MaskedImageU,
    MaskX,
)
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import LengthError, OutOfRangeError
from stacklite_support.made_images import BOX, PART, masked_ramp, ramp, ramp_of


@pytest.mark.parametrize(
    ("arguments", "box"),
    [
        ((), Box2I(Point2I(0, 0), Extent2I(0, 0))),
        ((3, 4), Box2I(Point2I(0, 0), Extent2I(3, 4))),
        ((Extent2I(3, 4),), Box2I(Point2I(0, 0), Extent2I(3, 4))),
        ((BOX,), BOX),
        ((BOX, 7), BOX),
        ((ImageF(BOX),), BOX),
        ((ImageF(BOX), True), BOX),
        ((np.zeros((4, 3), np.float32),), Box2I(Point2I(0, 0), Extent2I(3, 4))),
        ((np.zeros((4, 6), np.float32), False, Point2I(-5, 10)), BOX),
    ],
)
def test_constructors_agree_about_the_box(arguments: Any, box: Any) -> None:
    image = ImageF(*arguments)
    assert image.getBBox() == box
    assert image.array.dtype == np.float32
    assert image.getDimensions() == box.getDimensions()
    assert (image.getWidth(), image.getHeight()) == (box.getWidth(), box.getHeight())


def test_initial_value_and_keywords() -> None:
    assert (ImageF(BOX, 7).array == 7).all()
    assert (ImageF(width=2, height=3, intialValue=4).array == 4).all()
    assert ImageF(bbox=BOX).getXY0() == Point2I(-5, 10)
    assert ImageF(array=np.zeros((2, 3), np.float32), xy0=Point2I(1, 2)).getX0() == 1
    with pytest.raises(TypeError):
        ImageF("a", 3, 4, 5, 6, 7, 8, 9)
    with pytest.raises(TypeError):
        ImageF(object())


def test_pixels_are_shared_unless_deep() -> None:
    image = ramp()
    shallow, deep = ImageF(image), ImageF(image, deep=True)
    image[Point2I(-5, 10)] = 99
    assert shallow[Point2I(-5, 10)] == 99
    assert deep[Point2I(-5, 10)] == 0
    array = np.zeros((2, 2), np.float32)
    ImageF(array)[0, 0] = 1
    assert array[0, 0] == 1
    ImageF(array, deep=True)[0, 1] = 1
    assert array[1, 0] == 0


def test_arrays_of_another_type_are_refused_and_images_converted() -> None:
    with pytest.raises(TypeError):
        ImageF(np.zeros((2, 2)))
    with pytest.raises(TypeError):
        ImageF(np.zeros(3, np.float32))
    assert ImageD(ramp(), True).array.dtype == np.float64
    assert ImageF(ImageU(2, 2, 65535), True)[0, 0] == 65535
    with pytest.raises(pex_exceptions.InvalidParameterError, match="deep=True"):
        ImageI(ramp())
    with pytest.raises(TypeError):
        MaskX(ImageI(2, 2))
    assert ramp().convertD().getBBox() == BOX


def test_sub_image_in_parent_and_local_coordinates() -> None:
    image = ramp()
    box = Box2I(Point2I(-4, 11), Extent2I(2, 2))
    local = Box2I(Point2I(1, 1), Extent2I(2, 2))
    for part in (image[box], image[local, LOCAL], ImageF(image, box), ImageF(image, local, LOCAL)):
        assert part.getBBox() == box
        assert part.getBBox(LOCAL) == Box2I(Point2I(0, 0), Extent2I(2, 2))
        np.testing.assert_array_equal(part.array, [[7, 8], [13, 14]])
    image[box].array[:] = -1
    assert image[Point2I(-4, 11)] == -1
    # The part of a part is still in parent coordinates.
    assert image[box][Point2I(-3, 12)] == -1
    with pytest.raises(LengthError):
        image[local]
    with pytest.raises(LengthError):
        ImageF(image, Box2I(Point2I(0, 0), Extent2I(7, 1)), LOCAL)


def test_pixel_access() -> None:
    image = ramp()
    assert image[0, 0, LOCAL] == 0
    assert image[-1, -1, LOCAL] == 23
    assert image[Point2I(0, 13)] == 23
    assert image[Point2I(0, 13), PARENT] == 23
    assert isinstance(image[0, 10], float)
    image[0, 10] = 50
    assert image.array[0, 5] == 50
    with pytest.raises(IndexError):
        image[-5, 10]
    with pytest.raises(OutOfRangeError):
        image[6, 10]
    with pytest.raises(TypeError):
        image[3]


def test_slices() -> None:
    image = ramp()
    np.testing.assert_array_equal(image[0:1, 10:12].array, [[5], [11]])
    np.testing.assert_array_equal(image[1:3, -1, LOCAL].array, [[19, 20]])
    assert image[:].getBBox() == image[:, :].getBBox() == BOX
    image[:, :] = 3
    assert (image.array == 3).all()
    image[0:2, 0:2, LOCAL] = ImageF(2, 2, 8)
    assert image.array.sum() == 20 * 3 + 4 * 8
    with pytest.raises(ValueError, match="step"):
        image[::2, :]


def test_assign_set_and_copies() -> None:
    image = ramp()
    other = ImageF(BOX)
    other.assign(image)
    np.testing.assert_array_equal(other.array, image.array)
    other.assign(ImageF(2, 1, 5), Box2I(Point2I(-5, 10), Extent2I(2, 1)))
    assert other.array[0].tolist() == [5, 5, 2, 3, 4, 5]
    with pytest.raises(LengthError):
        other.assign(ImageF(2, 2))
    for clone in (image.clone(), copy.deepcopy(image), pickle.loads(pickle.dumps(image))):
        clone.set(0)
        assert clone.getBBox() == BOX
    assert image.array.any()
    image.setXY0(3, 4)
    assert image.getXY0() == Point2I(3, 4)
    image.setXY0(Point2I(5, 6))
    assert image.getBBox().getMin() == Point2I(5, 6)


def test_in_place_arithmetic() -> None:
    image = ramp()
    array = image.array.copy()
    image += 2
    image -= ImageF(BOX, 1)
    image *= 3.0
    image /= ImageF(BOX, 2)
    np.testing.assert_array_equal(image.array, (array + 1) * 1.5)
    image.scaledPlus(2.0, ImageF(BOX, 1))
    image.scaledMinus(1.0, ImageF(BOX, 2))
    np.testing.assert_array_equal(image.array, (array + 1) * 1.5)
    with pytest.raises(LengthError):
        image += ImageF(2, 2)
    integers = ImageI(2, 1)
    integers.array = [[-7, 7]]
    integers /= 2
    assert integers.array.tolist() == [[-3, 3]]


def test_templates() -> None:
    assert Image["F"] is Image[np.float32] is ImageF
    assert isinstance(Image(2, 3, dtype=np.float64), ImageD)
    assert isinstance(ramp(), Image)
    assert Mask[afw_image.MaskPixel] is MaskX
    assert isinstance(Mask(2, 3), MaskX)
    assert isinstance(afw_image.makeMaskedImage(ImageD(2, 2)), afw_image.MaskedImageD)


IMAGES = [ImageU, ImageI, ImageF, ImageD, ImageL]
# Whole numbers, so that sums and products are exact; no zero, by which one cannot divide.
PIXELS = st.lists(st.integers(1, 40), min_size=6, max_size=6)


@pytest.mark.parametrize("make", [ImageF, MaskX, MaskedImageF, MaskedImageU, MaskedImageI, MaskedImageD])
def test_boxes_and_copies(make: Any) -> None:
    image = make(BOX)
    assert (image.getX0(), image.getY0(), image.getWidth(), image.getHeight()) == (-5, 10, 6, 4)
    assert (image.x0, image.y0, image.width, image.height) == (-5, 10, 6, 4)
    assert image.getXY0() == Point2I(-5, 10)
    assert image.getBBox(LOCAL) == Box2I(Point2I(0, 0), Extent2I(6, 4))
    part = image.subset(PART)
    assert part.getBBox() == PART == image.Factory(image, PART).getBBox()
    local = Box2I(Point2I(1, 2), Extent2I(3, 2))
    assert image.subset(local, LOCAL).getBBox() == PART
    part.set(3)
    pixels = getattr(image, "image", image).array
    assert pixels.sum() == 3 * PART.getArea(), "pixels are shared"
    deep, shallow = image.clone(), copy.copy(image)
    shallow.set(0)
    assert not pixels.any() and getattr(deep, "image", deep).array.any()
    with pytest.raises(pex_exceptions.LengthError):
        image.subset(local)


@pytest.mark.parametrize("kind", IMAGES)
def test_images_of_other_types(kind: Any) -> None:
    image = ramp_of(kind)
    for name, dtype in (("convertF", np.float32), ("convertFloat", np.float32), ("convertD", np.float64)):
        converted = getattr(image, name)()
        assert converted.array.dtype == dtype and converted.getBBox() == BOX
        np.testing.assert_array_equal(converted.array, image.array)
        converted.set(0)
        assert image.array.all(), "a copy, even of the same type"
    image.sqrt()
    np.testing.assert_array_equal(
        image.array, np.sqrt(np.arange(1.0, 25.0)).astype(image.array.dtype).reshape(4, 6)
    )
    assert kind(rhs=image).array.base is image.array or kind(rhs=image).array is image.array
    assert not np.shares_memory(kind(rhs=image, deep=True).array, image.array)
    assert not kind(3, 2).array.any() and kind(3, 2, 7).array.sum() == 6 * 7
    assert image.getArray() is image.array and repr(image).startswith(f"lsst.afw.image.{kind.__name__}=[[")


@given(PIXELS, PIXELS, st.sampled_from([ImageI, ImageF, ImageD]))
def test_scaled_arithmetic(left: list[int], right: list[int], kind: Any) -> None:
    """``scaledX(c, rhs)`` is what the operator with ``c * rhs`` does; integers are truncated."""
    a, b = (np.array(values, kind.dtype).reshape(2, 3) for values in (left, right))
    for name, expected in {
        "scaledPlus": a + 2 * b,
        "scaledMinus": a - 2 * b,
        "scaledMultiplies": a * (2 * b),
        "scaledDivides": (a / (2.0 * b)).astype(kind.dtype),
    }.items():
        image, other = kind(a.copy()), kind(b.copy())
        getattr(image, name)(2.0, other)
        np.testing.assert_allclose(image.array, expected, rtol=1.2e-7 if kind is ImageF else 2e-16)
        np.testing.assert_array_equal(other.array, b)
    with pytest.raises(pex_exceptions.LengthError, match="differ in size"):
        kind(a).scaledPlus(1.0, kind(3, 3))


def test_what_images_refuse() -> None:
    image = ramp_of(ImageF)
    with pytest.raises(TypeError, match="/="):
        image //= 2
    for bad in (lambda: ImageF(-1, 3), lambda: ImageF(width=2, height=-1)):
        with pytest.raises(pex_exceptions.LengthError, match="cannot have"):
            bad()
    for wrong in (lambda: ImageF(2.5), lambda: MaskX(ramp_of(ImageI)), lambda: ImageF(MaskX(BOX)),
                  lambda: MaskedImageF(ImageD(2, 2))):  # fmt: skip
        with pytest.raises(TypeError):
            wrong()
    for call in (
        lambda: ImageF(BOX, bbox=BOX),
        lambda: ImageF(image, None),
        lambda: ImageF(image=image),
        lambda: MaskX(array=np.zeros((2, 3), np.int32), planeDefs={"BAD": 0}),
        lambda: MaskedImageF(),
        lambda: MaskedImageF(image, planeDict={"BAD": 0}),
        lambda: MaskedImageF(masked_ramp(MaskedImageD)),
        lambda: MaskedImageI(masked_ramp(MaskedImageU), True),
        lambda: MaskedImageF(masked_ramp(MaskedImageD), PART, deep=True),
        lambda: image.clone(deep=False),
        lambda: image.setXY0(origin=Point2I(1, 2)),
        lambda: masked_ramp().setXY0(xy0=Point2I(1, 2)),
    ):
        with pytest.raises(TypeError):
            call()
    with pytest.raises(pex_exceptions.LengthError, match="do not fit"):
        image.assign(ramp_of(ImageF, PART))
    with pytest.raises(pex_exceptions.LengthError, match="MaskX of"):
        MaskedImageF(image, MaskX(2, 2))


def test_origins_by_their_names() -> None:
    image, masked = ramp_of(ImageF), masked_ramp()
    for move in (
        lambda: image.setXY0(xy0=Point2I(1, 2)),
        lambda: image.setXY0(x0=1, y0=2),
        lambda: masked.setXY0(origin=Point2I(1, 2)),
        lambda: masked.setXY0(x0=1, y0=2),
    ):
        image.setXY0(7, 8)
        masked.setXY0(Point2I(7, 8))
        move()
        assert Point2I(1, 2) in (image.getXY0(), masked.getXY0())
    assert masked.variance.getXY0() == Point2I(1, 2)
