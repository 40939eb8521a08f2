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
    "ColorLimit",
    "CullFromMaskedRegion",
    "FluxLimit",
    "MagnitudeErrorLimit",
    "MagnitudeLimit",
    "NullSourceSelectorTask",
    "ReferenceSourceSelectorConfig",
    "ReferenceSourceSelectorTask",
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
from typing import Any, ClassVar, Protocol

import numpy as np

import lsst.pex.config as pex_config
import lsst.pipe.base as pipe_base

from ._source_columns import BoolArray
from ._source_limits import (
    BaseLimit,
    CentroidErrorLimit,
    ColorLimit,
    CullFromMaskedRegion,
    FluxLimit,
    MagnitudeErrorLimit,
    MagnitudeLimit,
    RequireFiniteRaDec,
    RequireFlags,
    RequireIsolated,
    RequirePrimary,
    RequireUnresolved,
    SignalToNoiseLimit,
)


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


class _Cut(Protocol):
    """A cut of one of the selectors below."""

    def apply(self, catalog: Any, /) -> BoolArray:
        """Return which sources pass."""
        ...


def _passing(catalog: Any, *cuts: tuple[bool, _Cut]) -> BoolArray:
    """Return which sources pass all cuts that are enabled, in their order."""
    selected = np.ones(len(catalog), dtype=bool)
    for is_enabled, cut in cuts:
        if is_enabled:
            selected &= cut.apply(catalog)
    return selected


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
            "base_PixelFlags_flag_nodata",
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
        config = self.config
        selected = _passing(
            sourceCat,
            (config.doFluxLimit, config.fluxLimit),
            (config.doFlags, config.flags),
            (config.doUnresolved, config.unresolved),
            (config.doSignalToNoise, config.signalToNoise),
            (config.doIsolated, config.isolated),
            (config.doRequireFiniteRaDec, config.requireFiniteRaDec),
            (config.doRequirePrimary, config.requirePrimary),
        )
        if config.doSkySources:
            selected |= config.skyFlag.apply(sourceCat)
        if config.doCentroidErrorLimit:
            selected &= config.centroidErrorLimit.apply(sourceCat)
        self.log.info("Selected %d/%d sources", selected.sum(), len(sourceCat))
        return pipe_base.Struct(selected=selected)


class ReferenceSourceSelectorConfig(BaseSourceSelectorConfig):
    """Switches of the cuts of reference stars, and the options of each cut."""

    doMagLimit = pex_config.Field[bool](doc="Limit the magnitude?", default=False)
    doFlags = pex_config.Field[bool](doc="Require and reject flags?", default=False)
    doUnresolved = pex_config.Field[bool](doc="Keep only unresolved sources?", default=False)
    doSignalToNoise = pex_config.Field[bool](doc="Limit the signal-to-noise ratio?", default=False)
    doMagError = pex_config.Field[bool](doc="Limit the error of the magnitude?", default=False)
    doRequireFiniteRaDec = pex_config.Field[bool](doc="Require a finite sky position?", default=True)
    doCullFromMaskedRegion = pex_config.Field[bool](doc="Drop sources on masked pixels?", default=False)
    magLimit = pex_config.ConfigField[MagnitudeLimit](dtype=MagnitudeLimit, doc="Limits of the magnitude.")
    flags = pex_config.ConfigField[RequireFlags](dtype=RequireFlags, doc="Required and rejected flags.")
    unresolved = pex_config.ConfigField[RequireUnresolved](
        dtype=RequireUnresolved, doc="What counts as unresolved."
    )
    requireFiniteRaDec = pex_config.ConfigField[RequireFiniteRaDec](
        dtype=RequireFiniteRaDec, doc="Columns of the sky position."
    )
    signalToNoise = pex_config.ConfigField[SignalToNoiseLimit](
        dtype=SignalToNoiseLimit, doc="Limits of the signal-to-noise ratio."
    )
    magError = pex_config.ConfigField[MagnitudeErrorLimit](
        dtype=MagnitudeErrorLimit, doc="Limits of the error of the magnitude."
    )
    colorLimits = pex_config.ConfigDictField(
        keytype=str, itemtype=ColorLimit, default={}, doc="Limits of colors; the keys are only labels."
    )
    cullFromMaskedRegion = pex_config.ConfigField[CullFromMaskedRegion](
        dtype=CullFromMaskedRegion, doc="Mask planes and columns of positions."
    )

    def setDefaults(self) -> None:
        """Set the columns of fluxes of reference catalogs."""
        super().setDefaults()
        self.signalToNoise.fluxField = "flux"
        self.signalToNoise.errField = "flux_err"


@pex_config.registerConfigurable("references", sourceSelectorRegistry)
class ReferenceSourceSelectorTask(BaseSourceSelectorTask):
    """Select reference stars: the cuts of the configuration."""

    config: ReferenceSourceSelectorConfig
    ConfigClass: ClassVar[type[pex_config.Config]] = ReferenceSourceSelectorConfig

    def selectSources(self, sourceCat: Any, matches: Any = None, exposure: Any = None) -> pipe_base.Struct:
        """Apply the enabled cuts and all limits of colors.

        Parameters
        ----------
        sourceCat : table
            Sources; fluxes in nJy.
        matches : optional
            Not used.
        exposure : `~lsst.afw.image.Exposure`, optional
            Image, for the cut by masked pixels.

        Returns
        -------
        result : `lsst.pipe.base.Struct`
            ``selected``, `numpy.ndarray` of bool, shape (n,).

        Raises
        ------
        KeyError
            Raised if a column of an enabled cut is missing.
        RuntimeError
            Raised if there is no exposure for the cut by masked pixels.
        """
        config = self.config
        selected = _passing(
            sourceCat,
            (config.doMagLimit, config.magLimit),
            (config.doFlags, config.flags),
            (config.doUnresolved, config.unresolved),
            (config.doSignalToNoise, config.signalToNoise),
            (config.doMagError, config.magError),
            (config.doRequireFiniteRaDec, config.requireFiniteRaDec),
            *((True, limit) for limit in config.colorLimits.values()),
        )
        if config.doCullFromMaskedRegion:
            selected &= config.cullFromMaskedRegion.apply(sourceCat, exposure)
        self.log.info("Selected %d/%d references", selected.sum(), len(sourceCat))
        return pipe_base.Struct(selected=selected)


@pex_config.registerConfigurable("null", sourceSelectorRegistry)
class NullSourceSelectorTask(BaseSourceSelectorTask):
    """Select all sources."""

    # The stack takes the other arguments by any name.
    def selectSources(self, sourceCat: Any, **kwargs: Any) -> pipe_base.Struct:  # type: ignore[override]
        """Return a true value for each source; see `BaseSourceSelectorTask.selectSources`."""
        return pipe_base.Struct(selected=np.ones(len(sourceCat), dtype=bool))
