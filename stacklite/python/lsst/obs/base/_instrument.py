"""Instruments that are described by a camera and a list of filters."""

from __future__ import annotations

__all__ = ["Instrument"]

import re
from abc import abstractmethod
from typing import TYPE_CHECKING

from lsst.pipe.base import Instrument as _PipeBaseInstrument

from ._filter_definitions import FilterDefinitionCollection

if TYPE_CHECKING:
    from lsst.afw.cameraGeom import Camera
    from lsst.daf.butler import Registry


class Instrument(_PipeBaseInstrument):
    """An instrument with a camera.

    Derived classes give `getName`, `getCamera`, `filterDefinitions`,
    `getRawFormatter` and `register`, which may call ``_registerFilters``.
    """

    @property
    @abstractmethod
    def filterDefinitions(self) -> FilterDefinitionCollection:
        """The filters (`FilterDefinitionCollection`)."""

    @abstractmethod
    def getCamera(self) -> Camera:
        """Return the camera, without instrument-specific calibrations."""

    @classmethod
    def group_name_to_group_id(cls, group_name: str) -> int:
        """Return the digits of the name of a group of exposures as a number.

        Parameters
        ----------
        group_name : `str`
            Name, such as a time.

        Raises
        ------
        ValueError
            Raised if it has no digits.
        """
        return int(re.sub(r"\D", "", group_name))

    def _registerFilters(self, registry: Registry, update: bool = False) -> None:
        """Register the physical filters; one without band is its own band."""
        for definition in self.filterDefinitions:
            record = {
                "instrument": self.getName(),
                "name": definition.physical_filter,
                "band": definition.band or definition.physical_filter,
            }
            registry.syncDimensionData("physical_filter", record, update=update)
