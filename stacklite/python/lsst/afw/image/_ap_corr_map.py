"""Aperture corrections by name."""

from __future__ import annotations

__all__ = ["ApCorrMap"]

from collections.abc import ItemsView, Iterator, KeysView, Sequence, ValuesView
from typing import TYPE_CHECKING

from lsst.afw.typehandling import Storable
from lsst.pex.exceptions import LengthError, NotFoundError
from lsst_stacklite._bounded_field import BoundedField
from lsst_stacklite.archives import FitsReadable, make_table, persistable_reader

if TYPE_CHECKING:
    from lsst.afw.table.io import OutputArchive
    from lsst_stacklite.archives import ArchiveReader, StoredTable

_MAX_NAME_LENGTH = 64
"""Width of the name column in the persisted table."""


class ApCorrMap(FitsReadable, Storable):
    """A mapping from the name of a flux field to its aperture correction.

    Iteration is in the order of the names. ``map[name]`` raises
    `~lsst.pex.exceptions.NotFoundError` for a missing name; `get` returns
    None. ``map *= factor`` scales every field.
    """

    def __init__(self) -> None:
        self._fields: dict[str, BoundedField] = {}

    def get(self, name: str, /) -> BoundedField | None:
        """Return the field of a name, or None."""
        return self._fields.get(name)

    def set(self, name: str, field: BoundedField, /) -> None:
        """Set the field of a name.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the name has more than 64 characters.
        TypeError
            Raised if the field is none.
        """
        if not isinstance(field, BoundedField):
            raise TypeError(f"aperture correction {name!r} is a BoundedField, not a {type(field).__name__}.")
        if len(name) > _MAX_NAME_LENGTH:
            raise LengthError(
                f"aperture correction name {name!r} has {len(name)} characters, more than {_MAX_NAME_LENGTH}."
            )
        fields = {**self._fields, name: field}
        self._fields = dict(sorted(fields.items()))

    def keys(self) -> KeysView[str]:
        """Return the names, sorted."""
        return self._fields.keys()

    def values(self) -> ValuesView[BoundedField]:
        """Return the fields in the order of their names."""
        return self._fields.values()

    def items(self) -> ItemsView[str, BoundedField]:
        """Return the pairs of name and field in the order of the names."""
        return self._fields.items()

    def __getitem__(self, name: str) -> BoundedField:
        try:
            return self._fields[name]
        except KeyError:
            raise NotFoundError(f"no aperture correction named {name!r}.") from None

    def __setitem__(self, name: str, field: BoundedField) -> None:
        self.set(name, field)

    def __repr__(self) -> str:
        names = f": {', '.join(sorted(self._fields))}" if self._fields else ""
        return f"ApCorrMap({len(self._fields)} fields{names})"

    def __contains__(self, name: object) -> bool:
        return name in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __imul__(self, factor: float) -> ApCorrMap:
        self._fields = {name: field * factor for name, field in self._fields.items()}
        return self

    def __itruediv__(self, factor: float) -> ApCorrMap:
        self._fields = {name: field / factor for name, field in self._fields.items()}
        return self

    def __eq__(self, other: object) -> bool:
        return self._fields == other._fields if isinstance(other, ApCorrMap) else NotImplemented

    __hash__ = None

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        fields = [
            ("name", "String", "name of the aperture correction", "", _MAX_NAME_LENGTH),
            ("field", "I", "archive id of the BoundedField", ""),
        ]
        rows = [(name, archive.put(field)) for name, field in self._fields.items()]
        return [make_table(fields, rows)]


@persistable_reader("ApCorrMap", of=ApCorrMap, module="lsst.afw.image", id_fields=("field",))
def _read_ap_corr_map(archive: ArchiveReader, tables: Sequence[StoredTable]) -> ApCorrMap:
    result = ApCorrMap()
    for row in tables[0] if tables else ():
        result[row["name"]] = archive.need(row["field"], BoundedField)
    return result
