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

from ._function_base import Function2

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
        One function for each parameter, or none (copied).

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the size is not positive.

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
        """Return a copy of the function that gives one parameter.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if there is none.
        """
        if not 0 <= index < len(self._spatial_functions):
            raise InvalidParameterError(
                f"there is no spatial function {index}; the kernel has {len(self._spatial_functions)}."
            )
        return self._spatial_functions[index].clone()

    def getSpatialFunctionList(self) -> list[Function2]:
        """Return copies of the functions that give the parameters."""
        return [function.clone() for function in self._spatial_functions]

    def getSpatialParameters(self) -> list[list[float]]:
        """Return the parameters of the spatial functions."""
        return [function.getParameters() for function in self._spatial_functions]

    def setSpatialParameters(self, parameters: Sequence[Sequence[float]], /) -> None:
        """Set the parameters of the spatial functions.

        Parameters
        ----------
        parameters : `~collections.abc.Sequence` [`~collections.abc.Sequence` [`float`]]
            Parameters of each function; one empty sequence for each kernel
            parameter if there are no functions.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if a number is another.
        """
        n_kernel = self.getNKernelParameters()
        if len(parameters) != n_kernel:
            raise InvalidParameterError(f"{len(parameters)} lists of parameters for {n_kernel} functions.")
        numbers = [function.getNParameters() for function in self._spatial_functions]
        for n, values in zip(numbers or [0] * n_kernel, parameters, strict=True):
            if len(values) != n:
                raise InvalidParameterError(f"{len(values)} parameters for the {n} of a spatial function.")
        for function, values in zip(self._spatial_functions, parameters, strict=False):
            function.setParameters(values)

    def getNSpatialParameters(self) -> int:
        """Return the number of parameters of the first spatial function, 0 if there is none."""
        return self._spatial_functions[0].getNParameters() if self._spatial_functions else 0

    def getKernelParameters(self) -> list[float]:
        """Return the parameters that hold without a position."""
        return []

    def getKernelParameter(self, index: int, /) -> float:
        """Return one of the parameters that hold without a position.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if there is no such parameter.
        """
        values = self.getKernelParameters()
        if not 0 <= index < len(values):
            raise InvalidParameterError(f"there is no parameter {index}; the kernel has {len(values)}.")
        return values[index]

    def getNKernelParameters(self) -> int:
        """Return the number of parameters."""
        return len(self.getKernelParameters())

    def setKernelParameters(self, parameters: Sequence[float], /) -> None:
        """Set the parameters that hold without a position.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if the kernel varies spatially.
        lsst.pex.exceptions.InvalidParameterError
            Raised if the number of parameters is another.
        """
        if self._spatial_functions:
            raise pex_exceptions.RuntimeError(
                f"the {type(self).__name__} varies spatially; set its spatial parameters instead."
            )
        n = self.getNKernelParameters()
        if len(parameters) != n:
            raise InvalidParameterError(f"{len(parameters)} parameters for the {n} of the kernel.")
        self._set_parameters([float(value) for value in parameters])

    def _set_parameters(self, values: list[float]) -> None:
        """Keep new parameters, as many as there are."""

    def growBBox(self, bbox: Box2I, /) -> Box2I:
        """Return the box of all pixels that reach a box in a convolution."""
        corner = Point2I(bbox.getMinX() - self._ctr[0], bbox.getMinY() - self._ctr[1])
        size = Extent2I(bbox.getWidth() + self._width - 1, bbox.getHeight() + self._height - 1)
        return Box2I(corner, size)

    def shrinkBBox(self, bbox: Box2I, /) -> Box2I:
        """Return the box in which all pixels that a convolution needs are in a box.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the box is smaller than the kernel.
        """
        width, height = bbox.getWidth() - self._width + 1, bbox.getHeight() - self._height + 1
        if width < 1 or height < 1:
            raise InvalidParameterError(f"{bbox} is smaller than the kernel, {self.getDimensions()}.")
        corner = Point2I(bbox.getMinX() + self._ctr[0], bbox.getMinY() + self._ctr[1])
        return Box2I(corner, Extent2I(width, height))

    def computeCache(self, size: int, /) -> None:
        """Do nothing: only separable kernels know a cache."""

    def getCacheSize(self) -> int:
        """Return the size of the cache: 0 for all but separable kernels."""
        return 0

    def toString(self, prefix: str = "") -> str:
        """Return a description of several lines.

        Parameters
        ----------
        prefix : `str`, optional
            Beginning of each line.
        """
        lines = [f"{type(self).__name__}:", *self._description(), *self._common_description()]
        return "".join(f"{prefix}{line}\n" for line in lines)

    def _description(self) -> list[str]:
        """Return what is said of this kind of kernel, by line."""
        return []

    def _common_description(self) -> list[str]:
        """Return what is said of all kernels, by line."""
        lines = [
            "Kernel:",
            f"..height, width: {self._height}, {self._width}",
            f"..ctr (X, Y): {self._ctr[0]}, {self._ctr[1]}",
            f"..nKernelParams: {self.getNKernelParameters()}",
            f"..isSpatiallyVarying: {self.isSpatiallyVarying()}",
        ]
        if self._spatial_functions:
            lines += ["..spatialFunctions:", *(f"....{f.toString()}" for f in self._spatial_functions)]
        return [f"\t{line}" for line in lines]

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
