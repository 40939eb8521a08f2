"""Functions that make transforms."""

from __future__ import annotations

__all__ = [
    "are_radial_coefficients",
    "linearizeTransform",
    "makeIdentityTransform",
    "makeRadialTransform",
    "makeTransform",
]

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import starlink.Ast as Ast

import lsst.pex.exceptions as pex_exceptions
from lsst.geom import AffineTransform, LinearTransform, Point2D
from lsst_stacklite._ast import inverted, make_matrix_map, make_parallel_map, make_series_map
from lsst_stacklite._overloads import bind

from ._transform import TransformPoint2ToPoint2

_INVERSE_OPTIONS = "IterInverse=1, TolInverse=1e-8, NiterInverse=30"


def makeTransform(affine: AffineTransform | LinearTransform) -> TransformPoint2ToPoint2:
    """Return an affine (or linear) map of the plane as a transform."""
    if isinstance(affine, LinearTransform):
        affine = AffineTransform(linear=affine)
    linear = np.asarray(affine.getLinear().getMatrix(), dtype=float)
    offset = [affine.getTranslation()[0], affine.getTranslation()[1]]
    return TransformPoint2ToPoint2(make_series_map(make_matrix_map(linear), Ast.ShiftMap(offset)))


def makeIdentityTransform() -> TransformPoint2ToPoint2:
    """Return the transform that changes nothing."""
    return TransformPoint2ToPoint2(Ast.UnitMap(2))


@overload
def makeRadialTransform(coeffs: Sequence[float]) -> TransformPoint2ToPoint2: ...
@overload
def makeRadialTransform(
    forwardCoeffs: Sequence[float], inverseCoeffs: Sequence[float]
) -> TransformPoint2ToPoint2: ...
def makeRadialTransform(*args: Any, **kwargs: Any) -> TransformPoint2ToPoint2:
    """Return the transform that replaces the radius by a polynomial of it and keeps the direction.

    Parameters
    ----------
    coeffs, forwardCoeffs : sequence of `float`
        Coefficients c of ``sum c[i] r**i``; empty for the identity. ``c[0]`` is 0, ``c[1]`` is not.
    inverseCoeffs : sequence of `float`
        Coefficients of the polynomial of the inverse, empty if those of the forward one are. Without them the
        inverse is found by Newton's method (30 steps, tolerance 1e-8).

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the coefficients are not as described.
    """
    given = [list(coeffs) for coeffs in bind(makeRadialTransform, {}, args, kwargs).values()]
    if len(given) == 2 and bool(given[0]) != bool(given[1]):
        raise pex_exceptions.InvalidParameterError(
            f"{len(given[0])} forward but {len(given[1])} inverse coefficients: give both or none."
        )
    if not given[0]:
        return makeIdentityTransform()
    for coeffs in given:
        if not are_radial_coefficients(coeffs):
            raise pex_exceptions.InvalidParameterError(
                f"radial coefficients {coeffs}: need at least two, the first 0, the second not 0."
            )
    terms = [_polynomial_terms(coeffs) for coeffs in given]
    if len(given) == 1:
        radial = Ast.PolyMap(terms[0], None, _INVERSE_OPTIONS)
    else:
        radial = Ast.PolyMap(terms[0], terms[1])
    return TransformPoint2ToPoint2(_radial_mapping(radial))


def are_radial_coefficients(coeffs: Sequence[float]) -> bool:
    """Return whether a polynomial of the radius is 0 at 0, and grows or falls there."""
    return len(coeffs) >= 2 and coeffs[0] == 0 and coeffs[1] != 0


def _polynomial_terms(coeffs: Sequence[float]) -> list[list[float]]:
    """Return the terms of a polynomial of one variable as AST wants them: value, output axis, power."""
    return [[float(value), 1, power] for power, value in enumerate(coeffs)][1:]


def _radial_mapping(radial: Ast.Mapping) -> Ast.Mapping:
    """Apply a mapping of one axis to the radius in the plane."""
    to_direction_and_radius = Ast.UnitNormMap([0.0, 0.0])
    middle = make_parallel_map(Ast.UnitMap(2), radial)
    return make_series_map(
        make_series_map(to_direction_and_radius, middle), inverted(to_direction_and_radius)
    )


def linearizeTransform(original: TransformPoint2ToPoint2, point: Point2D) -> AffineTransform:
    """Return the affine map that agrees with a transform in value and derivatives at a point."""
    jacobian = LinearTransform(original.getJacobian(point))
    value = original.applyForward(point)
    linear_part = jacobian(point)
    return AffineTransform(jacobian, value - linear_part)
