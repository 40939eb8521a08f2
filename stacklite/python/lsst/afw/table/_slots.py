"""Slots: the measurements that define centroid, shape and fluxes of a source."""

from __future__ import annotations

__all__ = ["FLUX_SLOTS", "SlotDefinition", "check_slots", "slot_definition"]

from dataclasses import dataclass
from typing import Any

import lsst.pex.exceptions as pex_exceptions
from lsst.pex.exceptions import NotFoundError

from ._aggregates import QuadrupoleKey
from ._covariance import CovarianceMatrix2fKey, CovarianceMatrix3fKey
from ._field import KeyBase, make_key
from ._functor import FunctorKey
from ._point_keys import Point2DKey
from ._schema import Schema

FLUX_SLOTS = ("PsfFlux", "ApFlux", "GaussianFlux", "ModelFlux", "CalibFlux")
"""Names of the slots of fluxes."""

_VALUE_TYPE = "D"
"""Type of the values of all slots, and of the errors of fluxes."""

_FUNCTORS: dict[str, tuple[Any, Any]] = {
    "Centroid": (Point2DKey, CovarianceMatrix2fKey),
    "Shape": (QuadrupoleKey, CovarianceMatrix3fKey),
}


@dataclass(frozen=True, eq=False)
class SlotDefinition:
    """The keys that a slot stands for at the moment; those that do not exist are invalid.

    ``PsfFlux`` is an example of a name.
    """

    _name: str
    _value: KeyBase | FunctorKey
    _error: KeyBase | CovarianceMatrix2fKey | CovarianceMatrix3fKey
    _flag: KeyBase

    def getName(self) -> str:
        """Return the name of the slot."""
        return self._name

    def getAlias(self) -> str:
        """Return the alias that defines the slot."""
        return f"slot_{self._name}"

    def isValid(self) -> bool:
        """Return whether the slot is defined."""
        return bool(self._value.isValid())

    def getMeasKey(self) -> KeyBase | FunctorKey:
        """Return the key of the measurement."""
        return self._value

    def getErrKey(self) -> KeyBase | CovarianceMatrix2fKey | CovarianceMatrix3fKey:
        """Return the key of the uncertainty (or covariance matrix)."""
        return self._error

    def getFlagKey(self) -> KeyBase:
        """Return the key of the flag."""
        return self._flag


def _key(schema: Schema, name: str, kind: str) -> KeyBase:
    return schema.find(name).key if name in schema else make_key(kind)


def slot_definition(schema: Schema, name: str) -> SlotDefinition:
    """Look up the keys of a slot.

    Parameters
    ----------
    schema : `Schema`
        Fields and aliases.
    name : `str`
        ``Centroid``, ``Shape``, or one of `FLUX_SLOTS`.
    """
    alias = f"slot_{name}"
    flag = _key(schema, f"{alias}_flag", "Flag")
    if name in FLUX_SLOTS:
        value, error = (_key(schema, f"{alias}_instFlux{end}", _VALUE_TYPE) for end in ("", "Err"))
        return SlotDefinition(name, value, error, flag)
    value_type, error_type = _FUNCTORS[name]
    names = value_type._names
    has_value = all(f"{alias}_{n}" in schema for n in names)
    has_error = all(f"{alias}_{n}Err" in schema for n in names)
    value = value_type(schema[alias]) if has_value else value_type()
    return SlotDefinition(name, value, error_type(schema[alias], names) if has_error else error_type(), flag)


def check_slots(schema: Schema, changed: str = "") -> None:
    """Check that the slots that an alias changes belong to fields.

    Parameters
    ----------
    schema : `Schema`
        Fields and aliases.
    changed : `str`, optional
        The alias; by default all slots are checked.

    Raises
    ------
    lsst.pex.exceptions.NotFoundError
        Raised if a slot is defined with a field that the schema lacks.
    lsst.pex.exceptions.TypeError
        Raised if such a field has another type than the slot.
    """
    for slot in (*FLUX_SLOTS, *_FUNCTORS):
        alias = f"slot_{slot}"
        if changed and not changed.startswith(alias):
            continue
        parts = ("instFlux",) if slot in FLUX_SLOTS else _FUNCTORS[slot][0]._names
        # The stack resolves the name of a flux, but only the beginning of the names of other fields.
        start = f"{alias}_instFlux" if slot in FLUX_SLOTS else alias
        if schema.getAliasMap().apply(start) == start:
            continue
        for part in parts:
            _check_field(schema, slot, f"{alias}_{part}")


def _check_field(schema: Schema, slot: str, name: str) -> None:
    """Check that a field of a slot exists and has the type of the slot."""
    item = schema._resolve(name)
    target = schema.getAliasMap().apply(name)
    if item is None:
        raise NotFoundError(
            f"the slot {slot} needs the field {target!r}, which is not in the schema; "
            "add the fields before the slot is defined."
        )
    if item.field.getTypeString() != _VALUE_TYPE:
        raise pex_exceptions.TypeError(
            f"the slot {slot} needs a field of type {_VALUE_TYPE}; {target!r} is of type "
            f"{item.field.getTypeString()}."
        )
