"""From a schema and its arrays to the bytes of a table HDU."""

from __future__ import annotations

__all__ = ["TABLE_VERSION", "encode_table"]

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lsst.afw.fits._cards import BLOCK, format_cards, header_bytes

from ._field import FieldBase
from ._schema import Schema

TABLE_VERSION = 3
"""Version of the table format that is written."""

NO_DOC = "label for field"
"""Text in place of an empty documentation in a file written by the stack."""

_TCCLS_COMMENT = "Field template used by lsst.afw.table"


def _element(field: FieldBase, values: np.ndarray) -> np.ndarray:
    """Convert numbers to their form in a file."""
    values = np.asarray(values)
    if field._type.letter == "I":
        return (values ^ np.uint16(0x8000)).view("i2").astype(">i2")
    return values.astype(values.dtype.newbyteorder(">"))


def _cell_bytes(field: FieldBase, value: Any) -> tuple[int, bytes]:
    """Return the number of elements and the bytes of a variable-length value."""
    if field._type.name == "String":
        # Cfitsio stores an empty text as one NUL.
        text = value.encode("utf-8") or b"\0"
        return len(text), text
    return len(value), _element(field, value).tobytes()


def _heap(fields: list[FieldBase], arrays: Mapping[str, Any], n: int) -> tuple[dict[str, np.ndarray], bytes]:
    """Return descriptors (count, offset) by name, and the heap, row by row."""
    descriptors = {f.getName(): np.zeros((n, 2), ">i8") for f in fields}
    chunks = []
    offset = 0
    for row in range(n if fields else 0):
        for field in fields:
            count, content = _cell_bytes(field, arrays[field.getName()][row])
            descriptors[field.getName()][row] = count, offset if count else 0
            chunks.append(content)
            offset += len(content)
    return descriptors, b"".join(chunks)


def _fixed_bytes(field: FieldBase, values: np.ndarray, n: int) -> np.ndarray:
    """Return a fixed-size column as bytes, shape (rows, width)."""
    if field._type.name == "String":
        size = field._size
        padded = np.char.ljust(np.asarray(values, f"S{size}"), size) if n else np.zeros(0, f"S{size}")
        return padded.astype(f"S{size}").view(np.uint8).reshape(n, size)
    elements = np.ascontiguousarray(_element(field, values))
    return elements.view(np.uint8).reshape(n, -1) if n else np.zeros((0, elements[:0].nbytes), np.uint8)


def _data(schema: Schema, arrays: Mapping[str, Any], n: int) -> tuple[bytes, bytes, dict[str, int], int]:
    """Return rows, heap, longest cell per variable column, and the row width in bytes."""
    flags = [item.field for item in schema if item.field._type.name == "Flag"]
    columns = [item.field for item in schema if item.field._type.name != "Flag"]
    descriptors, heap = _heap([field for field in columns if field._varies], arrays, n)
    parts = []
    if flags:
        bits = np.stack([np.asarray(arrays[f.getName()], bool) for f in flags], axis=-1)
        parts.append(np.packbits(bits, axis=-1))
    for field in columns:
        if field._varies:
            parts.append(descriptors[field.getName()].view(np.uint8).reshape(n, 16))
        else:
            parts.append(_fixed_bytes(field, arrays[field.getName()], n))
    rows = np.concatenate(parts, axis=1).tobytes() if n and parts else b""
    # Without rows, cfitsio does not write the length of the longest cell.
    longest = {name: int(d[:, 0].max()) for name, d in descriptors.items()} if n else {}
    return rows, heap, longest, sum(map(_width, columns)) + (len(flags) + 7) // 8


def _width(field: FieldBase) -> int:
    if field._varies:
        return 16
    if field._type.name == "String":
        return field._size
    assert field._type.element is not None
    return field._type.element.itemsize * field._size


def _template(field: FieldBase) -> str:
    if field._type.is_array:
        return "Array"
    return field._type.name if field._type.name in ("Angle", "String") else "Scalar"


def _column_cards(number: int, field: FieldBase, longest: Mapping[str, int]) -> list[tuple[str, Any, str]]:
    letter = field._type.letter
    form = f"{field._size}{letter}"
    if field._varies:
        form = f"1Q{letter}({longest[field.getName()]})" if longest else f"1Q{letter}"
    doc = field.getDoc()
    cards: list[tuple[str, Any, str]] = [
        (f"TTYPE{number}", field.getName(), NO_DOC if doc else ""),
        (f"TFORM{number}", form, "format of field"),
    ]
    if letter == "I":
        cards += [
            (f"TZERO{number}", 32768, "offset for unsigned integers"),
            (f"TSCAL{number}", 1, "data are not scaled"),
        ]
    if doc not in ("", NO_DOC):
        cards.append((f"TDOC{number}", doc, ""))
    units = "rad" if field._type.name == "Angle" else field.getUnits()
    if units:
        cards.append((f"TUNIT{number}", units, ""))
    return [*cards, (f"TCCLS{number}", _template(field), _TCCLS_COMMENT)]


def _schema_cards(schema: Schema, longest: Mapping[str, int]) -> list[tuple[str, Any, str]]:
    """Return column and flag cards, in the order of the fields."""
    n_flags = schema.getFlagFieldCount()
    cards: list[tuple[str, Any, str]] = []
    if n_flags:
        cards += [
            ("TTYPE1", "flags", "bits for all Flag fields; see also TFLAGn"),
            ("TFORM1", f"{n_flags}X", "format of field"),
            ("FLAGCOL", 1, "Column number for the bitflags."),
        ]
    number, bit = int(n_flags > 0), 0
    for item in schema:
        if item.field._type.name == "Flag":
            bit += 1
            cards.append((f"TFLAG{bit}", item.field.getName(), ""))
            if item.field.getDoc():
                cards.append((f"TFDOC{bit}", item.field.getDoc(), ""))
        else:
            number += 1
            cards += _column_cards(number, item.field, longest)
    cards += [("ALIAS", f"{alias}:{target}", "") for alias, target in schema.getAliasMap().items()]
    return cards


def encode_table(
    schema: Schema,
    arrays: Mapping[str, Any],
    n: int,
    metadata: Iterable[str] = (),
    trailer: Iterable[tuple[str, Any, str]] = (),
) -> bytes:
    """Serialize a table as one complete HDU.

    The order of the cards is part of the format: the stack derives its
    schema from it.

    Parameters
    ----------
    schema : `Schema`
        Fields.
    arrays : `~collections.abc.Mapping` [`str`, `numpy.ndarray`]
        Values by field name, ``n`` each.
    n : `int`
        Number of rows.
    metadata : `~collections.abc.Iterable` [`str`], optional
        Formatted cards that follow the columns.
    trailer : `~collections.abc.Iterable`, optional
        (keyword, value, comment) of cards that come last.

    Returns
    -------
    hdu : `bytes`
        Header and data, a multiple of 2880 bytes.
    """
    rows, heap, longest, width = _data(schema, arrays, n)
    flags = schema.getFlagFieldCount()
    head: list[tuple[str, Any, str]] = [
        ("XTENSION", "BINTABLE", "binary table extension"),
        ("BITPIX", 8, "8-bit bytes"),
        ("NAXIS", 2, "2-dimensional binary table"),
        ("NAXIS1", width, "width of table in bytes"),
        ("NAXIS2", n, "number of rows in table"),
        ("PCOUNT", len(heap), "size of special data area"),
        ("GCOUNT", 1, "one data group (required keyword)"),
        ("TFIELDS", schema.getFieldCount() - flags + int(flags > 0), "number of fields in each row"),
        *_schema_cards(schema, longest),
    ]
    lines = [line for card in head for line in format_cards(*card)]
    lines += [*metadata, *(line for card in trailer for line in format_cards(*card))]
    data = rows + heap
    return header_bytes(lines) + data + b"\0" * (-len(data) % BLOCK)
