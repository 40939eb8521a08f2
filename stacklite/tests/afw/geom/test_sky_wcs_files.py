"""`SkyWcs` in files: what its text says, and comes back as."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from numpy.testing import assert_allclose

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.geom import SkyWcs
from lsst.afw.table import ExposureCatalog
from lsst.geom import Box2D, Point2D
from stacklite_support.golden import golden_file
from stacklite_support.golden_wcs import MADE, MAKERS
from stacklite_support.paths import REFERENCE_VISIT
from stacklite_support.reference_visit import EXPECTED
from stacklite_support.wcs_makers import tan_wcs
from support.realdata import REALDATA, needs_realdata

MAPPING_DUMP = " Begin UnitMap\n    Nin = 2\n IsA Mapping\n End UnitMap\n"
NO_WCS = [
    "",
    "1 SkyWcs 0",
    "2 SkyWcs 0  Begin Frame",
    "1 Psf 0  Begin X",
    "1 SkyWcs 0 nonsense",
    f"1 SkyWcs 0 {MAPPING_DUMP}",
]


@pytest.mark.parametrize("text", NO_WCS)
def test_texts_that_are_no_wcs(text: str) -> None:
    with pytest.raises(pex_exceptions.TypeError):
        SkyWcs.readString(text)


@pytest.mark.parametrize("missing", ["PIXELS", "IWC", "SKY"])
def test_frames_that_are_no_wcs(missing: str) -> None:
    frames = tan_wcs().getFrameDict()
    frames.getFrame(missing, copy=False).domain = "SOMETHING"
    with pytest.raises(pex_exceptions.TypeError):
        SkyWcs(frames)


# -- Values of the real stack ----------------------------------------------------------


def stored_text(name: str) -> str:
    """Return the text in a file of the stack, read without stacklite."""
    with gzip.open(golden_file(name)) as stream, fits.open(io.BytesIO(stream.read())) as hdus:
        return bytes(hdus[2].data["wcs"][0].astype(np.uint8)).decode()


VALID = [case for case in MADE if "error" not in case["expected"]]

STORED = [c for c in VALID if "file" in c["inputs"]]


@pytest.mark.parametrize("case", [pytest.param(c, id=c["inputs"]["file"]) for c in STORED])
def test_text_is_that_of_the_stack(case: dict[str, Any], tmp_path: Any) -> None:
    text = stored_text(case["inputs"]["file"])
    read = SkyWcs.readFits(golden_file(case["inputs"]["file"]))
    assert read.writeString() == text
    read.writeFits(str(tmp_path / "wcs.fits"))
    assert SkyWcs.readFits(str(tmp_path / "wcs.fits")).writeString() == text
    if case["kind"] != "makeSkyWcs field angle":
        # There the AST of pyast simplifies a radial polynomial further.
        assert_same_text(MAKERS[case["kind"]](case["inputs"]).writeString(), text)


def assert_same_text(found: str, expected: str) -> None:
    """Compare texts of AST; the last of 17 digits may depend on the C library."""
    if found == expected:
        return
    ours, theirs = found.split(), expected.split()
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert one == other or float(one) == pytest.approx(float(other), rel=1e-14, abs=1e-17)


# -- The reference visit ---------------------------------------------------------------

SUMMARIES = {"visitSummary.fits": EXPECTED["input"]} | {
    f"expected_finalVisitSummary_{name}.fits": rows for name, rows in EXPECTED["outputs"].items()
}
CATALOGS = [
    *sorted(path.name for path in REFERENCE_VISIT.glob("gbdes*.fits")),
    *(name for name in SUMMARIES),
]


@pytest.mark.parametrize("name", SUMMARIES)
def test_values_of_all_wcs(name: str, record_parity: Callable[..., None]) -> None:
    catalog = ExposureCatalog.readFits(str(REFERENCE_VISIT / name))
    compared = 0
    for record, row in zip(catalog, SUMMARIES[name], strict=True):
        wcs, expected = record.getWcs(), row["_objects"]
        assert record.getId() == row["id"]
        if expected["wcs"] is None:
            assert wcs is None
        else:
            compared += check_expected_wcs(wcs, expected)
    record_parity("SkyWcs", 5 * compared, "1e-9 degrees", source="reference visit")
    assert compared >= 21  # 9 detectors, up to two without a WCS, 3 points each


def check_expected_wcs(wcs: SkyWcs, expected: dict[str, Any]) -> int:
    """Compare positions and scales; return at how many points."""
    points = [Point2D(*p) for p in expected["points"]]
    sky = wcs.pixelToSky(points)
    degrees = [[p.getRa().asDegrees(), p.getDec().asDegrees()] for p in sky]
    assert_allclose(degrees, expected["wcs"], atol=1e-9, rtol=0)
    scales = [wcs.getPixelScale(p).asArcseconds() for p in points]
    assert_allclose(scales, expected["wcs_pixel_scale_arcsec"], rtol=1e-10)
    back = [[p.getX(), p.getY()] for p in wcs.skyToPixel(sky)]
    assert_allclose(back, expected["wcs_roundtrip_pixel"], atol=1e-8, rtol=0)
    ra, dec = wcs.pixelToSkyArray(*np.array(expected["points"]).T, degrees=True)
    assert_allclose(np.transpose([ra, dec]), expected["wcs"], atol=1e-9, rtol=0)
    return len(points)


@pytest.mark.parametrize("name", CATALOGS)
def test_text_of_all_wcs_survives(name: str, tmp_path: Any) -> None:
    catalog = ExposureCatalog.readFits(str(REFERENCE_VISIT / name))
    catalog.writeFits(str(tmp_path / "copy.fits"))
    copy = ExposureCatalog.readFits(str(tmp_path / "copy.fits"))
    texts = [(text_of(a.getWcs()), text_of(b.getWcs())) for a, b in zip(catalog, copy, strict=True)]
    assert all(a == b for a, b in texts)
    assert sum(a is not None for a, _ in texts) >= 3


def text_of(wcs: SkyWcs | None) -> tuple[str, str | None] | None:
    if wcs is None:
        return None
    approximation = wcs.getFitsApproximation()
    return wcs.writeString(), None if approximation is None else approximation.writeString()


# -- Real files ------------------------------------------------------------------------

REAL_SUMMARIES = [
    "hsc/visitSummary_1176.fits",
    "hsc/visitSummary_36434.fits",
    "cfht/visitSummary-849375.fits",
]


def stored_texts(path: Path) -> list[str]:
    """Return the texts of all SkyWcs of a file, read without stacklite."""
    with fits.open(path) as hdus:
        tables = [hdu.data for hdu in hdus[1:] if hdu.header.get("TTYPE1") == "wcs"]
        return [
            bytes(cell.astype(np.uint8)).decode()
            for t in tables
            if t["wcs"].dtype == object
            for cell in t["wcs"]
        ]


@needs_realdata
@pytest.mark.parametrize("name", REAL_SUMMARIES)
def test_every_wcs_survives_byte_for_byte(name: str, tmp_path: Path) -> None:
    stored = stored_texts(REALDATA / name)
    catalog = ExposureCatalog.readFits(str(REALDATA / name))
    wcss = [record.getWcs() for record in catalog if record.getWcs() is not None]
    assert sorted(wcs.writeString() for wcs in wcss) == sorted(stored)
    assert len(stored) >= 1
    catalog.writeFits(str(tmp_path / "copy.fits"))
    assert sorted(stored_texts(tmp_path / "copy.fits")) == sorted(stored)


@needs_realdata
@pytest.mark.parametrize("name", REAL_SUMMARIES)
def test_corners_are_those_that_the_stack_computed(name: str, record_parity: Callable[..., None]) -> None:
    compared = 0
    for record in ExposureCatalog.readFits(str(REALDATA / name)):
        corners = record.getWcs().pixelToSky(Box2D(record.getBBox()).getCorners())
        dec = [c.getDec().asDegrees() for c in corners]
        ra = np.array([c.getRa().asDegrees() for c in corners])
        assert_allclose(dec, record["decCorners"], atol=1e-9, rtol=0)
        assert_allclose((ra - record["raCorners"] + 180) % 360 - 180, 0, atol=1e-9)
        compared += len(corners)
    assert compared >= 4
    record_parity("SkyWcs", 2 * compared, "1e-9 degrees", source="real files")


@needs_realdata
@pytest.mark.parametrize("name", REAL_SUMMARIES)
def test_arrays_are_points_and_come_back(name: str) -> None:
    for record in ExposureCatalog.readFits(str(REALDATA / name)):
        wcs, box = record.getWcs(), record.getBBox()
        x, y = np.random.default_rng(record.getId()).uniform(0, 1, (2, 50))
        x, y = box.getMinX() + x * box.getWidth(), box.getMinY() + y * box.getHeight()
        ra, dec = wcs.pixelToSkyArray(x, y)
        scalar = wcs.pixelToSky([Point2D(*p) for p in zip(x, y, strict=True)])
        assert [p.getRa().asRadians() for p in scalar] == ra.tolist()
        assert [p.getDec().asRadians() for p in scalar] == dec.tolist()
        # The inverse is a polynomial of its own, fitted by the stack.
        assert_allclose(wcs.skyToPixelArray(ra, dec), [x, y], atol=0.2)


@needs_realdata
def test_fitted_wcs_of_another_version(tmp_path: Path) -> None:
    # Its text has explicit "Invert = 0" lines, which AST does not write any more.
    path = REALDATA / "afw_versions/jointcal_wcs-0030600-088.fits"
    wcs = SkyWcs.readFits(str(path))
    wcs.writeFits(str(tmp_path / "wcs.fits"))
    assert stored_texts(tmp_path / "wcs.fits") == stored_texts(path)
    pixel = wcs.skyToPixel(wcs.pixelToSky(Point2D(1000.0, 3000.0)))
    assert_allclose(list(pixel), [1000.0, 3000.0], atol=1e-3)
