"""Catalogs as astropy tables."""

from __future__ import annotations

__all__ = ["to_astropy"]

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ._catalog import BaseCatalog
    from ._field import Field
    from ._schema import Schema


def _unit(field: Field) -> Any:
    from astropy import units

    text = "rad" if field.getTypeString() == "Angle" else field.getUnits()
    return units.Unit(text, parse_strict="silent") if text else None


def _aliases_of(schema: Schema) -> dict[str, list[str]]:
    """Return, for each field, the additional names that aliases give it."""
    out: dict[str, list[str]] = {}
    for alias, target in schema.getAliasMap().items():
        target = schema.getAliasMap().apply(target)
        for name in schema.getOrderedNames():
            if name == target or name.startswith(target + "_"):
                out.setdefault(name, []).append(alias + name[len(target) :])
    return out


def to_astropy(catalog: BaseCatalog, cls: Any, copy: bool, unviewable: str) -> Any:
    """Return an astropy table; see `BaseCatalog.asAstropy`.

    Parameters
    ----------
    catalog : `BaseCatalog`
        Catalog.
    cls : `type` or `None`
        Table class.
    copy : `bool`
        Copy all columns.
    unviewable : `str`
        ``copy``, ``raise`` or ``skip``.
    """
    from astropy.table import Column, Table

    if unviewable not in ("copy", "raise", "skip"):
        raise ValueError(f"unviewable={unviewable!r} is not one of 'copy', 'raise', 'skip'.")
    columns = []
    extra = _aliases_of(catalog._table._schema)
    for item in catalog._table._schema:
        values = catalog[item.field.getName()]
        if not np.may_share_memory(values, catalog._column(item.field.getName())) or values.dtype.hasobject:
            if unviewable == "raise":
                raise ValueError(f"column {item.field.getName()!r} cannot be viewed without a copy.")
            if unviewable == "skip":
                continue
        for name in (item.field.getName(), *extra.get(item.field.getName(), ())):
            doc = item.field.getDoc()
            columns.append(Column(values, name=name, unit=_unit(item.field), description=doc, copy=copy))
    metadata = catalog.getMetadata()
    meta = metadata.toOrderedDict() if metadata is not None else None
    return (cls or Table)(columns, meta=meta, copy=False)
