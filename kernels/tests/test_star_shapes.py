"""Statistics of star shapes, against plain loops in the precision of the columns, and exact cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import median_abs_deviation

from visit_kernels import star_shapes
from visit_kernels.star_shapes import HIGHER_ORDERS, Moments, higher_order_medians, star_shape_statistics


def random_moments(rng: np.random.Generator, n: int, dtype: str) -> Moments:
    xx, yy = rng.uniform(1.0, 9.0, (2, n)).astype(dtype)
    return Moments(xx, yy, rng.uniform(-1.0, 1.0, n).astype(dtype))


@given(st.integers(1, 40), st.sampled_from(["f4", "f8"]))
def test_scatter_is_that_of_scipy(n: int, dtype: str) -> None:
    values = np.random.default_rng(n).normal(size=n).astype(dtype)
    expected = float(median_abs_deviation(values, scale="normal"))
    assert star_shapes._scatter(values) == pytest.approx(expected, rel=1e-15, abs=0)


@given(n=st.integers(1, 12), seed=st.integers(0, 1000), dtype=st.sampled_from(["f4", "f8"]))
def test_star_statistics_are_those_of_plain_loops(n: int, seed: int, dtype: str) -> None:
    """Star by star, in the precision of the columns."""
    number = np.dtype(dtype).type
    rng = np.random.default_rng(seed)
    stars, models = random_moments(rng, n, dtype), random_moments(rng, n, dtype)

    def shape(m: Moments, i: int) -> tuple[list[np.floating], np.floating]:
        xx, yy, xy = m.xx[i], m.yy[i], m.xy[i]
        size = np.sqrt(xx / number(2) + yy / number(2))
        return [(xx - yy) / (xx + yy), number(2) * xy / (xx + yy), size], np.sqrt(
            (xx - yy) ** 2 + (number(2) * xy) ** 2
        )

    def median(values: list[np.floating]) -> np.floating:
        ordered = sorted(values)
        return ordered[n // 2] if n % 2 else (ordered[n // 2 - 1] + ordered[n // 2]) / number(2)

    def scatter(values: list[np.floating]) -> np.floating:
        middle = median(values)
        return median([abs(v - middle) for v in values]) / number(0.6744897501960817)

    delta = [[s - m for s, m in zip(shape(stars, i)[0], shape(models, i)[0], strict=True)] for i in range(n)]
    e1, e2, size = ([row[k] for row in delta] for k in range(3))
    expected = {
        "starEMedian": median([np.sqrt(a**2 + b**2) for (a, b, _), _ in (shape(stars, i) for i in range(n))]),
        "starUnNormalizedEMedian": median([shape(stars, i)[1] for i in range(n)]),
        "psfStarDeltaE1Median": median(e1),
        "psfStarDeltaE2Median": median(e2),
        "psfStarDeltaE1Scatter": scatter(e1),
        "psfStarDeltaE2Scatter": scatter(e2),
        "psfStarDeltaSizeMedian": median(size),
        "psfStarDeltaSizeScatter": scatter(size),
        "psfStarScaledDeltaSizeScatter": scatter(size) / median([shape(stars, i)[0][2] for i in range(n)]),
    }
    found = star_shape_statistics(stars, models)
    assert found.keys() == expected.keys()
    # NumPy squares arrays by products, numbers by pow: one unit in the last place, now and then.
    rel = 2 * float(np.finfo(dtype).eps)
    assert found == pytest.approx({k: float(v) for k, v in expected.items()}, rel=rel, abs=0)


@given(n=st.integers(1, 30), seed=st.integers(0, 1000))
def test_star_statistics_depend_on_neither_order_nor_frame(n: int, seed: int) -> None:
    """Exchanging the axes changes signs of the first ellipticity, a perfect model leaves nothing."""
    rng = np.random.default_rng(seed)
    stars, models = random_moments(rng, n, "f8"), random_moments(rng, n, "f8")
    statistics = star_shape_statistics(stars, models)

    order = rng.permutation(n)
    shuffled = (Moments(m.xx[order], m.yy[order], m.xy[order]) for m in (stars, models))
    assert star_shape_statistics(*shuffled) == statistics

    exchanged = (Moments(m.yy, m.xx, m.xy) for m in (stars, models))
    expected = statistics | {"psfStarDeltaE1Median": -statistics["psfStarDeltaE1Median"]}
    assert star_shape_statistics(*exchanged) == pytest.approx(expected, rel=1e-12, abs=1e-15)

    perfect = star_shape_statistics(stars, stars)
    assert {value for name, value in perfect.items() if "Delta" in name} == {0.0}


def test_star_statistics_of_a_missing_moment_are_nan() -> None:
    stars, models = (random_moments(np.random.default_rng(i), 5, "f8") for i in range(2))
    stars.xy[2] = math.nan
    found = star_shape_statistics(stars, models)
    assert {name for name, value in found.items() if math.isnan(value)} == {
        "starEMedian",
        "starUnNormalizedEMedian",
        "psfStarDeltaE2Median",
        "psfStarDeltaE2Scatter",
    }


def test_shapes_that_do_not_fit_together_are_refused() -> None:
    one, two = np.ones(1), np.ones(2)
    with pytest.raises(ValueError, match="moments have shapes"):
        Moments(one, one, two)
    with pytest.raises(ValueError, match="moments have shapes"):
        Moments(*np.ones((3, 2, 2)))
    with pytest.raises(ValueError, match="1 stars cannot be compared with 2 models"):
        star_shape_statistics(Moments(one, one, one), Moments(two, two, two))
    none = Moments(*np.ones((3, 0)))
    with pytest.raises(ValueError, match="0 stars cannot be compared with 0 models"):
        star_shape_statistics(none, none)


def test_higher_order_medians_ignore_nan_only() -> None:
    moments = {key: np.full(3, 2.0**i) for i, key in enumerate(HIGHER_ORDERS)}
    moments["12"][1] = math.nan
    found = higher_order_medians(moments)
    assert found == {
        "starComa1Median": 10.0,
        "starComa2Median": 5.0,
        "starTrefoil1Median": 2.0,
        "starTrefoil2Median": 11.0,
        "starKurtosisMedian": 400.0,
        "starE41Median": 240.0,
        "starE42Median": 320.0,
    }
    nothing = higher_order_medians({key: np.full(2, math.nan) for key in HIGHER_ORDERS})
    assert all(map(math.isnan, nothing.values())) and nothing.keys() == found.keys()
    del moments["30"], moments["22"]
    with pytest.raises(ValueError, match="30, 22 are missing"):
        higher_order_medians(moments)


@given(seed=st.integers(0, 1000))
def test_aberrations_have_their_symmetries(seed: int) -> None:
    """Moments of random images: a turn by a third leaves trefoil, one by a quarter leaves kurtosis and e4."""
    rng = np.random.default_rng(seed)
    points, weights = rng.normal(size=(2, 30)), rng.uniform(0.1, 1.0, 30)

    def medians(angle: float) -> dict[str, complex]:
        cos, sin = math.cos(angle), math.sin(angle)
        x, y = cos * points[0] - sin * points[1], sin * points[0] + cos * points[1]
        found = higher_order_medians(
            {key: np.array([np.sum(weights * x ** int(key[0]) * y ** int(key[1]))]) for key in HIGHER_ORDERS}
        )
        coma, trefoil = (
            complex(found[f"star{n}1Median"], found[f"star{n}2Median"]) for n in ("Coma", "Trefoil")
        )
        return {
            "coma": coma,
            "trefoil": trefoil,
            "kurtosis": complex(found["starKurtosisMedian"]),
            "e4": complex(found["starE41Median"], found["starE42Median"]),
        }

    for angle in (0.3, 2.0):
        expected = {
            name: value * complex(math.cos(spin * angle), math.sin(spin * angle))
            for spin, (name, value) in zip((1, 3, 0, 2), medians(0.0).items(), strict=True)
        }
        assert medians(angle) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(st.lists(st.floats(), min_size=4, max_size=4))
def test_no_moments_raise_or_warn(values: list[float]) -> None:
    for dtype in ("f4", "f8"):
        with np.errstate(over="ignore"):
            columns = [np.roll(values, i).astype(dtype) for i in range(3)]
        moments = Moments(*columns)
        star_shape_statistics(moments, moments)
        higher_order_medians(dict.fromkeys(HIGHER_ORDERS, columns[0]))
