"""Kernels that are products of a function of the column and one of the row."""

from __future__ import annotations

__all__ = ["SeparableKernel"]

from typing import TYPE_CHECKING, Any, overload

import numpy as np

from lsst_stacklite._overloads import bind

from ._function_base import Function1, Function2
from ._kernel import Kernel
from ._kernel_forms import KINDS, one_for_each

if TYPE_CHECKING:
    from collections.abc import Sequence


class SeparableKernel(Kernel):
    """A kernel whose pixels are products of two functions, at their centers.

    It cannot be stored (agrees with the stack). Its parameters are those of
    the function of the column, and then those of the function of the row.

    Parameters
    ----------
    width, height : `int`
        Size in pixels.
    kernelColFunction : `Function1`
        Function of the column, relative to the kernel's origin (copied).
    kernelRowFunction : `Function1`
        Function of the row (copied).
    spatialFunction : `Function2`, optional
        A function used for every parameter.
    spatialFunctionList : `~collections.abc.Sequence` [`Function2`], optional
        In place of it, one function for each parameter.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if a size is not positive, or the number of functions is not
        that of the parameters.
    """

    @overload
    def __init__(
        self, width: int, height: int, kernelColFunction: Function1, kernelRowFunction: Function1
    ) -> None: ...

    @overload
    def __init__(
        self,
        width: int,
        height: int,
        kernelColFunction: Function1,
        kernelRowFunction: Function1,
        spatialFunction: Function2,
    ) -> None: ...

    @overload
    def __init__(
        self,
        width: int,
        height: int,
        kernelColFunction: Function1,
        kernelRowFunction: Function1,
        spatialFunctionList: Sequence[Function2],
    ) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(SeparableKernel.__init__, KINDS, (self, *args), kwargs)
        self._along_x = given["kernelColFunction"].clone()
        self._along_y = given["kernelRowFunction"].clone()
        self._cache_size = 0
        n = len(self.getKernelParameters())
        super().__init__(given["width"], given["height"], one_for_each(given, n))
        if given.get("spatialFunctionList"):
            self._use_list_center()

    def getKernelColFunction(self) -> Function1:
        """Return a copy of the function of the column."""
        return self._along_x.clone()

    def getKernelRowFunction(self) -> Function1:
        """Return a copy of the function of the row."""
        return self._along_y.clone()

    def getKernelParameters(self) -> list[float]:
        """Return the parameters of both functions."""
        return self._along_x.getParameters() + self._along_y.getParameters()

    def computeCache(self, size: int, /) -> None:
        """Note the size of a cache, which nothing needs here."""
        self._cache_size = int(size)

    def getCacheSize(self) -> int:
        """Return the size of the cache."""
        return self._cache_size

    def _set_parameters(self, values: list[float]) -> None:
        n = self._along_x.getNParameters()
        self._along_x.setParameters(values[:n])
        self._along_y.setParameters(values[n:])

    def _description(self) -> list[str]:
        return [
            f"..x (width) function: {self._along_x.toString()}",
            f"..y (rows) function: {self._along_y.toString()}",
        ]

    @np.errstate(all="ignore")  # C++ does not warn
    def _pixels(self, parameters: list[float]) -> tuple[np.ndarray, float]:
        n = self._along_x.getNParameters()
        values = []
        for function, some, size, center in zip(
            (self._along_x, self._along_y),
            (parameters[:n], parameters[n:]),
            (self._width, self._height),
            self._ctr,
            strict=True,
        ):
            function = function.clone()
            function.setParameters(some)
            values.append(np.asarray(function(np.arange(size, dtype=np.float64) - center), np.float64))
        along_x, along_y = values
        return np.outer(along_y, along_x), float(along_x.sum() * along_y.sum())

    def _resized(self, width: int, height: int) -> SeparableKernel:
        if self._spatial_functions:
            return SeparableKernel(width, height, self._along_x, self._along_y, self._spatial_functions)
        return SeparableKernel(width, height, self._along_x, self._along_y)
