"""Convolution kernels, as they occur in PSF models."""

from __future__ import annotations

__all__ = ["AnalyticKernel", "DeltaFunctionKernel", "FixedKernel", "Kernel", "LinearCombinationKernel"]

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from lsst.afw.fits._errors import check_range, stamp_size
from lsst.geom import Point2I
from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite._limits import KERNEL_CENTER, KERNEL_PIXELS, KERNELS
from lsst_stacklite._overloads import Check, bind, is_sequence
from lsst_stacklite.archives import make_table, persistable_reader

from ._functions import Function2
from ._kernel import Kernel

if TYPE_CHECKING:
    from lsst.afw.image._image_base import ImageBase
    from lsst.afw.table.io import OutputArchive
    from lsst_stacklite.archives import ArchiveReader, StoredTable


def _are_numbers(values: Any) -> bool:
    return is_sequence(values) and not _are_functions(values)


def _are_functions(values: Any) -> bool:
    return is_sequence(values) and len(values) > 0 and isinstance(values[0], Function2)


_KINDS: dict[str, Check] = {
    "Function2": Function2,
    "Sequence[Function2]": _are_functions,
    "Sequence[Kernel]": is_sequence,
    "Sequence[float]": _are_numbers,
}


class FixedKernel(Kernel):
    """A kernel that is an image.

    Parameters
    ----------
    image : `lsst.afw.image.ImageD`
        The kernel (copied).

    Raises
    ------
    TypeError
        Raised if the image has other pixels.
    """

    def __init__(self, image: ImageBase) -> None:
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

    def _pixels(self, parameters: list[float]) -> tuple[np.ndarray, float]:
        return self._array, self._sum

    def _resized(self, width: int, height: int) -> FixedKernel:
        array = self._array
        for axis, change in enumerate((height - self._height, width - self._width)):
            if change % 2:
                raise InvalidParameterError(
                    f"a kernel image of {self._width} x {self._height} pixels cannot become one of "
                    f"{width} x {height}: its middle would move by half a pixel."
                )
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
        Raised if the pixel is outside.
    """

    def __init__(self, width: int, height: int, point: Point2I) -> None:
        super().__init__(width, height)
        self._pixel = (point.getX(), point.getY())
        if not (0 <= self._pixel[0] < width and 0 <= self._pixel[1] < height):
            raise InvalidParameterError(f"pixel {self._pixel} is outside a kernel of {width} x {height}.")

    def getPixel(self) -> Point2I:
        """Return the pixel that is 1 (array coordinates)."""
        return Point2I(*self._pixel)

    def _pixels(self, parameters: list[float]) -> tuple[np.ndarray, float]:
        pixels = np.zeros((self._height, self._width))
        pixels[self._pixel[1], self._pixel[0]] = 1.0
        return pixels, 1.0

    def _resized(self, width: int, height: int) -> DeltaFunctionKernel:
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
        given = bind(AnalyticKernel.__init__, _KINDS, (self, *args), kwargs)
        self._function = given["kernelFunction"].clone()
        n = self._function.getNParameters()
        super().__init__(given["width"], given["height"], _one_for_each(given, n))
        if given.get("spatialFunctionList"):
            self._use_list_center()

    def getKernelFunction(self) -> Function2:
        """Return a copy of the kernel function."""
        return self._function.clone()

    def getKernelParameters(self) -> list[float]:
        """Return the parameters of the kernel function."""
        return self._function.getParameters()

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


class LinearCombinationKernel(Kernel):
    """A weighted sum of kernels that do not vary themselves.

    Parameters
    ----------
    kernelList : `~collections.abc.Sequence` [`Kernel`]
        Basis kernels of equal size (copied).
    kernelParameters : `~collections.abc.Sequence` [`float`]
        Constant weights.
    spatialFunction : `Function2`
        In place of them, a function used for every weight.
    spatialFunctionList : `~collections.abc.Sequence` [`Function2`]
        In place of them, one function for each weight.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if there is no basis kernel, one varies, or sizes or counts differ.
    """

    @overload
    def __init__(self, kernelList: Sequence[Kernel], kernelParameters: Sequence[float]) -> None: ...

    @overload
    def __init__(self, kernelList: Sequence[Kernel], spatialFunction: Function2) -> None: ...

    @overload
    def __init__(self, kernelList: Sequence[Kernel], spatialFunctionList: Sequence[Function2]) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(LinearCombinationKernel.__init__, _KINDS, (self, *args), kwargs)
        kernelList = given["kernelList"]
        _check_basis(kernelList)
        n, first = len(kernelList), kernelList[0]
        super().__init__(first.getWidth(), first.getHeight(), _one_for_each(given, n))
        if "spatialFunctionList" in given:
            self._use_list_center()
        self._weights = [float(w) for w in given.get("kernelParameters", [0.0] * n)]
        if len(self._weights) != n:
            raise InvalidParameterError(f"{len(self._weights)} weights for {n} kernels.")
        self._kernels = [kernel.clone() for kernel in kernelList]
        images = [kernel._compute_array(False) for kernel in self._kernels]
        self._basis = np.array([pixels for pixels, _ in images])
        self._sums = np.array([total for _, total in images])

    def getKernelList(self) -> list[Kernel]:
        """Return the basis kernels."""
        return list(self._kernels)

    def getKernelSumList(self) -> list[float]:
        """Return the sums of the basis kernels."""
        return [float(s) for s in self._sums]

    def getKernelParameters(self) -> list[float]:
        """Return the constant weights (zeros for a varying kernel)."""
        return list(self._weights)

    @np.errstate(all="ignore")  # C++ does not warn
    def _pixels(self, parameters: list[float]) -> tuple[np.ndarray, float]:
        pixels = np.tensordot(np.array(parameters), self._basis, axes=1)
        return pixels, float(np.dot(parameters, self._sums))

    def _resized(self, width: int, height: int) -> LinearCombinationKernel:
        kernels = [kernel.resized(width, height) for kernel in self._kernels]
        return LinearCombinationKernel(kernels, self._spatial_functions or self._weights)

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        fields, values = self._leading(archive)
        n = len(self._kernels)
        fields.append(("components", "ArrayI", "archive ids of the kernels", "", n))
        values.append([archive.put(kernel) for kernel in self._kernels])
        if not self._spatial_functions:
            fields.append(("amplitudes", "ArrayD", "weights of the kernels", "", n))
            values.append(self._weights)
        return [make_table(fields, [values])]


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


def _one_for_each(given: Mapping[str, Any], n: int) -> list[Function2]:
    """Return one spatial function for each of n parameters, or none."""
    one, some = given.get("spatialFunction"), given.get("spatialFunctionList", ())
    result = list(some) if one is None else [one] * n
    if result and len(result) != n:
        raise InvalidParameterError(f"{len(result)} spatial functions for {n} kernel parameters.")
    return result


def _check_basis(kernels: Sequence[Kernel]) -> None:
    if not kernels:
        raise InvalidParameterError("a linear combination needs at least one kernel.")
    for i, kernel in enumerate(kernels):
        if kernel.isSpatiallyVarying():
            raise InvalidParameterError(f"basis kernel {i} varies spatially.")
        if kernel.getDimensions() != kernels[0].getDimensions() or kernel.getCtr() != kernels[0].getCtr():
            raise InvalidParameterError(f"basis kernel {i} has another size or center than the first.")


@persistable_reader("FixedKernel", of=FixedKernel, module="lsst.afw.math", id_fields=())
def _read_fixed(archive: ArchiveReader, tables: Sequence[StoredTable]) -> FixedKernel:
    row = tables[0][0]
    pixels = np.asarray(row["image"]).reshape(row["dimensions_y"], row["dimensions_x"])
    return _with_center(FixedKernel._from_array(pixels), row)


@persistable_reader("DeltaFunctionKernel", of=DeltaFunctionKernel, module="lsst.afw.math", id_fields=())
def _read_delta(archive: ArchiveReader, tables: Sequence[StoredTable]) -> DeltaFunctionKernel:
    row = tables[0][0]
    point = Point2I(row["pixel_x"], row["pixel_y"])
    return _with_center(DeltaFunctionKernel(*stamp_size(row), point), row)


@persistable_reader(
    "AnalyticKernel",
    of=AnalyticKernel,
    module="lsst.afw.math",
    id_fields=("spatialfunctions", "kernelfunction"),
)
def _read_analytic(archive: ArchiveReader, tables: Sequence[StoredTable]) -> AnalyticKernel:
    row = tables[0][0]
    function = archive.need(row["kernelfunction"], Function2)
    spatial = _read_spatial_functions(archive, tables[0])
    return _with_center(_analytic(*stamp_size(row), function, spatial), row)


@persistable_reader(
    "LinearCombinationKernel",
    of=LinearCombinationKernel,
    module="lsst.afw.math",
    id_fields=("spatialfunctions", "components"),
)
def _read_linear_combination(
    archive: ArchiveReader, tables: Sequence[StoredTable]
) -> LinearCombinationKernel:
    row = tables[0][0]
    kernels = [archive.need(i, Kernel) for i in row["components"]]
    check_range("the number of kernels", sum(map(_count_kernels, kernels)), 1, KERNELS)
    check_range("the number of pixels", sum(k.getWidth() * k.getHeight() for k in kernels), 1, KERNEL_PIXELS)
    weights = _read_spatial_functions(archive, tables[0]) or list(row["amplitudes"])
    return _with_center(LinearCombinationKernel(kernels, weights), row)


def _count_kernels(kernel: Kernel) -> int:
    """Count kernels of kernels; combinations that share kernels could have any number."""
    return sum(map(_count_kernels, kernel._kernels)) if isinstance(kernel, LinearCombinationKernel) else 1


def _read_spatial_functions(archive: ArchiveReader, table: StoredTable) -> list[Function2]:
    if "spatialfunctions" not in table.schema.getNames():
        return []
    return [archive.need(i, Function2) for i in table[0]["spatialfunctions"]]


def _with_center(kernel: Any, row: Any) -> Any:
    center = int(row["center_x"]), int(row["center_y"])
    for value in center:
        check_range("a coordinate of the center", value, -KERNEL_CENTER, KERNEL_CENTER)
    kernel.setCtr(Point2I(*center))
    return kernel
