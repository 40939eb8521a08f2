"""The task: what it reads, in which order it works, what it writes."""

from __future__ import annotations

__all__ = ["UpdateVisitSummaryTask"]

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from lsst.afw.image import VisitInfo
from lsst.afw.table import ExposureCatalog, ExposureRecord, Schema
from lsst.daf.base import PropertyList
from lsst.pipe.base import AnnotatedPartialOutputsError, PipelineTask, Struct

from .added_columns import AddedColumns
from .argument_types import check_argument_types
from .config import UpdateVisitSummaryConfig
from .detector_update import DetectorUpdate
from .diagnosis import (
    Diagnosis,
    amend_diagnoses,
    count_losses,
    failed_detectors,
    log_diagnoses,
)
from .errors import InvalidInputsError
from .override_inputs import GlobalInput, PossiblyMultipleInput
from .overrides import Overrides
from .parallel import Run, open_workers
from .plan import DetectorPlan, plan_detector
from .progress import Stopwatch, describe_end, describe_start, name_in_logs, name_visit
from .providers import Providers
from .report import make_report
from .row_statistics import RowStatistics
from .sip_approximations import SipFitter, attach_sip_approximations, pending_sip_approximation
from .star_table import as_astropy, bad_star_flags
from .updates import DetectorUpdater, update_detectors
from .validation import forgotten_overrides, ignored_detectors, missing_handles, validate_inputs
from .visit_steps import detectors_with_wcs, null_unusable_wcss, wcss_nulled_by_the_fit

if TYPE_CHECKING:
    from astropy.table import Table
    from pandas import DataFrame

    from lsst.afw.cameraGeom import Camera
    from lsst.meas.astrom.fit_sip_approximation import FitSipApproximationTask
    from lsst.meas.astrom.refit_pointing import RefitPointingTask
    from lsst.pipe.base import InputQuantizedConnection, OutputQuantizedConnection, QuantumContext
    from lsst.pipe.tasks.computeExposureSummaryStats import ComputeExposureSummaryStatsTask

    from .overrides import Handle


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
        Raised if ``input_summary_schema`` is missing or no catalog, or if it
        is itself an output of this task.
    """

    ConfigClass = UpdateVisitSummaryConfig
    _DefaultName: ClassVar[str] = "updateVisitSummary"

    compute_summary_stats: ComputeExposureSummaryStatsTask
    refit_pointing: RefitPointingTask
    fit_sip_approximations: FitSipApproximationTask
    config: UpdateVisitSummaryConfig

    def __init__(self, *, initInputs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(initInputs=initInputs, **kwargs)
        self.makeSubtask("compute_summary_stats")
        if initInputs is None or "input_summary_schema" not in initInputs:
            raise RuntimeError(
                "UpdateVisitSummaryTask needs the schema of its input; pass "
                "initInputs={'input_summary_schema': catalog} with a catalog like the input summary."
            )
        self._input_schema: Schema = _schema_of(initInputs["input_summary_schema"])
        self._statistics = RowStatistics(self._input_schema)
        self._providers = Providers.from_config(self.config)
        self._added = AddedColumns(self._providers, self.config)
        self.schema_mapper = self._added.make_schema_mapper(self._input_schema)
        schema = self.schema_mapper.editOutputSchema()
        if self.config.do_refit_pointing:
            self.makeSubtask("refit_pointing", schema=schema)
        if self.config.do_fit_sip_approximations:
            self.makeSubtask("fit_sip_approximations")
        self._added.add_step_columns(schema)
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
        overrides: dict[str, Any] = {**self._providers.load(butlerQC, inputRefs), **handles}
        result = Struct(output_summary_catalog=None, visit_geometry=None, summary_report=None)
        try:
            self.run(
                summary,
                psf_overrides=psf_overrides,
                psf_star_catalog=butlerQC.get(inputRefs.psf_star_catalog),
                ap_corr_overrides=psf_overrides if shared else butlerQC.get(inputRefs.ap_corr_overrides),
                camera=butlerQC.get(inputRefs.camera) if self.config.do_refit_pointing else None,
                result=result,
                num_cores=butlerQC.resources.num_cores,
                **overrides,
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
        num_cores: int = 1,
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
        num_cores : `int`, optional
            Number of cores that may be used: if it is more than 1, as many
            other processes update detectors.

        Returns
        -------
        result : `lsst.pipe.base.Struct`
            ``result`` itself if it was given, with the attributes

            ``output_summary_catalog``
                The updated summary, rows in the order of the input
                (`lsst.afw.table.ExposureCatalog`).
            ``diagnoses``
                What became of each component of each detector, and why
                (`tuple` [`Diagnosis`, ...]).
            ``visit_geometry``
                Fitted pointing and sky regions, if the pointing was fitted
                (`lsst.obs.base.visit_geometry.VisitGeometry`).
            ``summary_report``
                Diagnoses, and statistics before and after, if
                ``do_write_report`` is set (`astropy.table.Table`).

        Raises
        ------
        InvalidInputsError
            Raised if inputs are missing or contradict each other,
            before any work; the message names all that is wrong.
        DetectorUpdateError
            Raised if one detector cannot be updated and ``detector_failure``
            is ``raise``; the message names detector and dataset.
        WorkerDiedError
            Raised if a process that updates detectors was killed.
        lsst.meas.astrom.refit_pointing.NoVisitWcs
            Raised if the pointing is to be fitted and no WCS is left for it.
        """
        check_argument_types(
            {
                "input_summary_catalog": input_summary_catalog,
                "psf_overrides": psf_overrides,
                "ap_corr_overrides": ap_corr_overrides,
            },
            {
                "input_exposures": input_exposures,
                "background_originals": background_originals,
                "background_overrides": background_overrides,
            },
            camera,
            num_cores,
        )
        overrides = validate_inputs(
            input_summary_catalog,
            self._input_schema,
            input_exposures,
            camera,
            self.config,
            self._providers,
            {
                "psf": None if psf_overrides is None else GlobalInput(psf_overrides),
                "stars": as_astropy(psf_star_catalog),
                "bad_star_flags": bad_star_flags(self.config.compute_summary_stats),
                "ap_corr": None if ap_corr_overrides is None else GlobalInput(ap_corr_overrides),
                "photo_calib": photo_calib_overrides,
                "wcs": wcs_overrides,
                "background_originals": background_originals,
                "background_overrides": background_overrides,
            },
        )
        with name_in_logs(name_visit(input_summary_catalog), self):
            return self._run(
                input_summary_catalog,
                input_exposures,
                overrides,
                camera,
                result if result is not None else Struct(),
                num_cores,
            )

    def _run(
        self,
        summary: ExposureCatalog,
        exposures: Mapping[int, Handle],
        overrides: Overrides,
        camera: Camera | None,
        result: Struct,
        num_cores: int,
    ) -> Struct:
        """Do the work, with inputs that have been validated."""
        updater = DetectorUpdater(self.compute_summary_stats)
        fitter = SipFitter(self.fit_sip_approximations) if self.config.do_fit_sip_approximations else None
        functions: list[Callable[[Any], Any]] = [updater] if fitter is None else [updater, fitter]
        handles = [*exposures.values(), *overrides.handles()]
        start, stopwatch = time.monotonic(), Stopwatch()
        self._log_inputs(summary, overrides)
        with open_workers(min(num_cores, len(summary)), functions, handles, self.log) as run:
            updates = list(self._updates(summary, exposures, overrides, updater, run))
            catalog = self._make_output(summary, updates)
            result.diagnoses = tuple(self._diagnoses(updates, catalog))
            result.output_summary_catalog = catalog
            try:
                if self.config.do_refit_pointing:
                    assert camera is not None, "Guaranteed by validate_inputs."
                    with stopwatch.timing("pointing"):
                        self._refit_pointing(result, camera)
                if fitter is not None:
                    with stopwatch.timing("SIP approximations"):
                        self._fit_sip_approximations(result, fitter, run)
            finally:
                self._report(result, summary)
                durations = [*(update.durations for update in updates), stopwatch.durations]
                self.log.info("%s", describe_end(len(summary), time.monotonic() - start, durations))
        return result

    def _updates(
        self,
        summary: ExposureCatalog,
        exposures: Mapping[int, Handle],
        overrides: Overrides,
        updater: DetectorUpdater,
        run: Run,
    ) -> Iterator[DetectorUpdate]:
        """Plan and update all detectors, in the order of the summary."""

        def plan(record: ExposureRecord) -> DetectorPlan:
            statistics, exposure = self._statistics.read(record), exposures[record.getId()]
            return plan_detector(
                record, statistics, exposure, overrides, self.config.wcs_consistency_threshold
            )

        return update_detectors(summary, plan, updater, run, self.config.detector_failure, self.log)

    def _diagnoses(self, updates: Iterable[DetectorUpdate], catalog: ExposureCatalog) -> Iterator[Diagnosis]:
        """Iterate over diagnoses, those of later steps included as far as they are known."""
        for update, record in zip(updates, catalog, strict=True):
            yield from update.diagnoses
            if self.config.do_fit_sip_approximations:
                yield pending_sip_approximation(record)

    def _make_output(self, summary: ExposureCatalog, updates: Iterable[DetectorUpdate]) -> ExposureCatalog:
        """Write updates into a new catalog."""
        output = ExposureCatalog(self.schema)
        output.setMetadata(_copy_metadata(summary))
        for record, update in zip(summary, updates, strict=True):
            target = output.addNew()
            target.assign(record, self.schema_mapper)
            update.write_components(target)
            self._statistics.write(update.row.statistics, target)
            self._added.write(update.added, target)
        return output

    def _refit_pointing(self, result: Struct, camera: Camera) -> None:
        """Fit the pointing; WCSs that have no value or are far from it are nulled, with their statistics."""
        config, catalog = self.config.refit_pointing, result.output_summary_catalog
        with_wcs = detectors_with_wcs(catalog)
        nulled: list[Diagnosis] = []
        try:
            # One by one: what has been nulled is known whatever ends the loop.
            for diagnosis in null_unusable_wcss(catalog, camera, config.grid_spacing):
                nulled.append(diagnosis)
            result.visit_geometry = self.refit_pointing.run(catalog=catalog, camera=camera).regions
        finally:
            nulled += wcss_nulled_by_the_fit(catalog, with_wcs, nulled, config.schema_prefix)
            pending = map(pending_sip_approximation, catalog)
            result.diagnoses = amend_diagnoses(result.diagnoses, [*nulled, *pending])
            self._reset_wcs_statistics(catalog, {diagnosis.detector for diagnosis in nulled})

    def _reset_wcs_statistics(self, catalog: ExposureCatalog, detectors: Collection[int]) -> None:
        """Reset what follows from the WCS in finished rows that have lost it."""
        for record in catalog:
            if record.getId() in detectors:
                statistics = self._statistics.read(record)
                self.compute_summary_stats.update_wcs_stats(statistics, None, record.getBBox(), VisitInfo())
                self._statistics.write(statistics, record)

    def _fit_sip_approximations(self, result: Struct, fitter: SipFitter, run: Run) -> None:
        """Attach approximations to the WCSs that are left."""
        found: list[Diagnosis] = []
        try:
            # One by one, as above.
            for diagnosis in attach_sip_approximations(fitter, run, result.output_summary_catalog):
                found.append(diagnosis)
        finally:
            result.diagnoses = amend_diagnoses(result.diagnoses, found)

    def _report(self, result: Struct, summary: ExposureCatalog) -> None:
        """Log and count what detectors have lost, and make a table of it if that is wanted."""
        log_diagnoses(result.diagnoses, self.log)
        for name, count in count_losses(result.diagnoses).items():
            self.metadata[name] = count
        self.metadata["failed_detectors"] = len(failed_detectors(result.diagnoses))
        if self.config.do_write_report:
            result.summary_report = make_report(
                result.diagnoses,
                before={record.getId(): self._statistics.read(record) for record in summary},
                after={r.getId(): self._statistics.read(r) for r in result.output_summary_catalog},
                units=self._statistics.units,
            )

    def _log_inputs(self, summary: ExposureCatalog, overrides: Overrides) -> None:
        """Say what is going to be done, and what is ignored."""
        self.log.info("%s", describe_start(len(summary), overrides))
        for sentence in forgotten_overrides(self._providers, overrides):
            self.log.warning("%s", sentence)
        for argument, count in ignored_detectors(summary, overrides).items():
            self.log.info("%s has %d detectors that the summary lacks; they are ignored.", argument, count)
        if self._statistics.missing:
            self.log.info(
                "The summary has no columns for %s; these are computed but not written.",
                ", ".join(self._statistics.missing),
            )


def _schema_of(catalog: Any) -> Schema:
    """Return the schema of the init-input."""
    schema = getattr(catalog, "schema", None)
    if not isinstance(schema, Schema):
        raise RuntimeError(
            f"input_summary_schema is a {type(catalog).__name__}; give an ExposureCatalog with the "
            "columns of the input summary, which may be the input summary itself."
        )
    return schema


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
