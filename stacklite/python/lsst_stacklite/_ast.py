"""Operations on Starlink AST objects, on which the rest of the package is built.

Serialized text has the form that the stack writes today (AST 9.2): numbers with 18 significant digits. The
AST inside ``starlink-pyast`` prints the shortest number that round-trips; both read back to the same bits.
"""

from __future__ import annotations

__all__ = [
    "TEXT_VERSION",
    "applied",
    "ast_errors",
    "decoded",
    "dump_object",
    "inverted",
    "linear_rates",
    "make_matrix_map",
    "make_parallel_map",
    "make_series_map",
    "parse_object",
    "series_steps",
    "simplified",
]

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import starlink.Ast as Ast

import lsst.pex.exceptions as pex_exceptions

from . import _ast_frames, _ast_mappings  # noqa: F401  (they register what is known of the classes)
from ._ast_dump import damaged
from ._ast_rules import check_text

TEXT_VERSION = "1"
"""Version of the texts of WCSs and transforms, the first word in front of an AST object."""

# AST 9.2 never marks a MatrixMap as simplified, the AST of pyast does; the mark has no consequence.
_MATRIX_SIMPLIFIED = re.compile(r"(Begin MatrixMap.*\n\s*Nin = .*\n(?:\s*Nout = .*\n)?)\s*IsSimp = 1.*\n")
_NUMBER_LINE = re.compile(
    r"^(#?\s*\w+ = )(-?[0-9][0-9.]*(?:e[-+]?\d+)?)(?=$|\s)", re.MULTILINE | re.IGNORECASE
)


class _LineSource:
    """Hands the lines of a text to an AST channel."""

    def __init__(self, text: str) -> None:
        self._lines: Iterator[str] = iter(text.split("\n"))

    def astsource(self) -> str | None:
        return next(self._lines, None)


class _LineSink:
    """Collects the lines that an AST channel writes."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def astsink(self, line: str) -> None:
        self.lines.append(line)


def decoded(cell: np.ndarray) -> str:
    """Return the text in a cell of a table.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if it is not ASCII.
    """
    try:
        return np.asarray(cell, dtype=np.uint8).tobytes().decode("ascii")
    except UnicodeDecodeError as err:
        raise damaged(str(err)) from err


def parse_object(text: str) -> Any:
    """Return the AST object whose dump is ``text``.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the text is not the complete dump of a mapping or frame set of classes known here.
    """
    # AST ends the process at many a damaged text.
    check_text(text)
    try:
        return Ast.Channel(_LineSource(text)).read()
    except Ast.AstError as err:
        raise pex_exceptions.TypeError(f"not a readable AST object: {err}") from err


def dump_object(obj: Any, comments: bool = False) -> str:
    """Return the dump of an AST object, every line (also the last) ended by a line feed."""
    sink = _LineSink()
    Ast.Channel(None, sink, f"Comment={comments:d}").write(obj)
    text = _NUMBER_LINE.sub(lambda match: f"{match[1]}{float(match[2]):.18g}", "\n".join(sink.lines) + "\n")
    return _MATRIX_SIMPLIFIED.sub(r"\1", text)


@contextmanager
def ast_errors(action: str) -> Iterator[None]:
    """Turn a failure of AST into an exception of the stack."""
    try:
        yield
    except (Ast.AstError, UnicodeDecodeError) as err:
        # pyast may garble its own message so that even the conversion to a str fails.
        raise pex_exceptions.RuntimeError(f"AST cannot {action}: {err}") from err


def applied(mapping: Any, coordinates: np.ndarray, forward: bool = True) -> np.ndarray:
    """Transform points.

    Parameters
    ----------
    mapping : `starlink.Ast.Mapping`
        Mapping to apply.
    coordinates : `numpy.ndarray`
        Float64 array of shape (input axes, points).
    forward : `bool`
        False applies the inverse.

    Returns
    -------
    coordinates : `numpy.ndarray`
        Float64 array of shape (output axes, points); NaN where the mapping has no value.

    Raises
    ------
    lsst.pex.exceptions.RuntimeError
        Raised if the direction is not defined, or if parameters of a projection have no meaning.
    """
    if not (mapping.TranForward if forward else mapping.TranInverse):
        direction = "forward" if forward else "inverse"
        raise pex_exceptions.RuntimeError(f"the mapping {mapping.Class} has no {direction} transform.")
    n_axes = mapping.Nout if forward else mapping.Nin
    if coordinates.shape[1] == 0:
        return np.empty((n_axes, 0))
    # pyast returns a flat array when there is one axis.
    with ast_errors("transform points"):
        result = np.asarray(mapping.tran(np.ascontiguousarray(coordinates, dtype=float), forward))
    result = result.reshape(n_axes, coordinates.shape[1])
    result[result == Ast.BAD] = np.nan
    return result


def inverted(mapping: Any) -> Any:
    """Return the inverse of a mapping; the argument is not changed."""
    result = mapping.copy()
    result.invert()
    return result


def simplified(mapping: Any) -> Any:
    """Return the shortest equivalent mapping that AST finds; the argument is not changed.

    AST takes off-diagonal elements of a matrix for zero if they are below 1.5e-8 of the diagonal, here and
    where it makes a matrix: that moves positions by up to 3 mas. So does the stack, as a SIP approximation of
    the reference visit shows.

    Raises
    ------
    lsst.pex.exceptions.RuntimeError
        Raised if AST fails.
    """
    with ast_errors("simplify"):
        return mapping.simplify()


def make_matrix_map(matrix: np.ndarray) -> Any:
    """Return the mapping that multiplies points with a matrix.

    Raises
    ------
    lsst.pex.exceptions.RuntimeError
        Raised if an element is not finite.
    """
    if not np.isfinite(matrix).all():
        raise pex_exceptions.RuntimeError(f"the matrix {np.asarray(matrix).tolist()} is not finite.")
    return Ast.MatrixMap(matrix)


def make_series_map(first: Any, second: Any) -> Any:
    """Return the mapping that applies ``first``, then ``second``; both are copied."""
    return Ast.CmpMap(first.copy(), second.copy(), True)


def series_steps(mapping: Any) -> list[Any]:
    """Return the mappings that ``mapping`` applies one after the other; copies."""
    if not mapping.isacmpmap():
        return [mapping.copy()]
    first, second, in_series, *inverts = mapping.decompose()
    if not in_series:
        return [mapping.copy()]
    steps = []
    for part, invert in zip((first, second), inverts, strict=True):
        part = part.copy()
        part.Invert = invert
        steps += series_steps(part)
    return steps


def linear_rates(mapping: Any) -> np.ndarray:
    """Return the matrix of a linear mapping; element ``[i, j]``: output ``i`` by input ``j``."""
    origin = [0.0] * mapping.Nin
    with ast_errors("differentiate"):
        return np.array(
            [[mapping.rate(origin, i + 1, j + 1) for j in range(mapping.Nin)] for i in range(mapping.Nout)]
        )


def make_parallel_map(upper: Any, lower: Any) -> Any:
    """Return the mapping that applies ``upper`` to the first axes and ``lower`` to the others."""
    return Ast.CmpMap(upper.copy(), lower.copy(), False)
