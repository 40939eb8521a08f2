"""Tracts, and catalogs of detectors at given positions, for the choice of the best region."""

from __future__ import annotations

__all__ = ["INPUTS", "Tract", "make_box", "make_catalog"]

from dataclasses import dataclass
from typing import Any

from lsst.afw.geom import makeCdMatrix, makeSkyWcs
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.geom import Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees

INPUTS = {"row_bbox": [0, 0, 400, 300], "crpix": [200, 150], "dec_deg": 2.0, "scale": 0.2}
"""Box and WCS of the detectors of a catalog, as a case of the real stack has them."""


@dataclass(frozen=True)
class Tract:
    """The two attributes of a tract that the choice depends on."""

    tract_id: int
    ctr_coord: SpherePoint


def make_box(corner_and_size: list[int]) -> Box2I:
    """Return a box from its corner and its size."""
    x, y, width, height = corner_and_size
    return Box2I(Point2I(x, y), Extent2I(width, height))


def make_catalog(rows: list[tuple[int, float | None]], inputs: dict[str, Any]) -> ExposureCatalog:
    """Return a catalog of detectors at given right ascensions (degrees)."""
    catalog = ExposureCatalog(ExposureTable.makeMinimalSchema())
    for detector, ra in rows:
        record = catalog.addNew()
        record.setId(detector)
        record.setBBox(make_box(inputs["row_bbox"]))
        if ra is not None:
            record.setWcs(
                makeSkyWcs(
                    crpix=Point2D(*inputs["crpix"]),
                    crval=SpherePoint(ra, inputs["dec_deg"], degrees),
                    cdMatrix=makeCdMatrix(scale=inputs["scale"] * arcseconds),
                )
            )
    return catalog
