"""Amplifiers of a detector."""

from __future__ import annotations

__all__ = ["Amplifier", "AmplifierValues", "ReadoutCorner"]

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lsst.geom import Box2I, Extent2I
from lsst_stacklite._enumeration import Enumeration

if TYPE_CHECKING:
    from ._amplifier_builder import AmplifierBuilder


class ReadoutCorner(Enumeration):
    """Corner of the amplifier's part of the assembled image that is read first."""

    LL = 0
    LR = 1
    UR = 2
    UL = 3


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
