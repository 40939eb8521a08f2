"""Exposures: construction, components, sub-exposures, reading by component."""

from __future__ import annotations

import builtins
import copy

import numpy as np
import pytest
from astropy.io import fits

from lsst.afw.fits import FitsError
from lsst.afw.geom import makeCdMatrix, makeSkyWcs
from lsst.afw.image import (
    LOCAL,
    Exposure,
    ExposureD,
    ExposureF,
    ExposureFitsReader,
    ExposureInfo,
    ExposureSummaryStats,
    FilterLabel,
    MaskedImageF,
    MaskedImageFitsReader,
    VisitInfo,
    makeExposure,
)
from lsst.afw.image._exposure_metadata import filter_label_from_name
from lsst.afw.image._fits_plane import FitsPlane
from lsst.afw.image._plane_readers import open_reader
from lsst.daf.base import PropertyList
from lsst.geom import Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees
from lsst.pex.exceptions import LengthError, TypeError
from stacklite_support.paths import REFERENCE_VISIT

BOX = Box2I(Point2I(-5, 10), Extent2I(6, 4))
CALEXP = str(REFERENCE_VISIT / "calexp_91.fits")


def make_wcs():
    return makeSkyWcs(
        crpix=Point2D(3, 4),
        crval=SpherePoint(30 * degrees, 40 * degrees),
        cdMatrix=makeCdMatrix(scale=0.2 * arcseconds),
    )


def same_sky(one, other):
    point = Point2D(1, 2)
    return one.pixelToSky(point).separation(other.pixelToSky(point)).asArcseconds() < 1e-6


@pytest.mark.parametrize(
    ("arguments", "box"),
    [
        ((), Box2I(Point2I(0, 0), Extent2I(0, 0))),
        ((3, 4), Box2I(Point2I(0, 0), Extent2I(3, 4))),
        ((Extent2I(3, 4),), Box2I(Point2I(0, 0), Extent2I(3, 4))),
        ((BOX,), BOX),
        ((MaskedImageF(BOX),), BOX),
    ],
)
def test_constructors(arguments, box):
    exposure = ExposureF(*arguments)
    assert exposure.getBBox() == box
    assert exposure.getWcs() is None
    assert not exposure.hasPsf()
    assert exposure.getInfo().getVisitInfo() is None
    assert isinstance(exposure.getMetadata(), PropertyList)
    if arguments:
        wcs = make_wcs()
        assert ExposureF(*arguments, wcs).getWcs() is wcs


def test_other_types_are_refused():
    with pytest.raises(builtins.TypeError):
        ExposureD(MaskedImageF(BOX))
    assert isinstance(makeExposure(MaskedImageF(BOX)), ExposureF)
    assert isinstance(Exposure(BOX, dtype=np.float64), ExposureD)
    assert ExposureF(BOX).convertD().getBBox() == BOX


def test_components_are_set_and_removed():
    exposure = ExposureF(BOX)
    info = exposure.getInfo()
    label, stats, visit = FilterLabel.fromBand("r"), ExposureSummaryStats(), VisitInfo(id=3)
    exposure.setFilter(label)
    info.setSummaryStats(stats)
    info.setVisitInfo(visit)
    info.setId(12)
    assert exposure.filter is exposure.getFilter() is info.getComponent(ExposureInfo.KEY_FILTER) is label
    assert info.getSummaryStats() is stats
    assert exposure.visitInfo is visit
    assert info.id == 12
    exposure.setFilter(None)
    info.clearId()
    assert not info.hasFilter() and exposure.getFilter() is None
    assert info.getId() is None
    exposure.image.set(3)
    assert exposure.maskedImage.image.array.sum() == 72


def test_copies_share_components_and_copy_metadata_only_when_deep():
    exposure = ExposureF(BOX, make_wcs())
    exposure.metadata["A"] = 1
    for clone, deep in (
        (ExposureF(exposure), False),
        (exposure.clone(), True),
        (copy.deepcopy(exposure), True),
    ):
        clone.image.set(2)
        clone.metadata["A"] = 2
        clone.setFilter(FilterLabel.fromBand("r"))
        assert clone.getWcs() is exposure.getWcs()
        assert exposure.getFilter() is None
        assert exposure.metadata["A"] == (1 if deep else 2)
        assert exposure.image.array.max() == (0 if deep else 2)
        exposure.metadata["A"], exposure.image.array[:] = 1, 0


def test_sub_exposure_shares_pixels():
    exposure = ExposureF(BOX, make_wcs())
    box = Box2I(Point2I(-4, 11), Extent2I(2, 2))
    part = exposure[box]
    part.mask.set(5)
    assert exposure.mask[Point2I(-4, 11)] == 5
    assert part.getXY0() == Point2I(-4, 11)
    assert part.getWcs() is exposure.getWcs()
    assert ExposureF(exposure, Box2I(Point2I(1, 1), Extent2I(2, 2)), LOCAL).getBBox() == box
    with pytest.raises(LengthError):
        exposure[Box2I(Point2I(0, 0), Extent2I(9, 9))]


def test_moving_the_origin_moves_the_wcs():
    exposure = ExposureF(BOX, make_wcs())
    before = exposure.getWcs().pixelToSky(Point2D(-5, 10))
    exposure.setXY0(Point2I(0, 0))
    assert exposure.getBBox().getMin() == Point2I(0, 0)
    assert exposure.getWcs().pixelToSky(Point2D(0, 0)).separation(before).asArcseconds() < 1e-6


# Reading by component -------------------------------------------------------


@pytest.fixture
def planes_read(monkeypatch):
    """Record the HDUs of which pixels are read, compressed or not, and how many."""
    found = []

    def record(original):
        def read(self, local):
            result = original(self, local)
            if result is not None:
                found.append((self.index, local.getArea()))
            return result

        return read

    for name in ("_tiles", "_section"):
        monkeypatch.setattr(FitsPlane, name, record(getattr(FitsPlane, name)))
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("readBBox", []),
        ("readXY0", []),
        ("readVisitInfo", []),
        ("readFilter", []),
        ("readDetector", []),
        ("readMetadata", []),
        ("readExposureId", []),
        ("readWcs", []),
        ("readPsf", []),
        ("readPhotoCalib", []),
        ("readApCorrMap", []),
        ("readValidPolygon", []),
        ("readExposureInfo", []),
        ("readImage", [1]),
        ("readMask", [2]),
        ("readVariance", [3]),
        ("readMaskedImage", [1, 2, 3]),
        ("read", [1, 2, 3]),
    ],
)
def test_only_what_is_needed_is_read(planes_read, name, expected):
    with open_reader(ExposureFitsReader, CALEXP) as reader:
        assert getattr(reader, name)() is not None
        archive_was_read = "_archive" in vars(reader)
    assert [index for index, _ in planes_read] == expected
    needs_none = {"readBBox", "readXY0", "readVisitInfo", "readMetadata", "readExposureId"}
    if name in needs_none or name in ("readImage", "readMask", "readVariance", "readMaskedImage"):
        assert not archive_was_read


def test_boxes_limit_the_pixels_that_are_read(planes_read):
    box = Box2I(Point2I(100, 50), Extent2I(7, 5))
    whole = ExposureF(CALEXP)
    planes_read.clear()
    with open_reader(ExposureFitsReader, CALEXP) as reader:
        for plane in ("Image", "Mask", "Variance"):
            part = getattr(reader, f"read{plane}")(box)
            assert part.getBBox() == box
            np.testing.assert_array_equal(part.array, getattr(whole, plane.lower())[box].array)
    assert planes_read == [(1, 35), (2, 35), (3, 35)]


def test_pixel_types_are_converted_on_request():
    with open_reader(ExposureFitsReader, CALEXP) as reader:
        assert reader.readImageDType() == np.float32
        assert reader.readImage(dtype=np.float64).array.dtype == np.float64
        with pytest.raises(FitsError):
            reader.readImage(dtype=np.int32)
        assert isinstance(reader.read(dtype=np.float64), ExposureD)


# Writing --------------------------------------------------------------------


def test_header_has_the_wcs_of_the_array(tmp_path):
    path = str(tmp_path / "exposure.fits")
    exposure = ExposureF(BOX, make_wcs())
    exposure.metadata["BUNIT"] = "adu"
    exposure.writeFits(path)
    with fits.open(path) as hdus:
        for hdu, unit in zip(hdus[1:4], ("adu", None, "adu**2"), strict=True):
            # Pixel origin + 1 - XY0.
            assert (hdu.header["CRPIX1"], hdu.header["CRPIX2"]) == pytest.approx((9, -5))
            assert (hdu.header["CRVAL1A"], hdu.header["LTV1"]) == (-5, 5)
            found = hdu.header["BUNIT"]
            assert found == unit or (unit is None and isinstance(found, fits.card.Undefined))
        assert hdus[0].header["EXPINFO_V"] == 2
        assert "BUNIT" not in hdus[0].header
    read = ExposureF(path)
    assert same_sky(read.getWcs(), exposure.getWcs())
    assert read.metadata["BUNIT"] == "adu"


def test_header_wcs_is_used_when_the_archive_has_none(tmp_path):
    path = str(tmp_path / "exposure.fits")
    exposure = ExposureF(BOX, make_wcs())
    exposure.writeFits(path)
    with fits.open(path, mode="update") as hdus:
        del hdus[0].header["SKYWCS_ID"], hdus[0].header["ARCHIVE_ID_SKYWCS"]
    with open_reader(ExposureFitsReader, path) as reader:
        assert same_sky(reader.readWcs(), exposure.getWcs())
        assert same_sky(reader.read().getWcs(), exposure.getWcs())
        assert "CRPIX1" not in reader.readMetadata()


def test_newer_versions_are_refused(tmp_path):
    path = str(tmp_path / "exposure.fits")
    ExposureF(BOX).writeFits(path)
    with fits.open(path, mode="update") as hdus:
        hdus[0].header["EXPINFO_V"] = 3
    with pytest.raises(TypeError, match="version 3"):
        ExposureF(path)
    with open_reader(ExposureFitsReader, path) as reader:
        assert reader.readMask().getBBox() == BOX


def test_wrong_kind_of_plane_is_an_error_missing_planes_are_zero(tmp_path, caplog):
    path = str(tmp_path / "masked.fits")
    MaskedImageF(BOX).writeFits(path)
    with fits.open(path, mode="update") as hdus:
        hdus[2].header["EXTTYPE"] = "VARIANCE"
    with pytest.raises(FitsError, match="should be the MASK plane"):
        MaskedImageF(path)
    with fits.open(path, mode="update") as hdus:
        del hdus[3], hdus[2]
    assert not MaskedImageF(path).variance.array.any()
    assert "zeros" in caplog.text
    with open_reader(MaskedImageFitsReader, path) as reader, pytest.raises(FitsError):
        reader.read(needAllHdus=True)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("r   ", FilterLabel(band="r")),
        ("r2", FilterLabel(band="r", physical="HSC-R2")),
        ("i2", FilterLabel(band="i", physical="HSC-I2")),
        ("N656", FilterLabel(band="N656")),
        ("I945", FilterLabel(band="I945")),
        ("I9", FilterLabel(physical="I9")),
        ("SOLID", FilterLabel(physical="solid plate 0.0 0.0")),
        ("ha", FilterLabel(physical="ha")),
        ("_unknown_", None),
        ("", None),
    ],
)
def test_old_filter_names(name, label):
    assert filter_label_from_name(name) == label
