"""The stars of a visit, looked up by detector."""

from __future__ import annotations

__all__ = ["StarTable"]

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from astropy.table import Table


class StarTable:
    """Stars of a visit, sorted by detector once for all lookups.

    Parameters
    ----------
    table : `astropy.table.Table`
        Stars, with an integer column ``detector``; not modified.
    """

    def __init__(self, table: Table):
        self.table = table
        detectors = np.asarray(table["detector"])
        # Stable, so that the stars of a detector keep their order.
        self._rows = np.argsort(detectors, kind="stable")
        self._sorted = detectors[self._rows]

    @property
    def detectors(self) -> set[int]:
        """Ids of the detectors that have stars (`set` [`int`])."""
        return set(np.unique(self._sorted).tolist())

    def for_detector(self, detector: int) -> Table | None:
        """Return the stars of a detector.

        Parameters
        ----------
        detector : `int`
            Id of the detector.

        Returns
        -------
        stars : `astropy.table.Table` or `None`
            Its rows, in the order of the table; `None` if it has none.
        """
        start, stop = np.searchsorted(self._sorted, [detector, detector + 1])
        return self.table[self._rows[start:stop]] if stop > start else None
