"""Properties as the header of a FITS file in Astropy."""

from __future__ import annotations

__all__ = ["header_of", "values_of"]

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

import astropy.io.fits
from astropy.io.fits.card import Undefined

from ._date_time import DateTime

_COMMENTARY = ("COMMENT", "HISTORY")
# Text in a card that has no value.
_COMMENTARY_WIDTH = 72
_STANDARD = re.compile(r"[A-Z0-9_-]{1,8}")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
# FITS has no such numbers; the stack writes these texts for them, and reads them as numbers.
_NOT_FINITE = {"NAN": math.nan, "+INFINITY": math.inf, "-INFINITY": -math.inf}


def header_of(cards: Iterable[tuple[str, Any, str]]) -> astropy.io.fits.Header:
    """Return a header.

    Parameters
    ----------
    cards : iterable of (`str`, `Any`, `str`)
        Keyword, value and comment of each card.

    Returns
    -------
    header : `astropy.io.fits.Header`
        The cards in the same order; keywords that are not standard are ``HIERARCH`` cards.
    """
    header = astropy.io.fits.Header()
    for keyword, value, comment in cards:
        if keyword in _COMMENTARY:
            text = _printable(str(value))
            for start in range(0, max(len(text), 1), _COMMENTARY_WIDTH):
                header.append((keyword, text[start : start + _COMMENTARY_WIDTH]), end=True)
        else:
            name = keyword if _STANDARD.fullmatch(keyword) else f"HIERARCH {keyword}"
            header.append((name, _as_card_value(value), _printable(comment)), end=True)
    return header


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub(" ", text)


def _as_card_value(value: Any) -> Any:
    """Return a value that a card can hold."""
    if isinstance(value, DateTime):
        return value.toString(DateTime.UTC) if value.isValid() else None
    if isinstance(value, float) and not math.isfinite(value):
        return next(text for text, number in _NOT_FINITE.items() if str(number) == str(value))
    return _printable(value) if isinstance(value, str) else value


def values_of(header: astropy.io.fits.Header) -> Iterator[tuple[str, Any, str]]:
    """Find keyword, value and comment of each card, in order; `None` stands for no value.

    Cards without a keyword, and those whose value cannot be parsed, are left out.
    """
    for card in header.cards:
        if not card.keyword:
            continue
        try:
            value, comment = card.value, card.comment
        except astropy.io.fits.VerifyError:
            continue
        if isinstance(value, Undefined):
            yield card.keyword, None, comment
        else:
            yield card.keyword, _NOT_FINITE.get(value, value) if isinstance(value, str) else value, comment
