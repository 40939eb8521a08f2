"""Positions and their errors between pixels and sky; expected values are those of the real stack."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lsst.afw.geom import SkyWcs, makeCdMatrix, makeSkyWcs
from lsst.afw.table import (
    CoordKey,
    CovarianceMatrix2fKey,
    Point2DKey,
    SimpleCatalog,
    SimpleTable,
    SourceCatalog,
    SourceTable,
    convertCentroid,
    updateRefCentroids,
    updateSourceCoords,
)
from lsst.geom import Point2D, SpherePoint, arcseconds, degrees
from lsst.pex.exceptions import LogicError, NotFoundError

# Derivatives of the WCS are differences here, and finer differences in the stack.
RTOL = 1e-8
RTOL_FLOAT32 = 3e-7


@pytest.fixture(scope="module")
def wcs() -> SkyWcs:
    return makeSkyWcs(
        Point2D(100, 200), SpherePoint(30, -45, degrees), makeCdMatrix(0.2 * arcseconds, 30 * degrees)
    )


@pytest.mark.parametrize(
    ("covariance", "expected"),
    [
        (0.0, (2.503822732385951e-05, 1.83737133066172e-05, -2.505953946347733e-10)),
        (0.05, (2.2209501342280933e-05, 2.1708160171154758e-05, -3.277472577060457e-10)),
    ],
)
def test_centroid_and_its_errors(wcs: SkyWcs, covariance: float, expected: tuple[float, ...]) -> None:
    position, errors = convertCentroid(wcs, 150.0, 220.0, 0.5, 0.25, covariance)
    np.testing.assert_allclose(position, (29.99738371247559, -44.997648830797), rtol=1e-13)
    np.testing.assert_allclose(errors, expected, rtol=RTOL)
    assert np.isnan(convertCentroid(wcs, np.nan, 220.0, 0.5, 0.25)[1]).all()


def test_errors_at_high_declination() -> None:
    """Errors of 0.2 arcsec in all directions stay that in the tangent plane."""
    polar = makeSkyWcs(Point2D(0, 0), SpherePoint(0, 85, degrees), makeCdMatrix(0.2 * arcseconds))
    _, (ra, dec, covariance) = convertCentroid(polar, 0.0, 0.0, 1.0, 1.0)
    np.testing.assert_allclose([ra, dec], 0.2 / 3600, rtol=1e-6)
    assert abs(covariance) < 1e-6 * ra * dec


def _sources(with_errors: bool = True, with_covariance: bool = True) -> SourceCatalog:
    """Return one source with a centroid."""
    schema = SourceTable.makeMinimalSchema()
    Point2DKey.addFields(schema, "c", "a centroid", "pixel")
    CoordKey.addErrorFields(schema)
    if with_errors:
        CovarianceMatrix2fKey.addFields(schema, "c", ["x", "y"], "pixel", not with_covariance)
    catalog = SourceCatalog(schema)
    catalog.table.defineCentroid("c")
    record = catalog.addNew()
    values = {"c_x": 150.0, "c_y": 220.0, "c_xErr": 0.5, "c_yErr": 0.25, "c_x_y_Cov": 0.05}
    for name, value in values.items():
        if name in schema:
            record[name] = value
    return catalog


UPDATES: list[Callable[[SkyWcs, SourceCatalog], Any]] = [
    lambda wcs, catalog: catalog[0].updateCoord(wcs),
    lambda wcs, catalog: catalog[0].updateCoord(wcs, Point2DKey(catalog.schema["c"])),
    lambda wcs, catalog: updateSourceCoords(wcs, catalog),
    lambda wcs, catalog: updateSourceCoords(wcs=wcs, sourceList=list(catalog)),
]


@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize(
    ("with_covariance", "expected"),
    [
        (True, (3.8762891563237645e-07, 3.7887889448029455e-07, -9.983752377335647e-14)),
        (False, (4.3699949969777663e-07, 3.206817780210258e-07, -7.633571373752077e-14)),
    ],
)
def test_sky_positions_of_sources(
    wcs: SkyWcs,
    update: Callable[[SkyWcs, SourceCatalog], Any],
    with_covariance: bool,
    expected: tuple[float, ...],
) -> None:
    catalog = _sources(with_covariance=with_covariance)
    update(wcs, catalog)
    (record,) = catalog
    position = [record.getRa().asRadians(), record.getDec().asRadians()]
    np.testing.assert_allclose(position, (0.523553112766819, -0.7853571277535845), rtol=1e-14)
    errors = [record[f"coord_{name}"] for name in ("raErr", "decErr", "ra_dec_Cov")]
    np.testing.assert_allclose(errors, expected, rtol=RTOL_FLOAT32)


def test_sky_positions_without_errors(wcs: SkyWcs) -> None:
    catalog = _sources()
    catalog[0].updateCoord(wcs, include_covariance=False)
    assert catalog[0].getRa().asRadians() == pytest.approx(0.523553112766819, rel=1e-14)
    assert np.isnan(catalog[0]["coord_raErr"])
    without = _sources(with_errors=False)
    without[0].updateCoord(wcs)
    assert (without[0]["coord_raErr"], without[0]["coord_ra_dec_Cov"]) == (0.0, 0.0)
    with pytest.raises(NotFoundError, match="slot_Centroid_xErr"):
        updateSourceCoords(wcs, without)
    no_slot = SourceCatalog(SourceTable.makeMinimalSchema())
    record = no_slot.addNew()
    with pytest.raises(LogicError):
        record.updateCoord(wcs)
    with pytest.raises(NotFoundError):
        updateSourceCoords(wcs, no_slot)
    updateSourceCoords(wcs, no_slot[:0])


def test_pixel_positions_of_reference_stars(wcs: SkyWcs) -> None:
    schema = SimpleTable.makeMinimalSchema()
    Point2DKey.addFields(schema, "centroid", "a centroid", "pixel")
    with pytest.raises(NotFoundError, match="hasCentroid"):
        (lacking := SimpleCatalog(schema)).addNew()
        updateRefCentroids(wcs, lacking)
    schema.addField("hasCentroid", type="Flag")
    catalog = SimpleCatalog(schema)
    catalog.addNew().setCoord(SpherePoint(30.001, -45.002, degrees))
    for stars in (catalog, list(catalog)):
        catalog[0]["centroid_x"], catalog[0]["hasCentroid"] = 0.0, False
        updateRefCentroids(wcs, stars)
        found = [catalog[0][f"centroid_{axis}"] for axis in "xy"]
        np.testing.assert_allclose(found, (70.97764164449082, 175.1867563202448), rtol=1e-10)
        assert catalog[0]["hasCentroid"]
    updateRefCentroids(wcs=wcs, refList=[])


def test_many_sources_are_updated_as_each_of_them(wcs: SkyWcs) -> None:
    together, alone = _sources(), _sources()
    for catalog in (together, alone):
        for x, y in ((math.nan, 220.0), (10.0, math.inf), (3000.0, -20.0)):
            catalog.append(catalog.copyRecord(catalog[0]))
            catalog[-1]["c_x"], catalog[-1]["c_y"] = x, y
    updateSourceCoords(wcs, together)
    for record in alone:
        record.updateCoord(wcs)
    for name in ("coord_ra", "coord_dec", "coord_raErr", "coord_decErr", "coord_ra_dec_Cov"):
        np.testing.assert_array_equal(together[name], alone[name])
    assert np.isnan(together["coord_raErr"]).tolist() == [False, True, True, False]
