"""The base class of convolution kernels."""

from __future__ import annotations

__all__ = ["Kernel"]

import copy
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.table.io import Persistable
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite.archives import FitsReadable

from ._functions import Function2

if TYPE_CHECKING:
    from lsst.afw.image._image_base import ImageBase
    from lsst.afw.table.io import OutputArchive


class Kernel(FitsReadable, Persistable):
    """A small image that may depend on the position in a large one.

    A kernel has zero or more parameters; it varies spatially if each of them
    is given by a function of (x, y).

    Parameters
    ----------
    width, height : `int`
        Size in pixels.
    spatial_functions : `~collections.abc.Sequence` [`Function2`], optional
        One function for each parameter, or none.

    Notes
    -----
    The origin is the pixel ``(n - 1) // 2`` of each axis. `AnalyticKernel` and
    `LinearCombinationKernel` take ``n // 2`` if they are given a list of
    spatial functions, as in the stack: it makes a difference for even sizes.
    """

    def __init__(self, width: int, height: int, spatial_functions: Sequence[Function2] = ()) -> None:
        if width < 1 or height < 1:
            raise InvalidParameterError(f"kernel size {width} x {height} is not positive.")
        self._width, self._height = int(width), int(height)
        self._ctr = ((self._width - 1) // 2, (self._height - 1) // 2)
        self._spatial_functions = [function.clone() for function in spatial_functions]

    def _use_list_center(self) -> None:
        """Set the origin that kernels with a list of spatial functions have."""
        self._ctr = (self._width // 2, self._height // 2)

    def getWidth(self) -> int:
        """Return the number of columns."""
        return self._width

    def getHeight(self) -> int:
        """Return the number of rows."""
        return self._height

    def getDimensions(self) -> Extent2I:
        """Return the size."""
        return Extent2I(self._width, self._height)

    def getCtr(self) -> Point2I:
        """Return the pixel of the kernel's origin (array coordinates)."""
        return Point2I(*self._ctr)

    def setCtr(self, ctr: Point2I, /) -> None:
        """Set the pixel of the kernel's origin (array coordinates)."""
        self._ctr = (ctr.getX(), ctr.getY())

    def getBBox(self) -> Box2I:
        """Return the box of the kernel, whose origin is `getCtr`."""
        return Box2I(Point2I(-self._ctr[0], -self._ctr[1]), self.getDimensions())

    def isSpatiallyVarying(self) -> bool:
        """Return whether the kernel depends on the position."""
        return bool(self._spatial_functions)

    def getSpatialFunction(self, index: int, /) -> Function2:
        """Return a copy of the function that gives one parameter."""
        return self._spatial_functions[index].clone()

    def getSpatialFunctionList(self) -> list[Function2]:
        """Return copies of the functions that give the parameters."""
        return [function.clone() for function in self._spatial_functions]

    def getSpatialParameters(self) -> list[list[float]]:
        """Return the parameters of the spatial functions."""
        return [function.getParameters() for function in self._spatial_functions]

    def getKernelParameters(self) -> list[float]:
        """Return the parameters that hold without a position."""
        return []

    def _parameters_at(self, x: float, y: float) -> list[float]:
        """Return the parameters at a position."""
        return [float(function(x, y)) for function in self._spatial_functions]

    def computeImage(self, image: ImageBase, doNormalize: bool, x: float = 0.0, y: float = 0.0) -> float:
        """Put the kernel at a position into an image.

        Parameters
        ----------
        image : `lsst.afw.image.ImageD`
            Image of the size of the kernel; its pixels and origin are set.
        doNormalize : `bool`
            Divide by the sum of the kernel.
        x, y : `float`, optional
            Position in the large image.

        Returns
        -------
        sum : `float`
            Sum of the kernel as put into the image.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the size differs.
        lsst.pex.exceptions.OverflowError
            Raised if the sum is zero and the kernel shall be normalized.
        TypeError
            Raised if the image has other pixels.
        """
        if image.array.dtype != np.float64:
            raise TypeError(f"a kernel is put into an ImageD, not into an {type(image).__name__}.")
        if image.getDimensions() != self.getDimensions():
            raise InvalidParameterError(
                f"image size {image.getDimensions()} is not the kernel size {self.getDimensions()}."
            )
        pixels, total = self._compute_array(doNormalize, x, y)
        image.setXY0(Point2I(-self._ctr[0], -self._ctr[1]))
        image.array[...] = pixels
        return total

    def _compute_array(self, normalize: bool, x: float = 0.0, y: float = 0.0) -> tuple[np.ndarray, float]:
        """Return the float64 pixels (height, width) and their sum."""
        parameters = self._parameters_at(x, y) if self._spatial_functions else self.getKernelParameters()
        pixels, total = self._pixels(parameters)
        if not normalize:
            return pixels, total
        if total == 0.0:
            raise pex_exceptions.OverflowError(
                f"{type(self).__name__} cannot be normalized: its sum is zero."
            )
        return pixels / total, 1.0

    @abstractmethod
    def _pixels(self, parameters: list[float]) -> tuple[np.ndarray, float]:
        """Return the pixels for given parameters, and the sum."""

    def clone(self) -> Self:
        """Return an independent copy."""
        return copy.deepcopy(self)

    def resized(self, width: int, height: int) -> Kernel:
        """Return the kernel with another size.

        An image is cut off or padded with zeros on all sides; a function is
        evaluated at other pixels. The origin stays where it is
        relative to the middle.

        Parameters
        ----------
        width, height : `int`
            New size in pixels.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if a size is not positive, or the size of an image would have to
            change from odd to even or from even to odd.

        Notes
        -----
        Not compared with values of the real stack.
        """
        if width < 1 or height < 1:
            raise InvalidParameterError(f"kernel size {width} x {height} is not positive.")
        result = self._resized(int(width), int(height))
        result._ctr = self._moved_origin(int(width), int(height))
        return result

    @abstractmethod
    def _resized(self, width: int, height: int) -> Kernel:
        """Return a kernel with another size and any origin."""

    def _moved_origin(self, width: int, height: int) -> tuple[int, int]:
        (x, y), sizes = self._ctr, (self._width, self._height)
        dx, dy = ((new - 1) // 2 - (old - 1) // 2 for new, old in zip((width, height), sizes, strict=True))
        return x + dx, y + dy

    def _leading(self, archive: OutputArchive) -> tuple[list[tuple[Any, ...]], list[Any]]:
        """Return the columns that all kernels begin with, and their values."""
        fields: list[tuple[Any, ...]] = [
            (f"{name}_{axis}", "I", f"{doc} in {axis}", "pixel")
            for name, doc in (("dimensions", "size of the kernel"), ("center", "origin of the kernel"))
            for axis in "xy"
        ]
        values: list[Any] = [self._width, self._height, *self._ctr]
        if self._spatial_functions:
            n = len(self._spatial_functions)
            fields.append(("spatialfunctions", "ArrayI", "archive ids of the spatial functions", "", n))
            values.append([archive.put(function) for function in self._spatial_functions])
        return fields, values
