"""From instrumental flux and calibration to nJy and AB magnitude, also as columns of catalogs."""

from __future__ import annotations

__all__ = [
    "AB_FLUX_NJY",
    "MAGNITUDE",
    "NANOJANSKY",
    "Measurement",
    "Quantity",
    "divide",
    "inst_flux_fields",
    "with_calibrated_columns",
]

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lsst.afw.table import SchemaMapper
from lsst.afw.table._field import KeyBase, make_field
from lsst.pex.exceptions import NotFoundError

from ._ab_magnitudes import MAG_PER_E_FOLD

if TYPE_CHECKING:
    from lsst.afw.table import Schema, SourceCatalog

AB_FLUX_NJY = 1e23 * 10.0 ** (48.6 / -2.5) * 1e9  # in this order, for the last digits of the stack
"""Flux of AB magnitude 0, in nJy."""

_SUFFIX = "_instFlux"


@dataclass(frozen=True, eq=False)
class Measurement:
    """A value and its 1-sigma error; equal only to itself."""

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:g} +- {self.error:g}"


def _read_fluxes(source: Any, field: str) -> tuple[Any, Any]:
    """Return ``<field>_instFlux`` and ``<field>_instFluxErr`` of a record or catalog.

    The second is None if there is no such field.
    """
    error = f"{field}{_SUFFIX}Err"
    if f"{field}{_SUFFIX}" not in source.schema:
        raise NotFoundError(f"the catalog has no field {field + _SUFFIX!r}.")
    return source[f"{field}{_SUFFIX}"], source[error] if error in source.schema else None


class Quantity(NamedTuple):
    """Quantity computed from an instrumental flux and a calibration, and its column."""

    suffix: str
    doc: str
    unit: str
    convert: Callable[..., tuple[Any, Any]]
    """Function of flux, error and calibration that returns value and error."""


def divide(numerator: Any, denominator: Any) -> Any:
    """Divide as C does: infinity or NaN instead of an exception."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.divide(numerator, denominator)


def _to_nanojansky(flux: Any, err: Any, factor: Any) -> tuple[Any, Any]:
    """Return nJy and error."""
    with np.errstate(invalid="ignore", over="ignore"):
        return np.multiply(flux, factor), np.multiply(err, factor)


def _to_magnitude(flux: Any, err: Any, factor: Any) -> tuple[Any, Any]:
    """Return AB magnitude and error."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        magnitude = -2.5 * np.log10(np.multiply(flux, factor) / AB_FLUX_NJY)
    return magnitude, MAG_PER_E_FOLD * divide(err, flux)


NANOJANSKY = Quantity("flux", "flux", "nJy", _to_nanojansky)
MAGNITUDE = Quantity("mag", "magnitude", "mag(AB)", _to_magnitude)


def inst_flux_fields(schema: Schema) -> list[str]:
    """Return the fields ``<name>_instFlux`` of a schema, without the suffix."""
    return [name.removesuffix(_SUFFIX) for name in schema.getOrderedNames() if name.endswith(_SUFFIX)]


def with_calibrated_columns(
    catalog: SourceCatalog, fields: Sequence[str], quantities: Sequence[Quantity], calibration: Any
) -> SourceCatalog:
    """Return a copy of a catalog with calibrated columns.

    Parameters
    ----------
    catalog : `lsst.afw.table.SourceCatalog`
        Sources with ``<field>_instFlux``; ``<field>_instFluxErr`` may be
        missing, then there are no errors.
    fields : `~collections.abc.Sequence` [`str`]
        Fields to calibrate.
    quantities : `~collections.abc.Sequence` [`Quantity`]
        Quantities to compute.
    calibration : `float` or `numpy.ndarray`, shape (n,)
        Calibration at the sources.

    Returns
    -------
    catalog : `lsst.afw.table.SourceCatalog`
        All columns of the input, then ``<field>_<quantity>`` and
        ``<field>_<quantity>Err``, which replace columns of that name.

    Raises
    ------
    lsst.pex.exceptions.NotFoundError
        Raised if there is no ``<field>_instFlux``.
    """
    mapper = SchemaMapper(catalog.schema, True)
    mapper.addMinimalSchema(catalog.schema)
    columns: list[tuple[KeyBase, Any]] = []
    for field in fields:
        flux, error = _read_fluxes(catalog, field)
        # New columns have the prefix of the real one, so that a slot finds them, too.
        stem = catalog.schema.getAliasMap().apply(field + _SUFFIX).removesuffix(_SUFFIX)
        for quantity in quantities:
            value, value_error = quantity.convert(flux, 0.0 if error is None else error, calibration)
            name, doc = f"{stem}_{quantity.suffix}", f"calibrated {quantity.doc}"
            column = make_field("D", name, doc, quantity.unit)
            columns.append((mapper.addOutputField(column, doReplace=True), value))
            if error is not None:
                column = make_field("D", f"{name}Err", f"1-sigma error of the {doc}", quantity.unit)
                columns.append((mapper.addOutputField(column, doReplace=True), value_error))
    result = type(catalog)(mapper.getOutputSchema())
    result.extend(catalog, mapper=mapper)
    for key, value in columns:
        result[key] = value
    return result
