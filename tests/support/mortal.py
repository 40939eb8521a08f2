"""Runs of ``pipetask`` that are meant to be killed.

There are two kinds: the command itself in a new process, and the function
behind it in a process forked from one that has all modules loaded, which takes
a third of the time and may kill itself just before a chosen change of the
repository.
"""

from __future__ import annotations

__all__ = ["DEATH", "Attempt", "start_command", "start_forked"]

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from support.commands import command, environment
from support.forks import CONTEXT, divert_output

DEATH = -signal.SIGKILL
"""Return code of a process that was killed (`int`)."""

_FILE_CHANGES = {"os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate"}


@dataclasses.dataclass(frozen=True)
class Attempt:
    """A process that runs ``pipetask``."""

    log: Path
    """File with all it says."""

    poll: Callable[[], int | None]
    """Returns the return code, `None` if the process has not ended."""

    wait: Callable[[], Any]
    """Waits for the end of the process."""

    kill: Callable[[], None]
    """Kills the process and all its children without warning."""

    started: float = dataclasses.field(default_factory=time.monotonic)
    """When it was started (seconds)."""

    @property
    def text(self) -> str:
        """What it has said so far."""
        return self.log.read_text()

    @property
    def elapsed(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self.started

    def finish(self) -> int:
        """Wait for the end and return the return code."""
        self.wait()
        code = self.poll()
        assert code is not None
        return code

    def kill_when(self, moment: Callable[[Attempt], bool]) -> int:
        """Wait for a moment, kill, and return the return code."""
        while self.poll() is None and not moment(self):
            time.sleep(0.0005)
        if self.poll() is None:
            self.kill()
        return self.finish()


def start_command(arguments: Sequence[str], log: Path) -> Attempt:
    """Start ``pipetask`` with some arguments as from a shell."""
    with log.open("w") as stream:
        process = subprocess.Popen(
            command("pipetask", *arguments),
            stdout=stream,
            stderr=stream,
            start_new_session=True,
            env=environment() | {"TMPDIR": str(log.parent)},
        )
    return Attempt(log, process.poll, process.wait, lambda: os.killpg(process.pid, signal.SIGKILL))


def start_forked(
    arguments: Sequence[str], log: Path, root: Path | None = None, deadly_change: int = 0
) -> Attempt:
    """Start ``pipetask`` with some arguments in a fork.

    Parameters
    ----------
    arguments : `~collections.abc.Sequence` [`str`]
        Arguments of the command.
    log : `pathlib.Path`
        File for all it says.
    root : `pathlib.Path`, optional
        Repository whose changes are counted; the last line of the log has
        them as JSON, a string for each.
    deadly_change : `int`, optional
        Number of the change before which the process dies; never if 0.

    Returns
    -------
    attempt : `Attempt`
        The process; it has no children as long as ``-j`` is 1.
    """
    log.touch()
    process = CONTEXT.Process(target=_run, args=(arguments, log, root, deadly_change))
    process.start()
    return Attempt(log, lambda: process.exitcode, process.join, process.kill)


def _run(arguments: Sequence[str], log: Path, root: Path | None, deadly_change: int) -> None:
    """Do what the command does, in the process of one's own."""
    from lsst.ctrl.mpexec.cli.pipetask import main

    divert_output(log, log)
    os.environ["TMPDIR"] = str(log.parent)
    changes = _watch_changes(root, deadly_change) if root is not None else []
    sys.argv = ["pipetask", *arguments]
    try:
        main()
    finally:
        print(json.dumps(changes), flush=True)


def _watch_changes(root: Path, deadly_change: int) -> list[str]:
    """Count changes of files and database, and die before one of them.

    The database has next to no cache: what a transaction changes is in its
    file before the commit, so that a kill leaves something to be rolled back.
    """
    changes: list[str] = []

    def step(description: str) -> None:
        changes.append(description)
        if len(changes) == deadly_change:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch_files(name: str, arguments: tuple[Any, ...]) -> None:
        if name in _FILE_CHANGES or (name == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            if str(arguments[0]).startswith(str(root)):
                step(f"{name} {' '.join(map(str, arguments))}")

    def watch_statements(_: Any, __: Any, statement: str, *___: Any) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "WITH")):
            step(statement)

    def shrink_cache(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA cache_size = 1")

    sys.addaudithook(watch_files)
    event.listen(Engine, "connect", shrink_cache)
    event.listen(Engine, "before_cursor_execute", watch_statements)
    event.listen(Engine, "commit", lambda _: step("commit"))
    return changes
