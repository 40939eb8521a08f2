"""Images, masks and masked images: what no other test of `lsst.afw.image` calls."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

import lsst.pex.exceptions as pex
from lsst.afw.fits import FitsError
from lsst.afw.image import (
    LOCAL,
    ImageD,
    ImageF,
    ImageFitsReader,
    ImageI,
    ImageL,
    ImageU,
    Mask,
    MaskedImageD,
    MaskedImageF,
    MaskedImageFitsReader,
    MaskedImageI,
    MaskedImageU,
    MaskFitsReader,
    MaskX,
)
from lsst.afw.image._plane_readers import open_reader
from lsst.daf.base import PropertyList, PropertySet
from lsst.geom import Box2I, Extent2I, Point2I

BOX = Box2I(Point2I(-5, 10), Extent2I(6, 4))
PART = Box2I(Point2I(-4, 12), Extent2I(3, 2))
IMAGES = [ImageU, ImageI, ImageF, ImageD, ImageL]
# Whole numbers, so that sums and products are exact; no zero, by which one cannot divide.
PIXELS = st.lists(st.integers(1, 40), min_size=6, max_size=6)


def ramp(kind: Any, box: Box2I = BOX) -> Any:
    image = kind(box)
    image.array = np.arange(1, box.getArea() + 1).reshape(image.array.shape)
    return image


def planes_of(masked: Any) -> list[np.ndarray]:
    return [plane.array for plane in (masked.image, masked.mask, masked.variance)]


def masked_ramp(kind: Any = MaskedImageF) -> Any:
    masked = kind(BOX)
    for plane in (masked.image, masked.mask, masked.variance):
        plane.array = ramp(ImageF).array
    return masked


# -- geometry, copies ----------------------------------------------------------------


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
    with pytest.raises(pex.LengthError):
        image.subset(local)


@pytest.mark.parametrize("kind", IMAGES)
def test_images_of_other_types(kind: Any) -> None:
    image = ramp(kind)
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
    assert image.getArray() is image.array and f"{image}".startswith(f"{kind.__name__}, bbox=")


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
    with pytest.raises(pex.LengthError, match="differ in size"):
        kind(a).scaledPlus(1.0, kind(3, 3))


def test_what_images_refuse() -> None:
    image = ramp(ImageF)
    with pytest.raises(TypeError, match="/="):
        image //= 2
    for bad in (lambda: ImageF(-1, 3), lambda: ImageF(width=2, height=-1)):
        with pytest.raises(pex.LengthError, match="cannot have"):
            bad()
    for wrong in (lambda: ImageF(2.5), lambda: MaskX(ramp(ImageI)), lambda: ImageF(MaskX(BOX)),
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
    with pytest.raises(pex.LengthError, match="do not fit"):
        image.assign(ramp(ImageF, PART))
    with pytest.raises(pex.LengthError, match="MaskX of"):
        MaskedImageF(image, MaskX(2, 2))


def test_origins_by_their_names() -> None:
    image, masked = ramp(ImageF), masked_ramp()
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


# -- planes of masked images, masks --------------------------------------------------


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
    masked.setImage(ramp(ImageF))
    assert masked.image is image, "pixels are copied into the image that is there"
    for setter, plane in ((masked.setImage, ImageF), (masked.setMask, MaskX), (masked.setVariance, ImageF)):
        with pytest.raises(pex.LengthError):
            setter(plane(PART))
    assert repr(masked) == f"MaskedImageF(bbox={BOX})"


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


def test_planes_of_masks_are_cleared_and_forgotten() -> None:
    mask = MaskX(BOX, Mask.getPlaneBitMask(["SAT", "CR"]))
    mask.removeAndClearMaskPlane("SAT")
    assert "SAT" not in mask.getMaskPlaneDict() and Mask.getMaskPlane("SAT") == 1
    assert (mask.array == Mask.getPlaneBitMask("CR")).all()
    mask.removeAndClearMaskPlane("CR", removeFromDefault=True)
    assert not mask.array.any()
    for unknown in (lambda: Mask.getMaskPlane("CR"), lambda: mask.removeAndClearMaskPlane("CR")):
        with pytest.raises(pex.InvalidParameterError, match="'CR'"):
            unknown()
    mask.set(-1)
    mask.clearAllMaskPlanes()
    assert not mask.array.any()


def test_masks_of_another_dictionary() -> None:
    mask = MaskX(BOX, planeDefs={"CR": 0, "MINE": 1})
    mask.array[0, :3] = [1, 2, 3]
    other = MaskX(BOX, 1)
    with pytest.raises(pex.RuntimeError, match="disagree"):
        mask |= other
    with pytest.raises(pex.RuntimeError, match="share a bit"):
        mask.conformMaskPlanes({"CR": 0, "MINE": 0})
    mask.conformMaskPlanes(mask.getMaskPlaneDict())
    assert [mask.getAsString(x, 0) for x in range(4)] == ["CR", "MINE", "CR,MINE", ""]
    mask |= other
    assert mask.getAsString(0, 0) == "BAD,CR" and Mask.getMaskPlane("MINE") == 11


# -- files ---------------------------------------------------------------------------


def test_parts_by_options(tmp_path: Path) -> None:
    path = str(tmp_path / "masked.fits")
    masked_ramp().writeFits(path)
    options = PropertySet.from_mapping({"llcX": -4, "llcY": 12, "width": 3, "height": 2})
    local = PropertySet.from_mapping({"llcX": 1, "llcY": 2, "width": 3, "height": 2, "imageOrigin": "LOCAL"})
    for kind, whole in ((MaskedImageF, BOX), (ImageF, BOX)):
        assert kind.readFitsWithOptions(path, PropertySet()).getBBox() == whole
        for each in (options, local):
            assert kind.readFitsWithOptions(path, each).getBBox() == PART
    np.testing.assert_array_equal(
        ImageF.readFitsWithOptions(path, local).array, masked_ramp().image[PART].array
    )


def test_headers_and_arrays_by_readers(tmp_path: Path) -> None:
    path, metadata = str(tmp_path / "image.fits"), PropertyList()
    metadata.set("KEY", 5, "a comment")
    ramp(ImageI).writeFits(path, metadata)
    MaskX(BOX, 3).writeFits(path, metadata, mode="a")
    with open_reader(ImageFitsReader, path) as reader, open_reader(MaskFitsReader, path, 1) as masks:
        assert (reader.hdu, reader.fileName, reader.readDType()) == (0, path, np.int32)
        assert (reader.readBBox(), reader.readXY0(PART), reader.readBBox(LOCAL).getMin()) == (
            BOX, PART.getMin(), Point2I(0, 0)
        )  # fmt: skip
        assert reader.readMetadata()["KEY"] == 5 and reader.readMetadata().getComment("KEY") == "a comment"
        np.testing.assert_array_equal(reader.readArray(PART), ramp(ImageI)[PART].array)
        assert isinstance(reader.read(dtype=np.float64), ImageD)
        assert (masks.read(PART).getBBox(), masks.readMetadata()["KEY"]) == (PART, 5)
    for read in (lambda m: ImageI(path, metadata=m), lambda m: MaskX(path, hdu=1, metadata=m)):
        found = PropertyList()
        read(found)
        assert found["KEY"] == 5


@pytest.mark.parametrize(
    ("array", "error", "text"),
    [(np.zeros((2, 3, 4), np.float32), FitsError, "three dimensions"),
     (np.zeros(4, np.float32), FitsError, "not an image"),
     (np.zeros((2, 2), np.int16), FitsError, "no images with int16")],
)  # fmt: skip
def test_arrays_that_are_no_images(tmp_path: Path, array: np.ndarray, error: type, text: str) -> None:
    path = str(tmp_path / "array.fits")
    fits.PrimaryHDU(array).writeto(path)
    with pytest.raises(error, match=text), open_reader(ImageFitsReader, path) as reader:
        reader.read()


def test_readers_close_their_files(tmp_path: Path) -> None:
    """They have no ``close``; warnings of files that are left open would be errors here."""
    path = str(tmp_path / "masked.fits")
    masked_ramp().writeFits(path)
    reader: Any = MaskedImageFitsReader(path, hdu=1)
    file = reader._file
    assert reader.readMaskArray().tolist() == masked_ramp().mask.array.tolist()
    assert not hasattr(reader, "close") and not hasattr(reader, "__enter__")
    del reader
    assert file.hdus[0].fileinfo()["file"].closed
    with pytest.raises(FitsError):
        MaskedImageFitsReader(path, hdu=2).readVariance()


def test_headers_of_planes(tmp_path: Path) -> None:
    path, written, found = str(tmp_path / "masked.fits"), PropertyList(), PropertyList()
    written.set("MINE", 3)
    masked_ramp().writeFits(fileName=path, maskMetadata=written)
    image: dict[str, Any] = {"imageMetadata": PropertyList(), "maskMetadata": found}
    MaskedImageF(path, **image)
    assert found.getScalar("MINE") == 3 and not image["imageMetadata"].exists("MINE")
    masked_ramp().mask.writeFitsWithOptions(path, {"image": {"algorithm": "GZIP_2"}, "mask": None})
    assert MaskX(path, 0).getBBox() == BOX, "not compressed"
    masked_ramp().image.writeFitsWithOptions(path, None)
    assert ImageF.readFits(filename=path, hdu=0).getBBox() == BOX
