"""Files that are not what a reader expects: other formats, missing HDUs, HDUs that the name asks for."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from lsst.afw.fits import FitsError, readMetadata
from lsst.afw.image import (
    ExposureF,
    ExposureFitsReader,
    ImageF,
    Mask,
    MaskedImageF,
    MaskedImageFitsReader,
    PhotoCalib,
)
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.pex.exceptions import LengthError


@pytest.fixture
def exposure_file(tmp_path: Path) -> Path:
    exposure = ExposureF(4, 3)
    exposure.image.array[:] = 1
    exposure.mask.array[:] = 2
    exposure.variance.array[:] = 3
    exposure.metadata.set("MINE", 1)
    exposure.setPhotoCalib(PhotoCalib(1.0))
    exposure.writeFits(tmp_path / "e.fits")
    return tmp_path / "e.fits"


def test_files_of_lsst_images_are_named(exposure_file: Path) -> None:
    with fits.open(exposure_file, mode="update") as hdus:
        hdus[0].header["DATAMODL"] = "https://images.lsst.io/schemas/visit_image-1.0.0"
        for name in list(hdus["MASK"].header["MP_*"]):
            del hdus["MASK"].header[name]
        hdus["MASK"].header["MSKN0000"] = "NO_DATA"
    for read in (ExposureF.readFits, MaskedImageF.readFits, ExposureFitsReader, MaskedImageFitsReader):
        with pytest.raises(FitsError, match=r"lsst\.images.*visit_image.*butler.*to_legacy"):
            read(str(exposure_file))
    assert ImageF(str(exposure_file), hdu=1).array.all()
    with pytest.raises(FitsError, match=r"lsst\.images"):
        Mask(str(exposure_file), hdu=2)


def test_origins_between_pixels(exposure_file: Path) -> None:
    """The stack has the same rounding for all headers."""
    with fits.open(exposure_file, mode="update") as hdus:
        hdus[1].header["CRVAL1A"], hdus[1].header["CRVAL2A"] = 0.5, -2.5
    assert ImageF(str(exposure_file)).getXY0() == Point2I(1, -3)


def test_parts_of_files_without_their_archive(exposure_file: Path, tmp_path: Path) -> None:
    with fits.open(exposure_file) as hdus:
        fits.HDUList(hdus[:4]).writeto(tmp_path / "cutout.fits")
        table = fits.BinTableHDU.from_columns([fits.Column("x", "D", array=[1.0])])
        fits.HDUList([*hdus[:4], table]).writeto(tmp_path / "other.fits")
    for name in ("cutout.fits", "other.fits"):
        with pytest.raises(FitsError, match=f"{name}: lacks the HDUs of its archive.*MaskedImageF"):
            ExposureF.readFits(tmp_path / name)
        assert MaskedImageF.readFits(tmp_path / name)[0, 0] == (1.0, 2, 3.0)


def test_names_with_an_hdu(exposure_file: Path, tmp_path: Path) -> None:
    assert ImageF(f"{exposure_file}[3]").array[0, 0] == 3.0
    assert ImageF(f"{exposure_file}[VARIANCE]").array[0, 0] == 3.0
    assert readMetadata(f"{exposure_file}[variance]").getScalar("EXTNAME") == "VARIANCE"
    assert readMetadata(f"{exposure_file}[2]").getScalar("EXTNAME") == "MASK"
    with fits.open(exposure_file) as hdus:
        fits.HDUList([hdus[0], fits.ImageHDU(np.zeros((2, 2))), *hdus[1:4]]).writeto(tmp_path / "more.fits")
    assert MaskedImageF(f"{tmp_path}/more.fits[2]")[0, 0] == (1.0, 2, 3.0)
    with pytest.raises(FitsError, match="'NOTHING'"):
        ImageF(f"{exposure_file}[NOTHING]")
    with pytest.raises(FitsError, match="no such file"):
        ImageF(f"{tmp_path}/missing.fits[1]")
    strange = tmp_path / "brackets[1]"
    ImageF(2, 2, 7).writeFits(strange)
    assert ImageF(str(strange)).array[0, 0] == 7.0


def test_tables_in_place_of_planes(
    exposure_file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with fits.open(exposure_file) as hdus:
        table = fits.BinTableHDU.from_columns([fits.Column("x", "D", array=[1.0])])
        fits.HDUList([*hdus[:2], table, hdus["VARIANCE"]]).writeto(tmp_path / "table.fits")
    path = str(tmp_path / "table.fits")
    with caplog.at_level(logging.WARNING):
        assert MaskedImageF(path)[0, 0] == (1.0, 0, 3.0)
    assert "the MASK plane is set to zeros" in caplog.text
    with pytest.raises(FitsError, match="is not an image"):
        MaskedImageF(path, needAllHdus=True)
    with fits.open(exposure_file) as hdus:
        fits.HDUList([*hdus[:2], fits.ImageHDU(), hdus["VARIANCE"]]).writeto(tmp_path / "empty.fits")
    assert MaskedImageF(str(tmp_path / "empty.fits"))[0, 0] == (1.0, 0, 3.0)


def test_metadata_of_a_reader_are_one_list(exposure_file: Path) -> None:
    reader = ExposureFitsReader(str(exposure_file))
    assert "EXTNAME" in reader.readMetadata() and "EXPINFO_V" in reader.readMetadata()
    reader.readMetadata().remove("EXTNAME")
    assert "EXTNAME" not in reader.readMetadata() and reader.readMetadata() is reader.readMetadata()
    assert reader.getFileName() == reader.fileName == str(exposure_file)


def test_exposures_without_metadata(tmp_path: Path) -> None:
    exposure = ExposureF(3, 4)
    assert exposure.metadata.toDict() == {}
    exposure.metadata = None
    assert exposure.metadata is None and exposure.info.getMetadata() is None
    assert exposure.clone().metadata is None
    exposure.writeFits(tmp_path / "e.fits")
    assert "EXPINFO_V" in ExposureF(str(tmp_path / "e.fits")).metadata


def test_cutouts_by_box() -> None:
    exposure = ExposureF(Box2I(Point2I(10, 20), Extent2I(5, 6)))
    exposure.image.array[:] = 1
    box = Box2I(Point2I(12, 22), Extent2I(2, 2))
    assert exposure.getCutout(box).getBBox() == exposure.getCutout(box=box).getBBox() == box
    around = exposure.getCutout(Box2I(Point2I(9, 19), Extent2I(3, 3)))
    np.testing.assert_array_equal(around.mask.array, [[256, 256, 256], [256, 0, 0], [256, 0, 0]])
    np.testing.assert_array_equal(
        around.image.array, exposure.getCutout(Point2D(10, 20), Extent2I(3, 3)).image.array
    )


def test_planes_of_exposures_by_method() -> None:
    exposure = ExposureF(2, 2)
    image, mask, variance = ImageF(2, 2, 5), Mask(2, 2), ImageF(2, 2, 7)
    mask.set(6)
    held = exposure.getImage()
    exposure.setImage(image)
    exposure.setMask(mask)
    exposure.setVariance(variance)
    image.array[0, 0] = 9
    planes = (exposure.getImage(), exposure.getMask(), exposure.getVariance())
    assert [plane.array.tolist()[0] for plane in planes] == [[5.0, 5.0], [6, 6], [7.0, 7.0]]
    assert held is exposure.getImage() is exposure.image and exposure.convex_polygon is None
    with pytest.raises(LengthError):
        exposure.setImage(ImageF(3, 3))
