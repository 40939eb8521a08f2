"""`Angle`: units, arithmetic, wrapping."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import lsst.geom as geom
from lsst.geom import Angle, AngleUnit, degrees
from stacklite_support.golden import golden_cases, number
from stacklite_support.parity import parity


def test_angle_arithmetic() -> None:
    assert np.float64(2.0) * degrees == 2.0 * degrees
    assert 2 * (3 * degrees) == (3 * degrees) * 2
    assert (6 * degrees) / 2 == 3 * degrees
    with pytest.raises(TypeError):
        3 * degrees + 3.0  # type: ignore[operator]
    with pytest.raises(TypeError):
        (3 * degrees) * (3 * degrees)  # type: ignore[operator]
    with pytest.raises(TypeError):
        Angle(1.0, "degrees")  # type: ignore[call-overload]
    # As C++ divides.
    assert (3 * degrees) / 0 == math.inf and (-3 * degrees) / 0.0 == -math.inf
    assert math.isnan((0 * degrees / 0).asRadians())


@given(st.floats(-1e6, 1e6))
def test_wrapping(value: float) -> None:
    angle = value * degrees
    assert 0.0 <= angle.wrap().asRadians() < 2 * math.pi
    assert -math.pi <= angle.wrapCtr().asRadians() < math.pi
    assert math.cos(angle.wrap().asRadians()) == pytest.approx(math.cos(value * math.pi / 180), abs=1e-8)


# Units in a full turn, by the name of the accessor.
TURN = {"Radians": 2 * math.pi, "Degrees": 360, "Hours": 24, "Arcminutes": 21600, "Arcseconds": 1296000,
        "Milliarcseconds": 1296000000}  # fmt: skip
NUMBERS = st.floats(-100, 100)


@pytest.mark.parametrize("name", TURN)
def test_units_of_angles(name: str) -> None:
    unit: AngleUnit = getattr(geom, name.lower())
    angle = Angle(0.25 * TURN[name], unit)
    # Products of three doubles.
    assert angle.asRadians() == pytest.approx(0.5 * math.pi, rel=4e-16)
    for value in (getattr(angle, f"as{name}")(), angle.asAngularUnits(unit)):
        assert value == pytest.approx(0.25 * TURN[name], rel=4e-16)
    assert repr(unit) == name.lower()
    assert [unit == getattr(geom, other.lower()) for other in TURN] == [other == name for other in TURN]
    assert Angle(val=1, units=unit) == 1 * unit
    with pytest.raises(TypeError):
        AngleUnit(0.123)


@given(NUMBERS)
def test_conversions_of_numbers(value: float) -> None:
    for there, back, unit in (
        (geom.degToRad, geom.radToDeg, geom.degrees),
        (geom.arcsecToRad, geom.radToArcsec, geom.arcseconds),
        (geom.masToRad, geom.radToMas, geom.milliarcseconds),
    ):
        assert there(value) == pytest.approx((value * unit).asRadians(), rel=1e-15)
        assert back(there(value)) == pytest.approx(value, rel=1e-15)


@given(NUMBERS, NUMBERS)
def test_angles_behave_as_their_radians(x: float, y: float) -> None:
    a, b = Angle(x), Angle(y)
    assert [float(v) for v in (-a, abs(a), a + b, a - b, 3 * a, a / 4)] == [
        -x, abs(x), x + y, x - y, 3 * x, x / 4
    ]  # fmt: skip
    assert [a < b, a <= b, a == b, a != b, a >= b, a > b] == [x < y, x <= y, x == y, x != y, x >= y, x > y]
    assert [a < y, a <= y, a == y, a != y, a >= y, a > y] == [x < y, x <= y, x == y, x != y, x >= y, x > y]
    assert [x < b, x <= b, x == b, x != b, x >= b, x > b] == [x < y, x <= y, x == y, x != y, x >= y, x > y]
    assert bool(a) and Angle(a, degrees) == x * degrees
    assert geom.isAngle(a) and not geom.isAngle(x) and not geom.isAngle(degrees)


def test_nan_is_no_angle_to_compare_with() -> None:
    nan = Angle(math.nan)
    assert not any((nan < nan, nan <= nan, nan == nan, nan >= nan, nan > nan))
    assert all(math.isnan(v.asRadians()) for v in (nan.wrap(), nan.wrapCtr(), Angle(math.inf).wrap()))


@pytest.mark.parametrize("operation", [operator.truediv, operator.mul, operator.add, operator.lt])
@pytest.mark.parametrize("others", [(Angle(2.0), Angle(3.0)), (Angle(2.0), degrees), (degrees, Angle(2.0)),
                                    (degrees, degrees), (2.0, Angle(2.0))])  # fmt: skip
def test_angles_are_no_numbers(operation: Any, others: Any) -> None:
    kinds = tuple(map(type, others))
    allowed = {
        (operator.add, Angle, Angle),
        (operator.lt, Angle, Angle),
        (operator.lt, float, Angle),
        (operator.mul, float, Angle),
    }
    if (operation, *kinds) in allowed:
        operation(*others)
        return
    # Products of two units are no slips of the fingers: the stack says so with a class of its own.
    refused = NotImplementedError if operation is operator.mul and AngleUnit in kinds else TypeError
    with pytest.raises(refused):
        operation(*others)


@pytest.mark.parametrize("number", [1, True, 1.0, np.float64(1), np.float32(1), np.int32(1)])
def test_angles_are_compared_with_numbers_of_radians(number: Any) -> None:
    assert Angle(1.0) == number and number == Angle(1.0) and not Angle(1.0) != number
    assert Angle(0.5) < number and number > Angle(0.5) and Angle(1.0) <= number and Angle(2.0) >= number
    assert Angle(math.pi) == math.pi
    assert Angle(1.0) != "1" and Angle(1.0) is not None
    with pytest.raises(TypeError):
        _ = Angle(1.0) < "2"
    np.testing.assert_array_equal(Angle(1.0) == np.array([1.0, 2.0]), [True, False])


@given(NUMBERS, NUMBERS)
@example(math.nextafter(-math.pi, -4), 0.0)
@example(3.1415926535897922, 69.11503837897546)
@example(-3.1415926535897922, 22 * math.pi)
@example(4.0, 4.0 - math.pi)
@example(7.853981633974483, 1.5707963267948968e-17)
def test_wrapping_near_a_reference(value: float, reference: float) -> None:
    near = Angle(value).wrapNear(Angle(reference))
    assert -math.pi <= near.asRadians() - reference < math.pi
    turns = (near.asRadians() - value) / (2 * math.pi)
    assert turns == pytest.approx(round(turns), abs=1e-13)  # 16 turns of 1e-15
    separation = Angle(value).separation(Angle(reference)).asRadians()
    assert -math.pi <= separation < math.pi
    assert math.sin(separation) == pytest.approx(math.sin(value - reference), abs=1e-13)


# -- Values of the real stack ----------------------------------------------------------


@parity("Angle", 1e-15)
@golden_cases("geom", "Angle")
def test_angle(case: dict[str, Any]) -> None:
    angle = number(case["inputs"]["degrees"]) * degrees
    ten = 10 * degrees
    result = {
        "radians": angle.asRadians(),
        "degrees": angle.asDegrees(),
        "hours": angle.asHours(),
        "arcminutes": angle.asArcminutes(),
        "arcseconds": angle.asArcseconds(),
        "milliarcseconds": angle.asMilliarcseconds(),
        "wrap": angle.wrap().asRadians(),
        "wrap_ctr": angle.wrapCtr().asRadians(),
        "wrap_near": angle.wrapNear(200 * degrees).asRadians(),
        "separation_from_10": angle.separation(ten).asRadians(),
    }
    expected = number(case["expected"])
    assert [angle < ten, angle == ten, angle > ten] == expected.pop("compare_with_10")
    assert set(result) == set(expected)
    whole = angle.asRadians() if np.isfinite(angle.asRadians()) else 0.0
    for name, value in result.items():
        # Wrapping takes whole turns off: 1e-16 of the angle is left.
        assert_allclose(value, expected[name], rtol=1e-15, atol=1e-15 * abs(whole), err_msg=name)


@parity("Angle", 0)
@golden_cases("geom", "Angle arithmetic")
def test_angle_text(case: dict[str, Any]) -> None:
    assert str(3 * degrees) == case["expected"]["text"]
    assert repr(3 * degrees) == case["expected"]["repr"]
