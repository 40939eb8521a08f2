"""Headers of exposures as other programs write them: the WCS in either header, or none that can be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from lsst.afw.image import (
    ExposureF,
    ExposureFitsReader,
    ImageF,
    ImageFitsReader,
    MaskedImageF,
    MaskedImageFitsReader,
    MaskFitsReader,
)

WCS = {
    "CRPIX1": 4.0,
    "CRPIX2": 4.0,
    "CRVAL1": 53.0,
    "CRVAL2": -27.4,
    "CD1_1": -9.25e-5,
    "CD1_2": 0.0,
    "CD2_1": 0.0,
    "CD2_2": 9.25e-5,
    "CTYPE1": "RA---TAN",
    "CTYPE2": "DEC--TAN",
}


def _file(path: Path, index: int, **cards: str | float) -> Path:
    """Write an exposure, and cards into one of its headers."""
    exposure = ExposureF(3, 2)
    for plane, value in ((exposure.image, 7), (exposure.mask, 2), (exposure.variance, 9)):
        plane.array[:] = value
    exposure.writeFits(path / "written.fits")
    with fits.open(path / "written.fits") as hdus:
        hdus[index].header.update(cards)
        hdus.writeto(path / "e.fits")
    return path / "e.fits"


# The positions are those of the real stack.
@pytest.mark.parametrize(
    ("index", "cards", "position"),
    [
        (0, {}, (52.9898953982, -27.3817771367)),
        (1, {}, (52.9898953982, -27.3817771367)),
        (0, {"RADESYS": "FK5"}, (52.9898918060, -27.3817742443)),
    ],
)
def test_the_wcs_is_in_either_header(
    tmp_path: Path, index: int, cards: dict[str, str | float], position: tuple[float, float]
) -> None:
    exposure = ExposureF.readFits(_file(tmp_path, index, **WCS, **cards))
    found = exposure.wcs.pixelToSky(100.0, 200.0)
    np.testing.assert_allclose(
        [found.getRa().asDegrees(), found.getDec().asDegrees()], position, rtol=0, atol=1e-9
    )
    assert not set(WCS) & set(exposure.metadata.getOrderedNames())


def test_cards_of_a_wcs_that_cannot_be_read_stay(tmp_path: Path) -> None:
    path = _file(tmp_path, 1, **(WCS | {"CTYPE1": "RA---XXX", "CTYPE2": "DEC--XXX"}))
    exposure = ExposureF.readFits(path)
    assert exposure.wcs is None
    assert set(WCS) <= set(exposure.metadata.getOrderedNames())
    assert exposure.metadata["CTYPE1"] == "RA---XXX"
    # Nor is a WCS read where there are no such cards.
    (tmp_path / "second").mkdir()
    assert ExposureF.readFits(_file(tmp_path / "second", 2, **WCS)).wcs is None


def test_readers_give_the_same_list_every_time(tmp_path: Path) -> None:
    path = _file(tmp_path, 1, OBJECT="here")
    planes = MaskedImageFitsReader(path)
    methods = [
        ExposureFitsReader(path).readMetadata,
        ExposureFitsReader(path).readVisitInfo,
        ImageFitsReader(path, 1).readMetadata,
        MaskFitsReader(path, 2).readMetadata,
        planes.readPrimaryMetadata,
        planes.readImageMetadata,
        planes.readMaskMetadata,
        planes.readVarianceMetadata,
    ]
    for method in methods:
        assert method() is method(), method
    planes.readImageMetadata().remove("OBJECT")
    assert not planes.readImageMetadata().exists("OBJECT")
    assert MaskedImageFitsReader(path).readImageMetadata()["OBJECT"] == "here"


def test_the_number_in_brackets_is_that_of_any_image(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = str(_file(tmp_path, 1))
    # 0 stands for the first image, as without a number.
    assert ImageF(path + "[0]").array[0, 0] == ExposureF(path + "[0]").image.array[0, 0] == 7
    masked = MaskedImageF(path + "[3]")
    assert masked.image.array[0, 0] == 9
    assert "HDU 3 is read as image, its EXTTYPE is 'VARIANCE'" in caplog.text
    assert MaskedImageF(path + "[2]").image.array[0, 0] == 2
    with pytest.raises(RuntimeError, match="should be the IMAGE plane"):
        ExposureF(path + "[3]")


def test_a_missing_plane_has_its_name(tmp_path: Path) -> None:
    ImageF(2, 2).writeFits(tmp_path / "i.fits")
    with pytest.raises(RuntimeError, match="no MASK plane"):
        MaskedImageFitsReader(tmp_path / "i.fits").readMask()
    with pytest.raises(RuntimeError, match="no VARIANCE plane"):
        MaskedImageFitsReader(tmp_path / "i.fits").readVariance()


SIP = {f"{name}_ORDER": 2 for name in ("A", "B", "AP", "BP")} | {"A_2_0": 1e-6, "BP_0_2": -1e-6}


@pytest.mark.parametrize("index", [0, 1])
def test_orders_of_polynomials_stay(tmp_path: Path, index: int) -> None:
    """Those are the only cards of a WCS that AST leaves."""
    types = {"CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP"}
    metadata = ExposureF(str(_file(tmp_path, index, **(WCS | SIP | types)))).getMetadata()
    left = {name for name in metadata.getOrderedNames() if name in SIP or name in WCS}
    assert left == {"A_ORDER", "B_ORDER", "AP_ORDER", "BP_ORDER"}


def test_a_primary_header_that_inherits_stands_alone(tmp_path: Path) -> None:
    path = _file(tmp_path, 0, CRPIX1=4.0, INHERIT=False, OWN=3)
    with fits.open(path, mode="update") as hdus:
        hdus[1].header["CARD"] = 4
    metadata = ExposureF(str(path)).getMetadata()
    names = metadata.getOrderedNames()
    assert names == ["CRPIX1", "INHERIT", "OWN"] and metadata.getScalar("INHERIT") is False


@pytest.mark.parametrize(
    ("value", "names"), [(True, ["OWN", "CARD"]), (False, ["CARD"]), ("T", ["OWN", "CARD"])]
)
def test_an_image_may_not_inherit(tmp_path: Path, value: object, names: list[str]) -> None:
    path = _file(tmp_path, 0, OWN=3)
    with fits.open(path, mode="update") as hdus:
        hdus[1].header.update(INHERIT=value, CARD=4)
    metadata = ExposureF(str(path)).getMetadata()
    assert [name for name in metadata.getOrderedNames() if name in ("OWN", "CARD")] == names
