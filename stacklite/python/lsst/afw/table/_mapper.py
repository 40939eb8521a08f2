"""Mapping from the fields of one schema to those of another."""

from __future__ import annotations

__all__ = ["SchemaMapper"]

from collections.abc import Sequence
from typing import Any, overload

from lsst.pex.exceptions import LengthError, LogicError, NotFoundError
from lsst_stacklite._overloads import bind

from ._field import FieldBase, KeyBase
from ._schema import Schema


class SchemaMapper:
    """A mapping from the fields of an input schema to those of an output schema.

    Parameters
    ----------
    input : `Schema`
        Schema of the records to copy from.
    output : `Schema`, optional
        Output schema to begin with, by default an empty one.
    shareAliasMap : `bool`, optional
        Whether the (empty) output schema shares the aliases of the input.
    """

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, input: Schema, output: Schema, /) -> None: ...  # noqa: A002
    @overload
    def __init__(self, input: Schema, shareAliasMap: bool = False) -> None: ...  # noqa: A002
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        checks = {"Schema": Schema, "bool": bool}
        given = bind(SchemaMapper.__init__, checks, (self, *args), kwargs)
        self._input = Schema(given["input"]) if "input" in given else Schema()
        self._output = Schema(given["output"]) if "output" in given else Schema()
        self._map: dict[str, str] = {}
        if given.get("shareAliasMap", False):
            self._output.setAliasMap(given["input"].getAliasMap())

    def __eq__(self, other: object) -> bool:
        """Return whether both schemas are identical, and the same fields are mapped."""
        if not isinstance(other, SchemaMapper):
            return NotImplemented
        pairs = ((self._input, other._input), (self._output, other._output))
        same = all(a.compare(b, Schema.IDENTICAL) == Schema.IDENTICAL for a, b in pairs)
        return same and self._names() == other._names()

    __hash__ = None  # type: ignore[assignment]

    @staticmethod
    def join(inputs: Sequence[Schema], prefixes: Sequence[str] = ()) -> list[SchemaMapper]:
        """Return mappers from several schemas to one that has the fields of all.

        Parameters
        ----------
        inputs : `~collections.abc.Sequence` [`Schema`]
            Schemas to copy from.
        prefixes : `~collections.abc.Sequence` [`str`], optional
            What the names of the fields of each begin with in the output.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if there are prefixes, but not one for each schema.
        """
        prefixes = list(prefixes) or [""] * len(inputs)
        if len(prefixes) != len(inputs):
            raise LengthError(f"{len(inputs)} schemas cannot be joined with {len(prefixes)} prefixes.")
        mappers = [SchemaMapper(schema) for schema in inputs]
        for number, (schema, prefix) in enumerate(zip(inputs, prefixes, strict=True)):
            for item in schema:
                field = item.field.copyRenamed(prefix + item.field.getName())
                for other, mapper in enumerate(mappers):
                    if other == number:
                        mapper.addMapping(item.key, field)
                    else:
                        mapper.addOutputField(field)
        return mappers

    def getInputSchema(self) -> Schema:
        """Return the input schema."""
        return Schema(self._input)

    def getOutputSchema(self) -> Schema:
        """Return a copy of the output schema."""
        return Schema(self._output)

    def editOutputSchema(self) -> Schema:
        """Return the output schema itself, to be modified."""
        return self._output

    @staticmethod
    def removeMinimalSchema(input: Schema, minimal: Schema, /) -> SchemaMapper:  # noqa: A002
        """Return a mapper of all fields of a schema except those of another one.

        Parameters
        ----------
        input : `Schema`
            Schema to copy from.
        minimal : `Schema`
            Fields to leave out.
        """
        mapper = SchemaMapper(input)
        for item in input:
            if item.key not in minimal:
                mapper.addMapping(item.key)
        return mapper

    def addMapping(
        self,
        input: KeyBase | str,  # noqa: A002
        output: FieldBase | str | bool | None = None,
        doReplace: bool = True,
    ) -> KeyBase:
        """Map an input field to a new (or existing) output field.

        The output field of an input field that is mapped already is replaced,
        and keeps its place.

        Parameters
        ----------
        input : `Key` or `str`
            Key or name of the input field.
        output : `Field` or `str`, optional
            Output field, or a new name for it; by default as the input. The
            input field needs to be in the input schema only without an output
            field.
        doReplace : `bool`, optional
            Whether the output field may exist.

        Returns
        -------
        key : `Key`
            Key of the output field.

        Raises
        ------
        KeyError
            Raised if there is no such field in the input schema.
        lsst.pex.exceptions.LogicError
            Raised if the types of the two fields differ.
        lsst.pex.exceptions.InvalidParameterError
            Raised if another output field has the name, and must not or cannot
            be replaced.
        """
        if isinstance(output, bool):
            doReplace, output = output, None
        source, output = self._source_and_field(input, output)
        if output._layout() != source._layout():
            raise LogicError(
                f"field {output.getName()!r} cannot be filled from {source!r}: the types differ."
            )
        mapped = self._map.get(str(source._name))
        if mapped is None:
            out = self._output.addField(output, doReplace=doReplace)
        else:
            out = self._output._replace_field(mapped, output)
        self._map[str(source._name)] = str(out._name)
        return out

    def _source_and_field(
        self, source: KeyBase | str, output: FieldBase | str | None
    ) -> tuple[KeyBase, FieldBase]:
        """Return the key of the input field, and the output field; see `addMapping`."""
        if isinstance(output, FieldBase) and isinstance(source, KeyBase):
            return source, output
        key, field = self._input.find(source)
        if isinstance(output, str):
            return key, field.copyRenamed(output)
        return key, field if output is None else output

    def addOutputField(
        self,
        field: FieldBase | str,
        type: Any = None,  # noqa: A002
        doc: str | None = None,
        units: str = "",
        size: int | None = None,
        doReplace: bool = False,
        parse_strict: str = "raise",
    ) -> KeyBase:
        """Add an output field that is not filled from the input; see `Schema.addField`."""
        return self._output.addField(field, type, doc or "", units, size, doReplace, parse_strict)

    def addMinimalSchema(self, minimal: Schema, doMap: bool = True) -> None:
        """Begin the output schema with the fields of another schema.

        Parameters
        ----------
        minimal : `Schema`
            Fields to add; the output schema must be empty.
        doMap : `bool`, optional
            Whether those that the input has are filled from it.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the output schema has fields already.
        """
        if self._output.getFieldCount():
            raise LogicError("a minimal schema must be added before all other fields.")
        for item in minimal:
            self._output.addField(item.field)
            name = item.field.getName()
            source = self._input._items.get(name)
            if doMap and source is not None and source.key._layout() == item.key._layout():
                self._map[name] = name

    def isMapped(self, key: KeyBase, /) -> bool:
        """Return whether an input field is mapped."""
        return key._name in self._map

    def getMapping(self, key: KeyBase, /) -> KeyBase:
        """Return the output key of an input key.

        Raises
        ------
        lsst.pex.exceptions.NotFoundError
            Raised if it is not mapped.
        """
        if key._name not in self._map:
            raise NotFoundError(f"{key!r} is not mapped.")
        return self._output._items[self._map[key._name]].key

    def _names(self) -> list[tuple[str, str]]:
        return list(self._map.items())

    def _check(self, source: Schema, target: Schema) -> None:
        """Check that records fit to this mapper.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if a mapped field is missing, or has another type.
        """
        for schema, mine, names, role in (
            (source, self._input, self._map.keys(), "input"),
            (target, self._output, self._map.values(), "output"),
        ):
            for name in names:
                theirs, expected = schema._items.get(name), mine._items.get(name)
                if theirs is None or (expected and theirs.key._layout() != expected.key._layout()):
                    raise LogicError(f"field {name!r} of the mapper's {role} schema is not in the record.")
