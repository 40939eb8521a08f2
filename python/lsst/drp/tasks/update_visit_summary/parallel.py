"""Work in several processes: results in the order of the work, errors and log lines as in one process.

Processes are new interpreters that do not import the main module of this one:
a script needs no guard, nothing that this process holds (locks, connections to
databases, threads) is inherited, and they end if this process does.
"""

from __future__ import annotations

__all__ = ["Job", "Outcome", "Run", "WorkerDiedError", "open_workers"]

import concurrent.futures
import contextlib
import pickle
import queue
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from lsst.daf.butler import LimitedButler
from lsst.utils.logging import LsstLogAdapter

from .butler_transport import pack_butlers, pack_with_butlers
from .errors import describe
from .worker import Answer, Setup
from .worker_process import WorkerProcess, WorkerProcessEndError
from .worker_reports import copy_levels

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_IN_FLIGHT = 2
"""Pieces of work for each process that wait or are being done: with one that
waits no process is idle, and no more lie in memory."""


@dataclass(frozen=True)
class Job(Generic[_Item]):
    """A piece of work."""

    name: str
    """Name in messages (`str`)."""

    prepare: Callable[[], _Item]
    """Returns what the work is done on; called in this process."""


Outcome: TypeAlias = Callable[[], _Result]
"""Returns the result of a job, or raises its error."""


class Run(Protocol):
    """Does jobs, in this process or in others."""

    def __call__(
        self, function: Callable[[_Item], _Result], jobs: Iterable[Job[_Item]], /
    ) -> Iterator[Outcome[_Result]]:
        """Iterate over the outcomes of jobs, in their order.

        Parameters
        ----------
        function : `~collections.abc.Callable`
            Does a piece of work; one of those that the processes were started
            for.
        jobs : `~collections.abc.Iterable` [`Job`]
            Pieces of work.
        """
        ...


class WorkerDiedError(RuntimeError):
    """A process has ended in the middle of its work.

    Parameters
    ----------
    jobs : `str`
        Names of what was being done.
    end : `str`
        How the process ended.
    """

    def __init__(self, jobs: str, end: str) -> None:
        super().__init__(jobs, end)
        self.jobs = jobs
        self.end = end

    def __str__(self) -> str:
        return (
            f"The process for {self.jobs} {self.end} before it was done, as happens if memory is short; give "
            "the quantum more memory or fewer cores (pipetask run --cores-per-quantum, num_cores of run)."
        )


@contextlib.contextmanager
def open_workers(
    number: int, functions: Sequence[Callable[[Any], Any]], handles: Iterable[Any], log: LsstLogAdapter
) -> Iterator[Run]:
    """Start processes for a block; they end with it.

    Parameters
    ----------
    number : `int`
        Number of processes. If it is 1, none is started, and this one does
        all work.
    functions : `~collections.abc.Sequence` [`~collections.abc.Callable`, ...]
        What does pieces of work; pickled.
    handles : `~collections.abc.Iterable`
        All handles that pieces of work may have.
    log : `lsst.utils.logging.LsstLogAdapter`
        Gets a warning if other processes cannot be used, be it for some of
        the work, which this process does then.

    Yields
    ------
    run : `Run`
        Does jobs.

    Raises
    ------
    WorkerDiedError
        Raised if a process ends before its work is done, by the iteration
        over outcomes, in the place of the first one that is lost.
    """
    with contextlib.ExitStack() as stack:
        pool: _Pool | None = None
        if number > 1:
            try:
                start = time.monotonic()
                pool = _Pool(number, functions, handles, log, stack)
                log.info("Started %d processes in %.1f s.", number, time.monotonic() - start)
            except Exception as err:
                stack.close()
                log.warning("All work is done in one process: others cannot be used (%s).", describe(err))
        yield pool.run if pool is not None else _run_here
        if pool is not None:
            pool.end()


def _run_here(function: Callable[[_Item], _Result], jobs: Iterable[Job[_Item]]) -> Iterator[Outcome[_Result]]:
    """Do each job when its outcome is asked for."""
    for job in jobs:
        yield partial(_do, function, job)


def _do(function: Callable[[_Item], _Result], job: Job[_Item]) -> _Result:
    return function(job.prepare())


@dataclass(frozen=True)
class _Work:
    """A job that is prepared."""

    name: str
    function: int
    """Place of what does it among the functions (`int`)."""

    item: Any


@dataclass(frozen=True)
class _Started(Generic[_Result]):
    """A job that has been begun.

    What the work is done on stays in this thread until its result is there.
    """

    name: str
    conclude: Callable[..., _Result]
    """Returns the result; its argument is the answer, if there is one."""

    answer: concurrent.futures.Future[bytes] | None = None
    """Answer of the process; `None` if none was asked."""

    @property
    def is_done(self) -> bool:
        """Whether the result is there (`bool`)."""
        return self.answer is None or self.answer.done()

    @property
    def end_of_process(self) -> str:
        """Text on the end of its process, empty if it did not end (`str`)."""
        err = self.answer.exception() if self.answer is not None and self.answer.done() else None
        return str(err) if isinstance(err, WorkerProcessEndError) else ""


class _Pool:
    """Processes that do the same kinds of work.

    Objects are pickled, unpickled and freed in the thread that uses the pool:
    those of AST belong to one thread. Other threads see bytes only.
    """

    def __init__(
        self,
        number: int,
        functions: Sequence[Callable[[Any], Any]],
        handles: Iterable[Any],
        log: LsstLogAdapter,
        stack: contextlib.ExitStack,
    ) -> None:
        self._functions, self._log = functions, log
        butlers = pack_butlers(handles)
        self._butlers: Sequence[LimitedButler] = list(butlers)
        setup = Setup(pickle.dumps(functions), tuple(butlers.values()), copy_levels())
        # One for each process, to wait for it; it ends when the process has ended.
        self._threads = stack.enter_context(concurrent.futures.ThreadPoolExecutor(number))
        stack.callback(self._threads.shutdown, wait=False, cancel_futures=True)
        self._processes = []
        for _ in range(number):
            process = WorkerProcess()
            stack.callback(process.kill)
            self._processes.append(process)
        self._idle: queue.SimpleQueue[WorkerProcess] = queue.SimpleQueue()
        for process in self._processes:
            process.set_up(setup)
        for process in self._processes:
            process.wait_until_ready()
            self._idle.put(process)
        self._is_broken = False
        self._warnings: dict[Any, Any] = {}
        self._has_obstacle = False

    def end(self) -> None:
        """Let all processes end, which have nothing to do any more."""
        for process in self._processes:
            process.ask_to_end()
        for process in self._processes:
            process.wait()

    def run(
        self, function: Callable[[_Item], _Result], jobs: Iterable[Job[_Item]], /
    ) -> Iterator[Outcome[_Result]]:
        """Iterate over the outcomes of jobs."""
        place = self._functions.index(function)
        started: deque[_Started[_Result]] = deque()
        for job in jobs:
            started.append(self._start(place, job))
            self._wait_for_room(started)
            while started and started[0].is_done:
                yield self._take(started)
        while started:
            yield self._take(started)

    def _start(self, function: int, job: Job[Any]) -> _Started[Any]:
        """Prepare a job, and let the next process that is idle do it."""
        try:
            work = _Work(job.name, function, job.prepare())
        except Exception as err:
            return _Started(job.name, partial(_fail, err))
        try:
            content = pack_with_butlers((function, work.item), self._butlers)
        except Exception as err:
            return _Started(job.name, partial(self._do_here, work, describe(err)))
        return _Started(job.name, partial(self._conclude, work), self._threads.submit(self._ask, content))

    def _ask(self, content: bytes) -> bytes:
        """Let the next process that is idle do a job; this has a thread of its own."""
        if self._is_broken:
            raise WorkerProcessEndError()
        process = self._idle.get()
        try:
            return process.ask(content)
        except WorkerProcessEndError:
            # Nobody will ask for the outcome of a job that has not been started.
            self._is_broken = True
            raise
        finally:
            self._idle.put(process)

    def _wait_for_room(self, started: Iterable[_Started[_Result]]) -> None:
        """Wait until a further job may be started."""
        unfinished = [each.answer for each in started if each.answer is not None and not each.answer.done()]
        if len(unfinished) >= _IN_FLIGHT * len(self._processes):
            concurrent.futures.wait(unfinished, return_when=concurrent.futures.FIRST_COMPLETED)

    def _take(self, started: deque[_Started[_Result]]) -> Outcome[_Result]:
        """Return the outcome of the first job, when it is there."""
        first = started[0]
        try:
            return first.conclude if first.answer is None else partial(first.conclude, first.answer.result())
        except WorkerProcessEndError as err:
            names = [each.name for each in started if each.end_of_process]
            raise WorkerDiedError(", ".join(names), str(err)) from None
        finally:
            started.popleft()

    def _conclude(self, work: _Work, content: bytes) -> Any:
        """Return the result of a job, as if it had been done here."""
        answer: Answer = pickle.loads(content)
        if answer.obstacle:
            return self._do_here(work, answer.obstacle)
        answer.report.replay(self._warnings)
        if answer.error is not None:
            raise answer.error.unpack()
        return pickle.loads(answer.result)

    def _do_here(self, work: _Work, obstacle: str) -> Any:
        """Do what no other process can."""
        if not self._has_obstacle:
            self._log.warning(
                "The work for %s, and for all with the same difficulty, is done in the main process: its "
                "data cannot be sent to others (%s).",
                work.name,
                obstacle,
            )
            self._has_obstacle = True
        return self._functions[work.function](work.item)


def _fail(err: Exception) -> Any:
    raise err
