"""Classes of catalogs by the names of types in files."""

from __future__ import annotations

__all__ = ["catalog_class", "catalog_type"]

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from lsst.afw.fits import FitsError

if TYPE_CHECKING:
    from ._catalog import BaseCatalog

_Catalog = TypeVar("_Catalog", bound="type[BaseCatalog]")

_CLASSES: dict[str, type[BaseCatalog]] = {}


def catalog_type(*names: str) -> Callable[[_Catalog], _Catalog]:
    """Register a class of catalogs by its type, and let its tables know it.

    Parameters
    ----------
    *names : `str`
        Values of ``AFW_TYPE`` in headers that mean this class, too.

    Returns
    -------
    decorator : `~collections.abc.Callable`
        Decorator of the class.
    """

    def register(cls: _Catalog) -> _Catalog:
        cls.Table.Catalog = cls
        for name in (cls.Table._afw_type, *names):
            _CLASSES[name] = cls
        return cls

    return register


def catalog_class(name: str, where: str) -> type[BaseCatalog]:
    """Return the class of catalogs of a type.

    Parameters
    ----------
    name : `str`
        Value of ``AFW_TYPE``.
    where : `str`
        Whose header that is, for the message.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if there is no such class.
    """
    if name not in _CLASSES:
        raise FitsError(f"{where}: catalogs of type {name} are not supported.")
    return _CLASSES[name]
