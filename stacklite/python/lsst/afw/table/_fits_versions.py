"""Compound columns and names of older table versions."""

from __future__ import annotations

__all__ = ["compound_parts", "old_aliases", "renamed_flag"]

from typing import TYPE_CHECKING

import numpy as np

from ._field import FieldBase, make_field
from ._fits_columns import Column, TableHeader

if TYPE_CHECKING:
    from ._schema import Schema

_SLOTS = {
    "PSF_FLUX_SLOT": "slot_PsfFlux",
    "AP_FLUX_SLOT": "slot_ApFlux",
    "INST_FLUX_SLOT": "slot_GaussianFlux",
    "MODEL_FLUX_SLOT": "slot_ModelFlux",
    "CALIB_FLUX_SLOT": "slot_CalibFlux",
    "CENTROID_SLOT": "slot_Centroid",
    "SHAPE_SLOT": "slot_Shape",
}


def _covariance_names(column: Column) -> list[str]:
    if column.template == "Covariance(Point)":
        return ["x", "y"]
    if column.template == "Covariance(Moments)":
        return ["xx", "yy", "xy"]
    n = int((np.sqrt(8 * column.repeat + 1) - 1) // 2)
    return [str(i) for i in range(n)]


def _covariance_parts(column: Column, values: np.ndarray) -> list[tuple[FieldBase, np.ndarray]]:
    names = _covariance_names(column)
    parts = []
    for i, name in enumerate(names):
        variance = values[:, i + i * (i + 1) // 2]
        units = column.units.removesuffix("^2")
        parts.append((make_field("F", f"{column.name}_{name}Err", column.doc, units), np.sqrt(variance)))
    for j in range(len(names)):
        for i in range(j):
            field = make_field("F", f"{column.name}_{names[i]}_{names[j]}_Cov", column.doc, column.units)
            parts.append((field, values[:, i + j * (j + 1) // 2]))
    return parts


def compound_parts(column: Column, values: np.ndarray) -> list[tuple[FieldBase, np.ndarray]]:
    """Split a compound column into the fields that replaced it.

    Parameters
    ----------
    column : `Column`
        A column whose TCCLS is Point, Coord, Moments or a covariance.
    values : `numpy.ndarray`
        Values, shape (rows, elements).

    Returns
    -------
    parts : `list` [`tuple`]
        Fields with their values.
    """
    if column.template.startswith("Covariance"):
        return _covariance_parts(column, values)
    kind = "I" if column.letter == "J" else "D"
    suffixes: dict[str, tuple[str, ...]] = {
        "Point": ("x", "y"),
        "Coord": ("ra", "dec"),
        "Moments": ("xx", "yy", "xy"),
    }
    units = column.units
    if column.template == "Coord":
        kind, units = "Angle", ""
    return [
        (make_field(kind, f"{column.name}_{suffix}", column.doc, units), values[:, i])
        for i, suffix in enumerate(suffixes[column.template])
    ]


def renamed_flag(name: str, version: int) -> tuple[str, str]:
    """Return the present name of a flag, and the old one if it differs."""
    if version == 0 and "flags" in name:
        return name.replace("flags", "flag", 1), name
    return name, ""


def _flux_aliases(schema: Schema) -> list[tuple[str, str]]:
    aliases = []
    for item in schema:
        name, units = item.field.getName(), item.field.getUnits().lower()
        counts = any(u in units for u in ("count", "dn", "adu"))
        if "flux" in name and (counts or ("modelfit_CModel" in name and not units)):
            aliases.append((name.replace("flux", "instFlux"), name))
    return aliases


def _version_0_aliases(schema: Schema, header: TableHeader) -> list[tuple[str, str]]:
    slots = {k: str(v) for k, v, _ in header.metadata if k in _SLOTS}
    header.metadata = [m for m in header.metadata if m[0] not in _SLOTS]
    aliases = [(_SLOTS[key], target) for key, target in slots.items()]
    names = set(schema.getNames())
    for name in names:
        if name.endswith("_err") and name.removesuffix("_err") in names:
            aliases += [(name.removesuffix("_err") + "_instFlux", name.removesuffix("_err"))]
            aliases += [(name.removesuffix("_err") + "_instFluxErr", name)]
        elif "_err_" in name:
            base, _, rest = name.partition("_err_")
            aliases.append((f"{base}_{rest}", name))
    return aliases


def old_aliases(schema: Schema, header: TableHeader) -> list[tuple[str, str]]:
    """Return the aliases that give the fields of old files their present names.

    Parameters
    ----------
    schema : `Schema`
        Fields found.
    header : `TableHeader`
        Header; slot keywords of version 0 are taken out of its metadata.

    Returns
    -------
    aliases : `list` [`tuple` [`str`, `str`]]
        (alias, target) pairs.
    """
    aliases: list[tuple[str, str]] = []
    if header.version == 0:
        return _version_0_aliases(schema, header)
    if header.version <= 2:
        aliases += _flux_aliases(schema)
    if header.version <= 1:
        sigmas = [n for n in schema.getNames() if n.endswith("Sigma")]
        aliases += [(n.removesuffix("Sigma") + "Err", n) for n in sigmas]
    return aliases
