"""The source selector: properties that hold for any table, and all cuts against plain loops."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from astropy import units as u
from astropy.table import MaskedColumn, QTable, Table
from hypothesis import given
from hypothesis import strategies as st

import lsst.pex.config as pex_config
from lsst.afw.table import BaseCatalog, Schema
from lsst.meas.algorithms.sourceSelector import (
    BaseLimit,
    BaseSourceSelectorTask,
    ScienceSourceSelectorConfig,
    ScienceSourceSelectorTask,
    sourceSelectorRegistry,
)
from stacklite_support.golden import number
from stacklite_support.golden_summary_stats import error_class, make_catalog, params
from stacklite_support.parity import parity


def make_selector(**options: object) -> ScienceSourceSelectorTask:
    config = ScienceSourceSelectorConfig()
    for name, value in options.items():
        target, _, last = name.replace("__", ".").rpartition(".")
        setattr(getattr(config, target) if target else config, last, value)
    return ScienceSourceSelectorTask(config=config)


@given(
    st.lists(st.floats(width=32), max_size=20),
    st.none() | st.floats(-10, 10),
    st.none() | st.floats(-10, 10),
)
def test_limits_are_exclusive_and_drop_nan_only_where_they_are_set(
    values: list[float], minimum: float | None, maximum: float | None
) -> None:
    limit = BaseLimit(minimum=minimum, maximum=maximum)
    expected = [(minimum is None or v > minimum) and (maximum is None or v < maximum) for v in values]
    assert limit.apply(np.array(values)).tolist() == expected


def test_defaults_select_everything() -> None:
    assert make_selector().selectSources(Table({"a": np.zeros(4)})).selected.tolist() == [True] * 4


@pytest.mark.parametrize(
    ("option", "columns"),
    [
        ("doIsolated", {"parent": [0, 7, 0], "deblend_nChild": [0, 0, 2]}),
        ("doRequireFiniteRaDec", {"coord_ra": [1.0, np.nan, 1.0], "coord_dec": [0.0, 0.0, np.inf]}),
        ("doRequirePrimary", {"detect_isPrimary": [True, False, False]}),
        (
            "doCentroidErrorLimit",
            {"slot_Centroid_xErr": [0.1, 3.0, 0.1], "slot_Centroid_yErr": [0.1, 0.1, np.nan]},
        ),
        ("doUnresolved", {"base_ClassificationSizeExtendedness_value": [0.09, 0.1, np.nan]}),
    ],
)
def test_each_further_cut_keeps_the_first_row_only(option: str, columns: dict[str, list[float]]) -> None:
    selector = make_selector(**{option: True})
    assert selector.selectSources(Table(columns)).selected.tolist() == [True, False, False]
    for name in columns:
        with pytest.raises(KeyError, match=name):
            selector.selectSources(Table({key: value for key, value in columns.items() if key != name}))


def test_sky_sources_join_after_the_cuts_but_not_after_the_centroid_limit() -> None:
    table = Table(
        {
            "good": [True, False, False, False],
            "sky_source": [False, True, True, False],
            "slot_Centroid_xErr": [1.0, 1.0, 5.0, 1.0],
            "slot_Centroid_yErr": [1.0, 1.0, 1.0, 1.0],
        }
    )
    options = {"doFlags": True, "flags__good": ["good"], "flags__bad": [], "doSkySources": True}
    assert make_selector(**options).selectSources(table).selected.tolist() == [True, True, True, False]
    selected = make_selector(**options, doCentroidErrorLimit=True).selectSources(table).selected
    assert selected.tolist() == [True, True, False, False]


CUTS = (
    *("doFluxLimit", "doFlags", "doUnresolved", "doSignalToNoise", "doIsolated"),
    *("doRequireFiniteRaDec", "doRequirePrimary", "doSkySources", "doCentroidErrorLimit"),
)
LIMITS = st.none() | st.integers(-2, 3)
VALUES = (-2.0, -1.0, 0.0, 0.05, 1.0, 2.0, 3.0, math.inf, -math.inf, math.nan)
EXTENDEDNESS = "base_ClassificationSizeExtendedness_value"


def random_sources(seed: int, n: int) -> Table:
    rng = np.random.default_rng(seed)
    numbers = ["f", "e", EXTENDEDNESS, "coord_ra", "coord_dec", "slot_Centroid_xErr", "slot_Centroid_yErr"]
    flags = ["good", "bad", "sky_source", "detect_isPrimary", "f_flag", f"{EXTENDEDNESS}_flag"]
    columns = {name: rng.choice(VALUES, n) for name in numbers}
    columns |= {name: rng.random(n) < 0.5 for name in flags}
    columns |= {name: rng.integers(0, 2, n) for name in ("parent", "deblend_nChild")}
    return Table(columns)


def is_selected(row: dict[str, float], cuts: set[str], minimum: int | None, maximum: int | None) -> bool:
    """Return whether one source passes all cuts: limits are exclusive, and NaN passes none that is set."""

    def inside(value: float, low: float | None, high: float | None) -> bool:
        return (low is None or value > low) and (high is None or value < high)

    def ratio(a: float, b: float) -> float:
        with np.errstate(all="ignore"):
            return float(np.float64(a) / np.float64(b))

    errors = [row["slot_Centroid_xErr"], row["slot_Centroid_yErr"]]
    s_to_n = ratio(row["f"], row["e"])
    passed = {
        "doFluxLimit": inside(row["f"], minimum, maximum) and not row["f_flag"],
        "doFlags": bool(row["good"] and not row["bad"]),
        "doUnresolved": inside(row[EXTENDEDNESS], None, 0.1),
        "doSignalToNoise": inside(s_to_n, minimum, maximum) and not (row["f_flag"] or math.isnan(s_to_n)),
        "doIsolated": row["parent"] == 0 and row["deblend_nChild"] == 0,
        "doRequireFiniteRaDec": math.isfinite(row["coord_ra"]) and math.isfinite(row["coord_dec"]),
        "doRequirePrimary": bool(row["detect_isPrimary"]),
    }
    selected = all(passed[cut] for cut in cuts & passed.keys())
    selected |= "doSkySources" in cuts and bool(row["sky_source"])
    well_centered = all(math.isfinite(error) and error < 3.0 for error in errors)
    return selected and ("doCentroidErrorLimit" not in cuts or well_centered)


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(0, 12),
    cuts=st.sets(st.sampled_from(CUTS), max_size=4),
    minimum=LIMITS,
    maximum=LIMITS,
)
def test_all_cuts_are_those_of_plain_loops(
    seed: int, n: int, cuts: set[str], minimum: int | None, maximum: int | None
) -> None:
    table = random_sources(seed, n)
    options: dict[str, object] = dict.fromkeys(cuts, True)
    options |= {"flags__good": ["good"], "flags__bad": ["bad"]}
    for limit in ("fluxLimit", "signalToNoise"):
        options |= {f"{limit}__fluxField": "f", f"{limit}__minimum": minimum, f"{limit}__maximum": maximum}
    selected = make_selector(**options, signalToNoise__errField="e").selectSources(table).selected
    rows = [dict(zip(table.colnames, row, strict=True)) for row in table]
    assert selected.tolist() == [is_selected(row, cuts, minimum, maximum) for row in rows]


def test_a_flag_column_of_integers_is_refused() -> None:
    selector = make_selector(doFlags=True, flags__good=["good"], flags__bad=[])
    with pytest.raises(TypeError, match="'good'.*int64"):
        selector.selectSources(Table({"good": [1, 0]}))


def test_units_and_masks_of_columns_do_not_matter() -> None:
    options = {
        "doSignalToNoise": True,
        "signalToNoise__fluxField": "f",
        "signalToNoise__errField": "e",
        "signalToNoise__minimum": 3.0,
    }
    plain = Table({"f": [1.0, 5.0, 9.0], "e": [1.0, 1.0, 1.0]})
    quantities = QTable({"f": [1.0, 5.0, 9.0] * u.nJy, "e": [1.0, 1.0, 1.0] * u.nJy})
    masked = Table({"f": MaskedColumn([1.0, 5.0, 9.0], mask=[False, False, True]), "e": [1.0, 1.0, 1.0]})
    for table in (plain, quantities, masked):
        assert make_selector(**options).selectSources(table).selected.tolist() == [False, True, True]


def test_run_returns_the_rows_and_marks_them() -> None:
    table = Table({"good": [True, False, True], "n": [1, 2, 3], "used": [False, False, False]})
    selector = make_selector(doFlags=True, flags__good=["good"], flags__bad=[])
    result = selector.run(table, sourceSelectedField="used")
    assert result.selected.tolist() == [True, False, True]
    assert result.sourceCat["n"].tolist() == [1, 3]
    assert table["used"].tolist() == [True, False, True]
    assert selector.run(table).sourceCat["n"].tolist() == [1, 3]


def test_the_registry_knows_the_selector() -> None:
    class Config(pex_config.Config):
        selector = sourceSelectorRegistry.makeField(doc="which", default="science")

    config = Config()
    config.selector["science"].doFlags = True
    task = config.selector.apply()
    assert isinstance(task, ScienceSourceSelectorTask)
    assert task.config.doFlags


def test_the_interface_cannot_be_instantiated() -> None:
    with pytest.raises(TypeError):
        BaseSourceSelectorTask(config=BaseSourceSelectorTask.ConfigClass())  # type: ignore[abstract]


def make_afw_catalog() -> BaseCatalog:
    schema = Schema()
    schema.addField("used", type="Flag", doc="flag")
    schema.addField("n", type="I", doc="number")
    schema.getAliasMap().set("slot_used", "used")
    catalog = BaseCatalog(schema)
    for n in range(4):
        record = catalog.addNew()
        record["n"] = n
        record["used"] = n != 2
    return catalog


def test_afw_catalogs_are_read_by_alias_and_must_be_contiguous() -> None:
    catalog = make_afw_catalog()
    selector = make_selector(doFlags=True, flags__good=["slot_used"], flags__bad=[])
    result = selector.run(catalog)
    assert result.selected.tolist() == [True, True, False, True]
    assert [record["n"] for record in result.sourceCat] == [0, 1, 3]
    del catalog[1]
    assert not catalog.isContiguous()
    with pytest.raises(RuntimeError, match="contiguous"):
        selector.run(catalog)
    assert [record["n"] for record in selector.run(catalog.copy(deep=True)).sourceCat] == [0, 3]


# -- Values of the real stack ----------------------------------------------------------


@parity("ScienceSourceSelectorTask", 0)
@params("ScienceSourceSelectorTask.selectSources")
def test_select_sources(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], case["expected"]
    config = ScienceSourceSelectorConfig()
    for name, value in inputs["config"].items():
        target, _, last = name.rpartition(".")
        setattr(getattr(config, target) if target else config, last, value)
    task = ScienceSourceSelectorTask(config=config)
    if inputs["form"] == "afw":
        table = make_catalog(inputs["columns"])
    else:
        dtypes = {name: bool if name[:-1] in ("good", "bad") else None for name in inputs["columns"]}
        table = Table({k: np.array(number(v), dtype=dtypes[k]) for k, v in inputs["columns"].items()})
    if isinstance(expected, dict):
        with pytest.raises(error_class(expected)):
            task.selectSources(table)
        return
    selected = task.selectSources(table).selected
    assert selected.dtype == bool
    assert selected.tolist() == expected
    assert len(task.run(table).sourceCat) == sum(expected)
