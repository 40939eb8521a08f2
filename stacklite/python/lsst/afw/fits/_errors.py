"""The error of reading and writing FITS files."""

from __future__ import annotations

__all__ = ["FitsError", "check_range", "one_line", "reading", "stamp_size"]

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import lsst.pex.exceptions as pex_exceptions
from lsst.pex.exceptions import IoError
from lsst_stacklite._limits import STAMP_SIDE


class FitsError(IoError):
    """A FITS file is missing, damaged, or of another kind than expected."""


@contextmanager
def reading(
    where: str, what: str = "the file is damaged", error: type[IoError] = FitsError
) -> Iterator[None]:
    """Turn all errors that the content of a file causes into `FitsError`.

    Parameters
    ----------
    where : `str`
        File (and HDU) for the message.
    what : `str`, optional
        What went wrong, for the message.
    error : `type`, optional
        Class of the errors; another one where the file is no FITS file.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if the block raises an error that is not one of the stack. Errors
        of the stack keep their class, and the file is added to a message that
        does not name it.
    MemoryError
        Raised if the block raises it: sizes are checked before anything is
        allocated, so it is not the fault of the file.
    """
    file = where.rpartition("[")[0] or where
    try:
        yield
    except pex_exceptions.Exception as err:
        if file in str(err):
            raise
        raise type(err)(f"{where}: {err}") from err
    except MemoryError:
        raise
    except Exception as err:
        text = " ".join(str(err).split())
        raise error(f"{where}: {what}: {type(err).__name__}: {text}") from err


def one_line(err: BaseException) -> str:
    """Return the text of an error without line breaks; the name of its class if it has none."""
    return " ".join(str(err).split()) or type(err).__name__


def check_range(what: str, value: float, low: float, high: float) -> None:
    """Check a number of a file before memory of that size is allocated.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if it is outside the range, or not a number.
    """
    if not low <= value <= high:
        raise FitsError(f"{what} is {value}, which is not in the range {low} to {high}.")


def stamp_size(row: Any) -> tuple[int, int]:
    """Return width and height of a PSF or kernel from its row of an archive.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if they are not positive, or larger than any PSF.
    """
    width, height = (int(row[f"dimensions_{axis}"]) for axis in "xy")
    for axis, size in (("width", width), ("height", height)):
        check_range(f"the {axis} of the images", size, 1, STAMP_SIDE)
    return width, height
