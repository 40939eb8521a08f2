"""WCSs from the pointing of the telescope and the geometry of the camera, boxes of headers, long tables."""

from __future__ import annotations

__all__ = [
    "InitialSkyWcsError",
    "TableVStack",
    "add_provenance_to_fits_header",
    "bboxFromIraf",
    "createInitialSkyWcs",
    "createInitialSkyWcsFromBoresight",
    "iso_date_to_curated_calib_file_root",
    "strip_provenance_from_fits_header",
]

import re
from typing import TYPE_CHECKING

from lsst.afw.cameraGeom import FIELD_ANGLE, PIXELS
from lsst.afw.geom import makeSkyWcs
from lsst.afw.image import RotType
from lsst.geom import Box2I, Point2I

from ._provenance import (
    _store_str_header,  # noqa: F401 (the stack has it here, and its tests take it from here)
    add_provenance_to_fits_header,
    iso_date_to_curated_calib_file_root,
    strip_provenance_from_fits_header,
)
from ._table_stack import TableVStack

if TYPE_CHECKING:
    from lsst.afw.cameraGeom import Detector
    from lsst.afw.geom import SkyWcs
    from lsst.afw.image import VisitInfo
    from lsst.geom import Angle, SpherePoint


class InitialSkyWcsError(Exception):
    """Raised if pointing and camera geometry do not define a WCS."""


def createInitialSkyWcs(visitInfo: VisitInfo, detector: Detector, flipX: bool | None = None) -> SkyWcs:
    """Make the WCS of a detector from the recorded pointing.

    Parameters
    ----------
    visitInfo : `lsst.afw.image.VisitInfo`
        Holds boresight and rotation angle; the angle must be relative to the sky.
    detector : `lsst.afw.cameraGeom.Detector`
        Detector of the camera.
    flipX : `bool`, optional
        See `createInitialSkyWcsFromBoresight`.

    Returns
    -------
    wcs : `lsst.afw.geom.SkyWcs`
        TAN projection of the field angles.

    Raises
    ------
    InitialSkyWcsError
        Raised if the rotation angle is not relative to the sky, and as by
        `createInitialSkyWcsFromBoresight`.
    """
    rotation_type = visitInfo.getRotType()
    if rotation_type != RotType.SKY:
        raise InitialSkyWcsError(
            f"the rotation angle of the boresight is of type {rotation_type.name}; only SKY defines a WCS."
        )
    return createInitialSkyWcsFromBoresight(
        visitInfo.getBoresightRaDec(), visitInfo.getBoresightRotAngle(), detector, flipX
    )


def createInitialSkyWcsFromBoresight(
    boresight: SpherePoint, orientation: Angle, detector: Detector, flipX: bool | None = None
) -> SkyWcs:
    """Make the WCS of a detector from a pointing.

    Parameters
    ----------
    boresight : `lsst.geom.SpherePoint`
        ICRS position of field angle 0.
    orientation : `lsst.geom.Angle`
        Position angle of the +y axis of the field, from north towards east.
    detector : `lsst.afw.cameraGeom.Detector`
        Detector of the camera.
    flipX : `bool`, optional
        Whether the field is mirrored on the sky. By default it is if the camera's
        focal-plane parity says so. With that parity the field angles are mirrored
        themselves, otherwise `True` mirrors them here.

    Returns
    -------
    wcs : `lsst.afw.geom.SkyWcs`
        TAN projection of the field angles.

    Raises
    ------
    InitialSkyWcsError
        Raised if the detector does not know field angles, or ``flipX`` is `False`
        for a camera that is mirrored.
    """
    if not detector.hasTransform(FIELD_ANGLE):
        raise InitialSkyWcsError(
            f"detector {detector.getName()!r} ({detector.getId()}) has no transform to FIELD_ANGLE."
        )
    parity = detector.getTransformMap().getFocalPlaneParity()
    if parity and flipX is False:
        raise InitialSkyWcsError(
            f"flipX=False contradicts the focal-plane parity of detector {detector.getName()!r} "
            f"({detector.getId()}); leave flipX to the camera."
        )
    return makeSkyWcs(
        pixelsToFieldAngle=detector.getTransform(PIXELS, FIELD_ANGLE),
        orientation=orientation,
        flipX=bool(flipX) and not parity,
        boresight=boresight,
    )


_IRAF_BOX = re.compile(r"\[(-?\d+):(-?\d+),(-?\d+):(-?\d+)\]")


def bboxFromIraf(irafBBoxStr: str) -> Box2I:
    """Return the box that a header gives as ``[x0:x1,y0:y1]``.

    Parameters
    ----------
    irafBBoxStr : `str`
        First and last columns and rows, in either order, counted from 1.

    Raises
    ------
    RuntimeError
        Raised if the text has another form.
    """
    match = _IRAF_BOX.match(irafBBoxStr)
    if match is None:
        raise RuntimeError(f"{irafBBoxStr!r} is no box; it should look like [1:10,1:20].")
    x0, x1, y0, y1 = map(int, match.groups())
    return Box2I(Point2I(min(x0, x1) - 1, min(y0, y1) - 1), Point2I(max(x0, x1) - 1, max(y0, y1) - 1))
