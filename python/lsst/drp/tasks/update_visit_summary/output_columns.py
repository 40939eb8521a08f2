"""Columns that the task adds to those of its input, and their values."""

from __future__ import annotations

__all__ = ["add_step_columns", "make_schema_mapper", "write_columns", "write_sip_columns"]

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lsst.afw.table import SchemaMapper

from .providers import region_kind

if TYPE_CHECKING:
    from lsst.afw.table import ExposureRecord, Schema
    from lsst.geom import Angle

    from .config import UpdateVisitSummaryConfig
    from .detector_update import DetectorUpdate

_WCS_REGION = {
    "tract": ("wcsTractId", "ID of the tract whose catalog gave the WCS, -1 if none did."),
    "healpix": ("wcsSkypixId", "ID of the HEALPix pixel whose catalog gave the WCS, -1 if none did."),
}
_PHOTO_CALIB_TRACT = "photoCalibTractId"
_OFFSET = "wcs_corner_max_offset"
_FAILED = "update_failed"
_SIP_SKY = "wcs_sip_delta_sky"
_SIP_PIXEL = "wcs_sip_delta_pixel"

_Column = tuple[str, dict[str, Any]]


def make_schema_mapper(schema: Schema, config: UpdateVisitSummaryConfig) -> SchemaMapper:
    """Map all input columns and append those that the configuration adds.

    Parameters
    ----------
    schema : `lsst.afw.table.Schema`
        Schema of the input summary.
    config : `UpdateVisitSummaryConfig`
        Configuration of the task.

    Returns
    -------
    mapper : `lsst.afw.table.SchemaMapper`
        Mapper whose output schema has the columns of replaced components; it
        can still be extended.

    Raises
    ------
    RuntimeError
        Raised if the input has one of the new columns already.
    """
    new = [name for name, _ in (*_component_columns(config), *_step_columns(config))]
    if taken := [name for name in new if name in schema.getNames()]:
        raise RuntimeError(
            f"The input summary already has the columns {', '.join(taken)}, so it is an output of this task; "
            "connect input_summary_catalog and input_summary_schema to the summary before the update."
        )
    mapper = SchemaMapper(schema)
    mapper.addMinimalSchema(schema, True)
    for name, field in _component_columns(config):
        mapper.editOutputSchema().addField(name, **field)
    return mapper


def add_step_columns(schema: Schema, config: UpdateVisitSummaryConfig) -> None:
    """Append the columns of what comes after the components.

    Parameters
    ----------
    schema : `lsst.afw.table.Schema`
        Schema of the output; modified.
    config : `UpdateVisitSummaryConfig`
        Configuration of the task. The pointing adds its columns itself.
    """
    for name, field in _step_columns(config):
        schema.addField(name, **field)


def _component_columns(config: UpdateVisitSummaryConfig) -> Iterator[_Column]:
    """Iterate over the columns of replaced components, in order."""
    if (kind := region_kind(config.wcs_provider)) is not None:
        name, doc = _WCS_REGION[kind]
        yield name, {"type": "L", "doc": doc}
    if config.wcs_provider != "input_summary":
        doc = (
            "Largest distance on the sky that a detector corner moves from the input WCS to that of "
            "wcs_provider; NaN if one of them is missing."
        )
        yield _OFFSET, {"type": "Angle", "doc": doc}
    if config.photo_calib_provider == "tract":
        doc = "ID of the tract whose catalog gave the photometric calibration, -1 if none did."
        yield _PHOTO_CALIB_TRACT, {"type": "L", "doc": doc}


def _step_columns(config: UpdateVisitSummaryConfig) -> Iterator[_Column]:
    """Iterate over the columns of what comes after the components, in order."""
    if config.do_fit_sip_approximations:
        doc = "Largest distance on the sky between the WCS and its TAN-SIP approximation."
        yield _SIP_SKY, {"type": "Angle", "doc": doc}
        doc = "Largest distance in the image between the inverses of the WCS and of its approximation."
        yield _SIP_PIXEL, {"type": "D", "doc": doc, "units": "pixel"}
    if config.detector_failure == "null":
        doc = "The update of this detector raised an error; it has no components."
        yield _FAILED, {"type": "Flag", "doc": doc}


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


def write_columns(update: DetectorUpdate, record: ExposureRecord, config: UpdateVisitSummaryConfig) -> None:
    """Write the values of the added columns into a row.

    Parameters
    ----------
    update : `DetectorUpdate`
        What is new about the detector.
    record : `lsst.afw.table.ExposureRecord`
        Row of the output; modified.
    config : `UpdateVisitSummaryConfig`
        Configuration of the task.
    """
    if (kind := region_kind(config.wcs_provider)) is not None:
        record[_WCS_REGION[kind][0]] = update.wcs.region_id
    if config.wcs_provider != "input_summary":
        record[_OFFSET] = update.wcs.corner_max_offset
    if config.photo_calib_provider == "tract":
        record[_PHOTO_CALIB_TRACT] = update.photo_calib.region_id
    if config.detector_failure == "null":
        record[_FAILED] = update.failed
