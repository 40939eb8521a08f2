"""Base class of sky maps, and its configuration."""

from __future__ import annotations

__all__ = ["BaseSkyMap", "BaseSkyMapConfig", "skyMapRegistry"]

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

import lsst.pex.config as pexConfig
from lsst.afw.geom import makeCdMatrix, makeSkyWcs
from lsst.geom import Point2D, SpherePoint, arcseconds, degrees, radians

from .patchInfo import PatchInfo
from .tractBuilder import tractBuilderRegistry
from .tractInfo import TractInfo

if TYPE_CHECKING:
    from lsst.daf.butler import Butler

skyMapRegistry = pexConfig.makeRegistry(doc="Sky maps")


class BaseSkyMapConfig(pexConfig.Config):
    """Configuration of a sky map.

    ``patchInnerDimensions`` and ``patchBorder`` are those of the ``legacy``
    tract builder, where configurations of before 2021 had them.
    """

    tractBuilder = tractBuilderRegistry.makeField(doc="how a tract is divided into patches", default="legacy")
    tractOverlap = pexConfig.Field[float](
        doc="least overlap of neighboring tracts on the sky (deg)", default=1.0
    )
    pixelScale = pexConfig.Field[float](doc="nominal pixel scale (arcsec/pixel)", default=0.333)
    projection = pexConfig.Field[str](doc="FITS code of the projection", default="STG")
    rotation = pexConfig.Field[float](doc="rotation of the WCS (deg)", default=0)

    @property
    def patchInnerDimensions(self) -> Any:
        """Width and height of the inner region of a patch."""
        return self.tractBuilder["legacy"].patchInnerDimensions

    @patchInnerDimensions.setter
    def patchInnerDimensions(self, value: Sequence[int]) -> None:
        self.tractBuilder["legacy"].patchInnerDimensions = value

    @property
    def patchBorder(self) -> int:
        """Width of the border between the inner and the outer box of a patch."""
        return self.tractBuilder["legacy"].patchBorder

    @patchBorder.setter
    def patchBorder(self, value: int) -> None:
        self.tractBuilder["legacy"].patchBorder = value


class BaseSkyMap:
    """A sequence of tracts that covers the sky or a part of it; immutable.

    Parameters
    ----------
    config : `BaseSkyMapConfig`, optional
        Configuration; it is frozen.

    Notes
    -----
    Compared with values of the real stack: number of tracts, `findTract`,
    `getSha1`; of tracts the center, box, numbers of patches, WCS, vertices and
    outer polygon, and the boxes of patch 0; with the legacy tract builder. Not
    compared, but checked against their definitions: all methods that find patches
    or several tracts, `TractInfo.inner_sky_region`, `register`, and tracts with
    cells.
    """

    ConfigClass: ClassVar[type[BaseSkyMapConfig]] = BaseSkyMapConfig

    SKYMAP_RUN_COLLECTION_NAME: ClassVar[str] = "skymaps"
    SKYMAP_DATASET_TYPE_NAME: ClassVar[str] = "skyMap"

    def __init__(self, config: BaseSkyMapConfig | None = None) -> None:
        config = self.ConfigClass() if config is None else config
        config.freeze()
        self.config: Any = config
        self._tractBuilder = config.tractBuilder.apply()
        self._tractInfoList: list[TractInfo] = []

    def __len__(self) -> int:
        return len(self._tractInfoList)

    def __getitem__(self, index: int) -> TractInfo:
        return self._tractInfoList[index]

    def _make_wcs(self, center: SpherePoint) -> Any:
        """Return the WCS of a tract that is centered on pixel (0, 0)."""
        config = self.config
        cd_matrix = makeCdMatrix(
            scale=config.pixelScale * arcseconds, orientation=config.rotation * degrees, flipX=False
        )
        return makeSkyWcs(
            crpix=Point2D(0.0, 0.0), crval=center, cdMatrix=cd_matrix, projection=config.projection
        )

    def __iter__(self) -> Iterator[TractInfo]:
        return (self[i] for i in range(len(self)))

    @cached_property
    def _center_vectors(self) -> np.ndarray:
        """Unit vectors of the centers of all tracts, float64, (N, 3)."""
        return np.array([self._center(i)._xyz() for i in range(len(self))])

    def _center(self, index: int) -> SpherePoint:
        return self[index].getCtrCoord()

    # -- Finding tracts

    def findTractIdArray(self, ra: ArrayLike, dec: ArrayLike, degrees: bool = False) -> np.ndarray:
        """Return the numbers of the tracts whose centers are nearest to positions.

        Parameters
        ----------
        ra, dec : array_like, (N,)
            Positions.
        degrees : `bool`, optional
            Positions are in degrees instead of radians.

        Returns
        -------
        tractIds : `numpy.ndarray`, int64, (N,)
            Numbers of tracts; the smallest of several at equal distance.

        Raises
        ------
        ValueError
            Raised if a position is not finite.
        """
        lon, lat = finite_radians(ra, dec, degrees)
        xyz = SpherePoint.toUnitXYZ(longitude=lon, latitude=lat, units=radians)
        centers = self._center_vectors
        # Chords, not cosines: they resolve small distances.
        chord2 = ((np.stack(xyz, axis=-1)[:, np.newaxis, :] - centers) ** 2).sum(axis=-1)
        return chord2.argmin(axis=1)

    def findTract(self, coord: SpherePoint) -> TractInfo:
        """Return the tract whose center is nearest to a position."""
        longitude, latitude = (angle.asRadians() for angle in coord)
        return self[int(self.findTractIdArray([longitude], [latitude])[0])]

    def findTractPatchList(
        self, coordList: Sequence[SpherePoint]
    ) -> list[tuple[TractInfo, tuple[PatchInfo, ...]]]:
        """Return the tracts and patches that some positions need.

        Parameters
        ----------
        coordList : `~collections.abc.Sequence` of `lsst.geom.SpherePoint`
            Positions, such as the corners of an image.

        Returns
        -------
        tracts : `list`
            Pairs of a tract and its patches, for the tracts that have any.
        """
        found = []
        for tract in map(self.__getitem__, self._candidates(coordList)):
            if patches := tract.findPatchList(coordList):
                found.append((tract, patches))
        return found

    def findClosestTractPatchList(
        self, coordList: Sequence[SpherePoint]
    ) -> list[tuple[TractInfo, tuple[PatchInfo, ...]]]:
        """Return, for all tracts nearest to some of the positions, the patches that contain those."""
        ra, dec = np.array([[angle.asRadians() for angle in coord] for coord in coordList]).T
        ids = self.findTractIdArray(ra, dec)
        result = []
        for tract in map(self.__getitem__, np.unique(ids).tolist()):
            nearby = [coord for coord, id in zip(coordList, ids, strict=True) if id == tract.getId()]
            result.append((tract, tract.findPatchList(nearby)))
        return result

    def _candidates(self, coordList: Sequence[SpherePoint]) -> list[int]:
        """Return the numbers of all tracts that may contain a position."""
        return list(range(len(self)))

    # -- Identity

    def getSha1(self) -> bytes:
        """Return the SHA-1 digest that identifies this sky map in a butler registry."""
        sha1 = hashlib.sha1(type(self).__name__.encode("ascii"))
        sha1.update(self._tractBuilder.getPackedConfig(self.config))
        self.updateSha1(sha1)
        return sha1.digest()

    def updateSha1(self, sha1: Any) -> None:
        """Add the bytes that are specific to the class to a digest."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BaseSkyMap):
            return NotImplemented
        return self.getSha1() == other.getSha1()

    def __hash__(self) -> int:
        return hash(self.getSha1())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} tracts, {self.getSha1().hex()})"

    def register(self, name: str, butler: Butler) -> None:
        """Put this sky map and its dimension records into a butler repository.

        Parameters
        ----------
        name : `str`
            Name of the sky map in the repository.
        butler : `lsst.daf.butler.Butler`
            Repository, writable.

        Raises
        ------
        lsst.daf.butler.registry.ConflictingDefinitionError
            Raised if the name is taken by another sky map.
        RuntimeError
            Raised if the same sky map has another name already.
        """
        # Only this method needs a butler, whose package takes longer to import than this one.
        from ._register import register_sky_map

        register_sky_map(self, name, butler)


def finite_radians(ra: ArrayLike, dec: ArrayLike, degrees: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return positions in radians as arrays, float64, (N,).

    Raises
    ------
    ValueError
        Raised if one is not finite.
    """
    lon, lat = (np.atleast_1d(np.asarray(v, dtype=float)) for v in (ra, dec))
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        raise ValueError("a position that is not finite is in no tract.")
    return (np.deg2rad(lon), np.deg2rad(lat)) if degrees else (lon, lat)
