"""Writing catalogs to FITS files."""

from __future__ import annotations

__all__ = ["catalog_hdus", "pickle_catalog", "write_catalog"]

import io
import os
from typing import TYPE_CHECKING, Any

from lsst.afw.fits import FitsError, MemFileManager
from lsst.afw.fits._metadata import metadata_cards
from lsst.afw.fits._writing import empty_primary, write_hdus
from lsst.pex.exceptions import LengthError

from ._fits_encode import TABLE_VERSION, encode_table
from ._fits_read import read_catalog
from ._schema import Schema
from .io._output_archive import fill_archive

if TYPE_CHECKING:
    from ._catalog import BaseCatalog

EXPOSURE_TABLE_VERSION = 5

_TYPE_COMMENTS = {
    "SIMPLE": "Tells lsst::afw to load this as a Simple table.",
    "SOURCE": "Tells lsst::afw to load this as a Source table.",
    "EXPOSURE": "Tells lsst::afw to load this as an Exposure table.",
}


def _trailer(kind: str, has_archive: bool) -> list[tuple[str, Any, str]]:
    cards: list[tuple[str, Any, str]] = []
    if kind == "SOURCE" and has_archive:
        cards.append(("AR_HDU", 3, "HDU (1-indexed) containing the archive index for non-record data."))
    cards.append(("AFW_TABLE_VERSION", TABLE_VERSION, ""))
    if kind != "BASE":
        cards.append(("AFW_TYPE", kind, _TYPE_COMMENTS[kind]))
    if kind == "EXPOSURE":
        cards.append(("EXPTABLE_VER", EXPOSURE_TABLE_VERSION, "Exposure table version"))
    return cards


def catalog_hdus(catalog: BaseCatalog, flags: int = 0) -> list[bytes]:
    """Serialize a catalog and its archive.

    Parameters
    ----------
    catalog : `BaseCatalog`
        Catalog.
    flags : `int`, optional
        What to leave out.

    Returns
    -------
    hdus : `list` [`bytes`]
        The records, then (for classes that own objects) the archive.

    Raises
    ------
    lsst.pex.exceptions.LengthError
        Raised if the catalog has no fields.
    lsst.pex.exceptions.LogicError
        Raised if a record has another schema than the catalog.
    """
    own = catalog._table._schema
    if not own.getFieldCount():
        raise LengthError("a catalog without fields cannot be written.")
    catalog._check_layout()
    archive, (fields, ids) = fill_archive(lambda archive: catalog._write_objects(archive, flags))
    schema = Schema()
    schema.setAliasMap(own.getAliasMap())
    kind = catalog._table._afw_type
    last = [] if kind == "EXPOSURE" else fields
    for field in [*(f for f in fields if kind == "EXPOSURE"), *(i.field for i in own), *last]:
        schema.addField(field)
    arrays = {**{name: catalog._column(name) for name in own.getOrderedNames()}, **ids}
    cards = metadata_cards(catalog.getMetadata())
    table = encode_table(schema, arrays, len(catalog), cards, _trailer(kind, bool(fields)))
    return [table, *(archive.to_hdus() if fields else ())]


def write_catalog(
    catalog: BaseCatalog, path: str | os.PathLike[str], mode: str = "w", flags: int = 0
) -> None:
    """Write a catalog to a file; see `BaseCatalog.writeFits`."""
    hdus = catalog_hdus(catalog, flags)
    is_file = not isinstance(path, MemFileManager) and os.path.exists(path)
    if mode == "a" and catalog._table._afw_type == "SOURCE" and len(hdus) > 1 and is_file:
        raise FitsError(
            f"{path}: source catalogs cannot be appended, their archive must be HDU 2 "
            "(flags=lsst.afw.table.SOURCE_IO_NO_FOOTPRINTS writes none)."
        )
    write_hdus(path, hdus, mode)


def _unpickle(cls: type[BaseCatalog], content: bytes) -> BaseCatalog:
    return read_catalog(cls, io.BytesIO(content))


def pickle_catalog(catalog: BaseCatalog) -> tuple[Any, ...]:
    """Return the bytes of a FITS file, from which pickle makes a catalog."""
    return _unpickle, (type(catalog), empty_primary() + b"".join(catalog_hdus(catalog)))
