"""The error that refuses inputs before any work starts."""

from __future__ import annotations

__all__ = ["InvalidInputsError"]

from collections.abc import Sequence

from lsst.pipe.base import InvalidQuantumError


class InvalidInputsError(InvalidQuantumError, ValueError):
    """The inputs cannot give a visit summary; nothing was computed or written.

    Parameters
    ----------
    problems : `~collections.abc.Sequence` [`str`]
        One sentence for each problem; all that were found.
    """

    def __init__(self, problems: Sequence[str]):
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[type[InvalidInputsError], tuple[tuple[str, ...]]]:
        return type(self), (self.problems,)
