"""FITS approximations of WCSs."""

from __future__ import annotations

__all__ = ["FitSipApproximationConfig", "FitSipApproximationTask"]

import math
from typing import TYPE_CHECKING, ClassVar

import lsst.pex.config as pex_config
import lsst.pipe.base as pipe_base
from lsst.afw.geom import SipApproximation
from lsst.geom import Box2D, Box2I, Extent2I

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs


class FitSipApproximationConfig(pex_config.Config):
    """Configuration of `FitSipApproximationTask`."""

    grid_spacing = pex_config.Field[float](
        doc="Largest distance between points of the fit grid (pixels).",
        default=32.0,
        check=lambda value: value > 0.0,
    )
    order = pex_config.Field[int](doc="Order of the SIP polynomials.", default=5)


class FitSipApproximationTask(pipe_base.Task):
    """Attach TAN-SIP approximations to WCSs."""

    ConfigClass: ClassVar[type[pex_config.Config]] = FitSipApproximationConfig
    _DefaultName: ClassVar[str] = "fitSipApproximation"

    config: FitSipApproximationConfig

    def run(self, *, wcs: SkyWcs, bbox: Box2I) -> pipe_base.Struct:
        """Fit an approximation to a WCS.

        Parameters
        ----------
        wcs : `lsst.afw.geom.SkyWcs`
            WCS to approximate.
        bbox : `lsst.geom.Box2I`
            Box of the detector.

        Returns
        -------
        result : `lsst.pipe.base.Struct`
            With the attributes

            ``wcs``
                The same mapping with the approximation attached (`lsst.afw.geom.SkyWcs`).
            ``delta_sky``
                Largest separation of the two on the sky (`lsst.geom.Angle`).
            ``delta_pixel``
                Largest distance of their inverses in pixels (`float`).

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the box is not larger than the grid spacing in both directions.
        lsst.pex.exceptions.LogicError
            Raised if the box has fewer grid points than a polynomial has coefficients.
        lsst.pex.exceptions.RuntimeError
            Raised if the WCS is not finite in the box.
        """
        grid_shape = Extent2I(*(math.ceil(n / self.config.grid_spacing) + 1 for n in bbox.getDimensions()))
        approximation = SipApproximation(wcs, Box2D(bbox), grid_shape, self.config.order)
        delta_sky, delta_pixel = approximation.computeDeltas()
        return pipe_base.Struct(
            wcs=wcs.copyWithFitsApproximation(approximation.getWcs()),
            delta_sky=delta_sky,
            delta_pixel=delta_pixel,
        )
