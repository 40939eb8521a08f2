"""Selection of sources by flags, signal-to-noise ratio and similar cuts.

A selector works on any table that gives its columns by name: catalogs of
`lsst.afw.table` (aliases included), `astropy.table.Table`, and data frames.
"""

from __future__ import annotations

__all__ = [
    "BaseLimit",
    "BaseSourceSelectorConfig",
    "BaseSourceSelectorTask",
    "CentroidErrorLimit",
    "FluxLimit",
    "RequireFiniteRaDec",
    "RequireFlags",
    "RequireIsolated",
    "RequirePrimary",
    "RequireUnresolved",
    "ScienceSourceSelectorConfig",
    "ScienceSourceSelectorTask",
    "SignalToNoiseLimit",
    "sourceSelectorRegistry",
]

import abc
from collections.abc import Callable, Collection
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

import lsst.pex.config as pex_config
import lsst.pipe.base as pipe_base

BoolArray = NDArray[np.bool_]


def _column_names(catalog: Any) -> Collection[str]:
    """Return a container of the names of the columns of a catalog, aliases included."""
    return catalog.schema if hasattr(catalog, "schema") else catalog.columns


def _column(catalog: Any, name: str) -> NDArray[Any]:
    """Return one column without units.

    Raises
    ------
    KeyError
        Raised if the catalog has no such column.
    """
    if name not in _column_names(catalog):
        raise KeyError(f"The source catalog has no column {name!r}, which the source selection needs.")
    return np.asarray(catalog[name])


def _flag(catalog: Any, name: str) -> BoolArray:
    """Return one column that must be boolean.

    Raises
    ------
    KeyError
        Raised if the catalog has no such column.
    TypeError
        Raised if the column holds anything but booleans.
    """
    values = _column(catalog, name)
    if values.dtype != np.bool_:
        raise TypeError(f"Column {name!r} is used as a flag but has type {values.dtype}; bool is required.")
    return values


def _drop_flagged(catalog: Any, field: str, selected: BoolArray) -> BoolArray:
    """Drop the rows in which ``<field>_flag`` is set, if there is such a column."""
    name = f"{field}_flag"
    return selected & ~_flag(catalog, name) if name in _column_names(catalog) else selected


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
            False for NaN, even when there is no limit.
        """
        selected = ~np.isnan(values)
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
        inside = super().apply(_column(catalog, self.fluxField))
        return _drop_flagged(catalog, self.fluxField, inside)


class SignalToNoiseLimit(BaseLimit):
    """Limits of the ratio of a flux and its error."""

    fluxField = pex_config.Field[str](doc="Column with the flux.", default="base_PsfFlux_instFlux")
    errField = pex_config.Field[str](
        doc="Column with the standard error of the flux.", default="base_PsfFlux_instFluxErr"
    )

    def apply(self, catalog: Any) -> BoolArray:
        """Return which sources have an unflagged flux with a ratio inside the limits.

        An error of zero gives an infinite ratio, which any upper limit drops.
        """
        flux = _column(catalog, self.fluxField)
        error = _column(catalog, self.errField)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            inside = super().apply(flux / error)
        return _drop_flagged(catalog, self.fluxField, inside)


class RequireFlags(pex_config.Config):
    """Flags that must be set, and flags that must not be set."""

    good = pex_config.ListField[str](doc="Flag columns that must be true.", default=[])
    bad = pex_config.ListField[str](doc="Flag columns that must be false.", default=[])

    def apply(self, catalog: Any) -> BoolArray:
        """Return which sources have all good flags and no bad one."""
        selected = np.ones(len(catalog), dtype=bool)
        for name in self.good:
            selected &= _flag(catalog, name)
        for name in self.bad:
            selected &= ~_flag(catalog, name)
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
        return super().apply(_column(catalog, self.name))


class RequireIsolated(pex_config.Config):
    """Sources that are neither blended nor parents of a blend."""

    parentName = pex_config.Field[str](doc="Column with the id of the parent.", default="parent")
    nChildName = pex_config.Field[str](doc="Column with the number of children.", default="deblend_nChild")

    def apply(self, catalog: Any) -> BoolArray:
        """Return which sources have no parent and no children."""
        return (_column(catalog, self.parentName) == 0) & (_column(catalog, self.nChildName) == 0)


class RequireFiniteRaDec(pex_config.Config):
    """Sources with a finite sky position."""

    raColName = pex_config.Field[str](doc="Column with the right ascension.", default="coord_ra")
    decColName = pex_config.Field[str](doc="Column with the declination.", default="coord_dec")

    def apply(self, catalog: Any) -> BoolArray:
        """Return which sources have both coordinates finite."""
        return np.isfinite(_column(catalog, self.raColName)) & np.isfinite(_column(catalog, self.decColName))


class RequirePrimary(pex_config.Config):
    """Sources that are the primary detection of their object."""

    primaryColName = pex_config.Field[str](doc="Flag column of primary sources.", default="detect_isPrimary")

    def apply(self, catalog: Any) -> BoolArray:
        """Return which sources are primary."""
        return _flag(catalog, self.primaryColName).copy()


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
            error = _column(catalog, self.centroidField + suffix)
            selected &= super().apply(error) & np.isfinite(error)
        return selected


class BaseSourceSelectorConfig(pex_config.Config):
    """Configuration of a selector without options."""


class BaseSourceSelectorTask(pipe_base.Task, metaclass=abc.ABCMeta):
    """Interface of the source selectors: `selectSources` decides, `run` applies.

    The set of selectors is open (`sourceSelectorRegistry`).
    """

    ConfigClass: ClassVar[type[pex_config.Config]] = BaseSourceSelectorConfig
    _DefaultName: ClassVar[str] = "sourceSelector"

    def run(
        self,
        sourceCat: Any,
        sourceSelectedField: str | None = None,
        matches: Any = None,
        exposure: Any = None,
    ) -> pipe_base.Struct:
        """Select sources and return them.

        Parameters
        ----------
        sourceCat : table
            Sources; an afw catalog must be contiguous in memory.
        sourceSelectedField : `str`, optional
            Flag column of ``sourceCat`` that is set for the selected sources;
            nothing is written if `None`.
        matches, exposure : optional
            Passed on to `selectSources`.

        Returns
        -------
        result : `lsst.pipe.base.Struct`
            ``sourceCat``, the selected rows; ``selected``, a boolean array with
            one entry for each row of the input.

        Raises
        ------
        RuntimeError
            Raised if an afw catalog is not contiguous.
        """
        if hasattr(sourceCat, "isContiguous") and not sourceCat.isContiguous():
            raise RuntimeError("Source selection needs a catalog that is contiguous in memory: copy it.")
        selected = self.selectSources(sourceCat=sourceCat, exposure=exposure, matches=matches).selected
        if sourceSelectedField is not None:
            sourceCat[sourceSelectedField] = selected
        return pipe_base.Struct(sourceCat=sourceCat[selected], selected=selected)

    @abc.abstractmethod
    def selectSources(self, sourceCat: Any, matches: Any = None, exposure: Any = None) -> pipe_base.Struct:
        """Decide which sources are selected.

        Returns
        -------
        result : `lsst.pipe.base.Struct`
            ``selected``, a boolean array with one entry for each source.
        """
        raise NotImplementedError("A source selector must define selectSources.")


sourceSelectorRegistry = pex_config.makeRegistry(  # noqa: N816 (the stack's name)
    doc="Selectors of sources (BaseSourceSelectorTask)."
)


class ScienceSourceSelectorConfig(BaseSourceSelectorConfig):
    """Switches of the cuts, and the options of each cut."""

    doFluxLimit = pex_config.Field[bool](doc="Limit the flux?", default=False)
    doFlags = pex_config.Field[bool](doc="Require and reject flags?", default=False)
    doUnresolved = pex_config.Field[bool](doc="Keep only unresolved sources?", default=False)
    doSignalToNoise = pex_config.Field[bool](doc="Limit the signal-to-noise ratio?", default=False)
    doIsolated = pex_config.Field[bool](doc="Keep only isolated sources?", default=False)
    doRequireFiniteRaDec = pex_config.Field[bool](doc="Require a finite sky position?", default=False)
    doRequirePrimary = pex_config.Field[bool](doc="Keep only primary sources?", default=False)
    doSkySources = pex_config.Field[bool](
        doc="Add sky sources (skyFlag), whatever the cuts before say?", default=False
    )
    doCentroidErrorLimit = pex_config.Field[bool](
        doc="Limit the centroid errors, of added sky sources too?", default=False
    )
    fluxLimit = pex_config.ConfigField[FluxLimit](dtype=FluxLimit, doc="Limits of the flux.")
    flags = pex_config.ConfigField[RequireFlags](dtype=RequireFlags, doc="Required and rejected flags.")
    unresolved = pex_config.ConfigField[RequireUnresolved](
        dtype=RequireUnresolved, doc="What counts as unresolved."
    )
    signalToNoise = pex_config.ConfigField[SignalToNoiseLimit](
        dtype=SignalToNoiseLimit, doc="Limits of the signal-to-noise ratio."
    )
    isolated = pex_config.ConfigField[RequireIsolated](dtype=RequireIsolated, doc="What counts as isolated.")
    requireFiniteRaDec = pex_config.ConfigField[RequireFiniteRaDec](
        dtype=RequireFiniteRaDec, doc="Columns of the sky position."
    )
    requirePrimary = pex_config.ConfigField[RequirePrimary](
        dtype=RequirePrimary, doc="What counts as primary."
    )
    skyFlag = pex_config.ConfigField[RequireFlags](
        dtype=RequireFlags, doc="Flags of the sky sources that doSkySources adds."
    )
    centroidErrorLimit = pex_config.ConfigField[CentroidErrorLimit](
        dtype=CentroidErrorLimit, doc="Limits of the centroid errors."
    )

    def setDefaults(self) -> None:
        """Set the flags of measurements that cannot be used, and of sky sources."""
        super().setDefaults()
        self.flags.bad = [
            "base_PixelFlags_flag_edge",
            "base_PixelFlags_flag_saturated",
            "base_PsfFlux_flag",
        ]
        self.skyFlag.good = ["sky_source"]


@pex_config.registerConfigurable("science", sourceSelectorRegistry)
class ScienceSourceSelectorTask(BaseSourceSelectorTask):
    """Select sources that are useful for science: the cuts of the configuration."""

    config: ScienceSourceSelectorConfig
    ConfigClass: ClassVar[type[pex_config.Config]] = ScienceSourceSelectorConfig

    def selectSources(self, sourceCat: Any, matches: Any = None, exposure: Any = None) -> pipe_base.Struct:
        """Apply the enabled cuts.

        Parameters
        ----------
        sourceCat : table
            Sources.
        matches, exposure : optional
            Not used.

        Returns
        -------
        result : `lsst.pipe.base.Struct`
            ``selected``, `numpy.ndarray` of bool, shape (n,).

        Raises
        ------
        KeyError
            Raised if a column of an enabled cut is missing.
        TypeError
            Raised if a flag column is not boolean.

        Notes
        -----
        All cuts must be passed; then sky sources are added, if asked for; then
        the limit of centroid errors applies to the rows selected so far (the order of the stack).
        """
        selected = np.ones(len(sourceCat), dtype=bool)
        for cut in self._cuts():
            selected &= cut(sourceCat)
        if self.config.doSkySources:
            selected |= self.config.skyFlag.apply(sourceCat)
        if self.config.doCentroidErrorLimit:
            selected &= self.config.centroidErrorLimit.apply(sourceCat)
        self.log.info("Selected %d/%d sources", selected.sum(), len(sourceCat))
        return pipe_base.Struct(selected=selected)

    def _cuts(self) -> list[Callable[[Any], BoolArray]]:
        """Return the enabled cuts that every source must pass, in order."""
        config = self.config
        cuts = (
            (config.doFluxLimit, config.fluxLimit),
            (config.doFlags, config.flags),
            (config.doUnresolved, config.unresolved),
            (config.doSignalToNoise, config.signalToNoise),
            (config.doIsolated, config.isolated),
            (config.doRequireFiniteRaDec, config.requireFiniteRaDec),
            (config.doRequirePrimary, config.requirePrimary),
        )
        return [cut.apply for enabled, cut in cuts if enabled]
