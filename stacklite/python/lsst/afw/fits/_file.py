"""FITS files for reading, opened lazily, and with one class of errors."""

from __future__ import annotations

__all__ = ["FitsFile"]

import gzip
import io
import os
import re
import warnings
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from astropy.io import fits
from astropy.utils.exceptions import AstropyUserWarning

from lsst_stacklite._limits import EXPANDED_BYTES, EXPANDED_RATIO, GZIP_RATIO, HDUS

from ._cards import BLOCK
from ._errors import FitsError, check_range, one_line, reading
from ._memory import MemFileManager
from ._raw import RawHdu, read_bytes, read_header

_EXTENDED = re.compile(r"(.*)\[([\w ]+)\]")
_Path = str | os.PathLike[str] | io.BytesIO
_GZIP = b"\x1f\x8b"
_BYTES_PER_ROW = 100  # of memory, in addition to the values


class FitsFile:
    """A FITS file opened for reading; HDUs are loaded when asked for.

    Parameters
    ----------
    path : `str`, `os.PathLike`, `io.BytesIO` or `MemFileManager`
        Path of a ``.fits``, ``.fits.gz`` or ``.fits.fz`` file, or its content.
        Other wrappers (``bzip2``, ``zip``...) are refused.
    decompress_images : `bool`, optional
        Whether tile-compressed images are presented as images (astropy's
        ``CompImageHDU``) rather than as the tables that they are stored in.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if the file cannot be opened or is no FITS file.

    Notes
    -----
    Not to be shared between threads.
    """

    selected: int | None = None
    """0-based number of the HDU that the path names in brackets."""

    def __init__(self, path: _Path | MemFileManager, decompress_images: bool = True) -> None:
        if isinstance(path, MemFileManager):
            path = io.BytesIO(path.getData())
        path, hdu = _split_extended(path)
        self._raw: list[RawHdu] = []
        self._n_checked = 0
        self._checked: set[int] = set()
        self._source = path
        self.path = "<memory>" if isinstance(path, io.BytesIO) else os.fspath(path)
        try:
            self._check_primary()
            # Such cards are read in another way; see _unusual_cards.
            with warnings.catch_warnings():
                warnings.filterwarnings(
                    "ignore", "The following header keyword is invalid", AstropyUserWarning
                )
                self.hdus = fits.open(
                    path if isinstance(path, io.BytesIO) else self.path,
                    memmap=False,
                    lazy_load_hdus=True,
                    disable_image_compression=not decompress_images,
                )
        except FileNotFoundError as err:
            raise FitsError(f"{self.path}: no such file.") from err
        except Exception as err:
            raise FitsError(f"{self.path}: cannot be opened as a FITS file: {one_line(err)}") from err
        if hdu:
            # The primary HDU stands for the first image, as without a number.
            self.selected = (int(hdu) or None) if hdu.isdecimal() else self.index_of_name(hdu)

    def index_of_name(self, name: str) -> int:
        """Return the 0-based number of the first HDU with a name, ignoring case.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if there is none.
        """
        index = 0
        while (hdu := self.raw(index)) is not None:
            if hdu.text("EXTNAME").upper() == name.upper():
                return index
            index += 1
        self.close()
        raise FitsError(f"{self.path}: no HDU has the name {name!r}.")

    def _check_primary(self) -> None:
        """Check the first header, whose numbers astropy uses unchecked when it opens the file."""
        with ExitStack() as stack:
            stream: Any = self._source
            if not isinstance(stream, io.BytesIO):
                stream = stack.enter_context(open(self.path, "rb"))
            stream.seek(0)
            self._is_compressed = stream.read(2) == _GZIP
            self._size_on_disk = stream.seek(0, os.SEEK_END)
            stream.seek(0)
            plain: Any = stack.enter_context(gzip.GzipFile(fileobj=stream)) if self._is_compressed else stream
            if plain.read(6) != b"SIMPLE":
                raise FitsError("it is neither FITS nor FITS compressed by gzip.")
            first = read_header(self.path, plain, 0, 0)
            stream.seek(0)
            assert first is not None, "it has a first card"
            first.check()
            self._check_end(first)
            self._raw.append(first)
            self._n_checked = 1

    def _check_end(self, hdu: RawHdu) -> None:
        """Check the size of a compressed HDU before anything is decompressed.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if the file cannot hold so much, or only with an absurd compression.
        """
        if not self._is_compressed:
            return
        # Rows take memory in addition to their bytes.
        memory = hdu.size + _BYTES_PER_ROW * (hdu.integer("NAXIS2", 0) if hdu.integer("TFIELDS", 0) else 0)
        if max(hdu.end, hdu.data_start + memory) > self.size + BLOCK:
            raise FitsError(
                f"{hdu.where}: {hdu.size} bytes of data in a compressed file of {self._size_on_disk} bytes "
                "are not plausible; if they are right, decompress the file."
            )

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
        number = 0
        while self._check_raw(number):
            number += 1
        return number

    @property
    def expanded_size(self) -> int:
        """Largest number of bytes that compressed data of this file may become."""
        return max(EXPANDED_BYTES, EXPANDED_RATIO * self._size_on_disk)

    @property
    def size(self) -> int:
        """Upper limit of the number of bytes in the file, decompressed."""
        if not self._is_compressed:
            return self._size_on_disk
        return min(self._size_on_disk * GZIP_RATIO, self.expanded_size)

    def has(self, index: int) -> bool:
        """Return whether an HDU with this 0-based number exists, loading no further.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if the file is damaged up to this HDU.
        """
        if index not in self._checked and not self._check_raw(index):
            return False
        try:
            self.hdus[index]
        except IndexError:
            return False
        except Exception as err:
            raise FitsError(f"{self.path}: damaged or truncated at HDU {index}: {one_line(err)}") from err
        return True

    def _check_raw(self, index: int) -> bool:
        """Check headers up to an HDU before astropy uses them, and return whether the HDU exists."""
        raw = self.raw(index)
        for each in self._raw[self._n_checked : index + 1]:
            each.check()
        self._n_checked = max(self._n_checked, min(index + 1, len(self._raw)))
        return raw is not None

    def hdu(self, index: int) -> Any:
        """Return the astropy HDU with a 0-based number.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if there is none.
        """
        if not self.has(index):
            raise self._missing(index)
        hdu = self.hdus[index]
        if index not in self._checked:
            self._check_cards(hdu.header, index)
            self._checked.add(index)
        return hdu

    def _check_cards(self, header: fits.Header, index: int) -> None:
        """Parse all cards: otherwise those that are damaged fail later, anywhere."""
        for number, card in enumerate(header.cards):
            try:
                card.value, card.comment  # noqa: B018 (parsed on access)
            except Exception as err:
                raise FitsError(
                    f"{self.path}[{index}]: card {number} of the header is damaged: {one_line(err)}"
                ) from err

    def default_hdu(self) -> int:
        """Return the HDU that the path names; otherwise 0, or 1 if the primary HDU has no data."""
        if self.selected is not None:
            return self.selected
        return 1 if self.primary.integer("NAXIS") == 0 and self.raw(1) is not None else 0

    @property
    def primary(self) -> RawHdu:
        """The primary HDU, whose header astropy need not parse."""
        return self._raw[0]

    def header(self, index: int) -> fits.Header:
        """Return the header of an HDU as it stands in the file."""
        return self.hdu(index).header

    def checked(self, index: int) -> RawHdu:
        """Return an HDU whose header is parsed on demand.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if there is none, or its header contradicts itself.
        """
        raw = self.raw(index)
        if raw is None:
            raise self._missing(index)
        raw.check()
        return raw

    def _missing(self, index: int) -> FitsError:
        """Return the error of an HDU that is not there."""
        return FitsError(
            f"{self.path}: HDU {index} does not exist; the file has {len(self)} readable HDUs "
            "(it may be truncated)."
        )

    @property
    def _stream(self) -> Any:
        """The open file beneath astropy's HDUs."""
        return self.hdus[0].fileinfo()["file"]

    def raw(self, index: int) -> RawHdu | None:
        """Return an HDU without parsing any header, or `None` if it is missing.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if a header up to there is damaged.
        """
        if index < 0:
            return None
        while len(self._raw) <= index:
            start = self._raw[-1].end if self._raw else 0
            with reading(self.path, "damaged or truncated"):
                found = read_header(self.path, self._stream, len(self._raw), start)
                if found is None:
                    return None
                self._check_end(found)
                check_range("the number of HDUs", len(self._raw) + 1, 1, HDUS)
            self._raw.append(found)
        return self._raw[index]

    def table_bytes(self, index: int) -> bytes:
        """Return the data part of a table HDU: rows, gap and heap.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if the HDU is no table, or the file ends within it.
        """
        hdu = self.raw(index)
        if hdu is None:
            raise self._missing(index)
        if hdu.text("XTENSION") not in ("BINTABLE", "A3DTABLE"):
            raise FitsError(f"{self.path}: HDU {index} is not a binary table.")
        try:
            data = read_bytes(self._stream, hdu.data_start, hdu.size)
        except Exception as err:
            raise FitsError(f"{self.path}: HDU {index} cannot be read: {one_line(err)}") from err
        if len(data) != hdu.size:
            raise FitsError(
                f"{self.path}: truncated: HDU {index} should have {hdu.size} bytes of data, "
                f"the file ends after {len(data)}."
            )
        return data


def _split_extended(path: _Path) -> tuple[_Path, str]:
    """Split an extended file name of cfitsio, ``path[HDU]``, unless a file has this very name."""
    match = _EXTENDED.fullmatch(path) if isinstance(path, str) else None
    return (match[1], match[2]) if match is not None and not os.path.exists(path) else (path, "")  # type: ignore[arg-type]
