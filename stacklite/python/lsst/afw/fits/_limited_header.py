"""Metadata as a header of plain cards."""

from __future__ import annotations

__all__ = ["makeLimitedFitsHeader"]

import math
from collections.abc import Collection
from typing import Any

from lsst.daf.base import PropertyList, PropertySet

from ._cards import CARD

_MAX_NAME = 8
_MAX_TEXT = CARD - 12


def makeLimitedFitsHeader(metadata: PropertySet, excludeNames: Collection[str] = frozenset()) -> str:
    """Return metadata as a header of cards without comments, as far as they fit.

    Parameters
    ----------
    metadata : `~lsst.daf.base.PropertySet`
        Metadata. Names of more than eight characters and texts of more than 68 are left out; of several
        values the last one counts; what cannot be written is a card without a value.
    excludeNames : `~collections.abc.Set` [`str`], optional
        Names to leave out.

    Returns
    -------
    header : `str`
        Cards of 80 characters, without an end.
    """
    if isinstance(metadata, PropertyList):
        names = metadata.getOrderedNames()
    else:
        names = sorted(metadata.paramNames(False))
    cards = []
    for name in names:
        value = metadata.getScalar(name)
        if (
            name in excludeNames
            or len(name) > _MAX_NAME
            or (isinstance(value, str) and len(value) > _MAX_TEXT)
        ):
            continue
        cards.append(f"{name:<8}= {_text(value)}".rstrip().ljust(CARD))
    return "".join(cards)


def _text(value: Any) -> str:
    match value:
        case bool():
            return "T" if value else "F"
        case int() if -(2**31) <= value < 2**31:
            return f"{value:20d}"
        case float() if math.isfinite(value):
            return f"{value:#20.17G}"
        case float() if math.isinf(value):
            return f"{value:20G}"
        case str():
            return f"'{value}'"
        case _:
            return ""
