"""Outlines of detectors on the sky as it is seen, or in the focal plane of a camera."""

from __future__ import annotations

__all__ = ["Outlines", "find_center", "make_camera_outlines", "make_sky_outlines", "project", "read_corners"]

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsst.afw.cameraGeom import FOCAL_PLANE

from ..errors import list_items
from ..row_statistics import RowStatistics

if TYPE_CHECKING:
    from lsst.afw.cameraGeom import Camera
    from lsst.afw.table import ExposureCatalog


@dataclass(frozen=True, eq=False)
class Outlines:
    """Outlines of the detectors of a visit."""

    vertices: Mapping[int, np.ndarray]
    """Corners in their order around each detector, shape (4, 2), dtype float64,
    by the id of the detector (`~collections.abc.Mapping`
    [`int`, `numpy.ndarray`])."""

    x_label: str
    """Name of the first coordinate, with its unit (`str`)."""

    y_label: str
    """Name of the second coordinate, with its unit (`str`)."""

    is_sky: bool
    """Whether the first coordinate grows to the left, as on the sky (`bool`)."""


def make_sky_outlines(before: ExposureCatalog, after: ExposureCatalog) -> Outlines:
    """Make outlines on the tangent plane at the center of a visit.

    Parameters
    ----------
    before, after : `lsst.afw.table.ExposureCatalog`
        Summaries of one visit. The corners come from ``after``, or from
        ``before`` for detectors that have lost their WCS; detectors without
        corners in both have no outline.

    Returns
    -------
    outlines : `Outlines`
        Outlines in degrees toward East and North.

    Raises
    ------
    ValueError
        Raised if no detector has corners.
    """
    corners = read_corners(before) | read_corners(after)
    if not corners:
        raise ValueError(
            "No detector has finite sky positions of its corners (columns raCorners and decCorners); give "
            "summaries with a WCS, or a camera."
        )
    center = find_center(corners.values())
    vertices = {
        record.getId(): project(corners[record.getId()], center)
        for record in after
        if record.getId() in corners
    }
    return Outlines(vertices, "East offset [deg]", "North offset [deg]", is_sky=True)


def make_camera_outlines(camera: Camera, catalog: ExposureCatalog) -> Outlines:
    """Make outlines in the focal plane of a camera.

    Parameters
    ----------
    camera : `lsst.afw.cameraGeom.Camera`
        The camera.
    catalog : `lsst.afw.table.ExposureCatalog`
        Summary whose detectors are wanted.

    Returns
    -------
    outlines : `Outlines`
        Outlines in millimeters.

    Raises
    ------
    ValueError
        Raised if the camera lacks a detector of the catalog.
    """
    known = {detector.getId() for detector in camera}
    wanted = [record.getId() for record in catalog]
    if unknown := [detector for detector in wanted if detector not in known]:
        raise ValueError(
            f"The camera {camera.getName()} has no detectors {list_items(unknown)}; give the camera of the "
            "visit."
        )
    vertices = {
        detector: np.array([(c.getX(), c.getY()) for c in camera[detector].getCorners(FOCAL_PLANE)])
        for detector in wanted
    }
    return Outlines(vertices, "focal plane x [mm]", "focal plane y [mm]", is_sky=False)


def read_corners(catalog: ExposureCatalog) -> dict[int, np.ndarray]:
    """Read the sky positions of the corners of detectors.

    Parameters
    ----------
    catalog : `lsst.afw.table.ExposureCatalog`
        Summary of a visit.

    Returns
    -------
    corners : `dict` [`int`, `numpy.ndarray`]
        Right ascensions and declinations in degrees, shape (4, 2), dtype
        float64, by detector; only of detectors for which all are finite.
    """
    reader, corners = RowStatistics(catalog.schema), {}
    for record in catalog:
        statistics = reader.read(record)
        positions = np.array([statistics.raCorners, statistics.decCorners], dtype=float).T
        if np.all(np.isfinite(positions)):
            corners[record.getId()] = positions
    return corners


def find_center(corners: Iterable[np.ndarray]) -> np.ndarray:
    """Find the center of a visit.

    Parameters
    ----------
    corners : `~collections.abc.Iterable` [`numpy.ndarray`]
        Sky positions in degrees, arrays of shape (N, 2).

    Returns
    -------
    center : `numpy.ndarray`
        Right ascension and declination in degrees of the sum of all unit
        vectors, which has no need of a convention at 360 degrees or at a pole;
        shape (2,).
    """
    x, y, z = _unit_vectors(np.concatenate(list(corners))).sum(axis=0)
    return np.degrees([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))])


def project(positions: np.ndarray, center: np.ndarray) -> np.ndarray:
    """Project sky positions onto the plane that touches the sphere at a center.

    Parameters
    ----------
    positions : `numpy.ndarray`
        Right ascensions and declinations in degrees, shape (N, 2).
    center : `numpy.ndarray`
        Those of the center, shape (2,).

    Returns
    -------
    offsets : `numpy.ndarray`
        Offsets toward East and North in degrees, shape (N, 2), dtype float64;
        NaN for positions that are 90 degrees from the center or farther.

    Notes
    -----
    This is the gnomonic projection (TAN) of Calabretta & Greisen 2002, A&A 395,
    1077, section 5.1.3, as the ratio of products with the unit vectors
    toward East, toward North and to the center, which are exact everywhere.
    """
    ra, dec = np.radians(center)
    east = np.array([-np.sin(ra), np.cos(ra), 0.0])
    north = np.array([-np.sin(dec) * np.cos(ra), -np.sin(dec) * np.sin(ra), np.cos(dec)])
    vectors = _unit_vectors(positions)
    depth = vectors @ _unit_vectors(center[np.newaxis])[0]
    depth = np.where(depth > 0.0, depth, np.nan)
    return np.degrees(np.stack([vectors @ east / depth, vectors @ north / depth], axis=-1))


def _unit_vectors(positions: np.ndarray) -> np.ndarray:
    """Return unit vectors, shape (N, 3), of sky positions in degrees."""
    ra, dec = np.radians(positions).T
    return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)
