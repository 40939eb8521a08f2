"""Files of images, masks and masked images: parts, types, readers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

import lsst.afw.image as afw_image
from lsst.afw.fits import FitsError
from lsst.afw.image import (
    LOCAL,
    ExposureF,
    ImageD,
    ImageF,
    ImageFitsReader,
    ImageI,
    ImageU,
    MaskedImageF,
    MaskedImageFitsReader,
    MaskFitsReader,
    MaskX,
)
from lsst.afw.image._plane_readers import open_reader
from lsst.afw.image._plane_writers import write_image
from lsst.daf.base import PropertyList, PropertySet
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import LengthError
from stacklite_support.golden import cases, golden_file
from stacklite_support.golden_exposures import assert_pixels, box_of
from stacklite_support.made_images import BOX, PART, masked_ramp, ramp, ramp_of
from stacklite_support.parity import READS, parity


@pytest.mark.parametrize(
    "options", [None, {"algorithm": "GZIP_2"}, {"algorithm": "GZIP_1", "tile_width": 4, "tile_height": 3}]
)
def test_parts_of_a_file_are_read(tmp_path: Path, options: Any) -> None:
    path = str(tmp_path / "image.fits")
    ramp().writeFitsWithOptions(path, {"image": options})
    box = Box2I(Point2I(-3, 12), Extent2I(3, 2))
    local = Box2I(Point2I(2, 2), Extent2I(3, 2))
    for part in (ImageF(path, bbox=box), ImageF(path, bbox=local, origin=LOCAL)):
        assert part.getBBox() == box
        np.testing.assert_array_equal(part.array, ramp()[box].array)
    with pytest.raises(LengthError):
        ImageF(path, bbox=local)


@pytest.mark.parametrize("size", [(0, 0), (0, 5), (5, 0)])
@pytest.mark.parametrize("options", [None, {"algorithm": "GZIP_2"}])
def test_images_without_pixels(tmp_path: Path, size: Any, options: Any) -> None:
    path = str(tmp_path / "image.fits")
    for image in (ImageF(*size), MaskX(*size)):
        image.writeFitsWithOptions(path, {"image": options})
        assert type(image).readFits(path).array.shape == size[::-1]
    ExposureF().writeFitsWithOptions(path, {plane: options or {} for plane in ("image", "mask", "variance")})
    assert ExposureF.readFits(path).variance.array.shape == (0, 0)


def test_conversion_on_reading_must_be_lossless(tmp_path: Path) -> None:
    path = str(tmp_path / "image.fits")
    ImageI(2, 2, 70000).writeFits(path)
    assert ImageF(path)[0, 0] == 70000
    assert ImageD(path)[0, 0] == 70000
    with pytest.raises(FitsError):
        ImageU(path)
    assert ImageU(path, allowUnsafe=True)[0, 0] == 70000 - 65536


def test_images_are_appended(tmp_path: Path) -> None:
    path = str(tmp_path / "images.fits")
    ramp().writeFits(path)
    MaskX(BOX, 3).writeFits(path, mode="a")
    write_image(ramp(), path, mode="a", options={"algorithm": "GZIP_2"})
    assert ImageF(path).getBBox() == BOX
    assert (MaskX(path, 1).array == 3).all()
    np.testing.assert_array_equal(ImageF(path, hdu=2).array, ramp().array)


@pytest.mark.filterwarnings("ignore:File may have been truncated")
def test_what_cannot_be_read_or_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FitsError):
        ImageF(str(tmp_path / "missing.fits"))
    path = str(tmp_path / "image.fits")
    for options in (
        {"algorithm": "RICE_1"},
        {"algorithm": "GZIP_2", "quantization": {"level": -16}},
        {"algorithm": "GZIP_2", "color": "red"},
    ):
        with pytest.raises(FitsError):
            ramp().writeFitsWithOptions(path, {"image": options})
    ramp().writeFits(path)
    with pytest.raises(FitsError):
        ImageF(path, hdu=5)
    content = (tmp_path / "image.fits").read_bytes()
    (tmp_path / "short.fits").write_bytes(content[:2900])
    with pytest.raises(FitsError):
        ImageF(str(tmp_path / "short.fits"))


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
    ramp_of(ImageI).writeFits(path, metadata)
    MaskX(BOX, 3).writeFits(path, metadata, mode="a")
    with open_reader(ImageFitsReader, path) as reader, open_reader(MaskFitsReader, path, 1) as masks:
        assert (reader.hdu, reader.fileName, reader.readDType()) == (0, path, np.int32)
        assert (reader.readBBox(), reader.readXY0(PART), reader.readBBox(LOCAL).getMin()) == (
            BOX, PART.getMin(), Point2I(0, 0)
        )  # fmt: skip
        assert reader.readMetadata()["KEY"] == 5 and reader.readMetadata().getComment("KEY") == "a comment"
        np.testing.assert_array_equal(reader.readArray(PART), ramp_of(ImageI)[PART].array)
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


# -- Values of the real stack ----------------------------------------------------------


def _read_or_error(read: Any, path: str, expected: dict[str, Any]) -> Any:
    if "error" not in expected:
        return read(path)
    with pytest.raises(Exception) as caught:
        read(path)
    assert type(caught.value).__name__ == expected["error"]
    return None


@parity(lambda case: case["inputs"]["type"], 0, READS)
@pytest.mark.parametrize("case", cases("exposures", "image file"), ids=lambda c: c["inputs"]["file"])
def test_image_is_read_and_written(case: dict[str, Any], tmp_path: Path) -> None:
    expected = case["expected"]
    image_class = getattr(afw_image, case["inputs"]["type"])
    image = _read_or_error(image_class.readFits, golden_file(case["inputs"]["file"]), expected)
    if image is None:
        return
    assert image.getBBox() == box_of(expected["bbox"])
    assert_pixels(image, expected["array"])
    path = str(tmp_path / "image.fits")
    image.writeFits(path)
    again = image_class.readFits(path)
    assert again.getBBox() == image.getBBox()
    assert_pixels(again, expected["array"])


@parity("MaskX", 0, READS)
@pytest.mark.parametrize("case", cases("exposures", "mask file"), ids=lambda c: c["inputs"]["file"])
def test_mask_is_read_and_written(case: dict[str, Any], tmp_path: Path) -> None:
    expected = case["expected"]
    mask = afw_image.MaskX.readFits(golden_file(case["inputs"]["file"]))
    assert mask.getBBox() == box_of(expected["bbox"])
    assert_pixels(mask, expected["array"])
    assert expected["mask_planes"].items() <= mask.getMaskPlaneDict().items()
    path = str(tmp_path / "mask.fits")
    mask.writeFitsWithOptions(path, {"mask": {"algorithm": "GZIP_2"}})
    assert_pixels(afw_image.MaskX.readFits(path), expected["array"])


@parity("MaskedImageF", 0, READS)
@pytest.mark.parametrize("case", cases("exposures", "masked image file"), ids=lambda c: c["inputs"]["file"])
def test_masked_image_is_read_and_written(case: dict[str, Any], tmp_path: Path) -> None:
    expected = case["expected"]
    masked = afw_image.MaskedImageF.readFits(golden_file(case["inputs"]["file"]))
    path = str(tmp_path / "masked.fits")
    masked.writeFits(path)
    for each in (masked, afw_image.MaskedImageF.readFits(path)):
        assert each.getBBox() == box_of(expected["bbox"])
        for plane in ("image", "mask", "variance"):
            assert_pixels(getattr(each, plane), expected[plane])
        assert expected["mask_planes"].items() <= each.mask.getMaskPlaneDict().items()
