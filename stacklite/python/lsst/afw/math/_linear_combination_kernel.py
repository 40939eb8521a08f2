"""Kernels that are weighted sums of other kernels."""

from __future__ import annotations

__all__ = ["LinearCombinationKernel"]

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from lsst.afw.fits._errors import check_range
from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite._limits import KERNEL_PIXELS, KERNELS
from lsst_stacklite._overloads import bind
from lsst_stacklite.archives import make_table, persistable_reader

from ._function_base import Function2, number_text
from ._kernel import Kernel
from ._kernel_forms import KINDS, one_for_each, read_spatial_functions, with_center
from ._kernels import DeltaFunctionKernel, FixedKernel

if TYPE_CHECKING:
    from lsst.afw.table.io import OutputArchive
    from lsst_stacklite.archives import ArchiveReader, StoredTable


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
        given = bind(LinearCombinationKernel.__init__, KINDS, (self, *args), kwargs)
        kernelList = given["kernelList"]
        _check_basis(kernelList)
        n, first = len(kernelList), kernelList[0]
        super().__init__(first.getWidth(), first.getHeight(), one_for_each(given, n))
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

    def _set_parameters(self, values: list[float]) -> None:
        self._weights = values

    def getNBasisKernels(self) -> int:
        """Return the number of basis kernels."""
        return len(self._kernels)

    def isDeltaFunctionBasis(self) -> bool:
        """Return whether all basis kernels are `DeltaFunctionKernel`."""
        return all(isinstance(kernel, DeltaFunctionKernel) for kernel in self._kernels)

    def checkKernelList(self, kernelList: Sequence[Kernel], /) -> None:
        """Check that kernels can be the basis of a linear combination.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if there is none, one varies spatially, or sizes differ.
        """
        _check_basis(kernelList)

    def refactor(self) -> LinearCombinationKernel | None:
        """Return the same kernel with one basis kernel for each term of the spatial functions.

        Returns
        -------
        kernel : `LinearCombinationKernel` or `None`
            A kernel with fixed basis kernels, each multiplied by one term;
            `None` if the kernel does not vary, or its functions are not sums of terms.
        """
        functions = self._spatial_functions
        if not functions or not functions[0].isLinearCombination():
            return None
        parameters = np.array(
            [function.getParameters()[: self.getNSpatialParameters()] for function in functions]
        )
        images = np.tensordot(parameters.T, self._basis, axes=1)
        terms = []
        for values in np.identity(len(images)).tolist():
            terms.append(functions[0].clone())
            terms[-1].setParameters(values)
        kernels = [FixedKernel._from_array(image) for image in images]
        result = LinearCombinationKernel(kernels, terms)
        result._ctr = self._ctr
        return result

    def _description(self) -> list[str]:
        kernels = [line for kernel in self._kernels for line in kernel.toString("\t").splitlines()]
        weights = ", ".join(map(number_text, self._weights))
        return ["..Kernels:", *kernels, f"..parameters: [ {weights} ]"]

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


def _check_basis(kernels: Sequence[Kernel]) -> None:
    if not kernels:
        raise InvalidParameterError("a linear combination needs at least one kernel.")
    for i, kernel in enumerate(kernels):
        if kernel.isSpatiallyVarying():
            raise InvalidParameterError(f"basis kernel {i} varies spatially.")
        if kernel.getDimensions() != kernels[0].getDimensions() or kernel.getCtr() != kernels[0].getCtr():
            raise InvalidParameterError(f"basis kernel {i} has another size or center than the first.")


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
    weights = read_spatial_functions(archive, tables[0]) or list(row["amplitudes"])
    return with_center(LinearCombinationKernel(kernels, weights), row)


def _count_kernels(kernel: Kernel) -> int:
    """Count kernels of kernels; combinations that share kernels could have any number."""
    return sum(map(_count_kernels, kernel._kernels)) if isinstance(kernel, LinearCombinationKernel) else 1
