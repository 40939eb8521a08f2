"""Arguments and tables that several kinds of kernels have."""

from __future__ import annotations

__all__ = ["KINDS", "one_for_each", "read_spatial_functions", "with_center"]

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lsst.afw.fits._errors import check_range
from lsst.geom import Point2D, Point2I
from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite._limits import KERNEL_CENTER
from lsst_stacklite._overloads import Check, is_sequence

from ._function_base import Function1, Function2
from ._kernel import Kernel

if TYPE_CHECKING:
    from lsst_stacklite.archives import ArchiveReader, StoredTable


def _are_numbers(values: Any) -> bool:
    return is_sequence(values) and not _are_functions(values)


def _are_functions(values: Any) -> bool:
    return is_sequence(values) and len(values) > 0 and isinstance(values[0], Function2)


KINDS: dict[str, Check] = {
    "Function1": Function1,
    "Function2": Function2,
    "Kernel": Kernel,
    "Point2D": Point2D,
    "Sequence[Function2]": _are_functions,
    "Sequence[Kernel]": is_sequence,
    "Sequence[float]": _are_numbers,
}


def one_for_each(given: Mapping[str, Any], n: int) -> list[Function2]:
    """Return one spatial function for each of n parameters, or none.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if their number differs from that of the parameters.
    """
    one, some = given.get("spatialFunction"), given.get("spatialFunctionList", ())
    result = list(some) if one is None else [one] * n
    if result and len(result) != n:
        raise InvalidParameterError(f"{len(result)} spatial functions for {n} kernel parameters.")
    return result


def read_spatial_functions(archive: ArchiveReader, table: StoredTable) -> list[Function2]:
    """Return the functions that give the parameters of a stored kernel; none if it does not vary."""
    if "spatialfunctions" not in table.schema.getNames():
        return []
    return [archive.need(i, Function2) for i in table[0]["spatialfunctions"]]


def with_center(kernel: Any, row: Any) -> Any:
    """Return a kernel after setting its center to the one of its stored row.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if the center is far from any image.
    """
    center = int(row["center_x"]), int(row["center_y"])
    for value in center:
        check_range("a coordinate of the center", value, -KERNEL_CENTER, KERNEL_CENTER)
    kernel.setCtr(Point2I(*center))
    return kernel
