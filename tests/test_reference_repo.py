"""The repository that the demo and the tests of the pipeline run on."""

from __future__ import annotations

from pathlib import Path

import pytest

from lsst.daf.butler import Butler
from lsst.pipe.base import Instrument
from reference_repo import REFERENCE_VISIT, RefCam, ReferenceRepo, make_reference_repo


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> ReferenceRepo:
    # A dot in the name, which the butler alone would take for a file.
    return make_reference_repo(tmp_path_factory.mktemp("reference") / "repo.v1")


def test_files_are_ingested_as_they_are(repo: ReferenceRepo) -> None:
    expected = sorted(
        path.read_bytes()
        for path in REFERENCE_VISIT.iterdir()
        if path.suffix in (".fits", ".parq", ".pickle") and not path.name.startswith("expected_")
    )
    with Butler.from_config(repo.root, collections=repo.inputs) as butler:
        refs = butler.query_all_datasets("*", find_first=False)
        ingested = sorted(Path(butler.getURI(ref).ospath).read_bytes() for ref in refs)
    assert len(ingested) == 41
    assert ingested == expected


def test_visit_overlaps_both_tracts(repo: ReferenceRepo) -> None:
    with Butler.from_config(repo.root) as butler, butler.query() as query:
        found = {id_["tract"] for id_ in query.where(repo.where).data_ids(("visit", "tract"))}
    assert found == set(repo.tracts)


def test_pipeline_inputs_are_found_for_each_detector(repo: ReferenceRepo) -> None:
    with Butler.from_config(repo.root, collections=repo.inputs) as butler:
        for name in ("calexp", "calexpBackground", "skyCorr"):
            refs = butler.query_datasets(name, where=repo.where)
            assert sorted(ref.dataId["detector"] for ref in refs) == list(repo.detectors)


def test_instrument_is_found_by_its_name(repo: ReferenceRepo) -> None:
    with Butler.from_config(repo.root) as butler:
        assert isinstance(Instrument.fromName(repo.instrument, butler.registry), RefCam)


def test_existing_repository_is_not_overwritten(repo: ReferenceRepo) -> None:
    with pytest.raises(FileExistsError):
        make_reference_repo(repo.root)
