"""Images with metadata. The values are those of the real stack."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lsst.afw.image as afw_image
from lsst.afw.fits import FitsError
from lsst.afw.image import (
    LOCAL,
    DecoratedImage,
    DecoratedImageF,
    DecoratedImageU,
    ImageF,
    ImageFitsReader,
    ImageU,
)
from lsst.daf.base import PropertyList
from lsst.geom import Box2I, Extent2I, Point2I


def metadata(**values: int) -> PropertyList:
    found = PropertyList()
    for name, value in values.items():
        found.set(name, value)
    return found


def test_new_images_with_metadata() -> None:
    box = Box2I(Point2I(1, 2), Extent2I(3, 2))
    empty, sized, boxed = DecoratedImageF(), DecoratedImageF(Extent2I(3, 2)), DecoratedImageF(box)
    assert [each.getDimensions() for each in (empty, sized, boxed)] == [Extent2I(0, 0), *[Extent2I(3, 2)] * 2]
    assert (boxed.getX0(), boxed.getY0(), boxed.getWidth(), boxed.getHeight()) == (1, 2, 3, 2)
    assert (boxed.getGain(), boxed.getMetadata().names(), boxed.image.array.any()) == (0.0, [], False)


def test_pixels_and_metadata_are_shared() -> None:
    image = ImageF(2, 2, 5.0)
    decorated = DecoratedImageF(image)
    decorated.image.set(9.0)
    assert image[0, 0] == 9.0 and decorated.getImage() is decorated.image
    found = metadata(RHL=1)
    decorated.setMetadata(found)
    decorated.setGain(2.5)
    for deep in (False, True):
        copied = DecoratedImageF(decorated, deep)
        assert copied.getMetadata() is found and copied.getGain() == 2.5
        copied.image.set(float(deep))
        assert decorated.image[0, 0] == 0.0
    assert decorated.clone().image is not decorated.image
    with pytest.raises(AttributeError):
        decorated.image = image  # type: ignore[misc]


def test_metadata_are_the_header(tmp_path: Path) -> None:
    path = str(tmp_path / "image.fits")
    decorated = DecoratedImageF(Box2I(Point2I(10, 20), Extent2I(4, 3)))
    decorated.image.array[:] = np.arange(12).reshape(3, 4)
    decorated.setMetadata(metadata(RHL=1))
    decorated.setGain(2.5)
    decorated.writeFits(path, metadata(ABC=2))
    assert decorated.getMetadata().names() == ["RHL"]
    again = DecoratedImageF(path)
    assert again.getMetadata().names() == ["RHL", "ABC"] == ImageFitsReader(path).readMetadata().names()
    assert (again.getX0(), again.getY0(), again.getGain()) == (10, 20, 0.0)
    parts = (
        DecoratedImageF(path, bbox=Box2I(Point2I(11, 21), Extent2I(2, 2))),
        DecoratedImageF(path, 0, Box2I(Point2I(1, 1), Extent2I(2, 2)), LOCAL),
        DecoratedImageF.readFitsWithOptions(path, PropertyList()).Factory(
            ImageF(again.image, Box2I(Point2I(11, 21), Extent2I(2, 2)))
        ),
    )
    for part in parts:
        assert (part.image.array.tolist(), part.getX0()) == ([[5.0, 6.0], [9.0, 10.0]], 11)
    decorated.writeFitsWithOptions(path, {"image": {"algorithm": "GZIP_2"}})
    compressed = DecoratedImageF(path)
    assert compressed.getMetadata().getScalar("RHL") == 1
    np.testing.assert_array_equal(compressed.image.array, decorated.image.array)
    with pytest.raises(FitsError, match="no such file"):
        DecoratedImageF(str(tmp_path / "other.fits"))


def test_exchange_and_types() -> None:
    first, second = DecoratedImageU(Extent2I(3, 2)), DecoratedImageU(ImageU(1, 1))
    first.setGain(3.0)
    first.swap(second)
    assert (first.getDimensions(), second.getDimensions()) == (Extent2I(1, 1), Extent2I(3, 2))
    assert (first.getGain(), second.getGain()) == (0.0, 3.0)
    with pytest.raises(TypeError):
        DecoratedImageF(ImageU(1, 1))
    for letter in "UIFDL":
        kind = getattr(afw_image, f"DecoratedImage{letter}")
        image = getattr(afw_image, f"Image{letter}")
        assert DecoratedImage[letter] is DecoratedImage[image.dtype] is kind
        assert (kind.dtype, type(kind(Extent2I(1, 1)).image)) == (image.dtype, image)
