"""What tests with golden values of topic geom share: tolerances, short forms of values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import lsst.pex.exceptions as pex_exceptions
from lsst.geom import Box2D, Box2I, SpherePoint, degrees, radians
from stacklite_support.golden import number

RTOL = 1e-14  # angles and boxes are a few operations; the last bit may depend on the C library

SKY_ATOL = np.deg2rad(1e-9)


def sphere(position: Any) -> SpherePoint:
    return SpherePoint(*number(position), degrees)


def assert_same_sky(point: SpherePoint, expected: Any) -> None:
    """Compare positions as vectors, so that longitudes near 0 and at the poles do not matter."""
    other = SpherePoint(*number(expected), radians)
    assert_allclose(list(point.getVector()), list(other.getVector()), atol=SKY_ATOL, rtol=0)


def bounds2i(box: Box2I) -> list[int]:
    return [box.getMinX(), box.getMinY(), box.getWidth(), box.getHeight()]


def bounds2d(box: Box2D) -> list[float]:
    return [*box.getMin(), *box.getMax()]


def check_error(case: dict[str, Any], call: Any) -> bool:
    """Check that the call raises what the case expects, if it expects an error."""
    if not (isinstance(case["expected"], dict) and "error" in case["expected"]):
        return False
    with pytest.raises(getattr(pex_exceptions, case["expected"]["error"])):
        call()
    return True
