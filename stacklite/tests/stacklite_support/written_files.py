"""Comparison of FITS files with what they become when they are read and written again."""

from __future__ import annotations

import dataclasses
import gzip
import io
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from astropy.io import fits

# Structure of a binary table that readers go by.
_COLUMN = re.compile(r"(TTYPE|TFORM|TUNIT|TCCLS|TFLAG)\d+")
# The text of these is ours; long ones are continued, which the stack does as well.
_TEXTS = re.compile(r"TF?DOC\d+|CONTINUE")
_HEAP = re.compile(r"\(\d+\)")


@dataclasses.dataclass
class Hdu:
    """One stored HDU: cards (keyword, value), and data bytes."""

    cards: list[tuple[str, Any]]
    data: bytes

    @property
    def header(self) -> dict[str, Any]:
        return dict(self.cards)

    @property
    def columns(self) -> tuple[Any, ...]:
        """What defines the columns of a table, but not the lengths of heap cells."""
        found = [(k, _HEAP.sub("", str(v))) for k, v in self.cards if _COLUMN.fullmatch(k)]
        return tuple(sorted(found))


def _keyword(card: str) -> str:
    return card[9:].split("=")[0].strip() if card.startswith("HIERARCH") else card[:8].strip()


def _cards(text: str) -> Iterator[tuple[str, Any]]:
    for start in range(0, len(text), 80):
        image = text[start : start + 80]
        keyword = _keyword(image)
        if keyword == "END":
            return
        yield keyword, fits.Card.fromstring(image).value


def read_hdus(path: Path) -> list[Hdu]:
    """Return the HDUs of a file as they are stored."""
    content = path.read_bytes()
    content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    with fits.open(io.BytesIO(content), memmap=False, disable_image_compression=True) as hdus:
        places = [hdu.fileinfo() for hdu in hdus]
    found = []
    for place in places:
        start, middle, end = place["hdrLoc"], place["datLoc"], place["datLoc"] + place["datSpan"]
        found.append(Hdu(list(_cards(content[start:middle].decode())), content[middle:end]))
    return found


def _equal(first: Any, second: Any) -> bool:
    """Compare values; the stack cuts floats in headers to 15 digits."""
    if isinstance(first, float) and isinstance(second, float):
        return math.isclose(first, second, rel_tol=1e-13, abs_tol=1e-300)
    return bool(first == second)


def differences(original: Hdu, written: Hdu) -> set[str]:
    """Return the keywords that differ, and ``sequence`` and ``data`` if those do.

    The sequence is that of the keywords that both have. Documentation and
    comments do not count.
    """
    first, second = original.header, written.header
    found = {key for key in first.keys() ^ second.keys() if not _TEXTS.fullmatch(key)}
    common = first.keys() & second.keys()
    found |= {k for k in common if not _TEXTS.fullmatch(k) and not _equal(first[k], second[k])}
    if _sequence(original, common) != _sequence(written, common):
        found.add("sequence")
    if original.data != written.data:
        found.add("data")
    return found


def _sequence(hdu: Hdu, keywords: Any) -> list[str]:
    return [key for key, _ in hdu.cards if key in keywords and key not in ("CONTINUE", "COMMENT", "HISTORY")]


def pair_tables(original: list[Hdu], written: list[Hdu]) -> list[tuple[Hdu, Hdu]]:
    """Pair the tables of two archives by their columns: their order is arbitrary."""
    by_columns = {hdu.columns: hdu for hdu in written}
    assert len(by_columns) == len(written) == len(original)
    return [(hdu, by_columns[hdu.columns]) for hdu in original]
