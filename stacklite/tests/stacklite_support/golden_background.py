"""Backgrounds that golden cases describe, and comparisons with what the stack says of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.image import ImageF, MaskedImageF, MaskX
from lsst.geom import Box2I, Extent2I, Point2I
from stacklite_support import golden


def box_of(numbers: list[int]) -> Box2I:
    return Box2I(Point2I(*numbers[:2]), Extent2I(*numbers[2:]))


def masked_image(image: Any, mask: Any, variance: Any, xy0: list[int]) -> MaskedImageF:
    masked = MaskedImageF(
        ImageF(np.array(image, dtype=np.float32)),
        MaskX(np.array(mask, dtype=np.int32)),
        ImageF(np.array(variance, dtype=np.float32)),
    )
    masked.setXY0(*xy0)
    return masked


def stats_image(stats: dict[str, Any]) -> MaskedImageF:
    return masked_image(stats["image"], stats["mask"], stats["variance"], stats["x0y0"])


def raises(expected: Any) -> Any:
    return pytest.raises(getattr(pex_exceptions, expected["error"]))


def check_image(image: ImageF, expected: dict[str, Any]) -> None:
    assert list(image.getXY0()) == expected["x0y0"]
    golden.assert_float32(image.array, expected["array"])


def check_stats(stats: MaskedImageF, expected: dict[str, Any]) -> None:
    # Sums in another order may round to the neighboring float32.
    golden.assert_float32(stats.image.array, expected["image"])
    golden.assert_float32(stats.variance.array, expected["variance"])
    np.testing.assert_array_equal(stats.mask.array, np.array(expected["mask"], dtype=np.int32))
    assert list(stats.getXY0()) == expected["x0y0"]
