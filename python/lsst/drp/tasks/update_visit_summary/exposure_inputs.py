"""Pixels and components that are read for one detector."""

from __future__ import annotations

__all__ = ["ExposureInputs", "subtract"]

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import describe_dataset, using
from .guarded_statistics import read_mask_grids
from .progress import Stopwatch

if TYPE_CHECKING:
    from lsst.afw.cameraGeom import Detector
    from lsst.afw.image import ExposureF, FilterLabel, ImageF, MaskX, VisitInfo
    from lsst.afw.math import BackgroundList
    from lsst.daf.base import PropertyList
    from lsst.pipe.tasks.computeExposureSummaryStats import ComputeExposureSummaryStatsTask

    from .overrides import Handle

_NEW_PLANES = frozenset({"SATURATED", "INTERPOLATED", "COSMIC_RAY", "DETECTION_EDGE"})
"""Names of mask planes of `lsst.images.VisitImage`, for SAT, INTRP, CR and EDGE."""


@dataclass(frozen=True, eq=False)
class ExposureInputs:
    """Exposure of one detector; components are read when they are needed."""

    detector: int
    """Id of the detector (`int`)."""

    exposure: Handle
    """Handle of the exposure, with its components."""

    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    """Counts the time of reading (`Stopwatch`)."""

    def read(self, component: str) -> Any:
        """Read a component of the exposure.

        Parameters
        ----------
        component : `str`
            Name of the component in its storage class.
        """
        with self._reading("input_exposures", self.exposure):
            return self.exposure.get(component=component)

    @contextmanager
    def _reading(self, argument: str, handle: Handle) -> Iterator[None]:
        """Count the time of a block, and name the dataset in its errors."""
        with self.stopwatch.timing("reading"), using(self.detector, describe_dataset(argument, handle)):
            yield

    def read_background(self, argument: str, handle: Handle) -> BackgroundList:
        """Read a background of the same detector.

        Parameters
        ----------
        argument : `str`
            Argument of ``run`` that the handle belongs to.
        handle : `lsst.daf.butler.DeferredDatasetHandle` or \
                `lsst.pipe.base.InMemoryDatasetHandle`
            Handle of the background.

        Returns
        -------
        background : `lsst.afw.math.BackgroundList`
            The layers.
        """
        with self._reading(argument, handle):
            return handle.get()

    @cached_property
    def _mask(self) -> MaskX:
        mask = self.read("mask")
        # The butler converts the mask of a VisitImage alone without translating the names of its planes;
        # of a whole exposure they are translated.
        return self._whole.mask if _NEW_PLANES <= mask.getMaskPlaneDict().keys() else mask

    @cached_property
    def _whole(self) -> ExposureF:
        with self._reading("input_exposures", self.exposure):
            return self.exposure.get()

    def read_mask(self) -> MaskX:
        """Read all pixels of the mask: it may have read only those that were looked at."""
        with self._reading("input_exposures", self.exposure):
            _ = self._mask.array
            return self._mask

    def read_psf_grid(self, task: ComputeExposureSummaryStatsTask) -> tuple[MaskX, bool]:
        """Read what the statistics of the PSF need of the mask.

        Parameters
        ----------
        task : `lsst.pipe.tasks.computeExposureSummaryStats.ComputeExposureSummaryStatsTask`
            Task that computes statistics.

        Returns
        -------
        mask : `lsst.afw.image.Mask`
            Mask of the exposure.
        has_grid : `bool`
            Whether the grid of the task has a good pixel.
        """
        with self._reading("input_exposures", self.exposure):
            return self._mask, read_mask_grids(task, self._mask)

    def _component_of_whole(self, component: str) -> Any:
        whole, info = self._whole, self._whole.info
        return {
            "detector": info.getDetector,
            "filter": info.getFilter,
            "metadata": whole.getMetadata,
            "visitInfo": info.getVisitInfo,
        }[component]()

    def read_depth_components(
        self,
    ) -> tuple[Detector | None, PropertyList | None, FilterLabel | None, VisitInfo | None]:
        """Read what the depth of an exposure depends on besides the summary."""
        read: Callable[[str], Any] = self.read
        if "_whole" in vars(self):
            # The butler would convert the whole exposure again for each of them.
            read = self._component_of_whole
        detector, metadata, filter_label, visit_info = map(
            read, ("detector", "metadata", "filter", "visitInfo")
        )
        return detector, metadata, filter_label, visit_info


def subtract(image: ImageF, background: ImageF | None) -> ImageF:
    """Return an image less its background; the image itself stays as it is.

    Parameters
    ----------
    image : `lsst.afw.image.ImageF`
        The image.
    background : `lsst.afw.image.ImageF` or `None`
        Model of its background, whose memory the result takes over.

    Returns
    -------
    difference : `lsst.afw.image.ImageF`
        The difference, with the origin of the image; the image itself if
        there is no model.

    Raises
    ------
    ValueError
        Raised if the two differ in size.
    """
    if background is None:
        return image
    if background.getDimensions() != image.getDimensions():
        raise ValueError(
            f"The background has {background.getDimensions()} pixels, but the exposure has "
            f"{image.getDimensions()}."
        )
    np.subtract(image.array, background.array, out=background.array)
    background.setXY0(image.getXY0())
    return background
