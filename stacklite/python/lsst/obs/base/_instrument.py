"""Instruments that are described by a camera and a list of filters."""

from __future__ import annotations

__all__ = ["Instrument"]

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from lsst.pipe.base import Instrument as _PipeBaseInstrument
from lsst.utils.introspection import get_full_type_name

from ._filter_definitions import FilterDefinitionCollection

if TYPE_CHECKING:
    from lsst.afw.cameraGeom import Camera, Detector
    from lsst.daf.butler import Registry

_INT32_MAX = 2**31 - 1


class Instrument(_PipeBaseInstrument):
    """An instrument with a camera.

    Derived classes give `getName`, `getCamera`, `filterDefinitions` and
    `getRawFormatter`; they may set the limits below or override
    `extractDetectorRecord`.
    """

    visit_max: ClassVar[int] = _INT32_MAX
    """Upper end (exclusive) of visit ids."""

    exposure_max: ClassVar[int] = _INT32_MAX
    """Upper end (exclusive) of exposure ids."""

    visitSystem: ClassVar[int | None] = None
    """How visits are made of exposures: a number that the registry keeps."""

    @property
    @abstractmethod
    def filterDefinitions(self) -> FilterDefinitionCollection:
        """The filters (`FilterDefinitionCollection`)."""

    @abstractmethod
    def getCamera(self) -> Camera:
        """Return the camera, without instrument-specific calibrations."""

    def extractDetectorRecord(self, camGeomDetector: Detector) -> dict[str, Any]:
        """Return what the registry keeps about a detector.

        Parameters
        ----------
        camGeomDetector : `~lsst.afw.cameraGeom.Detector`
            A detector of the camera.

        Returns
        -------
        record : `dict`
            Fields of the dimension ``detector``. A name of the form
            ``raft_name`` gives ``raft`` and ``name_in_raft``.
        """
        raft, _, rest = camGeomDetector.getName().partition("_")
        return {
            "instrument": self.getName(),
            "id": camGeomDetector.getId(),
            "full_name": camGeomDetector.getName(),
            "name_in_raft": rest or raft,
            "raft": raft if rest else None,
            "purpose": str(camGeomDetector.getType()).rpartition(".")[2],
        }

    def register(self, registry: Registry, *, update: bool = False) -> None:
        """Register the instrument, its detectors and its filters.

        Parameters
        ----------
        registry : `~lsst.daf.butler.Registry`
            Where to register; nothing is registered if anything fails.
        update : `bool`, optional
            Replace existing records that differ.
        """
        camera = self.getCamera()
        detectors = [self.extractDetectorRecord(detector) for detector in camera]
        instrument = {
            "name": self.getName(),
            "class_name": get_full_type_name(self),
            "detector_max": 1 + max((record["id"] for record in detectors), default=-1),
            "visit_max": self.visit_max,
            "exposure_max": self.exposure_max,
            "visit_system": self.visitSystem,
        }
        with registry.transaction():
            registry.syncDimensionData("instrument", instrument, update=update)
            for record in detectors:
                registry.syncDimensionData("detector", record, update=update)
            self._registerFilters(registry, update=update)

    def _registerFilters(self, registry: Registry, update: bool = False) -> None:
        """Register the physical filters; one without band is its own band."""
        for definition in self.filterDefinitions:
            record = {
                "instrument": self.getName(),
                "name": definition.physical_filter,
                "band": definition.band or definition.physical_filter,
            }
            registry.syncDimensionData("physical_filter", record, update=update)
