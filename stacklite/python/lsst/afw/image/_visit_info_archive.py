"""VisitInfo as a row of an archive, versions 0 to 5."""

from __future__ import annotations

__all__ = ["values_from_tables", "visit_info_table"]

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.coord import Observatory, Weather
from lsst.daf.base import DateTime
from lsst.geom import SpherePoint
from lsst_stacklite.archives import make_table

from ._rot_type import RotType

if TYPE_CHECKING:
    from lsst_stacklite.archives import StoredTable

    from ._visit_info import VisitInfo

_VERSION = 5
_INVALID_DATE = -(2**63)

# Column name, type, documentation, unit.
_FIELDS: list[tuple[Any, ...]] = [
    ("exposuretime", "D", "exposure time", "second"),
    ("darktime", "D", "time of dark current accumulation", "second"),
    ("tai", "L", "TAI of the middle of the exposure since 1970-01-01T00:00:00 TAI", "nsec"),
    ("ut1", "D", "UT1 of the middle of the exposure", "MJD"),
    ("era", "Angle", "Earth rotation angle at the middle of the exposure", "rad"),
    ("boresightradec_ra", "Angle", "right ascension of the boresight, ICRS", "rad"),
    ("boresightradec_dec", "Angle", "declination of the boresight, ICRS", "rad"),
    ("boresightazalt_az", "Angle", "azimuth of the boresight, refracted apparent topocentric", "rad"),
    ("boresightazalt_alt", "Angle", "altitude of the boresight, refracted apparent topocentric", "rad"),
    ("boresightairmass", "D", "airmass of the boresight", ""),
    ("boresightrotangle", "Angle", "rotation angle of the camera", "rad"),
    ("rottype", "I", "meaning of the rotation angle", "MJD"),
    ("latitude", "Angle", "latitude of the telescope", "rad"),
    ("longitude", "Angle", "longitude of the telescope, east positive", "rad"),
    ("elevation", "D", "elevation of the telescope", "meter"),
    ("airtemperature", "D", "air temperature", "C"),
    ("airpressure", "D", "air pressure", "Pascal"),
    ("humidity", "D", "relative humidity", "percent"),
    ("instrumentlabel", "String", "name of the instrument", "", 0),
    ("version", "I", "version of this layout", ""),
    ("idnum", "L", "visit id", ""),
    ("focusz", "D", "defocal distance", "mm"),
    ("observationType", "String", "type of observation", "", 0),
    ("scienceProgram", "String", "science program", "", 0),
    ("observationReason", "String", "reason of the observation", "", 0),
    ("object", "String", "name of the object", "", 0),
    ("hasSimulatedContent", "Flag", "whether any part was simulated", ""),
]


def visit_info_table(info: VisitInfo) -> StoredTable:
    """Return the one-row table of a VisitInfo, newest version."""
    site, air = info.observatory, info.weather
    row = [
        *(info.exposureTime, info.darkTime),
        info.date.nsecs(DateTime.TAI) if info.date.isValid() else _INVALID_DATE,
        *(info.ut1, info.era),
        *(info.boresightRaDec[0], info.boresightRaDec[1]),
        *(info.boresightAzAlt[0], info.boresightAzAlt[1]),
        *(info.boresightAirmass, info.boresightRotAngle, int(info.rotType)),
        *(site.getLatitude(), site.getLongitude(), site.getElevation()),
        *(air.getAirTemperature(), air.getAirPressure(), air.getHumidity()),
        *(info.instrumentLabel, _VERSION, info.id, info.focusZ),
        *(info.observationType, info.scienceProgram, info.observationReason, info.object),
        info.hasSimulatedContent,
    ]
    return make_table(_FIELDS, [row])


def values_from_tables(tables: Sequence[StoredTable]) -> dict[str, Any]:
    """Return the arguments of `VisitInfo` that its table gives, as far as its version has them.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the version is newer than the newest that is known.
    """
    record = tables[0][0]
    names = set(tables[0].schema.getNames())
    version = int(record["version"]) if "version" in names else 0
    if version > _VERSION:
        # Tests of the stack look for these words.
        raise pex_exceptions.TypeError(
            f"Cannot read VisitInfo FITS version > {_VERSION}, found version {version}."
        )
    optional = {
        "instrumentLabel": "instrumentlabel",
        "id": "idnum" if "idnum" in names else "id",
        "focusZ": "focusz",
        "observationType": "observationType",
        "scienceProgram": "scienceProgram",
        "observationReason": "observationReason",
        "object": "object",
        "hasSimulatedContent": "hasSimulatedContent",
    }
    values = {key: record[name] for key, name in optional.items() if name in names}
    return _required_values(record) | values


def _required_values(record: Any) -> dict[str, Any]:
    """Return the properties that every version has."""
    tai = int(record["tai"])
    return {
        "exposureTime": float(record["exposuretime"]),
        "darkTime": float(record["darktime"]),
        "date": DateTime() if tai == _INVALID_DATE else DateTime(tai, DateTime.TAI),
        "ut1": float(record["ut1"]),
        "era": record["era"],
        "boresightRaDec": SpherePoint(record["boresightradec_ra"], record["boresightradec_dec"]),
        "boresightAzAlt": SpherePoint(record["boresightazalt_az"], record["boresightazalt_alt"]),
        "boresightAirmass": float(record["boresightairmass"]),
        "boresightRotAngle": record["boresightrotangle"],
        "rotType": RotType(int(record["rottype"])),
        "observatory": Observatory(record["longitude"], record["latitude"], float(record["elevation"])),
        "weather": Weather(
            float(record["airtemperature"]), float(record["airpressure"]), float(record["humidity"])
        ),
    }
