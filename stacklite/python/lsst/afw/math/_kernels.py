"""Convolution kernels, as they occur in PSF models."""

from __future__ import annotations

__all__ = ["AnalyticKernel", "DeltaFunctionKernel", "FixedKernel"]

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from lsst.afw.fits._errors import stamp_size
from lsst.geom import Point2D, Point2I
from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite._overloads import bind
from lsst_stacklite.archives import make_table, persistable_reader

from ._function_base import Function2, number_text
from ._kernel import Kernel
from ._kernel_forms import KINDS, one_for_each, read_spatial_functions, with_center

if TYPE_CHECKING:
    from lsst.afw.image._image_base import ImageBase
    from lsst.afw.table.io import OutputArchive
    from lsst_stacklite.archives import ArchiveReader, StoredTable


class FixedKernel(Kernel):
    """A kernel that is an image.

    Parameters
    ----------
    image : `lsst.afw.image.ImageD`
        The kernel (copied).
    kernel : `Kernel`
        Another kernel, whose image is taken, instead.
    pos : `lsst.geom.Point2D`
        Position at which it is taken.

    Raises
    ------
    TypeError
        Raised if the image has other pixels.
    """

    @overload
    def __init__(self, image: ImageBase) -> None: ...

    @overload
    def __init__(self, kernel: Kernel, pos: Point2D) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(FixedKernel.__init__, KINDS, (self, *args), kwargs)
        if "kernel" in given:
            kernel, position = given["kernel"], given["pos"]
            pixels, _ = kernel._compute_array(False, position.getX(), position.getY())
            self._set_array(np.array(pixels))
            self._ctr = kernel._ctr
            return
        image = given["image"]
        if image.array.dtype != np.float64:
            raise TypeError(f"a kernel is an ImageD, not an {type(image).__name__}.")
        self._set_array(np.array(image.array))

    @classmethod
    def _from_array(cls, array: np.ndarray) -> FixedKernel:
        result = cls.__new__(cls)
        result._set_array(np.array(array, dtype=np.float64))
        return result

    def _set_array(self, array: np.ndarray) -> None:
        super().__init__(array.shape[1], array.shape[0])
        self._array = array
        self._sum = float(array.sum())

    def getSum(self) -> float:
        """Return the sum of the pixels."""
        return self._sum

    def _description(self) -> list[str]:
        return [f"..sum: {number_text(self._sum)}"]

    def _pixels(self, parameters: list[float]) -> tuple[np.ndarray, float]:
        return self._array, self._sum

    def _resized(self, width: int, height: int) -> FixedKernel:
        _check_middle(self, width, height)
        array = self._array
        for axis, change in enumerate((height - self._height, width - self._width)):
            array = _with_margin(array, change // 2, axis)
        return FixedKernel._from_array(array)

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        fields, values = self._leading(archive)
        fields.append(("image", "ArrayD", "pixel values, rows one after the other", "", self._array.size))
        return [make_table(fields, [(*values, self._array.ravel())])]


class DeltaFunctionKernel(Kernel):
    """A kernel that is 1 in one pixel and 0 elsewhere.

    Parameters
    ----------
    width, height : `int`
        Size in pixels.
    point : `lsst.geom.Point2I`
        The pixel that is 1 (array coordinates).

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the size is not positive, or the pixel is outside.
    """

    def __init__(self, width: int, height: int, point: Point2I) -> None:
        super().__init__(width, height)
        self._pixel = (point.getX(), point.getY())
        if not (0 <= self._pixel[0] < width and 0 <= self._pixel[1] < height):
            raise InvalidParameterError(f"pixel {self._pixel} is outside a kernel of {width} x {height}.")

    def getPixel(self) -> Point2I:
        """Return the pixel that is 1 (array coordinates)."""
        return Point2I(*self._pixel)

    def _description(self) -> list[str]:
        # Without the first parenthesis, as in the stack.
        return [f"Pixel (c,r) {self._pixel[0]},{self._pixel[1]})"]

    def _pixels(self, parameters: list[float]) -> tuple[np.ndarray, float]:
        pixels = np.zeros((self._height, self._width))
        pixels[self._pixel[1], self._pixel[0]] = 1.0
        return pixels, 1.0

    def _resized(self, width: int, height: int) -> DeltaFunctionKernel:
        _check_middle(self, width, height)
        offset = self.getPixel() - self.getCtr()
        return DeltaFunctionKernel(width, height, Point2I(*self._moved_origin(width, height)) + offset)

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        fields, values = self._leading(archive)
        fields += [(f"pixel_{axis}", "I", f"{axis} of the pixel that is 1", "pixel") for axis in "xy"]
        return [make_table(fields, [(*values, *self._pixel)])]


class AnalyticKernel(Kernel):
    """A kernel whose pixels are values of a function at their centers.

    Parameters
    ----------
    width, height : `int`
        Size in pixels.
    kernelFunction : `Function2`
        Function of the offset from the kernel's origin (copied).
    spatialFunction : `Function2`, optional
        A function used for every parameter.
    spatialFunctionList : `~collections.abc.Sequence` [`Function2`], optional
        In place of it, one function for each parameter.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the size is not positive, or the number of spatial functions is not that of the parameters.
    """

    @overload
    def __init__(self, width: int, height: int, kernelFunction: Function2) -> None: ...

    @overload
    def __init__(
        self, width: int, height: int, kernelFunction: Function2, spatialFunction: Function2
    ) -> None: ...

    @overload
    def __init__(
        self, width: int, height: int, kernelFunction: Function2, spatialFunctionList: Sequence[Function2]
    ) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(AnalyticKernel.__init__, KINDS, (self, *args), kwargs)
        self._function = given["kernelFunction"].clone()
        n = self._function.getNParameters()
        super().__init__(given["width"], given["height"], one_for_each(given, n))
        if given.get("spatialFunctionList"):
            self._use_list_center()

    def getKernelFunction(self) -> Function2:
        """Return a copy of the kernel function."""
        return self._function.clone()

    def getKernelParameters(self) -> list[float]:
        """Return the parameters of the kernel function."""
        return self._function.getParameters()

    def _set_parameters(self, values: list[float]) -> None:
        self._function.setParameters(values)

    def _description(self) -> list[str]:
        return [f"..function: {self._function.toString()}"]

    def computeImage(self, image: ImageBase, doNormalize: bool, x: float = 0.0, y: float = 0.0) -> float:
        """Put the kernel at a position into an image, which may have any size; see `Kernel.computeImage`.

        The middle of an image of another size is where the middle of the
        kernel is.
        """
        width, height = image.getDimensions()
        twin = self.clone()
        # Rounded towards zero.
        twin._ctr = (
            self._ctr[0] + int((width - self._width) / 2),
            self._ctr[1] + int((height - self._height) / 2),
        )
        twin._width, twin._height = width, height
        return Kernel.computeImage(twin, image, doNormalize, x, y)

    def _pixels(self, parameters: list[float]) -> tuple[np.ndarray, float]:
        function = self._function.clone()
        function.setParameters(parameters)
        y, x = np.mgrid[: self._height, : self._width].astype(np.float64)
        pixels = np.asarray(function(x - self._ctr[0], y - self._ctr[1]), dtype=np.float64)
        return pixels, float(pixels.sum())

    def _resized(self, width: int, height: int) -> AnalyticKernel:
        return _analytic(width, height, self._function, self._spatial_functions)

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        fields, values = self._leading(archive)
        fields.append(("kernelfunction", "I", "archive id of the kernel function", ""))
        return [make_table(fields, [(*values, archive.put(self._function))])]


def _check_middle(kernel: Kernel, width: int, height: int) -> None:
    """Refuse a size of an image whose middle is elsewhere by half a pixel."""
    old = kernel.getWidth(), kernel.getHeight()
    if (width - old[0]) % 2 or (height - old[1]) % 2:
        raise InvalidParameterError(
            f"a kernel image of {old[0]} x {old[1]} pixels cannot become one of "
            f"{width} x {height}: its middle would move by half a pixel."
        )


def _with_margin(array: np.ndarray, margin: int, axis: int) -> np.ndarray:
    """Add zeros to both ends of an axis, or cut off pixels if ``margin`` is negative."""
    if margin < 0:
        return array.take(range(-margin, array.shape[axis] + margin), axis=axis)
    return np.pad(array, [(margin, margin) if i == axis else (0, 0) for i in range(2)])


def _analytic(
    width: int, height: int, function: Function2, spatial_functions: Sequence[Function2]
) -> AnalyticKernel:
    """Return a kernel that varies spatially if there are functions of the position."""
    if spatial_functions:
        return AnalyticKernel(width, height, function, spatial_functions)
    return AnalyticKernel(width, height, function)


@persistable_reader("FixedKernel", of=FixedKernel, module="lsst.afw.math", id_fields=())
def _read_fixed(archive: ArchiveReader, tables: Sequence[StoredTable]) -> FixedKernel:
    row = tables[0][0]
    pixels = np.asarray(row["image"]).reshape(row["dimensions_y"], row["dimensions_x"])
    return with_center(FixedKernel._from_array(pixels), row)


@persistable_reader("DeltaFunctionKernel", of=DeltaFunctionKernel, module="lsst.afw.math", id_fields=())
def _read_delta(archive: ArchiveReader, tables: Sequence[StoredTable]) -> DeltaFunctionKernel:
    row = tables[0][0]
    point = Point2I(row["pixel_x"], row["pixel_y"])
    return with_center(DeltaFunctionKernel(*stamp_size(row), point), row)


@persistable_reader(
    "AnalyticKernel",
    of=AnalyticKernel,
    module="lsst.afw.math",
    id_fields=("spatialfunctions", "kernelfunction"),
)
def _read_analytic(archive: ArchiveReader, tables: Sequence[StoredTable]) -> AnalyticKernel:
    row = tables[0][0]
    function = archive.need(row["kernelfunction"], Function2)
    spatial = read_spatial_functions(archive, tables[0])
    return with_center(_analytic(*stamp_size(row), function, spatial), row)
