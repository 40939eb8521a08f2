"""Position of a visit on the sky."""

from __future__ import annotations

__all__ = ["VisitGeometry"]

import pydantic

from lsst.daf.butler.pydantic_utils import SerializableRegion


class VisitGeometry(pydantic.BaseModel):
    """Pointing and regions of a visit, as fitted to the WCSs of its detectors.

    Raises
    ------
    pydantic.ValidationError
        Raised if an angle is not finite (JSON has no such numbers: the file could
        not be read), or if text is not the encoding of a region; on construction
        and on assignment.

    Notes
    -----
    ``model_dump_json`` and ``model_validate_json``, which a butler calls, write and
    read the JSON of the stack: regions are the hexadecimal of their
    `lsst.sphgeom` encoding.
    """

    model_config = pydantic.ConfigDict(validate_assignment=True)

    boresight_ra: pydantic.FiniteFloat
    """Right ascension of the boresight, ICRS, degrees."""

    boresight_dec: pydantic.FiniteFloat
    """Declination of the boresight, ICRS, degrees."""

    orientation: pydantic.FiniteFloat
    """Position angle of the +y axis of the field, from north towards east, degrees."""

    visit_region: SerializableRegion
    """Region that holds all detectors."""

    detector_regions: dict[int, SerializableRegion]
    """Region of each detector of the camera, by detector id."""
