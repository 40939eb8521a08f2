"""The kinds of mappings that can be made."""

from __future__ import annotations

__all__ = ["CmpMap", "MatrixMap", "ParallelMap", "PolyMap", "SeriesMap", "ShiftMap", "UnitMap", "ZoomMap"]

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import starlink.Ast as Ast

from lsst_stacklite._overloads import bind

from ._mapping import Mapping
from ._object import ast_errors, wrapped


class UnitMap(Mapping):
    """The mapping that changes nothing.

    Parameters
    ----------
    ncoord : `int`
        Number of coordinates.
    options : `str`, optional
        Attributes of the AST object, as ``name=value, ...``.
    """

    def __init__(self, ncoord: int, options: str = "") -> None:
        with ast_errors():
            self._hold(Ast.UnitMap(ncoord, options))


class ZoomMap(Mapping):
    """The mapping that multiplies all coordinates with one number.

    Parameters
    ----------
    ncoord : `int`
        Number of coordinates.
    zoom : `float`
        Factor.
    options : `str`, optional
        Attributes of the AST object.
    """

    def __init__(self, ncoord: int, zoom: float, options: str = "") -> None:
        with ast_errors():
            self._hold(Ast.ZoomMap(ncoord, zoom, options))

    @property
    def zoom(self) -> float:
        """Factor (`float`)."""
        return self._raw.Zoom


class ShiftMap(Mapping):
    """The mapping that adds a constant to each coordinate.

    Parameters
    ----------
    shift : sequence of `float`
        The constants.
    options : `str`, optional
        Attributes of the AST object.
    """

    def __init__(self, shift: Sequence[float], options: str = "") -> None:
        with ast_errors():
            self._hold(Ast.ShiftMap([float(value) for value in shift], options))


class MatrixMap(Mapping):
    """The mapping that multiplies points with a matrix.

    Parameters
    ----------
    matrix : `numpy.ndarray`, (outputs, inputs)
        Matrix (float64).
    diag : sequence of `float`
        In place of it, its diagonal.
    options : `str`, optional
        Attributes of the AST object.

    Raises
    ------
    RuntimeError
        Raised if an element is not finite.
    """

    @overload
    def __init__(self, matrix: np.ndarray, options: str = "") -> None: ...
    @overload
    def __init__(self, diag: Sequence[float], options: str = "") -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(MatrixMap.__init__, {}, (self, *args), kwargs)
        values = np.asarray(given["matrix"] if "matrix" in given else given["diag"], dtype=float)
        if not np.isfinite(values).all():
            raise RuntimeError(f"the matrix {values.tolist()} is not finite.")
        with ast_errors():
            self._hold(Ast.MatrixMap(values, given.get("options", "")))


class PolyMap(Mapping):
    """A polynomial of the input coordinates for each output coordinate.

    Parameters
    ----------
    coeff_f : `numpy.ndarray`, (terms, 2 + inputs)
        Terms of the forward direction: factor, number of the output (from 1), power of each input.
    coeff_i : `numpy.ndarray`, (terms, 2 + outputs)
        Terms of the inverse.
    nout : `int`
        In place of them, the number of outputs of a mapping without an inverse, unless the options ask for
        one by iteration.
    options : `str`, optional
        Attributes of the AST object.
    """

    @overload
    def __init__(self, coeff_f: np.ndarray, coeff_i: np.ndarray, options: str = "IterInverse=0") -> None: ...
    @overload
    def __init__(self, coeff_f: np.ndarray, nout: int, options: str = "IterInverse=0") -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(PolyMap.__init__, {"np.ndarray": np.ndarray}, (self, *args), kwargs)
        forward = np.asarray(given["coeff_f"], dtype=float)
        if "nout" in given:
            inverse = np.empty((0, 2 + given["nout"]))
            if forward[:, 1].max(initial=0) < given["nout"]:
                # AST counts the outputs of the terms, so an output without terms has one that is zero.
                forward = np.vstack([forward, [0.0, given["nout"], *np.zeros(forward.shape[1] - 2)]])
        else:
            inverse = np.asarray(given["coeff_i"], dtype=float)
        with ast_errors():
            self._hold(Ast.PolyMap(forward, inverse, given.get("options", "IterInverse=0")))


class CmpMap(Mapping):
    """Two mappings, applied one after the other, or each to some of the coordinates.

    Parameters
    ----------
    map1, map2 : `Mapping`
        The mappings.
    series : `bool`
        Whether the second is applied to the output of the first.
    options : `str`, optional
        Attributes of the AST object.
    """

    def __init__(self, map1: Mapping, map2: Mapping, series: bool, options: str = "") -> None:
        with ast_errors():
            self._hold(Ast.CmpMap(map1._raw.copy(), map2._raw.copy(), series, options))

    @property
    def series(self) -> bool:
        """Whether the second is applied to the output of the first (`bool`)."""
        return bool(self._raw.decompose()[2])

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> Mapping:
        first, second, _, *inverts = self._raw.decompose()
        part = (first, second)[index].copy()
        part.Invert = inverts[index]
        return wrapped(part)


class SeriesMap(CmpMap):
    """Two mappings, applied one after the other.

    Parameters
    ----------
    map1, map2 : `Mapping`
        The mappings.
    options : `str`, optional
        Attributes of the AST object.
    """

    def __init__(self, map1: Mapping, map2: Mapping, options: str = "") -> None:
        super().__init__(map1, map2, True, options)


class ParallelMap(CmpMap):
    """Two mappings: the first is applied to the first coordinates, the second to the others.

    Parameters
    ----------
    map1, map2 : `Mapping`
        The mappings.
    options : `str`, optional
        Attributes of the AST object.
    """

    def __init__(self, map1: Mapping, map2: Mapping, options: str = "") -> None:
        super().__init__(map1, map2, False, options)
