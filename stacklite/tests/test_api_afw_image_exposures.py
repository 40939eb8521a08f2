"""Exposures, their components and readers: what no other test of `lsst.afw.image` calls."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy import units
from astropy.io import fits

import lsst.pex.exceptions as pex
from lsst.afw.fits import FitsError
from lsst.afw.image import (
    LOCAL,
    ApCorrMap,
    CoaddInputs,
    ExposureD,
    ExposureF,
    ExposureFitsReader,
    ExposureI,
    ExposureInfo,
    ExposureU,
    MaskedImageD,
    MaskedImageF,
    MaskedImageFitsReader,
    TransmissionCurve,
)
from lsst.afw.image._plane_readers import open_reader
from lsst.daf.base import PropertyList
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from stacklite_support.golden import own_file

# An exposure with every component, whose box does not begin at (0, 0).
FULL = own_file("exposure_full_xy0.fits")
PART = Box2I(Point2I(-10, 1010), Extent2I(5, 7))
# Names after has, get and set; those of an exposure, too; those that stacklite does not understand.
OF_EXPOSURES = ["Wcs", "Psf", "PhotoCalib", "Detector", "ApCorrMap", "Filter"]
OPAQUE = ["CoaddInputs", "TransmissionCurve"]
COMPONENTS = [*OF_EXPOSURES, "ValidPolygon", "SummaryStats", "VisitInfo", *OPAQUE]


# -- components ----------------------------------------------------------------------


@pytest.mark.parametrize("name", COMPONENTS)
def test_components(name: str) -> None:
    """Each is there or None, shared with copies, removed by None, and of one class."""
    exposure = ExposureF(FULL)
    info = exposure.info
    value = getattr(info, f"get{name}")()
    assert value is not None and getattr(info, f"has{name}")()
    copied = ExposureInfo(info)
    assert getattr(copied, f"get{name}")() is value
    with pytest.raises(TypeError):
        getattr(info, f"set{name}")("text")
    assert getattr(info, f"get{name}")() is value
    getattr(info, f"set{name}")(None)
    assert not getattr(info, f"has{name}")() and getattr(info, f"get{name}")() is None
    assert getattr(copied, f"get{name}")() is value, "a copy is changed by itself"
    if name in OF_EXPOSURES:
        getattr(exposure, f"set{name}")(value)
        assert getattr(info, f"get{name}")() is getattr(exposure, name[0].lower() + name[1:]) is value
        if name != "ApCorrMap":
            assert getattr(exposure, f"get{name}")() is value


def test_components_by_key() -> None:
    info = ExposureF(FULL).getInfo()
    components = dict(info._components)
    assert sorted(components) == sorted(
        getattr(ExposureInfo, name) for name in vars(ExposureInfo) if name.startswith("KEY_")
    )
    for key, value in components.items():
        assert info.hasComponent(key) and info.getComponent(key) is value
        info.removeComponent(key)
        info.removeComponent(key)
        assert not info.hasComponent(key) and info.getComponent(key) is None
        info.setComponent(key, value)
    assert info._components == components
    wcs = components[ExposureInfo.KEY_WCS]
    with pytest.raises(TypeError, match="PSF"):
        info.setComponent(ExposureInfo.KEY_PSF, wcs)
    info.setComponent("OF_TOMORROW", wcs)
    assert info.getComponent("OF_TOMORROW") is wcs
    by_keyword = ExposureInfo(wcs=wcs, polygon=info.getValidPolygon(), visitInfo=info.getVisitInfo())
    assert by_keyword.getWcs() is wcs and by_keyword.hasVisitInfo() and not by_keyword.hasPsf()


def test_ids_metadata_and_empty_maps() -> None:
    info = ExposureInfo()
    assert not info.hasId() and info.getId() is None
    info.setId(7)
    assert info.hasId() and info.id == 7
    info.clearId()
    assert not info.hasId()
    metadata = PropertyList()
    info.setMetadata(metadata)
    assert info.getMetadata() is metadata
    info.setApCorrMap(ApCorrMap())
    assert info.hasApCorrMap() and info.getApCorrMap() == ApCorrMap()


def test_classes_without_objects() -> None:
    for kind in (CoaddInputs, TransmissionCurve):
        for use in (kind, lambda kind=kind: kind.readFits("x.fits")):
            with pytest.raises(pex.NotFoundError, match=kind.__name__):
                use()
    with open_reader(ExposureFitsReader, FULL) as reader:
        for name in OPAQUE:
            with pytest.raises(pex.NotFoundError, match=f"stacklite|{name}"):
                getattr(reader, f"read{name}")()


# -- exposures -----------------------------------------------------------------------


def test_planes_and_infos_of_exposures() -> None:
    exposure, other = ExposureF(FULL), MaskedImageF(PART)
    assert exposure.getMaskedImage() is exposure.maskedImage
    exposure.setMaskedImage(other)
    assert exposure.maskedImage is other and exposure.getBBox() == PART
    with pytest.raises(TypeError, match="cannot hold MaskedImageD"):
        exposure.setMaskedImage(MaskedImageD(PART))
    info = ExposureInfo()
    exposure.setInfo(info)
    assert exposure.info is exposure.getInfo() is info and exposure.wcs is None
    assert repr(exposure) == f"ExposureF(bbox={PART})"


@pytest.mark.parametrize("kind", [ExposureU, ExposureI, ExposureF, ExposureD])
def test_exposures_of_other_types(kind: Any) -> None:
    exposure = kind(PART)
    exposure.maskedImage.set(3, 4, 5.0)
    exposure.info.setId(8)
    exposure.metadata["A"] = 1
    for converted, dtype in ((exposure.convertF(), np.float32), (exposure.convertD(), np.float64)):
        assert converted.image.array.dtype == dtype
        assert converted[Point2I(-10, 1010)] == (3.0, 4, 5.0)
        assert converted.info.id == 8
        converted.metadata["A"] = 2
    assert exposure.metadata["A"] == 1, "metadata are copied"


def test_pixels_of_exposures() -> None:
    exposure, part = ExposureF(FULL), ExposureF(PART)
    part.maskedImage.set(1, 2, 3.0)
    exposure[PART] = part
    assert exposure[Point2I(-10, 1010)] == (1.0, 2, 3.0)
    assert exposure[PART].wcs is exposure.wcs
    exposure[Point2I(-10, 1010)] = (7.0, 8, 9.0)
    assert exposure.maskedImage[Point2I(-10, 1010)] == (7.0, 8, 9.0)
    exposure.maskedImage[Point2I(-10, 1010)] = 5.0
    assert exposure[Point2I(-10, 1010)] == (5.0, 0, 0.0), "a number has no mask and no variance"
    exposure[PART] = 6.0
    planes = (exposure[PART].image, exposure[PART].mask, exposure[PART].variance)
    assert [(p.array.min(), p.array.max()) for p in planes] == [(6, 6), (0, 0), (0, 0)]


def test_regions_are_ten_pixels_wider() -> None:
    exposure = ExposureF(FULL)
    default, ten, none = (exposure.getConvexPolygon(*args) for args in ((), (10,), (0,)))
    assert default == ten != none
    corner = exposure.getBBox().getMin() - Extent2I(8, 8)
    position = exposure.wcs.pixelToSky(Point2D(corner))
    ra, dec = (angle.asRadians() * units.rad for angle in position)
    assert exposure.containsSkyCoords(ra, dec).tolist() == [True]
    assert exposure.containsSkyCoords(ra, dec, padding=7).tolist() == [False]
    exposure.setWcs(None)
    assert exposure.getConvexPolygon() is None
    with pytest.raises(ValueError, match="no WCS"):
        exposure.containsSkyCoords(ra, dec)


# -- readers -------------------------------------------------------------------------


def test_arrays_and_types_by_readers() -> None:
    whole = ExposureF(FULL)
    with open_reader(ExposureFitsReader, FULL) as reader, open_reader(MaskedImageFitsReader, FULL) as masked:
        for each in (reader, masked):
            assert [each.readImageDType(), each.readMaskDType(), each.readVarianceDType()] == [
                np.float32, np.int32, np.float32
            ]  # fmt: skip
            assert (each.readXY0(PART), each.readBBox()) == (PART.getMin(), whole.getBBox())
            for plane in ("Image", "Mask", "Variance"):
                expected = getattr(whole, plane.lower())[PART].array
                np.testing.assert_array_equal(getattr(each, f"read{plane}Array")(PART), expected)
                local = PART.shiftedBy(Extent2I(0, 0) - Extent2I(whole.getXY0()))
                np.testing.assert_array_equal(getattr(each, f"read{plane}Array")(local, LOCAL), expected)
                with pytest.raises(pex.LengthError):
                    getattr(each, f"read{plane}Array")(local)
        assert reader.readSerializationVersion() == fits.getheader(FULL)["EXPINFO_V"]


def test_headers_by_readers() -> None:
    with open_reader(MaskedImageFitsReader, FULL) as reader, fits.open(FULL) as hdus:
        for name, hdu in (("Primary", 0), ("Image", 1), ("Mask", 2), ("Variance", 3)):
            metadata = getattr(reader, f"read{name}Metadata")()
            own = {key for key in hdus[hdu].header if key not in ("", "COMMENT", "HISTORY")}
            assert metadata.getScalar("EXTTYPE" if hdu else "EXPINFO_V") == (name.upper() if hdu else 2)
            layout = ("NAXIS", "BITPIX", "SIMPLE", "XTENSION", "PCOUNT", "GCOUNT", "EXTEND", "INHERIT")
            assert [key for key in own if key not in metadata and not key.startswith(layout)] == []
            assert "EXPINFO_V" in metadata, "those of the primary HDU are inherited"


def test_planes_without_a_name_and_missing_planes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = str(tmp_path / "exposure.fits")
    ExposureF(PART).writeFits(path)
    with fits.open(path, mode="update") as hdus:
        del hdus[2].header["EXTTYPE"]
    with caplog.at_level(logging.WARNING), open_reader(ExposureFitsReader, path) as reader:
        assert reader.readMask().getBBox() == PART
    assert "HDU 2 has no EXTTYPE; taken as MASK" in caplog.text
    without = str(tmp_path / "without_variance.fits")
    masked_image = MaskedImageF(PART)
    masked_image.set(1, 2, 3.0)
    masked_image.writeFits(without)
    with fits.open(without, mode="update") as hdus:
        del hdus[3]
    assert MaskedImageF(without)[Point2I(-10, 1010)] == (1.0, 2, 0.0), "zero where there is no plane"
    with pytest.raises(FitsError):
        MaskedImageF(without, needAllHdus=True)
    single = str(tmp_path / "image.fits")
    ExposureF(PART).image.writeFits(single)
    with open_reader(MaskedImageFitsReader, single) as masked:
        assert masked.readImage().getBBox() == PART
        with pytest.raises(FitsError, match="no VARIANCE plane"):
            masked.readVariance()
    found = PropertyList()
    MaskedImageF(path, metadata=found)
    assert found["EXTTYPE"] == "IMAGE" and "EXPINFO_V" in found
