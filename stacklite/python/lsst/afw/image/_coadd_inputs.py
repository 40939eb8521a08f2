"""Visits and detectors that a coadd was made of."""

from __future__ import annotations

__all__ = ["CoaddInputs"]

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

from lsst.afw.fits import FitsError
from lsst.afw.table import ExposureCatalog, ExposureTable, Schema
from lsst.afw.table._attached import AttachedObjects, id_fields, split_ids
from lsst.afw.table._fits_read import catalog_from_arrays
from lsst.afw.typehandling import Storable
from lsst_stacklite._exposure_components import ID_COLUMNS
from lsst_stacklite._overloads import bind
from lsst_stacklite.archives import FitsReadable, StoredTable, persistable_reader

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs
    from lsst.afw.table.io import OutputArchive
    from lsst.geom import Point2D
    from lsst_stacklite.archives import ArchiveReader

_CHECKS = {"Schema": Schema, "ExposureCatalog": ExposureCatalog}


class CoaddInputs(FitsReadable, Storable):
    """The inputs of a coadd, as catalogs of visits and of detectors.

    Parameters
    ----------
    visitSchema, ccdSchema : `~lsst.afw.table.Schema`, optional
        Schemas of empty catalogs, by default the minimal one.
    visits, ccds : `~lsst.afw.table.ExposureCatalog`
        The catalogs, instead.
    """

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, visitSchema: Schema, ccdSchema: Schema) -> None: ...
    @overload
    def __init__(self, visits: ExposureCatalog, ccds: ExposureCatalog) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(CoaddInputs.__init__, _CHECKS, (self, *args), kwargs)
        if "visits" in given:
            self._visits, self._ccds = given["visits"], given["ccds"]
            return
        schemas = list(given.values()) or [ExposureTable.makeMinimalSchema() for _ in range(2)]
        self._visits, self._ccds = (ExposureCatalog(schema) for schema in schemas)

    def _get_visits(self) -> ExposureCatalog:
        return self._visits

    def _set_visits(self, catalog: ExposureCatalog) -> None:
        self._visits = _checked(catalog)

    def _get_ccds(self) -> ExposureCatalog:
        return self._ccds

    def _set_ccds(self, catalog: ExposureCatalog) -> None:
        self._ccds = _checked(catalog)

    visits = property(_get_visits, _set_visits, doc="The visits, one record for each.")
    ccds = property(_get_ccds, _set_ccds, doc="The detectors of all visits, one record for each.")

    def subset_containing_visits(
        self, point: Point2D, wcs: SkyWcs, includeValidPolygon: bool = False
    ) -> ExposureCatalog:
        """Return the visits that contain a point of the coadd.

        Parameters
        ----------
        point : `~lsst.geom.Point2D`
            Position in the coadd, pixels.
        wcs : `~lsst.afw.geom.SkyWcs`
            WCS of the coadd.
        includeValidPolygon : `bool`, optional
            Whether the point must lie in the valid polygons, too.
        """
        return self._visits.subsetContaining(point, wcs, includeValidPolygon)

    def subset_containing_ccds(
        self, point: Point2D, wcs: SkyWcs, includeValidPolygon: bool = False
    ) -> ExposureCatalog:
        """Return the detectors that contain a point of the coadd; see `subset_containing_visits`."""
        return self._ccds.subsetContaining(point, wcs, includeValidPolygon)

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = None

    def _write_archive(self, archive: OutputArchive) -> list[StoredTable]:
        return [_stored_catalog(catalog, archive) for catalog in (self._visits, self._ccds)]


def _checked(catalog: ExposureCatalog) -> ExposureCatalog:
    if not isinstance(catalog, ExposureCatalog):
        raise TypeError(f"inputs of a coadd are an ExposureCatalog, not {type(catalog).__name__}.")
    return catalog


@persistable_reader("CoaddInputs", of=CoaddInputs, module="lsst.afw.image", id_fields=tuple(ID_COLUMNS))
def _read_coadd_inputs(archive: ArchiveReader, tables: Sequence[StoredTable]) -> CoaddInputs:
    if len(tables) != 2:
        raise FitsError(f"inputs of a coadd are 2 tables, not {len(tables)}.")
    visits, ccds = (_catalog_from_stored(table, archive) for table in tables)
    return CoaddInputs(visits, ccds)


def _stored_catalog(catalog: ExposureCatalog, archive: OutputArchive) -> StoredTable:
    """Return a catalog as a table of an object in an archive, in which its objects are stored, too.

    Parameters
    ----------
    catalog : `ExposureCatalog`
        Catalog.
    archive : `~lsst.afw.table.io.OutputArchive`
        Archive; objects that cannot be stored are left out (as the stack does).
    """
    catalog._check_layout()
    schema = Schema()
    schema.setAliasMap(catalog.schema.getAliasMap())
    for field in (*id_fields(), *(item.field for item in catalog.schema)):
        schema.addField(field)
    # The stack numbers a table before it stores the objects nested in it.
    archive._target(StoredTable(schema, {}, 0))
    ids = catalog._store_objects(archive, permissive=True)
    columns = {name: catalog._column(name) for name in catalog.schema.getOrderedNames()}
    return StoredTable(schema, {**columns, **ids}, len(catalog))


def _catalog_from_stored(table: StoredTable, archive: ArchiveReader) -> ExposureCatalog:
    """Return the catalog that is a table of an object in an archive; see `_stored_catalog`.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if the table lacks the first fields of such catalogs.
    """
    ids, remaining = split_ids(table.schema)
    if not ExposureTable.checkSchema(remaining):
        raise FitsError("a table lacks the first fields of an ExposureCatalog.")
    catalog = catalog_from_arrays(ExposureCatalog, remaining, dict(table.arrays), len(table))
    objects = {ID_COLUMNS[name].name: table.arrays[name] for name in ids}
    AttachedObjects(remaining, archive, objects).attach(catalog)
    return catalog
