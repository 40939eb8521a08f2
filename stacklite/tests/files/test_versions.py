"""Formats of yesterday are read; of a format of tomorrow each versioned class names the version."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.cameraGeom import Camera
from lsst.afw.fits import DEFAULT_HDU
from lsst.afw.geom import SkyWcs
from lsst.afw.image import ExposureF, ExposureSummaryStats, PhotoCalib, VisitInfo
from lsst.afw.table import BaseCatalog, ExposureCatalog
from lsst.skymap import DiscreteSkyMap
from lsst.skymap.ringsSkyMap import RingsSkyMap
from lsst_stacklite._persisted_classes import READER_MODULES
from lsst_stacklite.archives import read_object
from stacklite_support.golden import OWN_DIR, own_file
from stacklite_support.paths import REFERENCE_VISIT
from support.realdata import REALDATA, needs_realdata

# Each file of the stack's own format tests, with a reader; what their values are is tested with each class.
OLD: dict[str, Callable[[str], Any]] = {
    **{f"exposure-version-{n}": ExposureF for n in range(3)},
    **{f"visitInfo-{n}": VisitInfo.readFits for n in ("noversion", *(f"version-{i}" for i in range(1, 6)))},
    **{n: ExposureCatalog.readFits for n in ("exposure_catalog_v1", "version-0-ExposureCatalog")},
    "version-1-ExposureCatalog": ExposureCatalog.readFits,
    "photoCalib-version1": PhotoCalib.readFits,
    "jointcal_wcs-0030600-088": SkyWcs.readFits,
}
# Calibrations in maggies, which the stack refuses as well.
REFUSED = {name: PhotoCalib.readFits for name in ("photoCalib-noversion", "photoCalib-version0")}


@needs_realdata
def test_every_old_file_has_a_reader() -> None:
    directory = REALDATA / "afw_versions"
    assert {path.stem for path in directory.glob("*.fits")} == OLD.keys() | REFUSED.keys()
    for name, read in OLD.items():
        assert read(str(directory / f"{name}.fits")) is not None
    for name, read in REFUSED.items():
        with pytest.raises(pex_exceptions.RuntimeError, match="version 0"):
            read(str(directory / f"{name}.fits"))


@needs_realdata
def test_every_object_of_old_catalogs_is_built() -> None:
    built, unknown = 0, set()
    for name in ("exposure_catalog_v1", "version-0-ExposureCatalog", "version-1-ExposureCatalog"):
        catalog = ExposureCatalog.readFits(str(REALDATA / "afw_versions" / f"{name}.fits"))
        for record in catalog:
            for component, reference in record._block.components.get(record._row, {}).items():
                if reference.name in READER_MODULES:
                    assert record._component(component) is not None
                    built += 1
                else:
                    unknown.add(reference.name)
    assert built >= 4
    # A class of the stack's own tests.
    assert unknown == {"DummyPsf"}


def _set_card(source: Path, target: Path, hdu: int, keyword: str, value: Any) -> None:
    """Copy a file with another value of one card."""
    content = bytearray(source.read_bytes())
    with fits.open(source, disable_image_compression=True) as hdus:
        place = hdus[hdu].fileinfo()
        standard = len(keyword) <= 8
    name = f"{keyword:<8}= " if standard else f"HIERARCH {keyword} = "
    at = content.index(name.encode(), place["hdrLoc"], place["datLoc"])
    content[at : at + 80] = f"{name}{value}".ljust(80).encode()
    target.write_bytes(content)


def _set_cell(source: Path, target: Path, name: str, column: str, value: int) -> None:
    """Copy a file with another value in an integer column of an archive's table."""
    content = bytearray(source.read_bytes())
    with fits.open(source, disable_image_compression=True) as hdus:
        tables = [h for h in hdus if h.header.get("AR_NAME") == name]
        (hdu,) = (h for h in tables if column in h.columns.names)
        number = hdu.columns.names.index(column)
        offset = hdu.data.dtype.fields[hdu.data.dtype.names[number]][1]
        rows, size, start = hdu.header["NAXIS2"], hdu.header["NAXIS1"], hdu.fileinfo()["datLoc"]
    for row in range(rows):
        at = start + row * size + offset
        content[at : at + 4] = np.array(value, ">i4").tobytes()
    target.write_bytes(content)


def _replace(source: Path, target: Path, old: bytes, new: bytes) -> None:
    content = source.read_bytes()
    assert old in content
    assert len(old) == len(new)
    target.write_bytes(content.replace(old, new))


def _refuses(read: Callable[[str], Any], path: Path, *words: str) -> None:
    with pytest.raises(pex_exceptions.Exception) as caught:
        read(str(path))
    for word in (path.name, *words):
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("keyword", "hdu", "name"),
    [
        ("AFW_TABLE_VERSION", 1, "visitSummary.fits"),
        ("AFW_TABLE_VERSION", 2, "visitSummary.fits"),
        ("EXPTABLE_VER", 1, "visitSummary.fits"),
    ],
)
def test_catalogs(keyword: str, hdu: int, name: str, tmp_path: Path) -> None:
    path = tmp_path / "new.fits"
    for value in (6, 17):
        _set_card(REFERENCE_VISIT / name, path, hdu, keyword, value)
        _refuses(BaseCatalog.readFits, path, keyword, str(value))


def test_exposures(tmp_path: Path) -> None:
    path = tmp_path / "new.fits"
    _set_card(OWN_DIR / "exposure_full.fits", path, 0, "EXPINFO_V", 3)
    _refuses(ExposureF, path, "exposure of version 3")


def test_visit_info(tmp_path: Path) -> None:
    stored, path = tmp_path / "stored.fits", tmp_path / "new.fits"
    summary = ExposureCatalog.readFits(str(REFERENCE_VISIT / "visitSummary.fits"))
    summary[0].getVisitInfo().writeFits(str(stored))
    _set_cell(stored, path, "VisitInfo", "version", 6)
    _refuses(VisitInfo.readFits, path, "VisitInfo FITS version > 5, found version 6")


def test_photo_calib(tmp_path: Path) -> None:
    stored, path = tmp_path / "stored.fits", tmp_path / "new.fits"
    PhotoCalib.readFits(own_file("photocalib_field.fits.gz")).writeFits(str(stored))
    _set_cell(stored, path, "PhotoCalib", "version", 2)
    _refuses(PhotoCalib.readFits, path, "PhotoCalib has version 2")


def test_detector(tmp_path: Path) -> None:
    path = tmp_path / "new.fits"
    _set_cell(REFERENCE_VISIT / "camera.fits", path, "Detector", "version", 3)
    _refuses(Camera.readFits, path, "detector of format version 3")


def test_texts(tmp_path: Path) -> None:
    """SkyWcs and transforms are texts that begin with their version."""
    stored, path = tmp_path / "stored.fits", tmp_path / "new.fits"
    SkyWcs.readFits(own_file("wcs_tan_150.fits.gz")).writeFits(str(stored))
    _replace(stored, path, b"1 SkyWcs ", b"2 SkyWcs ")
    _refuses(SkyWcs.readFits, path, "2 SkyWcs")
    kind = b"TransformPoint2ToPoint2"
    _replace(REFERENCE_VISIT / "camera.fits", path, b"1 " + kind, b"3 " + kind)
    _refuses(Camera.readFits, path, "3 TransformPoint2ToPoint2")


def test_summary_stats(tmp_path: Path) -> None:
    path = tmp_path / "new.fits"
    ExposureSummaryStats(version=7).writeFits(str(path))
    _refuses(
        lambda name: read_object(name, DEFAULT_HDU, ExposureSummaryStats),
        path,
        "ExposureSummaryStats has version 7",
    )


@pytest.mark.parametrize("kind", [RingsSkyMap, DiscreteSkyMap])
def test_sky_maps(kind: Any) -> None:
    name = {"RingsSkyMap": "skymap_rings_3_v1", "DiscreteSkyMap": "skymap_discrete_1"}[kind.__name__]
    sky_map = pickle.loads(Path(own_file(f"{name}.pickle")).read_bytes())
    with pytest.raises(ValueError, match=f"version 9 of {kind.__name__}"):
        kind(sky_map.config, 9)
