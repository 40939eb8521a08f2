"""Amplifiers of a detector."""

from __future__ import annotations

__all__ = ["Amplifier", "AmplifierGeometryComparison", "AmplifierValues", "ReadoutCorner"]

import enum
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lsst.geom import Box2I, Extent2I, Point2I
from lsst_stacklite._enumeration import Enumeration

if TYPE_CHECKING:
    from ._amplifier_builder import AmplifierBuilder


class ReadoutCorner(Enumeration):
    """Corner of the amplifier's part of the assembled image that is read first."""

    LL = 0
    LR = 1
    UR = 2
    UL = 3


class AmplifierGeometryComparison(enum.Flag):
    """Differences between the geometries of two amplifiers; see `Amplifier.compareGeometry`."""

    EQUAL = 0
    SHIFTED_X = 1
    SHIFTED_Y = 2
    SHIFTED = SHIFTED_X | SHIFTED_Y
    FLIPPED_X = 4
    FLIPPED_Y = 8
    FLIPPED = FLIPPED_X | FLIPPED_Y
    ASSEMBLY_DIFFERS = SHIFTED | FLIPPED
    REGIONS_DIFFER = 16


_RAW_BOXES = (
    "raw_bbox",
    "raw_data_bbox",
    "raw_horizontal_overscan_bbox",
    "raw_vertical_overscan_bbox",
    "raw_prescan_bbox",
)


@dataclass(frozen=True, eq=False)
class AmplifierValues:
    """Properties of an amplifier.

    Boxes are in pixels, those called raw in the frame of the raw image.
    """

    name: str = ""
    bbox: Box2I = field(default_factory=Box2I)
    gain: float = 0.0
    saturation: float = 0.0
    suspect_level: float = 0.0
    read_noise: float = 0.0
    readout_corner: ReadoutCorner = ReadoutCorner.LL
    linearity_coeffs: np.ndarray = field(default_factory=lambda: np.zeros(0))
    linearity_type: str = ""
    linearity_threshold: float = 0.0
    linearity_maximum: float = 0.0
    linearity_units: str = ""
    raw_bbox: Box2I = field(default_factory=Box2I)
    raw_data_bbox: Box2I = field(default_factory=Box2I)
    raw_flip_x: bool = False
    raw_flip_y: bool = False
    raw_xy_offset: Extent2I = field(default_factory=lambda: Extent2I(0, 0))
    raw_horizontal_overscan_bbox: Box2I = field(default_factory=Box2I)
    raw_vertical_overscan_bbox: Box2I = field(default_factory=Box2I)
    raw_prescan_bbox: Box2I = field(default_factory=Box2I)

    def transformed(self, offset: Extent2I, flip_x: bool, flip_y: bool) -> AmplifierValues:
        """Return the properties in an image with another offset and order of the pixels."""
        flips = self.raw_flip_x != flip_x, self.raw_flip_y != flip_y
        shift = self.raw_xy_offset - offset
        boxes: dict[str, Any] = {name: self._moved(getattr(self, name), shift, *flips) for name in _RAW_BOXES}
        corner = self.readout_corner
        for is_flipped, corners in zip(flips, (_CORNERS_IN_X, _CORNERS_IN_Y), strict=True):
            corner = corners[corner] if is_flipped else corner
        return replace(
            self,
            readout_corner=corner,
            raw_flip_x=flip_x,
            raw_flip_y=flip_y,
            raw_xy_offset=Extent2I(offset),
            **boxes,
        )

    def _moved(self, box: Box2I, shift: Extent2I, flip_x: bool, flip_y: bool) -> Box2I:
        """Return a raw box after its reflection within the box of all raw pixels, and a shift."""
        whole = self.raw_bbox
        if box.isEmpty():
            return Box2I(box)
        x, y = box.getMinX(), box.getMinY()
        if flip_x:
            x = whole.getMinX() + whole.getMaxX() - box.getMaxX()
        if flip_y:
            y = whole.getMinY() + whole.getMaxY() - box.getMaxY()
        return Box2I(Point2I(x, y) + shift, box.getDimensions())


_CORNERS_IN_X = {
    ReadoutCorner.LL: ReadoutCorner.LR,
    ReadoutCorner.LR: ReadoutCorner.LL,
    ReadoutCorner.UL: ReadoutCorner.UR,
    ReadoutCorner.UR: ReadoutCorner.UL,
}
"""Corners of the readout when the order of columns is reversed."""

_CORNERS_IN_Y = {
    ReadoutCorner.LL: ReadoutCorner.UL,
    ReadoutCorner.UL: ReadoutCorner.LL,
    ReadoutCorner.LR: ReadoutCorner.UR,
    ReadoutCorner.UR: ReadoutCorner.LR,
}
"""Corners of the readout when the order of rows is reversed."""


class Amplifier:
    """One amplifier of a detector. Immutable; `rebuild` gives a builder.

    Parameters
    ----------
    values : `AmplifierValues`
        Properties.
    """

    Builder: ClassVar[type[AmplifierBuilder]]

    def __init__(self, values: AmplifierValues) -> None:
        self._values = values

    def rebuild(self) -> AmplifierBuilder:
        """Return a builder that starts from this amplifier."""
        return self.Builder(self)

    def compareGeometry(
        self, other: Amplifier, *, assembly: bool = True, regions: bool = True
    ) -> AmplifierGeometryComparison:
        """Return in what the raw pixels of two amplifiers differ.

        Parameters
        ----------
        other : `Amplifier`
            The other one.
        assembly : `bool`, optional
            Whether to compare the offset in the raw image of the detector,
            and the axes along which the pixels are reversed.
        regions : `bool`, optional
            Whether to compare the boxes of raw pixels; with ``assembly`` in an
            image with the same offset and order of the pixels.
        """
        mine, theirs = self._values, other._values
        result = AmplifierGeometryComparison.EQUAL
        if assembly:
            for flag, differs in (
                (AmplifierGeometryComparison.SHIFTED_X, mine.raw_xy_offset.x != theirs.raw_xy_offset.x),
                (AmplifierGeometryComparison.SHIFTED_Y, mine.raw_xy_offset.y != theirs.raw_xy_offset.y),
                (AmplifierGeometryComparison.FLIPPED_X, mine.raw_flip_x != theirs.raw_flip_x),
                (AmplifierGeometryComparison.FLIPPED_Y, mine.raw_flip_y != theirs.raw_flip_y),
            ):
                if differs:
                    result |= flag
            theirs = theirs.transformed(mine.raw_xy_offset, mine.raw_flip_x, mine.raw_flip_y)
        if regions and any(getattr(mine, name) != getattr(theirs, name) for name in _RAW_BOXES):
            result |= AmplifierGeometryComparison.REGIONS_DIFFER
        return result

    def getName(self) -> str:
        """Return the name."""
        return self._values.name

    def getBBox(self) -> Box2I:
        """Return the box of the amplifier's data in the assembled image."""
        return Box2I(self._values.bbox)

    def getGain(self) -> float:
        """Return the gain (electron/adu)."""
        return self._values.gain

    def getSaturation(self) -> float:
        """Return the level above which pixels are saturated (adu), NaN if there is none."""
        return self._values.saturation

    def getSuspectLevel(self) -> float:
        """Return the level above which pixels are suspect (adu), NaN if there is none."""
        return self._values.suspect_level

    def getReadNoise(self) -> float:
        """Return the read noise (electron)."""
        return self._values.read_noise

    def getReadoutCorner(self) -> ReadoutCorner:
        """Return the corner that is read first."""
        return self._values.readout_corner

    def getLinearityCoeffs(self) -> np.ndarray:
        """Return the coefficients of the linearity correction (float64)."""
        return self._values.linearity_coeffs.copy()

    def getLinearityType(self) -> str:
        """Return the type of the linearity correction."""
        return self._values.linearity_type

    def getLinearityThreshold(self) -> float:
        """Return the level above which the linearity correction applies."""
        return self._values.linearity_threshold

    def getLinearityMaximum(self) -> float:
        """Return the level up to which the linearity correction applies."""
        return self._values.linearity_maximum

    def getLinearityUnits(self) -> str:
        """Return the unit of the linearity levels."""
        return self._values.linearity_units

    def getRawBBox(self) -> Box2I:
        """Return the box of all of the amplifier's raw pixels."""
        return Box2I(self._values.raw_bbox)

    def getRawDataBBox(self) -> Box2I:
        """Return the box of the light-sensitive raw pixels."""
        return Box2I(self._values.raw_data_bbox)

    def getRawFlipX(self) -> bool:
        """Return whether the raw data are flipped in x for the assembled image."""
        return self._values.raw_flip_x

    def getRawFlipY(self) -> bool:
        """Return whether the raw data are flipped in y for the assembled image."""
        return self._values.raw_flip_y

    def getRawXYOffset(self) -> Extent2I:
        """Return the offset of the raw data in the assembled raw image."""
        return Extent2I(self._values.raw_xy_offset)

    def getRawHorizontalOverscanBBox(self) -> Box2I:
        """Return the box of the horizontal (serial) overscan."""
        return Box2I(self._values.raw_horizontal_overscan_bbox)

    def getRawVerticalOverscanBBox(self) -> Box2I:
        """Return the box of the vertical (parallel) overscan."""
        return Box2I(self._values.raw_vertical_overscan_bbox)

    def getRawPrescanBBox(self) -> Box2I:
        """Return the box of the horizontal (serial) prescan."""
        return Box2I(self._values.raw_prescan_bbox)

    getRawSerialOverscanBBox = getRawHorizontalOverscanBBox
    getRawParallelOverscanBBox = getRawVerticalOverscanBBox
    getRawSerialPrescanBBox = getRawPrescanBBox
    getRawHorizontalPrescanBBox = getRawPrescanBBox

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.getName()!r})"
