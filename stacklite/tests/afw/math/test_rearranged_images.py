"""Images that are flipped, rotated and binned, with values of the real stack."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from lsst.afw.image import Exposure, Image, ImageF, ImageI, ImageL, ImageU, Mask, MaskedImageF
from lsst.afw.math import MEAN, MEDIAN, binImage, flipImage, rotateImageBy90
from lsst.geom import Point2I
from lsst.pex.exceptions import DomainError, InvalidParameterError

PIXELS = np.arange(6.0).reshape(2, 3)
ORIGIN = Point2I(5, 7)


def _image(pixels: Any = PIXELS, kind: Any = ImageF) -> Any:
    pixels = np.asarray(pixels)
    image = kind(pixels.shape[1], pixels.shape[0])
    image.array[:] = pixels
    image.setXY0(ORIGIN)
    return image


def _masked(pixels: Any = PIXELS) -> MaskedImageF:
    return MaskedImageF(_image(pixels), _image(pixels, Mask), _image(pixels))


@pytest.mark.parametrize(
    ("left_right", "top_bottom", "expected"),
    [
        (False, False, [[0, 1, 2], [3, 4, 5]]),
        (False, True, [[3, 4, 5], [0, 1, 2]]),
        (True, False, [[2, 1, 0], [5, 4, 3]]),
        (True, True, [[5, 4, 3], [2, 1, 0]]),
    ],
)
def test_mirror_images(left_right: bool, top_bottom: bool, expected: list[list[int]]) -> None:
    masked = _masked()
    flipped = flipImage(masked, left_right, top_bottom)
    for plane in (flipped.image, flipped.mask, flipped.variance):
        assert plane.array.tolist() == expected and plane.getXY0() == ORIGIN
    assert flipImage(inImage=_image(), flipLR=left_right, flipTB=top_bottom).array.tolist() == expected
    assert masked.image.array.tolist() == PIXELS.tolist() and flipped.image is not masked.image


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        (-1, [[2, 5], [1, 4], [0, 3]]),
        (0, [[0, 1, 2], [3, 4, 5]]),
        (1, [[3, 0], [4, 1], [5, 2]]),
        (2, [[5, 4, 3], [2, 1, 0]]),
        (7, [[2, 5], [1, 4], [0, 3]]),
    ],
)
def test_quarters_of_a_turn(turns: int, expected: list[list[int]]) -> None:
    rotated = rotateImageBy90(_masked(), nQuarter=turns)
    for plane in (rotated.image, rotated.mask, rotated.variance):
        assert plane.array.tolist() == expected
        assert plane.getXY0() == (Point2I(0, 0) if turns % 4 else ORIGIN)


def test_groups_of_pixels() -> None:
    image = _image(np.arange(35.0).reshape(5, 7))
    assert binImage(image, 2).array.tolist() == [[4, 6, 8], [18, 20, 22]]
    assert binImage(image, 3, 2).array.tolist() == [[4.5, 7.5], [18.5, 21.5]]
    assert binImage(inImage=image, binX=2, binY=1, flags=MEAN).array[0].tolist() == [0.5, 2.5, 4.5]
    assert binImage(image, 2, MEAN).getXY0() == ORIGIN and binImage(image, 9).getDimensions().getX() == 0


def test_groups_of_masked_pixels() -> None:
    masked = _masked(np.arange(35.0).reshape(5, 7))
    masked.mask.array[:] = 0
    masked.mask.array[0, :2] = 1, 2
    masked.variance.array[:] = 2.0
    binned = binImage(masked, 2)
    assert binned.image.array.tolist() == [[4, 6, 8], [18, 20, 22]]
    assert binned.mask.array.tolist() == [[3, 0, 0], [0, 0, 0]]
    assert binned.variance.array.tolist() == [[0.5] * 3] * 2


def test_means_of_integers_are_cut_and_their_sums_may_overflow() -> None:
    assert binImage(_image([[-3, -4, 3, 4]], ImageI), 2, 1).array.tolist() == [[-3, 3]]
    assert binImage(_image([[60000, 60000, 7, 8]], ImageU), 2, 1).array.tolist() == [[27232, 7]]


def test_sums_are_those_of_the_rows_in_the_type_of_the_pixels() -> None:
    """One large pixel among small ones shows in which order they are added."""
    image = _image([[1.0, 2.0**24], [1.0, 1.0]])
    one = np.float32(1)
    assert binImage(image, 2).array[0, 0] == ((one + np.float32(2**24)) + (one + one)) / np.float32(4)
    assert binImage(image, 2).array[0, 0] != image.array.astype(float).mean()


def test_what_cannot_be_rearranged() -> None:
    for group in ((0,), (2, -1)):
        with pytest.raises(DomainError, match="at least 1 x 1"):
            binImage(_image(), *group)
    for arguments in ((2, MEDIAN), (2, 1, MEDIAN)):
        with pytest.raises(InvalidParameterError, match="have a mean"):
            binImage(_image(), *arguments)
    others = (Exposure(2, 2, dtype=np.float32), ImageL(2, 2), PIXELS, None)
    functions = (
        lambda i: flipImage(i, True, True),
        lambda i: rotateImageBy90(i, 1),
        lambda i: binImage(i, 2),
    )
    for function, image in itertools.product(functions, others):
        with pytest.raises(TypeError):
            function(image)
    with pytest.raises(TypeError, match="MaskX"):
        binImage(_image(kind=Mask), 2)


@pytest.mark.parametrize("kind", "UIFD")
def test_images_keep_their_type(kind: str) -> None:
    image = Image[kind](3, 2)
    for changed in (flipImage(image, True, False), rotateImageBy90(image, 1), binImage(image, 2)):
        assert type(changed) is type(image)
