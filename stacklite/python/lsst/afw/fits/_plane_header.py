"""Headers of images in a file; those of compressed images are as if they were not compressed."""

from __future__ import annotations

__all__ = ["PlaneHeader"]

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from ._errors import check_range
from ._raw import MAX_COUNT, RawHdu
from ._unusual_cards import COMMENTARY

_Items = list[tuple[str, Any, str]]

_TABLES = ("BINTABLE", "A3DTABLE")
_BITS = (8, 16, 32, 64)  # of integers.
# Cards of a table of tiles that do not describe the image, or describe it differently.
_OF_TABLE = re.compile(
    r"SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|TFIELDS|THEAP|CHECKSUM|DATASUM|BSCALE|BZERO"
    r"|T(?:TYPE|FORM|UNIT|NULL|SCAL|ZERO|DISP|BCOL|DIM|CTYP|CUNI|CRPX|CRVL|CDLT|RPOS)[1-9]\d*"
    r"|Z(?:SIMPLE|TENSION|BITPIX|NAXIS\d*|EXTEND|BLOCKED|PCOUNT|GCOUNT|HECKSUM|DATASUM)"
    r"|ZIMAGE|ZCMPTYPE|ZMASKCMP|ZQUANTIZ|ZDITHER0|ZBLANK|ZSCALE|ZZERO|Z(?:TILE|NAME|VAL)\d*"
)


@dataclass(frozen=True)
class PlaneHeader(RawHdu):
    """The header of an image; its keywords give the values of their first cards.

    That of a compressed image is the header of the image, not that of the
    table in which it is stored. Astropy gives the same header, but takes several
    times as long.
    """

    @classmethod
    def of(cls, raw: RawHdu) -> Self:
        """Return the header of an HDU."""
        return cls(raw.where, raw.cards, raw.data_start)

    @cached_property
    def stored(self) -> dict[str, Any]:
        """Keyword -> value, as they stand in the file."""
        # The first card of a keyword counts.
        return {key: value for key, value, _ in reversed(self._stored_items)}

    @cached_property
    def _stored_items(self) -> _Items:
        return RawHdu(self.where, self.cards, self.data_start).items

    @property
    def is_compressed(self) -> bool:
        """Whether this is an image that is stored as a table of tiles."""
        return self.stored.get("XTENSION") in _TABLES and self.stored.get("ZIMAGE") is True

    @property
    def is_image(self) -> bool:
        """Whether this is an image, compressed or not."""
        return self.is_compressed or "SIMPLE" in self.stored or self.stored.get("XTENSION") == "IMAGE"

    @cached_property
    def items(self) -> _Items:
        """Keyword, value and comment of all cards of the image."""
        if not self.is_compressed:
            return self._stored_items
        items = [item for item in self._stored_items if not self._is_of_table(*item)]
        null = self._null()
        if null is not None:
            last = next((i for i in range(len(items), 0, -1) if items[i - 1][0] not in COMMENTARY), 0)
            items.insert(last, ("BLANK", null, ""))
        axes = [f"NAXIS{i}" for i in range(1, self._count("ZNAXIS") + 1)]
        structure = {key: self.stored.get(f"Z{key}") for key in ("BITPIX", "NAXIS", *axes)}
        structure |= {key: self.stored[key] for key in ("BSCALE", "BZERO") if self.stored.get(key)}
        return [*((key, value, "") for key, value in structure.items()), *items]

    def _is_of_table(self, key: str, value: Any, comment: str) -> bool:
        return _OF_TABLE.fullmatch(key) is not None or (key, value) == ("EXTNAME", "COMPRESSED_IMAGE")

    def _null(self) -> int | None:
        """Return the value of a BLANK card that the header of an image of integers lacks."""
        bits = self.integer("ZBITPIX", 0)
        if bits not in _BITS or "BLANK" in self.stored:
            return None
        columns = (self.stored.get(f"TTYPE{i}") for i in range(1, self._count("TFIELDS") + 1))
        default = -(1 << (bits - 1)) if "ZBLANK" in columns else None
        null: int | None = self.stored.get("ZBLANK", default)
        return null

    def _count(self, keyword: str) -> int:
        count = self.integer(keyword, 0)
        check_range(f"{self.where}: {keyword}", count, 0, MAX_COUNT)
        return count

    @cached_property
    def _first(self) -> dict[str, Any]:
        return {key: value for key, value, _ in reversed(self.items)}

    def __contains__(self, key: str) -> bool:
        return key in self._first

    def __getitem__(self, key: str) -> Any:
        return self._first[key]

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value of the image, or a default."""
        return self._first.get(key, default)
