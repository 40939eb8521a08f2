"""Properties of a detector, other than its amplifiers and coordinate systems."""

from __future__ import annotations

__all__ = [
    "DetectorType",
    "DetectorTypeNameValDict",
    "DetectorTypeValNameDict",
    "DetectorValues",
    "with_crosstalk",
]

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from lsst.geom import Box2I, Extent2D
from lsst_stacklite._enumeration import Enumeration

from ._orientation import Orientation


class DetectorType(Enumeration):
    """Purpose of a detector."""

    SCIENCE = 0
    FOCUS = 1
    GUIDER = 2
    WAVEFRONT = 3


DetectorTypeValNameDict = {kind: kind.name for kind in DetectorType.__members__.values()}
"""Name of each type."""

DetectorTypeNameValDict = dict(DetectorType.__members__)
"""Type of each name."""


@dataclass(frozen=True, eq=False)
class DetectorValues:
    """Properties of a detector, other than its amplifiers and transforms."""

    name: str = ""
    id: int = 0
    type: DetectorType = DetectorType.SCIENCE
    serial: str = ""
    bbox: Box2I = field(default_factory=Box2I)
    orientation: Orientation = field(default_factory=Orientation)
    pixel_size: Extent2D = field(default_factory=lambda: Extent2D(0.0, 0.0))
    crosstalk: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    physical_type: str = ""


def with_crosstalk(values: DetectorValues, crosstalk: ArrayLike | None) -> DetectorValues:
    """Return the properties with a matrix of crosstalk coefficients.

    Raises
    ------
    TypeError
        Raised if it is no matrix. Whether it fits the amplifiers is checked when the detector is finished.
    """
    none = np.zeros((0, 0), dtype=np.float32)
    matrix = none if crosstalk is None else np.array(crosstalk, dtype=np.float32)
    if matrix.ndim != 2:
        raise TypeError(f"crosstalk coefficients are a matrix, not an array of shape {matrix.shape}.")
    return replace(values, crosstalk=matrix)
