"""Classes that butler configurations name, and whose objects stacklite only keeps."""

from __future__ import annotations

__all__ = ["CoaddInputs"]

import os
from typing import NoReturn

from lsst.afw.fits import DEFAULT_HDU
from lsst.afw.typehandling import Storable
from lsst.pex.exceptions import NotFoundError


class _Opaque(Storable):
    """A class without objects: those in files are `OpaquePersistable`."""

    def __new__(cls) -> NoReturn:
        raise NotFoundError(f"stacklite has no {cls.__name__}; objects in files are kept and written back.")

    @classmethod
    def readFits(cls, fileName: str | os.PathLike[str], hdu: int = DEFAULT_HDU) -> NoReturn:
        """Refuse to read an object.

        Raises
        ------
        lsst.pex.exceptions.NotFoundError
            Raised if called, always; the message names the class.
        """
        raise NotFoundError(f"{os.fspath(fileName)}: stacklite has no {cls.__name__}.")


class CoaddInputs(_Opaque):
    """Inputs of a coadd."""
