"""Storage of rows: blocks of structured arrays that never move."""

from __future__ import annotations

__all__ = ["Block", "copy_row"]

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ._base import BaseTable


class Block:
    """A fixed number of rows of one table, of which some are in use.

    Views of a block stay valid forever: a table that needs more rows gets
    another block.

    Parameters
    ----------
    table : `BaseTable`
        The table that owns the rows.
    capacity : `int`
        Number of rows.
    """

    __slots__ = ("components", "data", "table", "used")

    def __init__(self, table: BaseTable, capacity: int) -> None:
        self.table = table
        self.data = np.zeros(capacity, table._dtype)
        self.used = 0
        # Attached objects per row; rows without objects have no entry.
        self.components: dict[int, dict[str, Any]] = {}
        for item in table._schema._items.values():
            default = item.field._type.default(item.field._size)
            # The rest of the values are zero already; an empty array is one value, not a column.
            if isinstance(default, np.ndarray) or default != 0:
                self.data[item.field.getName()].fill(default)

    @property
    def free(self) -> int:
        """Number of rows that are not in use."""
        return len(self.data) - self.used


def copy_row(source: Block, i: int, target: Block, j: int) -> None:
    """Copy all fields of a row to a block of the same layout."""
    target.data[j] = source.data[i]
    for item in source.table._variable_arrays:
        name = item.field.getName()
        target.data[name][j] = source.data[name][i].copy()
