"""Formatting of single header cards, in the layout that cfitsio gives them.

astropy regroups the cards of tables, and the order of cards is part of the
format (the stack derives its schema from it), so headers of tables are
emitted from here.
"""

from __future__ import annotations

__all__ = ["BLOCK", "CARD", "format_cards", "header_bytes"]

import logging
import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from ._errors import FitsError

BLOCK = 2880
"""Size in bytes of a FITS block."""

CARD = 80
"""Size in bytes of a card of a header."""

_LOG = logging.getLogger("lsst.afw.fits")

_VALUE_END = 30
_COMMENTARY = ("COMMENT", "HISTORY", "")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


# The headers of tables repeat the same keywords, those of all tables of an archive too.
@lru_cache(maxsize=4096)
def _prefix(keyword: str) -> str:
    if len(keyword) > 60 or "=" in keyword or _UNPRINTABLE.search(keyword):
        raise FitsError(f"{keyword!r} cannot be a keyword of a FITS header: too long, or not plain text.")
    standard = len(keyword) <= 8 and all(c.isalnum() or c in "-_" for c in keyword)
    return f"{keyword:<8}= " if standard else f"HIERARCH {keyword} = "


def _float_text(value: float) -> str:
    """Return at least 15 significant digits, fewer when they suffice.

    The stack stops at 15 digits; a 16th or 17th is written here when 15 do
    not read back as the same number.
    """
    if math.isnan(value):
        return "'NAN     '"
    if math.isinf(value):
        return "'+INFINITY'" if value > 0 else "'-INFINITY'"
    text = next(t for t in (f"{value:.{n}G}" for n in (15, 16, 17)) if float(t) == value)
    mantissa, letter, exponent = text.partition("E")
    return text if "." in mantissa else f"{mantissa}.0{letter}{exponent}" if letter else f"{mantissa}.0"


def _value_text(keyword: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "T" if value else "F"
    if hasattr(value, "__index__"):
        return str(int(value))
    if isinstance(value, float) or hasattr(value, "__float__"):
        return _float_text(float(value))
    raise FitsError(
        f"a value of type {type(value).__name__} (keyword {keyword}) cannot be written to a FITS header; "
        "use bool, int, float, str or None."
    )


def _with_comment(card: str, comment: str) -> str:
    if not comment or len(card) + 4 > CARD:
        return card
    return f"{card} / {comment}"[:CARD]


def _pieces(text: str, first: int, rest: int) -> list[str]:
    """Split doubled-quote text for ``CONTINUE`` without parting a quote pair."""
    pieces = []
    room = first
    while len(text) > room:
        cut = room - 1
        quotes = len(text[:cut]) - len(text[:cut].rstrip("'"))
        cut -= quotes % 2
        pieces.append(text[:cut] + "&")
        text = text[cut:]
        room = rest
    return [*pieces, text]


def _string_cards(keyword: str, value: str, comment: str) -> list[str]:
    prefix = _prefix(keyword)
    text = value.replace("'", "''")
    room = CARD - len(prefix) - 2
    if len(text) <= room:
        card = f"{prefix}'{text:<8}'"
        return [_with_comment(card.ljust(_VALUE_END) if comment else card, comment)]
    first, *more = _pieces(text, room, 68)
    return [f"{prefix}'{first}'", *(f"CONTINUE  '{piece}'" for piece in more)]


def _commentary(keyword: str, text: str) -> list[str]:
    chunks = [text[i : i + 72] for i in range(0, len(text), 72)] or [""]
    return [f"{keyword:<8}{chunk}" for chunk in chunks]


def format_cards(keyword: str, value: Any, comment: str = "") -> list[str]:
    """Format one keyword as one or more cards (without padding).

    Parameters
    ----------
    keyword : `str`
        Keyword; names that are not standard become ``HIERARCH`` cards.
    value : `bool`, `int`, `float`, `str` or `None`
        Value. Non-finite floats are written as the strings ``NAN``,
        ``+INFINITY`` and ``-INFINITY``; `None` as a card without value.
        Characters that a header cannot hold become blanks, with a warning.
    comment : `str`, optional
        Comment; cut at the end of the card.

    Returns
    -------
    cards : `list` [`str`]
        At most 80 characters each.

    Raises
    ------
    FitsError
        Raised if the value has another type, or the keyword is impossible.
    """
    if isinstance(value, str) and _UNPRINTABLE.search(value):
        _LOG.warning(
            "The value of header keyword %s is not printable ASCII: %r; blanks instead.", keyword, value
        )
        value = _UNPRINTABLE.sub(" ", value)
    comment = _UNPRINTABLE.sub(" ", comment)
    if keyword in _COMMENTARY:
        return _commentary(keyword, str(value))
    if isinstance(value, str):
        return _string_cards(keyword, value, comment)
    prefix = _prefix(keyword)
    text = _value_text(keyword, value)
    if text.startswith("'"):
        card = (prefix + text).ljust(_VALUE_END if comment else 0)
    else:
        card = prefix + text.rjust(_VALUE_END - len(prefix))
    return [_with_comment(card, comment)]


def header_bytes(cards: Iterable[str]) -> bytes:
    """Join formatted cards into a padded header block.

    Parameters
    ----------
    cards : `~collections.abc.Iterable` [`str`]
        Formatted cards without the END card.

    Returns
    -------
    header : `bytes`
        A multiple of 2880 bytes.
    """
    text = "".join(f"{card:<{CARD}}" for card in [*cards, "END"])
    text += " " * (-len(text) % BLOCK)
    return text.encode("ascii", "replace")
