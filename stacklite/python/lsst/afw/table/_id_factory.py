"""Factories of record IDs."""

from __future__ import annotations

__all__ = ["IdFactory"]

from typing import Self

from lsst.pex.exceptions import InvalidParameterError, LengthError

_MAX_BITS = 63  # of a positive 64-bit integer


class IdFactory:
    """Gives the records of a table their IDs: consecutive numbers below a fixed upper part.

    Use `makeSimple` or `makeSource`.

    Parameters
    ----------
    upper : `int`
        Upper bits of all IDs, in place.
    limit : `int`
        Largest lower part.
    """

    def __init__(self, upper: int, limit: int) -> None:
        self._upper = upper
        self._limit = limit
        self._current = 0

    @classmethod
    def makeSimple(cls) -> Self:
        """Return a factory of 1, 2, 3, .."""
        return cls(0, 2**_MAX_BITS - 1)

    @classmethod
    def makeSource(cls, expId: int, reserved: int) -> Self:
        """Return a factory of IDs with an exposure ID in the upper bits.

        Parameters
        ----------
        expId : `int`
            ID of the exposure.
        reserved : `int`
            Number of lower bits for the sources of an exposure.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the exposure ID does not fit above the lower bits.
        """
        if expId < 0 or reserved < 0 or expId << reserved >= 2**_MAX_BITS:
            raise InvalidParameterError(
                f"exposure ID {expId} does not fit above {reserved} bits for sources."
            )
        return cls(expId << reserved, 2**reserved - 1)

    @staticmethod
    def computeReservedFromMaxBits(maxBits: int) -> int:
        """Return how many bits are left for sources if exposure IDs have ``maxBits`` bits."""
        return _MAX_BITS - maxBits

    def __call__(self) -> int:
        """Return the next ID; `LengthError` if there is none."""
        self._advance(1)
        return self._upper | self._current

    def notify(self, id: int) -> None:
        """Continue after an ID that was given otherwise.

        Parameters
        ----------
        id : `int`
            The ID, with or without the upper bits.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if it has other upper bits.
        """
        lower = id & ~self._upper
        if not 0 <= lower <= self._limit:
            raise InvalidParameterError(f"ID {id} is not one that this factory could make.")
        self._current = lower

    def clone(self) -> Self:
        """Return a factory in the same state."""
        new = type(self)(self._upper, self._limit)
        new._current = self._current
        return new

    def _advance(self, n: int) -> range:
        """Take the next ``n`` IDs."""
        if self._current + n > self._limit:
            raise LengthError(f"no more IDs: {self._limit} are the most below the exposure ID.")
        first = self._upper + self._current + 1
        self._current += n
        return range(first, first + n)
