"""The stars of a visit, looked up by detector."""

from __future__ import annotations

__all__ = ["StarTable", "as_astropy", "bad_star_flags", "star_columns"]

from collections.abc import Collection
from typing import Any

import numpy as np
from astropy.table import Column, Table


def as_astropy(table: Any) -> Any:
    """Return a table of stars as `astropy.table.Table`.

    Parameters
    ----------
    table : `astropy.table.Table`, `pandas.DataFrame` or `None`
        The stars.

    Returns
    -------
    table : `astropy.table.Table` or `None`
        The table itself, or the columns of the data frame; anything else is
        returned as it is (the validation of inputs names it).
    """
    # pandas is no dependency: who has a data frame has it.
    is_data_frame = not isinstance(table, Table) and hasattr(table, "iloc") and hasattr(table, "columns")
    return Table.from_pandas(table) if is_data_frame else table


def bad_star_flags(config: Any) -> frozenset[str]:
    """Return the flags that exclude a star from the statistics of stars.

    Parameters
    ----------
    config : `~lsst.pipe.tasks.computeExposureSummaryStats.ComputeExposureSummaryStatsConfig`
        Configuration of the statistics.
    """
    selector = config.starSelector
    # A selector that is retargeted has a configuration of its own.
    return frozenset(selector.flags.bad if getattr(selector, "doFlags", False) else ())


def star_columns(config: Any) -> set[str]:
    """Return the columns of stars that the statistics cannot do without.

    Parameters
    ----------
    config : `~lsst.pipe.tasks.computeExposureSummaryStats.ComputeExposureSummaryStatsConfig`
        Configuration of the statistics.
    """
    columns = {"detector", "slot_Centroid_x", "slot_Centroid_y", config.starSelection}
    for shape in (config.starShape, config.psfShape):
        columns |= {f"{shape}_{moment}" for moment in ("xx", "yy", "xy")}
    selector = config.starSelector
    if getattr(selector, "doFlags", False):
        columns |= {*selector.flags.good, *selector.flags.bad}
    if getattr(selector, "doSignalToNoise", False):
        columns |= {selector.signalToNoise.fluxField, selector.signalToNoise.errField}
    return columns


class StarTable:
    """Stars of a visit, sorted by detector once for all lookups.

    A null flag never selects a star, and a null number is NaN. Stars without
    detector belong to none.

    Parameters
    ----------
    table : `astropy.table.Table`
        Stars, with an integer column ``detector``; not modified.
    bad_flags : `~collections.abc.Collection` [`str`], optional
        Flags that exclude a star if they are set: null counts as set.
    """

    def __init__(self, table: Table, bad_flags: Collection[str] = ()) -> None:
        known = ~_mask_of(table["detector"])
        self.table = _without_nulls(table, bad_flags)
        detectors = np.asarray(table["detector"])[known].astype(int)
        # Stable, so that the stars of a detector keep their order.
        order = np.argsort(detectors, kind="stable")
        self._rows = np.flatnonzero(known)[order]
        self._sorted = detectors[order]

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


def _mask_of(column: Any) -> np.ndarray:
    """Return which values of a column are null."""
    return np.broadcast_to(getattr(column, "mask", False), np.shape(column))


def _without_nulls(table: Table, bad_flags: Collection[str]) -> Table:
    """Return a table whose nulls have values; columns without nulls are shared."""
    with_nulls = [name for name in table.colnames if _mask_of(table[name]).any()]
    if not with_nulls:
        return table
    result = table.copy(copy_data=False)
    for name in with_nulls:
        result[name] = _filled(table[name], name in bad_flags)
    return result


def _filled(column: Any, is_bad_flag: bool) -> Column:
    """Return a column with values for nulls: NaN for numbers, for flags what does not select."""
    mask = _mask_of(column)
    values = np.ma.getdata(column)
    if values.dtype.kind in "iuf":
        values = values.astype(np.promote_types(values.dtype, np.float32))
        values[mask] = np.nan
    elif values.dtype.kind == "b" or all(isinstance(value, bool | np.bool_) for value in values[~mask]):
        values = np.where(mask, is_bad_flag, values).astype(bool)
    return Column(values, name=column.name, unit=column.unit)
