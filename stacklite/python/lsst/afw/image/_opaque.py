"""Classes that butler configurations name, and whose objects stacklite only keeps."""

from __future__ import annotations

__all__ = ["CoaddInputs"]

import os
from typing import Any, NoReturn, overload

from lsst.afw.fits import DEFAULT_HDU, MemFileManager
from lsst.afw.fits._memory import FILE_KINDS, file_of
from lsst.afw.typehandling import Storable
from lsst.pex.exceptions import NotFoundError
from lsst_stacklite._overloads import bind


class _Opaque(Storable):
    """A class without objects: those in files are `OpaquePersistable`."""

    def __new__(cls) -> NoReturn:
        raise NotFoundError(f"stacklite has no {cls.__name__}; objects in files are kept and written back.")

    @overload
    @classmethod
    def readFits(cls, fileName: str | os.PathLike[str], hdu: int = DEFAULT_HDU) -> NoReturn: ...
    @overload
    @classmethod
    def readFits(cls, manager: MemFileManager, hdu: int = DEFAULT_HDU) -> NoReturn: ...
    @classmethod
    def readFits(cls, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse to read an object.

        Raises
        ------
        lsst.pex.exceptions.NotFoundError
            Raised if called, always; the message names the class.
        """
        source = file_of(bind(cls.readFits, FILE_KINDS, (cls, *args), kwargs))
        name = "<memory>" if isinstance(source, MemFileManager) else os.fspath(source)
        raise NotFoundError(f"{name}: stacklite has no {cls.__name__}.")


class CoaddInputs(_Opaque):
    """Inputs of a coadd."""
