"""Rotations of the sphere."""

from __future__ import annotations

__all__ = ["SphereTransform"]

from typing import Any, Self, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike

from lsst.pex.exceptions import InvalidParameterError
from lsst.sphgeom import UnitVector3d, Vector3d
from lsst_stacklite._overloads import bind

from ._arrays import float_array
from ._sphere_point import SpherePoint

_Point = TypeVar("_Point", SpherePoint, UnitVector3d)


class SphereTransform:
    """An immutable rotation of the sphere.

    Parameters
    ----------
    matrix : array_like, (3, 3)
        Orthogonal matrix with determinant +1 that acts on column vectors; the
        identity without it.
    """

    __slots__ = ("_matrix",)

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, matrix: ArrayLike) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(SphereTransform.__init__, {}, (self, *args), kwargs)
        self._matrix = float_array(given.get("matrix", np.eye(3)), (3, 3))
        self._matrix.flags.writeable = False

    @classmethod
    def fit_unit_vectors(cls, from_: ArrayLike, /, to: ArrayLike, weights: ArrayLike | None = None) -> Self:
        """Fit the rotation that best maps unit vectors to unit vectors.

        Parameters
        ----------
        from_, to : array_like, (N, 3)
            Unit vectors before and after the rotation.
        weights : array_like, (N,), optional
            Weights of the squared distances.

        Returns
        -------
        transform : `SphereTransform`
            The rotation R with the least sum of weights * |to - R from|^2 (Kabsch).

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if a value is not finite, where the stack would return the
            zero matrix and crash when it is used.
        """
        x, y = np.asarray(from_, dtype=float), np.asarray(to, dtype=float)
        factors = np.ones((len(x), 1)) if weights is None else np.asarray(weights, dtype=float)[:, np.newaxis]
        covariance = x.T @ (factors * y)
        if not np.all(np.isfinite(covariance)):
            raise InvalidParameterError("cannot fit a rotation to vectors that are not finite.")
        u, _, vt = np.linalg.svd(covariance)
        matrix = vt.T @ u.T
        if np.linalg.det(matrix) < 0.0:
            matrix = vt.T @ np.diag([1.0, 1.0, -1.0]) @ u.T
        return cls(_polished(matrix, x, y, factors))

    @property
    def matrix(self) -> np.ndarray:
        """The matrix, float64, (3, 3), read-only."""
        return self._matrix

    def getMatrix(self) -> np.ndarray:
        """Return the matrix, float64, (3, 3), read-only."""
        return self._matrix

    def applyX(self, x: ArrayLike, y: ArrayLike, z: ArrayLike) -> Any:
        """Return x of the rotated vectors with some components, `float` or an array (float64)."""
        return self._component(0, x, y, z)

    def applyY(self, x: ArrayLike, y: ArrayLike, z: ArrayLike) -> Any:
        """Return y of the rotated vectors with some components, `float` or an array (float64)."""
        return self._component(1, x, y, z)

    def applyZ(self, x: ArrayLike, y: ArrayLike, z: ArrayLike) -> Any:
        """Return z of the rotated vectors with some components, `float` or an array (float64)."""
        return self._component(2, x, y, z)

    def _component(self, row: int, *vector: ArrayLike) -> Any:
        parts = (factor * np.asarray(v, float) for factor, v in zip(self._matrix[row], vector, strict=True))
        return sum(parts)

    def inverted(self) -> SphereTransform:
        """Return the inverse rotation."""
        return SphereTransform(self._matrix.T)

    def __mul__(self, other: SphereTransform) -> SphereTransform:
        """Return the rotation that applies ``other`` first."""
        if not isinstance(other, SphereTransform):
            return NotImplemented
        return SphereTransform(self._matrix @ other._matrix)

    def __call__(self, point: _Point) -> _Point:
        """Rotate a `SpherePoint` or a `lsst.sphgeom.UnitVector3d`; the result has the same type."""
        if isinstance(point, SpherePoint):
            return SpherePoint(Vector3d(*(self._matrix @ point._xyz()).tolist()))
        if isinstance(point, UnitVector3d):
            vector = np.array([point.x(), point.y(), point.z()])
            return UnitVector3d(*(self._matrix @ vector).tolist())
        raise TypeError(f"cannot rotate a {type(point).__name__}.")

    def __reduce__(self) -> tuple[Any, ...]:
        return SphereTransform, (self._matrix.tolist(),)

    def __repr__(self) -> str:
        return f"SphereTransform({self._matrix.tolist()})"


def _polished(matrix: np.ndarray, x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Improve the last digits of the best rotation by a step of Gauss and Newton.

    Products of vectors know a rotation about the center of a field only as well as
    the square of its size, differences as well as the size itself.
    """
    rotated = x @ matrix.T
    torque = np.sum(weights * np.cross(rotated, y - rotated), axis=0)
    inertia = np.sum(weights) * np.eye(3) - (weights * rotated).T @ rotated
    # Least squares, since positions on one line leave a rotation undetermined.
    x_turn, y_turn, z_turn = np.linalg.lstsq(inertia, torque)[0]
    return matrix + np.array([[0, -z_turn, y_turn], [z_turn, 0, -x_turn], [-y_turn, x_turn, 0]]) @ matrix
