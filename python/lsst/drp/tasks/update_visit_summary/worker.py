"""The other process: works on what comes through a socket, and answers, until the socket is closed."""

from __future__ import annotations

__all__ = ["Answer", "Setup", "main"]

import logging
import os
import pickle
import queue
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from lsst.daf.butler import LimitedButler
from lsst.daf.butler.cli.cliLog import CliLog

from .butler_transport import load_with_butlers
from .worker_reports import PackedError, Report, record_report


@dataclass(frozen=True)
class Setup:
    """Functions, butlers and log levels of a new process."""

    functions: bytes
    """Pickle of the functions that work; their argument is a piece of work (`bytes`)."""

    butlers: tuple[bytes, ...]
    """Pickles of the butlers of handles (`tuple` [`bytes`, ...])."""

    levels: Mapping[str, int]
    """Levels of loggers, by name (`~collections.abc.Mapping` [`str`, `int`])."""


@dataclass(frozen=True)
class Answer:
    """Outcome of a piece of work."""

    report: Report
    """Log records and warnings (`Report`)."""

    result: bytes = b""
    """Pickle of the result; empty if there is none (`bytes`)."""

    error: PackedError | None = None
    """The error of the work, if any (`PackedError` or `None`)."""

    obstacle: str = ""
    """Reason why the work or its result could not be sent; empty if it could (`str`)."""


def main(descriptor: int) -> None:
    """Work until the other end says that it is enough, or is gone.

    Parameters
    ----------
    descriptor : `int`
        File descriptor of the socket.
    """
    connection = socket.socket(fileno=descriptor)
    answers, work = connection.makefile("wb"), queue.SimpleQueue[Any]()
    threading.Thread(target=_receive, args=(connection.makefile("rb"), work), daemon=True).start()
    try:
        functions, butlers = _prepare(work.get())
    except Exception as err:
        _send(f"{type(err).__name__}: {err}", answers)
        return
    _send("", answers)
    while (content := work.get()) is not None:
        # Whoever waits for it there must not unpickle objects.
        _send(pickle.dumps(_work(content, functions, butlers), protocol=pickle.HIGHEST_PROTOCOL), answers)


def _receive(stream: BinaryIO, work: queue.SimpleQueue[Any]) -> None:
    """Pass on what comes; end the process at once if the other end is gone."""
    try:
        while (item := pickle.load(stream)) is not None:
            work.put(item)
    except Exception:
        # Nobody is left for whom it would be of use to tidy up or to say anything.
        os._exit(1)
    work.put(None)


def _send(item: Any, stream: BinaryIO) -> None:
    pickle.dump(item, stream, protocol=pickle.HIGHEST_PROTOCOL)
    stream.flush()


def _prepare(setup: Setup) -> tuple[Sequence[Callable[[Any], Any]], Sequence[LimitedButler]]:
    """Return the functions that work, and the butlers of their handles."""
    # No handler prints anything here, and messages of C++ become records of Python.
    CliLog.initLog(longlog=False, log_tty=False)
    for name, level in {"lsst": logging.NOTSET, **setup.levels}.items():
        logging.getLogger(name).setLevel(level)
    # Storage classes of a repository are known once its butler is open.
    butlers = [pickle.loads(content) for content in setup.butlers]
    return pickle.loads(setup.functions), butlers


def _work(
    content: bytes, functions: Sequence[Callable[[Any], Any]], butlers: Sequence[LimitedButler]
) -> Answer:
    """Do a piece of work."""
    try:
        number, item = load_with_butlers(content, butlers)
    except Exception as err:
        return Answer(Report(), obstacle=f"{type(err).__name__}: {err}")
    with record_report() as report:
        try:
            result = functions[number](item)
        except Exception as err:
            return Answer(report, error=PackedError.of(err))
    try:
        return Answer(report, result=pickle.dumps(result, protocol=pickle.HIGHEST_PROTOCOL))
    except Exception as err:
        return Answer(Report(), obstacle=f"{type(err).__name__}: {err}")
