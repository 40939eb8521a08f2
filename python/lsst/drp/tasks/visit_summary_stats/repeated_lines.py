"""Log lines that a second run of a task on the same input would only repeat."""

from __future__ import annotations

__all__ = ["without_repeated_lines"]

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsst.pipe.base import Task


def _is_warning(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


@contextmanager
def without_repeated_lines(task: Task) -> Iterator[None]:
    """Keep what a task logs below the level of warnings out of the log for the length of a block.

    Parameters
    ----------
    task : `lsst.pipe.base.Task`
        Task that has had the same input before; its subtasks are not silenced.
    """
    logger = task.log.logger
    logger.addFilter(_is_warning)
    try:
        yield
    finally:
        logger.removeFilter(_is_warning)
