"""VisitInfo as cards of the primary header of an exposure."""

from __future__ import annotations

__all__ = ["setVisitInfoMetadata", "stripVisitInfoKeywords", "values_from_metadata"]

import math
import re
from typing import TYPE_CHECKING, Any

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.coord import Observatory, Weather
from lsst.daf.base import DateTime, PropertySet
from lsst.geom import Angle, SpherePoint, degrees

from ._rot_type import RotType

if TYPE_CHECKING:
    from ._visit_info import VisitInfo

_ANGLES = {"AVG-ERA": "era", "BORE-ROTANG": "boresightRotAngle"}
_NUMBERS = {
    "EXPTIME": "exposureTime",
    "DARKTIME": "darkTime",
    "MJD-AVG-UT1": "ut1",
    "BORE-AIRMASS": "boresightAirmass",
    "FOCUSZ": "focusZ",
}
_STRINGS = {
    "INSTRUMENT": "instrumentLabel",
    "OBSTYPE": "observationType",
    "PROGRAM": "scienceProgram",
    "REASON": "observationReason",
    "OBJECT": "object",
}
_POSITIONS = ("BORE-RA", "BORE-DEC", "BORE-AZ", "BORE-ALT")
_SITE = ("OBS-LONG", "OBS-LAT", "OBS-ELEV")
_WEATHER = ("AIRTEMP", "AIRPRESS", "HUMIDITY")
_OTHERS = ("DATE-AVG", "TIMESYS", "TIME-MID", "ROTTYPE", "IDNUM", "HAS-SIMULATED-CONTENT")

_COMMENTS = {
    "EXPTIME": "exposure time (s)",
    "DARKTIME": "time of dark current accumulation (s)",
    "DATE-AVG": "middle of the exposure",
    "TIMESYS": "time scale of the date",
    "MJD-AVG-UT1": "UT1 of the middle of the exposure (MJD)",
    "AVG-ERA": "Earth rotation angle (deg)",
    "BORE-RA": "right ascension of the boresight, ICRS (deg)",
    "BORE-DEC": "declination of the boresight, ICRS (deg)",
    "BORE-AZ": "azimuth of the boresight (deg)",
    "BORE-ALT": "altitude of the boresight (deg)",
    "BORE-AIRMASS": "airmass of the boresight",
    "BORE-ROTANG": "rotation angle of the camera (deg)",
    "ROTTYPE": "meaning of the rotation angle",
    "OBS-LONG": "longitude of the telescope, east positive (deg)",
    "OBS-LAT": "latitude of the telescope (deg)",
    "OBS-ELEV": "elevation of the telescope (m)",
    "AIRTEMP": "air temperature (C)",
    "AIRPRESS": "air pressure (Pa)",
    "HUMIDITY": "relative humidity (%)",
    "INSTRUMENT": "instrument",
    "IDNUM": "visit id",
    "FOCUSZ": "defocal distance (mm)",
}
_LEADING_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)")
# In the order in which the stack writes them.
_ORDER = (*_COMMENTS, "OBSTYPE", "PROGRAM", "REASON", "OBJECT", "HAS-SIMULATED-CONTENT")


def _number(metadata: PropertySet, key: str) -> float:
    """Return a number, that at the beginning of a text, too; NaN if there is none."""
    value = metadata.getScalar(key) if metadata.exists(key) else None
    if isinstance(value, str):
        found = _LEADING_NUMBER.match(value)
        return math.nan if found is None else float(found[1])
    return float(value) if isinstance(value, int | float) else math.nan


def _angle(metadata: PropertySet, key: str) -> Angle:
    """Return an angle in degrees; NaN if it is missing or, unlike a number, a text."""
    value = metadata.getScalar(key) if metadata.exists(key) else None
    return (float(value) if isinstance(value, int | float) else math.nan) * degrees


def _text(metadata: PropertySet, key: str) -> str:
    """Return a text; an empty one if it is missing or undefined."""
    value = metadata.getScalar(key) if metadata.exists(key) else None
    if value is not None and not isinstance(value, str):
        raise pex_exceptions.TypeError(f"{key} is {value!r}, not a text.")
    return value or ""


def _id(metadata: PropertySet) -> int:
    value = metadata.getScalar("IDNUM") if metadata.exists("IDNUM") else None
    if value is not None and not isinstance(value, int):
        raise pex_exceptions.TypeError(f"IDNUM is {value!r}, not an integer.")
    return int(value or 0)


def _truth(metadata: PropertySet, key: str) -> bool:
    value = metadata.getScalar(key) if metadata.exists(key) else None
    if value is not None and not isinstance(value, bool):
        raise pex_exceptions.TypeError(f"{key} is {value!r}, not T or F.")
    return bool(value)


def _date(metadata: PropertySet) -> DateTime:
    if date := _text(metadata, "DATE-AVG"):
        scale = _text(metadata, "TIMESYS")
        if scale.strip() != "TAI":
            raise pex_exceptions.RuntimeError(f"DATE-AVG has TIMESYS {scale!r}; only TAI is defined.")
        return DateTime(date, DateTime.TAI)
    if date := _text(metadata, "TIME-MID"):
        # A historic comment calls it TAI; it was always written as UTC.
        return DateTime(date, DateTime.UTC)
    return DateTime()


def _rot_type(metadata: PropertySet) -> RotType:
    if not metadata.exists("ROTTYPE") or metadata.getScalar("ROTTYPE") is None:
        return RotType.UNKNOWN
    name = _text(metadata, "ROTTYPE")
    try:
        return RotType.__members__[name]
    except KeyError:
        raise pex_exceptions.RuntimeError(
            f"ROTTYPE {name!r} is not one of {', '.join(RotType.__members__)}."
        ) from None


def values_from_metadata(metadata: PropertySet) -> dict[str, Any]:
    """Return the arguments of `VisitInfo` that header cards give.

    Parameters
    ----------
    metadata : `~lsst.daf.base.PropertySet`
        Cards; angles in degrees. Missing ones mean unknown.

    Raises
    ------
    lsst.pex.exceptions.RuntimeError
        Raised if the date is not TAI, or the rotator type is unknown.
    lsst.pex.exceptions.TypeError
        Raised if a text, a truth value or the number of the visit has another
        type; numbers that are none are unknown.
    """
    ra, dec, azimuth, altitude = (_angle(metadata, key) for key in _POSITIONS)
    longitude, latitude = _angle(metadata, "OBS-LONG"), _angle(metadata, "OBS-LAT")
    return {
        **{name: _number(metadata, key) for key, name in _NUMBERS.items()},
        **{name: _angle(metadata, key) for key, name in _ANGLES.items()},
        **{name: _text(metadata, key) for key, name in _STRINGS.items()},
        "date": _date(metadata),
        "boresightRaDec": SpherePoint(ra, dec),
        "boresightAzAlt": SpherePoint(azimuth, altitude),
        "rotType": _rot_type(metadata),
        "observatory": Observatory(longitude, latitude, _number(metadata, "OBS-ELEV")),
        "weather": Weather(*(_number(metadata, key) for key in _WEATHER)),
        "id": _id(metadata),
        "hasSimulatedContent": _truth(metadata, "HAS-SIMULATED-CONTENT"),
    }


def _cards(info: VisitInfo) -> dict[str, Any]:
    site, air = info.observatory, info.weather
    positions = (*info.boresightRaDec.getPosition(degrees), *info.boresightAzAlt.getPosition(degrees))
    conditions = (air.getAirTemperature(), air.getAirPressure(), air.getHumidity())
    place = (site.getLongitude().asDegrees(), site.getLatitude().asDegrees(), site.getElevation())
    return {
        **{key: getattr(info, name) for key, name in _NUMBERS.items()},
        **{key: getattr(info, name).asDegrees() for key, name in _ANGLES.items()},
        **dict(zip(_POSITIONS, positions, strict=True)),
        **dict(zip(_SITE, place, strict=True)),
        **dict(zip(_WEATHER, conditions, strict=True)),
        **{key: getattr(info, name) for key, name in _STRINGS.items()},
    }


def setVisitInfoMetadata(metadata: PropertySet, visitInfo: VisitInfo) -> None:
    """Add a VisitInfo to header cards; unknown properties are left out.

    Parameters
    ----------
    metadata : `~lsst.daf.base.PropertySet`
        Cards, changed in place.
    visitInfo : `VisitInfo`
        Properties to write; angles become degrees.
    """
    known = {
        key: value
        for key, value in _cards(visitInfo).items()
        if value != "" and not (isinstance(value, float) and math.isnan(value))
    }
    if visitInfo.date.isValid():
        known |= {"DATE-AVG": visitInfo.date.toString(DateTime.TAI), "TIMESYS": "TAI"}
    if visitInfo.id:
        known["IDNUM"] = visitInfo.id
    known |= {"ROTTYPE": visitInfo.rotType.name, "HAS-SIMULATED-CONTENT": visitInfo.hasSimulatedContent}
    for key in sorted(known, key=_ORDER.index):
        metadata.set(key, known[key], *([_COMMENTS[key]] if key in _COMMENTS else []))


def stripVisitInfoKeywords(metadata: PropertySet) -> set[str]:
    """Remove the cards of a VisitInfo; return the keywords that were there."""
    keys = (*_NUMBERS, *_ANGLES, *_STRINGS, *_POSITIONS, *_SITE, *_WEATHER, *_OTHERS)
    found = {key for key in keys if metadata.exists(key)}
    for key in found:
        metadata.remove(key)
    return found
