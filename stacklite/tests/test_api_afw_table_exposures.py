"""Catalogs of exposures: boxes, and which of them contain a position; what no other test calls."""

from __future__ import annotations

from typing import Any

import pytest

from lsst.afw.geom import Polygon
from lsst.afw.table import Box2IKey, ExposureCatalog, ExposureTable
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I
from lsst.pex.exceptions import LogicError
from stacklite_support.paths import REFERENCE_VISIT


def visit_summary() -> ExposureCatalog:
    return ExposureCatalog.readFits(REFERENCE_VISIT / "visitSummary.fits")


def with_wcs(catalog: ExposureCatalog) -> list[Any]:
    return [record for record in catalog if record.getWcs() is not None]


def test_exposures_that_contain_a_position() -> None:
    catalog = visit_summary()
    rows = with_wcs(catalog)
    assert len(rows) > 1
    for record in rows:
        box = Box2D(record.getBBox())
        center = record.getWcs().pixelToSky(box.getCenter())
        outside = record.getWcs().pixelToSky(box.getMax() + Extent2I(1, 0))
        assert record.contains(center) and record.contains(coord=center) and not record.contains(outside)
        # pixels of another exposure's frame
        other = next(r for r in rows if r != record).getWcs()
        assert record.contains(other.skyToPixel(center), other)
        assert not record.contains(point=other.skyToPixel(outside), wcs=other)


def test_valid_polygons_of_exposures() -> None:
    """The polygon counts on request only."""
    catalog = visit_summary()
    record = with_wcs(catalog)[0]
    box = Box2D(record.getBBox())
    half = Box2D(box.getMin(), Point2D(box.getCenterX(), box.getMaxY()))
    record.setValidPolygon(Polygon(half))
    assert record.validPolygon is record.getValidPolygon()
    for point, inside in ((half.getCenter(), True), (box.getMax() - Extent2I(5, 5), False)):
        coord = record.getWcs().pixelToSky(point)
        assert record.contains(coord)
        assert record.contains(coord, True) == inside == record.contains(coord, includeValidPolygon=True)
        assert record.contains(point, record.getWcs(), True) == inside
        alone = ExposureCatalog(catalog.table)
        alone.append(record)
        assert len(alone.subsetContaining(coord)) == len(alone.subset(startd=0, stopd=5, step=1)) == 1
        assert len(alone.subsetContaining(point=point, wcs=record.getWcs())) == 1
        assert len(alone.subsetContaining(coord, includeValidPolygon=True)) == int(inside)
    record.setValidPolygon(None)
    assert record.contains(coord, True)


def test_exposures_without_a_wcs() -> None:
    record = ExposureCatalog(ExposureTable.makeMinimalSchema()).addNew()
    record.setId(id=42)
    box = Box2I(Point2I(-3, 4), Extent2I(5, 6))
    record.setBBox(box)
    assert record.getBBox() == record[Box2IKey(record.schema["bbox"])] == box
    assert (record.getId(), record["bbox_max_x"]) == (record[ExposureTable.getIdKey()], 1) == (42, 1)
    with pytest.raises(LogicError, match="id 42 has no WCS"):
        record.contains(with_wcs(visit_summary())[0].getWcs().pixelToSky(Point2D(0, 0)))
