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

    Raises
    ------
    ValueError
        Raised if ``unviewable`` is something else, or ``raise`` and there are such columns.
    """
    # It takes a fifth of a second to import, and few programs that read catalogs need it.
    from astropy.table import Column, Table

    if unviewable not in ("copy", "raise", "skip"):
        raise ValueError(f"unviewable={unviewable!r} is not one of 'copy', 'raise', 'skip'.")
    columns = []
    # Looks at all records.
    are_adjacent = catalog.isContiguous()
    for name, item in catalog._table._schema.extract("*").items():
        field = item.field
        if _is_column(field, are_adjacent, copy, unviewable):
            values = catalog._values(field)
            columns.append(
                Column(values, name=name, unit=_unit(field), description=field.getDoc(), copy=copy)
            )
    metadata = catalog.getMetadata()
    meta = metadata.toOrderedDict() if metadata is not None else None
    return (cls or Table)(columns, meta=meta, copy=False)


def _is_column(field: FieldBase, are_adjacent: bool, copy: bool, unviewable: str) -> bool:
    """Return whether a field becomes a column of an astropy table.

    Raises
    ------
    ValueError
        Raised if it cannot be one, and ``unviewable`` is ``raise``.
    """
    is_ragged = field._type.is_array and field._varies
    is_view = are_adjacent and field.getTypeString() not in ("Flag", "String")
    if not is_ragged and (copy or is_view):
        return True
    if unviewable == "raise":
        kind = "Cannot extract variable-length array fields" if is_ragged else "Cannot view fields"
        raise ValueError(f"{kind} such as {field.getName()!r} without a copy; use unviewable='skip'.")
    # Arrays of different lengths have no column, whether or not they may be copied.
    return not is_ragged and unviewable == "copy"
