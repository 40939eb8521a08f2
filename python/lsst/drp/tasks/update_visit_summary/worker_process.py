"""Another process, seen from this one: a new interpreter at the end of a socket."""

from __future__ import annotations

__all__ = ["WorkerProcess", "WorkerProcessEndError"]

import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from .worker import Setup

_SECONDS_TO_END = 5.0
"""Time for an idle process to end by itself, which takes some tenths of a second."""

_ONE_THREAD = dict.fromkeys(
    (
        "BLIS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMBA_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)
"""Environment in which array libraries have one thread, as each process has one core."""


class WorkerProcessEndError(Exception):
    """The process has ended; the message says how."""


class WorkerProcess:
    """Another process that works on what it is sent.

    It does not import the main module of this one, and inherits nothing but
    its end of the socket; it ends if the other end is closed, also by the end
    of this process.
    """

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self._process = _start(theirs.fileno())
            self._stream = ours.makefile("rwb")

    def set_up(self, setup: Setup) -> None:
        """Send the process its functions, butlers and log levels.

        Parameters
        ----------
        setup : `Setup`
            Functions, butlers and log levels.
        """
        with self._watching():
            self._send(setup)

    def wait_until_ready(self) -> None:
        """Wait until the process can work.

        Raises
        ------
        RuntimeError
            Raised if it cannot.
        """
        with self._watching():
            problem = pickle.load(self._stream)
        if problem:
            raise RuntimeError(problem)

    def ask(self, content: bytes) -> bytes:
        """Let the process do a piece of work.

        Parameters
        ----------
        content : `bytes`
            Pickle of the work.

        Returns
        -------
        answer : `bytes`
            Pickle of an `Answer`.

        Raises
        ------
        WorkerProcessEndError
            Raised if the process ends before it is done, or has ended.
        """
        with self._watching():
            self._send(content)
            answer: bytes = pickle.load(self._stream)
            return answer

    @contextlib.contextmanager
    def _watching(self) -> Iterator[None]:
        """Notice in a block that the process has ended."""
        try:
            yield
        except (EOFError, OSError, pickle.UnpicklingError) as err:
            self.wait()
            self.kill()
            code = self._process.returncode
            end = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
            raise WorkerProcessEndError(end) from err

    def _send(self, item: Any) -> None:
        pickle.dump(item, self._stream, protocol=pickle.HIGHEST_PROTOCOL)
        self._stream.flush()

    def ask_to_end(self) -> None:
        """Tell a process that is idle that it is needed no longer."""
        with contextlib.suppress(OSError):
            self._send(None)

    def wait(self) -> None:
        """Wait for the end of the process, but not forever."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_SECONDS_TO_END)

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        # Nobody waits for an answer any more; what was not sent is lost with the process.
        with contextlib.suppress(OSError):
            self._stream.close()


def _start(descriptor: int) -> subprocess.Popen[bytes]:
    """Start an interpreter that works on what comes through a socket."""
    path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)
    # Ctrl-C reaches all processes of a terminal; this one decides what it means. What is blocked here is
    # blocked in the new process from its first moment on.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-c", f"from {__package__}.worker import main; main({descriptor})"],
            stdin=subprocess.DEVNULL,
            pass_fds=(descriptor,),
            env=os.environ | _ONE_THREAD | {"PYTHONPATH": path},
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
