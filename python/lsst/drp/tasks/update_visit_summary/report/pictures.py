"""Pictures of a visit on its focal plane, drawn with matplotlib.

This module imports matplotlib, so import it only where pictures are wanted.
All figures stand alone: none is known to ``matplotlib.pyplot``, and notebooks
show them if they are the value of a cell.
"""

from __future__ import annotations

__all__ = ["Picture", "make_pictures", "plot_statistic", "plot_wcs_residuals"]

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .drawing import Canvas, draw_panel, draw_shifts, make_png
from .focal_plane import Outlines, make_camera_outlines, make_sky_outlines
from .panels import (
    PICTURE_STATISTICS,
    Panel,
    WcsResiduals,
    describe_lost,
    describe_statistic,
    describe_wcs_residuals,
    make_statistic_panels,
    make_wcs_residuals,
)
from .scales import make_change_scale, make_distance_scale, make_scale
from .tables import make_statistics_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lsst.afw.cameraGeom import Camera
    from lsst.afw.table import ExposureCatalog

    from ..diagnosis import Diagnosis

_PANEL_SIZE = 3.7
"""Width and height of panels that stand in a row, in inches: three of them are
as wide as a page (`float`)."""

_LARGE_PANEL_SIZE = 5.2
"""The same for a panel that stands alone (`float`)."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure with a name and a description."""

    name: str
    """Name for files: that of the statistic, or ``wcs_residuals`` (`str`)."""

    description: str
    """Sentences for readers who do not see it (`str`)."""

    figure: Figure
    """The picture (`matplotlib.figure.Figure`)."""

    def to_png(self) -> bytes:
        """Return the picture as the content of a PNG file."""
        return make_png(self.figure)


def make_pictures(
    before: ExposureCatalog,
    after: ExposureCatalog,
    diagnoses: Sequence[Diagnosis] = (),
    statistics: Sequence[str] | None = None,
    camera: Camera | None = None,
) -> list[Picture]:
    """Make all pictures of a report.

    Parameters
    ----------
    before, after : `lsst.afw.table.ExposureCatalog`
        Summaries of one visit, with the same detectors.
    diagnoses : `~collections.abc.Sequence` [`Diagnosis`], optional
        What became of the components.
    statistics : `~collections.abc.Sequence` [`str`], optional
        Names of statistics; those of ``psfSigma``, ``zeroPoint``, ``skyBg``,
        ``magLim`` and ``effTime`` that both catalogs have, if `None`.
    camera : `lsst.afw.cameraGeom.Camera`, optional
        Camera whose focal plane is drawn, instead of the sky.

    Returns
    -------
    pictures : `list` [`Picture`]
        One picture for each statistic, and one of WCS residuals.

    Raises
    ------
    ValueError
        Raised if the catalogs have different visits or detectors, a statistic
        that is asked for is unknown or has no column, or no detector has an
        outline.
    """
    outlines = _make_outlines(before, after, camera)
    if statistics is None:
        names = make_statistics_table(before, after).colnames
        statistics = [name for name in PICTURE_STATISTICS if f"{name}_after" in names]
    pictures, title = [], _title(after)
    for name in statistics:
        panels = make_statistic_panels(before, after, name, diagnoses)
        figure = _draw_statistic(name, panels, outlines, title)
        pictures.append(Picture(name, describe_statistic(name, panels), figure))
    residuals = make_wcs_residuals(before, after)
    figure = _draw_wcs_residuals(residuals, outlines, title)
    pictures.append(Picture("wcs_residuals", describe_wcs_residuals(residuals), figure))
    return pictures


def plot_statistic(
    before: ExposureCatalog,
    after: ExposureCatalog,
    name: str,
    diagnoses: Iterable[Diagnosis] = (),
    camera: Camera | None = None,
) -> Figure:
    """Plot a statistic on the focal plane: before and after an update, and its change.

    Parameters
    ----------
    before, after : `lsst.afw.table.ExposureCatalog`
        Summaries of one visit, with the same detectors.
    name : `str`
        Name of the statistic, such as ``psfSigma``.
    diagnoses : `~collections.abc.Iterable` [`Diagnosis`], optional
        What became of the components; detectors that lost one that the
        statistic follows from are hatched, even if they have a value.
    camera : `lsst.afw.cameraGeom.Camera`, optional
        Camera whose focal plane is drawn, instead of the sky.

    Returns
    -------
    figure : `matplotlib.figure.Figure`
        Three panels, of which the first two have one scale. Detectors without
        a value are hatched and named.

    Raises
    ------
    ValueError
        Raised if the catalogs have different visits or detectors, the statistic
        is unknown or has no column, or no detector has an outline.
    """
    panels = make_statistic_panels(before, after, name, diagnoses)
    return _draw_statistic(name, panels, _make_outlines(before, after, camera), _title(after))


def plot_wcs_residuals(
    before: ExposureCatalog, after: ExposureCatalog, camera: Camera | None = None
) -> Figure:
    """Plot residuals of the WCSs on the focal plane.

    Parameters
    ----------
    before, after : `lsst.afw.table.ExposureCatalog`
        Summaries of one visit, with the same detectors.
    camera : `lsst.afw.cameraGeom.Camera`, optional
        Camera whose focal plane is drawn, instead of the sky.

    Returns
    -------
    figure : `matplotlib.figure.Figure`
        One panel with the residuals against the fitted pointing where ``after``
        has the column ``wcs_detector_pointing_residual``, else with the shifts
        of the corners, on the sky as arrows, too.

    Raises
    ------
    ValueError
        Raised if no detector has an outline, or the camera lacks one.
    """
    outlines = _make_outlines(before, after, camera)
    return _draw_wcs_residuals(make_wcs_residuals(before, after), outlines, _title(after))


def _make_outlines(before: ExposureCatalog, after: ExposureCatalog, camera: Camera | None) -> Outlines:
    return make_sky_outlines(before, after) if camera is None else make_camera_outlines(camera, after)


def _title(catalog: ExposureCatalog) -> str:
    """Return the visit and its filter, for the end of titles."""
    names = catalog.schema.getNames()
    if not len(catalog) or "visit" not in names:
        return ""
    band = catalog[0]["band"] if "band" in names else ""
    return f", visit {catalog[0]['visit']}" + (f", {band} band" if band else "")


def _draw_statistic(name: str, panels: Sequence[Panel], outlines: Outlines, title: str) -> Figure:
    canvas = Canvas(f"{name}{title}", len(panels), _PANEL_SIZE)
    scale, change_scale = make_scale(panels[:2]), make_change_scale(panels[2])
    for panel, axes in zip(panels, canvas.panels, strict=True):
        draw_panel(axes, panel, outlines, change_scale if panel is panels[2] else scale)
        axes.set_title(f"{panel.title}\n{describe_lost(panel, outlines)}", fontsize="medium")
        if panel is not panels[0]:
            axes.set_ylabel("")
            axes.yaxis.set_major_formatter("")
    unit = f" [{panels[0].unit}]" if panels[0].unit else ""
    canvas.add_color_bar(0, 1, scale, f"{name}{unit}")
    change = f"change of {name}{unit}" + ("" if any(panels[2].finite.values()) else ": none")
    canvas.add_color_bar(2, 2, change_scale, change)
    return canvas.figure


def _draw_wcs_residuals(residuals: WcsResiduals, outlines: Outlines, title: str) -> Figure:
    canvas = Canvas(f"WCS residuals{title}", 1, _LARGE_PANEL_SIZE)
    scale, (axes,) = make_distance_scale(residuals.panel), canvas.panels
    draw_panel(axes, residuals.panel, outlines, scale)
    axes.set_title(describe_lost(residuals.panel, outlines), fontsize="medium")
    if outlines.is_sky:
        draw_shifts(axes, residuals.shifts, outlines)
    canvas.add_color_bar(0, 0, scale, f"{residuals.panel.title} [{residuals.panel.unit}]")
    return canvas.figure
