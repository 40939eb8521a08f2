"""Providers of components: what a provider's name in the configuration stands for.

The union `Provider` is closed. It is made from the configuration by
`Providers.from_config`; whoever needs to know more of a provider than its
attributes uses ``match``.
"""

from __future__ import annotations

__all__ = [
    "GlobalProvider",
    "HealpixProvider",
    "KeptProvider",
    "Provider",
    "Providers",
    "ReplacementProvider",
    "TractProvider",
    "parse_provider",
]

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, assert_never

from lsst.daf.butler import DimensionUniverse

from .override_inputs import GlobalInput, PerHealpixInput, PerTractInput, PossiblyMultipleInput

if TYPE_CHECKING:
    from lsst.pipe.base import InputQuantizedConnection, QuantumContext
    from lsst.skymap import BaseSkyMap

    from .config import UpdateVisitSummaryConfig

_HEALPIX = "healpix"


@dataclass(frozen=True)
class KeptProvider:
    """The component of the input summary stays as it is."""

    name: ClassVar[str] = "input_summary"
    """Name of the provider in the configuration (`str`)."""

    suffix: ClassVar[None] = None
    """There is no connection with catalogs (`None`)."""

    region_kind: ClassVar[None] = None
    """There are no regions (`None`)."""


@dataclass(frozen=True)
class TractProvider:
    """One catalog for each tract."""

    name: ClassVar[str] = "tract"
    """Name of the provider in the configuration (`str`)."""

    suffix: ClassVar[str] = "tract"
    """End of the name of the connection with the catalogs (`str`)."""

    dimension: ClassVar[str] = "tract"
    """Dimension of a catalog besides instrument and visit (`str`)."""

    region_kind: ClassVar[str] = PerTractInput.region_kind
    """Kind of the regions, as `PossiblyMultipleInput.region_kind` (`str`)."""


@dataclass(frozen=True)
class GlobalProvider:
    """One catalog for the whole visit."""

    name: ClassVar[str] = "global"
    """Name of the provider in the configuration (`str`)."""

    suffix: ClassVar[str] = "global"
    """End of the name of the connection with the catalog (`str`)."""

    region_kind: ClassVar[None] = None
    """There are no regions (`None`)."""


@dataclass(frozen=True)
class HealpixProvider:
    """One catalog for each HEALPix pixel of a level."""

    suffix: ClassVar[str] = "skypix"
    """End of the name of the connection with the catalogs (`str`)."""

    region_kind: ClassVar[str] = PerHealpixInput.region_kind
    """Kind of the regions, as `PossiblyMultipleInput.region_kind` (`str`)."""

    level: int
    """Level of the pixels (`int`)."""

    @property
    def name(self) -> str:
        """Name of the provider in the configuration (`str`)."""
        return f"{_HEALPIX}{self.level}"

    @property
    def dimension(self) -> str:
        """Dimension of a catalog besides instrument and visit (`str`)."""
        return self.name


@dataclass(frozen=True)
class ReplacementProvider:
    """Backgrounds of each detector, to be subtracted on top of those that have been."""

    name: ClassVar[str] = "replacement"
    """Name of the provider in the configuration (`str`)."""


Provider: TypeAlias = KeptProvider | TractProvider | GlobalProvider | HealpixProvider
"""Provider of a component that catalogs of overrides can replace."""

_NAMED: dict[str, Provider] = {
    provider.name: provider for provider in (KeptProvider(), TractProvider(), GlobalProvider())
}


def parse_provider(name: str) -> Provider:
    """Return the provider that a name stands for.

    Parameters
    ----------
    name : `str`
        Value of ``wcs_provider`` or ``photo_calib_provider``.

    Returns
    -------
    provider : `KeptProvider`, `TractProvider`, `GlobalProvider`, or `HealpixProvider`
        The provider.

    Raises
    ------
    ValueError
        Raised if the name is not valid; the message has all valid forms.
    """
    if name in _NAMED:
        return _NAMED[name]
    universe = DimensionUniverse()
    # Only what the butler knows as a dimension: neither "healpix03" nor a level beyond the last.
    if name.startswith(_HEALPIX) and name in universe.skypix_dimensions.names:
        return HealpixProvider(int(name.removeprefix(_HEALPIX)))
    forms = ", ".join(f"'{known}'" for known in _NAMED)
    raise ValueError(
        f"Provider {name!r} is not {forms}, or '{_HEALPIX}N' with a level N from 0 to "
        f"{universe.skypix[_HEALPIX].maxLevel}."
    )


@dataclass(frozen=True)
class Providers:
    """Providers of all components that have one in the configuration."""

    wcs: Provider
    """Provider of WCSs."""

    photo_calib: Provider
    """Provider of photometric calibrations."""

    background: KeptProvider | ReplacementProvider
    """Provider of backgrounds."""

    @classmethod
    def from_config(cls, config: UpdateVisitSummaryConfig) -> Providers:
        """Resolve the names in a configuration.

        Parameters
        ----------
        config : `UpdateVisitSummaryConfig`
            Configuration of the task.
        """
        kept = KeptProvider()
        return cls(
            wcs=parse_provider(config.wcs_provider),
            photo_calib=parse_provider(config.photo_calib_provider),
            background=kept if config.background_provider == kept.name else ReplacementProvider(),
        )

    @property
    def by_argument(self) -> dict[str, Provider]:
        """Providers of catalogs by argument of ``run`` (`dict` [`str`, `Provider`])."""
        return {"wcs_overrides": self.wcs, "photo_calib_overrides": self.photo_calib}

    @property
    def connections(self) -> dict[str, str]:
        """Connections with catalogs by argument of ``run``, if not kept (`dict` [`str`, `str`])."""
        return {
            argument: f"{argument}_{provider.suffix}"
            for argument, provider in self.by_argument.items()
            if provider.suffix is not None
        }

    @property
    def need_sky_map(self) -> bool:
        """Whether a provider has tracts, which the sky map defines (`bool`)."""
        return any(isinstance(provider, TractProvider) for provider in self.by_argument.values())

    def load(
        self, butler_qc: QuantumContext, refs: InputQuantizedConnection
    ) -> dict[str, PossiblyMultipleInput | None]:
        """Read the catalogs of all providers.

        Parameters
        ----------
        butler_qc : `lsst.pipe.base.QuantumContext`
            Where the catalogs are.
        refs : `lsst.pipe.base.InputQuantizedConnection`
            Inputs of the quantum.

        Returns
        -------
        overrides : `dict` [`str`, `PossiblyMultipleInput` or `None`]
            Overrides by argument of ``run``; `None` for what is kept.
        """
        sky_map = butler_qc.get(refs.sky_map) if self.need_sky_map else None
        refs_of = {argument: getattr(refs, name) for argument, name in self.connections.items()}
        return {
            argument: _load(provider, butler_qc, refs_of.get(argument), sky_map)
            for argument, provider in self.by_argument.items()
        }


def _load(
    provider: Provider, butler_qc: QuantumContext, refs: Any, sky_map: BaseSkyMap | None
) -> PossiblyMultipleInput | None:
    """Read the catalogs of one provider."""
    match provider:
        case KeptProvider():
            return None
        case TractProvider():
            assert sky_map is not None, "Read with the catalogs by Providers.load."
            return PerTractInput.load(butler_qc, sky_map, refs)
        case GlobalProvider():
            return GlobalInput(butler_qc.get(refs))
        case HealpixProvider():
            return PerHealpixInput.load(butler_qc, refs)
    assert_never(provider)
