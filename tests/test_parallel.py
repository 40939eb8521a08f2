"""Detectors in several processes: same bytes, log lines and errors as in one, and nothing that is left."""

from __future__ import annotations

import concurrent.futures
import contextlib
import logging
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lsst.daf.butler import DeferredDatasetHandle
from lsst.drp.tasks.update_visit_summary import DetectorUpdateError, InvalidInputsError
from lsst.drp.tasks.update_visit_summary import task as task_module
from lsst.drp.tasks.update_visit_summary.parallel import Job, Run, WorkerDiedError, open_workers
from lsst.drp.tasks.update_visit_summary.worker_reports import RemoteError
from lsst.pipe.base import InMemoryDatasetHandle, Struct
from lsst.utils.logging import getLogger
from support import remote_work
from support.catalogs import row_values
from support.comparison import assert_objects_agree, component_names
from support.reference import Reference

N_CORES = 2

SCRIPT = Path(remote_work.__file__).with_name("script_without_guard.py")

LOG = getLogger("lsst.parallel")

EVERYTHING = {
    "wcs_provider": "tract",
    "photo_calib_provider": "tract",
    "background_provider": "replacement",
    "do_refit_pointing": True,
    "do_fit_sip_approximations": True,
    "do_write_report": True,
}
"""Options with which all components are replaced, and all steps taken."""

Lines = list[tuple[str, int, str]]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Start processes that do what they are told, and send all log records."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.DEBUG)
    with open_workers(N_CORES, [remote_work.do], [], LOG) as run:
        root.setLevel(before)
        yield run


def results(run: Run, items: Iterable[Callable[[], Any]]) -> list[Any]:
    """Return the results of pieces of work."""
    return [
        outcome()
        for outcome in run(remote_work.do, (Job(str(item), lambda item=item: item) for item in items))
    ]


def lines_of(caplog: pytest.LogCaptureFixture) -> Lines:
    """Return logger, level and text of each record, but for times and numbers of processes."""
    passing = ("Started ", "Updated ")
    return [
        (record.name, record.levelno, record.getMessage())
        for record in caplog.records
        if not record.getMessage().split(": ", 1)[-1].startswith(passing)
    ]


def test_results_come_in_order_from_other_processes(run: Run) -> None:
    """Also if a later one is there before."""
    assert results(run, [partial(remote_work.sleep, 0.2 / (i + 1), i) for i in range(6)]) == list(range(6))
    numbers = set(results(run, [remote_work.identify] * 4))
    assert len(numbers) == N_CORES
    assert os.getpid() not in numbers


def test_other_threads_see_bytes_only(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects of AST end the process if another thread frees them."""
    submit = concurrent.futures.ThreadPoolExecutor.submit
    given: list[Any] = []
    futures: list[concurrent.futures.Future[Any]] = []

    def record(executor: Any, function: Any, *args: Any) -> concurrent.futures.Future[Any]:
        given.extend(args)
        futures.append(submit(executor, function, *args))
        return futures[-1]

    monkeypatch.setattr(concurrent.futures.ThreadPoolExecutor, "submit", record)
    assert results(run, [remote_work.identify] * 3)
    assert [type(each) for each in given] == [bytes] * 3
    assert [type(future.result()) for future in futures] == [bytes] * 3


def test_few_pieces_of_work_are_in_flight(run: Run, tmp_path: Path) -> None:
    """Memory is bounded: no more are prepared than two for each process, until one is done."""
    prepared: list[int] = []

    def prepare(number: int) -> Callable[[], bool]:
        prepared.append(number)
        return partial(remote_work.wait_for, tmp_path / "go")

    seen: list[int] = []

    def look() -> None:
        while len(prepared) < 2 * N_CORES:
            time.sleep(0.01)
        # Time in which there could be more.
        time.sleep(0.3)
        seen.append(len(prepared))
        (tmp_path / "go").touch()

    thread = threading.Thread(target=look)
    thread.start()
    outcomes = [
        outcome() for outcome in run(remote_work.do, (Job(str(i), partial(prepare, i)) for i in range(20)))
    ]
    thread.join()
    assert outcomes == [True] * 20
    assert seen == [2 * N_CORES]


@pytest.mark.parametrize(
    "kind, name, message",
    [
        ("plain", "KeyError", "'key'"),
        ("stack", "RangeError", "out of range"),
        ("stubborn", "StubbornError", "this and that"),
    ],
)
def test_errors_are_those_of_the_other_process(run: Run, kind: str, name: str, message: str) -> None:
    """Class, message, cause and notes; the traceback is a text at the end of the causes."""
    with pytest.raises(DetectorUpdateError) as caught:
        results(run, [partial(remote_work.fail, kind)])
    cause = caught.value.__cause__
    assert (type(cause).__name__, str(cause).strip()) == (name, message)
    assert caught.value.problem.strip() == message
    assert cause is not None and isinstance(cause.__cause__, RemoteError)
    assert "remote_work.py" in str(cause.__cause__)
    assert "a note" in str(cause.__cause__)


def test_first_error_in_order_counts(run: Run) -> None:
    """What fails later in order may fail earlier; errors of preparation count, too."""
    outcomes = run(
        remote_work.do,
        [
            Job("slow", lambda: partial(remote_work.sleep, 0.3, 1)),
            Job("unprepared", partial(remote_work.fail, "plain")),
            Job("fast", lambda: partial(remote_work.fail, "stubborn")),
        ],
    )
    assert next(outcomes)() == 1
    for cause in (KeyError, Exception):
        with pytest.raises(DetectorUpdateError) as caught:
            next(outcomes)()
        assert isinstance(caught.value.__cause__, cause)


def test_log_records_obey_levels_here(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    """They have their text, and come in the order of the work."""
    with caplog.at_level(logging.ERROR, "lsst.quiet"), caplog.at_level(logging.INFO):
        results(run, [partial(remote_work.say, name, n) for name in ("lsst.quiet", "loud") for n in (1, 2)])
    found = [(r.name, r.levelno, r.getMessage().splitlines()[0]) for r in caplog.records]
    loud = [
        (("loud", logging.INFO, f"{n} is at INFO, 100% of it."), ("loud", logging.ERROR, f"{n} is an error."))
        for n in (1, 2)
    ]
    quiet = [("lsst.quiet", logging.ERROR, f"{n} is an error.") for n in (1, 2)]
    assert found == [*quiet, *loud[0], *loud[1]]
    assert "ValueError: caught" in caplog.records[0].getMessage()


def test_warnings_obey_filters_here(run: Run) -> None:
    """A warning that is an error in this process is one."""
    with pytest.warns(RuntimeWarning, match="1 is odd") as caught:
        assert results(run, [partial(remote_work.complain, 1)]) == [1]
    assert Path(caught[0].filename).name == "remote_work.py"
    with pytest.raises(RuntimeWarning, match="3 is odd"):
        results(run, [partial(remote_work.complain, 3)])


def test_what_cannot_travel_is_done_here(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    """Neither there nor back; one warning says so."""
    lock = threading.Lock()
    there = [lambda: (lock, os.getpid())[1]] * 2
    with caplog.at_level(logging.WARNING):
        assert results(run, there) == [os.getpid()] * 2
        assert results(run, [remote_work.unpicklable]) != []
    (warning,) = [r.getMessage() for r in caplog.records]
    assert "is done in the main process: its data cannot be sent to others" in warning


class _ServerButler:
    """A butler that has, as that of a server, something that cannot be pickled."""

    def __init__(self) -> None:
        self.lock = threading.RLock()


def test_butler_that_cannot_travel_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """All is done here then, and nothing is started."""
    butler: Any = _ServerButler()
    ref: Any = None
    handle = DeferredDatasetHandle(butler=butler, ref=ref, parameters=None, storageClass=None)
    with open_workers(N_CORES, [remote_work.do], [handle], LOG) as run:
        assert results(run, [partial(remote_work.identify, 0.0)] * 2) == [os.getpid()] * 2
    (warning,) = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert "others cannot be used (TypeError: a butler of class _ServerButler cannot be sent; " in warning


def test_killed_process_names_work_and_remedy(tmp_path: Path) -> None:
    """It is no failure of one detector; what came before it in order is there."""
    go = tmp_path / "go"
    jobs = [
        Job("detector 1", lambda: partial(remote_work.sleep, 0.0, 1)),
        Job("detector 2", lambda: partial(remote_work.die, go)),
        *(Job(f"detector {n}", lambda: partial(remote_work.wait_for, go)) for n in (3, 4, 5)),
    ]
    with pytest.raises(WorkerDiedError) as caught, open_workers(N_CORES, [remote_work.do], [], LOG) as run:
        outcomes = run(remote_work.do, jobs)
        assert next(outcomes)() == 1
        go.touch()
        next(outcomes)
    assert str(caught.value) == (
        "The process for detector 2 was killed by SIGKILL before it was done, as happens if memory is short; "
        "give the quantum more memory or fewer cores (pipetask run --cores-per-quantum, num_cores of run)."
    )


@pytest.fixture
def shared(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the task use processes that are there already: to start them takes seconds."""

    @contextlib.contextmanager
    def open_shared(
        number: int, functions: Sequence[Callable[[Any], Any]], handles: Iterable[Any], log: Any
    ) -> Iterator[Run]:
        if number == 1:
            with open_workers(number, functions, handles, log) as run_here:
                yield run_here
        else:
            yield lambda function, jobs: run(
                remote_work.do,
                (Job(job.name, lambda job=job: partial(function, job.prepare())) for job in jobs),
            )

    monkeypatch.setattr(task_module, "open_workers", open_shared)


def updated(num_cores: int, damage: Callable[[Reference], None] | None = None, **options: Any) -> Struct:
    """Run the task on inputs of its own."""
    reference = Reference()
    if damage is not None:
        damage(reference)
    task = reference.task(**options)
    return task.run(
        reference.summary, reference.exposures, **reference.overrides(**options), num_cores=num_cores
    )


def assert_same(one: Struct, other: Struct) -> None:
    """Compare two results to the last bit."""
    assert len(one.output_summary_catalog) == 9
    for row, same in zip(one.output_summary_catalog, other.output_summary_catalog, strict=True):
        assert row_values(row) == row_values(same)
        assert component_names(row) == component_names(same)
    assert repr(one.diagnoses) == repr(other.diagnoses)


def test_two_cores_give_the_same_bytes_and_lines(caplog: pytest.LogCaptureFixture) -> None:
    """With all components replaced and all steps taken."""
    said, found = [], []
    for num_cores in (1, N_CORES):
        caplog.clear()
        with caplog.at_level(logging.INFO), caplog.at_level(logging.DEBUG, "lsst.updateVisitSummary"):
            found.append(updated(num_cores, **EVERYTHING))
        said.append(lines_of(caplog))
    assert_same(*found)
    assert assert_objects_agree(*(each.output_summary_catalog for each in found)) > 9 * 500
    assert found[0].summary_report.pformat() == found[1].summary_report.pformat()
    assert said[0] == said[1]
    assert len(said[0]) > 10
    assert [text for _, _, text in said[1]].count("Visit 2026032100001: Updating detector 93.") == 1


def damage_two(reference: Reference) -> None:
    """Give two detectors exposures that cannot be used, one of which has not even a box."""
    reference.exposures[94] = InMemoryDatasetHandle(object(), storageClass="ExposureF")
    reference.background_overrides[96] = InMemoryDatasetHandle(None, storageClass="Background")


@pytest.mark.usefixtures("shared")
def test_failed_detectors_are_nulled_as_in_one_process(caplog: pytest.LogCaptureFixture) -> None:
    """Diagnoses have the same words."""
    options = {"background_provider": "replacement", "detector_failure": "null"}
    said, found = [], []
    for num_cores in (1, N_CORES):
        caplog.clear()
        with caplog.at_level(logging.INFO):
            found.append(updated(num_cores, damage_two, **options))
        said.append(lines_of(caplog))
    assert_same(*found)
    failed = [d.detector for d in found[1].diagnoses if d.cause == "the update failed"]
    assert set(failed) == {94, 96}
    assert said[0] == said[1]
    assert [text for _, _, text in said[1] if "failed and is nulled" in text] != []


@pytest.mark.usefixtures("shared")
def test_first_failed_detector_fails_the_visit_as_in_one_process() -> None:
    """Class, message and cause are the same, whichever fails first in time."""
    errors = []
    for num_cores in (1, N_CORES):
        with pytest.raises(DetectorUpdateError) as caught:
            updated(num_cores, damage_two, background_provider="replacement")
        errors.append(caught.value)
    one, other = errors
    assert one.detector == 94
    assert (str(one), type(one.__cause__), str(one.__cause__)) == (
        str(other),
        type(other.__cause__),
        str(other.__cause__),
    )


@pytest.mark.usefixtures("shared")
def test_sip_approximations_are_fitted_elsewhere(
    reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The main process fits none, and has all of them."""
    task = reference.task(do_fit_sip_approximations=True)
    monkeypatch.setattr(task.fit_sip_approximations, "run", None)
    result = task.run(reference.summary, reference.exposures, num_cores=N_CORES)
    rows = [record for record in result.output_summary_catalog if record.getWcs() is not None]
    assert len(rows) > 6
    for record in rows:
        assert math.isfinite(record["wcs_sip_delta_pixel"])
        assert record.getWcs().hasFitsApproximation()


@pytest.mark.parametrize("num_cores", [0, -1, 1.5])
def test_number_of_cores_is_checked(num_cores: Any, reference: Reference) -> None:
    """At once, with the other arguments."""
    with pytest.raises(InvalidInputsError, match=f"^num_cores is {num_cores}; give a number of cores"):
        reference.task().run(reference.summary, reference.exposures, num_cores=num_cores)


def test_one_core_starts_nothing(reference: Reference, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does a visit of one detector."""
    monkeypatch.setattr(subprocess, "Popen", None)
    reference.task().run(reference.summary, reference.exposures)
    reference.task().run(reference.summary[:1], reference.exposures, num_cores=8)


def start_script(*arguments: str) -> subprocess.Popen[str]:
    """Start the script without a guard, in a process group of its own."""
    path = [str(SCRIPT.parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path)},
        start_new_session=True,
    )


def is_alive(process: int) -> bool:
    """Return whether there is a process."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def assert_all_end(processes: list[int]) -> None:
    """Check that processes end soon; busy machines need some time for that."""
    deadline = time.monotonic() + 30.0
    while any(map(is_alive, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [process for process in processes if is_alive(process)] == []


def test_script_without_guard_is_interrupted() -> None:
    """It is not run again by its processes, does what they cannot, and Ctrl-C ends all of them."""
    script = start_script("statistics")
    assert script.stdout is not None
    assert script.stdout.readline() == "same\n"
    processes = [int(script.stdout.readline()) for _ in range(N_CORES)]
    assert len({*processes, script.pid}) == N_CORES + 1
    # A terminal sends the signal to all processes.
    os.killpg(script.pid, signal.SIGINT)
    out, err = script.communicate(timeout=60.0)
    assert script.returncode == -signal.SIGINT
    assert_all_end(processes)
    assert out == ""
    assert err.count("Traceback") == err.count("KeyboardInterrupt\n") == 1
    (warning,) = [line for line in err.splitlines() if "WARNING" in line and "others cannot be used" in line]
    assert "OwnStatistics" in warning


def test_nothing_outlives_a_killed_parent() -> None:
    """Its processes end by themselves, in the middle of their work."""
    script = start_script()
    assert script.stdout is not None
    processes = [int(script.stdout.readline()) for _ in range(N_CORES)]
    os.kill(script.pid, signal.SIGKILL)
    assert script.wait(60.0) == -signal.SIGKILL
    assert_all_end(processes)
    _, err = script.communicate()
    assert "Traceback" not in err
