"""Integers for tracts, patches and bands of a sky map."""

from __future__ import annotations

__all__ = ["SkyMapDimensionPacker"]

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from lsst.daf.butler import DataCoordinate, DimensionGroup, DimensionPacker
from lsst.pex.config import Config, ConfigurableField, DictField, Field


class SkyMapDimensionPackerConfig(Config):
    """Numbers for which a `SkyMapDimensionPacker` leaves room."""

    bands: Any = DictField(
        doc="Number of each band; by default that of a list of common ones.",
        keytype=str,
        itemtype=int,
        default=None,
        optional=True,
    )
    n_bands: Any = Field(
        doc="Number of bands; by default, 0, the integers do not depend on the band. None stands for that "
        "of the bands given, or of the list of common ones.",
        dtype=int,
        default=0,
        optional=True,
    )
    n_tracts: Any = Field(
        doc="Number of tracts; by default that of the sky map.",
        dtype=int,
        default=None,
        optional=True,
    )
    n_patches: Any = Field(
        doc="Number of patches of a tract; by default that of the sky map.",
        dtype=int,
        default=None,
        optional=True,
    )


class SkyMapDimensionPacker(DimensionPacker):
    """Integers that stand for a patch of a sky map, or for a patch in a band.

    The integer of patch p of tract t in the band number b is
    ``p + n_patches * (t + n_tracts * b)``.

    Parameters
    ----------
    fixed : `lsst.daf.butler.DataCoordinate`
        Data ID of the sky map, with its records unless both numbers are given.
    dimensions : `lsst.daf.butler.DimensionGroup`, optional
        Dimensions of the data IDs: those of a patch, with or without the
        band; by default with it, unless ``n_bands`` is 0.
    bands : `~collections.abc.Mapping` [`str`, `int`], optional
        Number of each band; by default the place in `SUPPORTED_FILTERS`.
    n_bands : `int`, optional
        Number of bands; by default that of ``bands``.
    n_tracts, n_patches : `int`, optional
        Number of tracts, and of patches of a tract; by default those in the
        record of the sky map.

    Raises
    ------
    ValueError
        Raised if the dimensions are not those of a patch.
    """

    # The order is part of the integers that exist.
    SUPPORTED_FILTERS: ClassVar[list[str | None]] = [
        None,
        *"ugrizyUBGVRIZYJHK",
        *("N387", "N515", "N656", "N816", "N921", "N1010"),
        *("N419", "N540", "N708", "N964"),
    ]
    ConfigClass: ClassVar[type[Config]] = SkyMapDimensionPackerConfig

    def __init__(
        self,
        fixed: DataCoordinate,
        dimensions: DimensionGroup | None = None,
        bands: Mapping[str, int] | None = None,
        n_bands: int | None = None,
        n_tracts: int | None = None,
        n_patches: int | None = None,
    ) -> None:
        self._bands: Mapping[Any, int] = (
            {band: number for number, band in enumerate(self.SUPPORTED_FILTERS)} if bands is None else bands
        )
        names = ["skymap", "tract", "patch", *(["band"] if n_bands != 0 else [])]
        wanted = fixed.universe.conform(names) if dimensions is None else dimensions
        if wanted.names - {"band"} != {"skymap", "tract", "patch"}:
            raise ValueError(f"the dimensions {wanted} are not those of a patch, with or without a band.")
        super().__init__(fixed, wanted)
        self._n_bands = (len(self._bands) if n_bands is None else n_bands) if "band" in wanted.names else 0
        record: Any = None if n_tracts is not None and n_patches is not None else fixed.records["skymap"]
        self._n_tracts = int(record.tract_max if n_tracts is None else n_tracts)
        self._n_patches = int(record.patch_nx_max * record.patch_ny_max if n_patches is None else n_patches)

    @classmethod
    def make_config_field(
        cls, doc: str = "How to pack tract, patch, and possibly band into an integer."
    ) -> ConfigurableField:
        """Return a field of configurations that makes packers.

        Parameters
        ----------
        doc : `str`, optional
            Documentation of the field.
        """
        return ConfigurableField(doc, target=cls.from_config, ConfigClass=cls.ConfigClass)

    @classmethod
    def from_config(
        cls, data_id: DataCoordinate, config: SkyMapDimensionPackerConfig
    ) -> SkyMapDimensionPacker:
        """Return the packer of a configuration.

        Parameters
        ----------
        data_id : `lsst.daf.butler.DataCoordinate`
            Data ID with a sky map, and its records unless the configuration has the numbers.
        config : `SkyMapDimensionPackerConfig`
            Numbers for which it leaves room.
        """
        fixed = data_id.subset(data_id.universe.conform(["skymap"]))
        numbers = {name: getattr(config, name) for name in ("bands", "n_bands", "n_tracts", "n_patches")}
        return cls(fixed, **numbers)

    @property
    def maxBits(self) -> int:
        """Number of bits that the largest integer takes."""
        return (self._n_tracts * self._n_patches * max(self._n_bands, 1) - 1).bit_length()

    def _pack(self, dataId: DataCoordinate) -> int:
        tract, patch = int(dataId["tract"]), int(dataId["patch"])
        for name, number, count in (("patch", patch, self._n_patches), ("tract", tract, self._n_tracts)):
            if number >= count:
                raise ValueError(f"{name} {number} is not below {count}, for which there is room.")
        band = self._number_of(dataId["band"]) if self._n_bands else 0
        return patch + self._n_patches * (tract + self._n_tracts * band)

    def _number_of(self, band: Any) -> int:
        number = self._bands.get(band)
        if number is None or number >= self._n_bands:
            known = [name for name, each in self._bands.items() if each < self._n_bands]
            raise ValueError(f"the band {band!r} is none of {known}, for which there is room.")
        return number

    @cached_property
    def _names(self) -> dict[int, Any]:
        return {number: band for band, number in self._bands.items()}

    def unpack(self, packedId: int) -> DataCoordinate:
        """Return the data ID that an integer stands for.

        Parameters
        ----------
        packedId : `int`
            Integer that `pack` returned.
        """
        rest, patch = divmod(packedId, self._n_patches)
        band, tract = divmod(rest, self._n_tracts)
        data_id = {"skymap": self.fixed["skymap"], "tract": tract, "patch": patch}
        if self._n_bands:
            data_id["band"] = self._names[band]
        return DataCoordinate.standardize(data_id, dimensions=self.dimensions)
