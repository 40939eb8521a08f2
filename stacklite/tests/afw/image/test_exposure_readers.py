"""Exposures that are read in part: components, planes, cutouts."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

import lsst.afw.image as afw_image
import lsst.pex.exceptions as pex_exceptions
from lsst.afw.fits import FitsError
from lsst.afw.image import (
    LOCAL,
    ExposureD,
    ExposureF,
    ExposureFitsReader,
    MaskedImageF,
    MaskedImageFitsReader,
)
from lsst.afw.image._fits_plane import FitsPlane
from lsst.afw.image._plane_readers import open_reader
from lsst.daf.base import PropertyList
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from stacklite_support.golden import cases, golden_file, number, own_file
from stacklite_support.golden_exposures import (
    assert_close,
    assert_pixels,
    assert_same_sky,
    box_of,
    files_of_kind,
    radians_of,
)
from stacklite_support.parity import READS, parity
from stacklite_support.paths import REFERENCE_VISIT
from stacklite_support.real_exposures import EXPOSURES, kind_of, kinds_of
from support.realdata import REALDATA, needs_realdata

CALEXP = str(REFERENCE_VISIT / "calexp_91.fits")


@pytest.fixture
def planes_read(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Record the HDUs of which pixels are read, compressed or not, and how many."""
    found = []

    def record(original: Any) -> Any:
        def read(self, local: Any) -> Any:
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
def test_only_what_is_needed_is_read(planes_read: Any, name: str, expected: Any) -> None:
    with open_reader(ExposureFitsReader, CALEXP) as reader:
        assert getattr(reader, name)() is not None
        archive_was_read = "_archive" in vars(reader)
    assert [index for index, _ in planes_read] == expected
    needs_none = {"readBBox", "readXY0", "readVisitInfo", "readMetadata", "readExposureId"}
    if name in needs_none or name in ("readImage", "readMask", "readVariance", "readMaskedImage"):
        assert not archive_was_read


def test_boxes_limit_the_pixels_that_are_read(planes_read: Any) -> None:
    box = Box2I(Point2I(100, 50), Extent2I(7, 5))
    whole = ExposureF(CALEXP)
    planes_read.clear()
    with open_reader(ExposureFitsReader, CALEXP) as reader:
        for plane in ("Image", "Mask", "Variance"):
            part = getattr(reader, f"read{plane}")(box)
            assert part.getBBox() == box
            np.testing.assert_array_equal(part.array, getattr(whole, plane.lower())[box].array)
    assert planes_read == [(1, 35), (2, 35), (3, 35)]


def test_pixel_types_are_converted_on_request() -> None:
    with open_reader(ExposureFitsReader, CALEXP) as reader:
        assert reader.readImageDType() == np.float32
        assert reader.readImage(dtype=np.float64).array.dtype == np.float64
        with pytest.raises(FitsError):
            reader.readImage(dtype=np.int32)
        assert isinstance(reader.read(dtype=np.float64), ExposureD)


# An exposure with every component, whose box does not begin at (0, 0).
FULL = own_file("exposure_full_xy0.fits")
PART = Box2I(Point2I(-10, 1010), Extent2I(5, 7))


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
                with pytest.raises(pex_exceptions.LengthError):
                    getattr(each, f"read{plane}Array")(local)
        assert reader.readSerializationVersion() == fits.getheader(FULL)["EXPINFO_V"]


def test_headers_by_readers() -> None:
    with open_reader(MaskedImageFitsReader, FULL) as reader, fits.open(FULL) as hdus:
        for name, hdu in (("Primary", 0), ("Image", 1), ("Mask", 2), ("Variance", 3)):
            metadata = getattr(reader, f"read{name}Metadata")()
            own = {key for key in hdus[hdu].header if key not in ("", "COMMENT", "HISTORY")}
            assert metadata.getScalar("EXTTYPE" if hdu else "EXPINFO_V") == (name.upper() if hdu else 2)
            layout = ("NAXIS", "BITPIX", "SIMPLE", "XTENSION", "PCOUNT", "GCOUNT", "EXTEND", "INHERIT")
            # The origin of the array is that of the image.
            origin = {f"{key}{axis}A" for key in ("CRPIX", "CRVAL", "CTYPE", "CUNIT") for axis in "12"}
            left_out = {key for key in own if key not in metadata and not key.startswith(layout)}
            assert left_out == (origin if hdu else set())
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


# -- Values of the real stack ----------------------------------------------------------


@parity(lambda case: files_of_kind(case["inputs"]["file"]).__name__, 0, READS)
@pytest.mark.parametrize("case", cases("exposures", "exposure cut-out"), ids=lambda c: str(c["id"]))
def test_cut_out_is_read(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], case["expected"]
    kind = files_of_kind(inputs["file"])
    arguments = (
        golden_file(inputs["file"]),
        box_of(inputs["bbox"]),
        afw_image.ImageOrigin.__members__[inputs["origin"]],
    )
    if "error" in expected:
        with pytest.raises(Exception) as caught:
            kind(*arguments)
        assert type(caught.value).__name__ == expected["error"]
        return
    exposure = kind(*arguments)
    assert exposure.getBBox() == box_of(expected["bbox"])
    assert_pixels(exposure.image, expected["image"])
    if expected.get("sky") is not None:
        assert_same_sky(radians_of(exposure.getWcs().pixelToSky(Point2D(0, 0))), expected["sky"])
    whole = kind(golden_file(inputs["file"]))
    assert_pixels(whole[arguments[1:]].image, expected["image"])


# Components as a reader names them, and as the cases of whole files do.
_READERS = {
    "Wcs": "wcs",
    "Psf": "psf",
    "PhotoCalib": "photo_calib",
    "ApCorrMap": "ap_corr",
    "VisitInfo": "visit_info",
    "Filter": "filter",
    "Detector": "detector",
    "ValidPolygon": "valid_polygon",
}


@pytest.mark.parametrize("case", cases("exposures", "component reads"), ids=lambda c: str(c["id"]))
def test_components_are_read_alone(case: dict[str, Any]) -> None:
    name, expected = case["inputs"]["file"], number(case["expected"])
    with open_reader(ExposureFitsReader, golden_file(name)) as reader:
        assert reader.readBBox() == box_of(expected["bbox"])
        assert reader.readXY0() == Point2I(*expected["xy0"])
        assert reader.readExposureId() == expected["id"]
        assert reader.readMetadata().getOrderedNames() == expected["metadata"]
        assert_pixels(reader.readMask(), expected["mask"])
        assert reader.readComponent("NOT_THERE") is None
        for whole in cases("exposures", "exposure file"):
            if whole["inputs"]["file"] == name:
                _assert_read_alone(reader, whole["expected"]["components"])


def _assert_read_alone(reader: ExposureFitsReader, components: dict[str, Any]) -> None:
    for name, key in _READERS.items():
        # Every exposure has a VisitInfo.
        assert (getattr(reader, f"read{name}")() is None) == (components[key] is None and key != "visit_info")
    summary_stats, expected = reader.readComponent("SUMMARY_STATS"), number(components["summary_stats"])
    # A stack without the newer statistics has written these values.
    assert_close(summary_stats and {field: getattr(summary_stats, field) for field in expected}, expected)
    curve, expected = reader.readTransmissionCurve(), components["transmission"]
    assert (curve is None) == (expected is None)
    if curve is not None:
        values = curve.sampleAt(Point2D(*components["point"]), np.array(expected["at"]))
        assert_close(values.tolist(), expected["values"])
        assert list(curve.getWavelengthBounds()) == number(expected["bounds"])
        assert list(curve.getThroughputAtBounds()) == expected["throughput_at_bounds"]


# -- Real files ------------------------------------------------------------------------


@needs_realdata
@pytest.mark.parametrize("name", EXPOSURES)
def test_exposure_is_read_whole_and_by_component(name: str, record_parity: Callable[..., None]) -> None:
    path = str(REALDATA / name)
    whole = ExposureF(path)
    assert kinds_of(whole.info._components) == EXPOSURES[name]
    with open_reader(ExposureFitsReader, path) as reader:
        assert reader.readBBox() == whole.getBBox()
        for key, kind in EXPOSURES[name].items():
            assert kind_of(reader.readComponent(key)) == kind
        assert reader.readVisitInfo() == whole.visitInfo
        np.testing.assert_array_equal(reader.readMask().array, whole.mask.array)
        np.testing.assert_array_equal(reader.readVariance().array, whole.variance.array)
    for kind in EXPOSURES[name].values():
        record_parity(kind, 1, "", READS, "real files")
