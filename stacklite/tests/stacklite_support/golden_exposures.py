"""What tests with golden values of topic exposures share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from astropy.io import fits

import lsst.afw.image as afw_image
from lsst.geom import Box2I, Extent2I, Point2I, SpherePoint, radians
from stacklite_support.golden import golden_file, number

# Header floats have 15 digits, and the stack evaluates them in another order.
RELATIVE = 1e-10


def box_of(values: list[int]) -> Box2I:
    return Box2I(Point2I(*values[:2]), Extent2I(*values[2:]))


def pixels_of(values: list[list[Any]], dtype: Any) -> np.ndarray:
    """Convert golden pixels (64-bit integers are strings there)."""
    if np.dtype(dtype).kind == "f":
        return np.array(number(values), dtype=np.float64).astype(dtype)
    return np.array([[int(value) for value in row] for row in values], dtype=dtype)


def assert_pixels(plane: Any, expected: list[list[Any]]) -> None:
    np.testing.assert_array_equal(plane.array, pixels_of(expected, plane.dtype))


def assert_close(found: Any, expected: Any) -> None:
    if isinstance(expected, float):
        assert found == pytest.approx(expected, rel=RELATIVE, abs=1e-300, nan_ok=True)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_close(one, other)
    elif isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            assert_close(found[key], value)
    else:
        assert found == expected


def radians_of(point: Any) -> list[float]:
    return [point[0].asRadians(), point[1].asRadians()]


def files_of_kind(name: str) -> Any:
    """Return the class of exposure that a file has, by the type of its pixels."""
    with fits.open(golden_file(name), disable_image_compression=True) as hdus:
        header = hdus[1].header
    kinds = {-32: "F", -64: "D", 32: "I", 16: "U"}
    return getattr(afw_image, "Exposure" + kinds[header.get("ZBITPIX", header["BITPIX"])])


def read_case(case: dict[str, Any]) -> Any:
    name = case["inputs"]["file"]
    return files_of_kind(name)(golden_file(name))


def assert_same_sky(found: list[float], expected: list[float]) -> None:
    vectors = [list(SpherePoint(*position, radians).getVector()) for position in (found, expected)]
    np.testing.assert_allclose(vectors[0], vectors[1], rtol=0, atol=np.radians(1e-9))
