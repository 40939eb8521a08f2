"""Properties of a visit that were recorded when it was observed."""

from __future__ import annotations

__all__ = ["VisitInfo"]

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self, overload

from lsst.afw.coord import Observatory, Weather
from lsst.afw.typehandling import Storable
from lsst.daf.base import DateTime, PropertySet
from lsst.geom import Angle, SpherePoint, radians
from lsst_stacklite.archives import FitsReadable, persistable_reader

from ._rot_type import RotType
from ._visit_info_archive import values_from_tables, visit_info_table
from ._visit_info_header import values_from_metadata

if TYPE_CHECKING:
    from lsst.afw.table.io import OutputArchive
    from lsst_stacklite.archives import ArchiveReader, StoredTable

_UNKNOWN_ANGLE = math.nan * radians


def _unknown_angle() -> Angle:
    return _UNKNOWN_ANGLE


def _unknown_position() -> SpherePoint:
    return SpherePoint(_UNKNOWN_ANGLE, _UNKNOWN_ANGLE)


def _unknown_observatory() -> Observatory:
    return Observatory(_UNKNOWN_ANGLE, _UNKNOWN_ANGLE, math.nan)


def _unknown_weather() -> Weather:
    return Weather(math.nan, math.nan, math.nan)


@dataclasses.dataclass(frozen=True, eq=False, init=False)
class VisitInfo(FitsReadable, Storable):
    """Recorded properties of a visit. Immutable.

    ``VisitInfo(metadata)`` takes them from header cards, ``VisitInfo(visitInfo)``
    is a copy; properties that are not given are unknown: NaN, an invalid date, an
    empty string or 0.

    Parameters
    ----------
    exposureTime, darkTime : `float`
        Durations (s).
    date : `~lsst.daf.base.DateTime`
        Middle of the exposure.
    ut1 : `float`
        UT1 of the middle (MJD).
    era : `~lsst.geom.Angle`
        Earth rotation angle at the middle.
    boresightRaDec, boresightAzAlt : `~lsst.geom.SpherePoint`
        Boresight, ICRS; and azimuth (from north through east), altitude.
    boresightAirmass : `float`
        Airmass.
    boresightRotAngle : `~lsst.geom.Angle`
        Rotation of the camera, in the sense of ``rotType``.
    rotType : `RotType`
        Reference of the rotation angle.
    observatory : `~lsst.afw.coord.Observatory`
        Position of the telescope.
    weather : `~lsst.afw.coord.Weather`
        Air temperature, pressure, humidity.
    instrumentLabel : `str`
        Name of the instrument.
    id : `int`
        Visit or exposure id.
    focusZ : `float`
        Defocal distance (mm).
    observationType, scienceProgram, observationReason, object : `str`
        Labels.
    hasSimulatedContent : `bool`
        Whether any part was simulated.
    """

    exposureTime: float = math.nan
    darkTime: float = math.nan
    date: DateTime = dataclasses.field(default_factory=DateTime)
    ut1: float = math.nan
    era: Angle = dataclasses.field(default_factory=_unknown_angle)
    boresightRaDec: SpherePoint = dataclasses.field(default_factory=_unknown_position)
    boresightAzAlt: SpherePoint = dataclasses.field(default_factory=_unknown_position)
    boresightAirmass: float = math.nan
    boresightRotAngle: Angle = dataclasses.field(default_factory=_unknown_angle)
    rotType: RotType = RotType.UNKNOWN
    observatory: Observatory = dataclasses.field(default_factory=_unknown_observatory)
    weather: Weather = dataclasses.field(default_factory=_unknown_weather)
    instrumentLabel: str = ""
    id: int = 0
    focusZ: float = math.nan
    observationType: str = ""
    scienceProgram: str = ""
    observationReason: str = ""
    object: str = ""
    hasSimulatedContent: bool = False

    @overload
    def __init__(
        self,
        exposureTime: float = math.nan,
        darkTime: float = math.nan,
        date: DateTime = ...,
        ut1: float = math.nan,
        era: Angle = ...,
        boresightRaDec: SpherePoint = ...,
        boresightAzAlt: SpherePoint = ...,
        boresightAirmass: float = math.nan,
        boresightRotAngle: Angle = ...,
        rotType: RotType = RotType.UNKNOWN,
        observatory: Observatory = ...,
        weather: Weather = ...,
        instrumentLabel: str = "",
        id: int = 0,
        focusZ: float = math.nan,
        observationType: str = "",
        scienceProgram: str = "",
        observationReason: str = "",
        object: str = "",
        hasSimulatedContent: bool = False,
    ) -> None: ...

    @overload
    def __init__(self, metadata: PropertySet) -> None: ...

    @overload
    def __init__(self, visitInfo: VisitInfo) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = [*args, *(value for name, value in kwargs.items() if name in ("metadata", "visitInfo"))]
        if len(given) == 1 and isinstance(given[0], PropertySet):
            args, kwargs = (), values_from_metadata(given[0])
        elif len(given) == 1 and isinstance(given[0], VisitInfo):
            args, kwargs = (), dict(vars(given[0]))
        elif args and args[0] is None:
            raise TypeError("VisitInfo takes properties, metadata or a VisitInfo, not None.")
        for name, value in _bind(args, kwargs).items():
            # The class is frozen; attributes are set here only.
            vars(self)[name] = value

    def copyWith(
        self,
        exposureTime: float | None = None,
        darkTime: float | None = None,
        date: DateTime | None = None,
        ut1: float | None = None,
        era: Angle | None = None,
        boresightRaDec: SpherePoint | None = None,
        boresightAzAlt: SpherePoint | None = None,
        boresightAirmass: float | None = None,
        boresightRotAngle: Angle | None = None,
        rotType: RotType | None = None,
        observatory: Observatory | None = None,
        weather: Weather | None = None,
        instrumentLabel: str | None = None,
        id: int | None = None,
        focusZ: float | None = None,
        observationType: str | None = None,
        scienceProgram: str | None = None,
        observationReason: str | None = None,
        object: str | None = None,
        hasSimulatedContent: bool | None = None,
    ) -> Self:
        """Return a copy with some properties replaced."""
        given = {name: value for name, value in locals().items() if name != "self" and value is not None}
        return dataclasses.replace(self, **given)

    isPersistable = property(Storable._is_persistable, doc="Whether it can be stored.")

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, VisitInfo):
            return NotImplemented
        return self._comparable() == other._comparable()

    __hash__ = None

    def _comparable(self) -> tuple[Any, ...]:
        """Return plain values, unknown numbers as one common value."""
        site, air = self.observatory, self.weather
        numbers = [
            self.exposureTime,
            self.darkTime,
            self.ut1,
            self.era.asRadians(),
            *(angle.asRadians() for angle in (self.boresightRaDec[0], self.boresightRaDec[1])),
            *(angle.asRadians() for angle in (self.boresightAzAlt[0], self.boresightAzAlt[1])),
            self.boresightAirmass,
            self.boresightRotAngle.asRadians(),
            *(site.getLongitude().asRadians(), site.getLatitude().asRadians(), site.getElevation()),
            *(air.getAirTemperature(), air.getAirPressure(), air.getHumidity()),
            self.focusZ,
        ]
        return (
            *(None if math.isnan(number) else number for number in numbers),
            self.date.nsecs(DateTime.TAI) if self.date.isValid() else None,
            *(self.rotType, self.instrumentLabel, self.id, self.observationType, self.scienceProgram),
            *(self.observationReason, self.object, self.hasSimulatedContent),
        )

    def __str__(self) -> str:
        names = (field.name for field in dataclasses.fields(self))
        values = (f"{_SHOWN.get(name, name)}={_show(getattr(self, name))}" for name in names)
        return f"VisitInfo({', '.join(values)})"

    __repr__ = __str__

    # -- Derived

    @property
    def localEra(self) -> Angle:
        """Earth rotation angle plus the longitude of the observatory."""
        return self.era + self.observatory.getLongitude()

    @property
    def boresightHourAngle(self) -> Angle:
        """Local Earth rotation angle minus the right ascension."""
        return self.localEra - self.boresightRaDec[0]

    @property
    def boresightParAngle(self) -> Angle:
        """Parallactic angle of the boresight (agrees with the stack)."""
        hour_angle = self.boresightHourAngle.asRadians()
        latitude = self.observatory.getLatitude().asRadians()
        dec = self.boresightRaDec[1].asRadians()
        north = math.tan(latitude) * math.cos(dec) - math.sin(dec) * math.cos(hour_angle)
        return math.atan2(math.sin(hour_angle), north) * radians

    # -- The same by method

    def getExposureTime(self) -> float:
        """Return the exposure time (s)."""
        return self.exposureTime

    def getDarkTime(self) -> float:
        """Return the time of dark current accumulation (s)."""
        return self.darkTime

    def getDate(self) -> DateTime:
        """Return the middle of the exposure."""
        return self.date

    def getUt1(self) -> float:
        """Return UT1 of the middle (MJD)."""
        return self.ut1

    def getEra(self) -> Angle:
        """Return the Earth rotation angle."""
        return self.era

    def getLocalEra(self) -> Angle:
        """Return the Earth rotation angle plus the longitude."""
        return self.localEra

    def getBoresightRaDec(self) -> SpherePoint:
        """Return the boresight (ICRS)."""
        return self.boresightRaDec

    def getBoresightAzAlt(self) -> SpherePoint:
        """Return azimuth and altitude of the boresight."""
        return self.boresightAzAlt

    def getBoresightAirmass(self) -> float:
        """Return the airmass."""
        return self.boresightAirmass

    def getBoresightRotAngle(self) -> Angle:
        """Return the rotation angle."""
        return self.boresightRotAngle

    def getBoresightHourAngle(self) -> Angle:
        """Return the hour angle of the boresight."""
        return self.boresightHourAngle

    def getBoresightParAngle(self) -> Angle:
        """Return the parallactic angle of the boresight."""
        return self.boresightParAngle

    def getRotType(self) -> RotType:
        """Return the reference of the rotation angle."""
        return self.rotType

    def getObservatory(self) -> Observatory:
        """Return the site."""
        return self.observatory

    def getWeather(self) -> Weather:
        """Return the weather."""
        return self.weather

    def getInstrumentLabel(self) -> str:
        """Return the name of the instrument."""
        return self.instrumentLabel

    def getId(self) -> int:
        """Return the visit or exposure id."""
        return self.id

    def getFocusZ(self) -> float:
        """Return the defocal distance (mm)."""
        return self.focusZ

    def getObservationType(self) -> str:
        """Return the type of observation."""
        return self.observationType

    def getScienceProgram(self) -> str:
        """Return the science program."""
        return self.scienceProgram

    def getObservationReason(self) -> str:
        """Return the reason for the observation."""
        return self.observationReason

    def getObject(self) -> str:
        """Return the name of the object."""
        return self.object

    def getHasSimulatedContent(self) -> bool:
        """Return whether any part was simulated."""
        return self.hasSimulatedContent

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        return [visit_info_table(self)]


@persistable_reader("VisitInfo", of=VisitInfo, id_fields=())
def _read_visit_info(archive: ArchiveReader, tables: Sequence[StoredTable]) -> VisitInfo:
    return VisitInfo(**values_from_tables(tables))


_SHOWN = {"ut1": "UT1", "era": "ERA"}


def _show(value: Any) -> str:
    """Return a property as C++ prints it."""
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
        case str():
            return f"'{value}'"
        case Angle():
            return f"{value.asRadians():g} rad"
        case DateTime():
            return value.toString(DateTime.TAI) if value.isValid() else "<invalid>"
        case RotType():
            return str(value.value)
        case _:
            return str(value)


def _bind(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Complete the arguments of the constructor with defaults."""
    fields = dataclasses.fields(VisitInfo)
    given = dict(zip((field.name for field in fields), args, strict=False))
    wrong = (kwargs.keys() & given.keys()) | (kwargs.keys() - {field.name for field in fields})
    if wrong or len(args) > len(fields):
        raise TypeError(f"VisitInfo got unexpected or repeated arguments: {sorted(wrong) or args}.")
    given |= kwargs
    return {field.name: given[field.name] if field.name in given else _default(field) for field in fields}


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default
