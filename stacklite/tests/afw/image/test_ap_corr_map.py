"""`ApCorrMap`: a mapping of bounded fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsst.afw.image import ApCorrMap
from lsst.afw.math import ChebyshevBoundedField
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I
from lsst.pex.exceptions import LengthError, NotFoundError
from stacklite_support import golden
from stacklite_support.golden_fields import FIELD_CASES, RTOL_PIXEL_AREA, box_of, check, columns
from stacklite_support.parity import parity

BBOX = Box2I(Point2I(0, 0), Extent2I(100, 80))


def _field(coefficients: Any = ((10.0, 1.0), (0.5, 0.0))) -> ChebyshevBoundedField:
    return ChebyshevBoundedField(BBOX, np.array(coefficients))


def test_ap_corr_map_scales_all_its_fields() -> None:
    ap_corr_map = ApCorrMap()
    ap_corr_map["z"], ap_corr_map["a"] = _field(), _field(((2.0,),))
    assert list(ap_corr_map) == ["a", "z"]
    ap_corr_map *= 0.5
    assert ap_corr_map["a"].mean() == 1.0
    assert ap_corr_map["z"] == _field() * 0.5
    assert ap_corr_map.get("b") is None
    with pytest.raises(LookupError):
        ap_corr_map["b"]


PART = Box2I(Point2I(-10, 1010), Extent2I(5, 7))


def test_maps_of_aperture_corrections() -> None:
    one, two = (ChebyshevBoundedField(PART, np.array([[value]])) for value in (1.0, 2.0))
    corrections = ApCorrMap()
    corrections["b"], corrections["a"] = one, two
    assert list(corrections.keys()) == ["a", "b"] == list(corrections)
    assert list(corrections.values()) == [two, one] and "a" in corrections and "c" not in corrections
    assert corrections.get("a") is two and corrections.get("c") is None
    corrections *= 3.0
    assert corrections["b"].evaluate(Point2D(-8, 1012)) == 3.0
    with pytest.raises(LengthError, match="65 characters"):
        corrections.set("x" * 65, one)
    with pytest.raises(NotFoundError, match="'c'"):
        corrections["c"]


# -- Values of the real stack ----------------------------------------------------------


def _points(box: Box2I) -> np.ndarray:
    """Return where fields on a box were evaluated (cases of ApCorrMap do not say): x and y."""
    for case in FIELD_CASES:
        if "points" in case["expected"] and box_of(case["expected"]["bbox"]) == box:
            return np.array(case["expected"]["points"]).T
    outer = Box2D(box)
    fractions = np.array([[0.0, 0.5, 1.0, 0.13, -0.4], [0.0, 0.5, 1.0, 0.82, 1.7]]).T
    return (np.array(outer.getMin()) + fractions * np.array(outer.getDimensions())).T


@parity("ApCorrMap", RTOL_PIXEL_AREA)
@pytest.mark.parametrize("case", golden.cases("bounded_fields", "ApCorrMap"), ids=lambda c: str(c["id"]))
def test_ap_corr_map(case: dict[str, Any], tmp_path: Path) -> None:
    # An empty map is described by its length only.
    expected = golden.number(case["expected"]) or {}
    stored = ApCorrMap.readFits(golden.golden_file(case["inputs"]["file"]))
    stored.writeFits(str(tmp_path / "copy.fits"))
    assert columns(tmp_path / "copy.fits") == columns(golden.golden_file(case["inputs"]["file"]))
    for ap_corr_map in (stored, ApCorrMap.readFits(str(tmp_path / "copy.fits"))):
        assert list(ap_corr_map.keys()) == list(ap_corr_map) == expected.get("keys", [])
        assert len(ap_corr_map) == len(expected.get("keys", []))
        _check_ap_corr(ap_corr_map, expected.get("values", {}))
    assert stored == ApCorrMap.readFits(str(tmp_path / "copy.fits"))
    if "missing" in expected:
        check(expected["missing"], lambda: stored["missing"])
        assert stored.get("missing") is expected["get_missing"] is None
        assert ["a" in stored, "missing" in stored] == expected["contains"]
        check(expected["name_too_long"], lambda: stored.set("Z" * 65, next(iter(stored.values()))))
        stored *= 2.0
        _check_ap_corr(stored, expected["times_2"])


def _check_ap_corr(ap_corr_map: ApCorrMap, expected: dict[str, list[float]]) -> None:
    assert list(expected) == [name for name, _ in ap_corr_map.items()]
    for name, values in expected.items():
        field = ap_corr_map[name]
        x, y = _points(field.getBBox())
        np.testing.assert_allclose(field.evaluate(x, y), values, rtol=RTOL_PIXEL_AREA)
