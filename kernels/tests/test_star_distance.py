"""The largest distance from a star, against all distances."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from visit_kernels.pixel_grid import PixelGrid
from visit_kernels.star_distance import largest_nearest_distance


def brute_force(grid: PixelGrid, star_x: np.ndarray, star_y: np.ndarray) -> float:
    """Return the largest product of goodness and distance, pixel by pixel and star by star."""
    x, y = np.meshgrid(grid.x, grid.y)
    with np.errstate(invalid="ignore", over="ignore"):
        distances = np.hypot(x[..., None] - star_x, y[..., None] - star_y)
        return float(np.max(distances.min(axis=-1) * grid.good, initial=0.0))


@given(
    shape=st.tuples(st.integers(0, 70), st.integers(0, 70)),
    step=st.integers(1, 9),
    origin=st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000)),
    n_stars=st.integers(1, 30),
    spread=st.sampled_from([0.0, 1.0, 100.0, 1e4, 1e9, 1e18]),
    bad=st.sampled_from([0.0, 0.3, 0.95, 1.0]),
    seed=st.integers(0, 10_000),
)
def test_the_distance_is_that_of_brute_force(
    shape: tuple[int, int],
    step: int,
    origin: tuple[int, int],
    n_stars: int,
    spread: float,
    bad: float,
    seed: int,
) -> None:
    rng = np.random.default_rng(seed)
    grid = PixelGrid(rng.random(shape) >= bad, step, *origin)
    stars = rng.normal(0.0, 1.0, (2, n_stars)) * spread + np.reshape(origin, (2, 1))
    found = largest_nearest_distance(grid, *stars)
    assert found == pytest.approx(brute_force(grid, *stars), rel=1e-14, abs=0)


@pytest.mark.parametrize("n_stars", [1, 9, 150, 5000])
@pytest.mark.parametrize("spread", [20.0, 1200.0])
def test_the_distance_is_that_of_a_tree_for_a_whole_detector(n_stars: int, spread: float) -> None:
    """Bad columns, a bad corner and bad pixels, of which the farthest good one is next to some."""
    rng = np.random.default_rng(n_stars)
    good = rng.random((500, 509)) < 0.95
    good[:, 100:110] = good[400:, 400:] = False
    grid = PixelGrid(good, 8, 0, 0)
    stars = rng.normal(2000.0, spread, (2, n_stars))
    distances, _ = cKDTree(stars.T).query(np.column_stack(grid.good_positions()))
    assert largest_nearest_distance(grid, *stars) == distances.max()


def test_stars_on_a_lattice_are_equally_far_from_many_pixels() -> None:
    """No block is much better than another one."""
    grid = PixelGrid(np.ones((128, 128), bool), 1)
    y, x = 16.0 * np.indices((8, 8)).reshape(2, -1)
    assert largest_nearest_distance(grid, x, y) == math.hypot(15, 15)
    assert largest_nearest_distance(PixelGrid(grid.good[:113, :113], 1), x, y) == math.hypot(8, 8)


@given(
    seed=st.integers(0, 1000),
    shift=st.tuples(st.integers(-500, 500), st.integers(-500, 500)),
    more=st.booleans(),
)
def test_the_distance_moves_with_the_image_and_shrinks_with_stars(
    seed: int, shift: tuple[int, int], more: bool
) -> None:
    rng = np.random.default_rng(seed)
    good = rng.random((50, 60)) < 0.5
    # Quarters of pixels, so that nothing is rounded.
    x, y = rng.integers(0, 2000, (2, 10)) / 4
    distance = largest_nearest_distance(PixelGrid(good, 8), x, y)
    moved = PixelGrid(good, 8, *shift)
    assert largest_nearest_distance(moved, x + shift[0], y + shift[1]) == distance
    assert largest_nearest_distance(PixelGrid(good.T, 8), y, x) == distance
    assert largest_nearest_distance(PixelGrid(good, 8), [*x, 100.0], [*y, 100.0]) <= distance
    assert largest_nearest_distance(PixelGrid(good & more, 8), x, y) in (distance, 0.0)


@given(
    stars=st.lists(
        st.tuples(
            *2 * [st.sampled_from([0.0, 5.0, 1e99, 1e100, -1e101, 1e200, 1.7e308, math.inf, -math.inf])]
        ),
        min_size=1,
        max_size=4,
    ),
    bad=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_stars_that_are_absurdly_far_are_the_nearest_only_alone(
    stars: list[tuple[float, float]], bad: float
) -> None:
    """A bad pixel counts as zero times its distance."""
    grid = PixelGrid(np.random.default_rng(0).random((5, 7)) >= bad, 8)
    star_x, star_y = np.array(stars).T
    expected = brute_force(grid, star_x, star_y)
    found = largest_nearest_distance(grid, star_x, star_y)
    assert found == pytest.approx(expected, rel=1e-15, nan_ok=True)


def test_special_values() -> None:
    good, bad = PixelGrid(np.ones((3, 3), bool), 8), PixelGrid(np.zeros((3, 3), bool), 8)
    assert largest_nearest_distance(good, [0.0], [0.0]) == pytest.approx(16 * math.sqrt(2), rel=1e-15)
    assert largest_nearest_distance(good, [0.0, math.inf], [0.0, 1.0]) == pytest.approx(16 * math.sqrt(2))
    assert largest_nearest_distance(good, [1e200], [0.0]) == 1e200
    assert largest_nearest_distance(good, [-math.inf], [math.nan]) == math.inf
    assert largest_nearest_distance(bad, [1.0], [2.0]) == 0.0
    assert largest_nearest_distance(bad, [1e200], [2.0]) == 0.0
    assert math.isnan(largest_nearest_distance(bad, [math.inf], [0.0]))
    for grid in (good, bad):
        assert math.isnan(largest_nearest_distance(grid, [1.0, math.nan], [1.0, 2.0]))
        with pytest.raises(ValueError, match="There are no stars"):
            largest_nearest_distance(grid, [], [])
    with pytest.raises(ValueError, match="shapes"):
        largest_nearest_distance(good, [1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="shapes"):
        largest_nearest_distance(good, [[1.0]], [[1.0]])
