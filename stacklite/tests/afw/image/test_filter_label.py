"""`FilterLabel` and `Color`."""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import pytest

from lsst.afw.image import Color, FilterLabel


@pytest.mark.parametrize(
    "label",
    [
        FilterLabel.fromBand("r"),
        FilterLabel.fromPhysical("r_57"),
        FilterLabel.fromBandPhysical("r", "r_57"),
    ],
)
def test_filter_label(label: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "label.fits")
    label.writeFits(path)
    assert FilterLabel.readFits(path) == label == copy.deepcopy(label)
    for has, name in ((label.hasBandLabel, "bandLabel"), (label.hasPhysicalLabel, "physicalLabel")):
        if has():
            assert getattr(label, name).startswith("r")
        else:
            with pytest.raises(RuntimeError):
                getattr(label, name)


def test_filter_labels_need_names(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs"):
        FilterLabel()
    with pytest.raises(ValueError, match="longer"):
        FilterLabel(band="r" * 33).writeFits(str(tmp_path / "label.fits"))
    assert str(FilterLabel("r", "x")) == 'FilterLabel(band="r", physical="x")'
    assert len({FilterLabel("r"), FilterLabel("r"), FilterLabel(physical="r")}) == 2


def test_names_may_be_empty(tmp_path: Path) -> None:
    """They are names all the same (agrees with the stack)."""
    label = FilterLabel(band="")
    assert label.hasBandLabel() and not label.hasPhysicalLabel() and label.bandLabel == ""
    assert str(FilterLabel.fromBandPhysical("", "")) == 'FilterLabel(band="", physical="")'
    assert label == FilterLabel("") != FilterLabel(physical="")
    # FITS cannot tell no character from a blank.
    label.writeFits(str(tmp_path / "label.fits"))
    assert FilterLabel.readFits(str(tmp_path / "label.fits")) == FilterLabel(band=" ")


def test_names_are_texts() -> None:
    for wrong in ({"physical": 42}, {"band": ("g", "r")}):
        with pytest.raises(TypeError):
            FilterLabel(**wrong)  # type: ignore[arg-type]
    for make in (FilterLabel.fromBand, FilterLabel.fromPhysical):
        with pytest.raises(TypeError):
            make(5)  # type: ignore[arg-type]


def test_colors() -> None:
    assert Color().isIndeterminate()
    assert Color() == Color()
    assert Color(0.5, "g-i") != Color()
    assert Color(0.5, "g-i").getColorValue() == 0.5
    with pytest.raises(TypeError, match="value and a type"):
        Color(0.5)


def test_colors_have_a_kind() -> None:
    color = Color(0.5, "g-i")
    assert color.getColorType() == "g-i"
    assert color == Color(colorValue=0.5, colorType="g-i")
    assert color not in (Color(0.5, "r-i"), Color(0.4, "g-i"), Color()) and Color() == Color()
    with pytest.raises(TypeError, match="unhashable"):
        hash(color)
    # A color that is not a number is not the same as none.
    unknown = Color(math.nan, "g-i")
    assert not unknown.isIndeterminate() and unknown != Color() and unknown != unknown  # noqa: PLR0124
