"""The page on columns of the output, compared with the schema of every configuration."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

from lsst.afw.table import ExposureCatalog, Schema
from lsst.drp.tasks.update_visit_summary import UpdateVisitSummaryConfig
from lsst.pipe.base import PipelineTaskConfig
from support.columns import (
    BACKGROUND_STATISTICS,
    DEPTH,
    MODEL_STATISTICS,
    STAR_STATISTICS,
    WCS_STATISTICS,
)
from support.doc_tables import PAGES, holds, literal, read_table
from support.reference import Reference

OPTIONS: dict[str, tuple[Any, ...]] = {
    "wcs_provider": ("input_summary", "tract", "global", "healpix3", "healpix5"),
    "photo_calib_provider": ("input_summary", "tract", "global"),
    "do_refit_pointing": (False, True),
    "do_fit_sip_approximations": (False, True),
    "detector_failure": ("raise", "null"),
}
"""Values of the options that change the schema."""

OTHERS: dict[str, Any] = {
    "background_provider": "replacement",
    "do_write_report": True,
    "do_write_visit_geometry": True,
    "wcs_consistency_threshold": 1.0,
    "camera_dimensions": ["instrument", "physical_filter"],
}
"""Options that do not."""


def every_configuration() -> Iterator[dict[str, Any]]:
    """Iterate over all combinations of options, and over the others one by one."""
    for values in itertools.product(*OPTIONS.values()):
        yield dict(zip(OPTIONS, values, strict=True))
    for name, value in OTHERS.items():
        # The last values of all options allow each of these.
        yield {option: values[-1] for option, values in OPTIONS.items()} | {name: value}


@cache
def added() -> dict[str, dict[str, str]]:
    """Return the rows on added columns, by name."""
    return {literal(row["Name"]): row for row in read_table("added-columns.csv")}


@cache
def statistics() -> dict[str, dict[str, str]]:
    """Return the rows on statistics, by name."""
    return {literal(row["Name"]): row for row in read_table("statistics.csv")}


def type_and_unit(schema: Schema, name: str) -> tuple[str, str]:
    """Return the two cells that a column should have."""
    field = schema.find(name).field
    size = f" ({field.getSize()})" if field.getTypeString() == "ArrayD" else ""
    unit = "radian" if field.getTypeString() == "Angle" else field.getUnits()
    return f"{field.getTypeString()}{size}", unit


def test_columns_of_every_configuration_are_on_the_page() -> None:
    """They are those of the input, then those whose condition holds, with their types and units."""
    reference, seen = Reference(), set()
    names = reference.summary.schema.getOrderedNames()
    for options in every_configuration():
        schema = reference.task(**options).schema
        assert schema.getOrderedNames()[: len(names)] == names
        new = schema.getOrderedNames()[len(names) :]
        assert set(new) == {name for name, row in added().items() if holds(row["Written if"], options)}, (
            options
        )
        for name in set(new) - seen:
            assert type_and_unit(schema, name) == (added()[name]["Type"], added()[name]["Unit"]), name
        seen.update(new)
    assert seen == added().keys()


def test_values_without_a_result_are_those_of_the_page() -> None:
    """They are in the rows of a visit of which nothing has a result."""
    reference = Reference()
    empty = {
        "wcs_overrides": type(reference.wcs_tract)([]),
        "photo_calib_overrides": type(reference.photo_calib_tract)([]),
    }
    options: dict[str, Any] = {
        "wcs_provider": "tract",
        "photo_calib_provider": "tract",
        "do_refit_pointing": False,
        "do_fit_sip_approximations": True,
        "detector_failure": "null",
    }
    catalog = reference.task(**options).run(reference.summary, reference.exposures, **empty)
    row = catalog.output_summary_catalog[0]
    # A fit that never sees the detector leaves its columns as they are in a new row.
    pointing = ExposureCatalog(reference.task(do_refit_pointing=True).schema).addNew()
    for name, cells in added().items():
        record = pointing if "pointing" in name else row
        if name in record.schema.getNames():
            assert_is(record[name], cells["Without a result"].partition(":")[0])


def assert_is(value: Any, text: str) -> None:
    """Compare a value of a row with a cell."""
    number = value.asRadians() if hasattr(value, "asRadians") else value
    expected = {"NaN": np.nan, "False": 0.0}.get(text)
    assert np.array_equal(number, float(text) if expected is None else expected, equal_nan=True)


def test_every_option_of_the_task_is_tried() -> None:
    """A new option cannot add columns unnoticed."""
    subtasks = {"compute_summary_stats", "refit_pointing", "fit_sip_approximations"}
    own = UpdateVisitSummaryConfig().keys() - PipelineTaskConfig().keys() - {"connections"} - subtasks
    assert own == OPTIONS.keys() | OTHERS.keys()


def test_statistics_are_those_of_a_summary() -> None:
    """Their names, types, units and order are those of the summary that the real stack wrote."""
    schema = Reference().summary.schema
    before = [
        "id",
        "bbox_min_x",
        "bbox_min_y",
        "bbox_max_x",
        "bbox_max_y",
        "visit",
        "physical_filter",
        "band",
    ]
    assert schema.getOrderedNames() == [*before, *statistics()]
    for name, row in statistics().items():
        assert type_and_unit(schema, name) == (row["Type"], row["Unit"]), name


def test_statistics_follow_from_the_components_of_the_page() -> None:
    """What follows from a component is what a detector loses with it."""
    of = {
        "PSF": set(MODEL_STATISTICS),
        "PSF and its stars": {*STAR_STATISTICS, "nPsfStar"},
        "PSF and aperture correction": {"psfApCorrSigmaScaledDelta"},
        "WCS": set(WCS_STATISTICS),
        "photometric calibration": {"zeroPoint"},
        "background": set(BACKGROUND_STATISTICS),
        "PSF, background, photometric calibration (always recomputed)": set(DEPTH),
        "nothing: as in the input": {"expTime", "astromOffsetMean", "astromOffsetStd"},
    }
    for source, names in of.items():
        assert {name for name, row in statistics().items() if row["Follows from"] == source} == names
    assert set().union(*of.values()) == statistics().keys()


@pytest.mark.parametrize(
    "component, sources",
    [
        ("wcs", {"WCS"}),
        ("photo_calib", {"photometric calibration"}),
        ("background", {"background"}),
        ("psf", {"PSF", "PSF and its stars", "PSF and aperture correction"}),
    ],
)
def test_a_lost_component_leaves_the_values_of_the_page(component: str, sources: set[str]) -> None:
    """A source that has nothing for any detector resets what follows, and nothing else but the depth."""
    reference = Reference()
    nothing = type(reference.psf_and_ap_corr)(reference.psf_and_ap_corr.schema)
    overrides: dict[str, dict[str, Any]] = {
        "wcs": {"wcs_overrides": type(reference.wcs_tract)([])},
        "photo_calib": {"photo_calib_overrides": type(reference.photo_calib_tract)([])},
        "background": {"background_originals": {}, "background_overrides": {}},
        "psf": {"psf_overrides": nothing, "psf_star_catalog": reference.stars},
    }
    options = {
        "wcs": {"wcs_provider": "tract"},
        "photo_calib": {"photo_calib_provider": "tract"},
        "background": {"background_provider": "replacement"},
    }
    task = reference.task(do_refit_pointing=False, **options.get(component, {}))
    output = task.run(reference.summary, reference.exposures, **overrides[component])
    before, after = reference.summary[0], output.output_summary_catalog[0]
    for name, row in statistics().items():
        if row["Follows from"] in sources:
            for value in np.ravel(after[name]):
                assert_is(value, row["Without it"])
        elif name not in DEPTH:
            assert np.array_equal(before[name], after[name], equal_nan=True), name


def test_the_pages_have_the_tables_and_are_in_the_index() -> None:
    """Readers find them."""
    page = (PAGES / "columns.rst").read_text()
    assert ":file: added-columns.csv" in page
    assert ":file: statistics.csv" in page
    index = (PAGES / "index.rst").read_text()
    for path in PAGES.glob("*.rst"):
        assert path.stem == "index" or f"\n   {path.stem}\n" in index, path.name
