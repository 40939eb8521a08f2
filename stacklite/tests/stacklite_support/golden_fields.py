"""Bounded fields that golden cases describe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.geom import SkyWcs
from lsst.afw.image import ImageF
from lsst.afw.math import (
    BoundedField,
    ChebyshevBoundedField,
    ChebyshevBoundedFieldControl,
    PixelAreaBoundedField,
    ProductBoundedField,
)
from lsst.geom import Box2I, Extent2I, Point2I, arcseconds, degrees, radians
from stacklite_support import golden

UNITS = {"radians": radians, "degrees": degrees, "arcseconds": arcseconds}
RTOL = 1e-10
# Pixel areas are differences of unit vectors of neighboring pixels: 2e-16 of 1e-6 (1 pixel in radians).
RTOL_PIXEL_AREA = 1e-9


def box_of(numbers: list[int]) -> Box2I:
    return Box2I(Point2I(*numbers[:2]), Extent2I(*numbers[2:]))


def image_of(stored: dict[str, Any]) -> ImageF:
    return ImageF(np.array(stored["array"], dtype=np.float32), xy0=Point2I(*stored["x0y0"]))


def check(expected: Any, compute: Callable[[], Any], rtol: float = RTOL, noise: float = 0.0) -> None:
    """Compare a number, a list or an image, or expect the error."""
    if isinstance(expected, dict) and "error" in expected:
        with pytest.raises(getattr(pex_exceptions, expected["error"])):
            compute()
    elif isinstance(expected, dict):
        actual, image = compute(), image_of(expected)
        assert actual.getBBox() == image.getBBox()
        np.testing.assert_array_max_ulp(actual.array, image.array, 1 if rtol == RTOL else 2)
    else:
        np.testing.assert_allclose(compute(), expected, rtol=rtol, atol=noise if rtol == RTOL else 1e-12)


def wcs_of(inputs: dict[str, Any]) -> SkyWcs:
    return SkyWcs.readFits(golden.golden_file(inputs["file_wcs"]))


def make_chebyshev(inputs: dict[str, Any]) -> ChebyshevBoundedField:
    coefficients = np.array(inputs["coefficients"], dtype=np.float64)
    if coefficients.size == 0:
        coefficients = np.zeros((0, 0))
    return ChebyshevBoundedField(box_of(inputs["bbox"]), coefficients)


def _product(inputs: dict[str, Any]) -> ProductBoundedField:
    # A factor that is a pixel area is on the box of the others.
    bbox = box_of(next((factor["bbox"] for factor in inputs["factors"] if "bbox" in factor), [0, 0, 40, 30]))
    return ProductBoundedField(
        [
            PixelAreaBoundedField(bbox, wcs_of(factor["pixel_area"]), UNITS[factor["unit"]])
            if "pixel_area" in factor
            else make_chebyshev(factor)
            for factor in inputs["factors"]
        ]
    )


def _pixel_area(inputs: dict[str, Any]) -> PixelAreaBoundedField:
    unit = UNITS[inputs.get("unit", "radians")]
    return PixelAreaBoundedField(
        box_of(inputs["bbox"]), wcs_of(inputs["wcs"]), unit, inputs.get("scaling", 1.0)
    )


def _control(inputs: dict[str, Any]) -> ChebyshevBoundedFieldControl:
    control = ChebyshevBoundedFieldControl()
    control.orderX, control.orderY = inputs["order_x"], inputs["order_y"]
    control.triangular = inputs["triangular"]
    return control


def _fit(inputs: dict[str, Any]) -> ChebyshevBoundedField:
    vectors = [np.array(inputs[name], dtype=np.float64) for name in "xyzw" if name in inputs]
    return ChebyshevBoundedField.fit(box_of(inputs["bbox"]), *vectors, _control(inputs))


def columns(path: Path | str) -> list[list[Any]]:
    """Return class name and columns of each table, in the order of the names.

    The order of the HDUs is free; lengths of texts depend on the AST version.
    """
    with fits.open(path) as hdus:
        return sorted(
            [hdu.name, *((c.name, c.format.split("(")[0], c.unit) for c in hdu.columns)] for hdu in hdus[1:]
        )


FIELDS: dict[str, Callable[[dict[str, Any]], BoundedField]] = {
    "ChebyshevBoundedField": make_chebyshev,
    "ChebyshevBoundedField * s": lambda i: make_chebyshev(i) * i["s"],
    "ChebyshevBoundedField / s": lambda i: make_chebyshev(i) / i["s"],
    "ChebyshevBoundedField.truncate": lambda i: make_chebyshev(i).truncate(_control(i)),
    "ChebyshevBoundedField.fit": _fit,
    "ChebyshevBoundedField.fit(image)": lambda i: ChebyshevBoundedField.fit(
        image_of(i["image"]), _control(i)
    ),
    "ProductBoundedField": _product,
    "ProductBoundedField * s": lambda i: i["s"] * _product(i),
    "PixelAreaBoundedField": _pixel_area,
    "PixelAreaBoundedField * s": lambda i: _pixel_area(i) * i["s"],
    "TransformBoundedField": lambda i: BoundedField.readFits(golden.golden_file(i["file"])),
}

FIELD_CASES = [case for kind in FIELDS for case in golden.cases("bounded_fields", kind)]
