"""Scales of colors, which no single outlier stretches."""

from __future__ import annotations

__all__ = ["Scale", "make_change_scale", "make_distance_scale", "make_scale"]

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .outliers import robust_spread

if TYPE_CHECKING:
    from .panels import Panel

_SEQUENTIAL = "viridis"
"""Map of values, which readers with any color vision can order, also in gray (`str`)."""

_DIVERGING = "PuOr"
"""Map of changes, from orange to purple, which readers with any color vision
can tell apart (`str`)."""

_N_SIGMA = 5.0
"""Robust sigmas beyond which a value does not stretch the scale, so that one
outlier does not hide the differences of all others (`float`)."""

_EXTENDS = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
"""Words of color bars for values beyond the low and the high end (`dict`)."""


@dataclass(frozen=True)
class Scale:
    """A scale of colors."""

    low: float
    """Value of the first color (`float`)."""

    high: float
    """Value of the last color (`float`)."""

    extend: str
    """Ends that values pass, as color bars say it (`str`)."""

    color_map: str
    """Name of the colors in matplotlib (`str`)."""


def make_scale(panels: Iterable[Panel]) -> Scale:
    """Return the common scale of panels.

    Parameters
    ----------
    panels : `~collections.abc.Iterable` [`Panel`]
        Values of detectors.

    Returns
    -------
    scale : `Scale`
        Scale that no single outlier stretches.
    """
    values = np.array([value for panel in panels for value in panel.finite.values()])
    if not len(values):
        return Scale(0.0, 1.0, "neither", _SEQUENTIAL)
    low, high = float(values.min()), float(values.max())
    median, sigma = robust_spread(values)
    reach = _N_SIGMA * sigma
    # Without a spread there is nothing that an outlier could hide.
    ends = (max(low, median - reach), min(high, median + reach)) if reach > 0.0 else (low, high)
    return Scale(*ends, _EXTENDS[low < ends[0], high > ends[1]], _SEQUENTIAL)


def make_change_scale(panel: Panel) -> Scale:
    """Return a scale of changes, which has zero in its middle.

    Parameters
    ----------
    panel : `Panel`
        Values of detectors.

    Returns
    -------
    scale : `Scale`
        Scale that no single outlier stretches.
    """
    scale, values = make_scale([panel]), list(panel.finite.values())
    largest = max(abs(scale.low), abs(scale.high)) if any(values) else 1.0
    extend = _EXTENDS[min(values, default=0.0) < -largest, max(values, default=0.0) > largest]
    return Scale(-largest, largest, extend, _DIVERGING)


def make_distance_scale(panel: Panel) -> Scale:
    """Return a scale of distances, which begins at zero.

    Parameters
    ----------
    panel : `Panel`
        Values of detectors.

    Returns
    -------
    scale : `Scale`
        Scale that no single outlier stretches.
    """
    scale = make_scale([panel])
    extend = "max" if scale.extend in ("max", "both") else "neither"
    return Scale(0.0, scale.high or 1.0, extend, _SEQUENTIAL)
