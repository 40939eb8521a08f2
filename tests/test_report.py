"""Tables of what an update changed, as functions."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence

import numpy as np
import pytest
from astropy.table import Table

from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.drp.tasks.update_visit_summary import Component, Diagnosis, Figure, Outcome
from lsst.drp.tasks.update_visit_summary.report import (
    DEFAULT_STATISTICS,
    check_comparable,
    check_statistics,
    format_csv,
    format_report,
    format_table,
    make_component_table,
    make_loss_table,
    make_outlier_table,
    make_statistics_table,
    make_tables,
)
from support.catalogs import copy_catalog, with_duplicate, without_detectors
from support.reference import Reference
from support.reports import make_catalog, reference_result

# -- Components and losses


@pytest.mark.parametrize(
    ("outcome", "source", "cell"),
    [
        (Outcome.REPLACED, "wcs_overrides, tract 9813", "tract 9813"),
        (Outcome.REPLACED, "wcs_overrides, HEALPix pixel 65", "HEALPix pixel 65"),
        (Outcome.REPLACED, "background_overrides (skyCorr of {detector: 1, visit: 2, ...})", "skyCorr"),
        (Outcome.REPLACED, "psf_overrides", "psf_overrides"),
        (Outcome.REPLACED, "", "replaced"),
        (Outcome.KEPT, "input_summary_catalog", "kept"),
        (Outcome.MISSING, "psf_overrides", "none: missing"),
        (Outcome.NULLED_LATER, "wcs_overrides", "none: nulled later"),
    ],
)
def test_cells(reference: Reference, outcome: Outcome, source: str, cell: str) -> None:
    """Sources in few words, and nothing where nothing is known."""
    diagnosis = Diagnosis(90, Component.WCS, outcome, source)
    table = make_component_table([diagnosis], reference.summary)
    assert table.colnames == ["detector", "wcs"]
    assert list(table["wcs"]) == [cell] + 8 * [""]
    assert list(table["detector"]) == list(reference.detectors)


def test_components_of_the_reference_visit() -> None:
    """Exactly as the task says."""
    table = make_component_table(reference_result().diagnoses, reference_result().output_summary_catalog)
    assert table.colnames == ["detector", "psf", "ap_corr", "photo_calib", "wcs", "background"]
    rows = {row["detector"]: tuple(row)[1:] for row in table}
    new = ("psf_overrides", "ap_corr_overrides", "photo_calib_overrides")
    assert rows[90] == (*new, "tract 9813", "background_overrides")
    assert rows[92] == ("none: missing", "none: missing", new[2], "tract 10055", "background_overrides")
    assert rows[98] == (*new, "none: missing", "background_overrides")


def test_kept_components_that_are_absent(reference: Reference) -> None:
    """A row may have had none from the start, and then has no approximation either."""
    reference.summary[0].setWcs(None)
    kept = [Diagnosis(90, c, Outcome.KEPT) for c in (Component.WCS, Component.SIP_APPROXIMATION)]
    table = make_component_table(kept, reference.summary)
    assert (table["wcs"][0], table["sip_approximation"][0]) == ("none", "none")


def test_losses_have_their_causes() -> None:
    """By component; the depth is never lost."""
    lost = [
        Diagnosis(2, Component.WCS, Outcome.REJECTED, "s", "it is far", (Figure("offset", 3.0, "arcsec"),)),
        Diagnosis(2, Component.PSF, Outcome.UNUSABLE, "s", error="It is damaged."),
        Diagnosis(1, Component.PSF, Outcome.REPLACED, "s", notes=("nothing to say",)),
        Diagnosis(1, Component.DEPTH, Outcome.FAILED, "s"),
    ]
    table = make_loss_table(lost)
    assert [tuple(row) for row in table] == [
        ("psf", 2, "unusable", "s", "It is damaged."),
        ("wcs", 2, "rejected", "s", "it is far (offset 3 arcsec)"),
    ]


def test_losses_of_the_reference_visit() -> None:
    rows = [tuple(row)[:2] for row in make_loss_table(reference_result().diagnoses)]
    expected = [("psf", 92), ("psf", 95), ("ap_corr", 92), ("ap_corr", 95), ("photo_calib", 91), ("wcs", 98)]
    assert rows == expected


# -- Statistics


def test_statistics_and_changes() -> None:
    """In the order and with the types and units of the catalog."""
    before = make_catalog(magLim=[24.0, 24.5], nPsfStar=[30, 31], ra=[1.0, 2.0])
    after = copy_catalog(make_catalog(magLim=[24.25, math.nan], nPsfStar=[28, 0], ra=[1.0, 2.0]))
    table = make_statistics_table(before, after, ["magLim", "nPsfStar", "ra"])
    assert table.colnames[:4] == ["detector", "magLim_before", "magLim_after", "magLim_change"]
    np.testing.assert_array_equal(table["magLim_change"], [0.25, math.nan])
    np.testing.assert_array_equal(table["nPsfStar_change"], [-2, -31])
    kinds = [table[f"{name}_change"].dtype for name in ("magLim", "nPsfStar", "ra")]
    assert kinds == [np.float32, np.int64, np.float64]
    assert [table[f"{name}_after"].unit for name in ("magLim", "nPsfStar", "ra")] == ["mag", None, "deg"]


def test_statistics_of_the_reference_visit(reference: Reference) -> None:
    """The default selection, value by value."""
    after = reference_result().output_summary_catalog
    table = make_statistics_table(reference.summary, after)
    assert [name for name in table.colnames if name.endswith("_after")] == [
        f"{name}_after" for name in DEFAULT_STATISTICS
    ]
    for name in DEFAULT_STATISTICS:
        for suffix, rows in (("before", reference.summary), ("after", after)):
            expected = np.array([record[name] for record in rows], dtype=np.float32)
            np.testing.assert_array_equal(table[f"{name}_{suffix}"], expected)


def old_summary(reference: Reference) -> ExposureCatalog:
    """Return a summary of a release that had one statistic."""
    schema = ExposureTable.makeMinimalSchema()
    schema.addField("psfSigma", type="F", doc="Width of the PSF.", units="pixel")
    old = ExposureCatalog(schema)
    for record in reference.summary:
        old.addNew().setId(record.getId())
    return old


def test_statistics_that_a_catalog_lacks(reference: Reference) -> None:
    """The default selection leaves them out; who asks for them is told."""
    old = old_summary(reference)
    table = make_statistics_table(old, reference.summary)
    assert table.colnames == ["detector", "psfSigma_before", "psfSigma_after", "psfSigma_change"]
    with pytest.raises(ValueError, match="no columns for the statistics magLim, effTime; leave them out"):
        make_statistics_table(old, reference.summary, ["magLim", "psfSigma", "effTime"])


@pytest.mark.parametrize("name", ["seeing", "raCorners", "bbox_min_x"])
def test_unknown_statistics_are_refused(name: str) -> None:
    """Corners are no single number, and other columns no statistics."""
    with pytest.raises(ValueError, match=f"There are no statistics {name}; name some of psfSigma, "):
        check_statistics(["psfSigma", name])


def test_no_statistics_are_refused() -> None:
    with pytest.raises(ValueError, match="No statistic is named; name one at least"):
        check_statistics([])


def test_paths_are_no_catalogs(reference: Reference) -> None:
    with pytest.raises(TypeError, match="^after has the type str; give an ExposureCatalog"):
        make_tables(reference.summary, "visitSummary.fits")


def test_catalogs_that_cannot_be_compared(reference: Reference) -> None:
    """Each message says what the catalogs have."""
    few = without_detectors(reference.summary, {90, 91})
    message = "^The summary after the update has several rows for detectors 94; give the summary of one visit"
    with pytest.raises(ValueError, match=message):
        check_comparable(reference.summary, with_duplicate(reference.summary, 94))
    message = r"different detectors \(90, 91 only before\); give the two summaries of one visit"
    with pytest.raises(ValueError, match=message):
        check_comparable(reference.summary, few)
    other = copy_catalog(reference.summary)
    for record in other:
        record["visit"] = 5
    with pytest.raises(ValueError, match=r"different visits \(2026032100001 before, 5 after\); give"):
        make_tables(reference.summary, other)


# -- Outliers


def outliers(values: Sequence[float], n_sigma: float = 5.0) -> dict[int, float]:
    """Return the deviations of outliers by detector."""
    after = make_catalog(psfSigma=values)
    table = make_outlier_table(make_statistics_table(after, after, ["psfSigma"]), n_sigma)
    return {int(row["detector"]): float(row["deviation"]) for row in table}


def test_outliers_on_both_sides() -> None:
    """With their sign, in units of 1.4826 MAD."""
    values = [1.0, 1.1, 1.2, 1.3, 1.4, 9.0, -6.6]
    assert outliers(values) == pytest.approx({6: 7.8 / (1.4826 * 0.2), 7: -7.8 / (1.4826 * 0.2)}, rel=1e-6)
    assert outliers(values, n_sigma=30.0) == {}


def test_values_that_are_not_finite_take_part_in_nothing() -> None:
    """Neither are they outliers, nor do they count."""
    values = [1.0, 1.1, 1.2, 1.3, 9.0]
    assert outliers([*values, math.nan, math.inf, math.nan]) == pytest.approx(outliers(values))
    assert list(outliers(values)) == [5]
    assert outliers([*values[:3], math.nan, math.nan, 9.0]) == {}


def test_others_than_the_majority_deviate_infinitely() -> None:
    """If more than half of the values are equal; rounding makes no difference."""
    assert outliers([1.7, 1.7, 1.7, 1.7000001, 2.0, 1.0]) == {5: math.inf, 6: -math.inf}
    assert outliers(6 * [1.7]) == {}


@pytest.mark.parametrize("n", range(5))
def test_few_detectors_have_no_outliers(n: int) -> None:
    assert outliers([1.0, 1.1, 1.2, 900.0][:n]) == {}


def test_outliers_have_value_median_and_unit() -> None:
    """One row each, by statistic."""
    after = make_catalog(magLim=[24, 24.5, 25, 25.5, 1.0], nPsfStar=[31, 32, 33, 34, 999])
    table = make_outlier_table(make_statistics_table(after, after, ["magLim", "nPsfStar"]))
    assert [tuple(row)[:5] for row in table] == [
        ("magLim", 5, 1.0, 24.5, "mag"),
        ("nPsfStar", 5, 999.0, 33.0, ""),
    ]


# -- Text


def test_text_of_a_table() -> None:
    """Aligned, with units, and five digits of the largest value."""
    table = Table({"detector": [1, 20], "name": ["a", "two\nlines"], "x": [0.123456, math.nan]})
    table["x"].unit = "mag"
    assert format_table(table).splitlines() == [
        "  detector  name       x [mag]",
        "  --------  ---------  -------",
        "         1  a          0.12346",
        "        20  two lines      nan",
    ]


@pytest.mark.parametrize(
    ("values", "cells"),
    [
        ([28.867, -1.0], ["28.867", "-1.000"]),
        ([30.0, 15.0], ["30", "15"]),
        ([1.5e-7, 2.0e-8], ["1.5000e-07", "2.0000e-08"]),
        ([1.5e12, math.inf], ["1.5000e+12", "inf"]),
        ([123456.7, 1.25], ["123457", "1"]),
        ([0.0, math.nan], ["0", "nan"]),
    ],
)
def test_numbers(values: list[float], cells: list[str]) -> None:
    *_, one, two = format_table(Table({"x": values})).splitlines()
    assert [one.strip(), two.strip()] == cells


def test_text_of_the_reference_visit(reference: Reference) -> None:
    """It is the same twice, and its statistics are not too wide."""
    tables = make_tables(
        reference.summary, reference_result().output_summary_catalog, reference_result().diagnoses
    )
    text = format_report(tables)
    assert text == format_report(tables)
    assert "psf                92  missing  psf_overrides          psf_overrides has none" in text
    statistics = text[text.index("Statistics before and after") : text.index("Outliers, more than 5 robust")]
    assert all(len(line) <= 100 for line in statistics.splitlines())
    assert statistics.count("detector  before") == 2
    assert "  92  1.6985     nan      nan  28.926" in statistics


def test_text_of_catalogs_without_losses_and_outliers(reference: Reference) -> None:
    """It says so."""
    small = copy_catalog(reference.summary, list(reference.summary)[:2])
    text = format_report(make_tables(small, small), 3.0)
    assert "No component was lost." in text
    assert "No detector is more than 3 robust sigmas from the median of the visit." in text


def test_empty_catalogs_have_empty_tables(reference: Reference) -> None:
    """All columns, no rows."""
    empty = copy_catalog(reference.summary, [])
    tables = make_tables(empty, empty)
    assert {name: len(table) for name, table in tables.items()} == dict.fromkeys(tables, 0)
    assert "No component was lost." in format_report(tables)
    assert format_csv(tables["statistics"]).count("\n") == 1


def test_csv() -> None:
    """Units in the header, all digits, and texts that need quotes."""
    table = Table({"detector": [1], "x": np.array([1.1], dtype=np.float32), "cause": ['a, "b"\nc']})
    table["x"].unit = "mag"
    rows = list(csv.reader(io.StringIO(format_csv(table))))
    assert rows == [["detector", "x [mag]", "cause"], ["1", "1.1", 'a, "b"\nc']]
