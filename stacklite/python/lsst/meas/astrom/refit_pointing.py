"""The pointing of a visit, from the WCSs of its detectors and the geometry of the camera."""

from __future__ import annotations

__all__ = ["NoVisitWcs", "RefitPointingConfig", "RefitPointingTask"]

from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np

import lsst.pex.config as pex_config
import lsst.pipe.base as pipe_base
from lsst.geom import Angle, Box2D, SpherePoint, SphereTransform, degrees
from lsst.obs.base.utils import createInitialSkyWcsFromBoresight
from lsst.obs.base.visit_geometry import VisitGeometry

from ._pointing_geometry import DetectorGrid, DetectorSample, convex_hull, corner_vectors, rotated_pointing

if TYPE_CHECKING:
    from lsst.afw.cameraGeom import Camera
    from lsst.afw.table import ExposureCatalog, Schema


class NoVisitWcs(pipe_base.AlgorithmError):
    """Raised if no detector of a visit has a WCS that can define its pointing."""

    @property
    def metadata(self) -> dict[str, Any]:
        """Further information about the failure (`dict`); there is none."""
        return {}


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
    config : `RefitPointingConfig`, optional
        Configuration; the default values if it is not given.
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

    def __init__(self, config: RefitPointingConfig | None = None, *, schema: Schema, **kwargs: Any) -> None:
        super().__init__(config, **kwargs)
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
            doc=f"The WCS took no part in the fit: {prefix}wcs_detector_pointing_residual is too large.",
        )

    def run(self, *, catalog: ExposureCatalog, camera: Camera) -> pipe_base.Struct:
        """Fit the pointing of a visit.

        Parameters
        ----------
        catalog : `lsst.afw.table.ExposureCatalog`
            One row per detector, with the id of the detector and its WCS. The three
            columns are filled. The WCSs that are too far from the fit are removed;
            nothing else of the row is changed.
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
        RuntimeError
            Raised if a WCS is not finite on the whole detector. The residuals of single
            detectors have been filled; no WCS has been removed. (This ends the process
            of the stack, or gives a meaningless pointing.)
        NotImplementedError
            Raised if the focal plane of the camera is mirrored. All columns have been
            filled; no WCS has been removed.

        Notes
        -----
        Camera geometry is a pattern of field angles that the fit rotates on the
        sphere. Every detector starts from the same boresight, so that the residuals
        of rejected detectors are comparable; in the stack those before the first
        accepted one start from their own. Neither fit nor residuals depend on the
        order of the rows.
        """
        grids = self._measure(catalog, camera)
        finite = (grid.first_position() for grid in grids if grid.is_finite())
        start = next(finite, SpherePoint(0.0, 0.0, degrees))
        samples = [grid.with_nominal(start) for grid in grids]
        kept = [sample for sample in samples if self._accept(sample)]
        if not kept:
            self._give_up(catalog)
        rotation = self._fit(kept)
        self._record_residuals(samples, rotation)
        if camera.getFocalPlaneParity():
            raise NotImplementedError(
                f"The focal plane of camera {camera.getName()!r} is mirrored; its pointing cannot be fitted."
            )
        boresight, orientation = rotated_pointing(start, rotation)
        self._remove_outliers(samples)
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

    def _accept(self, sample: DetectorSample) -> bool:
        """Record the residual of the best rotation for one detector and return whether it enters the fit.

        A residual that is NaN does, as in the stack; `_fit` refuses it.
        """
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
        rejected = sum(bool(record[self._rejected_key]) for record in catalog)
        raise NoVisitWcs(
            f"cannot fit the pointing of the visit: of {len(catalog)} detectors none has a WCS that is "
            f"consistent with the geometry of the camera ({rejected} rejected)"
        )

    def _fit(self, kept: list[DetectorSample]) -> SphereTransform:
        """Fit one rotation to the points of several detectors."""
        if broken := [sample.record.getId() for sample in kept if not sample.is_finite()]:
            raise RuntimeError(
                f"The WCSs of detectors {broken} are not finite on the whole detector; no pointing can be "
                "fitted to them. Remove these WCSs first."
            )
        return SphereTransform.fit_unit_vectors(
            np.concatenate([sample.nominal for sample in kept]),
            np.concatenate([sample.observed for sample in kept]),
        )

    def _record_residuals(self, samples: list[DetectorSample], rotation: SphereTransform) -> None:
        """Record the residuals of the fit to all detectors."""
        for sample in samples:
            sample.record[self._visit_residual_key] = sample.residual(rotation)

    def _remove_outliers(self, samples: list[DetectorSample]) -> None:
        """Remove the WCSs for which the residual of the fit is too large."""
        for record in (sample.record for sample in samples):
            residual = record[self._visit_residual_key].asArcseconds()
            if residual > self.config.nulling_threshold:
                record.setWcs(None)
                self.log.warning(
                    "Removed the WCS of detector %d, which differs from the fitted pointing by %.3g arcsec.",
                    record.getId(),
                    residual,
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
