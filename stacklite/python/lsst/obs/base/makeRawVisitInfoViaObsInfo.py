"""Visit information from standard descriptions of observations."""

from __future__ import annotations

__all__ = ["MakeRawVisitInfoViaObsInfo"]

import logging
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, cast

import astropy.time
import astropy.units
import erfa
from astropy.utils.iers import IERS_A_FILE, IERS_B_FILE

from lsst.afw.coord import Observatory, Weather
from lsst.afw.image import RotType, VisitInfo, setVisitInfoMetadata
from lsst.daf.base import DateTime, PropertyList, PropertySet
from lsst.geom import Angle, SpherePoint, degrees, radians
from visit_kernels.earth_orientation import read_earth_orientation

if TYPE_CHECKING:
    from astro_metadata_translator import MetadataTranslator, ObservationInfo


class MakeRawVisitInfoViaObsInfo:
    """Function object that makes a `~lsst.afw.image.VisitInfo` from a header.

    Headers are read by ``astro_metadata_translator``, which must be installed.

    Parameters
    ----------
    log : `logging.Logger`, optional
        Logger; that of this module by default.
    doStripHeader : `bool`, optional
        Remove the cards that were used from the header.
    """

    metadataTranslator: ClassVar[type[MetadataTranslator] | None] = None

    def __init__(self, log: logging.Logger | None = None, doStripHeader: bool = False) -> None:
        self.log = logging.getLogger(__name__) if log is None else log
        self.doStripHeader = doStripHeader

    def __call__(self, md: PropertySet) -> VisitInfo:
        """Return the visit information of a header."""
        # Only this method and the last one need the package, which the new image types install.
        from astro_metadata_translator import ObservationInfo

        # Metadata behave as the mapping that it wants, and are none by type.
        info = ObservationInfo(cast(Any, md), translator_class=self.metadataTranslator)
        if self.doStripHeader:
            for card in info.cards_used:
                del md[card]
        return self.observationInfo2visitInfo(info, log=self.log)

    @staticmethod
    def observationInfo2visitInfo(obsInfo: ObservationInfo, log: logging.Logger | None = None) -> VisitInfo:
        """Return the visit information that a description of an observation has.

        Parameters
        ----------
        obsInfo : `astro_metadata_translator.ObservationInfo`
            Description; what is `None` in it is unknown in the result.
        log : `logging.Logger`, optional
            Logger that is told of what is unknown among id, instrument and airmass.

        Returns
        -------
        visitInfo : `lsst.afw.image.VisitInfo`
            The date is the middle of the exposure, in nanoseconds.
        """
        needed = {
            "id": obsInfo.exposure_id,
            "instrumentLabel": obsInfo.instrument,
            "boresightAirmass": obsInfo.boresight_airmass,
        }
        if log is not None:
            for name in (name for name, value in needed.items() if value is None):
                log.warning("The description of the observation has no %s.", name)
        known: dict[str, Any] = dict(needed)
        known |= _quantities(obsInfo) | _labels(obsInfo) | dict(_pointing(obsInfo)) | _when(obsInfo)
        known |= {"weather": _weather(obsInfo), "observatory": _observatory(obsInfo)}
        return VisitInfo(**{name: value for name, value in known.items() if value is not None})

    @staticmethod
    def visitInfo2observationInfo(visitInfo: VisitInfo) -> ObservationInfo:
        """Return the description of an observation that visit information gives; much of it is `None`."""
        # As in the call.
        from astro_metadata_translator import ObservationInfo, VisitInfoTranslator

        cards = PropertyList()
        setVisitInfoMetadata(cards, visitInfo)
        return ObservationInfo.from_header(cast(Any, cards), translator_class=VisitInfoTranslator, quiet=True)


def _value(quantity: astropy.units.Quantity | None, unit: str) -> float | None:
    return None if quantity is None else float(quantity.to_value(unit))


def _quantities(info: ObservationInfo) -> dict[str, float | None]:
    return {
        "exposureTime": _value(info.exposure_time, "s"),
        "darkTime": _value(info.dark_time, "s"),
        "focusZ": _value(info.focus_z, "mm"),
    }


def _labels(info: ObservationInfo) -> dict[str, str | bool | None]:
    return {
        "observationType": info.observation_type,
        "scienceProgram": info.science_program,
        "observationReason": info.observation_reason,
        "object": info.object,
        "hasSimulatedContent": info.has_simulated_content,
    }


def _pointing(info: ObservationInfo) -> Iterator[tuple[str, Any]]:
    if info.tracking_radec is not None:
        icrs = info.tracking_radec.transform_to("icrs")
        yield "boresightRaDec", SpherePoint(icrs.ra.degree, icrs.dec.degree, degrees)
    if info.altaz_begin is not None:
        yield "boresightAzAlt", SpherePoint(info.altaz_begin.az.degree, info.altaz_begin.alt.degree, degrees)
    if info.boresight_rotation_angle is not None:
        yield "boresightRotAngle", Angle(info.boresight_rotation_angle.degree, degrees)
    if info.boresight_rotation_coord is not None:
        # The other rotations of a description are none of a VisitInfo.
        yield "rotType", RotType.SKY if info.boresight_rotation_coord == "sky" else RotType.UNKNOWN


def _when(info: ObservationInfo) -> dict[str, Any]:
    """Return the middle of the exposure and the rotation of the Earth then."""
    if info.datetime_begin is None or info.datetime_end is None:
        return {}
    middle = info.datetime_begin + 0.5 * (info.datetime_end - info.datetime_begin)
    middle.precision = 9
    return {"date": DateTime(middle.tai.isot, DateTime.TAI), "era": _earth_rotation(middle)}


def _earth_rotation(time: astropy.time.Time) -> Angle:
    """Return the Earth rotation angle, with UT1 from the tables that are installed with Astropy.

    Times that they do not reach have UT1 = UTC, which errs by less than a second: no file is downloaded.
    """
    utc = time.utc
    ut1_minus_utc = read_earth_orientation(IERS_A_FILE, utc.mjd, IERS_B_FILE).ut1_minus_utc
    return Angle(float(erfa.era00(utc.jd1, utc.jd2 + float(ut1_minus_utc) / 86400.0)), radians)


def _weather(info: ObservationInfo) -> Weather:
    celsius = astropy.units.temperature()
    temperature = math.nan if info.temperature is None else info.temperature.to_value("deg_C", celsius)
    pressure = _value(info.pressure, "Pa")
    humidity = info.relative_humidity
    return Weather(
        float(temperature),
        math.nan if pressure is None else pressure,
        math.nan if humidity is None else float(humidity),
    )


def _observatory(info: ObservationInfo) -> Observatory | None:
    if info.location is None:
        return None
    place = info.location.to_geodetic()
    return Observatory(
        Angle(place.lon.degree, degrees), Angle(place.lat.degree, degrees), float(place.height.to_value("m"))
    )
