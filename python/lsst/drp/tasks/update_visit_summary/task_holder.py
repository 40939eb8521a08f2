"""Tasks in other processes, where they are made again."""

from __future__ import annotations

__all__ = ["TaskHolder"]

import logging
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from lsst.pex.config import Config
from lsst.pipe.base import Task

_Task = TypeVar("_Task", bound=Task)


class TaskHolder(Generic[_Task]):
    """Works with a task. It can be pickled, other than the task.

    Parameters
    ----------
    task : `lsst.pipe.base.Task`
        The task. Another process makes one of the same class, configuration
        and name.
    """

    def __init__(self, task: _Task) -> None:
        self._task = task

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[object, ...]]:
        return _make_again, (type(self), type(self._task), self._task.config, self._task.log.name)


def _make_again(
    cls: type[TaskHolder[_Task]], task: type[_Task], config: Config, log_name: str
) -> TaskHolder[_Task]:
    parent, _, name = log_name.rpartition(".")
    return cls(task(config=config, name=name, log=logging.getLogger(parent)))
