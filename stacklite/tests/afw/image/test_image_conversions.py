"""Images made of others: types of pixels, sizes, texts, functions. The values are those of the real stack."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

import lsst.afw.image as afw_image
import lsst.pex.exceptions as pex_exceptions
from lsst.afw.image import (
    ExposureF,
    Image,
    ImageD,
    ImageF,
    ImageI,
    ImageL,
    ImageU,
    Mask,
    MaskedImageF,
    imagesOverlap,
    makeImageFromArray,
    makeMaskFromArray,
)
from lsst.afw.math import GaussianFunction2D, PolynomialFunction2D, PolynomialFunction2F
from lsst.geom import Box2I, Extent2I, Point2I

BOX = Box2I(Point2I(10, 20), Extent2I(2, 2))


@pytest.mark.parametrize(
    ("old", "new", "value", "expected"),
    [
        ("F", "I", 1.7, 2),
        ("F", "I", -3.5, -3),
        ("F", "I", -3.7, -3),
        ("F", "I", 2.5, 3),
        ("F", "I", -0.6, 0),
        ("F", "U", 1.7, 2),
        ("F", "U", -3.5, 65533),
        ("F", "U", 70000.0, 4464),
        ("D", "U", 65535.4, 65535),
        ("D", "I", 3e9, -(2**31)),
        ("F", "I", np.nan, -(2**31)),
        ("F", "L", -3.5, 2**64 - 3),
        ("D", "L", 1e19, 10**19),
        ("I", "U", 70000, 4464),
        ("I", "U", -1, 65535),
        ("U", "I", 65535, 65535),
        ("L", "F", 200, 200.0),
        ("D", "F", 1e300, np.inf),
        ("I", "F", 16777217, 16777216.0),
    ],
)
def test_pixels_of_another_type(old: str, new: str, value: float, expected: float) -> None:
    image = getattr(afw_image, f"Image{old}")(BOX, value)
    target = getattr(afw_image, f"Image{new}")
    for made in (target(image, True), target(rhs=image, deep=True), getattr(image, f"convert{new}")()):
        assert type(made) is target and made.getBBox() == BOX
        assert made.array[1, 1] == expected


def test_what_cannot_be_converted() -> None:
    with pytest.raises(pex_exceptions.InvalidParameterError, match="deep=True"):
        ImageF(ImageI(2, 2))
    with pytest.raises(TypeError, match="ImageU cannot become ImageL"):
        ImageL(ImageU(2, 2), True)
    image: Any = Image
    assert type(image(ImageI(2, 2), deep=True, dtype=np.uint16)) is ImageU


@pytest.mark.parametrize("make", [ImageF, ImageU, Mask, MaskedImageF, ExposureF])
def test_sizes_that_the_stack_cannot_count(make: Any) -> None:
    for arguments in (
        (60000, 60000),
        (Extent2I(60000, 60000),),
        (Box2I(Point2I(0, 0), Extent2I(60000, 60000)),),
    ):
        with pytest.raises(pex_exceptions.LengthError, match="60000 x 60000"):
            make(*arguments)


@pytest.mark.parametrize("make", [ImageF, Mask, MaskedImageF])
def test_no_size(make: Any) -> None:
    assert make(None).getDimensions() == Extent2I(0, 0)


def test_texts() -> None:
    planes = (
        "maskPlaneDict={'BAD': 0, 'CR': 3, 'DETECTED': 5, 'DETECTED_NEGATIVE': 6, 'EDGE': 4, 'INTRP': 2, "
        "'NO_DATA': 8, 'SAT': 1, 'STREAK': 10, 'SUSPECT': 7, 'VIGNETTED': 9}"
    )
    box = "bbox=(minimum=(3, -4), maximum=(4, -4))"
    where = Box2I(Point2I(3, -4), Extent2I(2, 1))
    assert str(ImageF(where, 1.5)) == f"[[1.5 1.5]], {box}"
    assert repr(ImageI(where)) == f"lsst.afw.image.ImageI=[[0 0]], {box}"
    assert str(Mask(where)) == f"[[0 0]], {box}, {planes}"
    text = f"image=[[0. 0.]],\nmask=[[0 0]], {planes}\nvariance=[[0. 0.]], {box}"
    assert str(MaskedImageF(where)) == text
    assert repr(MaskedImageF(where)) == f"lsst.afw.image.MaskedImageF=({text})"


def test_pixels_are_not_none() -> None:
    for image in (ImageF(2, 2), Mask(2, 2)):
        with pytest.raises(TypeError, match="None"):
            image.array = None
    assert ImageF(1, 1, 3).array.tolist() == [[3.0]]


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv"])
def test_arithmetic_that_would_copy_images(name: str) -> None:
    operation = getattr(operator, name)
    for left, right in (
        (ImageF(1, 1), ImageF(1, 1)),
        (ImageF(1, 1), 1),
        (1, ImageF(1, 1)),
        (MaskedImageF(1, 1), 1),
    ):
        with pytest.raises(NotImplementedError, match="clone"):
            operation(left, right)
    with pytest.raises(TypeError):
        operation(Mask(1, 1), Mask(1, 1))


@pytest.mark.parametrize("name", ["or_", "and_", "xor"])
def test_bit_operations_that_would_copy_masks(name: str) -> None:
    operation = getattr(operator, name)
    for left, right in ((Mask(1, 1), Mask(1, 1)), (Mask(1, 1), 3), (3, Mask(1, 1))):
        with pytest.raises(NotImplementedError, match="clone"):
            operation(left, right)
    with pytest.raises(TypeError):
        operation(ImageF(1, 1), ImageF(1, 1))


@pytest.mark.parametrize("make", [ImageF, ImageI, ImageD, ImageU, MaskedImageF])
def test_functions_of_the_position_are_added(make: Any) -> None:
    image = make(BOX)
    function = PolynomialFunction2D([1.0, 2.0, 3.0])
    image += function
    assert getattr(image, "image", image).array.tolist() == [[81, 83], [84, 86]]
    if make is MaskedImageF:
        assert not image.variance.array.any() and not image.mask.array.any()
    image -= function
    assert not getattr(image, "image", image).array.any()


def test_other_functions() -> None:
    image = ImageD(BOX)
    image += GaussianFunction2D(2.0, 3.0, 0.2)
    expected = [[4.34477382e-20, 1.94110942e-21], [3.03731277e-21, 1.32077172e-22]]
    np.testing.assert_allclose(image.array, expected, rtol=1e-8)
    numbers = ImageI(BOX)
    numbers += PolynomialFunction2D([0.6, -2.0, 0.0])
    assert numbers.array.tolist() == [[-19, -21], [-19, -21]]
    with pytest.raises(TypeError, match="double precision"):
        image += PolynomialFunction2F([1.0, 2.0, 3.0])


def test_three_values_in_any_sequence() -> None:
    for values in ((1, 2, 3), [1, 2, 3], np.array([1, 2, 3])):
        masked = MaskedImageF(2, 1)
        masked.set(values)
        assert masked[0, 0] == (1.0, 2, 3.0)
        other = MaskedImageF(2, 1)
        other[:] = values
        other[1, 0] = [4, 5, 6]
        assert (other[0, 0], other[1, 0]) == ((1.0, 2, 3.0), (4.0, 5, 6.0))
    with pytest.raises(ValueError):
        MaskedImageF(1, 1).set([1, 2])


def test_masked_images_are_exchanged() -> None:
    first, second = MaskedImageF(2, 2), MaskedImageF(BOX)
    second.set(3, 1, 2)
    first.swap(second)
    assert (first[Point2I(10, 20)], second.getBBox()) == ((3.0, 1, 2.0), Box2I(Point2I(0, 0), Extent2I(2, 2)))


def test_images_of_arrays() -> None:
    for dtype, kind in ((np.float32, ImageF), (np.int32, ImageI), (np.uint16, ImageU), (np.uint64, ImageL)):
        array = np.zeros((2, 3), dtype)
        image = makeImageFromArray(array)
        image.array[0, 0] = 4
        assert type(image) is kind and array[0, 0] == 4
    assert type(makeMaskFromArray(np.zeros((2, 3), np.int32))) is type(Mask(1, 1))
    assert makeImageFromArray(None) is None and makeMaskFromArray(None) is None
    with pytest.raises(TypeError):
        makeImageFromArray(np.zeros((2, 3), np.int64))
    with pytest.raises(TypeError):
        makeMaskFromArray(np.zeros((2, 3), np.uint16))


def test_overlap_is_that_of_memory() -> None:
    image = ImageF(4, 4)
    assert imagesOverlap(image, image[1:3, 1:3])
    assert imagesOverlap(image[0:2, 0:4], image[2:4, 0:4])
    assert not imagesOverlap(image, ImageF(4, 4))
    assert not imagesOverlap(image[0:1, 0:1], image[1:3, 1:3])
    masked = MaskedImageF(3, 3)
    assert imagesOverlap(masked, masked[1:2, 1:2]) and not imagesOverlap(masked, MaskedImageF(3, 3))
    with pytest.raises(TypeError):
        imagesOverlap(image, masked)
