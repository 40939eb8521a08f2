"""Persistence of detectors and their amplifiers."""

from __future__ import annotations

__all__ = ["read_values", "write_detector"]

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

import lsst.pex.exceptions as pex_exceptions
from lsst.geom import Angle, Box2I, Extent2D, Extent2I, Point2D, Point2I, Point3D
from lsst_stacklite.archives import make_table

from ._amplifier import Amplifier, AmplifierValues, ReadoutCorner
from ._detector_values import DetectorType, DetectorValues
from ._orientation import Orientation

if TYPE_CHECKING:
    from lsst.afw.table.io import OutputArchive
    from lsst_stacklite.archives import StoredTable

    from ._detector import Detector

_VERSION = 2

_DETECTOR_FIELDS = (
    ("name", "String", "name of the detector", "", 0),
    ("id", "I", "number of the detector", ""),
    ("type", "I", "what the detector is for (DetectorType)", ""),
    ("serial", "String", "serial number", "", 0),
    *((f"bbox_{end}_{axis}", "I", "box of the image", "pixel") for end in ("min", "max") for axis in "xy"),
    *((f"pixelSize_{axis}", "D", "size of a pixel", "mm") for axis in "xy"),
    *((f"fpPosition_{axis}", "D", "focal-plane position of the reference point", "mm") for axis in "xyz"),
    *((f"refPoint_{axis}", "D", "reference point", "pixel") for axis in "xy"),
    *((angle, "Angle", f"{angle} of the orientation", "rad") for angle in ("yaw", "pitch", "roll")),
    ("transformMap", "I", "archive ID of the coordinate systems", ""),
    ("crosstalk", "ArrayF", "crosstalk coefficients, row by row", "", 0),
    ("physicalType", "String", "kind of device", "", 0),
    ("version", "I", "version of this layout", ""),
)


def _box_fields(prefix: str, doc: str) -> list[tuple[Any, ...]]:
    return [(f"{prefix}_{end}_{axis}", "I", doc, "pixel") for end in ("min", "extent") for axis in "xy"]


_AMPLIFIER_FIELDS = (
    ("name", "String", "name of the amplifier", "", 0),
    *_box_fields("bbox", "box in the assembled image"),
    ("gain", "D", "gain", "electron adu^-1"),
    ("saturation", "D", "level above which pixels are saturated, NaN: none", "adu"),
    ("suspectlevel", "D", "level above which pixels are suspect, NaN: none", "adu"),
    ("readnoise", "D", "read noise", "electron"),
    ("readoutcorner", "I", "corner that is read first (ReadoutCorner)", ""),
    ("linearity_coeffs", "ArrayD", "coefficients of the linearity correction", "", 0),
    ("linearity_type", "String", "type of the linearity correction", "", 0),
    ("hasrawinfo", "Flag", "not used", ""),
    *_box_fields("raw_bbox", "box of all raw pixels"),
    *_box_fields("raw_databbox", "box of the light-sensitive raw pixels"),
    ("raw_flip_x", "Flag", "raw data are flipped in x when assembled", ""),
    ("raw_flip_y", "Flag", "raw data are flipped in y when assembled", ""),
    *((f"raw_xyoffset_{axis}", "I", "offset in the assembled raw image", "pixel") for axis in "xy"),
    *_box_fields("raw_horizontaloverscanbbox", "box of the horizontal overscan"),
    *_box_fields("raw_verticaloverscanbbox", "box of the vertical overscan"),
    *_box_fields("raw_prescanbbox", "box of the horizontal prescan"),
    ("linearityThreshold", "D", "level above which the linearity correction applies", ""),
    ("linearityMaximum", "D", "level up to which the linearity correction applies", ""),
    ("linearityUnits", "String", "unit of the linearity levels", "", 0),
)


def write_detector(detector: Detector, archive: OutputArchive) -> list[StoredTable]:
    """Return the two tables of a detector: itself and its amplifiers."""
    values, orientation = detector._values, detector._values.orientation
    row = (
        values.name, values.id, int(values.type), values.serial,
        *values.bbox.getMin(), *values.bbox.getMax(),
        *values.pixel_size, *orientation.getFpPosition3(), *orientation.getReferencePoint(),
        orientation.getYaw(), orientation.getPitch(), orientation.getRoll(),
        archive.put(detector.getTransformMap()),
        values.crosstalk.ravel(), values.physical_type, _VERSION,
    )  # fmt: skip
    return [
        make_table(_DETECTOR_FIELDS, [row]),
        make_table(_AMPLIFIER_FIELDS, [_amplifier_row(a._values) for a in detector]),
    ]


def _amplifier_row(values: AmplifierValues) -> tuple[Any, ...]:
    return (
        values.name, *_box(values.bbox),
        values.gain, values.saturation, values.suspect_level, values.read_noise, int(values.readout_corner),
        values.linearity_coeffs, values.linearity_type, False,
        *_box(values.raw_bbox), *_box(values.raw_data_bbox), values.raw_flip_x, values.raw_flip_y,
        *values.raw_xy_offset, *_box(values.raw_horizontal_overscan_bbox),
        *_box(values.raw_vertical_overscan_bbox), *_box(values.raw_prescan_bbox),
        values.linearity_threshold, values.linearity_maximum, values.linearity_units,
    )  # fmt: skip


def _box(box: Box2I) -> tuple[int, int, int, int]:
    return (*box.getMin(), *box.getDimensions())


def read_values(tables: Sequence[StoredTable]) -> tuple[DetectorValues, list[Amplifier], int]:
    """Return the properties of a detector, its amplifiers, and the archive ID of its coordinate systems.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the format is newer than the newest that is known.
    """
    row = _Row(tables[0], 0)
    version = row.get("version", 1 if "physicalType" in row else 0)
    if version > _VERSION:
        raise pex_exceptions.TypeError(f"detector of format version {version}, newer than {_VERSION}.")
    amplifiers = [Amplifier(_amplifier_values(_Row(tables[1], i))) for i in range(len(tables[1]))]
    return _detector_values(row, len(amplifiers)), amplifiers, row["transformMap"]


class _Row:
    """Cells of one row by column name."""

    def __init__(self, table: Any, index: int) -> None:
        self._record = table[index]
        self._names = set(table.schema.getNames())

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def __getitem__(self, name: str) -> Any:
        return self._record[name]

    def get(self, name: str, default: Any) -> Any:
        return self._record[name] if name in self._names else default

    def box(self, prefix: str) -> Box2I:
        corner = Point2I(self[f"{prefix}_min_x"], self[f"{prefix}_min_y"])
        return Box2I(corner, Extent2I(self[f"{prefix}_extent_x"], self[f"{prefix}_extent_y"]))


def _detector_values(row: _Row, n_amplifiers: int) -> DetectorValues:
    crosstalk = np.asarray(row["crosstalk"], dtype=np.float32)
    shape = (n_amplifiers, n_amplifiers) if crosstalk.size else (0, 0)
    corners = [Point2I(row[f"bbox_{end}_x"], row[f"bbox_{end}_y"]) for end in ("min", "max")]
    return DetectorValues(
        name=row["name"],
        id=row["id"],
        type=DetectorType(row["type"]),
        serial=row["serial"],
        bbox=Box2I(*corners),
        orientation=_orientation(row),
        pixel_size=Extent2D(row["pixelSize_x"], row["pixelSize_y"]),
        crosstalk=crosstalk.reshape(shape),
        physical_type=row.get("physicalType", ""),
    )


def _orientation(row: _Row) -> Orientation:
    position = Point3D(row["fpPosition_x"], row["fpPosition_y"], row.get("fpPosition_z", 0.0))
    reference = Point2D(row["refPoint_x"], row["refPoint_y"])
    yaw, pitch, roll = (Angle(row[name]) for name in ("yaw", "pitch", "roll"))
    return Orientation(position, reference, yaw, pitch, roll)


def _amplifier_values(row: _Row) -> AmplifierValues:
    defaults = AmplifierValues()
    return AmplifierValues(
        name=row["name"],
        bbox=row.box("bbox"),
        gain=float(row["gain"]),
        saturation=float(row["saturation"]),
        suspect_level=float(row["suspectlevel"]),
        read_noise=float(row["readnoise"]),
        readout_corner=ReadoutCorner(row["readoutcorner"]),
        linearity_coeffs=np.array(row["linearity_coeffs"], dtype=float),
        linearity_type=row["linearity_type"],
        linearity_threshold=row.get("linearityThreshold", defaults.linearity_threshold),
        linearity_maximum=row.get("linearityMaximum", defaults.linearity_maximum),
        linearity_units=row.get("linearityUnits", defaults.linearity_units),
        raw_bbox=row.box("raw_bbox"),
        raw_data_bbox=row.box("raw_databbox"),
        raw_flip_x=bool(row["raw_flip_x"]),
        raw_flip_y=bool(row["raw_flip_y"]),
        raw_xy_offset=Extent2I(row["raw_xyoffset_x"], row["raw_xyoffset_y"]),
        raw_horizontal_overscan_bbox=row.box("raw_horizontaloverscanbbox"),
        raw_vertical_overscan_bbox=row.box("raw_verticaloverscanbbox"),
        raw_prescan_bbox=row.box("raw_prescanbbox"),
    )
