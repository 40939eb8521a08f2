"""Headers as property lists, and property lists as header cards."""

from __future__ import annotations

__all__ = [
    "combineMetadata",
    "header_items",
    "header_to_metadata",
    "metadata_cards",
    "metadata_of_hdu",
    "metadata_of_items",
    "readMetadata",
]

import os
import re
from collections.abc import Iterable, Iterator
from typing import Any, overload

from astropy.io import fits

from lsst.daf.base import PropertyList
from lsst_stacklite._overloads import bind

from ._cards import format_cards
from ._errors import reading
from ._file import FitsFile
from ._memory import DEFAULT_HDU
from ._raw import RawHdu

_NON_FINITE = {"NAN": float("nan"), "+INFINITY": float("inf"), "-INFINITY": float("-inf")}

# Never part of user metadata, on reading and on writing.
_RESERVED = re.compile(
    r"SIMPLE|BITPIX|NAXIS\d*|EXTEND|GCOUNT|PCOUNT|XTENSION|TFIELDS|BSCALE|BZERO|TZERO\d*|TSCAL\d*|DATASUM|CHECKSUM"
    r"|ZBITPIX|ZIMAGE|ZCMPTYPE|ZSIMPLE|ZEXTEND|ZBLANK|ZDATASUM|ZHECKSUM|ZQUANTIZ|ZDITHER0"
    r"|ZNAXIS\d*|ZTILE\d*|ZNAME\d*|ZVAL\d*|INHERIT|END"
)
_RESERVED_ON_WRITE = re.compile(_RESERVED.pattern + r"|TFORM\d*|TTYPE\d*")
_MIN_INTEGER, _MAX_INTEGER = -(1 << 63), (1 << 63) - 1  # what metadata hold; others become the nearest.

_Item = tuple[str, Any, str]

_CFITSIO_COMMENTS = (
    "FITS (Flexible Image Transport System) format is defined in 'Astronomy",
    "and Astrophysics', volume 376, page 359; bibcode: 2001A&A...376..359H",
)


def _value(keyword: str, value: Any) -> Any:
    if isinstance(value, fits.card.Undefined):
        return None
    if isinstance(value, str):
        # As in the stack, which leaves doubled quotes doubled when it reads text.
        return _NON_FINITE.get(value, value if keyword in ("COMMENT", "HISTORY") else _redouble(value))
    if isinstance(value, int) and not _MIN_INTEGER <= value <= _MAX_INTEGER:
        return min(max(value, _MIN_INTEGER), _MAX_INTEGER)
    return value


def _redouble(text: str) -> str:
    return text.replace("'", "''")


def _undouble(keyword: str, value: Any) -> Any:
    """Undo `_redouble`, so that quotes do not multiply when files are rewritten."""
    if not isinstance(value, str) or keyword in ("COMMENT", "HISTORY") or "'" in value.replace("''", ""):
        return value
    return value.replace("''", "'")


def header_items(header: fits.Header | RawHdu) -> Iterator[tuple[str, Any, str]]:
    """Iterate over the user cards of a header in order.

    Parameters
    ----------
    header : `astropy.io.fits.Header` or `~lsst.afw.fits._raw.RawHdu`
        Header; that of a raw HDU is parsed faster.

    Yields
    ------
    keyword, value, comment : `tuple`
        Upper-case keyword; `bool`, `int`, `float`, `str` or `None`; comment.
        Structural keywords and cfitsio's own comments are left out, and
        INHERIT, except from a primary header, where it has no meaning.
    """
    is_primary = False
    for keyword, value, comment in _all_items(header):
        # The header that astropy makes of a compressed image may say SIMPLE, too.
        is_primary |= keyword == "SIMPLE" and isinstance(header, RawHdu)
        if _RESERVED.fullmatch(keyword) and not (is_primary and keyword == "INHERIT"):
            continue
        if keyword == "COMMENT" and str(value).strip() in _CFITSIO_COMMENTS:
            continue
        yield keyword, value, comment


def _all_items(header: fits.Header | RawHdu) -> Iterator[_Item]:
    """Iterate over the cards of a header in order; see `header_items`."""
    items: list[_Item]
    if isinstance(header, RawHdu):
        items = header.items
    else:
        items = [(card.keyword, card.value, card.comment) for card in header.cards]
    for name, value, comment in _without_end_of_blanks(items):
        # What stands in a card without a keyword is a comment.
        keyword = name.strip().upper() or "COMMENT"
        if keyword != "END":
            yield keyword, _value(keyword, value), comment


def _without_end_of_blanks(items: list[_Item]) -> list[_Item]:
    """Leave out the blank cards before the end of a header, which only reserve space."""
    end = len(items)
    while end and not items[end - 1][0] and not items[end - 1][1]:
        end -= 1
    return items[:end]


def header_to_metadata(header: fits.Header | RawHdu) -> PropertyList:
    """Convert the user cards of a header; repeated keywords become arrays of the values that there are.

    Of a keyword that has a value in one card and none in another, the value counts.

    Parameters
    ----------
    header : `astropy.io.fits.Header` or `~lsst.afw.fits._raw.RawHdu`
        Header (see `header_items`).

    Returns
    -------
    metadata : `~lsst.daf.base.PropertyList`
        Ordered values with their comments.
    """
    return metadata_of_items(header_items(header))


def metadata_of_items(items: Iterable[_Item]) -> PropertyList:
    """Return keywords, values and comments as metadata (see `header_to_metadata`)."""
    metadata = PropertyList()
    has_value: dict[str, bool] = {}
    for keyword, value, comment in items:
        if value is None and has_value.get(keyword, False):
            continue
        if value is not None and not has_value.get(keyword, True):
            metadata.set(keyword, value, comment)
        else:
            metadata.add(keyword, value, comment)
        has_value[keyword] = value is not None
    return metadata


def metadata_cards(metadata: Any) -> list[str]:
    """Format a property list as header cards, in its order.

    Parameters
    ----------
    metadata : `~lsst.daf.base.PropertyList`, `PropertySet` or `None`
        Metadata; reserved keywords are left out.

    Returns
    -------
    cards : `list` [`str`]
        Cards without padding.
    """
    if metadata is None:
        return []
    ordered = hasattr(metadata, "getOrderedNames")
    names = metadata.getOrderedNames() if ordered else sorted(metadata.paramNames(False))
    lines = []
    for name in names:
        if _RESERVED_ON_WRITE.fullmatch(name.upper()):
            continue
        comment = metadata.getComment(name) if ordered else ""
        for value in metadata.getArray(name):
            lines += format_cards(name.upper(), _undouble(name, value), comment)
    return lines


def combineMetadata(first: Any, second: Any) -> PropertyList:
    """Combine two sets of metadata; values of the second win.

    ``COMMENT`` and ``HISTORY`` are concatenated, first before second, and
    dropped where they are no texts; of other arrays the last value counts.

    Parameters
    ----------
    first, second : `~lsst.daf.base.PropertyList`
        Metadata to combine; not modified.

    Returns
    -------
    combined : `~lsst.daf.base.PropertyList`
        A new list.
    """
    combined = PropertyList()
    for source in (first, second):
        for name in source.getOrderedNames():
            values = source.getArray(name)
            if name in ("COMMENT", "HISTORY"):
                combined.add(name, [value for value in values if isinstance(value, str)])
            else:
                combined.remove(name)
                combined.set(name, values[-1], source.getComment(name))
    return combined


@overload
def readMetadata(
    fileName: str | os.PathLike[str], hdu: int = DEFAULT_HDU, strip: bool = False
) -> PropertyList: ...
@overload
def readMetadata(fileName: str | os.PathLike[str], hduName: str, strip: bool = False) -> PropertyList: ...
def readMetadata(*args: Any, **kwargs: Any) -> PropertyList:
    """Read the metadata of one HDU.

    Parameters
    ----------
    fileName : `str` or `os.PathLike`
        Path of a FITS file.
    hdu : `int`, optional
        0-based number; by default 0, or 1 if the primary HDU is empty.
    hduName : `str`, optional
        Name of the HDU, instead of ``hdu``.
    strip : `bool`, optional
        Leave out keywords by which FITS describes size, type and compression of
        the data, which stand first in most headers.

    Returns
    -------
    metadata : `~lsst.daf.base.PropertyList`
        All cards, those of a compressed image as they are in the table that holds
        it; those of the primary HDU are merged in when the HDU says ``INHERIT = T``.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if the file or the HDU cannot be read.
    """
    given = bind(readMetadata, {"os.PathLike[str]": os.PathLike}, args, kwargs)
    hdu = given.get("hduName", given.get("hdu", DEFAULT_HDU))
    return metadata_of_hdu(given["fileName"], hdu, given.get("strip", False))


def metadata_of_hdu(source: Any, hdu: int | str, strip: bool) -> PropertyList:
    """Return the metadata of an HDU of a file, by number or name; see `readMetadata`."""
    with FitsFile(source) as file, reading(file.path):
        if isinstance(hdu, str):
            index = file.index_of_name(hdu)
        else:
            index = file.default_hdu() if hdu == DEFAULT_HDU else hdu
        header = file.checked(index)
        items = header_items if strip else _all_items
        metadata = metadata_of_items(items(header))
        inherits = any(name == "INHERIT" and value in (True, "T") for name, value, _ in header.items)
        if index > 0 and inherits:
            metadata = combineMetadata(metadata_of_items(items(file.primary)), metadata)
    return metadata
