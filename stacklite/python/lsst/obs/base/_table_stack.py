"""Tables put together one after another."""

from __future__ import annotations

__all__ = ["TableVStack"]

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from astropy.table import Table

    from lsst.daf.butler import DeferredDatasetHandle


class TableVStack:
    """A table of known length that is filled with one table after another.

    Only one of them needs to be in memory at a time. All must have the same
    columns of the same types.

    Parameters
    ----------
    capacity : `int`
        Number of rows in all.
    """

    def __init__(self, capacity: int) -> None:
        self.index = 0
        self.capacity = capacity
        self.result: Table | None = None

    @classmethod
    def from_handles(cls, handles: Iterable[DeferredDatasetHandle]) -> Self:
        """Return an empty stack that has room for the tables of handles.

        Parameters
        ----------
        handles : `~collections.abc.Iterable` [`~lsst.daf.butler.DeferredDatasetHandle`]
            Handles whose component ``rowcount`` can be read.
        """
        return cls(sum(handle.get(component="rowcount") for handle in handles))

    def extend(self, table: Table, extra_values: dict[str, ArrayLike] | None = None) -> None:
        """Add a table.

        Parameters
        ----------
        table : `astropy.table.Table`
            The table. Of its metadata those stay that all tables have alike.
        extra_values : `dict` [`str`, array_like], optional
            Values of further columns, for the rows of this table.

        Raises
        ------
        TypeError
            Raised if a column has another type than before.
        ValueError
            Raised if the columns are others than before, or if there is no room.
        """
        stop = self.index + len(table)
        if stop > self.capacity:
            raise ValueError(f"{stop} rows do not fit into a stack of {self.capacity}; make it larger.")
        values: dict[str, Any] = {**{name: table[name] for name in table.colnames}, **(extra_values or {})}
        if self.result is None:
            self.result = _empty(table, self.capacity)
        else:
            _check_columns(self.result, values)
            self.result.meta = _common(self.result.meta, table.meta)
        for name, column in values.items():
            self.set_extra_values(
                self.result, name, column, self.capacity, slice(self.index, stop), validate=False
            )
        self.index = stop

    @classmethod
    def set_extra_values(
        cls,
        table: Table,
        key: str,
        values: Any,
        capacity: int,
        slicer: slice | None = None,
        validate: bool = True,
    ) -> None:
        """Set values of a column, which is made if it does not exist.

        Parameters
        ----------
        table : `astropy.table.Table`
            Table; changed.
        key : `str`
            Name of the column.
        values : array_like
            The values, or one value for all rows.
        capacity : `int`
            Number of rows of a new column.
        slicer : `slice`, optional
            The rows, by default all.
        validate : `bool`, optional
            Whether a column that exists must have these values already.

        Raises
        ------
        RuntimeError
            Raised if it has others.
        """
        rows = slice(None) if slicer is None else slicer
        if key not in table.colnames:
            if slicer is None:
                table[key] = values
                return
            table[key] = np.empty(capacity, dtype=np.asarray(values).dtype)
        elif validate and not np.all(table[key][rows] == values):
            raise RuntimeError(f"column {key!r} of the table has other values than {values!r}.")
        table[key][rows] = values

    @classmethod
    def vstack_handles(
        cls,
        handles: Iterable[DeferredDatasetHandle],
        extra_values: dict[int, dict[str, ArrayLike]] | None = None,
        kwargs_get: dict[str, Any] | None = None,
    ) -> Table:
        """Return the tables of handles as one table.

        Parameters
        ----------
        handles : `~collections.abc.Iterable` [`~lsst.daf.butler.DeferredDatasetHandle`]
            Handles of tables (storage class ``ArrowAstropy``).
        extra_values : `dict` [`int`, `dict`], optional
            Values of further columns, by the number of the table, see `extend`.
        kwargs_get : `dict`, optional
            Arguments of the ``get`` of the handles.

        Returns
        -------
        table : `astropy.table.Table`
            The rows of all tables; an empty table if there are no handles.
        """
        # It takes a fifth of a second to import.
        from astropy.table import Table

        handles = list(handles)
        stack = cls.from_handles(handles)
        for number, handle in enumerate(handles):
            stack.extend(handle.get(**(kwargs_get or {})), (extra_values or {}).get(number))
        return Table() if stack.result is None else stack.result


def _empty(table: Table, capacity: int) -> Table:
    """Return a table with the columns of another one, and with more rows."""
    result = type(table)(meta=table.meta.copy())
    for name in table.colnames:
        column = table[name]
        result[name] = type(column).info.new_like([column], capacity, name=name)
    return result


def _check_columns(stacked: Table, values: Mapping[str, Any]) -> None:
    if list(values) != stacked.colnames:
        raise ValueError(
            f"the columns {list(values)} are not those of the tables before: {stacked.colnames}."
        )
    for name, column in values.items():
        dtype = getattr(column, "dtype", None)
        if dtype is not None and dtype != stacked[name].dtype:
            raise TypeError(f"column {name!r} has the type {dtype}, before {stacked[name].dtype}.")


def _common(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata that both tables have with the same value."""
    return {key: value for key, value in first.items() if key in second and second[key] == value}
