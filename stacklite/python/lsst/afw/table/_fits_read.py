"""Reading catalogs from FITS files."""

from __future__ import annotations

__all__ = ["catalog_from_arrays", "read_catalog", "read_schema"]

import io
import os
from typing import TYPE_CHECKING, Any, TypeVar

from lsst.afw.fits import DEFAULT_HDU, FitsError
from lsst.afw.fits._errors import reading
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._metadata import metadata_of_items

from ._catalog_types import catalog_class
from ._fits_columns import ReadTable, TableHeader
from ._fits_decode import decode_hdu, decode_table
from ._schema import Schema

if TYPE_CHECKING:
    from ._catalog import BaseCatalog

_Catalog = TypeVar("_Catalog", bound="BaseCatalog")


def catalog_from_arrays(cls: type[_Catalog], schema: Schema, arrays: dict[str, Any], n: int) -> _Catalog:
    """Make a contiguous catalog from whole columns.

    Parameters
    ----------
    cls : `type`
        Catalog class.
    schema : `Schema`
        Fields, with the minimal ones of the class first.
    arrays : `dict` [`str`, `numpy.ndarray`]
        Values by field name.
    n : `int`
        Number of rows.

    Returns
    -------
    catalog : `BaseCatalog`
        New catalog.
    """
    catalog = cls._of(cls.Table.make(schema))
    if n:
        catalog._table.preallocate(n)
        block, _ = catalog._table._allocate(n)
        for name in block.data.dtype.names or ():
            block.data[name] = arrays[name]
        catalog._blocks, catalog._rows = [block] * n, list(range(n))
    return catalog


def _catalog_class(header: TableHeader) -> type[BaseCatalog]:
    return catalog_class(str(header.special.get("AFW_TYPE", "BASE")), header.where)


def _table_index(hdu: int) -> int:
    return 1 if hdu == DEFAULT_HDU else hdu


def read_catalog(
    cls: type[_Catalog],
    source: str | os.PathLike[str] | io.BytesIO,
    hdu: int = DEFAULT_HDU,
    flags: int = 0,
) -> _Catalog:
    """Read a catalog of the class that the file names.

    Parameters
    ----------
    cls : `type`
        Class that is asked for; the class found must be it or derived from
        it (a plain table is accepted by any class whose fields it has).
    source : `str`, `os.PathLike` or `io.BytesIO`
        Path, or the content of a file.
    hdu : `int`, optional
        0-based number, by default 1.
    flags : `int`, optional
        What to leave out.

    Returns
    -------
    catalog : `BaseCatalog`
        The catalog.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if it cannot be read.
    """
    with FitsFile(source) as file, reading(file.path):
        index = _table_index(hdu)
        header, data = decode_hdu(file, index)
        found = _catalog_class(header)
        if not issubclass(found, cls):
            raise FitsError(f"{header.where}: holds a {found.__name__}, not a {cls.__name__}.")
        schema, arrays = decode_table(header, data)
        objects = found._take_objects(ReadTable(file, index, header, schema, arrays, flags))
        if not found.Table._check_schema(objects.schema):
            raise FitsError(f"{header.where}: lacks the first fields of a {found.__name__}.")
        catalog = catalog_from_arrays(found, objects.schema, arrays, header.n_rows)
        objects.attach(catalog)
        catalog.setMetadata(metadata_of_items(header.metadata))
    return catalog


def read_schema(source: str | os.PathLike[str], hdu: int = DEFAULT_HDU) -> Schema:
    """Read the fields of a catalog file.

    Parameters
    ----------
    source : `str` or `os.PathLike`
        Path.
    hdu : `int`, optional
        0-based number, by default 1.

    Returns
    -------
    schema : `Schema`
        Fields; ID columns of attached objects are left out.
    """
    with FitsFile(source) as file, reading(file.path):
        index = _table_index(hdu)
        header, data = decode_hdu(file, index)
        schema, arrays = decode_table(header, data)
        table = ReadTable(None, index, header, schema, arrays)
        return _catalog_class(header)._take_objects(table).schema
