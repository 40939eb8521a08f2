"""The pointing of a visit, from the WCSs of its detectors and the geometry of the camera."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np

import lsst.pex.config as pex_config
import lsst.pipe.base as pipe_base
from lsst.geom import Angle, Box2D, SpherePoint, SphereTransform
from lsst.obs.base.utils import createInitialSkyWcsFromBoresight
from lsst.obs.base.visit_geometry import VisitGeometry

from ._pointing_geometry import DetectorGrid, DetectorSample, convex_hull, corner_vectors, rotated_pointing

if TYPE_CHECKING:
    from lsst.afw.cameraGeom import Camera
    from lsst.afw.table import ExposureCatalog, Schema

__all__ = ["NoVisitWcs", "RefitPointingConfig", "RefitPointingTask"]


class NoVisitWcs(pipe_base.AlgorithmError):
    """Raised if no detector of a visit has a WCS that can define its pointing.

    Parameters
    ----------
    n_detectors, n_rejected : `int`
        Number of rows in the catalog, and of those whose WCS was rejected.
    """

    def __init__(self, n_detectors: int, n_rejected: int) -> None:
        super().__init__(n_detectors, n_rejected)
        self.n_detectors = n_detectors
        self.n_rejected = n_rejected

    def __str__(self) -> str:
        return (
            f"cannot fit the pointing of the visit: of {self.n_detectors} detectors none has a WCS that is "
            f"consistent with the geometry of the camera ({self.n_rejected} rejected)"
        )

    @property
    def metadata(self) -> dict[str, int]:
        """Numbers of detectors and of rejected WCSs."""
        return {"n_detectors": self.n_detectors, "n_rejected": self.n_rejected}


class RefitPointingConfig(pex_config.Config):
    """Configuration of `RefitPointingTask`."""

    grid_spacing = pex_config.Field[float](
        doc="Largest distance between the points of a detector that are compared (pixels).",
        default=512.0,
        check=lambda value: value > 0.0,
    )
    rejection_threshold = pex_config.Field[float](
        doc="A WCS does not take part in the fit if camera geometry, rotated to fit this WCS alone, leaves a "
        "residual larger than this at any point (arcsec).",
        default=10.0,
    )
    nulling_threshold = pex_config.Field[float](
        doc="A WCS is removed if camera geometry with the fitted pointing leaves a residual larger than this "
        "at any point (arcsec).",
        default=60.0,
    )
    schema_prefix = pex_config.Field[str](doc="Prefix of the names of the columns.", default="")
    fallback_region_padding = pex_config.Field[int](
        doc="Number of pixels by which the box of a detector without a good WCS is grown before its region "
        "is computed from camera geometry.",
        default=50,
    )


class RefitPointingTask(pipe_base.Task):
    """Fit boresight and orientation of a visit; find the WCSs that contradict them.

    Parameters
    ----------
    schema : `lsst.afw.table.Schema`
        Schema of the catalogs that `run` will be given; three columns are added to
        it: ``wcs_detector_pointing_residual`` and ``wcs_visit_pointing_residual``
        (Angle), ``wcs_detector_pointing_rejected`` (Flag), with the configured
        prefix.
    **kwargs
        Passed on to `lsst.pipe.base.Task`.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the schema has one of the columns already.
    """

    ConfigClass: ClassVar[type[pex_config.Config]] = RefitPointingConfig
    _DefaultName: ClassVar[str] = "refitPointing"

    config: RefitPointingConfig

    def __init__(self, *, schema: Schema, **kwargs: Any):
        super().__init__(**kwargs)
        prefix = self.config.schema_prefix
        self._detector_residual_key = schema.addField(
            f"{prefix}wcs_detector_pointing_residual",
            type="Angle",
            doc="Largest distance between the WCS and camera geometry rotated to fit this WCS alone.",
        )
        self._visit_residual_key = schema.addField(
            f"{prefix}wcs_visit_pointing_residual",
            type="Angle",
            doc="Largest distance between the WCS and camera geometry with the pointing fitted to all "
            "detectors that were not rejected.",
        )
        self._rejected_key = schema.addField(
            f"{prefix}wcs_detector_pointing_rejected",
            type="Flag",
            doc=f"The WCS took no part in the fit: {prefix}wcs_detector_pointing_residual is too large, or "
            "the WCS has no finite positions.",
        )

    def run(self, catalog: ExposureCatalog, camera: Camera) -> pipe_base.Struct:
        """Fit the pointing of a visit.

        Parameters
        ----------
        catalog : `lsst.afw.table.ExposureCatalog`
            One row per detector, with the id of the detector and its WCS. The three
            columns are filled. The WCSs that are too far from the fit, or are not
            finite, are removed; nothing else of the row is changed.
        camera : `lsst.afw.cameraGeom.Camera`
            Camera geometry. WCSs of detectors that it lacks are left alone.

        Returns
        -------
        result : `lsst.pipe.base.Struct`
            With the attributes

            ``boresight``
                Fitted boresight, ICRS (`lsst.geom.SpherePoint`).
            ``orientation``
                Fitted orientation, from -270 (excluded) to 90 degrees (`lsst.geom.Angle`).
            ``regions``
                The same with the regions on the sky of the visit and of all
                detectors of the camera (`lsst.obs.base.visit_geometry.VisitGeometry`).

        Raises
        ------
        NoVisitWcs
            Raised if no WCS remains for the fit; all WCSs have been removed.
        NotImplementedError
            Raised before any work if the focal plane of the camera is mirrored.

        Notes
        -----
        Camera geometry is a pattern of field angles that the fit rotates on the
        sphere. Every detector starts from the same boresight, so that the residuals
        of rejected detectors are comparable; in the stack those before the first
        accepted one start from their own. Neither fit nor residuals depend on the
        order of the rows.
        """
        if camera.getFocalPlaneParity():
            raise NotImplementedError(
                f"camera {camera.getName()!r} has a mirrored focal plane; its pointing cannot be fitted"
            )
        grids = self._without_broken(self._measure(catalog, camera))
        start = grids[0].first_position() if grids else SpherePoint()
        samples = [grid.with_nominal(start) for grid in grids]
        kept = [sample for sample in samples if self._accept(sample)]
        if not kept:
            self._give_up(catalog)
        rotation = SphereTransform.fit_unit_vectors(
            np.concatenate([sample.nominal for sample in kept]),
            np.concatenate([sample.observed for sample in kept]),
        )
        self._remove_outliers(samples, rotation)
        boresight, orientation = rotated_pointing(start, rotation)
        self.log.info("Fitted the pointing to the WCSs of %d of %d detectors.", len(kept), len(catalog))
        return pipe_base.Struct(
            boresight=boresight,
            orientation=orientation,
            regions=self._make_regions(catalog, camera, boresight, orientation),
        )

    def _measure(self, catalog: ExposureCatalog, camera: Camera) -> list[DetectorGrid]:
        """Evaluate the WCSs of all detectors of the camera, ordered by id."""
        records = [record for record in catalog if record.getWcs() is not None]
        if unknown := sorted(record.getId() for record in records if record.getId() not in camera):
            self.log.warning("The camera lacks the detectors %s; their WCSs are not checked.", unknown)
        known = sorted((r for r in records if r.getId() in camera), key=lambda record: record.getId())
        spacing = self.config.grid_spacing
        return [DetectorGrid.measure(record, camera[record.getId()], spacing) for record in known]

    def _without_broken(self, grids: list[DetectorGrid]) -> list[DetectorGrid]:
        """Remove WCSs that are not finite, which no comparison with a threshold would find."""
        broken = [grid.record for grid in grids if not grid.is_finite()]
        for record in broken:
            record[self._rejected_key] = True
            record.setWcs(None)
        if broken:
            self.log.warning(
                "Removed the WCSs of the detectors %s, which are not finite.", [r.getId() for r in broken]
            )
        return [grid for grid in grids if grid.is_finite()]

    def _accept(self, sample: DetectorSample) -> bool:
        """Record the residual of the best rotation for one detector; tell whether it may enter the fit."""
        residual = sample.own_residual()
        sample.record[self._detector_residual_key] = residual
        rejected = residual.asArcseconds() > self.config.rejection_threshold
        sample.record[self._rejected_key] = rejected
        if rejected:
            self.log.warning(
                "The WCS of detector %d differs from camera geometry by %.3g arcsec; the fit ignores it.",
                sample.record.getId(),
                residual.asArcseconds(),
            )
        return not rejected

    def _give_up(self, catalog: ExposureCatalog) -> NoReturn:
        """Remove all WCSs and raise."""
        for record in catalog:
            record.setWcs(None)
        raise NoVisitWcs(len(catalog), sum(bool(record[self._rejected_key]) for record in catalog))

    def _remove_outliers(self, samples: list[DetectorSample], rotation: SphereTransform) -> None:
        """Record the residuals of the fit; remove the WCSs for which they are too large."""
        for sample in samples:
            residual = sample.residual(rotation)
            sample.record[self._visit_residual_key] = residual
            if residual.asArcseconds() > self.config.nulling_threshold:
                sample.record.setWcs(None)
                self.log.warning(
                    "Removed the WCS of detector %d, which differs from the fitted pointing by %.3g arcsec.",
                    sample.record.getId(),
                    residual.asArcseconds(),
                )

    def _make_regions(
        self, catalog: ExposureCatalog, camera: Camera, boresight: SpherePoint, orientation: Angle
    ) -> VisitGeometry:
        """Compute the regions of the detectors and of the visit."""
        good = {record.getId(): record.getWcs() for record in catalog if not record[self._rejected_key]}
        corners = {}
        for detector in camera:
            wcs, box = good.get(detector.getId()), Box2D(detector.getBBox())
            if wcs is None:
                wcs = createInitialSkyWcsFromBoresight(boresight, orientation, detector)
                box.grow(self.config.fallback_region_padding)
            corners[detector.getId()] = corner_vectors(wcs, box)
        return VisitGeometry(
            boresight_ra=boresight.getRa().asDegrees(),
            boresight_dec=boresight.getDec().asDegrees(),
            orientation=orientation.asDegrees(),
            visit_region=convex_hull(np.concatenate(list(corners.values()))),
            detector_regions={detector: convex_hull(vectors) for detector, vectors in corners.items()},
        )
