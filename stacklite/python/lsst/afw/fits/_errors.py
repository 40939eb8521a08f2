"""The error of everything that reads or writes FITS files."""

from __future__ import annotations

__all__ = ["FitsError", "FitsTypeError", "reading"]

from collections.abc import Iterator
from contextlib import contextmanager

from lsst.pex.exceptions import IoError


class FitsError(IoError):
    """A FITS file is missing, damaged, or not what it should be."""


class FitsTypeError(FitsError):
    """A value or column has a type that FITS cannot hold."""


@contextmanager
def reading(where: str, what: str = "the file is damaged") -> Iterator[None]:
    """Turn whatever the content of a file causes into a `FitsError`.

    Parameters
    ----------
    where : `str`
        File (and HDU) for the message.
    what : `str`, optional
        What went wrong, for the message.

    Raises
    ------
    FitsError
        Raised instead of any other error; one that is a `FitsError` already
        passes unchanged.
    """
    try:
        yield
    except FitsError:
        raise
    except Exception as err:
        text = " ".join(str(err).split())
        raise FitsError(f"{where}: {what}: {type(err).__name__}: {text}") from err
