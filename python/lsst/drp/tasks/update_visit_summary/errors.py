"""Errors that name what is wrong: with the inputs as a whole, or with one detector."""

from __future__ import annotations

__all__ = ["DetectorUpdateError", "InvalidInputsError", "describe", "describe_dataset", "list_items", "using"]

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from lsst.pipe.base import InvalidQuantumError, RepeatableQuantumError


class InvalidInputsError(InvalidQuantumError, ValueError):
    """The inputs cannot give a visit summary; nothing was computed or written.

    Parameters
    ----------
    problems : `~collections.abc.Sequence` [`str`]
        One sentence for each problem; all that were found.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[type[InvalidInputsError], tuple[tuple[str, ...]]]:
        return type(self), (self.problems,)


class DetectorUpdateError(RuntimeError):
    """One detector could not be updated; the original error is the cause.

    Parameters
    ----------
    detector : `int`
        Id of the detector.
    dataset : `str`
        Dataset that was in use.
    problem : `str`
        Original error, as text.
    """

    def __init__(self, detector: int, dataset: str, problem: str) -> None:
        super().__init__(detector, dataset, problem)
        self.detector = detector
        self.dataset = dataset
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"Detector {self.detector} cannot be updated with {self.dataset} ({self.problem}); make that "
            "dataset again, or set detector_failure='null' to write the visit without this detector."
        )


@contextmanager
def using(detector: int, dataset: str) -> Iterator[None]:
    """Name detector and dataset in the errors of a block.

    Parameters
    ----------
    detector : `int`
        Id of the detector.
    dataset : `str`
        Dataset that the block uses.

    Raises
    ------
    DetectorUpdateError
        Raised if the block raises any other error. Errors of blocks inside,
        which know more, pass through; so do those whose class tells the middleware what to do,
        with the message as a note.
    """
    try:
        yield
    except DetectorUpdateError:
        raise
    except (InvalidQuantumError, RepeatableQuantumError) as err:
        err.add_note(str(DetectorUpdateError(detector, dataset, describe(err))))
        raise
    except Exception as err:
        raise DetectorUpdateError(detector, dataset, describe(err)) from err


def describe(err: Exception) -> str:
    """Return class, message and notes of an error as one line.

    Parameters
    ----------
    err : `Exception`
        The error. Those of C++ have a message of many lines.
    """
    return " ".join(" ".join([f"{type(err).__name__}: {err}", *getattr(err, "__notes__", ())]).split())


def describe_dataset(argument: str, handle: Any) -> str:
    """Return the name of a dataset that a handle stands for.

    Parameters
    ----------
    argument : `str`
        Argument of ``run`` that the handle belongs to.
    handle : `lsst.daf.butler.DeferredDatasetHandle` or \
            `lsst.pipe.base.InMemoryDatasetHandle`
        The handle; only those of a butler know their dataset type.
    """
    ref = getattr(handle, "ref", None)
    return argument if ref is None else f"{argument} ({ref.datasetType.name} of {ref.dataId})"


def list_items(items: Iterable[Any]) -> str:
    """Return items in order, with commas between them.

    Parameters
    ----------
    items : `~collections.abc.Iterable`
        Items of one type.
    """
    return ", ".join(map(str, sorted(items)))
