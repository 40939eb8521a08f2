"""Provenance of datasets in headers, and dates in the names of files."""

from __future__ import annotations

__all__ = [
    "add_provenance_to_fits_header",
    "iso_date_to_curated_calib_file_root",
    "strip_provenance_from_fits_header",
]

import re
from collections.abc import MutableMapping
from datetime import datetime
from typing import Any

from lsst.daf.base import PropertyList, PropertySet
from lsst.daf.butler import DatasetProvenance, DatasetRef

_PREFIX = "LSST BUTLER"
# Every input takes several cards; the stack lists no more of them.
_MAX_INPUTS = 3000
# With a longer keyword not even eight characters of text fit into a card.
_MAX_KEYWORD = 58
_CARD = 80

_COMMENTS = {
    "RUN": "Run collection",
    "ID": "Dataset ID",
    "DATAID": "Data identifier",
    "DATASETTYPE": "Dataset type",
}
"""Comments by a word of the keyword; the first that is in it counts."""

Header = PropertySet | MutableMapping[str, Any]


def add_provenance_to_fits_header(
    hdr: Header | None,
    ref: DatasetRef,
    provenance: DatasetProvenance | None = None,
    allow_long_headers: bool = True,
) -> None:
    """Replace the provenance cards of a header.

    Parameters
    ----------
    hdr : `~lsst.daf.base.PropertyList` or `~collections.abc.MutableMapping` or `None`
        Header; changed in place, unless it is `None`.
    ref : `~lsst.daf.butler.DatasetRef`
        Dataset that is written.
    provenance : `~lsst.daf.butler.DatasetProvenance`, optional
        Datasets that it was made from.
    allow_long_headers : `bool`, optional
        Whether texts may be longer than a card; otherwise their middle is left
        out, and there are no comments.
    """
    if hdr is None:
        return
    provenance = DatasetProvenance() if provenance is None else provenance
    cards = provenance.to_flat_dict(ref, prefix=_PREFIX, sep=" ", simple_types=True, max_inputs=_MAX_INPUTS)
    added = PropertyList()
    for key, value in cards.items():
        if isinstance(value, str):
            _store_str_header(added, key, value, allow_long_headers=allow_long_headers)
        else:
            added.set(key, value)
        if allow_long_headers and (comment := _comment(key)):
            added.setComment(key, comment)
    strip_provenance_from_fits_header(hdr)
    hdr.update(added)


def _comment(key: str) -> str | None:
    words = set(re.findall(r"\w+", key))
    return next((comment for word, comment in _COMMENTS.items() if word in words), None)


def _store_str_header(
    hdr: PropertyList, key: str, value: str, comment: str | None = None, allow_long_headers: bool = True
) -> None:
    """Set a text; if it must fit into a card, without its middle and the comment where it does not.

    Raises
    ------
    ValueError
        Raised if the keyword leaves no room for a text.
    """
    if not allow_long_headers:
        if len(key) > _MAX_KEYWORD:
            raise ValueError(
                f"the keyword '{key}' is longer than {_MAX_KEYWORD} characters and leaves no room for a text."
            )
        # FITS fills texts up to eight characters.
        excess = len(f"HIERARCH {key} = '{value:8s}'") - _CARD
        if excess > 0:
            # Three characters become dots, and one is for halves.
            half, middle = (excess + 4) // 2, len(value) // 2
            value, comment = f"{value[: middle - half]}...{value[middle + half :]}", None
    hdr.set(key, value, comment)


def strip_provenance_from_fits_header(hdr: Header) -> None:
    """Remove the provenance cards from a header, in place.

    Parameters
    ----------
    hdr : `~lsst.daf.base.PropertyList` or `~collections.abc.MutableMapping`
        Header.
    """
    for name in list(hdr):
        if name.startswith(_PREFIX):
            del hdr[name]


def iso_date_to_curated_calib_file_root(valid_start: str) -> str:
    """Return the name of the file of a curated calibration from the time from which it is valid.

    Parameters
    ----------
    valid_start : `str`
        ISO 8601 date, with or without a time.

    Returns
    -------
    root : `str`
        ``YYYYMMDDTHHMMSS``, without fractions of a second.

    Raises
    ------
    ValueError
        Raised if the text is not such a date.
    """
    return re.sub(r"\W", "", datetime.fromisoformat(valid_start).isoformat(timespec="seconds"))
