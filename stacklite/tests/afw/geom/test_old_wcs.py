"""The WCS classes before SkyWcs: tables as an old stack wrote them, SIP included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from numpy.testing import assert_allclose

from lsst.afw.geom import SkyWcs
from lsst.afw.table import BaseCatalog, ExposureCatalog
from lsst.afw.table.io import OutputArchive, Persistable
from lsst.daf.base import PropertyList
from lsst.geom import Point2D
from lsst_stacklite.archives import make_table
from stacklite_support.parity import READS
from support.realdata import REALDATA, needs_realdata

CD = (-5.1e-5, 1.3e-6, 1.2e-6, 5.0e-5)  # 1_1, 2_1, 1_2, 2_2
A = {(2, 0): 2e-6, (1, 1): -1e-6, (0, 2): 7e-7, (3, 0): 1e-10, (1, 2): -3e-10}
B = {(2, 0): -8e-7, (1, 1): 5e-7, (0, 2): 1.5e-6, (0, 3): 2e-10}
ORDER = 3


def _matrix(terms: dict[tuple[int, int], float]) -> np.ndarray:
    matrix = np.zeros((ORDER + 1, ORDER + 1))
    for place, value in terms.items():
        matrix[place] = value
    return matrix


class OldTanWcs(Persistable):
    """A WCS as old stacks stored it: a table of the tangent plane, and a second one if there is SIP."""

    _persisted_name = "TanWcs"
    _persisted_module = "lsst.afw.image"

    def __init__(self, sip: bool, suffix: str = "") -> None:
        self._sip = sip
        self._suffix = suffix

    def _write_archive(self, archive: OutputArchive) -> Sequence[BaseCatalog]:
        names = [("crval_x", "D"), ("crval_y", "D"), ("crpix_x", "D"), ("crpix_y", "D")]
        fields: list[Any] = [(name, kind, "", "") for name, kind in names]
        fields.append(("cd", "ArrayD", "", "", 4))
        fields += [("ctype1", "String", "", "", 72), ("ctype2", "String", "", "", 72)]
        fields += [("equinox", "D", "", ""), ("radesys", "String", "", "", 72)]
        fields += [("cunit1", "String", "", "", 72), ("cunit2", "String", "", "", 72)]
        ctypes = (f"RA---TAN{self._suffix}", f"DEC--TAN{self._suffix}")
        row = (150.0, 2.5, 511.5, 1023.0, np.array(CD), *ctypes, 2000.0, "ICRS", "deg", "deg")
        tables = [make_table(fields, [row])]
        if self._sip:
            inverse = _matrix({(1, 0): 1e-6, (2, 0): -2e-6, (0, 2): -1.5e-6})
            matrices = (_matrix(A), _matrix(B), inverse, inverse.T)
            flat = [matrix.ravel(order="F") for matrix in matrices]
            columns: list[Any] = [
                (name, "ArrayD", "", "", (ORDER + 1) ** 2) for name in ("A", "B", "Ap", "Bp")
            ]
            tables.append(make_table(columns, [flat]))
        return tables


def _astropy(sip: bool) -> WCS:
    header = fits.Header()
    suffix = "-SIP" if sip else ""
    values: dict[str, Any] = {"CTYPE1": f"RA---TAN{suffix}", "CTYPE2": f"DEC--TAN{suffix}"}
    values |= {"CRVAL1": 150.0, "CRVAL2": 2.5, "CRPIX1": 512.5, "CRPIX2": 1024.0}
    values |= dict(zip(("CD1_1", "CD2_1", "CD1_2", "CD2_2"), CD, strict=True))
    if sip:
        values |= {"A_ORDER": ORDER, "B_ORDER": ORDER}
        values |= {f"A_{p}_{q}": value for (p, q), value in A.items()}
        values |= {f"B_{p}_{q}": value for (p, q), value in B.items()}
    header.update(values)
    return WCS(header)


@pytest.mark.parametrize(("sip", "suffix"), [(False, ""), (True, ""), (True, "-SIP")])
def test_tan_wcs_agrees_with_astropy(
    sip: bool, suffix: str, tmp_path: Path, record_parity: Callable[..., None]
) -> None:
    path = str(tmp_path / "wcs.fits")
    OldTanWcs(sip, suffix).writeFits(path)
    wcs = SkyWcs.readFits(path)
    x, y = np.random.default_rng(5).uniform(0, 2000, (2, 40))
    expected = _astropy(sip).all_pix2world(x, y, 0)
    found = wcs.pixelToSkyArray(x, y, degrees=True)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    record_parity("TanWcs (old)", x.size, "1e-9 degrees", READS, "astropy")
    back = wcs.skyToPixelArray(*found, degrees=True)
    # With SIP the inverse polynomial is what the table says, here a rough one.
    np.testing.assert_allclose(back, [x, y], rtol=0, atol=20 if sip else 1e-8)


def test_sip_is_that_of_the_header(tmp_path: Path) -> None:
    path = str(tmp_path / "wcs.fits")
    OldTanWcs(True).writeFits(path)
    metadata: PropertyList = SkyWcs.readFits(path).getFitsMetadata(precise=True)
    for (p, q), value in A.items():
        assert metadata[f"A_{p}_{q}"] == pytest.approx(value, rel=1e-9)
    for (p, q), value in B.items():
        assert metadata[f"B_{p}_{q}"] == pytest.approx(value, rel=1e-9)


def test_it_is_written_as_a_sky_wcs(tmp_path: Path) -> None:
    old, new = str(tmp_path / "old.fits"), str(tmp_path / "new.fits")
    OldTanWcs(True).writeFits(old)
    wcs = SkyWcs.readFits(old)
    wcs.writeFits(new)
    assert SkyWcs.readFits(new) == wcs
    point = Point2D(100.0, 1900.0)
    assert SkyWcs.readFits(new).pixelToSky(point) == wcs.pixelToSky(point)


# -- Real files ------------------------------------------------------------------------


@needs_realdata
def test_old_wcs_class_agrees_with_astropy(record_parity: Callable[..., None]) -> None:
    (first, *_) = ExposureCatalog.readFits(str(REALDATA / "afw_versions/exposure_catalog_v1.fits"))
    with fits.open(REALDATA / "afw_versions/exposure_catalog_v1.fits") as hdus:
        (row,) = next(hdu.data for hdu in hdus[1:] if hdu.header.get("AR_NAME") == "Wcs")
    header = {f"{k}{i}": row[f"{k.lower()}{i}"] for k in ("CTYPE", "CUNIT") for i in (1, 2)}
    header |= {"RADESYS": row["radesys"], "EQUINOX": row["equinox"]}
    header |= {"CRVAL1": row["crval_x"], "CRVAL2": row["crval_y"]}
    header |= {"CRPIX1": row["crpix_x"] + 1, "CRPIX2": row["crpix_y"] + 1}
    header |= dict(zip(("CD1_1", "CD2_1", "CD1_2", "CD2_2"), row["cd"], strict=True))
    expected = WCS(header).pixel_to_world([0, 100, 2000], [0, 200, 4000]).icrs
    ra, dec = first.getWcs().pixelToSkyArray([0, 100, 2000], [0, 200, 4000], degrees=True)
    # The conversions from FK5 to ICRS differ by 1e-3 arcsec.
    assert_allclose([ra, dec], [expected.ra.deg, expected.dec.deg], atol=1e-6)
    record_parity("Wcs (old)", 1, "", READS, "real files")
