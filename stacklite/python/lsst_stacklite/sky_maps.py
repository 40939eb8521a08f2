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
from typing import Any, ClassVar, NamedTuple

from lsst.afw.fits._errors import reading
from lsst.daf.butler.formatters.pickle import PickleFormatter
from lsst.pex.config import Config, ConfigChoiceField
from lsst.pex.exceptions import IoError
from lsst.resources import ResourcePath
from lsst.skymap import (
    BaseSkyMap,
    DiscreteSkyMap,
    DiscreteSkyMapConfig,
    DodecaSkyMap,
    DodecaSkyMapConfig,
    EquatSkyMap,
    EquatSkyMapConfig,
)
from lsst.skymap.ringsSkyMap import RingsSkyMap, RingsSkyMapConfig

from ._limits import SKY_MAP_PATCH, SKY_MAP_RINGS, SKY_MAP_SCRIPT, SKY_MAP_TRACTS
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


class _State:
    """An object that is pickled by its state, which stays as it is.

    A class of its own stands for each class, because pickles make such
    objects without a call.
    """

    _class: ClassVar[type[BaseSkyMap]]
    _config_class: ClassVar[type[Config]]
    _config_name: ClassVar[_Name]
    _values: object = None

    def __setstate__(self, state: object) -> None:
        self._values = state


class _EquatState(_State):
    _class, _config_class = EquatSkyMap, EquatSkyMapConfig
    _config_name = _Name(EquatSkyMapConfig.__module__, EquatSkyMapConfig.__name__)


class _DodecaState(_State):
    _class, _config_class = DodecaSkyMap, DodecaSkyMapConfig
    _config_name = _Name(DodecaSkyMapConfig.__module__, DodecaSkyMapConfig.__name__)


_NEXT_STATE = (2, 0)
"""First version of the state of sky maps that is not known."""

_UNREDUCE = _Name("lsst.pex.config.config", "unreduceConfig")
_CLASSES: Mapping[_Name, tuple[_Name, type[BaseSkyMap], type[Config]]] = {
    _Name(cls.__module__, cls.__name__): (_Name(config.__module__, config.__name__), cls, config)
    for cls, config in ((RingsSkyMap, RingsSkyMapConfig), (DiscreteSkyMap, DiscreteSkyMapConfig))
}
_STATES = (_EquatState, _DodecaState)
_CONFIG_NAMES = (*(entry[0] for entry in _CLASSES.values()), *(state._config_name for state in _STATES))
_ALLOWED: Mapping[tuple[str, str], _Name | type[_State]] = {
    **{(name.module, name.name): name for name in (_UNREDUCE, *_CLASSES, *_CONFIG_NAMES)},
    **{(state._class.__module__, state._class.__name__): state for state in _STATES},
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
            further: tuple[int, ...] = (version,)
        case (
            _State(
                _values={
                    "version": (int(), int()) as state_version,
                    "config": _Call(function, (config_name, bytes() | str() as script)),
                }
            ) as found
        ) if function == _UNREDUCE and config_name == found._config_name and state_version < _NEXT_STATE:
            cls, config_class, further = found._class, found._config_class, ()
        case _:
            raise pickle.UnpicklingError("a pickle does not hold a sky map; nothing was loaded.")
    try:
        config: Any = config_class()
        _apply(config, script)
        _check_sizes(config)
        return cls(config, *further)
    except pickle.UnpicklingError:
        raise
    except Exception as err:
        raise pickle.UnpicklingError(f"a pickled sky map is damaged: {type(err).__name__}: {err}") from err


def _check_sizes(config: Any) -> None:
    """Check numbers that a sky map uses without a check."""
    if getattr(config, "numRings", 0) > SKY_MAP_RINGS:
        raise ValueError(f"{config.numRings} rings are more than {SKY_MAP_RINGS}.")
    if not 1 <= getattr(config, "numTracts", 1) <= SKY_MAP_TRACTS:
        raise ValueError(f"a band has 1 to {SKY_MAP_TRACTS} tracts, not {config.numTracts}.")
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
