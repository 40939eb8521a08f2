"""From the bytes of a table HDU to fields and arrays."""

from __future__ import annotations

__all__ = ["decode_hdu", "decode_table", "stored_table"]

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np

from lsst.afw.fits import FitsError
from lsst.afw.fits._errors import reading
from lsst.afw.fits._file import FitsFile

from ._field import FieldBase, make_field
from ._fits_columns import Column, TableHeader, parse_header
from ._fits_versions import compound_parts, old_aliases, renamed_flag
from ._schema import Schema
from ._stored_table import StoredTable
from ._types import FIELD_TYPES

_LOG = logging.getLogger("lsst.afw.table")

_MODEST_HEAP = 2**26
"""Bytes that the cells of any table may become, 64 MB: cells of a small table may share some of theirs."""

_SCALAR_NAMES = {"B": "B", "I": "U", "J": "I", "K": "L", "E": "F", "D": "D", "A": "String"}
_DISK = {"B": "u1", "I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8", "A": "S1"}


@dataclass
class _Decoder:
    """The bytes of one table."""

    header: TableHeader
    data: bytes

    def __post_init__(self) -> None:
        n, width = self.header.n_rows, self.header.row_bytes
        self.rows = np.frombuffer(self.data, np.uint8, n * width).reshape(n, width)
        # Cells may share bytes, but become arrays that do not.
        self._heap_left = max(len(self.data), _MODEST_HEAP)

    def part(self, column: Column) -> np.ndarray:
        """Return the bytes of one column, shape (rows, width)."""
        return self.rows[:, column.offset : column.offset + column.width]

    def fixed(self, column: Column) -> np.ndarray:
        """Return a numeric column, shape (rows, repeat), native byte order."""
        disk = np.dtype(_DISK[column.letter])
        values = np.ascontiguousarray(self.part(column)).view(disk)
        values = values.reshape(self.header.n_rows, column.repeat)
        return _unsigned(values) if column.letter == "I" else values.astype(disk.newbyteorder("="))

    def strings(self, column: Column) -> np.ndarray:
        """Return a column of fixed strings as bytes of that length."""
        part = self.part(column)
        nul = part == 0
        if nul.any():
            # A text ends at its first NUL.
            part = np.where(np.logical_or.accumulate(nul, axis=1), 0, part).astype(np.uint8)
        raw = np.ascontiguousarray(part).view(f"S{column.repeat}").reshape(self.header.n_rows)
        text = np.char.rstrip(raw, b" ")
        # Cfitsio gives one blank for a text of blanks, so the stack does.
        return np.where((text == b"") & (raw != b""), b" ", text).astype(f"S{column.repeat}")

    def cells(self, column: Column) -> list[np.ndarray]:
        """Return the variable-length cells of a column."""
        word = {"P": ">i4", "Q": ">i8"}[column.descriptor]
        pairs = np.ascontiguousarray(self.part(column)).view(word).reshape(-1, 2).tolist()
        disk = np.dtype(_DISK[column.letter])
        out = []
        for count, offset in pairs:
            start = self.header.heap + offset
            if count < 0 or offset < 0 or start + count * disk.itemsize > len(self.data):
                raise FitsError(
                    f"{self.header.where}: column {column.name!r} points outside the data "
                    f"({count} elements at {offset})."
                )
            out.append(np.frombuffer(self.data, disk, count, start))
            self._heap_left -= count * disk.itemsize
        if self._heap_left < 0:
            raise FitsError(
                f"{self.header.where}: the cells of column {column.name!r} and others have more bytes than "
                "the table."
            )
        return out

    def variable(self, column: Column) -> np.ndarray:
        """Return a column of variable-length values as an object array."""
        out = np.empty(self.header.n_rows, object)
        for i, cell in enumerate(self.cells(column)):
            if column.letter == "A":
                text = cell.tobytes().partition(b"\0")[0].decode("utf-8", "replace")
                out[i] = text.rstrip(" ") or text[:1]
            elif column.letter == "I":
                out[i] = _unsigned(cell)
            else:
                out[i] = cell.astype(cell.dtype.newbyteorder("="))
        return out

    def flag(self, number: int) -> np.ndarray:
        """Return one flag (1-based number), shape (rows,)."""
        column = self.header.flag_column
        if column is None:
            raise FitsError(f"{self.header.where}: there are flag names but no FLAGCOL.")
        if number > column.repeat:
            raise FitsError(
                f"{self.header.where}: flag {number} is outside the {column.repeat} bits of the flags."
            )
        byte, bit = divmod(number - 1, 8)
        return (self.part(column)[:, byte] & (0x80 >> bit)) != 0


def _unsigned(values: np.ndarray) -> np.ndarray:
    """Undo the offset of 32768 by which uint16 is stored as int16."""
    return values.astype("i2").view("u2") ^ np.uint16(0x8000)


def _type_name(column: Column, where: str) -> tuple[str, int]:
    """Return type and size of the field that a column holds."""
    name = _SCALAR_NAMES[column.letter]
    if column.letter == "A":
        return name, 0 if column.descriptor else column.repeat
    if column.template == "Angle":
        if column.units not in ("", "rad"):
            raise FitsError(f"{where}: angle {column.name!r} has the unit {column.units!r}, not 'rad'.")
        return "Angle", 1
    if column.descriptor or column.repeat != 1 or column.template == "Array":
        if f"Array{name}" not in FIELD_TYPES:
            raise FitsError(f"{where}: column {column.name!r}: arrays of 64-bit integers are not supported.")
        return f"Array{name}", 0 if column.descriptor else column.repeat
    return name, 1


def _column_fields(decoder: _Decoder, column: Column) -> list[tuple[FieldBase, np.ndarray]]:
    where = decoder.header.where
    if column.letter not in _SCALAR_NAMES or (column.letter == "B" and "TZERO" in column.cards):
        _LOG.warning("%s: column %r has a format that is not supported; skipped.", where, column.name)
        return []
    if column.template in ("Point", "Coord", "Moments") or column.template.startswith("Covariance"):
        return compound_parts(column, decoder.fixed(column))
    kind, size = _type_name(column, where)
    field = make_field(kind, column.name, column.doc, "" if kind == "Angle" else column.units, size)
    if field._varies:
        return [(field, decoder.variable(column))]
    if column.letter == "A":
        return [(field, decoder.strings(column))]
    values = decoder.fixed(column)
    return [(field, values if field._type.is_array else values[:, 0])]


def decode_hdu(file: FitsFile, index: int) -> tuple[TableHeader, bytes]:
    """Read header and bytes of a table HDU; values are decoded later."""
    where = f"{file.path}[{index}]"
    with reading(where, "the header is damaged"):
        data = file.table_bytes(index)
        raw = file.raw(index)
        assert raw is not None, "its bytes were read"
        return parse_header(raw), data


def stored_table(header: TableHeader, data: bytes) -> StoredTable:
    """Decode a table HDU whose rows need not become records; see `decode_table`."""
    schema, arrays = decode_table(header, data)
    return StoredTable.of(schema, arrays, header.n_rows)


def decode_table(header: TableHeader, data: bytes) -> tuple[Schema, dict[str, Any]]:
    """Decode all columns of a table HDU.

    Parameters
    ----------
    header : `TableHeader`
        Parsed header.
    data : `bytes`
        Rows, gap and heap.

    Returns
    -------
    schema : `Schema`
        Fields in the order of the header, and aliases.
    arrays : `dict` [`str`, `numpy.ndarray`]
        Values by field name, in the layout in which catalogs store them.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if the table is damaged.
    """
    with reading(header.where, "the table is damaged"):
        return _decode(_Decoder(header, data))


def _decode(decoder: _Decoder) -> tuple[Schema, dict[str, Any]]:
    header = decoder.header
    schema = Schema()
    arrays: dict[str, Any] = {}
    flag_column = header.flag_column

    def add(field: FieldBase, values: np.ndarray) -> None:
        if not field.getName():
            raise FitsError(f"{header.where}: a column or flag has an empty name.")
        if field.getName() in arrays:
            raise FitsError(f"{header.where}: there are two columns {field.getName()!r}.")
        schema.addField(field)
        arrays[field.getName()] = values

    for kind, number in header.order:
        if kind == "flag":
            name, alias = renamed_flag(header.flags[number]["name"], header.version)
            add(make_field("Flag", name, header.flags[number]["doc"]), decoder.flag(number))
            if alias:
                schema.getAliasMap().set(alias, name)
        elif header.columns[number] is not flag_column:
            for field, values in _column_fields(decoder, header.columns[number]):
                add(field, values)
    for alias, target in [*header.aliases, *old_aliases(schema, header)]:
        schema.getAliasMap().set(alias, target)
    return schema, arrays
