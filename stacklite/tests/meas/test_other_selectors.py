"""Selectors of reference stars, by one flag, and of everything; limits of single quantities."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from astropy.table import Table

from lsst.afw.image import MaskedImageF
from lsst.afw.table import BaseCatalog, Schema
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.meas.algorithms import (
    ColorLimit,
    CullFromMaskedRegion,
    FlaggedSourceSelectorTask,
    MagnitudeErrorLimit,
    MagnitudeLimit,
    NullSourceSelectorTask,
    ReferenceSourceSelectorConfig,
    ReferenceSourceSelectorTask,
    RequireUnresolved,
    SignalToNoiseLimit,
    sourceSelectorRegistry,
)
from lsst.meas.algorithms.sourceSelector import FluxLimit

COLUMNS = {
    "f": [np.nan, -1.0, 0.0, 100.0, np.inf, 50.0, 100.0],
    "g": [1.0, 1.0, 1.0, 1.0, 1.0, np.nan, 50.0],
    "e": [1.0, 1.0, 1.0, 0.0, 1.0, np.nan, -1.0],
    "f_flag": [False] * 6 + [True],
}

# Limit, its columns, minimum, maximum and the rows that the real stack selects.
LIMITS: list[tuple[Any, dict[str, str], float | None, float | None, str]] = [
    (FluxLimit, {"fluxField": "f"}, None, None, "1111110"),
    (FluxLimit, {"fluxField": "f"}, None, 30.0, "0110000"),
    (FluxLimit, {"fluxField": "f"}, 25.0, None, "0001110"),
    (MagnitudeLimit, {"fluxField": "f"}, None, None, "1111110"),
    (MagnitudeLimit, {"fluxField": "f"}, None, 30.0, "0001110"),
    (MagnitudeLimit, {"fluxField": "f"}, 25.0, None, "0011010"),
    (MagnitudeLimit, {"fluxField": "f"}, 20.0, 30.0, "0001010"),
    (ColorLimit, {"primary": "f", "secondary": "g"}, None, None, "1111111"),
    (ColorLimit, {"primary": "f", "secondary": "g"}, None, 30.0, "0001101"),
    (ColorLimit, {"primary": "f", "secondary": "g"}, 25.0, None, "0010000"),
    (SignalToNoiseLimit, {"fluxField": "f", "errField": "e"}, None, None, "0111100"),
    (SignalToNoiseLimit, {"fluxField": "f", "errField": "e"}, 25.0, None, "0001100"),
    (MagnitudeErrorLimit, {"magErrField": "e"}, None, None, "1111111"),
    (MagnitudeErrorLimit, {"magErrField": "e"}, None, 30.0, "1111101"),
    (RequireUnresolved, {"name": "f"}, None, None, "1111111"),
    (RequireUnresolved, {"name": "f"}, 25.0, None, "0001111"),
]


@pytest.mark.parametrize(("kind", "fields", "minimum", "maximum", "expected"), LIMITS)
def test_limits(
    kind: Any, fields: dict[str, str], minimum: float | None, maximum: float | None, expected: str
) -> None:
    limit = kind(minimum=minimum, maximum=maximum, **fields)
    assert limit.apply(Table(COLUMNS)).tolist() == [letter == "1" for letter in expected]


def test_magnitudes_and_colors() -> None:
    """1 nJy has the AB magnitude 31.4."""
    table = Table({"f": [10.0, 1000.0, 1e5], "g": [1000.0, 1000.0, 1000.0]})
    for maximum, is_selected in ((28.89999999, False), (28.90000001, True)):
        limit = MagnitudeLimit(fluxField="f", maximum=maximum)
        assert limit.apply(table).tolist() == [is_selected, True, True]
    color = ColorLimit(primary="f", secondary="g", minimum=-4.9, maximum=5.1)
    assert color.apply(table).tolist() == [True, True, False]


def _exposure() -> MaskedImageF:
    image = MaskedImageF(Box2I(Point2I(10, 20), Extent2I(5, 4)))
    image.mask.array[1, 2] = image.mask.getPlaneBitMask("NO_DATA")
    image.mask.array[0, 0] = image.mask.getPlaneBitMask("SAT")
    return image


@pytest.mark.parametrize(
    ("x", "y", "is_kept"),
    [
        (12.0, 21.0, False), (12.6, 21.0, False), (11.5, 21.0, True), (12.0, 20.5, True), (12.0, 21.5, False),
        (10.0, 20.0, True), (np.nan, 21.0, True), (100.0, 21.0, True), (9.6, 21.0, True), (12.0, 24.0, True),
    ],
)  # fmt: skip
def test_sources_on_masked_pixels(x: float, y: float, is_kept: bool) -> None:
    cut = CullFromMaskedRegion()
    assert cut.apply(Table({"centroid_x": [x], "centroid_y": [y]}), _exposure()).tolist() == [is_kept]
    with pytest.raises(RuntimeError, match="with an exposure"):
        cut.apply(Table({"centroid_x": [x], "centroid_y": [y]}), None)


def test_reference_stars() -> None:
    config = ReferenceSourceSelectorConfig()
    config.doMagLimit = config.doCullFromMaskedRegion = True
    config.magLimit.fluxField = "f"
    config.magLimit.maximum = 28.0
    config.colorLimits = {"f-g": ColorLimit(primary="f", secondary="g", minimum=-1.0)}
    table = Table(
        {
            "f": [1e5, 1e5, 1e5, 1.0, 1e5],
            "g": [1e5, 1e5, 1e6, 1.0, 1e3],
            "coord_ra": [1.0, np.nan, 1.0, 1.0, 1.0],
            "coord_dec": np.ones(5),
            "centroid_x": [10.0, 10.0, 12.0, 10.0, 10.0],
            "centroid_y": [20.0, 20.0, 21.0, 20.0, 20.0],
        }
    )
    result = ReferenceSourceSelectorTask(config=config).run(table, exposure=_exposure())
    assert result.selected.tolist() == [True, False, False, False, False]
    assert len(result.sourceCat) == 1
    assert (config.signalToNoise.fluxField, config.signalToNoise.errField) == ("flux", "flux_err")


def test_saved_configurations_name_public_classes() -> None:
    config = ReferenceSourceSelectorConfig()
    config.colorLimits = {"a": ColorLimit(primary="f", secondary="g", minimum=-5.0)}
    text = io.StringIO()
    config.saveToStream(text)
    assert "config.colorLimits['a']=lsst.meas.algorithms.sourceSelector.ColorLimit()" in text.getvalue()
    again = ReferenceSourceSelectorConfig()
    again.loadFromString(text.getvalue())
    assert again == config


def test_selectors_by_name() -> None:
    assert {"science", "references", "null", "flagged"} <= set(sourceSelectorRegistry)
    schema = Schema()
    schema.addField("calib_psf_used", type="Flag")
    catalog = BaseCatalog(schema)
    catalog.resize(3)
    catalog["calib_psf_used"] = [True, False, True]
    flagged = FlaggedSourceSelectorTask().run(catalog)
    assert flagged.selected.tolist() == [True, False, True]
    assert [record["calib_psf_used"] for record in flagged.sourceCat] == [True, True]
    assert NullSourceSelectorTask().run(catalog).selected.tolist() == [True] * 3
    with pytest.raises(KeyError, match="calib_psf_used"):
        FlaggedSourceSelectorTask().run(Table({"a": [1]}))
