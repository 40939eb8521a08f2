"""What public pipelines set on the task: their YAML loads, makes a graph, and runs.

Each file in ``pipelines/`` has the options and connections of one or two
pipelines. It runs on a repository with the files of the reference visit under
the names that it uses, and finds these datasets and no others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsst.afw.table import ExposureCatalog, ExposureRecord
from lsst.daf.butler import Butler
from lsst.drp.tasks.update_visit_summary import UpdateVisitSummaryConfig, UpdateVisitSummaryTask
from lsst.geom import SpherePoint, degrees
from lsst.pipe.base import Pipeline
from lsst.pipe.base.simple_pipeline_executor import SimplePipelineExecutor
from lsst.sphgeom import ConvexPolygon
from reference_repo import ReferenceRepo, make_reference_repo
from support.comparison import assert_catalogs_equal, assert_objects_agree
from support.dataset_names import collections_with, ingest_as, tag_by_dataset_type
from support.expected import expected_catalog
from support.reference import Reference

PIPELINES = Path(__file__).parent / "pipelines"
LABEL = "updateVisitSummary"

# The reference visit was made with the fiducial values of LSSTCam.
INSTRUMENT_CONFIG = Path(__file__).parents[1] / "config" / "LSSTCam" / "updateVisitSummary.py"

# The names of data release 2 and later, and the files they stand for.
RENAMED = {
    "preliminary_visit_image": "calexp",
    "preliminary_visit_image_background": "calexpBackground",
    "preliminary_visit_summary": "visitSummary",
    "preliminary_visit_summary_schema": "visitSummary_schema",
    "refit_psf_star": "finalized_src_table",
    "refit_psf_models": "finalized_psf_ap_corr_catalog",
    "turbulenceCorrectedSkyWcsCatalog": "gbdesHealpix3AstrometricFitSkyWcsCatalog",
}

CLASSIC_INPUTS = {"camera", "visitSummary", "calexp", "finalized_psf_ap_corr_catalog", "finalized_src_table"}
V2_INPUTS = {
    "camera",
    "preliminary_visit_summary",
    "preliminary_visit_image",
    "refit_psf_models",
    "refit_psf_star",
}


@dataclass(frozen=True)
class Row:
    """One row of the table of pipelines."""

    name: str
    """File in ``pipelines/``."""

    inputs: set[str]
    """Dataset types that a quantum reads."""

    columns: tuple[str, ...] = ()
    """Columns that the providers add to the input, in order."""

    wcs: str = "defaults"
    """Configuration of the reference visit with the same WCSs."""

    photo_calib: str = "defaults"
    """Configuration of the reference visit with the same calibrations."""

    background: str = "defaults"
    """Configuration of the reference visit with the same backgrounds."""

    depth: str | None = "defaults"
    """Configuration of the reference visit with the same calibrations and
    backgrounds; `None` if there is none."""

    threshold: float | None = None
    """``wcs_consistency_threshold`` (arcsec)."""

    schema: str = "visitSummary_schema"
    """Dataset type of the input schema."""

    output: str = "finalVisitSummary"
    """Dataset type of the output."""

    def __str__(self) -> str:
        return self.name


_OFFSET = "wcs_corner_max_offset"
_GBDES = "gbdesAstrometricFitSkyWcsCatalog"
_FGCM = "fgcmPhotoCalibCatalog"
_JOINTCAL = "jointcalPhotoCalibCatalog"
_V2_NAMES: dict[str, Any] = {"schema": "preliminary_visit_summary_schema", "output": "visit_summary"}

ROWS = (
    Row("drp_minimal_calibration", CLASSIC_INPUTS),
    Row(
        "drp_full",
        CLASSIC_INPUTS | {"skyMap", _GBDES, _FGCM, "calexpBackground", "skyCorr"},
        ("wcsTractId", _OFFSET),
        threshold=0.5,
        wcs="tract_global_replacement",
        photo_calib="tract_global_replacement",
        background="tract_global_replacement",
        depth="tract_global_replacement",
    ),
    Row(
        "base_v2",
        V2_INPUTS | {"skyMap", _GBDES, _FGCM},
        ("wcsTractId", _OFFSET),
        threshold=0.5,
        wcs="tract_global_replacement",
        photo_calib="tract_global_replacement",
        depth="healpix_global",
        **_V2_NAMES,
    ),
    Row(
        "lsstcam_drp",
        V2_INPUTS | {"turbulenceCorrectedSkyWcsCatalog", _FGCM},
        ("wcsSkypixId", _OFFSET),
        threshold=0.5,
        wcs="healpix_global",
        photo_calib="healpix_global",
        depth="healpix_global",
        **_V2_NAMES,
    ),
    Row(
        "lsstcomcam_drp",
        CLASSIC_INPUTS | {"skyMap", _GBDES, _FGCM},
        ("wcsTractId", _OFFSET),
        wcs="tract_global_replacement",
        photo_calib="tract_global_replacement",
        depth="healpix_global",
    ),
    Row("nightly_validation", CLASSIC_INPUTS),
    Row(
        "latiss_drp",
        CLASSIC_INPUTS | {_FGCM},
        photo_calib="healpix_global",
        depth="healpix_global",
    ),
    Row(
        "decam_drp",
        CLASSIC_INPUTS | {"skyMap", _JOINTCAL, "calexpBackground", "skyCorr"},
        ("photoCalibTractId",),
        photo_calib="global_tract_replacement",
        background="global_tract_replacement",
        depth="global_tract_replacement",
    ),
    Row(
        "hsc_ci",
        CLASSIC_INPUTS | {"skyMap", _JOINTCAL},
        ("photoCalibTractId",),
        photo_calib="global_tract_replacement",
        depth=None,
    ),
)

STEP_COLUMNS = (
    "wcs_detector_pointing_residual",
    "wcs_visit_pointing_residual",
    "wcs_detector_pointing_rejected",
    "wcs_sip_delta_sky",
    "wcs_sip_delta_pixel",
)
WCS_COLUMNS = (
    *("raCorners", "decCorners", "ra", "dec", "zenithDistance", "pixelScale"),
    *("wcsTractId", "wcsSkypixId", _OFFSET),
)
PHOTO_CALIB_COLUMNS = ("zeroPoint", "effTimeZeroPointScale", "photoCalibTractId")
BACKGROUND_COLUMNS = ("skyBg", "skyNoise", "meanVar", "effTimeSkyBgScale")
DEPTH_COLUMNS = ("magLim", "effTime")

# Configuration global_tract_replacement has other WCSs than the pipelines with
# calibrations by tract: 94 lies on the line between the tracts (0.015 arcsec
# decide), and 97 has no WCS there, hence no calibration.
DEPEND_ON_WCS = (94, 97)


@dataclass(frozen=True)
class Outcome:
    """What came out of one pipeline."""

    row: Row
    inputs: set[str]
    schema: ExposureCatalog
    catalog: ExposureCatalog


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> ReferenceRepo:
    """Make a repository with the visit under all names."""
    repo = make_reference_repo(tmp_path_factory.mktemp("repo"))
    with Butler.from_config(repo.root, writeable=True) as butler:
        for name, original in RENAMED.items():
            ingest_as(butler, repo, name, original)
        tag_by_dataset_type(butler, repo)
    return repo


@pytest.fixture(scope="module", params=ROWS, ids=str)
def outcome(request: pytest.FixtureRequest, repo: ReferenceRepo) -> Iterator[Outcome]:
    """Run a pipeline on the datasets that it is said to read."""
    row = request.param
    pipeline = load(row)
    pipeline.addConfigFile(LABEL, str(INSTRUMENT_CONFIG))
    inputs = collections_with(sorted(row.inputs | {row.schema}))
    butler = SimplePipelineExecutor.prep_butler(str(repo.root), inputs, f"test/{row}")
    try:
        executor = SimplePipelineExecutor.from_pipeline(pipeline, where=repo.where, butler=butler)
        (quantum,) = executor.run(register_dataset_types=True, save_versions=False)
        used = {dataset_type.name for dataset_type, refs in quantum.inputs.items() if refs}
        schema = butler.get(f"{row.output}_schema")
        yield Outcome(row, used, schema, butler.get(row.output, repo.data_id))
    finally:
        butler.close()


def load(row: Row) -> Pipeline:
    """Load the file of a row."""
    return Pipeline.fromFile(str(PIPELINES / f"{row.name}.yaml"))


@cache
def reference_output(configuration: str) -> ExposureCatalog:
    """Return what the real stack made of the visit; not to be modified."""
    return expected_catalog(configuration)


def test_every_file_is_a_row() -> None:
    assert {path.stem for path in PIPELINES.glob("*.yaml")} == {row.name for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_pipeline_loads(row: Row) -> None:
    """The class and all options are known; other ingredients of the file would be refused."""
    graph = load(row).to_graph()
    (task,) = graph.tasks.values()
    assert (task.label, task.task_class) == (LABEL, UpdateVisitSummaryTask)
    assert isinstance(task.config, UpdateVisitSummaryConfig)
    assert task.config.wcs_consistency_threshold == row.threshold
    assert {name for name, _ in graph.iter_overall_inputs()} == row.inputs | {row.schema}


def test_quantum_reads_what_the_pipeline_names(outcome: Outcome) -> None:
    assert outcome.inputs == outcome.row.inputs


def test_columns_are_those_of_the_options(outcome: Outcome) -> None:
    columns = [*reference_output("defaults").schema.getOrderedNames(), *outcome.row.columns, *STEP_COLUMNS]
    assert outcome.catalog.schema.getOrderedNames() == columns
    # Names, types and units of the columns; there are no rows to compare.
    assert assert_catalogs_equal(outcome.schema, outcome.catalog[:0]) == 0


def test_values_come_from_the_named_sources(outcome: Outcome) -> None:
    """Every column and object is that of the configuration with the same source."""
    expected = compose(outcome.catalog, outcome.row)
    assert [record.getId() for record in expected] == list(Reference.detectors)
    assert assert_catalogs_equal(outcome.catalog, expected) > 9 * 53
    assert assert_objects_agree(outcome.catalog, expected) > 9 * 500


Part = tuple[str, Iterable[str], Iterable[str]]
"""A configuration, and the columns and objects that are taken from it."""


def compose(actual: ExposureCatalog, row: Row) -> ExposureCatalog:
    """Put outputs of the real stack together in the way that a row does.

    What no configuration of the reference visit has is taken from ``actual``,
    and tested elsewhere.
    """
    parts: list[Part] = [
        ("defaults", reference_output("defaults").schema.getOrderedNames(), ("Psf", "ApCorrMap"))
    ]
    parts += [
        (row.wcs, WCS_COLUMNS, ("Wcs",)),
        (row.photo_calib, PHOTO_CALIB_COLUMNS, ("PhotoCalib",)),
        (row.background, BACKGROUND_COLUMNS, ()),
    ]
    if row.depth is not None:
        parts.append((row.depth, DEPTH_COLUMNS, ()))
    result = ExposureCatalog(actual.schema)
    for i, record in enumerate(actual):
        result.addNew().assign(record)
        for configuration, columns, components in parts:
            copy_part(reference_output(configuration)[i], result[i], columns, components)
        keep_what_has_no_reference(record, result[i], row)
    return result


def copy_part(
    source: ExposureRecord, target: ExposureRecord, columns: Iterable[str], components: Iterable[str]
) -> None:
    """Copy some columns, those that both rows have, and some objects."""
    for name in columns:
        if name in source.schema.getNames() and name in target.schema.getNames():
            target[name] = source[name]
    for component in components:
        getattr(target, f"set{component}")(getattr(source, f"get{component}")())


def keep_what_has_no_reference(actual: ExposureRecord, target: ExposureRecord, row: Row) -> None:
    """Keep approximations of WCSs, and calibrations that depend on a WCS which the reference lacks."""
    if target.getWcs() is not None:
        target.setWcs(target.getWcs().copyWithFitsApproximation(actual.getWcs().getFitsApproximation()))
    if row.photo_calib == "global_tract_replacement" and actual.getId() in DEPEND_ON_WCS:
        copy_part(actual, target, (*PHOTO_CALIB_COLUMNS, *DEPTH_COLUMNS), ("PhotoCalib",))
    if row.depth is None:
        copy_part(actual, target, DEPTH_COLUMNS, ())


def test_pointing_is_fitted_and_wcss_are_approximated(outcome: Outcome) -> None:
    """All rows with a WCS have residuals and an approximation, the others have none."""
    for record in outcome.catalog:
        has_wcs = record.getWcs() is not None
        assert not record["wcs_detector_pointing_rejected"]
        for name in ("wcs_detector_pointing_residual", "wcs_visit_pointing_residual"):
            assert (record[name].asArcseconds() < 1.0) == has_wcs, name
        assert (record["wcs_sip_delta_sky"].asArcseconds() < 1e-5) == has_wcs
        assert (record["wcs_sip_delta_pixel"] < 1e-5) == has_wcs
        if has_wcs:
            assert record.getWcs().hasFitsApproximation()


def test_fits_agree_with_those_of_the_real_stack(outcome: Outcome) -> None:
    """What depends on one detector only is that of configuration full, which had tract WCSs too."""
    if outcome.row.wcs != "tract_global_replacement":
        return
    compared = 0
    for record, expected in zip(outcome.catalog, reference_output("full"), strict=True):
        if expected.getWcs() is not None:
            residual = expected["wcs_detector_pointing_residual"].asDegrees()
            assert record["wcs_detector_pointing_residual"].asDegrees() == pytest.approx(residual, abs=1e-9)
            assert record["wcs_sip_delta_pixel"] == pytest.approx(
                expected["wcs_sip_delta_pixel"], rel=1e-2, abs=1e-9
            )
            compared += 1
    assert compared == 7


def test_calibration_is_that_of_the_nearest_tract(outcome: Outcome) -> None:
    """For calibrations by tract; those of all detectors, WCSs being the input's."""
    if outcome.row.photo_calib != "global_tract_replacement":
        return
    reference = Reference()
    catalogs = {tract.tract_id: catalog for tract, catalog in reference.photo_calib_tract.catalogs_by_tract}
    chosen = set()
    for record in outcome.catalog:
        center = center_of_corners(record)
        distances = {t: reference.sky_map[t].ctr_coord.separation(center).asDegrees() for t in catalogs}
        tract = min(distances, key=lambda t: distances[t])
        calibration = catalogs[tract].find(record.getId()).getPhotoCalib()
        assert record["photoCalibTractId"] == tract
        assert record.getPhotoCalib().getCalibrationMean() == calibration.getCalibrationMean()
        zero_point = 2.5 * np.log10(calibration.getInstFluxAtZeroMagnitude())
        assert record["zeroPoint"] == pytest.approx(zero_point, rel=1e-7)
        chosen.add(tract)
    assert chosen == set(reference.tracts)


def center_of_corners(record: ExposureRecord) -> SpherePoint:
    """Return the centroid of the polygon that the columns of corners describe."""
    corners = zip(record["raCorners"], record["decCorners"], strict=True)
    vectors = [SpherePoint(ra, dec, degrees).getVector() for ra, dec in corners]
    return SpherePoint(ConvexPolygon(vectors).getCentroid())


def test_depth_follows_from_the_calibration(outcome: Outcome) -> None:
    """With the same PSF and background, the magnitude limit moves with the zero point."""
    same_background = reference_output(outcome.row.background)
    compared = 0
    for record, other in zip(outcome.catalog, same_background, strict=True):
        if np.isfinite([record["magLim"], other["magLim"]]).all():
            # Differences of float32 of magnitudes near 30.
            difference = record["magLim"] - other["magLim"]
            assert difference == pytest.approx(record["zeroPoint"] - other["zeroPoint"], abs=1e-5)
            effective = 30.0 * 10.0 ** (0.8 * (record["magLim"] - 24.13))
            assert record["effTime"] == pytest.approx(effective, rel=1e-5)
            compared += 1
    # Two of the nine have no PSF or none with an effective area, one more may lack a calibration.
    assert compared >= 6
