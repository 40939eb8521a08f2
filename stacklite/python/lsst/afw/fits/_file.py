"""Opening FITS files: lazily, with one kind of error."""

from __future__ import annotations

__all__ = ["FitsFile", "empty_primary", "write_hdus"]

import gzip
import io
import os
import tempfile
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

from astropy.io import fits

from ._cards import BLOCK, format_cards, header_bytes
from ._errors import FitsError


class FitsFile:
    """A FITS file opened for reading; HDUs are loaded when asked for.

    Parameters
    ----------
    path : `str`, `os.PathLike` or `io.BytesIO`
        Path of a ``.fits``, ``.fits.gz`` or ``.fits.fz`` file, or its content.
    decompress_images : `bool`, optional
        Whether tile-compressed images are presented as images (astropy's
        ``CompImageHDU``) rather than as the tables that they are stored in.

    Raises
    ------
    FitsError
        Raised if the file cannot be opened or is no FITS file.

    Notes
    -----
    Not to be shared between threads.
    """

    def __init__(self, path: str | os.PathLike[str] | io.BytesIO, decompress_images: bool = True):
        self.path = "<memory>" if isinstance(path, io.BytesIO) else os.fspath(path)
        try:
            self.hdus = fits.open(
                path if isinstance(path, io.BytesIO) else self.path,
                memmap=False,
                lazy_load_hdus=True,
                disable_image_compression=not decompress_images,
            )
        except FileNotFoundError as err:
            raise FitsError(f"{self.path}: no such file.") from err
        except Exception as err:
            raise FitsError(f"{self.path}: cannot be opened as a FITS file: {_one_line(err)}") from err

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.hdus.close()

    def __len__(self) -> int:
        try:
            return len(self.hdus)
        except Exception as err:
            raise FitsError(f"{self.path}: damaged or truncated: {_one_line(err)}") from err

    def has(self, index: int) -> bool:
        """Whether an HDU with this 0-based number exists (loads no further)."""
        try:
            self.hdus[index]
        except IndexError:
            return False
        except Exception as err:
            raise FitsError(f"{self.path}: damaged or truncated at HDU {index}: {_one_line(err)}") from err
        return True

    def hdu(self, index: int) -> Any:
        """Return the astropy HDU with a 0-based number.

        Raises
        ------
        FitsError
            Raised if there is none.
        """
        if not self.has(index):
            raise FitsError(
                f"{self.path}: HDU {index} does not exist; the file has {len(self)} readable HDUs "
                "(it may be truncated)."
            )
        return self.hdus[index]

    def default_hdu(self) -> int:
        """Return 0, or 1 if the primary HDU has no data."""
        return 1 if self.hdu(0).header.get("NAXIS", 0) == 0 and self.has(1) else 0

    def header(self, index: int) -> fits.Header:
        """Return the header of an HDU as it stands in the file."""
        return self.hdu(index).header

    def table_bytes(self, index: int) -> bytes:
        """Return the data part of a table HDU: rows, gap and heap.

        Raises
        ------
        FitsError
            Raised if the HDU is no table, or the file ends within it.
        """
        hdu = self.hdu(index)
        header = hdu.header
        if header.get("XTENSION", "").strip() not in ("BINTABLE", "A3DTABLE"):
            raise FitsError(f"{self.path}: HDU {index} is not a binary table.")
        size = header["NAXIS1"] * header["NAXIS2"] + header.get("PCOUNT", 0)
        try:
            info = hdu.fileinfo()
            info["file"].seek(info["datLoc"])
            data = info["file"].read(size) if size else b""
        except Exception as err:
            raise FitsError(f"{self.path}: HDU {index} cannot be read: {_one_line(err)}") from err
        if len(data) != size:
            raise FitsError(
                f"{self.path}: truncated: HDU {index} should have {size} bytes of data, "
                f"the file ends after {len(data)}."
            )
        return bytes(data)


def _one_line(err: BaseException) -> str:
    return " ".join(str(err).split()) or type(err).__name__


def empty_primary() -> bytes:
    """Return an empty primary HDU."""
    cards = [
        ("SIMPLE", True, "file does conform to FITS standard"),
        ("BITPIX", 8, "number of bits per data pixel"),
        ("NAXIS", 0, "number of data axes"),
        ("EXTEND", True, "FITS dataset may contain extensions"),
    ]
    return header_bytes(line for card in cards for line in format_cards(*card))


def _write_atomically(path: str, content: bytes) -> None:
    """Write a new file beside the old one, then replace it: no half file."""
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


def write_hdus(
    path: str | os.PathLike[str], hdus: Iterable[bytes], mode: str = "w", primary: bytes | None = None
) -> None:
    """Write serialised extension HDUs to a file.

    Parameters
    ----------
    path : `str` or `os.PathLike`
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
    FitsError
        Raised if the file cannot be written, or the mode is another.
    """
    path = os.fspath(path)
    if mode not in ("w", "a"):
        raise FitsError(f"{path}: mode {mode!r} is not one of 'w' (replace) and 'a' (append).")
    content = b"".join(hdus)
    assert len(content) % BLOCK == 0
    compress = path.endswith(".gz")
    try:
        if mode == "a" and os.path.exists(path):
            with gzip.open(path, "ab") if compress else open(path, "ab") as stream:
                stream.write(content)
            return
        content = (empty_primary() if primary is None else primary) + content
        _write_atomically(path, gzip.compress(content, mtime=0) if compress else content)
    except OSError as err:
        raise FitsError(f"{path}: cannot be written: {_one_line(err)}") from err
