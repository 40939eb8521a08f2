"""Cuts of source selectors: limits of fluxes and other quantities, and flags."""

from __future__ import annotations

__all__ = [
    "BaseLimit",
    "CentroidErrorLimit",
    "ColorLimit",
    "CullFromMaskedRegion",
    "FluxLimit",
    "MagnitudeErrorLimit",
    "MagnitudeLimit",
    "RequireFiniteRaDec",
    "RequireFlags",
    "RequireIsolated",
    "RequirePrimary",
    "RequireUnresolved",
    "SignalToNoiseLimit",
]

from typing import Any

import numpy as np
from astropy import units
from numpy.typing import NDArray

import lsst.pex.config as pex_config

from ._source_columns import BoolArray, column, drop_flagged, flag


def _magnitudes(catalog: Any, name: str) -> NDArray[Any]:
    """Return a column of fluxes (nJy) as AB magnitudes; NaN for negative ones."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return (column(catalog, name) * units.nJy).to_value(units.ABmag)


class BaseLimit(pex_config.Config):
    """Lower and upper limit of a quantity, both exclusive."""

    minimum = pex_config.Field[float](
        doc="Keep values greater than this; no lower limit if None.", optional=True, default=None
    )
    maximum = pex_config.Field[float](
        doc="Keep values less than this; no upper limit if None.", optional=True, default=None
    )

    def apply(self, values: NDArray[Any]) -> BoolArray:
        """Return which values lie inside the limits.

        Parameters
        ----------
        values : `numpy.ndarray` of float, shape (n,)
            Values in the unit of the limits.

        Returns
        -------
        selected : `numpy.ndarray` of bool, shape (n,)
            False for NaN if there is a limit.
        """
        selected = np.ones(np.shape(values), dtype=bool)
        if self.minimum is not None:
            selected &= values > self.minimum
        if self.maximum is not None:
            selected &= values < self.maximum
        return selected


class FluxLimit(BaseLimit):
    """Limits of a flux, in the unit of its column."""

    fluxField = pex_config.Field[str](doc="Column with the flux.", default="slot_CalibFlux_instFlux")

    def apply(self, catalog: Any) -> BoolArray:
        """Return which sources have an unflagged flux inside the limits."""
        inside = super().apply(column(catalog, self.fluxField))
        return drop_flagged(catalog, self.fluxField, inside)


class MagnitudeLimit(BaseLimit):
    """Limits of the AB magnitude of a flux in nJy."""

    fluxField = pex_config.Field[str](doc="Column with the flux.", default="flux")

    def apply(self, catalog: Any) -> BoolArray:
        """Return which sources have an unflagged flux with a magnitude inside the limits."""
        return drop_flagged(catalog, self.fluxField, super().apply(_magnitudes(catalog, self.fluxField)))


class MagnitudeErrorLimit(BaseLimit):
    """Limits of the error of a magnitude."""

    magErrField = pex_config.Field[str](doc="Column with the error of the magnitude.", default="mag_err")

    def apply(self, catalog: Any) -> BoolArray:
        """Return which sources have an error inside the limits."""
        return super().apply(column(catalog, self.magErrField))


class ColorLimit(BaseLimit):
    """Limits of a color: the difference of the magnitudes of two fluxes in nJy."""

    # Saved configurations name the class by its public path.
    __module__ = "lsst.meas.algorithms.sourceSelector"

    primary = pex_config.Field[str](doc="Column with the flux whose magnitude is the minuend.")
    secondary = pex_config.Field[str](doc="Column with the flux whose magnitude is subtracted.")

    def apply(self, catalog: Any) -> BoolArray:
        """Return which sources have a color inside the limits."""
        with np.errstate(invalid="ignore"):
            color = _magnitudes(catalog, self.primary) - _magnitudes(catalog, self.secondary)
        return super().apply(color)


class SignalToNoiseLimit(BaseLimit):
    """Limits of the ratio of a flux and its error."""

    fluxField = pex_config.Field[str](doc="Column with the flux.", default="base_PsfFlux_instFlux")
    errField = pex_config.Field[str](
        doc="Column with the standard error of the flux.", default="base_PsfFlux_instFluxErr"
    )

    def apply(self, catalog: Any) -> BoolArray:
        """Return which sources have an unflagged flux with a ratio inside the limits.

        An error of zero gives an infinite ratio, which any upper limit drops;
        a ratio of NaN is dropped without limits, too.
        """
        flux = column(catalog, self.fluxField)
        error = column(catalog, self.errField)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratio = flux / error
        inside = super().apply(ratio) & ~np.isnan(ratio)
        return drop_flagged(catalog, self.fluxField, inside)


class RequireFlags(pex_config.Config):
    """Flags that must be set, and flags that must not be set."""

    good = pex_config.ListField[str](doc="Flag columns that must be true.", default=[])
    bad = pex_config.ListField[str](doc="Flag columns that must be false.", default=[])

    def apply(self, catalog: Any) -> BoolArray:
        """Return which sources have all good flags and no bad one."""
        selected = np.ones(len(catalog), dtype=bool)
        for name in self.good:
            selected &= flag(catalog, name)
        for name in self.bad:
            selected &= ~flag(catalog, name)
        return selected


class RequireUnresolved(BaseLimit):
    """Limits of an extendedness: small for point sources."""

    name = pex_config.Field[str](
        doc="Column with the extendedness.", default="base_ClassificationSizeExtendedness_value"
    )

    def setDefaults(self) -> None:
        """Keep extendedness below 0.1."""
        super().setDefaults()
        self.maximum = 0.1

    def apply(self, catalog: Any) -> BoolArray:
        """Return which sources have an extendedness inside the limits, whatever its flag."""
        return super().apply(column(catalog, self.name))


class RequireIsolated(pex_config.Config):
    """Sources that are neither blended nor parents of a blend."""

    parentName = pex_config.Field[str](doc="Column with the id of the parent.", default="parent")
    nChildName = pex_config.Field[str](doc="Column with the number of children.", default="deblend_nChild")

    def apply(self, catalog: Any) -> BoolArray:
        """Return which sources have no parent and no children."""
        return (column(catalog, self.parentName) == 0) & (column(catalog, self.nChildName) == 0)


class RequireFiniteRaDec(pex_config.Config):
    """Sources with a finite sky position."""

    raColName = pex_config.Field[str](doc="Column with the right ascension.", default="coord_ra")
    decColName = pex_config.Field[str](doc="Column with the declination.", default="coord_dec")

    def apply(self, catalog: Any) -> BoolArray:
        """Return which sources have both coordinates finite."""
        return np.isfinite(column(catalog, self.raColName)) & np.isfinite(column(catalog, self.decColName))


class RequirePrimary(pex_config.Config):
    """Sources that are the primary detection of their object."""

    primaryColName = pex_config.Field[str](doc="Flag column of primary sources.", default="detect_isPrimary")

    def apply(self, catalog: Any) -> BoolArray:
        """Return which sources are primary."""
        return flag(catalog, self.primaryColName).copy()


class CentroidErrorLimit(BaseLimit):
    """Limits of the errors of both centroid coordinates, in pixels."""

    centroidField = pex_config.Field[str](
        doc="Centroid; the columns of its errors are this name with _xErr and _yErr.", default="slot_Centroid"
    )

    def setDefaults(self) -> None:
        """Keep errors below 3 pixels."""
        super().setDefaults()
        self.maximum = 3.0

    def apply(self, catalog: Any) -> BoolArray:
        """Return which sources have both errors finite and inside the limits."""
        selected = np.ones(len(catalog), dtype=bool)
        for suffix in ("_xErr", "_yErr"):
            error = column(catalog, self.centroidField + suffix)
            selected &= super().apply(error) & np.isfinite(error)
        return selected


class CullFromMaskedRegion(pex_config.Config):
    """Sources whose pixel is not masked."""

    badMaskNames = pex_config.ListField[str](
        doc="Mask planes of which none may be set; those that an image lacks are ignored.",
        default=["NO_DATA", "NOT_DEBLENDED"],
    )
    xColName = pex_config.Field[str](doc="Column with x in pixels.", default="centroid_x")
    yColName = pex_config.Field[str](doc="Column with y in pixels.", default="centroid_y")

    def apply(self, catalog: Any, exposure: Any) -> BoolArray:
        """Return which sources lie on unmasked pixels, or outside of the image.

        Parameters
        ----------
        catalog : table
            Sources; the pixel is what is left of a position without fraction.
        exposure : `~lsst.afw.image.Exposure`
            Image with a mask.

        Raises
        ------
        RuntimeError
            Raised if there is no image.
        """
        if exposure is None:
            raise RuntimeError("Sources on masked pixels can only be culled with an exposure: pass one.")
        mask = exposure.mask
        bits = mask.getPlaneBitMask([n for n in self.badMaskNames if n in mask.getMaskPlaneDict()])
        height, width = mask.array.shape
        x = np.trunc(column(catalog, self.xColName)) - mask.getX0()
        y = np.trunc(column(catalog, self.yColName)) - mask.getY0()
        # Comparisons with NaN are false, too.
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        selected = np.ones(len(catalog), dtype=bool)
        selected[inside] = mask.array[y[inside].astype(int), x[inside].astype(int)] & bits == 0
        return selected
