"""Coordinate systems of Piff models that are affine: pixel to world."""

from __future__ import annotations

__all__ = ["AffineWcs", "affine_wcs"]

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lsst.afw.detection import InvalidPsfError

from ._records import Record


@dataclass(frozen=True)
class AffineWcs:
    """World = matrix (pixel - origin) + world origin."""

    matrix: npt.NDArray[np.float64]
    """``[[du/dx, du/dy], [dv/dx, dv/dy]]``."""
    origin: tuple[float, float] = (0.0, 0.0)
    world_origin: tuple[float, float] = (0.0, 0.0)

    def to_world(
        self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return world coordinates of pixel positions."""
        u, v = self.offset_to_world(x - self.origin[0], y - self.origin[1])
        return u + self.world_origin[0], v + self.world_origin[1]

    def offset_to_world(
        self, dx: npt.NDArray[np.float64], dy: npt.NDArray[np.float64]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return world offsets of pixel offsets."""
        (dudx, dudy), (dvdx, dvdy) = self.matrix
        return dudx * dx + dudy * dy, dvdx * dx + dvdy * dy

    @property
    def is_scale(self) -> bool:
        """Whether world axes are pixel axes times one factor."""
        return bool(np.array_equal(self.matrix, self.matrix[0, 0] * np.eye(2)))


def affine_wcs(record: Any) -> AffineWcs:
    """Build the coordinate system that a record of a GalSim class describes.

    Parameters
    ----------
    record : `Record`
        Record of an affine ``galsim.wcs`` class.

    Returns
    -------
    wcs : `AffineWcs`
        The coordinate system.

    Raises
    ------
    lsst.afw.detection.InvalidPsfError
        Raised if the class is not one of these.
    """
    kind = record.kind if isinstance(record, Record) else type(record).__name__
    match kind:
        case "galsim.wcs.PixelScale":
            return AffineWcs(record["_scale"] * np.eye(2))
        case "galsim.wcs.ShearWCS":
            return AffineWcs(_shear_matrix(record))
        case "galsim.wcs.JacobianWCS":
            names = [["_dudx", "_dudy"], ["_dvdx", "_dvdy"]]
            return AffineWcs(np.array([[record[name] for name in row] for row in names]))
        case "galsim.wcs.OffsetWCS" | "galsim.wcs.OffsetShearWCS" | "galsim.wcs.AffineTransform":
            local = affine_wcs(record["_local_wcs"])
            return AffineWcs(local.matrix, _point(record["_origin"]), _point(record["_world_origin"]))
        case _:
            raise InvalidPsfError(
                f"This Piff PSF was fitted in the coordinate system {kind}, which stacklite cannot "
                "evaluate; it can evaluate models with an affine galsim coordinate system."
            )


def _shear_matrix(record: Record) -> npt.NDArray[np.float64]:
    g1, g2 = record["_g1"], record["_g2"]
    factor = record["_scale"] / np.sqrt(1 - g1 * g1 - g2 * g2)
    return factor * np.array([[1 - g1, -g2], [-g2, 1 + g1]])


def _point(record: Record) -> tuple[float, float]:
    return float(record["x"]), float(record["y"])
