"""Sky maps that make their tracts on demand."""

from __future__ import annotations

__all__ = ["CachingSkyMap"]

import operator
from typing import Any

from lsst.geom import Angle, SpherePoint, degrees
from lsst.sphgeom import Region

from .baseSkyMap import BaseSkyMap
from .tractInfo import ExplicitTractInfo, TractInfo


class CachingSkyMap(BaseSkyMap):
    """A sky map whose tracts are made on demand and kept.

    Parameters
    ----------
    numTracts : `int`
        Number of tracts.
    config : `BaseSkyMapConfig`, optional
        Configuration.
    version : `int`, optional
        Version of the layout, part of the pickle.
    """

    def __init__(self, numTracts: int, config: Any = None, version: int = 0) -> None:
        super().__init__(config)
        self._numTracts = numTracts
        self._version = version
        self._tracts: dict[int, TractInfo] = {}

    def __len__(self) -> int:
        return self._numTracts

    def __getitem__(self, index: int) -> TractInfo:
        number = operator.index(index)
        if not -self._numTracts <= number < self._numTracts:
            raise IndexError(f"tract {index} is out of range: the sky map has {self._numTracts} tracts.")
        number %= self._numTracts
        if number not in self._tracts:
            self._tracts[number] = self.generateTract(number)
        return self._tracts[number]

    def generateTract(self, index: int) -> TractInfo:
        """Make a tract."""
        tract = ExplicitTractInfo(
            index,
            self._tractBuilder,
            self._center(index),
            self._radius(index),
            self.config.tractOverlap * degrees,
            self._make_wcs(self._center(index)),
        )
        tract._inner_region = self._inner_region(index)
        return tract

    def _inner_region(self, index: int) -> Region | None:
        """Return the region of the positions whose tract this is, if it is simple."""
        return None

    def _center(self, index: int) -> SpherePoint:
        raise NotImplementedError

    def _radius(self, index: int) -> Angle:
        raise NotImplementedError

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.config, self._version)
