"""``kill -9`` of ``pipetask run`` at many moments, and what a second run makes of it.

Every kill hits a copy of a repository that has not seen the pipeline before.
The environment variable ``DRP_VISIT_SUMMARY_KILLS`` is the number of kills
just before a change of the repository, and of those after some time (both 2 if
it is unset); there are about 330 changes, so that 400 tries them all.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lsst.daf.butler import Butler, MissingCollectionError
from reference_repo import ReferenceRepo, describe_reference_repo, make_reference_repo
from support.commands import TASK, run_arguments, settings_of
from support.expected import assert_geometry_is_expected, assert_is_expected
from support.mortal import DEATH, Attempt, start_command, start_forked

CONFIGURATION = "full"
RUN = "test/killed"
KILLS = int(os.environ.get("DRP_VISIT_SUMMARY_KILLS", "2"))
FRACTIONS = [(kill + 0.5) / KILLS for kill in range(KILLS)]

PER_RUN = {"finalVisitSummary_schema", f"{TASK}_config", "packages"}
OUTPUTS = {"finalVisitSummary", "visit_geometry"}
METADATA, LOG = f"{TASK}_metadata", f"{TASK}_log"

Moment = Callable[[Attempt, ReferenceRepo], bool]


def said(text: str) -> Moment:
    """Return the moment at which the process has said something."""
    return lambda attempt, repo: text in attempt.text


def wrote(dataset_type: str) -> Moment:
    """Return the moment at which the file of a dataset is there."""
    return lambda attempt, repo: any(repo.root.glob(f"{RUN}/{dataset_type}/**/{dataset_type}_*.*"))


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> ReferenceRepo:
    """Make a repository with the files of the reference visit as they are."""
    return make_reference_repo(tmp_path_factory.mktemp("untouched") / "repo")


@pytest.fixture
def repo(untouched: ReferenceRepo, tmp_path: Path) -> ReferenceRepo:
    """Make a copy of a repository; paths in it are relative to its root."""
    shutil.copytree(untouched.root, tmp_path / "repo")
    return describe_reference_repo(tmp_path / "repo")


def arguments_for(repo: ReferenceRepo, *more: str) -> list[str]:
    """Return the arguments of ``pipetask``."""
    arguments = run_arguments(repo, RUN, settings_of(repo, CONFIGURATION))
    return ["run", *arguments, "--register-dataset-types", *more]


@pytest.fixture(scope="module")
def healthy(untouched: ReferenceRepo, tmp_path_factory: pytest.TempPathFactory) -> tuple[float, list[str]]:
    """Return how many seconds a whole run takes, and which changes it makes."""
    directory = tmp_path_factory.mktemp("healthy")
    shutil.copytree(untouched.root, directory / "repo")
    repo = describe_reference_repo(directory / "repo")
    attempt = start_forked(arguments_for(repo), directory / "log", repo.root)
    assert attempt.finish() == 0, attempt.text
    elapsed = attempt.elapsed
    assert datasets(repo) == PER_RUN | OUTPUTS | {METADATA, LOG}
    return elapsed, json.loads(attempt.text.splitlines()[-1])


def datasets(repo: ReferenceRepo) -> set[str] | None:
    """Return the types of all datasets of the run, each of which is read.

    A dataset in the registry whose file is missing or incomplete is an error
    here. `None` stands for a run that the registry does not know.
    """
    with Butler.from_config(repo.root, collections=repo.inputs) as butler:
        assert len(butler.get("visitSummary", repo.data_id)) == len(repo.detectors)
        try:
            refs = butler.query_all_datasets(RUN)
        except MissingCollectionError:
            return None
        assert all(butler.get(ref) is not None for ref in refs)
    return {ref.datasetType.name for ref in refs}


def roll_back(repo: ReferenceRepo) -> bool:
    """Let SQLite undo a transaction that was being committed.

    It does so when the database is next opened for writing. Opened for reading
    only, as by the first butler of ``pipetask run``, the database is refused
    with "attempt to write a readonly database" until then: whoever meets that
    must open the repository once with ``writeable=True``.

    Returns
    -------
    rolled_back : `bool`
        Whether there was anything to undo.
    """
    journal = repo.root / "gen3.sqlite3-journal"
    # Without its magic bytes the journal is not in force.
    if not journal.exists() or not journal.read_bytes()[:8].strip(b"\0"):
        return False
    Butler.from_config(repo.root, writeable=True).close()
    return True


def options_after(left: set[str] | None) -> list[str]:
    """Return the options with which the middleware completes a run.

    These are ``--extend-run --skip-existing``, with two exceptions. A run that
    was killed before it was registered cannot be extended; it has left nothing.
    One that was killed after the first output of the quantum and before its
    metadata, which mean success, needs ``--clobber-outputs`` in addition: the
    middleware removes outputs only if it is told so.
    """
    if left is None:
        return []
    is_partial = METADATA not in left and bool(left & (OUTPUTS | {LOG}))
    return ["--extend-run", "--skip-existing", *(["--clobber-outputs"] if is_partial else [])]


def assert_second_run_completes(repo: ReferenceRepo, directory: Path) -> None:
    """Check what a kill has left, run again, and check that all is there."""
    roll_back(repo)
    left = datasets(repo)
    second = start_forked(arguments_for(repo, *options_after(left)), directory / "second.log")
    complete = PER_RUN | OUTPUTS | {METADATA, LOG}
    if left is not None and METADATA in left:
        # The quantum counts as done; an empty graph is an error to pipetask.
        assert second.finish() == 1, second.text
        assert "1 previously succeeded" in second.text
        assert "QuantumGraph was empty" in second.text
        assert datasets(repo) == left
        assert left >= complete - {LOG}
    else:
        assert second.finish() == 0, second.text
        assert datasets(repo) == complete
    with Butler.from_config(repo.root, collections=RUN) as butler:
        assert_is_expected(butler.get("finalVisitSummary", repo.data_id), CONFIGURATION)
        assert_geometry_is_expected(butler.get("visit_geometry", repo.data_id))


@pytest.mark.parametrize("fraction", FRACTIONS, ids="{:.3f}".format)
def test_killed_before_a_change(
    repo: ReferenceRepo, healthy: tuple[float, list[str]], fraction: float, tmp_path: Path
) -> None:
    """The process dies just before it changes a file or the database."""
    change = 1 + int(fraction * len(healthy[1]))
    first = start_forked(arguments_for(repo), tmp_path / "first.log", repo.root, change)
    assert first.finish() == DEATH, first.text
    assert_second_run_completes(repo, tmp_path)


def test_killed_during_a_commit(
    repo: ReferenceRepo, healthy: tuple[float, list[str]], tmp_path: Path
) -> None:
    """Of the catalog there is the file and half an entry in the database."""
    changes = healthy[1]
    [written] = [
        number
        for number, change in enumerate(changes)
        if change.startswith("os.rename") and change.count("finalVisitSummary_RefCam") == 2
    ]
    change = 1 + changes.index("commit", written)
    first = start_forked(arguments_for(repo), tmp_path / "first.log", repo.root, change)
    assert first.finish() == DEATH, first.text
    assert wrote("finalVisitSummary")(first, repo)
    assert roll_back(repo)
    left = datasets(repo)
    # The outputs of a quantum are written in any order.
    assert left is not None and PER_RUN <= left <= PER_RUN | {"visit_geometry"}
    assert_second_run_completes(repo, tmp_path)


@pytest.mark.parametrize("fraction", FRACTIONS, ids="{:.3f}".format)
def test_killed_after_some_time(
    repo: ReferenceRepo, healthy: tuple[float, list[str]], fraction: float, tmp_path: Path
) -> None:
    """A process that is faster than the one measured has nothing to lose."""
    first = start_forked(arguments_for(repo), tmp_path / "first.log")
    code = first.kill_when(lambda attempt: attempt.elapsed > fraction * healthy[0])
    assert code in (DEATH, 0), first.text
    assert_second_run_completes(repo, tmp_path)


@pytest.mark.parametrize(
    "moment",
    [
        said("Graph build complete"),
        wrote("packages"),
        said("Preparing execution of quantum"),
        wrote("finalVisitSummary"),
    ],
    ids=["graph", "packages", "quantum", "output"],
)
def test_killed_from_outside(repo: ReferenceRepo, moment: Moment, tmp_path: Path) -> None:
    """The process group of the command is killed as soon as something is seen."""
    first = start_command(arguments_for(repo), tmp_path / "first.log")
    assert first.kill_when(lambda attempt: moment(attempt, repo)) == DEATH, first.text
    assert moment(first, repo)
    assert_second_run_completes(repo, tmp_path)
