"""Cards of headers that keep to the standard only loosely, read as cfitsio reads them."""

from __future__ import annotations

__all__ = ["COMMENTARY", "continues", "unusual_item"]

import re
from typing import Any

COMMENTARY = ("COMMENT", "HISTORY", "")
"""Keywords of cards that hold text only."""

_TEXT = re.compile(r"'((?:[^']|'')*)(?:'|$)(.*)")
_TOKEN = re.compile(r"([^ /]*)(.*)")
_INTEGER = re.compile(r"[+-]?\d+")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[EeDd][+-]?\d+)?")
_OPEN_TEXT = re.compile(rb"[^']*= *'.*&' *(?:/.*)?|CONTINUE +'.*&' *(?:/.*)?", re.DOTALL)


def continues(card: bytes) -> bool:
    """Return whether the text of a card goes on in a CONTINUE card that follows.

    Parameters
    ----------
    card : `bytes`
        The card.
    """
    return _OPEN_TEXT.fullmatch(card) is not None


def unusual_item(card: str) -> tuple[str, Any, str] | None:
    """Return keyword, value and comment of a card.

    A comment does not need a slash, an equals sign may stand elsewhere than in the ninth column, and a card
    without one has no value.

    Parameters
    ----------
    card : `str`
        The card.

    Returns
    -------
    item : `tuple` or `None`
        `None` if the value is none that can be read, or the keyword has several words.
    """
    keyword = card[:8].rstrip()
    if keyword in COMMENTARY:
        return keyword, card[8:].rstrip(), ""
    if card[8:9] == "=":
        return _item(keyword, card[9:])
    name, equals, rest = card.partition("= ")
    if not equals or keyword == "CONTINUE":
        return keyword, None, card[8:].rstrip()
    return None if keyword == "HIERARCH" or not name.strip() else _item(name.split()[0], rest)


def _item(keyword: str, text: str) -> tuple[str, Any, str] | None:
    text = text.strip()
    match = _TEXT.fullmatch(text)
    if match is not None:
        return keyword, match[1].replace("''", "'").rstrip(), _comment(match[2])
    match = _TOKEN.fullmatch(text)
    value = None if match is None else _value(match[1])
    if match is None or (value is None and match[1]):
        return None
    return keyword, value, _comment(match[2])


def _value(token: str) -> bool | int | float | None:
    if token in ("T", "F"):
        return token == "T"
    if _INTEGER.fullmatch(token):
        return int(token)
    if _NUMBER.fullmatch(token):
        return float(token.upper().replace("D", "E"))
    return None


def _comment(text: str) -> str:
    return text.strip().removeprefix("/").strip()
