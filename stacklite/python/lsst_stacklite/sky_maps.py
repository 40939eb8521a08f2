"""Loading of pickled sky maps without running the code in the pickle.

The pickle of a sky map holds a configuration as a Python script, which
`pickle.loads` executes. Here the script is parsed, and settings of known
fields to plain values are applied; nothing is executed.
"""

from __future__ import annotations

__all__ = ["SkyMapFormatter", "load_sky_map"]

import ast
import math
import pickle
from collections.abc import Mapping
from typing import Any, NamedTuple

from lsst.afw.fits._errors import reading
from lsst.daf.butler.formatters.pickle import PickleFormatter
from lsst.pex.config import Config, ConfigChoiceField
from lsst.pex.exceptions import IoError
from lsst.resources import ResourcePath
from lsst.skymap import BaseSkyMap, DiscreteSkyMap, DiscreteSkyMapConfig
from lsst.skymap.ringsSkyMap import RingsSkyMap, RingsSkyMapConfig

from ._limits import SKY_MAP_PATCH, SKY_MAP_RINGS, SKY_MAP_SCRIPT
from ._safe_pickle import restricted_loads

_OLD_FIELDS = frozenset({"patchInnerDimensions", "patchBorder"})
_NON_FINITE = frozenset({"nan", "inf", "-inf"})


class _Call(NamedTuple):
    """A call that a pickle contains and that is not made."""

    function: _Name
    args: tuple[Any, ...]


class _Name(NamedTuple):
    """A class or function that a pickle may name."""

    module: str
    name: str

    def __call__(self, *args: Any) -> _Call:
        return _Call(self, args)


_UNREDUCE = _Name("lsst.pex.config.config", "unreduceConfig")
_CLASSES: Mapping[_Name, tuple[_Name, type[BaseSkyMap], type[Config]]] = {
    _Name(cls.__module__, cls.__name__): (_Name(config.__module__, config.__name__), cls, config)
    for cls, config in ((RingsSkyMap, RingsSkyMapConfig), (DiscreteSkyMap, DiscreteSkyMapConfig))
}
_ALLOWED: Mapping[tuple[str, str], _Name] = {
    (name.module, name.name): name
    for name in (_UNREDUCE, *_CLASSES, *(entry[0] for entry in _CLASSES.values()))
}


def load_sky_map(data: bytes) -> BaseSkyMap:
    """Load a sky map that the stack or stacklite pickled.

    Parameters
    ----------
    data : `bytes`
        The pickle.

    Returns
    -------
    sky_map : `~lsst.skymap.BaseSkyMap`
        The sky map.

    Raises
    ------
    TypeError
        Raised if something else is given, such as the path of a file.
    pickle.UnpicklingError
        Raised if the pickle is no sky map of a class that stacklite has, or
        its configuration does more than to set fields; the message names
        the refused setting or class. Nothing was run.
    """
    if not isinstance(data, bytes | bytearray | memoryview):
        raise TypeError(
            f"bytes are needed, not {data!r}: read the file first, as in Path(name).read_bytes()."
        )
    match restricted_loads(bytes(data), _ALLOWED):
        case _Call(kind, (_Call(function, (config_name, bytes() | str() as script)), int(version))) if (
            kind in _CLASSES and function == _UNREDUCE and config_name == _CLASSES[kind][0]
        ):
            _, cls, config_class = _CLASSES[kind]
        case _:
            raise pickle.UnpicklingError("a pickle does not hold a sky map; nothing was loaded.")
    try:
        config: Any = config_class()
        _apply(config, script)
        _check_sizes(config)
        return cls(config, version)  # type: ignore[call-arg]
    except pickle.UnpicklingError:
        raise
    except Exception as err:
        raise pickle.UnpicklingError(f"a pickled sky map is damaged: {type(err).__name__}: {err}") from err


def _check_sizes(config: Any) -> None:
    """Check numbers that a sky map uses without a check."""
    if getattr(config, "numRings", 0) > SKY_MAP_RINGS:
        raise ValueError(f"{config.numRings} rings are more than {SKY_MAP_RINGS}.")
    builder = config.tractBuilder.apply()
    sizes = {"inner region": min(builder.getPatchInnerDimensions()), "border": builder.getPatchBorder() + 1}
    for name, size in sizes.items():
        if not 1 <= size <= SKY_MAP_PATCH:
            raise ValueError(f"the {name} of its patches has an impossible size.")
    if not 0 < config.pixelScale < math.inf:
        raise ValueError(f"its pixels have a size of {config.pixelScale} arcseconds.")


class SkyMapFormatter(PickleFormatter):
    """Formatter of the butler that reads sky maps with `load_sky_map`.

    A repository uses it where its records name it, for instance when files
    are ingested with ``FileDataset(..., formatter=SkyMapFormatter)``. The real
    stack cannot read such a record.
    """

    def read_from_uri(self, uri: ResourcePath, component: str | None = None, expected_size: int = -1) -> Any:
        """Return the sky map in a file.

        Raises
        ------
        lsst.pex.exceptions.IoError
            Raised if `load_sky_map` refuses it; the message names the file.
        """
        with reading(str(uri), "is not a sky map", IoError):
            return load_sky_map(uri.read())


def _apply(config: Config, script: bytes | str) -> None:
    """Apply the assignments of a configuration script."""
    if len(script) > SKY_MAP_SCRIPT:
        raise ValueError("the configuration is too long.")
    for statement in ast.parse(script).body:
        match statement:
            case ast.Import():
                pass  # Makes names known that the script needs when it is run.
            case ast.Assert(test=ast.Compare(left=ast.Call(func=ast.Name("type")))):
                pass  # Compares the class with the one that the pickle names.
            case ast.Assign(targets=[ast.Attribute(owner, field)]):
                _set(_owner(config, owner), field, _literal(statement.value))
            case _:
                raise _refused(statement)


def _refused(node: ast.AST) -> pickle.UnpicklingError:
    return pickle.UnpicklingError(
        f"the configuration of a pickled sky map asks for `{ast.unparse(node)[:200]}`, which is not a "
        "setting of a known field to a plain value; nothing was run."
    )


def _owner(config: Config, node: ast.expr) -> Any:
    """Return the value of an expression like ``config.field['choice']``."""
    match node:
        case ast.Name("config"):
            return config
        case ast.Attribute(ast.Name("config"), field) if isinstance(
            config._fields.get(field), ConfigChoiceField
        ):
            return getattr(config, field)
        case ast.Subscript(ast.Attribute() as registry, ast.Constant(str(choice))):
            return _owner(config, registry)[choice]
        case _:
            raise _refused(node)


def _set(owner: Any, field: str, value: Any) -> None:
    if isinstance(owner, Config):
        if field not in owner._fields and not (field in _OLD_FIELDS and hasattr(type(owner), field)):
            raise pickle.UnpicklingError(f"a pickled sky map sets the unknown field {field!r}.")
    elif field != "name":
        raise pickle.UnpicklingError(f"a pickled sky map sets {field!r} of a choice; only its name can be.")
    setattr(owner, field, value)


def _literal(node: ast.expr) -> Any:
    match node:
        case ast.Call(ast.Name("float"), [ast.Constant(str(text))], []) if text in _NON_FINITE:
            return float(text)
        case _:
            try:
                return ast.literal_eval(node)
            except ValueError:
                raise _refused(node) from None
