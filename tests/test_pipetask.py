"""The whole way: files of the real stack, a butler, ``pipetask run``, a FITS file."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

from lsst.afw.table import ExposureCatalog
from lsst.daf.butler import Butler, DatasetRef, DatasetType, FileDataset
from lsst.drp.tasks.update_visit_summary import __version__
from reference_repo import ReferenceRepo, make_reference_repo
from support.commands import run_arguments, run_command, settings_of
from support.comparison import assert_catalogs_equal
from support.expected import CONFIGURATIONS, assert_geometry_is_expected, assert_is_expected, options_of

NO_VISIT_STEPS = ("do_refit_pointing=False", "do_fit_sip_approximations=False")


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> ReferenceRepo:
    """Make a repository with the files of the reference visit as they are."""
    return make_reference_repo(tmp_path_factory.mktemp("repo"))


def pipetask(
    repo: ReferenceRepo, run: str, settings: Sequence[str], where: str
) -> subprocess.CompletedProcess[str]:
    """Run the pipeline in a process of its own."""
    arguments = run_arguments(repo, run, settings, where=where)
    return run_command("pipetask", "run", *arguments, "--register-dataset-types")


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_pipetask_run(repo: ReferenceRepo, configuration: str) -> None:
    """Every row, column and object of the dataset that comes out."""
    run = f"test/{configuration}"
    done = pipetask(repo, run, settings_of(repo, configuration), repo.where)
    assert done.returncode == 0, done.stderr
    with Butler.from_config(repo.root, collections=run) as butler:
        output = butler.get("finalVisitSummary", repo.data_id)
        assert isinstance(output, ExposureCatalog)
        assert_is_expected(output, configuration)
        if options_of(configuration).get("do_write_visit_geometry"):
            assert_geometry_is_expected(butler.get("visit_geometry", repo.data_id))
        schema = butler.get("finalVisitSummary_schema")
        assert len(schema) == 0
        # Same columns, no rows to compare.
        assert assert_catalogs_equal(schema, output[:0]) == 0
        assert schema.schema.getOrderedNames() == output.schema.getOrderedNames()
        assert_provenance_names_the_code(butler.get("packages"))


def assert_provenance_names_the_code(packages: Mapping[str, str]) -> None:
    """Check the versions that the run records of what this repository holds."""
    assert packages["drp_tasks_update_visit_summary"] == __version__
    assert packages["visit_kernels"] == __version__
    if find_spec("lsst_stacklite") is not None:
        assert packages["lsst_stacklite"] == __version__


def test_missing_backgrounds_are_refused(repo: ReferenceRepo, tmp_path: Path) -> None:
    """A visit without some of its background overrides is refused as a whole."""
    run = "test/missing"
    settings = [
        *NO_VISIT_STEPS,
        "background_provider=replacement",
        "connections.background_overrides=skyCorrPart",
    ]
    with Butler.from_config(repo.root, writeable=True) as butler:
        _register_part(butler, repo)
    done = pipetask(repo, run, settings, repo.where)
    assert done.returncode != 0
    assert "background_overrides has no handle for detectors 92, 93, 94, 95, 96, 97, 98" in done.stderr
    with Butler.from_config(repo.root, collections=run) as butler:
        assert not butler.exists("finalVisitSummary", repo.data_id)


def _register_part(butler: Butler, repo: ReferenceRepo) -> None:
    """Register the backgrounds of two detectors under another name."""
    original = butler.get_dataset_type("skyCorr")
    part = DatasetType("skyCorrPart", original.dimensions, original.storageClass)
    butler.registry.registerDatasetType(part)
    run = "RefCam/runs/part"
    butler.collections.register(run)
    datasets = []
    for detector in repo.detectors[:2]:
        data_id = butler.registry.expandDataId(**repo.data_id, detector=detector)
        ref = DatasetRef(part, data_id, run=run)
        path = butler.getURI("skyCorr", repo.data_id, detector=detector, collections=repo.inputs)
        datasets.append(FileDataset(path=path, refs=[ref]))
    butler.ingest(*datasets, transfer="copy")
    butler.collections.prepend_chain(repo.inputs, run)
