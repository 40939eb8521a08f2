"""Access to the columns of catalogs, and sorting and searching by columns."""

from __future__ import annotations

__all__ = ["ColumnAccess"]

from typing import Any

import numpy as np

import lsst.pex.exceptions as pex_exceptions
from lsst.pex.exceptions import LogicError

from ._column_view import BaseColumnView
from ._field import FieldBase, KeyBase
from ._sequence import RecordSequence
from ._values import column_to_python

_ORDERED = ("I", "L", "F", "D", "Angle")


class ColumnAccess(RecordSequence):
    """Records with access to their columns.

    Columns of contiguous records are views, others are copies that cannot be
    written to; flags are always such copies. What a catalog does not have itself
    is looked for in its table, then in its columns (as in the stack):
    ``catalog.defineCentroid(..)``, ``catalog.getX()``.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        for owner in (self._table, self._view()):
            if hasattr(owner, name):
                return getattr(owner, name)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}.")

    # -- columns

    def _column(self, name: str) -> np.ndarray:
        """Return a stored column, a view if the records are contiguous."""
        if not self._rows:
            return np.zeros(0, self._table._dtype)[name]
        if self.isContiguous():
            return self._blocks[0].data[name][self._rows[0] : self._rows[0] + len(self._rows)]
        for block in set(self._blocks):
            if name not in block.data.dtype.fields:
                raise LogicError(
                    f"a record of another schema than that of its catalog has no field {name!r}."
                )
        column = self._gather(name)
        column.flags.writeable = False
        return column

    def _get_column(self, key: str | KeyBase) -> np.ndarray:
        if not isinstance(key, str | KeyBase):
            raise TypeError(
                f"a catalog is indexed by position, slice, mask, name or key, not {type(key).__name__}."
            )
        item, part = self._table._schema._lookup(key)
        _require_array(item.field)
        column = self._values(item.field)
        return column if part is None else column[:, part]

    def _values(self, field: FieldBase) -> np.ndarray:
        """Return the values of a field, texts as well."""
        return column_to_python(field, self._column(field.getName()))

    def _view(self) -> BaseColumnView:
        """Return the columns, whether contiguous or not."""
        return BaseColumnView(self)

    @property
    def columns(self) -> BaseColumnView:
        """The columns, by name or key; `RuntimeError` unless the records are contiguous."""
        # The last view as long as the catalog has the same records, on which programs rely.
        known = self.__dict__.get("_known_columns")
        if known is None or known[0] != len(self) or not self.isContiguous():
            return self.getColumnView()
        return known[1]

    def getColumnView(self) -> BaseColumnView:
        """Return the columns, by name or key.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if the records are not contiguous in memory.
        """
        self._require_contiguous()
        view = self._view()
        self._known_columns = len(self), view
        return view

    def _require_contiguous(self) -> None:
        if not self.isContiguous():
            raise pex_exceptions.RuntimeError(
                "the records are not contiguous in memory; use catalog.copy(deep=True)."
            )

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return self._with(range(len(self))[key])
        if isinstance(key, np.ndarray):
            return self.subset(key)
        if (
            isinstance(key, list)
            and len(key) == len(self)
            and all(isinstance(k, bool | np.bool_) for k in key)
        ):
            return self.subset(np.array(key, dtype=bool))
        if hasattr(key, "__index__"):
            return self._record(self._position(key))
        return self._get_column(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        if hasattr(key, "__index__"):
            self.set(key, value)
        elif isinstance(key, str | KeyBase):
            self._set_column(key, value)
        else:
            raise TypeError(f"columns are set by name or key, not by {type(key).__name__}.")

    def _set_column(self, key: str | KeyBase, value: Any) -> None:
        item, part = self._table._schema._lookup(key)
        field = item.field
        _require_array(field)
        if part is not None:
            self._require_contiguous()
            self._column(field.getName())[:, part] = value
        elif field._type.name == "Flag":
            self._scatter(field.getName(), np.broadcast_to(np.asarray(value, bool), len(self)))
        else:
            self._require_contiguous()
            self._column(field.getName())[...] = value

    # -- order

    def _ordered_column(self, key: KeyBase) -> np.ndarray:
        """Return a column by whose values records can be sorted."""
        if not isinstance(key, KeyBase) or key._type.name not in _ORDERED:
            raise TypeError(f"catalogs are sorted by keys of numbers and angles, not by {key!r}.")
        return self._get_column(key)

    def sort(self, key: KeyBase, /) -> None:
        """Sort the records in place (stable).

        Parameters
        ----------
        key : `Key`
            Key of a number or an angle.
        """
        order = np.argsort(self._ordered_column(key), kind="stable")
        ordered = self._with(order)
        self._blocks, self._rows = ordered._blocks, ordered._rows

    def isSorted(self, key: KeyBase, /) -> bool:
        """Return whether a column does not decrease."""
        column = self._ordered_column(key)
        return bool(np.all(column[:-1] <= column[1:]))

    def find(self, value: Any, key: KeyBase, /) -> Any:
        """Return a record whose field has a value, or `None`.

        Parameters
        ----------
        value : `object`
            Value to look for.
        key : `Key`
            Key of a number or an angle; the records need not be sorted by it.
        """
        column = self._ordered_column(key)
        found = np.flatnonzero(column == value)
        return self._record(int(found[0])) if len(found) else None

    def _sorted_column(self, key: KeyBase) -> np.ndarray:
        """Return a column by whose values records are sorted.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if they are not.
        """
        if not self.isSorted(key):
            raise LogicError("the catalog is not sorted by this field.")
        return self._get_column(key)

    def lower_bound(self, value: Any, key: KeyBase, /) -> int:
        """Return the first position whose value is not less (catalog sorted)."""
        return int(np.searchsorted(self._sorted_column(key), value, "left"))

    def upper_bound(self, value: Any, key: KeyBase, /) -> int:
        """Return the first position whose value is greater (catalog sorted)."""
        return int(np.searchsorted(self._sorted_column(key), value, "right"))

    def equal_range(self, value: Any, key: KeyBase, /) -> slice:
        """Return the positions of a value as a slice (catalog sorted)."""
        return slice(self.lower_bound(value, key), self.upper_bound(value, key))

    def between(self, lower: Any, upper: Any, key: KeyBase, /) -> slice:
        """Return the positions of values from lower to upper, both included (catalog sorted)."""
        return slice(self.lower_bound(lower, key), self.upper_bound(upper, key))


def _require_array(field: FieldBase) -> None:
    if field._type.name == "String":
        raise TypeError(
            f"texts in field {field.getName()!r} make no column; get them from records, or from asAstropy()."
        )
    if field._type.is_array and field._varies:
        raise LogicError(
            f"arrays in field {field.getName()!r} differ in length and make no column; get them from records."
        )
