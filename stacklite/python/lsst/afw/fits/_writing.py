"""Writing of FITS files from serialized HDUs."""

from __future__ import annotations

__all__ = ["empty_primary", "write_hdus"]

import gzip
import os
import tempfile
from collections.abc import Iterable

from ._cards import BLOCK, format_cards, header_bytes
from ._errors import FitsError, one_line
from ._memory import MemFileManager


def empty_primary() -> bytes:
    """Return an empty primary HDU."""
    cards = [
        ("SIMPLE", True, "file does conform to FITS standard"),
        ("BITPIX", 8, "number of bits per data pixel"),
        ("NAXIS", 0, "number of data axes"),
        ("EXTEND", True, "FITS dataset may contain extensions"),
    ]
    return header_bytes(line for card in cards for line in format_cards(*card))


def write_hdus(
    path: str | os.PathLike[str] | MemFileManager,
    hdus: Iterable[bytes],
    mode: str = "w",
    primary: bytes | None = None,
) -> None:
    """Write serialized extension HDUs to a file.

    Parameters
    ----------
    path : `str`, `os.PathLike` or `MemFileManager`
        Path; ``.gz`` is compressed.
    hdus : `~collections.abc.Iterable` [`bytes`]
        Complete HDUs, each a multiple of 2880 bytes.
    mode : `str`, optional
        ``w`` replaces the file (by one with an empty primary HDU, then
        these); ``a`` appends to an existing one.
    primary : `bytes`, optional
        The primary HDU of a new file; an empty one by default.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if the file cannot be written, or the mode is another.
    """
    name = "<memory>" if isinstance(path, MemFileManager) else os.fspath(path)
    if mode not in ("w", "a"):
        raise FitsError(f"{name}: mode {mode!r} is not one of 'w' (replace) and 'a' (append).")
    content = b"".join(hdus)
    assert len(content) % BLOCK == 0
    new_file = (empty_primary() if primary is None else primary) + content
    if isinstance(path, MemFileManager):
        content = path.getData() + content if mode == "a" and path.getLength() else new_file
        path.setData(content, len(content))
        return
    path = name
    compress = path.endswith(".gz")
    try:
        if mode == "a" and os.path.exists(path):
            with gzip.open(path, "ab") if compress else open(path, "ab") as stream:
                stream.write(content)
            return
        _write_atomically(path, gzip.compress(new_file, mtime=0) if compress else new_file)
    except OSError as err:
        raise FitsError(f"{path}: cannot be written: {one_line(err)}") from err


def _write_atomically(path: str, content: bytes) -> None:
    """Write a new file next to the old one, then replace it, so that no file is ever incomplete."""
    directory = os.path.dirname(os.path.abspath(path))
    handle, temporary = tempfile.mkstemp(dir=directory, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
