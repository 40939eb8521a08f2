"""Controls of statistics, backgrounds and approximations: options, names of styles, defaults."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.math import (
    REDUCE_INTERP_ORDER,
    THROW_EXCEPTION,
    ApproximateControl,
    BackgroundControl,
    Interpolate,
    Property,
    StatisticsControl,
    UndersampleStyle,
    lookupMaxInterpStyle,
    lookupMinInterpPoints,
    makeInterpolate,
    stringToInterpStyle,
    stringToUndersampleStyle,
)
from lsst.pex.exceptions import InvalidParameterError, LengthError
from stacklite_support import golden
from stacklite_support.golden import golden_cases
from stacklite_support.golden_background import raises
from stacklite_support.parity import parity

# Name after get and set, value of a new control, another value, what is refused (and how).
STATISTICS: list[tuple[str, Any, Any, tuple[Any, ...]]] = [
    ("NumSigmaClip", 3.0, 2.5, (0.0, -1.0, np.nan)),
    ("NumIter", 3, 7, (0, -1)),
    ("AndMask", 0, 5, ()),
    ("NoGoodPixelsMask", 256, 3, ()),
    ("NanSafe", True, False, ()),
    ("Weighted", False, True, ()),
    ("CalcErrorFromInputVariance", False, True, ()),
    ("CalcErrorMosaicMode", False, True, ()),
]
BACKGROUND: list[tuple[str, Any, Any, tuple[Any, ...]]] = [
    ("NxSample", 10, 3, (0, -1)),
    ("NySample", 10, 4, (0, -1)),
    ("InterpStyle", Interpolate.AKIMA_SPLINE, Interpolate.LINEAR, ("SPLINE", 99)),
    ("UndersampleStyle", THROW_EXCEPTION, REDUCE_INTERP_ORDER, ("NONE", 99)),
    ("StatisticsProperty", Property.MEANCLIP, Property.MEDIAN, ("AVERAGE", 4)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "name"),
    [(options, row[0]) for options in (STATISTICS, BACKGROUND) for row in options],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_options(options: Any, name: str) -> None:
    kind = StatisticsControl if options is STATISTICS else BackgroundControl
    ((_, default, value, refused),) = [row for row in options if row[0] == name]
    control = kind(*(() if options is STATISTICS else (10, 10)))
    others = [row for row in options if row[0] != name]
    assert getattr(control, f"get{name}")() == default
    getattr(control, f"set{name}")(value)
    assert getattr(control, f"get{name}")() == value
    assert type(getattr(control, f"get{name}")()) is type(value)
    if hasattr(value, "name"):
        getattr(control, f"set{name}")(default)
        getattr(control, f"set{name}")(value.name)
        assert getattr(control, f"get{name}")() == value, "also by name"
    for bad in refused:
        with pytest.raises((InvalidParameterError, LengthError, TypeError)):
            getattr(control, f"set{name}")(bad)
    assert getattr(control, f"get{name}")() == value
    assert all(getattr(control, f"get{other}")() == old for other, old, *_ in others), "nothing else changed"


def test_what_a_background_control_holds() -> None:
    statistics, approximation = (
        StatisticsControl(),
        ApproximateControl(ApproximateControl.CHEBYSHEV, 2, 2, False),
    )
    control = BackgroundControl("LINEAR", 3, 4, "REDUCE_INTERP_ORDER", statistics, "MEDIAN", approximation)
    assert control.getStatisticsControl() is statistics
    assert control.getApproximateControl() is approximation
    assert (approximation.getOrderX(), approximation.getOrderY(), approximation.getWeighting()) == (
        2,
        2,
        False,
    )
    assert BackgroundControl(1, 1).getApproximateControl().getStyle() == ApproximateControl.UNKNOWN
    other = ApproximateControl(ApproximateControl.CHEBYSHEV, 1)
    control.setApproximateControl(other)
    assert control.getApproximateControl() is other and (other.getOrderY(), other.getWeighting()) == (1, True)
    with pytest.raises(InvalidParameterError, match="must be equal, not 2 and 1"):
        ApproximateControl(ApproximateControl.CHEBYSHEV, 2, 1)


def test_control_forms() -> None:
    a = BackgroundControl(5, 7)
    b = BackgroundControl("LINEAR", 5, 7, "REDUCE_INTERP_ORDER", prop="MEDIAN")
    assert [(c.getNxSample(), c.getNySample()) for c in (a, b)] == [(5, 7), (5, 7)]
    assert (a.getInterpStyle(), b.getInterpStyle()) == (Interpolate.AKIMA_SPLINE, Interpolate.LINEAR)
    assert b.getUndersampleStyle() is UndersampleStyle.REDUCE_INTERP_ORDER
    assert b.getStatisticsProperty().name == "MEDIAN"
    assert a.getApproximateControl().getStyle() == ApproximateControl.UNKNOWN
    a.setNxSample(2)
    a.setNySample(3)
    a.setStatisticsProperty("MEAN")
    assert (a.getNxSample(), a.getNySample(), a.getStatisticsProperty().name) == (2, 3, "MEAN")
    for setter in (a.setNxSample, a.setNySample):
        with pytest.raises(pex_exceptions.LengthError):
            setter(0)
    with pytest.raises(pex_exceptions.LengthError):
        BackgroundControl(0, 3)
    for args, kwargs in (((5, 7), {"nxSample": 3}), ((5,), {}), ((), {}), ((5, 7), {"prop": "MEAN"})):
        with pytest.raises(TypeError, match="does not take"):
            BackgroundControl(*args, **kwargs)
    assert BackgroundControl(style="CONSTANT").getNxSample() == 10


def test_numbers_of_styles_are_those_of_files() -> None:
    names = ("CONSTANT", "LINEAR", "NATURAL_SPLINE", "CUBIC_SPLINE", "CUBIC_SPLINE_PERIODIC", "AKIMA_SPLINE")
    assert [int(Interpolate.Style.__members__[name]) for name in ("UNKNOWN", *names)] == list(range(-1, 6))
    assert int(Interpolate.AKIMA_SPLINE_PERIODIC) == 6
    names = ("THROW_EXCEPTION", "REDUCE_INTERP_ORDER", "INCREASE_NXNYSAMPLE")
    assert [int(UndersampleStyle.__members__[name]) for name in names] == [0, 1, 2]
    assert [int(ApproximateControl.UNKNOWN), int(ApproximateControl.CHEBYSHEV)] == [-1, 0]


def test_defaults_of_approximations() -> None:
    control = ApproximateControl(ApproximateControl.CHEBYSHEV, 3)
    assert (control.getOrderX(), control.getOrderY(), control.getWeighting()) == (3, 3, True)
    assert ApproximateControl(ApproximateControl.CHEBYSHEV, 3, 3, False).getWeighting() is False


def test_styles_are_no_numbers() -> None:
    for call in (
        lambda: ApproximateControl(0, 2),  # type: ignore[arg-type]
        lambda: makeInterpolate([1.0, 2.0], [1.0, 2.0], 1),  # type: ignore[arg-type]
        lambda: lookupMinInterpPoints(1),  # type: ignore[arg-type]
        lambda: BackgroundControl(5, 7).setInterpStyle(1),  # type: ignore[arg-type]
    ):
        with pytest.raises(TypeError):
            call()


def test_styles_by_name() -> None:
    assert stringToInterpStyle("CUBIC_SPLINE") is Interpolate.CUBIC_SPLINE
    assert stringToUndersampleStyle("THROW_EXCEPTION") is UndersampleStyle.THROW_EXCEPTION
    for function in (stringToInterpStyle, stringToUndersampleStyle):
        with pytest.raises(pex_exceptions.InvalidParameterError):
            function("BEST")


# -- Values of the real stack ----------------------------------------------------------


@parity("StatisticsControl", 0)
@golden_cases("statistics", "StatisticsControl")
def test_control_refuses(case: dict[str, Any]) -> None:
    control = StatisticsControl()
    with pytest.raises(getattr(pex_exceptions, case["expected"]["error"])):
        for setter, value in golden.number(case["inputs"]).items():
            getattr(control, setter)(value)


@parity("StatisticsControl", 0)
@golden_cases("statistics", "StatisticsControl defaults")
def test_control_defaults(case: dict[str, Any]) -> None:
    control = StatisticsControl()
    expected = dict(case["expected"])
    assert {p.name: int(p) for p in Property.__members__.values()} == expected.pop("properties")
    assert expected == {
        "num_sigma_clip": control.getNumSigmaClip(),
        "num_iter": control.getNumIter(),
        "and_mask": control.getAndMask(),
        "nan_safe": control.getNanSafe(),
        "weighted": control.getWeighted(),
        "weighted_is_set": control.getWeightedIsSet(),
        "no_good_pixels_mask": control.getNoGoodPixelsMask(),
    }


@pytest.mark.golden
def test_style_tables() -> None:
    tables = golden.topic("background")
    for n, expected in tables.get("lookup_max_interp_style", {}).items():
        if "error" in expected:
            with raises(expected):
                lookupMaxInterpStyle(int(n))
        else:
            assert lookupMaxInterpStyle(int(n)).name == expected
    for name, expected in tables.get("lookup_min_interp_points", {}).items():
        if isinstance(expected, dict):
            with raises(expected):
                lookupMinInterpPoints(Interpolate.Style.__members__[name])
        else:
            assert lookupMinInterpPoints(Interpolate.Style.__members__[name]) == expected
