"""Scalar functions of a pixel position that belong to a box.

They belong to `lsst.afw.math`. Calibrations, a part of `lsst.afw.image`, are made of them, and backgrounds
are made of images, so that fields are below both packages: they apply to anything with pixels in a box.
"""

from __future__ import annotations

__all__ = ["BoundedField", "PixelPlane"]

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, Protocol, overload

import numpy as np

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.table.io import Persistable
from lsst.geom import Box2I, Point2D
from lsst.pex.exceptions import LogicError
from lsst_stacklite.archives import FitsReadable

_ROWS_PER_BLOCK = 256
"""Image operations work on this many rows at a time, so that their double
precision intermediates stay small compared with the image."""


class PixelPlane(Protocol):
    """An image, as far as bounded fields need it."""

    @property
    def array(self) -> np.ndarray:
        """The pixels, shape (height, width)."""

    def getBBox(self) -> Box2I:
        """Return the box of the pixels in parent coordinates."""


class MaskedPlanes(Protocol):
    """A masked image, as far as bounded fields need it."""

    @property
    def image(self) -> PixelPlane:
        """The image."""

    @property
    def variance(self) -> PixelPlane:
        """The variance."""


class BoundedField(FitsReadable, Persistable):
    """A smooth scalar function defined on a box of pixels.

    The set of subclasses is open. Fields are immutable. Evaluation outside
    the box is not refused; what it gives is up to the subclass.

    Parameters
    ----------
    bbox : `lsst.geom.Box2I`
        Box on which the field is meant to be used.
    """

    def __init__(self, bbox: Box2I) -> None:
        self._bbox = Box2I(bbox)

    def getBBox(self) -> Box2I:
        """Return the box of the field."""
        return Box2I(self._bbox)

    @overload
    def evaluate(self, x: Point2D, /) -> float: ...
    @overload
    def evaluate(self, x: float, y: float, /) -> float: ...
    @overload
    def evaluate(self, x: np.ndarray, y: np.ndarray, /) -> np.ndarray: ...
    def evaluate(self, x: Any, y: Any = None, /) -> Any:
        """Return the value at one or many positions.

        Parameters
        ----------
        x, y : `lsst.geom.Point2D`, or `float` and `float`, or arrays
            Positions in pixels. Arrays must have the same shape.

        Returns
        -------
        value : `float` or `numpy.ndarray`
            Value(s); an array of the shape of ``x`` for arrays.
        """
        if y is None:
            x, y = x.getX(), x.getY()
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        with np.errstate(invalid="ignore", over="ignore"):
            value = self._evaluate_array(x, y)
        return float(value) if x.ndim == 0 and y.ndim == 0 else value

    @abstractmethod
    def _evaluate_array(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the values at float64 positions of any shape."""

    def _evaluate_grid(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the values on the grid of columns ``x`` and rows ``y``.

        Shape ``(len(y), len(x))``. Subclasses that separate override this.
        """
        return self._evaluate_array(*np.meshgrid(x, y))

    def integrate(self) -> float:
        """Return the integral over the box, in value times pixels.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the subclass does not know its integral.
        """
        raise LogicError(f"{type(self).__name__} cannot be integrated.")

    def mean(self) -> float:
        """Return the mean over the box.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the subclass does not know its mean.
        """
        raise LogicError(f"{type(self).__name__} does not know its mean.")

    @abstractmethod
    def __mul__(self, scale: float) -> BoundedField:
        """Return a field whose values are ``scale`` times as large."""

    def __rmul__(self, scale: float) -> BoundedField:
        return self * scale

    def __truediv__(self, scale: float) -> BoundedField:
        with np.errstate(divide="ignore", over="ignore"):
            return self * float(np.divide(1.0, scale))

    @abstractmethod
    def _same_values(self, other: Any) -> bool:
        """Return whether a field of the same class and box has equal values."""

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._bbox == other._bbox and self._same_values(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._bbox!r})"

    def fillImage(self, image: PixelPlane, overlapOnly: bool = False, xStep: int = 1, yStep: int = 1) -> None:
        """Set the pixels of an image to the values of the field.

        Parameters
        ----------
        image : `lsst.afw.image.ImageF` or `lsst.afw.image.ImageD`
            Image to change, in parent coordinates.
        overlapOnly : `bool`, optional
            Change the pixels inside the box of the field, leave the others.
        xStep, yStep : `int`, optional
            Evaluate every so many pixels and interpolate between them
            (bilinear).

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if the boxes of field and image differ without ``overlapOnly``.
        TypeError
            Raised if the pixels are integers.
        """
        self._apply(image, lambda pixels, values: values, overlapOnly, xStep, yStep)

    def addToImage(
        self,
        image: PixelPlane,
        scaleBy: float = 1.0,
        overlapOnly: bool = False,
        xStep: int = 1,
        yStep: int = 1,
    ) -> None:
        """Add ``scaleBy`` times the field to an image (see `fillImage`)."""
        self._apply(image, lambda pixels, values: pixels + scaleBy * values, overlapOnly, xStep, yStep)

    @overload
    def multiplyImage(
        self, image: PixelPlane, overlapOnly: bool = False, xStep: int = 1, yStep: int = 1
    ) -> None: ...
    @overload
    def multiplyImage(self, image: MaskedPlanes, overlapOnly: bool = False) -> None: ...
    def multiplyImage(
        self, image: Any, overlapOnly: bool = False, xStep: int | None = None, yStep: int | None = None
    ) -> None:
        """Multiply an image by the field (see `fillImage`); the variance of a masked image by its square."""
        self._apply_to_all(image, np.multiply, overlapOnly, xStep, yStep)

    @overload
    def divideImage(
        self, image: PixelPlane, overlapOnly: bool = False, xStep: int = 1, yStep: int = 1
    ) -> None: ...
    @overload
    def divideImage(self, image: MaskedPlanes, overlapOnly: bool = False) -> None: ...
    def divideImage(
        self, image: Any, overlapOnly: bool = False, xStep: int | None = None, yStep: int | None = None
    ) -> None:
        """Divide an image by the field (see `fillImage`); the variance of a masked image by its square."""
        self._apply_to_all(image, np.divide, overlapOnly, xStep, yStep)

    def _apply_to_all(
        self, image: Any, operation: Any, overlap_only: bool, x_step: int | None, y_step: int | None
    ) -> None:
        """Apply an operation to an image, or to the planes of a masked image."""
        if not hasattr(image, "variance"):
            steps = (1 if step is None else step for step in (x_step, y_step))
            self._apply(image, operation, overlap_only, *steps)
            return
        if x_step is not None or y_step is not None:
            raise TypeError("xStep and yStep are for images, not for masked images.")

        def apply_square(pixels: np.ndarray, values: np.ndarray) -> np.ndarray:
            return operation(pixels, values * values)

        self._apply(image.image, operation, overlap_only, 1, 1)
        self._apply(image.variance, apply_square, overlap_only, 1, 1)

    def _apply(
        self,
        image: PixelPlane,
        operation: Callable[[np.ndarray, np.ndarray], np.ndarray],
        overlap_only: bool,
        x_step: int,
        y_step: int,
    ) -> None:
        if image.array.dtype.kind != "f":
            raise TypeError(f"bounded fields apply to floating-point images, not to {type(image).__name__}.")
        image_bbox = image.getBBox()
        region = Box2I(image_bbox)
        if overlap_only:
            region.clip(self._bbox)
        elif region != self._bbox:
            raise pex_exceptions.RuntimeError(
                f"image box {region} differs from the box {self._bbox} of the field."
            )
        if region.isEmpty():
            return
        x0, y0 = image_bbox.getMinX(), image_bbox.getMinY()
        columns = slice(region.getMinX() - x0, region.getMaxX() - x0 + 1)
        for first_row, values in self._blocks(region, x_step, y_step):
            row = first_row - y0
            pixels = image.array[row : row + len(values), columns]
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                pixels[...] = operation(pixels, values)

    def _blocks(self, region: Box2I, x_step: int, y_step: int) -> Iterator[tuple[int, np.ndarray]]:
        """Yield ``(first row, values of some rows)`` over a region."""
        columns = np.arange(region.getMinX(), region.getMaxX() + 1, dtype=np.float64)
        rows = np.arange(region.getMinY(), region.getMaxY() + 1, dtype=np.float64)
        if x_step > 1 or y_step > 1:
            yield region.getMinY(), self._interpolate_grid(columns, rows, x_step, y_step)
            return
        for first in range(0, len(rows), _ROWS_PER_BLOCK):
            block = rows[first : first + _ROWS_PER_BLOCK]
            yield region.getMinY() + first, self._evaluate_grid(columns, block)

    def _interpolate_grid(self, x: np.ndarray, y: np.ndarray, x_step: int, y_step: int) -> np.ndarray:
        """Evaluate on a coarse grid and interpolate between its points."""
        x_node, x_left, x_weight = _interpolation_weights(x, x_step)
        y_node, y_left, y_weight = _interpolation_weights(y, y_step)
        nodes = self._evaluate_grid(x_node, y_node)
        x_right, y_right = x_left + (x_weight > 0), y_left + (y_weight > 0)
        along_x = nodes[:, x_left] * (1.0 - x_weight) + nodes[:, x_right] * x_weight
        y_weight = y_weight[:, np.newaxis]
        return along_x[y_left] * (1.0 - y_weight) + along_x[y_right] * y_weight


def _interpolation_weights(position: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return nodes, the index of the node to the left, weight of the next.

    The last node is the last position, however near its neighbor is.
    """
    starts = np.arange(0, len(position), step)
    nodes = starts if starts[-1] == len(position) - 1 else np.append(starts, len(position) - 1)
    index = np.arange(len(position))
    left = index // step
    spacing = np.diff(nodes, append=nodes[-1] + step)
    return position[nodes], left, (index - nodes[left]) / spacing[left]
