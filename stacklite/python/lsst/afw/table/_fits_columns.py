"""Layout of a table HDU: from header cards to fields and arrays."""

from __future__ import annotations

__all__ = ["Column", "ReadTable", "TableHeader", "parse_header"]

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lsst.afw.fits import FitsError
from lsst.afw.fits._errors import check_range
from lsst.afw.fits._metadata import header_items

if TYPE_CHECKING:
    from lsst.afw.fits._file import FitsFile
    from lsst.afw.fits._raw import RawHdu

    from ._schema import Schema

_NUMBERED = re.compile(r"(TTYPE|TFORM|TCCLS|TDOC|TUNIT|TFLAG|TFDOC|TZERO|TSCAL|TNULL|TDISP)([1-9]\d*)")
_TFORM = re.compile(r"(\d*)([PQ]?)([A-Z])(?:\((\d*)\))?")
_NEWEST = {"AFW_TABLE_VERSION": 3, "EXPTABLE_VER": 5}
_SPECIAL = {"FLAGCOL", "AFW_TABLE_VERSION", "AFW_TYPE", "AR_HDU", "EXPTABLE_VER"}

_MAX_COLUMNS = 999  # FITS has no more.

# Bytes per element on disk; descriptors of variable-length arrays apart.
_WIDTHS = {"L": 1, "B": 1, "I": 2, "J": 4, "K": 8, "A": 1, "E": 4, "D": 8, "C": 8, "M": 16, "S": 1}


@dataclass
class Column:
    """One column of a table HDU as its header describes it."""

    number: int
    cards: dict[str, Any] = field(default_factory=dict)
    comment: str = ""
    repeat: int = 1
    descriptor: str = ""
    letter: str = ""
    offset: int = 0

    @property
    def name(self) -> str:
        """Name of the column."""
        return str(self.cards.get("TTYPE", f"column{self.number}"))

    @property
    def doc(self) -> str:
        """Documentation, or the comment that stands in for it."""
        return str(self.cards.get("TDOC", self.comment))

    @property
    def units(self) -> str:
        """Units."""
        return str(self.cards.get("TUNIT", ""))

    @property
    def template(self) -> str:
        """Class of the field (TCCLS), or an empty text."""
        return str(self.cards.get("TCCLS", ""))

    @property
    def width(self) -> int:
        """Bytes per row."""
        if self.descriptor:
            return {"P": 8, "Q": 16}[self.descriptor] * self.repeat
        if self.letter == "X":
            return (self.repeat + 7) // 8
        return _WIDTHS[self.letter] * self.repeat

    def parse_format(self, where: str) -> None:
        """Take TFORM apart.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if there is no such format.
        """
        text = str(self.cards.get("TFORM", "")).strip()
        match = _TFORM.fullmatch(text)
        if match is None or (match[3] not in _WIDTHS and match[3] != "X"):
            raise FitsError(f"{where}: column {self.number} ({self.name}) has the unknown format {text!r}.")
        self.repeat = int(match[1]) if match[1] else 1
        self.descriptor, self.letter = match[2], match[3]


@dataclass
class TableHeader:
    """Content of the header of a table HDU.

    ``order`` lists ("column", n) and ("flag", m) as they first appear, which
    is the order of the fields.
    """

    where: str
    n_rows: int
    row_bytes: int
    heap: int
    columns: dict[int, Column] = field(default_factory=dict)
    flags: dict[int, dict[str, str]] = field(default_factory=dict)
    order: list[tuple[str, int]] = field(default_factory=list)
    aliases: list[tuple[str, str]] = field(default_factory=list)
    special: dict[str, Any] = field(default_factory=dict)
    metadata: list[tuple[str, Any, str]] = field(default_factory=list)

    @property
    def version(self) -> int:
        """Version of the table format."""
        implied = 0 if "AFW_TYPE" in self.special else 3
        return int(self.special.get("AFW_TABLE_VERSION", implied))

    def _check_versions(self) -> None:
        """Refuse formats newer than those known."""
        for keyword, newest in _NEWEST.items():
            if self.special.get(keyword, 0) > newest:
                raise FitsError(
                    f"{self.where}: {keyword} = {self.special[keyword]}; versions up to {newest} can be read."
                )

    @property
    def flag_column(self) -> Column | None:
        """The column of flag bits.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if the header names a column that holds no bits.
        """
        number = self.special.get("FLAGCOL")
        if number is None:
            return None
        column = self.columns.get(int(number))
        if column is None or column.letter != "X":
            raise FitsError(f"{self.where}: FLAGCOL = {number} is not the number of a bit column.")
        return column

    def _add_card(self, keyword: str, value: Any, comment: str) -> None:
        """Take a card that describes a column, a flag or the table, or is part of the metadata."""
        match = _NUMBERED.fullmatch(keyword)
        if match is not None:
            text = value.replace("''", "'") if isinstance(value, str) else value
            add = self._add_flag_card if match[1] in ("TFLAG", "TFDOC") else self._add_column_card
            add(match[1], int(match[2]), text, comment)
        elif keyword == "ALIAS":
            alias, _, target = str(value).partition(":")
            self.aliases.append((alias, target))
        elif keyword in _SPECIAL:
            self.special[keyword] = value
        elif keyword != "THEAP":
            self.metadata.append((keyword, value, comment))

    def _add_scales(self, hdu: RawHdu) -> None:
        """Take the cards by which columns are scaled, which are not among those of users."""
        # Of repeated cards the first one counts.
        values = {keyword: value for keyword, value, _ in reversed(hdu.items)}
        for number, column in self.columns.items():
            for kind in ("TZERO", "TSCAL"):
                if (keyword := f"{kind}{number}") in values:
                    column.cards[kind] = values[keyword]

    def _add_column_card(self, kind: str, number: int, value: Any, comment: str) -> None:
        column = self.columns.get(number)
        if column is None:
            column = self.columns[number] = Column(number)
            self.order.append(("column", number))
        column.cards[kind] = value
        if kind == "TTYPE":
            column.comment = comment

    def _add_flag_card(self, kind: str, number: int, value: Any, comment: str) -> None:
        if number not in self.flags:
            self.flags[number] = {"name": "", "doc": ""}
            self.order.append(("flag", number))
        flag = self.flags[number]
        if kind == "TFDOC":
            flag["doc"] = str(value)
        else:
            flag["name"] = str(value)
            flag["doc"] = flag["doc"] or comment

    def _lay_out(self) -> None:
        offset = 0
        for number in sorted(self.columns):
            column = self.columns[number]
            column.parse_format(self.where)
            column.offset = offset
            offset += column.width
        if offset != self.row_bytes:
            raise FitsError(
                f"{self.where}: the columns have {offset} bytes per row, NAXIS1 says {self.row_bytes}."
            )
        if self.n_rows and not self.row_bytes:
            raise FitsError(f"{self.where}: {self.n_rows} rows have no bytes.")


@dataclass
class ReadTable:
    """A table HDU that was read, and where it comes from.

    ``file`` is `None` if only the fields are wanted; ``flags`` select
    columns to leave out.
    """

    file: FitsFile | None
    index: int
    header: TableHeader
    schema: Schema
    arrays: dict[str, Any]
    flags: int = 0


def parse_header(hdu: RawHdu) -> TableHeader:
    """Parse the header of a table HDU.

    Parameters
    ----------
    hdu : `~lsst.afw.fits._raw.RawHdu`
        The HDU.

    Returns
    -------
    parsed : `TableHeader`
        Columns, flags and metadata.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if the header contradicts itself.
    """
    n_columns, n_rows, row_size = (hdu.integer(keyword) for keyword in ("TFIELDS", "NAXIS2", "NAXIS1"))
    check_range("TFIELDS", n_columns, 0, _MAX_COLUMNS)
    parsed = TableHeader(hdu.where, n_rows, row_size, hdu.integer("THEAP", n_rows * row_size))
    for keyword, value, comment in header_items(hdu):
        parsed._add_card(keyword, value, comment)
    parsed._add_scales(hdu)
    parsed._check_versions()
    parsed._lay_out()
    return parsed
