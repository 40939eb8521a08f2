"""WCSs of headers with a meaningless year, headers without a WCS, and the text of a WCS."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.geom import (
    SkyWcs,
    deleteBasicWcsMetadata,
    getSipMatrixFromMetadata,
    hasSipMatrix,
    makeCdMatrix,
    makeModifiedWcs,
    makeRadialTransform,
    makeSipMatrixMetadata,
    makeSkyWcs,
    stripWcsMetadata,
)
from lsst.afw.image import ExposureF
from lsst.daf.base import PropertyList
from lsst.geom import Point2D, SpherePoint, arcseconds, degrees

NO_VALUE = 987654321.0e99


def _header(**cards: float | str) -> PropertyList:
    metadata = PropertyList()
    basic = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRPIX1": 4.0, "CRPIX2": 4.0, "CRVAL1": 53.0}
    basic |= {"CRVAL2": -27.4, "CD1_1": -9.25e-5, "CD2_2": 9.25e-5, "CUNIT1": "deg", "CUNIT2": "deg"}
    for name, value in (basic | cards).items():
        metadata.set(name, value)
    return metadata


# The position is that of the real stack.
@pytest.mark.parametrize(
    "cards",
    [
        {"RADESYS": "ICRS", "EQUINOX": NO_VALUE},
        {"RADESYS": "ICRS", "EQUINOX": -NO_VALUE},
        {"EQUINOX": NO_VALUE},
        {"RADESYS": "ICRS", "EPOCH": NO_VALUE},
        {"RADESYS": "ICRS", "EQUINOX": 1e20},
        {"RADESYS": "ICRS", "EQUINOX": 20000.0},
    ],
)
def test_years_without_meaning(cards: dict[str, float | str]) -> None:
    metadata = _header(**cards, KEPT=1)
    wcs = makeSkyWcs(metadata)
    position = wcs.pixelToSky(Point2D(100, 200))
    assert_allclose(
        [position[0].asDegrees(), position[1].asDegrees()], [52.9898953982, -27.3817771367], atol=1e-10
    )
    assert wcs == makeSkyWcs(_header(RADESYS="ICRS"))
    makeSkyWcs(metadata, strip=True)
    assert metadata.getOrderedNames() == ["KEPT"]


def test_years_that_axes_depend_on_are_not_ignored() -> None:
    with pytest.raises(pex_exceptions.TypeError, match="EQUINOX"):
        makeSkyWcs(_header(RADESYS="FK5", EQUINOX=20000.0))


def test_an_exposure_of_an_old_stack_keeps_its_wcs(tmp_path: Path) -> None:
    exposure = ExposureF(8, 8)
    exposure.setWcs(makeSkyWcs(_header(RADESYS="ICRS")))
    exposure.writeFits(tmp_path / "e.fits")
    content = (tmp_path / "e.fits").read_bytes()
    # The cards of versions without an archive: the WCS is in the image headers only.
    for key in (b"SKYWCS_ID", b"ARCHIVE_ID_SKYWCS"):
        content = content.replace(key, b"X" * len(key))
    card = b"RADESYS = 'ICRS    '"
    place = content.index(card)
    assert not content[place + 80 : place + 88].startswith(b"EQUINOX")
    old = f"{'EQUINOX =         9.87654321E+107':<80}".encode()
    changed = content[: place + 80] + old + content[place + 160 :]
    (tmp_path / "e.fits").write_bytes(changed)
    wcs = ExposureF.readFits(tmp_path / "e.fits").getWcs()
    assert wcs is not None
    assert wcs.pixelToSky(Point2D(3, 3)).separation(SpherePoint(53.0, -27.4, degrees)).asDegrees() < 1e-9


@pytest.mark.parametrize(
    ("metadata", "left"),
    [
        ({}, []),
        ({"CD1_1": 2.0, "EQUINOX": 2000.0, "LTV1": 2.0}, ["CD1_1", "EQUINOX", "LTV1"]),
        ({"CRPIX1": 1.0, "CTYPE1": "RA---TAN"}, ["CRPIX1", "CTYPE1"]),
        # Of this alone, AST makes a linear WCS.
        ({"CRPIX1": 1.0, "FOO": 3, "LTV1": 2.0}, ["FOO", "LTV1"]),
    ],
)
def test_nothing_is_stripped_without_a_wcs(metadata: dict[str, float | str], left: list[str]) -> None:
    header = PropertyList()
    for name, value in metadata.items():
        header.set(name, value)
    stripWcsMetadata(header)
    assert header.getOrderedNames() == left


def test_what_is_stripped_of_a_wcs_that_is_not_celestial() -> None:
    linear, unknown = _header(CTYPE1="LINEAR", CTYPE2="LINEAR"), _header(CTYPE1="RA---XXX")
    stripWcsMetadata(linear)
    assert linear.names() == []
    stripWcsMetadata(unknown)
    assert sorted(unknown.names()) == sorted(_header().names())


def test_basic_keywords_are_deleted_one_by_one() -> None:
    metadata = PropertyList()
    for name in (
        "WCSAXESA",
        "CD1_2A",
        "CRPIX2A",
        "CRVAL1A",
        "NAXIS1",
        "CRPIX2",
        "CD1_3A",
        "PC1_1A",
        "CRPIX3A",
    ):
        metadata.set(name, 1.0)
    deleteBasicWcsMetadata(metadata, "A")
    assert metadata.getOrderedNames() == ["NAXIS1", "CRPIX2", "CD1_3A", "PC1_1A", "CRPIX3A"]


@pytest.mark.parametrize("order", [-3, -1, 0, 2])
def test_polynomials_of_any_order(order: int) -> None:
    metadata = PropertyList()
    metadata.set("W_ORDER", order)
    assert hasSipMatrix(metadata, "W") == (order >= 0)
    if order < 0:
        with pytest.raises(pex_exceptions.TypeError, match="W_ORDER"):
            getSipMatrixFromMetadata(metadata, "W")
    else:
        matrix = getSipMatrixFromMetadata(metadata, "W")
        assert matrix.tolist() == np.zeros((order + 1, order + 1)).tolist()
        assert makeSipMatrixMetadata(matrix, "W").toDict() == {"W_ORDER": order}


def test_text_of_a_wcs() -> None:
    wcs = makeSkyWcs(Point2D(5, 4), SpherePoint(20, 30, degrees), makeCdMatrix(0.36 * arcseconds))
    lines = [
        "FITS standard SkyWcs:",
        "Sky Origin: (20.0000000000, +30.0000000000)",
        "Pixel Origin: (5, 4)",
        "Pixel Scale: 0.36 arcsec/pixel",
    ]
    assert str(wcs).splitlines() == repr(wcs).splitlines() == lines
    modified = makeModifiedWcs(makeRadialTransform([0, 1, 0, 0.0011]), wcs, False)
    assert str(modified).splitlines()[0] == "Non-standard SkyWcs (Frames: PIXELS, IWC, SKY): "
    assert isinstance(modified, SkyWcs)
