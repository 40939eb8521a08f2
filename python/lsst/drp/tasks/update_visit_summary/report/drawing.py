"""Panels, color bars and arrows on a focal plane, drawn with matplotlib."""

from __future__ import annotations

__all__ = ["Canvas", "FocalPlaneFigure", "draw_panel", "draw_shifts", "make_png"]

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

try:
    from matplotlib.cm import ScalarMappable
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, ScalarFormatter
except ModuleNotFoundError as err:
    raise ModuleNotFoundError(
        "Pictures need matplotlib; install it with: pip install 'lsst-drp-visit-summary[plot]'.",
        name=err.name,
    ) from err

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .focal_plane import Outlines
    from .panels import Panel
    from .scales import Scale

_LOST_COLOR, _LOST_EDGE, _EDGE = "0.92", "0.35", "0.3"
"""Grays of lost detectors, their outlines and hatches, and all other outlines (`str`)."""

_LABEL_SIZES = (5.5, 9.0)
"""Sizes of the numbers of detectors in points: smaller ones cannot be read, and
larger ones need not be (`tuple` [`float`, `float`])."""

_LEFT, _RIGHT, _GAP, _TOP, _BOTTOM, _BAR_BOTTOM, _BAR_HEIGHT = 0.85, 0.2, 0.2, 0.85, 1.35, 0.55, 0.16
"""Distances around panels, for their labels, in inches (`float`)."""


def make_png(figure: Figure) -> bytes:
    """Return a figure as the content of a PNG file.

    Parameters
    ----------
    figure : `matplotlib.figure.Figure`
        The figure.
    """
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=100, pil_kwargs={"optimize": True})
    return stream.getvalue()


class FocalPlaneFigure(Figure):
    """A figure that a notebook shows as the value of a cell.

    Of others it shows only the name, until ``matplotlib.pyplot`` has drawn one.
    """

    def _repr_png_(self) -> bytes:
        return make_png(self)


class Canvas:
    """A figure with square panels in a row and color bars below them, all at fixed places.

    Automatic layouts know the places of panels before their aspect is applied,
    so that titles may lie on each other.

    The attributes are ``figure`` (`matplotlib.figure.Figure`) and ``panels``
    (`list` [`matplotlib.axes.Axes`]).

    Parameters
    ----------
    title : `str`
        Title of the figure.
    n_panels : `int`
        Number of panels.
    size : `float`
        Width and height of the panels, in inches.
    """

    def __init__(self, title: str, n_panels: int, size: float) -> None:
        self._size = size
        self._width = _LEFT + n_panels * size + (n_panels - 1) * _GAP + _RIGHT
        self._height = _BOTTOM + size + _TOP
        self.figure: Figure = FocalPlaneFigure(figsize=(self._width, self._height))
        self.figure.suptitle(title, y=1.0 - 0.08 / self._height, va="top")
        self.panels = [self._add_axes(n, n, _BOTTOM, size) for n in range(n_panels)]

    def _add_axes(self, first: int, last: int, bottom: float, height: float) -> Axes:
        """Add axes from one panel to another, with bottom and height in inches."""
        left = _LEFT + first * (self._size + _GAP)
        width = (last - first) * (self._size + _GAP) + self._size
        return self.figure.add_axes(
            (left / self._width, bottom / self._height, width / self._width, height / self._height)
        )

    def add_color_bar(self, first: int, last: int, scale: Scale, label: str) -> None:
        """Add the color bar of the panels from one to another.

        Parameters
        ----------
        first, last : `int`
            Numbers of the panels.
        scale : `Scale`
            Scale of the panels.
        label : `str`
            Text below the bar.
        """
        axes = self._add_axes(first, last, _BAR_BOTTOM, _BAR_HEIGHT)
        formatter = ScalarFormatter(useOffset=False)
        bar = self.figure.colorbar(
            _mappable(scale), axes, orientation="horizontal", extend=scale.extend, format=formatter
        )
        bar.locator = MaxNLocator(nbins=6 * (last - first + 1))
        bar.update_ticks()
        bar.set_label(label)


def _mappable(scale: Scale) -> ScalarMappable:
    """Return the colors of values."""
    return ScalarMappable(Normalize(scale.low, scale.high), scale.color_map)


def draw_panel(axes: Axes, panel: Panel, outlines: Outlines, scale: Scale) -> None:
    """Draw the outlines of all detectors, colored or hatched.

    Parameters
    ----------
    axes : `matplotlib.axes.Axes`
        Where to draw.
    panel : `Panel`
        Values of detectors.
    outlines : `Outlines`
        Outlines of the detectors; those without one are left out.
    scale : `Scale`
        Colors of the values.
    """
    shown = [detector for detector in panel.values if detector in outlines.vertices]
    colored = [detector for detector in shown if detector in panel.finite]
    if colored:
        vertices, values = ([source[d] for d in colored] for source in (outlines.vertices, panel.finite))
        patches = PolyCollection(
            vertices, cmap=scale.color_map, norm=_mappable(scale).norm, edgecolors=_EDGE, linewidths=0.5
        )
        patches.set_array(np.array(values))
        patches.set_gid("values")
        axes.add_collection(patches)
    for gid, color, lost in (
        ("lost", _LOST_COLOR, [d for d in shown if d not in panel.finite]),
        ("lost with value", "none", [d for d in colored if d in panel.lost]),
    ):
        if lost:
            patches = PolyCollection([outlines.vertices[d] for d in lost], facecolors=color, hatch="////")
            patches.set(edgecolor=_LOST_EDGE, linewidth=0.5, gid=gid, zorder=2)
            axes.add_collection(patches)
    _draw_frame(axes, outlines)
    _draw_numbers(axes, panel, shown, outlines, scale)


def _draw_frame(axes: Axes, outlines: Outlines) -> None:
    axes.set_aspect("equal")
    axes.set_xlabel(outlines.x_label)
    axes.set_ylabel(outlines.y_label)
    corners = np.concatenate(list(outlines.vertices.values()))
    low, high = corners.min(axis=0), corners.max(axis=0)
    center, reach = 0.5 * (low + high), 0.53 * float((high - low).max())
    left, right = center[0] - reach, center[0] + reach
    # As seen on the sky: East is on the left if North is up.
    axes.set_xlim(*((right, left) if outlines.is_sky else (left, right)))
    axes.set_ylim(center[1] - reach, center[1] + reach)


def _draw_numbers(
    axes: Axes,
    panel: Panel,
    detectors: Sequence[int],
    outlines: Outlines,
    scale: Scale,
) -> None:
    """Draw the numbers of detectors into their outlines: all if they can be read, else those of lost ones."""
    smallest, largest = _LABEL_SIZES
    mappable = _mappable(scale)
    # The panel is square.
    sizes = _label_sizes(outlines, 72.0 * axes.bbox.width / axes.figure.dpi)
    all_fit = np.median(list(sizes.values())) >= smallest
    for detector in detectors:
        is_lost = detector in panel.lost
        if not all_fit and not is_lost:
            continue
        red, green, blue, _ = mappable.to_rgba(np.array(panel.values[detector]))
        # Luminance of Rec. 709; the background of lost detectors is light.
        is_dark = not is_lost and 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.45
        x, y = outlines.vertices[detector].mean(axis=0)
        text = axes.text(x, y, str(detector), ha="center", va="center", clip_on=True)
        size = min(max(sizes[detector], smallest), largest)
        text.set(color="white" if is_dark else "black", fontsize=size)
        if is_lost:
            text.set(
                weight="bold", bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85}
            )


def _label_sizes(outlines: Outlines, panel_size: float) -> dict[int, float]:
    """Return the sizes in points at which the numbers of detectors fit into their outlines."""
    digits = max(len(str(detector)) for detector in outlines.vertices)
    vertices = np.array(list(outlines.vertices.values()))
    extent = float(np.ptp(vertices.reshape(-1, 2), axis=0).max())
    points = panel_size / extent * np.ptp(vertices, axis=1)
    # A digit is about 0.6 times as wide as the font is high; a part stays free.
    return {
        detector: float(min(0.7 * width / (0.6 * digits), 0.7 * height))
        for detector, (width, height) in zip(outlines.vertices, points, strict=True)
    }


def draw_shifts(axes: Axes, shifts: Mapping[int, np.ndarray], outlines: Outlines) -> None:
    """Draw the shifts of the corners as arrows, with a key.

    Parameters
    ----------
    axes : `matplotlib.axes.Axes`
        Where to draw.
    shifts : `~collections.abc.Mapping` [`int`, `numpy.ndarray`]
        Shifts of the corners by detector (see `WcsResiduals`).
    outlines : `Outlines`
        Outlines of the detectors; those without one are left out.
    """
    drawn = [detector for detector in shifts if detector in outlines.vertices]
    if not drawn:
        return
    vertices = np.array([outlines.vertices[detector] for detector in drawn])
    offsets = np.concatenate([shifts[detector] for detector in drawn])
    # Few are longer than a detector, however large the others are.
    long = float(np.percentile(np.hypot(*offsets.T), 90.0))
    if not long > 0.0:
        return
    length = 0.45 * float(np.median(np.ptp(vertices, axis=1)))
    # In coordinates of the plot, so that East is on the left for arrows, too.
    arrows = axes.quiver(
        *vertices.reshape(-1, 2).T,
        *offsets.T,
        angles="xy",
        scale_units="xy",
        scale=long / length,
        width=0.004,
    )
    arrows.set(color="crimson", gid="shifts", zorder=4)
    key = float(f"{long:.1g}")
    axes.quiverkey(arrows, 0.85, 1.035, key, f"{key:g} arcsec", labelpos="E", coordinates="axes")
