"""Work for other processes, which import it from here."""

from __future__ import annotations

__all__ = [
    "StubbornError",
    "complain",
    "do",
    "die",
    "fail",
    "identify",
    "read_with_database",
    "say",
    "sleep",
    "unpicklable",
    "wait_for",
]

import contextlib
import logging
import os
import signal
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import lsst.pex.exceptions as pex_exceptions
from lsst.daf.butler import Butler, DeferredDatasetHandle
from lsst.drp.tasks.update_visit_summary import DetectorUpdateError
from lsst.geom import Box2I


class StubbornError(Exception):
    """An error that cannot be unpickled, since its arguments are not those of the constructor."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} and {two}")


def do(item: Callable[[], Any]) -> Any:
    """Do what is to be done."""
    return item()


def identify(seconds: float = 0.2) -> int:
    """Return the number of the process, after a time in which another one can take the next work."""
    time.sleep(seconds)
    return os.getpid()


def read_with_database(handle: DeferredDatasetHandle) -> tuple[Box2I, list[str], int]:
    """Return the box of an exposure, what the database says about collections, and the process."""
    butler = handle.butler
    assert isinstance(butler, Butler)
    return handle.get(component="bbox"), sorted(butler.collections.query("*")), os.getpid()


def sleep(seconds: float, result: int) -> int:
    """Return something after some time."""
    time.sleep(seconds)
    return result


def wait_for(path: Path) -> bool:
    """Wait until there is a file."""
    while not path.exists():
        time.sleep(0.01)
    return True


def say(name: str, number: int) -> None:
    """Log something at several levels, with arguments, and with an error that was caught."""
    log = logging.getLogger(name)
    log.debug("%d is at DEBUG.", number)
    log.info("%d is at INFO, %d%% of it.", number, 100)
    with contextlib.suppress(ValueError):
        try:
            raise ValueError("caught")
        except ValueError:
            log.exception("%d is an error.", number)
            raise


def complain(number: int) -> int:
    """Warn, and return something nevertheless."""
    warnings.warn(f"{number} is odd.", RuntimeWarning, stacklevel=1)
    return number


def fail(kind: str) -> NoReturn:
    """Raise an error of some kind, with another one as its cause."""
    causes = {
        "stack": pex_exceptions.RangeError("out of range"),
        "plain": KeyError("key"),
        "stubborn": StubbornError("this", "that"),
    }
    cause = causes[kind]
    cause.add_note("a note")
    try:
        raise cause
    except Exception as err:
        raise DetectorUpdateError(7, "something", str(err)) from err


def die(path: Path) -> NoReturn:
    """End the process as the kernel does if memory is short, when there is a file."""
    wait_for(path)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def unpicklable() -> Any:
    """Return something that cannot be sent."""
    return threading.Lock()
