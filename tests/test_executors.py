"""Failures and parallel work, under both tiers of executors.

``pipetask run`` executes quanta with a full butler; ``pipetask run-qbb``, the
tier of batch systems, with a butler that knows one quantum only.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from astropy.table import Table

from lsst.afw.table import ExposureCatalog
from lsst.daf.butler import Butler, DatasetRef
from reference_repo import REFERENCE_VISIT, ReferenceRepo, make_reference_repo
from support.catalogs import by_detector, row_values, without_detectors
from support.columns import WCS_STATISTICS, all_nan
from support.commands import PIPELINE, TASK, run_arguments, run_command, settings_of
from support.comparison import assert_catalogs_equal, assert_objects_agree, component_names
from support.expected import assert_geometry_is_expected, assert_is_expected, expected_catalog
from support.fits_files import content_without_provenance

Done = subprocess.CompletedProcess[str]
Execute = Callable[[ReferenceRepo, str, Iterable[str], Path], Done]

NOTHING_IS_CONSISTENT = (
    "wcs_provider=tract",
    "wcs_consistency_threshold=1e-9",
    "do_refit_pointing=True",
    "do_write_visit_geometry=True",
    "do_write_report=True",
)
"""Options with which no WCS is left that the pointing could be fitted to."""

DAMAGED = 95
"""A detector whose file is damaged."""


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> ReferenceRepo:
    """Make a repository with the files of the reference visit as they are."""
    return make_reference_repo(tmp_path_factory.mktemp("repo"))


def run_with_full_butler(
    repo: ReferenceRepo, run: str, settings: Iterable[str], directory: Path, *more: str
) -> Done:
    """Do everything in one command."""
    arguments = run_arguments(repo, run, settings)
    return run_command("pipetask", "run", *arguments, "--register-dataset-types", *more)


def run_with_quantum_butler(
    repo: ReferenceRepo, run: str, settings: Iterable[str], directory: Path, *more: str
) -> Done:
    """Do what a batch system does; return what became of the quantum."""
    pipeline, graph = directory / "pipeline.yaml", directory / "graph.qg"
    overrides = [word for setting in settings for word in ("-c", f"{TASK}:{setting}")]
    _succeed("pipetask", "build", "-p", PIPELINE, *overrides, "-s", pipeline)
    arguments = ["-b", str(repo.root), "-i", repo.inputs, "--output-run", run, "-d", repo.where]
    _succeed("pipetask", "qgraph", *arguments, "-p", pipeline, "--qgraph-datastore-records", "-q", graph)
    _succeed("pipetask", "pre-exec-init-qbb", repo.root, graph)
    done = run_command("pipetask", "run-qbb", repo.root, graph, *more)
    _succeed("butler", "transfer-from-graph", graph, repo.root, "--register-dataset-types")
    return done


def _succeed(tool: str, *arguments: str | Path) -> None:
    done = run_command(tool, *arguments)
    assert done.returncode == 0, done.stderr


EXECUTORS = pytest.mark.parametrize("execute", [run_with_full_butler, run_with_quantum_butler])


@EXECUTORS
def test_rule_12_finished_rows_are_written_before_the_failure(
    repo: ReferenceRepo, execute: Execute, tmp_path: Path
) -> None:
    """The catalog has what was finished, and says why there is no more."""
    run = f"test/partial/{execute.__name__}"
    done = execute(repo, run, NOTHING_IS_CONSISTENT, tmp_path)
    assert done.returncode != 0
    # Executors report the error itself, not the one that announces partial outputs.
    assert "NoVisitWcs: " in done.stderr
    assert "AnnotatedPartialOutputsError" not in done.stderr.splitlines()[-1]
    with Butler.from_config(repo.root, collections=run) as butler:
        assert_partial(butler.get("finalVisitSummary", repo.data_id))
        names = {ref.datasetType.name for ref in butler.query_all_datasets(run)}
        assert_report_of_the_failure(butler.get("finalVisitSummary_report", repo.data_id))
        # Metadata would mean success.
        assert names == {
            *("finalVisitSummary", "finalVisitSummary_schema", "finalVisitSummary_report"),
            *(f"{TASK}_config", f"{TASK}_log", "packages"),
        }


def assert_partial(catalog: ExposureCatalog) -> None:
    """Check for finished rows without WCS, and for the note."""
    rows = by_detector(catalog)
    assert sorted(rows) == list(range(90, 99))
    for row in rows.values():
        assert row.getWcs() is None
        assert all_nan(row, WCS_STATISTICS)
        assert np.isfinite(row["expTime"])
    assert rows[90].getPsf() is not None
    assert rows[90]["psfSigma"] > 0.0
    # Names of header cards are upper case.
    failure = catalog.metadata.get_dict("FAILURE")
    assert failure["TYPE"] == "lsst.meas.astrom.refit_pointing.NoVisitWcs"
    assert failure["MESSAGE"]


def assert_report_of_the_failure(report: Table) -> None:
    """Check that the table survives the repository: types, texts, units, arrays."""
    assert len(report) == 9 * 6 + 9
    wcs = report[report["component"] == "wcs"]
    assert list(wcs["detector"]) == list(range(90, 99))
    # 98 has no new WCS.
    assert list(wcs["outcome"]) == ["rejected"] * 8 + ["missing"]
    assert all("it moves a corner farther" in cause for cause in wcs["cause"][:8])
    assert report["psfSigma_after"].unit == "pixel"
    assert report["raCorners_after"].shape == (len(report), 4)
    assert np.isfinite(wcs["ra_before"]).all()
    assert np.isnan(wcs["ra_after"]).all()


def test_partial_outputs_may_count_as_success(repo: ReferenceRepo) -> None:
    """The option of the middleware that says so is obeyed."""
    run = "test/partial/qualified"
    arguments = run_arguments(repo, run, NOTHING_IS_CONSISTENT)
    done = run_command(
        "pipetask", "run", *arguments, "--register-dataset-types", "--no-raise-on-partial-outputs"
    )
    assert done.returncode == 0, done.stderr
    with Butler.from_config(repo.root, collections=run) as butler:
        assert_partial(butler.get("finalVisitSummary", repo.data_id))
        metadata = butler.get(f"{TASK}_metadata", repo.data_id)
        assert metadata[TASK].get_dict("failure")["type"].endswith("NoVisitWcs")


def test_both_executors_write_the_same(repo: ReferenceRepo, tmp_path: Path) -> None:
    """Catalogs are equal to the byte, also from several processes, and as expected; so are geometries."""
    paths = []
    for execute, cores in ((run_with_full_butler, 1), (run_with_quantum_butler, 2)):
        run = f"test/full/{execute.__name__}"
        done = execute(repo, run, settings_of(repo, "full"), tmp_path, "--cores-per-quantum", str(cores))
        assert done.returncode == 0, done.stderr
        assert "others cannot be used" not in done.stderr
        assert len(processes(repo, run)) == (1 if cores == 1 else 1 + cores)
        with Butler.from_config(repo.root, collections=run) as butler:
            assert_is_expected(butler.get("finalVisitSummary", repo.data_id), "full")
            assert_geometry_is_expected(butler.get("visit_geometry", repo.data_id))
            paths.append(butler.getURI("finalVisitSummary", repo.data_id).ospath)
    assert content_without_provenance(paths[0]) == content_without_provenance(paths[1])


def data_without(detector: int, directory: Path) -> Path:
    """Return a directory with the files of a visit that lacks a detector."""
    directory.mkdir()
    for path in REFERENCE_VISIT.iterdir():
        (directory / path.name).symlink_to(path)
    summary = directory / "visitSummary.fits"
    summary.unlink()
    catalog = ExposureCatalog.readFits(str(REFERENCE_VISIT / "visitSummary.fits"))
    without_detectors(catalog, {detector}).writeFits(str(summary))
    return directory


def test_several_processes_write_the_same_as_one(tmp_path: Path) -> None:
    """Over two visits with different detectors, in two processes with two cores each."""
    first = 2026032100001
    missing = {first + 1: 91}
    data = {visit: data_without(detector, tmp_path / str(visit)) for visit, detector in missing.items()}
    repo = make_reference_repo(tmp_path / "repo", more_visits=data)
    where = f"instrument='{repo.instrument}' AND skymap='{repo.skymap}'"
    settings = settings_of(repo, "tract_global_replacement")
    for jobs in ("1", "2"):
        arguments = [*run_arguments(repo, f"jobs/{jobs}", settings, where=where), "-j", jobs]
        done = run_command(
            *("pipetask", "run", *arguments), "--register-dataset-types", "--cores-per-quantum", jobs
        )
        assert done.returncode == 0, done.stderr
    one, two = (contents(repo, f"jobs/{jobs}") for jobs in ("1", "2"))
    # Per visit: catalog, metadata, log; per run: schema, configuration, packages.
    assert len(one) == 2 * 3 + 3
    assert one == two
    assert len(processes(repo, "jobs/1")) == 1
    # Each visit has a process of its own, and two more.
    assert len(processes(repo, "jobs/2")) == 2 * 3
    with Butler.from_config(repo.root, collections="jobs/2") as butler:
        for visit in (repo.visit, *missing):
            output = butler.get("finalVisitSummary", instrument=repo.instrument, visit=visit)
            expected = without_detectors(
                expected_catalog("tract_global_replacement"), {missing.get(visit, -1)}
            )
            assert assert_catalogs_equal(output, expected) > 8 * 53
            assert assert_objects_agree(output, expected) > 8 * 500


def contents(repo: ReferenceRepo, run: str) -> dict[tuple[str, str], object]:
    """Return the content of each dataset of a run.

    Metadata and logs hold times and process ids; of them only the existence
    is compared.
    """
    with Butler.from_config(repo.root, collections=run) as butler:
        return {
            (ref.datasetType.name, str(ref.dataId)): _content(butler, ref)
            for ref in butler.query_all_datasets(run)
        }


def _content(butler: Butler, ref: DatasetRef) -> object:
    name = ref.datasetType.name
    if name.endswith(("_metadata", "_log")):
        return butler.stored(ref)
    path = Path(butler.getURI(ref).ospath)
    return content_without_provenance(path) if path.suffix == ".fits" else path.read_bytes()


def processes(repo: ReferenceRepo, run: str) -> set[int]:
    """Return in which processes the quanta of a run were executed."""
    with Butler.from_config(repo.root, collections=run) as butler:
        logs = [butler.get(ref) for ref in butler.query_datasets(f"{TASK}_log")]
    return {record.process for log in logs for record in log}


@pytest.fixture
def damaged_repo(tmp_path: Path) -> ReferenceRepo:
    """Make a repository in which half of a detector's file is lost."""
    repo = make_reference_repo(tmp_path / "repo")
    with Butler.from_config(repo.root, collections=repo.inputs) as butler:
        path = butler.getURI("calexp", repo.data_id, detector=DAMAGED).ospath
    os.truncate(path, os.path.getsize(path) // 2)
    return repo


def test_damaged_file_does_not_cost_the_visit(damaged_repo: ReferenceRepo, repo: ReferenceRepo) -> None:
    """One detector is flagged and nulled, the others are as without damage."""
    settings = [*settings_of(repo, "tract_global_replacement"), "detector_failure='null'"]
    catalogs = []
    for where in (damaged_repo, repo):
        arguments = run_arguments(where, "test/null", settings)
        done = run_command("pipetask", "run", *arguments, "--register-dataset-types")
        assert done.returncode == 0, done.stderr
        # Only what is wrong is reported.
        assert (f"Detector {DAMAGED} failed" in done.stderr) == (where is damaged_repo)
        with Butler.from_config(where.root, collections="test/null") as butler:
            catalogs.append(by_detector(butler.get("finalVisitSummary", where.data_id)))
    rows, whole = catalogs
    assert [detector for detector, row in rows.items() if row["update_failed"]] == [DAMAGED]
    assert not any(row["update_failed"] for row in whole.values())
    assert component_names(rows[DAMAGED]) == ["ValidPolygon", "VisitInfo"]
    assert all_nan(rows[DAMAGED], [*WCS_STATISTICS, "psfSigma", "zeroPoint", "skyBg", "magLim"])
    assert list(rows) == list(whole)
    for detector in set(rows) - {DAMAGED}:
        assert row_values(rows[detector]) == row_values(whole[detector])
        assert component_names(rows[detector]) == component_names(whole[detector])


def test_damaged_file_fails_the_visit_by_default(damaged_repo: ReferenceRepo) -> None:
    """Nothing is written, and the message names detector, dataset and remedy."""
    run = "test/raise"
    arguments = run_arguments(damaged_repo, run, settings_of(damaged_repo, "tract_global_replacement"))
    done = run_command("pipetask", "run", *arguments, "--register-dataset-types")
    assert done.returncode != 0
    message = " ".join(done.stderr.split())
    assert f"Detector {DAMAGED} cannot be updated with input_exposures (calexp of {{instrument:" in message
    assert "set detector_failure='null' to write the visit without this detector" in message
    with Butler.from_config(damaged_repo.root, collections=run) as butler:
        assert not butler.exists("finalVisitSummary", damaged_repo.data_id)
        assert butler.exists(f"{TASK}_log", damaged_repo.data_id)
    assert not list(damaged_repo.root.glob(f"{run}/finalVisitSummary/**/*.fits"))
