"""HDUs as bytes of a file, whose headers are parsed on demand.

astropy needs some 10 microseconds for a card, and an archive has thousands of
cards of which a reader of one component needs a few.
"""

from __future__ import annotations

__all__ = ["MAX_COUNT", "RawHdu", "read_bytes", "read_header"]

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from astropy.io import fits

from lsst_stacklite._limits import HEADER_BYTES

from ._cards import BLOCK, CARD
from ._errors import FitsError, check_range, reading
from ._unusual_cards import COMMENTARY, continues, unusual_item

MAX_COUNT = 999  # of axes and of columns, by the standard.
_PIECE = re.compile(rb"[^']*'(?:[^']|'')*' *(?:/ *(.*?))? *")
_END = b"END" + b" " * 77
_CHUNK = 1 << 26
_PRINTABLE = re.compile(rb"[ -~]*")
# Values that astropy takes literally: no text that may be a record ("x: 1"), no number in another form.
_PLAIN = re.compile(
    r"(?:(?=.{8}= )(?P<short>[A-Z0-9_-]+) *= |HIERARCH (?P<long>[A-Z0-9_-]+(?: [A-Z0-9_-]+)*) *=) *"
    r"(?:'(?P<text>[^':]*(?::[^': ]+)*)'|(?P<truth>[TF])|(?P<integer>[+-]?(?:0|[1-9]\d*))"
    r"|(?P<number>[+-]?\d+\.\d*(?:E[+-]?\d+)?)) *(?:/ *(?P<comment>.*))?"
)
_INTEGER = re.compile(rb" *([+-]?\d+) *(?:/.*)?", re.DOTALL)
_TEXT = re.compile(rb" *'([^']*)' *(?:/.*)?", re.DOTALL)


@dataclass(frozen=True)
class RawHdu:
    """An HDU whose header is parsed on demand.

    Parameters
    ----------
    where : `str`
        File and HDU, for messages.
    cards : `bytes`
        The cards before END, 80 bytes each.
    data_start : `int`
        Offset of the data in the file.
    """

    where: str
    cards: bytes
    data_start: int

    @cached_property
    def _values(self) -> dict[bytes, bytes]:
        """Keyword -> rest of the card, of cards with a value (first one wins)."""
        cards = (self.cards[i : i + CARD] for i in range(len(self.cards) - CARD, -1, -CARD))
        return {card[:8].rstrip(): card[10:] for card in cards if card[8:10] == b"= "}

    def integer(self, keyword: str, default: int | None = None) -> int:
        """Return an integer of the header.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if it is no integer, or is missing and has no default.
        """
        text = self._values.get(keyword.encode())
        if text is None and default is not None:
            return default
        match = None if text is None else _INTEGER.fullmatch(text)
        if match is None:
            raise FitsError(f"{self.where}: the header has no integer {keyword}.")
        return int(match[1])

    def text(self, keyword: str) -> str:
        """Return a text of the header, empty if there is none."""
        match = _TEXT.fullmatch(self._values.get(keyword.encode(), b""))
        return "" if match is None else match[1].decode("ascii", "replace").strip()

    @cached_property
    def items(self) -> list[tuple[str, Any, str]]:
        """Keyword, value and comment of all cards.

        Plain cards are parsed here, in a tenth of the time that astropy takes, and so are those that it
        refuses but cfitsio reads.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if a card is damaged.
        """
        if not _PRINTABLE.fullmatch(self.cards):
            return self._parsed(self.cards)
        items = []
        for card in _with_continuations(self.cards):
            text = card.decode("ascii")
            item = _plain_item(text) or (unusual_item(text) if len(card) == CARD else None)
            items += self._parsed(card) if item is None else [item]
        return items

    def _parsed(self, cards: bytes) -> list[tuple[str, Any, str]]:
        """Let astropy parse cards."""
        with reading(self.where, "a card of the header is damaged"):
            header = fits.Header.fromstring(cards)
            items = [(card.keyword, card.value, card.comment) for card in header.cards]
        groups = [*_with_continuations(cards)] if b"CONTINUE" in cards else []
        if len(groups) == len(items):
            for i, group in enumerate(groups):
                comment = _joined_comments(group) if len(group) > CARD else ""
                # Otherwise the cards are damaged, and astropy has mended them in its way.
                if comment.replace(" ", "") == items[i][2].replace(" ", ""):
                    items[i] = (*items[i][:2], comment)
        return items

    @cached_property
    def size(self) -> int:
        """Bytes of data, without padding.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if the header does not determine it, or contradicts itself.
        """
        axes = [self.integer(f"NAXIS{i}") for i in range(1, self.integer("NAXIS") + 1)]
        parameters, groups = self.integer("PCOUNT", 0), self.integer("GCOUNT", 1)
        if min([*axes, parameters, groups], default=0) < 0:
            raise FitsError(f"{self.where}: the header gives a negative size.")
        pixels = math.prod(axes) if axes else 0
        return abs(self.integer("BITPIX")) // 8 * groups * (parameters + pixels)

    def check(self) -> None:
        """Check the counts that astropy uses unchecked.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if one is impossible.
        """
        for keyword in ("NAXIS", "TFIELDS", "ZNAXIS"):
            check_range(f"{self.where}: {keyword}", self.integer(keyword, 0), 0, MAX_COUNT)
        _ = self.size

    @property
    def end(self) -> int:
        """Offset of the next HDU in the file."""
        return self.data_start + self.size + -self.size % BLOCK


def _joined_comments(cards: bytes) -> str:
    """Return the comment of a text that goes on in several cards.

    astropy puts blanks between the pieces, the stack does not, since they end anywhere in a word.
    """
    pieces = [_PIECE.fullmatch(cards[i : i + CARD]) for i in range(0, len(cards), CARD)]
    return b"".join(piece[1] or b"" for piece in pieces if piece is not None).decode("latin-1")


def _with_continuations(cards: bytes) -> Iterator[bytes]:
    """Yield each card together with those that continue its text."""
    start = 0
    for end in range(CARD, len(cards) + 1, CARD):
        if not (cards.startswith(b"CONTINUE", end) and continues(cards[end - CARD : end])):
            yield cards[start:end]
            start = end


def _plain_item(card: str) -> tuple[str, Any, str] | None:
    """Return keyword, value and comment of a card; `None` if it is not a plain one."""
    match = _PLAIN.fullmatch(card)
    if match is None or len(card) != CARD or card[:8].rstrip() in COMMENTARY:
        return None
    return match["short"] or match["long"], _plain_value(match), (match["comment"] or "").rstrip()


def _plain_value(match: re.Match[str]) -> Any:
    if match["text"] is not None:
        return match["text"].rstrip()
    if match["truth"] is not None:
        return match["truth"] == "T"
    return int(match["integer"]) if match["integer"] is not None else float(match["number"])


def read_header(path: str, stream: Any, index: int, start: int) -> RawHdu | None:
    """Read the header of one HDU.

    Parameters
    ----------
    path : `str`
        Path, for messages.
    stream : file-like
        The file; seekable.
    index : `int`
        0-based number of the HDU, for messages.
    start : `int`
        Offset of the HDU in the file.

    Returns
    -------
    hdu : `RawHdu` or `None`
        `None` if the file ends there.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if the header has no end.
    """
    stream.seek(start)
    header = bytearray()
    while block := stream.read(BLOCK):
        header += block
        # Only a card can be the end; the same letters may stand in a text.
        for position in range(len(header) - len(block), len(header), CARD):
            if header.startswith(_END, position):
                return RawHdu(f"{path}[{index}]", bytes(header[:position]), start + len(header))
        if len(header) > HEADER_BYTES:
            break
    if not header.strip(b"\0 "):
        return None
    raise FitsError(f"{path}: damaged or truncated at HDU {index}: its header has no end.")


def read_bytes(stream: Any, start: int, size: int) -> bytes:
    """Read at most ``size`` bytes; never asks for more memory than there are.

    Parameters
    ----------
    stream : file-like
        The file; seekable.
    start : `int`
        Offset of the first byte.
    size : `int`
        Number of bytes; that of a damaged header may be absurd.
    """
    stream.seek(start)
    chunks = []
    while size > 0 and (chunk := stream.read(min(size, _CHUNK))):
        chunks.append(chunk)
        size -= len(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
