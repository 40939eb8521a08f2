"""Columns that the task adds to those of its input, and their values."""

from __future__ import annotations

__all__ = ["AddedColumns", "AddedValues", "no_angle", "write_sip_columns"]

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lsst.afw.table import SchemaMapper
from lsst.geom import Angle, radians

from .providers import HealpixProvider, KeptProvider, Providers, TractProvider

if TYPE_CHECKING:
    from lsst.afw.table import ExposureRecord, Schema

    from .config import UpdateVisitSummaryConfig

_SIP_SKY = "wcs_sip_delta_sky"
_SIP_PIXEL = "wcs_sip_delta_pixel"


def no_angle() -> Angle:
    """Return NaN as an angle."""
    return float("nan") * radians


@dataclass(frozen=True)
class AddedValues:
    """Values of the columns that the update of a detector gives."""

    wcs_region_id: int = -1
    """Tract or HEALPix pixel that gave the WCS, -1 if none did (`int`)."""

    wcs_corner_max_offset: Angle = field(default_factory=no_angle)
    """Largest change of the WCS at a corner, NaN if there is no new one or it
    cannot be compared (`lsst.geom.Angle`)."""

    photo_calib_region_id: int = -1
    """Tract that gave the photometric calibration, -1 if none did (`int`)."""

    is_failed: bool = False
    """Whether the update raised an error (`bool`)."""


@dataclass(frozen=True)
class _Column:
    """One added column."""

    name: str
    type: str
    doc: str
    units: str = ""
    value: str = ""
    """Attribute of `AddedValues` that it shows; empty if a later step writes it."""

    def add_to(self, schema: Schema) -> None:
        schema.addField(self.name, type=self.type, doc=self.doc, units=self.units)


class AddedColumns:
    """Columns that the task adds for a configuration.

    Parameters
    ----------
    providers : `Providers`
        Providers of the configuration.
    config : `UpdateVisitSummaryConfig`
        Configuration of the task.
    """

    def __init__(self, providers: Providers, config: UpdateVisitSummaryConfig) -> None:
        self._of_components = tuple(_component_columns(providers))
        self._of_steps = tuple(_step_columns(config))

    def make_schema_mapper(self, schema: Schema) -> SchemaMapper:
        """Map all input columns and append those of replaced components.

        Parameters
        ----------
        schema : `lsst.afw.table.Schema`
            Schema of the input summary.

        Returns
        -------
        mapper : `lsst.afw.table.SchemaMapper`
            Mapper whose output schema can still be extended.

        Raises
        ------
        RuntimeError
            Raised if the input has one of the new columns already.
        """
        new = [column.name for column in (*self._of_components, *self._of_steps)]
        if taken := [name for name in new if name in schema.getNames()]:
            raise RuntimeError(
                f"The input summary already has the columns {', '.join(taken)}, so it is an output of this "
                "task; connect input_summary_catalog and input_summary_schema to the summary before the "
                "update."
            )
        mapper = SchemaMapper(schema)
        mapper.addMinimalSchema(schema, True)
        for column in self._of_components:
            column.add_to(mapper.editOutputSchema())
        return mapper

    def add_step_columns(self, schema: Schema) -> None:
        """Append the columns of what comes after the components.

        Parameters
        ----------
        schema : `lsst.afw.table.Schema`
            Schema of the output; modified. The pointing adds its columns
            itself.
        """
        for column in self._of_steps:
            column.add_to(schema)

    def write(self, values: AddedValues, record: ExposureRecord) -> None:
        """Write the values of a detector into its row.

        Parameters
        ----------
        values : `AddedValues`
            What to write.
        record : `lsst.afw.table.ExposureRecord`
            Row of the output; modified.
        """
        for column in (*self._of_components, *self._of_steps):
            if column.value:
                record[column.name] = getattr(values, column.value)


def _component_columns(providers: Providers) -> Iterator[_Column]:
    """Iterate over the columns of replaced components, in order."""
    match providers.wcs:
        case TractProvider():
            doc = "ID of the tract whose catalog gave the WCS, -1 if none did."
            yield _Column("wcsTractId", "L", doc, value="wcs_region_id")
        case HealpixProvider():
            doc = "ID of the HEALPix pixel whose catalog gave the WCS, -1 if none did."
            yield _Column("wcsSkypixId", "L", doc, value="wcs_region_id")
    if not isinstance(providers.wcs, KeptProvider):
        doc = (
            "Largest distance on the sky that a detector corner moves from the input WCS to that of "
            "wcs_provider; NaN if one of them is missing."
        )
        yield _Column("wcs_corner_max_offset", "Angle", doc, value="wcs_corner_max_offset")
    if isinstance(providers.photo_calib, TractProvider):
        doc = "ID of the tract whose catalog gave the photometric calibration, -1 if none did."
        yield _Column("photoCalibTractId", "L", doc, value="photo_calib_region_id")


def _step_columns(config: UpdateVisitSummaryConfig) -> Iterator[_Column]:
    """Iterate over the columns of what comes after the components, in order."""
    if config.do_fit_sip_approximations:
        doc = "Largest distance on the sky between the WCS and its TAN-SIP approximation."
        yield _Column(_SIP_SKY, "Angle", doc)
        doc = "Largest distance in the image between the inverses of the WCS and of its approximation."
        yield _Column(_SIP_PIXEL, "D", doc, units="pixel")
    if config.detector_failure == "null":
        doc = "The update of this detector raised an error; it has no components."
        yield _Column("update_failed", "Flag", doc, value="is_failed")


def write_sip_columns(record: ExposureRecord, delta_sky: Angle, delta_pixel: float) -> None:
    """Write how well the WCS of a row is approximated.

    Parameters
    ----------
    record : `lsst.afw.table.ExposureRecord`
        Row of the output; modified.
    delta_sky : `lsst.geom.Angle`
        Largest error of sky positions.
    delta_pixel : `float`
        Largest error of pixel positions (pixels).
    """
    record[_SIP_SKY] = delta_sky
    record[_SIP_PIXEL] = delta_pixel
