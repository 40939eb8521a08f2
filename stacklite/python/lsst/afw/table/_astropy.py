"""Catalogs as astropy tables."""

from __future__ import annotations

__all__ = ["to_astropy"]

from typing import TYPE_CHECKING, Any

from astropy import units

if TYPE_CHECKING:
    from ._catalog import BaseCatalog
    from ._field import FieldBase


def _unit(field: FieldBase) -> Any:
    text = "rad" if field.getTypeString() == "Angle" else field.getUnits()
    return units.Unit(text, parse_strict="silent") if text else None


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
    # It takes a fifth of a second to import, and few programs that read catalogs need it.
    from astropy.table import Column, Table

    if unviewable not in ("copy", "raise", "skip"):
        raise ValueError(f"unviewable={unviewable!r} is not one of 'copy', 'raise', 'skip'.")
    columns = []
    scattered = not catalog.isContiguous()
    for name, item in catalog._table._schema.extract("*").items():
        ragged = item.field._type.is_array and item.field._varies
        copied = scattered or item.field.getTypeString() in ("Flag", "String")
        if ragged or (copied and not copy):
            if unviewable == "raise":
                kind = "Cannot extract variable-length array fields" if ragged else "Cannot view fields"
                raise ValueError(
                    f"{kind} such as {item.field.getName()!r} without a copy; use unviewable='skip'."
                )
            if ragged or unviewable == "skip":
                continue
        doc = item.field.getDoc()
        values = catalog._values(item.field)
        columns.append(Column(values, name=name, unit=_unit(item.field), description=doc, copy=copy))
    metadata = catalog.getMetadata()
    meta = metadata.toOrderedDict() if metadata is not None else None
    return (cls or Table)(columns, meta=meta, copy=False)
