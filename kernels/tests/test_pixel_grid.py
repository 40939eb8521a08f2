"""Grids of pixels, against loops over all pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit_kernels.pixel_grid import PixelGrid


@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    step=st.integers(1, 50),
    x0=st.integers(-(2**31), 2**31),
    y0=st.integers(-100, 100),
    seed=st.integers(0, 1000),
)
def test_good_positions_are_those_of_a_loop(
    height: int, width: int, step: int, x0: int, y0: int, seed: int
) -> None:
    mask = np.random.default_rng(seed).integers(0, 8, (height, width), dtype=np.int32)
    grid = PixelGrid.of_mask(mask, 5, step, x0, y0)
    expected = [
        (x0 + i, y0 + j) for j in range(0, height, step) for i in range(0, width, step) if not mask[j, i] & 5
    ]
    assert list(zip(*(a.tolist() for a in grid.good_positions()), strict=True)) == expected
    assert grid.good.shape == (grid.y.size, grid.x.size) == (-(-height // step), -(-width // step))


@pytest.mark.parametrize("dtype", ["i4", "u1", "i8"])
def test_masks_of_any_integers_have_grids(dtype: str) -> None:
    mask = np.array([[0, 1, 2], [3, 4, 5]], dtype)
    assert PixelGrid.of_mask(mask, 1, 1).good.tolist() == [[True, False, True], [False, True, False]]
    assert PixelGrid.of_mask(mask, 0, 2).good.tolist() == [[True, True]]


def test_a_grid_can_be_made_of_rows_that_were_read_alone() -> None:
    mask = np.random.default_rng(3).integers(0, 2, (33, 47), dtype=np.int32)
    rows = mask[::4]
    whole, part = PixelGrid.of_mask(mask, 1, 4, 10, 20), PixelGrid(rows[:, ::4] & 1 == 0, 4, 10, 20)
    np.testing.assert_array_equal(whole.good_positions(), part.good_positions())


def test_what_is_no_grid_is_refused() -> None:
    for step in (0, -8):
        with pytest.raises(ValueError, match=f"step of a grid of pixels is {step}; it must be positive"):
            PixelGrid.of_mask(np.zeros((4, 4), int), 1, step)
        with pytest.raises(ValueError, match="must be positive"):
            PixelGrid(np.ones((4, 4), bool), step)
    with pytest.raises(ValueError, match="mask has shape"):
        PixelGrid.of_mask(np.zeros(4, int), 1, 2)
    with pytest.raises(ValueError, match="two-dimensional array of bool"):
        PixelGrid(np.ones((4, 4), int), 2)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="two-dimensional array of bool"):
        PixelGrid(np.ones(4, bool), 2)
