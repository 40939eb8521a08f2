"""Builders of amplifiers."""

from __future__ import annotations

__all__ = ["AmplifierBuilder"]

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lsst.geom import Box2I, Extent2I

from ._amplifier import Amplifier, AmplifierValues, ReadoutCorner


class AmplifierBuilder(Amplifier):
    """An amplifier whose properties can be set; `finish` makes it immutable.

    Parameters
    ----------
    other : `Amplifier`, optional
        Amplifier to start from; its properties can be changed here without changing it.
    """

    def __init__(self, other: Amplifier | None = None) -> None:
        super().__init__(AmplifierValues() if other is None else other._values)

    def assign(self, other: Amplifier) -> None:
        """Copy all properties of another amplifier."""
        self._values = other._values

    def transform(
        self, *, outOffset: Extent2I | None = None, outFlipX: bool = False, outFlipY: bool = False
    ) -> AmplifierBuilder:
        """Describe the pixels in an image with another offset and order; by default the assembled raw image.

        Parameters
        ----------
        outOffset : `lsst.geom.Extent2I`, optional
            Offset of the new image in the raw image of the detector, by default 0.
        outFlipX, outFlipY : `bool`, optional
            Whether its pixels are in the order opposite to that of the detector.

        Returns
        -------
        builder : `AmplifierBuilder`
            This builder.
        """
        offset = Extent2I(0, 0) if outOffset is None else outOffset
        self._values = self._values.transformed(offset, bool(outFlipX), bool(outFlipY))
        return self

    def finish(self) -> Amplifier:
        """Return the amplifier."""
        return Amplifier(self._values)

    def _set(self, **changes: Any) -> None:
        self._values = replace(self._values, **changes)

    def setName(self, name: str) -> None:
        """Set the name."""
        self._set(name=name)

    def setBBox(self, bbox: Box2I) -> None:
        """Set the box of the amplifier's data in the assembled image."""
        self._set(bbox=Box2I(bbox))

    def setGain(self, gain: float) -> None:
        """Set the gain (electron/adu)."""
        self._set(gain=float(gain))

    def setSaturation(self, saturation: float) -> None:
        """Set the level above which pixels are saturated (adu)."""
        self._set(saturation=float(saturation))

    def setSuspectLevel(self, suspectLevel: float) -> None:
        """Set the level above which pixels are suspect (adu)."""
        self._set(suspect_level=float(suspectLevel))

    def setReadNoise(self, readNoise: float) -> None:
        """Set the read noise (electron)."""
        self._set(read_noise=float(readNoise))

    def setReadoutCorner(self, corner: ReadoutCorner) -> None:
        """Set the corner that is read first."""
        if not isinstance(corner, ReadoutCorner):
            raise TypeError(f"a corner is a ReadoutCorner, not {corner!r}.")
        self._set(readout_corner=corner)

    def setLinearityCoeffs(self, coeffs: ArrayLike) -> None:
        """Set the coefficients of the linearity correction."""
        self._set(linearity_coeffs=np.array(coeffs, dtype=float))

    def setLinearityType(self, type: str) -> None:
        """Set the type of the linearity correction."""
        self._set(linearity_type=type)

    def setLinearityThreshold(self, threshold: float) -> None:
        """Set the level above which the linearity correction applies."""
        self._set(linearity_threshold=float(threshold))

    def setLinearityMaximum(self, maximum: float) -> None:
        """Set the level up to which the linearity correction applies."""
        self._set(linearity_maximum=float(maximum))

    def setLinearityUnits(self, units: str) -> None:
        """Set the unit of the linearity levels."""
        self._set(linearity_units=units)

    def setRawBBox(self, bbox: Box2I) -> None:
        """Set the box of all of the amplifier's raw pixels."""
        self._set(raw_bbox=Box2I(bbox))

    def setRawDataBBox(self, bbox: Box2I) -> None:
        """Set the box of the light-sensitive raw pixels."""
        self._set(raw_data_bbox=Box2I(bbox))

    def setRawFlipX(self, rawFlipX: bool) -> None:
        """Set whether the raw data are flipped in x for the assembled image."""
        self._set(raw_flip_x=bool(rawFlipX))

    def setRawFlipY(self, rawFlipY: bool) -> None:
        """Set whether the raw data are flipped in y for the assembled image."""
        self._set(raw_flip_y=bool(rawFlipY))

    def setRawXYOffset(self, offset: Extent2I) -> None:
        """Set the offset of the raw data in the assembled raw image."""
        self._set(raw_xy_offset=Extent2I(offset))

    def setRawHorizontalOverscanBBox(self, bbox: Box2I) -> None:
        """Set the box of the horizontal (serial) overscan."""
        self._set(raw_horizontal_overscan_bbox=Box2I(bbox))

    def setRawVerticalOverscanBBox(self, bbox: Box2I) -> None:
        """Set the box of the vertical (parallel) overscan."""
        self._set(raw_vertical_overscan_bbox=Box2I(bbox))

    def setRawPrescanBBox(self, bbox: Box2I) -> None:
        """Set the box of the horizontal (serial) prescan."""
        self._set(raw_prescan_bbox=Box2I(bbox))

    setRawSerialOverscanBBox = setRawHorizontalOverscanBBox
    setRawParallelOverscanBBox = setRawVerticalOverscanBBox
    setRawSerialPrescanBBox = setRawPrescanBBox
    setRawHorizontalPrescanBBox = setRawPrescanBBox


Amplifier.Builder = AmplifierBuilder
