"""Pictures of the focal plane: outlines, colors, lost detectors, and what they are made from."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.quiver import Quiver

from lsst.afw.cameraGeom import FOCAL_PLANE
from lsst.afw.table import ExposureCatalog
from lsst.drp.tasks.update_visit_summary.diagnosis import Component, Diagnosis, Outcome
from lsst.drp.tasks.update_visit_summary.report.focal_plane import (
    find_center,
    make_camera_outlines,
    make_sky_outlines,
    project,
)
from lsst.drp.tasks.update_visit_summary.report.panels import make_wcs_residuals
from lsst.drp.tasks.update_visit_summary.report.pictures import (
    make_pictures,
    plot_statistic,
    plot_wcs_residuals,
)
from lsst.geom import SpherePoint, degrees
from support.catalogs import copy_catalog
from support.expected import expected_catalog
from support.forks import run_code
from support.hsc import HSC_VISITS, read_summary
from support.realdata import needs_realdata
from support.reference import Reference
from support.reports import make_catalog

PNG = b"\x89PNG\r\n\x1a\n"
"""First bytes of a PNG file."""

RA = (10.1, 9.9, 9.9, 10.1)
DEC = (-0.1, -0.1, 0.1, 0.1)
"""Corners of a detector: East, West, and again, on the South side first."""


def squares(n: int, **columns: Sequence[Any]) -> ExposureCatalog:
    """Return a catalog of detectors in a row from West to East, 0.3 degrees apart."""
    ra = [tuple(x + 0.3 * number for x in RA) for number in range(n)]
    return make_catalog(raCorners=ra, decCorners=n * [DEC], **columns)


def collection(figure: Figure, panel: int, gid: str) -> PolyCollection | None:
    """Return the outlines of a panel that have values, or are lost."""
    found = [each for each in figure.axes[panel].collections if each.get_gid() == gid]
    assert len(found) <= 1
    return found[0] if found else None


def drawn(figure: Figure, panel: int, gid: str) -> PolyCollection:
    found = collection(figure, panel, gid)
    assert found is not None
    return found


def vertices(patches: PolyCollection) -> list[np.ndarray]:
    # The first corner comes again at the end, and once more to close the path.
    return [path.vertices[:4] for path in patches.get_paths()]


def numbers(figure: Figure, panel: int) -> list[str]:
    return [text.get_text() for text in figure.axes[panel].texts]


# -- Outlines


def test_corners_on_the_sky() -> None:
    """In their order, as offsets toward East and North from the center of the visit."""
    catalog = squares(1)
    outlines = make_sky_outlines(catalog, catalog)
    expected = [(0.1, -0.1), (-0.1, -0.1), (-0.1, 0.1), (0.1, 0.1)]
    np.testing.assert_allclose(outlines.vertices[1], expected, atol=1e-6)
    assert (outlines.x_label, outlines.y_label) == ("East offset [deg]", "North offset [deg]")


def test_east_is_left_and_north_is_up() -> None:
    figure = plot_statistic(squares(2), squares(2), "psfSigma")
    for axes in figure.axes[:3]:
        (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
        assert left > right and bottom < top
        assert left - right == pytest.approx(top - bottom)
        assert axes.get_aspect() == 1.0


@pytest.mark.parametrize("ra", [0.0, 0.05, 359.9, 180.0])
def test_right_ascension_jumps(ra: float) -> None:
    """The outlines are the same everywhere along the equator."""
    catalog = make_catalog(raCorners=[[(x - 10.0 + ra) % 360.0 for x in RA]], decCorners=[DEC])
    expected = make_sky_outlines(squares(1), squares(1)).vertices[1]
    np.testing.assert_allclose(make_sky_outlines(catalog, catalog).vertices[1], expected, atol=1e-9)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_poles(sign: float) -> None:
    """A square around a pole is a square."""
    catalog = make_catalog(raCorners=[[45.0, 135.0, 225.0, 315.0]], decCorners=[4 * [sign * 89.0]])
    corners = make_sky_outlines(catalog, catalog).vertices[1]
    # The right ascension of a pole turns the square, but keeps its sides.
    sides = np.hypot(*(corners - np.roll(corners, 1, axis=0)).T)
    np.testing.assert_allclose(sides, np.sqrt(2.0) * np.degrees(np.tan(np.radians(1.0))), rtol=1e-9)


def test_projection_agrees_with_sphere_points() -> None:
    """Distance and direction are those of great circles."""
    rng = np.random.default_rng(11)
    center = np.array([359.9, -64.0])
    positions = center + rng.uniform(-2.0, 2.0, (20, 2))
    origin = SpherePoint(*center, degrees)
    for position, (x, y) in zip(positions, project(positions, center), strict=True):
        point = SpherePoint(*position, degrees)
        distance, bearing = origin.separation(point), origin.bearingTo(point).asRadians()
        reach = np.degrees(np.tan(distance.asRadians()))
        np.testing.assert_allclose((x, y), (reach * np.cos(bearing), reach * np.sin(bearing)), atol=1e-9)


def test_positions_behind_the_plane_have_no_projection() -> None:
    assert np.all(np.isnan(project(np.array([[180.0, 0.0], [0.0, 90.0]]), np.array([0.0, -1.0]))))


def test_center_between_positions() -> None:
    np.testing.assert_allclose(
        find_center([np.array([[350.0, 0.0]]), np.array([[10.0, 0.0]])]), 0.0, atol=1e-12
    )


def test_corners_before_serve_detectors_that_lost_their_wcs() -> None:
    before, after = squares(2), squares(2)
    after[1]["raCorners"] = np.full(4, np.nan)
    outlines = make_sky_outlines(before, after)
    np.testing.assert_allclose(outlines.vertices[2], make_sky_outlines(before, before).vertices[2])


def test_detectors_without_corners_are_named() -> None:
    before, after = squares(2, psfSigma=[1.0, 2.0]), squares(2, psfSigma=[1.0, 2.0])
    for catalog in (before, after):
        catalog[1]["decCorners"] = np.full(4, np.nan)
    figure = plot_statistic(before, after, "psfSigma")
    assert figure.axes[1].get_title() == "after\nnone lost; without outline: 2"
    assert len(vertices(drawn(figure, 1, "values"))) == 1


def test_no_corners_at_all() -> None:
    catalog = make_catalog(psfSigma=[1.0])
    with pytest.raises(
        ValueError, match="No detector has finite sky positions .*; give summaries with a WCS, or a camera"
    ):
        plot_statistic(catalog, catalog, "psfSigma")


def test_camera() -> None:
    """Outlines are those of the focal plane, and not mirrored."""
    reference = Reference()
    outlines = make_camera_outlines(reference.camera, reference.summary)
    for detector in reference.detectors:
        corners = reference.camera[detector].getCorners(FOCAL_PLANE)
        expected = [(corner.getX(), corner.getY()) for corner in corners]
        np.testing.assert_array_equal(outlines.vertices[detector], expected)
    figure = plot_statistic(reference.summary, reference.summary, "psfSigma", camera=reference.camera)
    left, right = figure.axes[0].get_xlim()
    assert left < right
    assert figure.axes[0].get_xlabel() == "focal plane x [mm]"


def test_camera_of_another_instrument() -> None:
    with pytest.raises(ValueError, match="has no detectors 1, 2; give the camera of the visit"):
        make_camera_outlines(Reference().camera, squares(2))


# -- Colors


def test_colors_are_those_of_the_values() -> None:
    """Values before and after have one scale, changes one around zero."""
    before, after = squares(3, psfSigma=[1.0, 2.0, 2.5]), squares(3, psfSigma=[1.5, 2.0, 3.0])
    figure = plot_statistic(before, after, "psfSigma")
    old, new, change = (drawn(figure, panel, "values") for panel in range(3))
    np.testing.assert_array_equal(old.get_array(), [1.0, 2.0, 2.5])
    np.testing.assert_array_equal(new.get_array(), [1.5, 2.0, 3.0])
    np.testing.assert_array_equal(change.get_array(), [0.5, 0.0, 0.5])
    assert old.get_clim() == new.get_clim() == (1.0, 3.0)
    assert change.get_clim() == (-0.5, 0.5)
    assert [patches.get_cmap().name for patches in (old, new, change)] == ["viridis", "viridis", "PuOr"]
    # The colors that are drawn are known only then.
    figure.savefig(io.BytesIO())
    np.testing.assert_allclose(new.get_facecolor(), new.get_cmap()([0.25, 0.5, 1.0]))


def test_color_bars_have_units() -> None:
    figure = plot_statistic(Reference().summary, expected_catalog("tract_global_replacement"), "zeroPoint")
    labels = [axes.get_xlabel() for axes in figure.axes[3:]]
    assert labels == ["zeroPoint [mag]", "change of zeroPoint [mag]"]
    assert figure.get_suptitle() == "zeroPoint, visit 2026032100001, i band"


def test_one_outlier_does_not_stretch_the_scale() -> None:
    values = [1.0, 1.1, 1.2, 1.3, 1.4]
    figure = plot_statistic(squares(5, psfSigma=values), squares(5, psfSigma=[*values[:4], 50.0]), "psfSigma")
    low, high = drawn(figure, 0, "values").get_clim()
    assert low == 1.0 and 1.4 < high < 3.0


def test_changes_of_nothing() -> None:
    figure = plot_statistic(squares(2, psfSigma=[1.0, 2.0]), squares(2, psfSigma=[1.0, 2.0]), "psfSigma")
    assert figure.axes[4].get_xlabel() == "change of psfSigma [pix]: none"
    low, high = drawn(figure, 2, "values").get_clim()
    assert low == -high < 0.0


# -- Lost detectors


def test_lost_detectors_are_hatched_and_named() -> None:
    figure = plot_statistic(
        squares(3, psfSigma=[1.0, 2.0, 3.0]), squares(3, psfSigma=[1.0, np.nan, 3.0]), "psfSigma"
    )
    assert collection(figure, 0, "lost") is None
    for panel in (1, 2):
        lost = drawn(figure, panel, "lost")
        assert lost.get_hatch()
        assert len(vertices(lost)) == 1
        assert len(vertices(drawn(figure, panel, "values"))) == 2
        assert numbers(figure, panel) == ["1", "2", "3"]
    titles = [axes.get_title() for axes in figure.axes[:3]]
    assert titles == ["before\nnone without value", "after\nlost: 2", "change\nlost: 2"]


def test_lost_components_are_hatched_although_there_is_a_value() -> None:
    catalog = squares(3, psfSigma=[1.0, 2.0, 3.0], zeroPoint=[1.0, 2.0, 3.0])
    diagnoses = [Diagnosis(2, Component.PSF, Outcome.MISSING), Diagnosis(3, Component.PSF, Outcome.REPLACED)]
    figure = plot_statistic(catalog, catalog, "psfSigma", diagnoses)
    hatched = drawn(figure, 1, "lost with value")
    assert hatched.get_hatch() and len(vertices(hatched)) == 1
    assert len(vertices(drawn(figure, 1, "values"))) == 3
    assert figure.axes[1].get_title() == "after\nlost: 2"
    assert collection(figure, 0, "lost with value") is None
    # The PSF has no part in the zero point.
    other = plot_statistic(catalog, catalog, "zeroPoint", diagnoses)
    assert other.axes[1].get_title() == "after\nnone lost"


def test_all_detectors_are_lost() -> None:
    figure = plot_statistic(squares(2, psfSigma=[1.0, 2.0]), squares(2), "psfSigma")
    assert len(vertices(drawn(figure, 1, "lost"))) == 2
    assert collection(figure, 1, "values") is None
    nothing = plot_statistic(squares(2), squares(2), "psfSigma")
    assert [collection(nothing, panel, "values") for panel in range(3)] == [None, None, None]


def test_many_detectors_have_numbers_that_fit() -> None:
    """As many as a large camera has, in 14 rows; where none fit, lost ones are named still."""
    for n, readable in ((14, True), (30, False)):
        ra = [tuple(x + 0.21 * (number % n) for x in RA) for number in range(n * n)]
        dec = [tuple(y + 0.21 * (number // n) for y in DEC) for number in range(n * n)]
        sigmas = np.linspace(1.0, 2.0, n * n)
        sigmas[20:40] = np.nan
        catalog = make_catalog(raCorners=ra, decCorners=dec, psfSigma=sigmas)
        figure = plot_statistic(catalog, catalog, "psfSigma")
        texts = figure.axes[1].texts
        assert len(texts) == (n * n if readable else 20)
        assert all(5.0 <= text.get_fontsize() <= 9.0 for text in texts)
        assert figure.axes[1].get_title() == "after\nlost: 21, 22, 23, 24, 25, 26, 27, 28 and 12 more"


# -- Residuals of WCSs


def test_residuals_of_the_fitted_pointing() -> None:
    after = expected_catalog("full")
    figure = plot_wcs_residuals(Reference().summary, after)
    residuals = [record["wcs_detector_pointing_residual"].asArcseconds() for record in after]
    finite = [value for value in residuals if np.isfinite(value)]
    assert 0 < len(finite) < len(residuals)
    np.testing.assert_array_equal(drawn(figure, 0, "values").get_array(), finite)
    assert drawn(figure, 0, "values").get_clim()[0] == 0.0
    assert len(vertices(drawn(figure, 0, "lost"))) == len(residuals) - len(finite)
    assert figure.axes[1].get_xlabel() == "residual of the WCS against the fitted pointing [arcsec]"


def test_shifts_of_corners() -> None:
    """The largest of each detector is the one that the task computes; arrows point where corners went."""
    before, after = Reference().summary, expected_catalog("tract_global_replacement")
    residuals = make_wcs_residuals(before, after)
    expected = [record["wcs_corner_max_offset"].asArcseconds() for record in after]
    np.testing.assert_allclose(list(residuals.panel.values.values()), expected, rtol=1e-4)
    assert residuals.panel.lost == (98,)
    assert 98 not in residuals.shifts


def test_arrows_point_to_where_corners_went() -> None:
    before, after = squares(2), squares(2)
    after[0]["decCorners"] = np.array(DEC) + 1e-4
    after[1]["raCorners"] = np.array(RA) + 0.3 + 2e-4
    residuals = make_wcs_residuals(before, after)
    np.testing.assert_allclose(residuals.shifts[1], 4 * [(0.0, 0.36)], atol=1e-4)
    np.testing.assert_allclose(residuals.shifts[2], 4 * [(0.72, 0.0)], atol=1e-4)
    figure = plot_wcs_residuals(before, after)
    (arrows,) = (each for each in figure.axes[0].collections if isinstance(each, Quiver))
    np.testing.assert_allclose(arrows.U, [0.0] * 4 + [0.72] * 4, atol=1e-4)
    np.testing.assert_allclose(arrows.V, [0.36] * 4 + [0.0] * 4, atol=1e-4)
    # Angles of the plot, whose first axis points to the left.
    assert arrows.angles == "xy"


def test_shifts_of_nothing_have_no_arrows() -> None:
    figure = plot_wcs_residuals(squares(2), squares(2))
    assert not [each for each in figure.axes[0].collections if isinstance(each, Quiver)]


def test_residuals_on_a_camera_have_no_arrows() -> None:
    """Directions on the sky have none there."""
    reference = Reference()
    after = expected_catalog("tract_global_replacement")
    figure = plot_wcs_residuals(reference.summary, after, camera=reference.camera)
    assert not [each for each in figure.axes[0].collections if isinstance(each, Quiver)]


# -- All pictures


def test_pictures_of_the_reference_visit() -> None:
    """The loss of a component shows in all that follow from it; texts tell it to those who do not see."""
    before, after = Reference().summary, expected_catalog("tract_global_replacement")
    pictures = {picture.name: picture for picture in make_pictures(before, after)}
    assert list(pictures) == ["psfSigma", "zeroPoint", "skyBg", "magLim", "effTime", "wcs_residuals"]
    assert pictures["psfSigma"].description == (
        "Maps of psfSigma over the focal plane with 9 detectors: before the update, after it, and change. "
        "Before: median 1.6985 pix, lowest 1.6985 pix (detector 90), highest 1.6985 pix (detector 90). "
        "After: median 1.6695 pix, lowest 1.5482 pix (detector 98), highest 1.8743 pix (detector 96). "
        "Lost: 92, 95. Change: median -0.028967 pix, lowest -0.15032 pix (detector 98), highest 0.17582 pix "
        "(detector 96). Lost: 92, 95."
    )
    assert "Lost: 98." in pictures["wcs_residuals"].description
    assert pictures["psfSigma"].to_png().startswith(PNG)


def test_figures_are_shown_in_notebooks() -> None:
    """Without pyplot, which alone tells notebooks how to show other figures."""
    catalog = squares(2, psfSigma=[1.5, 1.6])
    for figure in (plot_statistic(catalog, catalog, "psfSigma"), plot_wcs_residuals(catalog, catalog)):
        assert figure._repr_png_().startswith(PNG)


def test_pictures_of_other_statistics() -> None:
    catalog = squares(2, nPsfStar=[10, 20])
    names = [picture.name for picture in make_pictures(catalog, catalog, statistics=["nPsfStar"])]
    assert names == ["nPsfStar", "wcs_residuals"]


def test_description_without_values() -> None:
    pictures = make_pictures(squares(2), squares(2), statistics=["psfSigma"])
    assert "Before: no values. Without value: 1, 2. After: no values. Lost: 1, 2." in pictures[0].description


def test_numbers_can_be_read_on_their_color() -> None:
    """Light on dark, and dark on light."""
    catalog = squares(2, psfSigma=[1.0, 2.0])
    figure = plot_statistic(catalog, catalog, "psfSigma")
    colors = [to_rgba(text.get_color()) for text in figure.axes[0].texts]
    assert colors == [to_rgba("white"), to_rgba("black")]


@needs_realdata
def test_pictures_of_a_large_camera() -> None:
    """A real visit of 103 detectors, with the schema of an earlier release."""
    summary = read_summary(HSC_VISITS[0])
    pictures = make_pictures(summary, copy_catalog(summary))
    assert [picture.name for picture in pictures] == ["psfSigma", "zeroPoint", "skyBg", "wcs_residuals"]
    assert len(pictures[0].figure.axes[0].texts) == 103
    assert all(picture.to_png().startswith(PNG) for picture in pictures)


def test_pictures_of_the_documentation_are_small() -> None:
    """They are those of the reference visit, and part of each clone."""
    directory = Path(__file__).parents[1] / "doc" / "lsst.drp.tasks.update_visit_summary"
    for name in ("psfSigma", "wcs_residuals"):
        content = (directory / f"{name}.png").read_bytes()
        assert content.startswith(PNG)
        assert len(content) < 150_000


# -- What is imported


def test_matplotlib_is_imported_only_for_pictures() -> None:
    """And pyplot, which keeps figures and opens windows, never."""
    package = "lsst.drp.tasks.update_visit_summary.report"
    code = f"""
import sys
import {package}.command, {package}.panels
assert not [name for name in sys.modules if name.startswith("matplotlib")]
import {package}.pictures
assert "matplotlib.figure" in sys.modules
assert "matplotlib.pyplot" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_without_matplotlib_the_import_says_what_to_install() -> None:
    code = """
import sys
sys.modules["matplotlib"] = None
import lsst.drp.tasks.update_visit_summary.report.pictures
"""
    done = run_code(code)
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: Pictures need matplotlib; install it with: "
        "pip install 'lsst-drp-visit-summary[plot]'."
    )
