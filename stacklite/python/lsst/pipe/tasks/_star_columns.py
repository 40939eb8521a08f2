"""Columns of a table of sources with positions and shapes of stars."""

from __future__ import annotations

__all__ = ["has_higher_order_moments", "read_centroids", "read_higher_order_moments", "read_moments"]

from typing import Any

import numpy as np
from numpy.typing import NDArray

from visit_kernels.star_shapes import HIGHER_ORDERS, Moments

FloatArray = NDArray[np.floating[Any]]


def read_moments(table: Any, name: str, rows: NDArray[np.bool_]) -> Moments:
    """Read the second moments ``<name>_xx``, ``_yy`` and ``_xy`` of some rows.

    Raises
    ------
    KeyError
        Raised if one of the columns is missing.
    """
    return Moments(*(np.asarray(table[f"{name}_{axes}"])[rows] for axes in ("xx", "yy", "xy")))


def read_centroids(table: Any, rows: NDArray[np.bool_]) -> dict[str, FloatArray]:
    """Read the columns ``slot_Centroid_x`` and ``slot_Centroid_y`` of some rows.

    Raises
    ------
    KeyError
        Raised if one of the columns is missing.
    """
    return {name: np.asarray(table[name])[rows] for name in ("slot_Centroid_x", "slot_Centroid_y")}


def has_higher_order_moments(table: Any, base: str) -> bool:
    """Return whether a table has the column ``<base>_03``, by which the stack decides."""
    return f"{base}_03" in (table.schema if hasattr(table, "schema") else table.columns)


def read_higher_order_moments(table: Any, base: str, rows: NDArray[np.bool_]) -> dict[str, FloatArray]:
    """Read the third and fourth moments ``<base>_03`` ... ``<base>_40`` of some rows.

    Raises
    ------
    KeyError
        Raised if one of the nine columns is missing.
    """
    return {key: np.asarray(table[f"{base}_{key}"])[rows] for key in HIGHER_ORDERS}
