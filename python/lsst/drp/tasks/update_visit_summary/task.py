"""The task: what it reads, in which order it works, what it writes."""

from __future__ import annotations

__all__ = ["UpdateVisitSummaryTask"]

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from lsst.afw.table import ExposureCatalog, Schema, SchemaMapper
from lsst.daf.base import PropertyList
from lsst.pipe.base import PipelineTask, Struct

from .config import UpdateVisitSummaryConfig
from .detector_update import DetectorInputs, DetectorUpdate, Overrides, update_detector
from .errors import InvalidInputsError
from .override_inputs import GlobalInput, PerTractInput, PossiblyMultipleInput
from .summary_columns import SummaryColumns
from .validation import ignored_detectors, missing_handles, validate_inputs

if TYPE_CHECKING:
    from astropy.table import Table

    from lsst.afw.cameraGeom import Camera
    from lsst.afw.table import ExposureRecord
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
        self.schema_mapper = _make_schema_mapper(self._input_schema, self.config)
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
        outputs = self.run(
            summary,
            psf_overrides=psf_overrides,
            psf_star_catalog=butlerQC.get(inputRefs.psf_star_catalog),
            ap_corr_overrides=psf_overrides if shared else butlerQC.get(inputRefs.ap_corr_overrides),
            photo_calib_overrides=_load_overrides(butlerQC, inputRefs, "photo_calib_overrides"),
            wcs_overrides=_load_overrides(butlerQC, inputRefs, "wcs_overrides"),
            **handles,
        )
        butlerQC.put(outputs, outputRefs)

    def run(
        self,
        input_summary_catalog: ExposureCatalog,
        input_exposures: Mapping[int, Handle],
        psf_overrides: ExposureCatalog | None = None,
        psf_star_catalog: Table | None = None,
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
        psf_star_catalog : `astropy.table.Table`, optional
            Stars that the PSF models were made from; required with
            ``psf_overrides``. A detector without stars has reset star
            statistics.
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
            Accepted for callers of the newest upstream version; no option of
            this version reads it.
        result : `lsst.pipe.base.Struct`, optional
            Struct to which the results are added.

        Returns
        -------
        result : `lsst.pipe.base.Struct`
            ``result`` itself if it was given, with the attribute

            ``output_summary_catalog``
                The updated summary, rows in the order of the input
                (`lsst.afw.table.ExposureCatalog`).

        Raises
        ------
        InvalidInputsError
            Raised before any work if inputs are missing or contradict each
            other; the message names all that is wrong.
        """
        overrides = Overrides(
            psf=psf_overrides,
            stars=psf_star_catalog,
            ap_corr=ap_corr_overrides,
            photo_calib=photo_calib_overrides,
            wcs=wcs_overrides,
            background_originals=background_originals,
            background_overrides=background_overrides,
        )
        validate_inputs(input_summary_catalog, self._input_schema, input_exposures, overrides, self.config)
        self._log_inputs(input_summary_catalog, overrides)
        output = self._make_output(
            input_summary_catalog, self._updates(input_summary_catalog, input_exposures, overrides)
        )
        result = result if result is not None else Struct()
        result.output_summary_catalog = output
        return result

    def _updates(
        self, summary: ExposureCatalog, exposures: Mapping[int, Handle], overrides: Overrides
    ) -> Iterator[DetectorUpdate]:
        """Update one detector after the other, in the order of the summary."""
        for record in summary:
            self.log.debug("Updating detector %d.", record.getId())
            yield update_detector(
                DetectorInputs(record, exposures[record.getId()]),
                self._columns.read(record),
                overrides,
                self.compute_summary_stats,
            )

    def _make_output(self, summary: ExposureCatalog, updates: Iterable[DetectorUpdate]) -> ExposureCatalog:
        """Write updates into a new catalog; one warning for each kind of diagnosis."""
        output = ExposureCatalog(self.schema)
        output.setMetadata(_copy_metadata(summary))
        detectors: dict[str, list[int]] = defaultdict(list)
        for record, update in zip(summary, updates, strict=True):
            self._write(update, record, output.addNew())
            for text in update.diagnosis:
                detectors[text].append(update.detector)
        for text, affected in detectors.items():
            self.log.warning("Detectors %s: %s.", ", ".join(map(str, affected)), text)
        return output

    def _write(self, update: DetectorUpdate, source: ExposureRecord, target: ExposureRecord) -> None:
        """Copy a row of the input and put the update into the copy."""
        target.assign(source, self.schema_mapper)
        for setter, component in update.components.items():
            getattr(target, setter)(component)
        self._columns.write(update.statistics, target)
        if self.config.wcs_provider == "tract":
            target["wcsTractId"] = update.wcs_tract
        if self.config.wcs_provider != "input_summary":
            target["wcs_corner_max_offset"] = update.wcs_corner_max_offset
        if self.config.photo_calib_provider == "tract":
            target["photoCalibTractId"] = update.photo_calib_tract

    def _log_inputs(self, summary: ExposureCatalog, overrides: Overrides) -> None:
        """Say what is going to be ignored."""
        for argument, count in ignored_detectors(summary, overrides).items():
            self.log.info("%s has %d detectors that the summary lacks; they are ignored.", argument, count)
        if self._columns.missing:
            self.log.info(
                "The summary has no columns for %s; these are computed but not written.",
                ", ".join(self._columns.missing),
            )


def _make_schema_mapper(schema: Schema, config: UpdateVisitSummaryConfig) -> SchemaMapper:
    """Map all input columns and append those that the configuration adds."""
    new = list(_added_columns(config))
    if taken := [name for name, _, _ in new if name in schema.getNames()]:
        raise RuntimeError(
            f"The input summary already has the columns {', '.join(taken)}, so it is an output of this task; "
            "connect input_summary_catalog and input_summary_schema to the summary before the update."
        )
    mapper = SchemaMapper(schema)
    mapper.addMinimalSchema(schema, True)
    for name, type_name, doc in new:
        mapper.editOutputSchema().addField(name, type=type_name, doc=doc)
    return mapper


def _added_columns(config: UpdateVisitSummaryConfig) -> Iterator[tuple[str, str, str]]:
    """Iterate over name, type and documentation of new columns, in order."""
    if config.wcs_provider == "tract":
        yield "wcsTractId", "L", "ID of the tract whose catalog gave the WCS, -1 if none did."
    if config.wcs_provider != "input_summary":
        yield (
            "wcs_corner_max_offset",
            "Angle",
            "Largest distance on the sky that a detector corner moves from the input WCS to that of "
            "wcs_provider; NaN if one of them is missing.",
        )
    if config.photo_calib_provider == "tract":
        yield (
            "photoCalibTractId",
            "L",
            "ID of the tract whose catalog gave the photometric calibration, -1 if none did.",
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
    if (tract_refs := getattr(refs, f"{name}_tract", None)) is not None:
        return PerTractInput.load(butler_qc, butler_qc.get(refs.sky_map), tract_refs)
    if (ref := getattr(refs, f"{name}_global", None)) is not None:
        return GlobalInput(butler_qc.get(ref))
    return None
