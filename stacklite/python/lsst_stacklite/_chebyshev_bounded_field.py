"""The bounded field that is a two-dimensional Chebyshev polynomial."""

from __future__ import annotations

__all__ = ["ChebyshevBoundedField", "ChebyshevBoundedFieldControl"]

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, overload

import numpy as np

from lsst.geom import Box2D, Box2I, Point2I
from lsst.pex.exceptions import InvalidParameterError, LengthError
from lsst_stacklite._overloads import bind
from lsst_stacklite.archives import make_table, persistable_reader

from ._bounded_field import BoundedField, PixelPlane
from ._chebyshev import chebyshev_basis, scaled

if TYPE_CHECKING:
    from lsst.afw.table.io import OutputArchive
    from lsst_stacklite.archives import ArchiveReader, StoredTable


class ChebyshevBoundedFieldControl:
    """Terms that a fitted or truncated polynomial keeps."""

    def __init__(self) -> None:
        self.orderX = 2
        self.orderY = 2
        self.triangular = True
        """Keep only terms with ``i + j <= max(orderX, orderY)``."""

    def computeSize(self) -> int:
        """Return the number of free coefficients."""
        return int(self._terms().sum())

    def _terms(self) -> np.ndarray:
        """Return which coefficients are free, shape (orderY+1, orderX+1)."""
        j, i = np.ogrid[: self.orderY + 1, : self.orderX + 1]
        limit = max(self.orderX, self.orderY) if self.triangular else self.orderX + self.orderY
        return i + j <= limit


_KINDS = {"Box2I": Box2I, "ChebyshevBoundedFieldControl": ChebyshevBoundedFieldControl}


class ChebyshevBoundedField(BoundedField):
    """A polynomial ``sum_ji c[j, i] T_j(y') T_i(x')``.

    ``x'`` and ``y'`` run over [-1, 1] from edge to edge of the box (edges of
    pixels, not centers). The polynomial extrapolates outside.

    Parameters
    ----------
    bbox : `lsst.geom.Box2I`
        Box of the field. On an empty box the values are NaN.
    coefficients : `numpy.ndarray`, shape (orderY + 1, orderX + 1)
        Coefficients, rows in order of y.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the coefficients are no matrix.
    """

    Control = ChebyshevBoundedFieldControl
    ConfigClass: ClassVar[Any]

    @classmethod
    def approximate(
        cls,
        boundedField: BoundedField,
        orderX: int = 3,
        orderY: int = 3,
        nStepX: int = 100,
        nStepY: int = 100,
    ) -> ChebyshevBoundedField:
        """Fit to the values of another field.

        Parameters
        ----------
        boundedField : `BoundedField`
            The field, whose box the result has.
        orderX, orderY : `int`, optional
            Orders; all terms are fitted.
        nStepX, nStepY : `int`, optional
            Number of columns and rows, from the first to the last pixel, at which the field is evaluated.
        """
        ctrl = ChebyshevBoundedFieldControl()
        ctrl.orderX, ctrl.orderY, ctrl.triangular = orderX, orderY, False
        bbox = boundedField.getBBox()
        x, y = np.meshgrid(
            np.linspace(bbox.getMinX(), bbox.getMaxX(), nStepX),
            np.linspace(bbox.getMinY(), bbox.getMaxY(), nStepY),
        )
        return cls.fit(bbox, x.ravel(), y.ravel(), boundedField.evaluate(x.ravel(), y.ravel()), ctrl)

    @staticmethod
    def makeFitMatrix(
        bbox: Box2I, x: np.ndarray, y: np.ndarray, ctrl: ChebyshevBoundedFieldControl, /
    ) -> np.ndarray:
        """Return the matrix of a fit: the terms at positions.

        All arguments are taken by position only.

        Parameters
        ----------
        bbox : `lsst.geom.Box2I`
            Box of the field.
        x, y : `numpy.ndarray`, shape (n,)
            Positions of the points, pixels.
        ctrl : `ChebyshevBoundedFieldControl`
            Terms.

        Returns
        -------
        matrix : `numpy.ndarray`, shape (n, number of terms)
            Values; the order of the terms is that of the coefficients, row by row.
        """
        x, y = (np.asarray(v, dtype=np.float64).ravel() for v in (x, y))
        scaled_x, scaled_y = _scale(x, y, bbox)
        terms = ctrl._terms()
        j, i = np.nonzero(terms)
        rows, columns = chebyshev_basis(scaled_y, terms.shape[0]), chebyshev_basis(scaled_x, terms.shape[1])
        return rows[:, j] * columns[:, i]

    def __init__(self, bbox: Box2I, coefficients: np.ndarray, /) -> None:
        super().__init__(bbox)
        self._coefficients = np.array(coefficients, dtype=np.float64)
        if self._coefficients.ndim != 2:
            raise InvalidParameterError(f"coefficients have {self._coefficients.ndim} dimensions, not 2.")
        self._coefficients.flags.writeable = False

    @overload
    @staticmethod
    def fit(
        bbox: Box2I, x: np.ndarray, y: np.ndarray, z: np.ndarray, ctrl: ChebyshevBoundedFieldControl, /
    ) -> ChebyshevBoundedField: ...

    @overload
    @staticmethod
    def fit(
        bbox: Box2I,
        x: np.ndarray,
        y: np.ndarray,
        z: np.ndarray,
        w: np.ndarray,
        ctrl: ChebyshevBoundedFieldControl,
        /,
    ) -> ChebyshevBoundedField: ...

    @overload
    @staticmethod
    def fit(image: PixelPlane, ctrl: ChebyshevBoundedFieldControl, /) -> ChebyshevBoundedField: ...

    @staticmethod
    def fit(*args: Any) -> ChebyshevBoundedField:
        """Fit to points or to an image by least squares.

        All arguments are taken by position only.

        Parameters
        ----------
        bbox : `lsst.geom.Box2I`
            Box of the field.
        x, y, z : `numpy.ndarray`, shape (n,)
            Positions (pixels) and values of the points.
        w : `numpy.ndarray`, shape (n,), optional
            Weights. They multiply both sides, so they enter the squared
            residual squared.
        image : `lsst.afw.image.Image`
            In place of box and points, an image with its box.
        ctrl : `ChebyshevBoundedFieldControl`
            Terms to fit.

        Returns
        -------
        field : `ChebyshevBoundedField`
            The polynomial. A NaN anywhere gives a field of zeros, as in the
            stack.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if there are fewer points than free coefficients, or the numbers
            of positions, values and weights differ.
        """
        given = bind(ChebyshevBoundedField.fit, _KINDS, args, {})
        if "image" in given:
            return ChebyshevBoundedField(given["image"].getBBox(), _fit_image(**given))
        return ChebyshevBoundedField(given["bbox"], _fit_points(**given))

    def getCoefficients(self) -> np.ndarray:
        """Return the coefficients, shape (orderY + 1, orderX + 1), read-only."""
        return self._coefficients

    def truncate(self, control: ChebyshevBoundedFieldControl, /) -> ChebyshevBoundedField:
        """Return a field that has only the terms which ``control`` keeps.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if an order exceeds the present one.
        """
        n_y, n_x = self._coefficients.shape
        if control.orderX >= n_x or control.orderY >= n_y:
            raise LengthError(
                f"cannot truncate orders ({n_x - 1}, {n_y - 1}) to ({control.orderX}, {control.orderY})."
            )
        kept = self._coefficients[: control.orderY + 1, : control.orderX + 1]
        return ChebyshevBoundedField(self._bbox, np.where(control._terms(), kept, 0.0))

    @np.errstate(all="ignore")  # C++ does not warn
    def _evaluate_array(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        if self._coefficients.size == 0:
            return np.zeros(np.broadcast_shapes(x.shape, y.shape))
        scaled_x, scaled_y = _scale(x, y, self._bbox)
        along_x = [_clenshaw(list(row), scaled_x) for row in self._coefficients]
        return _clenshaw(along_x, scaled_y) + np.zeros(np.broadcast_shapes(x.shape, y.shape))

    @np.errstate(all="ignore")  # C++ does not warn
    def _evaluate_grid(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        n_y, n_x = self._coefficients.shape
        scaled_x, scaled_y = _scale(x, y, self._bbox)
        return chebyshev_basis(scaled_y, n_y) @ self._coefficients @ chebyshev_basis(scaled_x, n_x).T

    def integrate(self) -> float:
        """Return the integral over the box."""
        return self.mean() * self._bbox.getArea()

    @np.errstate(all="ignore")  # C++ does not warn
    def mean(self) -> float:
        """Return the mean over the box (exact, from the coefficients)."""
        n_y, n_x = self._coefficients.shape
        return float(_integrals(n_y) @ self._coefficients @ _integrals(n_x)) / 4.0

    @np.errstate(all="ignore")  # C++ does not warn
    def __mul__(self, scale: float) -> ChebyshevBoundedField:
        return ChebyshevBoundedField(self._bbox, self._coefficients * scale)

    def _same_values(self, other: ChebyshevBoundedField) -> bool:
        return np.array_equal(self._coefficients, other._coefficients)

    def __repr__(self) -> str:
        return f"ChebyshevBoundedField({self._bbox!r}, {self._coefficients.tolist()})"

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        n_y, n_x = self._coefficients.shape
        fields = [
            ("order_x", "I", "maximum Chebyshev function order in x", ""),
            *bbox_fields(),
            ("coefficients", "ArrayD", "Chebyshev coefficients, in [y, x] order", "", n_x * n_y),
        ]
        return [make_table(fields, [(n_x - 1, *bbox_values(self._bbox), self._coefficients.ravel())])]


@persistable_reader("ChebyshevBoundedField", of=ChebyshevBoundedField, module="lsst.afw.math", id_fields=())
def _read_chebyshev(archive: ArchiveReader, tables: Sequence[StoredTable]) -> ChebyshevBoundedField:
    row = tables[0][0]
    coefficients = np.asarray(row["coefficients"], dtype=np.float64)
    return ChebyshevBoundedField(read_bbox(tables[0]), coefficients.reshape(-1, row["order_x"] + 1))


def bbox_fields() -> list[tuple[str, str, str, str]]:
    """Return the table fields of an integer box."""
    return [
        (f"bbox_{end}_{axis}", "I", f"{end}imum {axis} of the box", "pixel")
        for end in ("min", "max")
        for axis in ("x", "y")
    ]


def bbox_values(bbox: Box2I) -> tuple[int, int, int, int]:
    """Return the values of `bbox_fields` for a box."""
    return bbox.getMinX(), bbox.getMinY(), bbox.getMaxX(), bbox.getMaxY()


def read_bbox(table: StoredTable) -> Box2I:
    """Return the box in the first row, from four fields or two points.

    Version 0 tables keep the corners as two point fields.
    """
    row = table[0]
    if "bbox_min" in table.schema.getNames():
        corners = [int(v) for name in ("bbox_min", "bbox_max") for v in row[name]]
    else:
        corners = [int(row[field[0]]) for field in bbox_fields()]
    # Corners of an empty box are in the wrong order, which is not to be mended.
    return Box2I(Point2I(*corners[:2]), Point2I(*corners[2:]), False)


def _scale(x: np.ndarray, y: np.ndarray, bbox: Box2I) -> tuple[np.ndarray, np.ndarray]:
    """Map pixel positions to the [-1, 1] square of the box, NaN if it is empty."""
    if bbox.isEmpty():
        return np.full_like(x, np.nan), np.full_like(y, np.nan)
    box = Box2D(bbox)
    return scaled(x, box.getMinX(), box.getMaxX()), scaled(y, box.getMinY(), box.getMaxY())


def _clenshaw(coefficients: list[Any], x: np.ndarray) -> Any:
    """Sum a Chebyshev series; the coefficients may be arrays."""
    before: Any = 0.0
    last: Any = 0.0
    for coefficient in coefficients[:0:-1]:
        before, last = last, coefficient + 2.0 * x * last - before
    return coefficients[0] + x * last - before


def _integrals(n: int) -> np.ndarray:
    """Return the integrals of T_0 .. T_{n-1} over [-1, 1]."""
    order = np.arange(n)
    return np.where(order % 2 == 0, 2.0, 0.0) / np.where(order % 2 == 0, 1.0 - order**2.0, 1.0)


@np.errstate(all="ignore")  # C++ does not warn
def _fit_points(
    bbox: Box2I, x: Any, y: Any, z: Any, ctrl: ChebyshevBoundedFieldControl, w: Any = None
) -> np.ndarray:
    """Return the coefficients of the least-squares fit to points."""
    w = np.ones_like(z, dtype=np.float64) if w is None else w
    x, y, z, w = (np.asarray(v, dtype=np.float64).ravel() for v in (x, y, z, w))
    if len({len(v) for v in (x, y, z, w)}) > 1:
        raise InvalidParameterError(
            f"{len(x)} x, {len(y)} y, {len(z)} values and {len(w)} weights to be fitted."
        )
    terms = ctrl._terms()
    _check_number(len(z), terms)
    matrix = ChebyshevBoundedField.makeFitMatrix(bbox, x, y, ctrl)
    matrix *= w[:, np.newaxis]
    return _solve(matrix.T @ matrix, matrix.T @ (w * z), terms)


@np.errstate(all="ignore")  # C++ does not warn
def _fit_image(image: PixelPlane, ctrl: ChebyshevBoundedFieldControl) -> np.ndarray:
    """Return the coefficients of the least-squares fit to all pixels.

    On a grid the sums over pixels are products of sums over rows and columns.
    """
    bbox, terms = image.getBBox(), ctrl._terms()
    _check_number(bbox.getArea(), terms)
    x = np.arange(bbox.getMinX(), bbox.getMaxX() + 1, dtype=np.float64)
    y = np.arange(bbox.getMinY(), bbox.getMaxY() + 1, dtype=np.float64)
    scaled_x, scaled_y = _scale(x, y, bbox)
    basis_x, basis_y = chebyshev_basis(scaled_x, terms.shape[1]), chebyshev_basis(scaled_y, terms.shape[0])
    j, i = np.nonzero(terms)
    normal = (basis_y.T @ basis_y)[np.ix_(j, j)] * (basis_x.T @ basis_x)[np.ix_(i, i)]
    return _solve(normal, (basis_y.T @ (image.array @ basis_x))[j, i], terms)


def _check_number(n_points: int, terms: np.ndarray) -> None:
    if n_points < terms.sum():
        raise InvalidParameterError(f"{n_points} points cannot determine {terms.sum()} coefficients.")


def _solve(normal: np.ndarray, right: np.ndarray, terms: np.ndarray) -> np.ndarray:
    """Solve normal equations by symmetric eigen-decomposition.

    Eigenvalues below machine precision times the largest are left out, which
    gives the minimum-norm solution of a degenerate problem (as the stack
    does). A NaN in the data gives zeros.
    """
    coefficients = np.zeros(terms.shape)
    if np.all(np.isfinite(normal)) and np.all(np.isfinite(right)):
        values, vectors = np.linalg.eigh(normal)
        kept = values > values[-1] * np.finfo(np.float64).eps
        coefficients[terms] = vectors[:, kept] @ ((vectors[:, kept].T @ right) / values[kept])
    return coefficients
