"""The task: what it reads, in which order it works, what it writes."""

from __future__ import annotations

__all__ = ["UpdateVisitSummaryTask"]

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from lsst.afw.image import VisitInfo
from lsst.afw.table import ExposureCatalog, Schema
from lsst.daf.base import PropertyList
from lsst.pipe.base import AnnotatedPartialOutputsError, PipelineTask, Struct

from .config import UpdateVisitSummaryConfig
from .detector_update import DetectorInputs, DetectorUpdate, Overrides, update_detector
from .diagnosis import Loss, count_losses, log_losses
from .errors import InvalidInputsError, using
from .output_columns import add_step_columns, make_schema_mapper, write_columns
from .override_inputs import GlobalInput, PerHealpixInput, PerTractInput, PossiblyMultipleInput
from .star_table import as_astropy, bad_star_flags
from .summary_columns import SummaryColumns
from .validation import ignored_detectors, missing_handles, validate_inputs
from .visit_steps import (
    attach_sip_approximations,
    detectors_with_wcs,
    null_unusable_wcss,
    wcss_nulled_by_the_fit,
)

if TYPE_CHECKING:
    from astropy.table import Table
    from pandas import DataFrame

    from lsst.afw.cameraGeom import Camera
    from lsst.afw.table import ExposureRecord
    from lsst.meas.astrom.fit_sip_approximation import FitSipApproximationTask
    from lsst.meas.astrom.refit_pointing import RefitPointingTask
    from lsst.pipe.base import InputQuantizedConnection, OutputQuantizedConnection, QuantumContext
    from lsst.pipe.tasks.computeExposureSummaryStats import ComputeExposureSummaryStatsTask

    from .detector_update import Handle


class UpdateVisitSummaryTask(PipelineTask):
    """Merge final components of a visit's exposures into its summary.

    Parameters
    ----------
    initInputs : `dict` [`str`, `~typing.Any`]
        Must hold ``input_summary_schema``, a catalog with the schema of the
        input summary (the input summary itself will do).
    **kwargs
        Passed on to `lsst.pipe.base.PipelineTask`.

    Raises
    ------
    RuntimeError
        Raised if ``input_summary_schema`` is missing, or if its catalog is
        itself an output of this task.
    """

    ConfigClass = UpdateVisitSummaryConfig
    _DefaultName: ClassVar[str] = "updateVisitSummary"

    compute_summary_stats: ComputeExposureSummaryStatsTask
    refit_pointing: RefitPointingTask
    fit_sip_approximations: FitSipApproximationTask
    config: UpdateVisitSummaryConfig

    def __init__(self, *, initInputs: dict[str, Any] | None = None, **kwargs: Any):
        super().__init__(initInputs=initInputs, **kwargs)
        self.makeSubtask("compute_summary_stats")
        if initInputs is None or "input_summary_schema" not in initInputs:
            raise RuntimeError(
                "UpdateVisitSummaryTask needs the schema of its input; pass "
                "initInputs={'input_summary_schema': catalog} with a catalog like the input summary."
            )
        self._input_schema: Schema = initInputs["input_summary_schema"].schema
        self._columns = SummaryColumns(self._input_schema)
        self.schema_mapper = make_schema_mapper(self._input_schema, self.config)
        schema = self.schema_mapper.editOutputSchema()
        if self.config.do_refit_pointing:
            self.makeSubtask("refit_pointing", schema=schema)
        if self.config.do_fit_sip_approximations:
            self.makeSubtask("fit_sip_approximations")
        add_step_columns(schema, self.config)
        self.schema: Schema = self.schema_mapper.getOutputSchema()
        self.output_summary_schema = ExposureCatalog(self.schema)

    def runQuantum(
        self,
        butlerQC: QuantumContext,
        inputRefs: InputQuantizedConnection,
        outputRefs: OutputQuantizedConnection,
    ) -> None:
        """Read the inputs of a quantum, run, and write the output."""
        summary = butlerQC.get(inputRefs.input_summary_catalog)
        handles = _load_handles(butlerQC, inputRefs)
        if problems := list(missing_handles([record.getId() for record in summary], handles)):
            raise InvalidInputsError(problems)
        psf_overrides = butlerQC.get(inputRefs.psf_overrides)
        shared = inputRefs.ap_corr_overrides == inputRefs.psf_overrides
        result = Struct(output_summary_catalog=None, visit_geometry=None)
        try:
            self.run(
                summary,
                psf_overrides=psf_overrides,
                psf_star_catalog=butlerQC.get(inputRefs.psf_star_catalog),
                ap_corr_overrides=psf_overrides if shared else butlerQC.get(inputRefs.ap_corr_overrides),
                photo_calib_overrides=_load_overrides(butlerQC, inputRefs, "photo_calib_overrides"),
                wcs_overrides=_load_overrides(butlerQC, inputRefs, "wcs_overrides"),
                camera=butlerQC.get(inputRefs.camera) if self.config.do_refit_pointing else None,
                result=result,
                **handles,
            )
        except Exception as err:
            if result.output_summary_catalog is None:
                raise
            # Finished rows are worth keeping; the note on them says why there is no more.
            error = AnnotatedPartialOutputsError.annotate(
                err, self, result.output_summary_catalog, log=self.log
            )
            butlerQC.put(result, outputRefs)
            raise error from err
        butlerQC.put(result, outputRefs)

    def run(
        self,
        input_summary_catalog: ExposureCatalog,
        input_exposures: Mapping[int, Handle],
        psf_overrides: ExposureCatalog | None = None,
        psf_star_catalog: Table | DataFrame | None = None,
        ap_corr_overrides: ExposureCatalog | None = None,
        photo_calib_overrides: PossiblyMultipleInput | None = None,
        wcs_overrides: PossiblyMultipleInput | None = None,
        background_originals: Mapping[int, Handle] | None = None,
        background_overrides: Mapping[int, Handle] | None = None,
        *,
        camera: Camera | None = None,
        result: Struct | None = None,
    ) -> Struct:
        """Build the updated summary of a visit.

        An override that is `None` leaves the component and its statistics as
        they are in the input. One that is given but has nothing for a detector
        sets the component of that detector to `None` and resets the statistics
        that follow from it (NaN, or 0 for counts). The magnitude limit and the
        effective time are always recomputed, last.

        Parameters
        ----------
        input_summary_catalog : `lsst.afw.table.ExposureCatalog`
            Summary of the visit: its ids are the detectors to process. It is
            not modified.
        input_exposures : `~collections.abc.Mapping` [`int`, \
                `lsst.daf.butler.DeferredDatasetHandle` or \
                `lsst.pipe.base.InMemoryDatasetHandle`]
            Handles of calibrated exposures by detector, one for each row of
            the summary at least. The exposures are not modified.
        psf_overrides : `lsst.afw.table.ExposureCatalog`, optional
            New PSF models, by detector.
        psf_star_catalog : `astropy.table.Table` or `pandas.DataFrame`, optional
            Stars that the PSF models were made from; required with
            ``psf_overrides``. A detector without stars has reset star
            statistics. A null flag never selects a star, and a null number is
            NaN.
        ap_corr_overrides : `lsst.afw.table.ExposureCatalog`, optional
            New aperture correction maps, by detector.
        photo_calib_overrides : `PossiblyMultipleInput`, optional
            New photometric calibrations.
        wcs_overrides : `PossiblyMultipleInput`, optional
            New WCSs.
        background_originals : `~collections.abc.Mapping` [`int`, \
                `lsst.daf.butler.DeferredDatasetHandle` or \
                `lsst.pipe.base.InMemoryDatasetHandle`], optional
            Handles of backgrounds that have been subtracted from the
            exposures, by detector; all that ``background_overrides`` has must
            be there. Without it exposures are taken as not yet subtracted.
        background_overrides : `~collections.abc.Mapping` [`int`, \
                `lsst.daf.butler.DeferredDatasetHandle` or \
                `lsst.pipe.base.InMemoryDatasetHandle`], optional
            Handles of backgrounds to subtract from the exposures as they are,
            by detector.
        camera : `lsst.afw.cameraGeom.Camera`, optional
            Geometry of the detectors; required to fit the pointing.
        result : `lsst.pipe.base.Struct`, optional
            Struct to which the results are added as soon as there are any:
            what an error leaves in it is finished but for the step that
            raised the error.

        Returns
        -------
        result : `lsst.pipe.base.Struct`
            ``result`` itself if it was given, with the attributes

            ``output_summary_catalog``
                The updated summary, rows in the order of the input
                (`lsst.afw.table.ExposureCatalog`).
            ``visit_geometry``
                Fitted pointing and sky regions, if the pointing was fitted
                (`lsst.obs.base.visit_geometry.VisitGeometry`).

        Raises
        ------
        InvalidInputsError
            Raised before any work if inputs are missing or contradict each
            other; the message names all that is wrong.
        DetectorUpdateError
            Raised if one detector cannot be updated and ``detector_failure``
            is ``raise``; the message names detector and dataset.
        lsst.meas.astrom.refit_pointing.NoVisitWcs
            Raised if the pointing is to be fitted and no WCS is left for it.
        """
        overrides = Overrides(
            psf=psf_overrides,
            stars=as_astropy(psf_star_catalog),
            bad_star_flags=bad_star_flags(self.config.compute_summary_stats),
            ap_corr=ap_corr_overrides,
            photo_calib=photo_calib_overrides,
            wcs=wcs_overrides,
            background_originals=background_originals,
            background_overrides=background_overrides,
        )
        validate_inputs(
            input_summary_catalog, self._input_schema, input_exposures, overrides, camera, self.config
        )
        self._log_inputs(input_summary_catalog, overrides)
        updates = list(self._updates(input_summary_catalog, input_exposures, overrides))
        if updates and all(update.failed for update in updates):
            raise RuntimeError(f"All {len(updates)} detectors of the visit failed; the log has the causes.")
        result = result if result is not None else Struct()
        result.output_summary_catalog = catalog = self._make_output(input_summary_catalog, updates)
        losses = [loss for update in updates for loss in update.losses]
        with_wcs = detectors_with_wcs(catalog) if self.config.do_refit_pointing else frozenset()
        try:
            if self.config.do_refit_pointing:
                assert camera is not None, "Guaranteed by validate_inputs."
                losses += null_unusable_wcss(catalog, camera, self.config.refit_pointing.grid_spacing)
                result.visit_geometry = self.refit_pointing.run(catalog=catalog, camera=camera).regions
            if self.config.do_fit_sip_approximations:
                losses += attach_sip_approximations(self.fit_sip_approximations, catalog)
        finally:
            losses += wcss_nulled_by_the_fit(
                catalog, with_wcs, losses, self.config.refit_pointing.schema_prefix
            )
            self._reset_wcs_statistics(catalog, with_wcs)
            self._report(losses, updates)
        return result

    def _updates(
        self, summary: ExposureCatalog, exposures: Mapping[int, Handle], overrides: Overrides
    ) -> Iterator[DetectorUpdate]:
        """Update one detector after the other, in the order of the summary."""
        for record in summary:
            inputs = DetectorInputs(record, exposures[record.getId()])
            self.log.debug("Updating detector %d.", inputs.detector)
            try:
                with using(inputs.detector, "its exposure and its new components"):
                    update = update_detector(
                        inputs,
                        self._columns.read(record),
                        overrides,
                        self.compute_summary_stats,
                        self.config.wcs_consistency_threshold,
                    )
            except Exception:
                if self.config.detector_failure == "raise":
                    raise
                self.log.exception("Detector %d failed and is nulled.", inputs.detector)
                update = DetectorUpdate.failure(inputs)
            yield update

    def _make_output(self, summary: ExposureCatalog, updates: Iterable[DetectorUpdate]) -> ExposureCatalog:
        """Write updates into a new catalog."""
        output = ExposureCatalog(self.schema)
        output.setMetadata(_copy_metadata(summary))
        for record, update in zip(summary, updates, strict=True):
            self._write(update, record, output.addNew())
        return output

    def _write(self, update: DetectorUpdate, source: ExposureRecord, target: ExposureRecord) -> None:
        """Copy a row of the input and put the update into the copy."""
        target.assign(source, self.schema_mapper)
        for setter, component in update.components.items():
            getattr(target, setter)(component)
        self._columns.write(update.statistics, target)
        write_columns(update, target, self.config)

    def _reset_wcs_statistics(self, catalog: ExposureCatalog, with_wcs: Collection[int]) -> None:
        """Reset what follows from the WCS in finished rows that have lost it."""
        for record in catalog:
            if record.getId() in with_wcs and record.getWcs() is None:
                statistics = self._columns.read(record)
                self.compute_summary_stats.update_wcs_stats(statistics, None, record.getBBox(), VisitInfo())
                self._columns.write(statistics, record)

    def _report(self, losses: Sequence[Loss], updates: Sequence[DetectorUpdate]) -> None:
        """Log and count what detectors have lost; one warning for each kind of problem."""
        detectors: dict[str, list[int]] = defaultdict(list)
        for update in updates:
            for problem in update.problems:
                detectors[problem.text].append(update.detector)
        for text, affected in detectors.items():
            self.log.warning("Detectors %s: %s.", ", ".join(map(str, affected)), text)
        log_losses(losses, len(updates), self.log)
        for name, count in count_losses(losses).items():
            self.metadata[name] = count
        self.metadata["failed_detectors"] = sum(update.failed for update in updates)

    def _log_inputs(self, summary: ExposureCatalog, overrides: Overrides) -> None:
        """Say what is going to be ignored."""
        for argument, count in ignored_detectors(summary, overrides).items():
            self.log.info("%s has %d detectors that the summary lacks; they are ignored.", argument, count)
        if self._columns.missing:
            self.log.info(
                "The summary has no columns for %s; these are computed but not written.",
                ", ".join(self._columns.missing),
            )


def _copy_metadata(catalog: ExposureCatalog) -> PropertyList:
    """Return a copy of a catalog's metadata, which notes on the output never reach."""
    metadata = catalog.getMetadata()
    return metadata.deepCopy() if metadata is not None else PropertyList()


def _load_handles(butler_qc: QuantumContext, refs: InputQuantizedConnection) -> dict[str, Any]:
    """Return deferred datasets by detector, by the name of the connection."""
    return {
        name: {handle.dataId["detector"]: handle for handle in butler_qc.get(getattr(refs, name))}
        for name in ("input_exposures", "background_originals", "background_overrides")
        if hasattr(refs, name)
    }


def _load_overrides(
    butler_qc: QuantumContext, refs: InputQuantizedConnection, name: str
) -> PossiblyMultipleInput | None:
    """Read the overrides of the configured provider, `None` if there is none."""
    if (pixel_refs := getattr(refs, f"{name}_skypix", None)) is not None:
        return PerHealpixInput.load(butler_qc, pixel_refs)
    if (tract_refs := getattr(refs, f"{name}_tract", None)) is not None:
        return PerTractInput.load(butler_qc, butler_qc.get(refs.sky_map), tract_refs)
    if (ref := getattr(refs, f"{name}_global", None)) is not None:
        return GlobalInput(butler_qc.get(ref))
    return None
