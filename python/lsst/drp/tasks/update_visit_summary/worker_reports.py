"""Log records, warnings and errors of another process, so that they are as if they came from this one."""

from __future__ import annotations

__all__ = ["PackedError", "RemoteError", "Report", "copy_levels", "record_report"]

import contextlib
import logging
import logging.handlers
import pickle
import sys
import traceback
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

_ATTRIBUTES = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None)))
"""Attributes that all log records have. Others may not leave the process."""


@dataclass(frozen=True)
class Report:
    """Log records and warnings of a piece of work."""

    records: list[dict[str, Any]] = field(default_factory=list)
    """Attributes of log records, in order."""

    warnings: list[tuple[str, type[Warning], str, int, str | None]] = field(default_factory=list)
    """Message, category, file, line and module of warnings, in order."""

    def replay(self, registry: dict[Any, Any]) -> None:
        """Log and warn, as loggers and filters of this process demand.

        Parameters
        ----------
        registry : `dict`
            Warnings that there have been; modified.
        """
        for attributes in self.records:
            # Made in this process, a record has what a factory adds here.
            record = logging.makeLogRecord(attributes)
            logger = logging.getLogger(record.name)
            if logger.isEnabledFor(record.levelno):
                logger.handle(record)
        for warning in self.warnings:
            warnings.warn_explicit(*warning, registry=registry)


class _Recorder(logging.handlers.QueueHandler):
    """Keeps log records, with their texts in place of arguments and tracebacks."""

    def __init__(self, report: Report) -> None:
        # Records go into the report in place of a queue.
        super().__init__(queue=None)  # type: ignore[arg-type]
        self._report = report

    def enqueue(self, record: logging.LogRecord) -> None:
        attributes = {name: value for name, value in vars(record).items() if name in _ATTRIBUTES}
        self._report.records.append(attributes)


@contextlib.contextmanager
def record_report() -> Iterator[Report]:
    """Collect log records and warnings of a block; yields what becomes the report on it."""
    report = Report()
    recorder, root = _Recorder(report), logging.getLogger()
    root.addHandler(recorder)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")
            yield report
    finally:
        root.removeHandler(recorder)
        report.warnings.extend(_describe_warnings(caught))


def _describe_warnings(
    caught: Collection[warnings.WarningMessage],
) -> Iterator[tuple[str, type[Warning], str, int, str | None]]:
    """Iterate over what filters look at."""
    modules = {getattr(m, "__file__", None): name for name, m in list(sys.modules.items())} if caught else {}
    for each in caught:
        yield str(each.message), each.category, each.filename, each.lineno, modules.get(each.filename)


def copy_levels() -> dict[str, int]:
    """Return the level of each logger of this process that has one, by its name."""
    root = logging.getLogger()
    # Names without a logger have a placeholder.
    loggers = [each for each in root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    return {logger.name: logger.level for logger in loggers if logger.level} | {"": root.level}


class RemoteError(Exception):
    """An error in another process, with its traceback as text; the cause of its copy here."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


@dataclass(frozen=True)
class PackedError:
    """An error with its causes, in a form that can always be pickled."""

    chain: tuple[tuple[bytes, str, str], ...]
    """Pickle, name of the class and message of the error, its cause, and so on."""

    traceback: str
    """All tracebacks, as text (`str`)."""

    @classmethod
    def of(cls, err: BaseException) -> PackedError:
        """Pack an error.

        Parameters
        ----------
        err : `BaseException`
            The error.
        """
        chain = []
        cause: BaseException | None = err
        while cause is not None:
            chain.append((_pickle_error(cause), type(cause).__name__, str(cause)))
            cause = cause.__cause__
        return cls(tuple(chain), "".join(traceback.format_exception(err)))

    def unpack(self) -> BaseException:
        """Return the error with its causes, the last of which has the traceback as its cause."""
        errors = [_load_error(*each) for each in self.chain]
        for err, cause in zip(errors, [*errors[1:], RemoteError(self.traceback)], strict=True):
            err.__cause__ = cause
        return errors[0]


def _pickle_error(err: BaseException) -> bytes:
    """Pickle an error, or class and arguments of one that has no pickle, as those of C++."""
    with contextlib.suppress(Exception):
        content = pickle.dumps(err)
        if str(pickle.loads(content)) == str(err):
            return content
    with contextlib.suppress(Exception):
        content = pickle.dumps(_Call(type(err), err.args))
        pickle.loads(content)
        return content
    return b""


@dataclass(frozen=True)
class _Call:
    """The result of a call, when it is unpickled."""

    function: Any
    arguments: tuple[Any, ...]

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.function, self.arguments


def _load_error(content: bytes, name: str, message: str) -> BaseException:
    """Return an error, or one of the same name and message if it cannot be made here."""
    with contextlib.suppress(Exception):
        err = pickle.loads(content)
        if isinstance(err, BaseException):
            return err
    stand_in: type[Exception] = type(name, (RuntimeError,), {})
    return stand_in(message)
