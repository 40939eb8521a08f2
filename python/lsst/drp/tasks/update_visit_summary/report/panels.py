"""Values that pictures show, and the texts that describe them."""

from __future__ import annotations

__all__ = [
    "PICTURE_STATISTICS",
    "Panel",
    "WcsResiduals",
    "describe_lost",
    "describe_statistic",
    "describe_wcs_residuals",
    "make_statistic_panels",
    "make_wcs_residuals",
]

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..diagnosis import Component, Diagnosis
from ..errors import list_items
from .focal_plane import find_center, project, read_corners
from .tables import make_statistics_table
from .text import SUFFIXES

if TYPE_CHECKING:
    from lsst.afw.table import ExposureCatalog

    from .focal_plane import Outlines

PICTURE_STATISTICS = ("psfSigma", "zeroPoint", "skyBg", "magLim", "effTime")
"""Statistics of which pictures are made unless others are asked for
(`tuple` [`str`, ...])."""

_DEPTH_COMPONENTS = frozenset({Component.PSF, Component.PHOTO_CALIB, Component.BACKGROUND})

_COMPONENTS: dict[str, frozenset[Component]] = {
    "psfSigma": frozenset({Component.PSF}),
    "zeroPoint": frozenset({Component.PHOTO_CALIB}),
    "skyBg": frozenset({Component.BACKGROUND}),
    "skyNoise": frozenset({Component.BACKGROUND}),
    "magLim": _DEPTH_COMPONENTS,
    "effTime": _DEPTH_COMPONENTS,
}
"""Components that a statistic follows from (`dict` [`str`, `frozenset`])."""

_RESIDUAL = "wcs_detector_pointing_residual"

_N_NAMES = 8
"""Number of lost detectors that titles name; more are wider than a panel (`int`)."""


@dataclass(frozen=True, eq=False)
class Panel:
    """Values of the detectors of a visit."""

    title: str
    """Name of the panel (`str`)."""

    unit: str
    """Unit of the values; empty if they have none (`str`)."""

    values: Mapping[int, float]
    """Values by detector, NaN where there is none (`~collections.abc.Mapping`
    [`int`, `float`])."""

    lost: tuple[int, ...] = ()
    """Detectors without a value, or without a component that it follows from
    (`tuple` [`int`, ...])."""

    absence: str = "lost"
    """Word for the state of these detectors (`str`)."""

    @cached_property
    def finite(self) -> dict[int, float]:
        """Values that are finite, by detector (`dict` [`int`, `float`])."""
        return {detector: value for detector, value in self.values.items() if np.isfinite(value)}


@dataclass(frozen=True, eq=False)
class WcsResiduals:
    """Residuals of the WCSs of a visit."""

    panel: Panel
    """Distances in arcseconds (`Panel`)."""

    shifts: Mapping[int, np.ndarray]
    """Shifts of the corners of detectors from the WCS before to the one after,
    toward East and North in arcseconds, shape (4, 2), dtype float64; empty
    if the distances are not those of corners (`~collections.abc.Mapping`
    [`int`, `numpy.ndarray`])."""


def make_statistic_panels(
    before: ExposureCatalog, after: ExposureCatalog, name: str, diagnoses: Iterable[Diagnosis] = ()
) -> tuple[Panel, Panel, Panel]:
    """Make panels with a statistic before and after an update, and with its change.

    Parameters
    ----------
    before, after : `lsst.afw.table.ExposureCatalog`
        Summaries of one visit, with the same detectors.
    name : `str`
        Name of the statistic.
    diagnoses : `~collections.abc.Iterable` [`Diagnosis`], optional
        What became of the components. Detectors that lost one that the
        statistic follows from are lost after the update, even if they have a
        value.

    Returns
    -------
    panels : `tuple` [`Panel`, `Panel`, `Panel`]
        Panels for before, after, and change.

    Raises
    ------
    ValueError
        Raised if the catalogs have different visits or detectors, or the
        statistic is unknown or has no column.
    """
    table = make_statistics_table(before, after, [name])
    components = _COMPONENTS.get(name, frozenset())
    gone = {d.detector for d in diagnoses if d.component in components and d.outcome.is_loss}
    unit = str(table[f"{name}_after"].unit or "")
    old, new, change = (
        dict(zip(map(int, table["detector"]), map(float, table[f"{name}_{suffix}"]), strict=True))
        for suffix in SUFFIXES
    )
    return (
        _make_panel("before", unit, old, (), "without value"),
        _make_panel("after", unit, new, gone),
        _make_panel("change", unit, change, gone),
    )


def _make_panel(
    title: str, unit: str, values: Mapping[int, float], gone: Iterable[int], absence: str = "lost"
) -> Panel:
    absent = {detector for detector, value in values.items() if not np.isfinite(value)}
    return Panel(title, unit, values, tuple(sorted(absent.union(gone) & values.keys())), absence)


def make_wcs_residuals(before: ExposureCatalog, after: ExposureCatalog) -> WcsResiduals:
    """Make residuals of the WCSs after an update.

    Parameters
    ----------
    before, after : `lsst.afw.table.ExposureCatalog`
        Summaries of one visit, with the same detectors.

    Returns
    -------
    residuals : `WcsResiduals`
        Residuals against the fitted pointing (the column
        ``wcs_detector_pointing_residual``) where ``after`` has them, else the
        largest shift of a corner of each detector between ``before`` and
        ``after``.

    Notes
    -----
    Shifts are differences on the tangent plane at the center of the visit, which
    stretches them by one part in a thousand at a distance of 1.8 degrees.
    """
    if _RESIDUAL in after.schema.getNames():
        values = {record.getId(): float(record[_RESIDUAL].asArcseconds()) for record in after}
        title = "residual of the WCS against the fitted pointing"
        return WcsResiduals(_make_panel(title, "arcsec", values, ()), {})
    old, new = read_corners(before), read_corners(after)
    shifts = {}
    if common := old.keys() & new.keys():
        center = find_center(new[detector] for detector in common)
        shifts = {
            detector: 3600.0 * (project(new[detector], center) - project(old[detector], center))
            for detector in sorted(common)
        }
    values = {
        record.getId(): float(np.hypot(*shifts[record.getId()].T).max())
        if record.getId() in shifts
        else np.nan
        for record in after
    }
    title = "largest shift of a corner from the WCS before to the WCS after"
    return WcsResiduals(_make_panel(title, "arcsec", values, ()), shifts)


def describe_statistic(name: str, panels: Sequence[Panel]) -> str:
    """Describe a picture of a statistic, for readers who do not see it.

    Parameters
    ----------
    name : `str`
        Name of the statistic.
    panels : `~collections.abc.Sequence` [`Panel`]
        Panels of the picture.

    Returns
    -------
    text : `str`
        Sentences that say what is shown, with the range of the values and the
        detectors that are lost.
    """
    n = len(panels[0].values)
    intro = (
        f"Maps of {name} over the focal plane with {n} detectors: before the update, after it, and change."
    )
    return " ".join([intro, *(_describe_panel(panel) for panel in panels)])


def describe_wcs_residuals(residuals: WcsResiduals) -> str:
    """Describe a picture of WCS residuals, for readers who do not see it.

    Parameters
    ----------
    residuals : `WcsResiduals`
        Residuals.

    Returns
    -------
    text : `str`
        Sentences like those of `describe_statistic`.
    """
    n = len(residuals.panel.values)
    arrows = " Arrows show the shifts of all corners." if residuals.shifts else ""
    return (
        f"Map of the WCSs over the focal plane with {n} detectors.{arrows} {_describe_panel(residuals.panel)}"
    )


def _describe_panel(panel: Panel) -> str:
    values = panel.finite
    lost = f" {_capitalize(panel.absence)}: {list_items(panel.lost)}." if panel.lost else ""
    title = _capitalize(panel.title)
    if not values:
        return f"{title}: no values.{lost}"
    low, high = (choose(values, key=lambda detector: values[detector]) for choose in (min, max))
    unit = f" {panel.unit}" if panel.unit else ""
    median = float(np.median(list(values.values())))
    return (
        f"{title}: median {median:.5g}{unit}, lowest {values[low]:.5g}{unit} (detector {low}), "
        f"highest {values[high]:.5g}{unit} (detector {high}).{lost}"
    )


def _capitalize(text: str) -> str:
    """Return a text with a capital letter at its start, and all others as they are."""
    return f"{text[:1].upper()}{text[1:]}"


def describe_lost(panel: Panel, outlines: Outlines) -> str:
    """Return a line that names the lost detectors, and those that cannot be drawn.

    Parameters
    ----------
    panel : `Panel`
        Values of detectors.
    outlines : `Outlines`
        Outlines of detectors.

    Returns
    -------
    line : `str`
        The line.
    """
    absent = sorted(panel.values.keys() - outlines.vertices.keys())
    parts = [f"{panel.absence}: {_name_some(panel.lost)}" if panel.lost else f"none {panel.absence}"]
    if absent:
        parts.append(f"without outline: {_name_some(absent)}")
    return "; ".join(parts)


def _name_some(detectors: Sequence[int]) -> str:
    names = ", ".join(map(str, detectors[:_N_NAMES]))
    rest = len(detectors) - _N_NAMES
    return f"{names} and {rest} more" if rest > 0 else names
