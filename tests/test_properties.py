"""What holds for every choice of overrides, whatever detectors they have.

The visit steps are off: they compare detectors with each other, so there a
row does depend on the others. Everything else has to be independent.

The environment variable ``DRP_VISIT_SUMMARY_EXAMPLES`` is the number of
examples of each property (40 if it is unset).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lsst.afw.table import ExposureCatalog
from lsst.drp.tasks.update_visit_summary import GlobalInput, PerTractInput, UpdateVisitSummaryTask
from lsst.geom import Point2D
from support.catalogs import copy_catalog, row_values
from support.columns import BACKGROUND_STATISTICS, DEPTH, MODEL_STATISTICS, STAR_STATISTICS, WCS_STATISTICS
from support.reference import Reference

DETECTORS = (93, 94, 97)
"""A Piff, a kernel and a principal-component PSF."""

OPTIONS = {"wcs_provider": "tract", "photo_calib_provider": "global", "background_provider": "replacement"}

FOLLOWING = {
    "psf": {*MODEL_STATISTICS, *STAR_STATISTICS, "nPsfStar", "psfApCorrSigmaScaledDelta"},
    "ap_corr": {"psfApCorrSigmaScaledDelta"},
    "photo_calib": {"zeroPoint"},
    "wcs": {*WCS_STATISTICS, "wcsTractId", "wcs_corner_max_offset"},
    "background": {*BACKGROUND_STATISTICS},
}
"""Columns that follow from each component, besides the depth, which follows from all."""

GETTERS = {"psf": "Psf", "ap_corr": "ApCorrMap", "photo_calib": "PhotoCalib", "wcs": "Wcs"}

Choice = Mapping[str, frozenset[int] | None]
"""Detectors that the overrides of each component have; `None` if there are no overrides."""

CHOICES = st.fixed_dictionaries(
    {name: st.none() | st.frozensets(st.sampled_from(DETECTORS)) for name in FOLLOWING}
)

# The same examples each time, so that a failure is one of the code. They are
# small as they are: to shrink one that fails would take minutes.
EXAMPLES = int(os.environ.get("DRP_VISIT_SUMMARY_EXAMPLES", "40"))
BOUNDED = settings(
    max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, phases=[Phase.generate]
)


@cache
def reference() -> Reference:
    """Return the visit, read once: the task modifies none of it."""
    return Reference()


@cache
def task() -> UpdateVisitSummaryTask:
    """Return a task for all of the runs."""
    return reference().task(**OPTIONS)


Order = Callable[[list[Any]], list[Any]]


def as_it_is(items: list[Any]) -> list[Any]:
    """Leave rows in their order."""
    return items


def rows_of(catalog: ExposureCatalog, detectors: Iterable[int], order: Order = as_it_is) -> ExposureCatalog:
    """Return copies of the rows of some detectors, in some order."""
    wanted = set(detectors)
    result = copy_catalog(catalog, order([record for record in catalog if record.getId() in wanted]))
    result.setMetadata(catalog.getMetadata())
    return result


def arguments_of(choice: Choice, order: Order = as_it_is) -> dict[str, Any]:
    """Return the overrides of a choice, with their rows in some order."""
    visit = reference()
    arguments: dict[str, Any] = {}
    if (psfs := choice["psf"]) is not None:
        arguments["psf_overrides"] = rows_of(visit.psf_and_ap_corr, psfs, order)
        arguments["psf_star_catalog"] = visit.stars[order(list(range(len(visit.stars))))]
    if (maps := choice["ap_corr"]) is not None:
        arguments["ap_corr_overrides"] = rows_of(visit.psf_and_ap_corr, maps, order)
    if (calibs := choice["photo_calib"]) is not None:
        catalog = visit.photo_calib_global.catalog
        arguments["photo_calib_overrides"] = GlobalInput(rows_of(catalog, calibs, order))
    if (wcss := choice["wcs"]) is not None:
        arguments["wcs_overrides"] = PerTractInput(
            order([(tract, rows_of(c, wcss, order)) for tract, c in visit.wcs_tract.catalogs_by_tract])
        )
    if (layers := choice["background"]) is not None:
        for name in ("background_originals", "background_overrides"):
            arguments[name] = {d: getattr(visit, name)[d] for d in order(sorted(layers))}
    return arguments


def run(
    choice: Choice, detectors: Iterable[int] = DETECTORS, order: Order = as_it_is
) -> dict[int, dict[str, bytes]]:
    """Return all values and objects of all rows, to the last bit."""
    summary = rows_of(reference().summary, detectors, order)
    result = task().run(summary, reference().exposures, **arguments_of(choice, order))
    output = result.output_summary_catalog
    assert [record.getId() for record in output] == [record.getId() for record in summary]
    return {record.getId(): everything(record) for record in output}


def everything(record: Any) -> dict[str, bytes]:
    """Return the bytes of the values of a row, and of what its objects evaluate to."""
    return row_values(record) | {
        name: b"" if (component := getattr(record, f"get{getter}")()) is None else EVALUATE[name](component)
        for name, getter in GETTERS.items()
    }


POINT = Point2D(100.0, 50.0)


def evaluate_ap_corr_map(ap_corr_map: Any) -> bytes:
    """Return names and values of all fields of an aperture correction map."""
    return repr(sorted((name, field.evaluate(POINT)) for name, field in ap_corr_map.items())).encode()


EVALUATE: dict[str, Callable[[Any], bytes]] = {
    "psf": lambda psf: psf.computeKernelImage(POINT).array.tobytes(),
    "ap_corr": evaluate_ap_corr_map,
    "photo_calib": lambda calib: np.array(calib.instFluxToNanojansky(1000.0, POINT)).tobytes(),
    "wcs": lambda wcs: wcs.writeString().encode(),
}


@cache
def run_alone(detector: int, has: tuple[tuple[str, bool | None], ...]) -> dict[str, bytes]:
    """Return what a detector becomes in a visit of its own.

    ``has`` tells for each component whether its overrides have the detector,
    `None` if there are no overrides.
    """
    choice = {
        name: None if present is None else frozenset({detector} if present else ()) for name, present in has
    }
    return run(choice, (detector,))[detector]


@cache
def inputs() -> dict[int, dict[str, bytes]]:
    """Return all values and objects of the input summary."""
    return {record.getId(): everything(record) for record in rows_of(reference().summary, DETECTORS)}


@BOUNDED
@given(CHOICES)
def test_what_no_override_touches_is_bit_identical(choice: Choice) -> None:
    """Components without overrides, and the statistics of these, are those of the input."""
    given_names = {name for name, detectors in choice.items() if detectors is not None}
    touched = {*given_names, *DEPTH, *(column for name in given_names for column in FOLLOWING[name])}
    output = run(choice)
    for detector, before in inputs().items():
        kept = before.keys() - touched
        assert {name: output[detector][name] for name in kept} == {name: before[name] for name in kept}


@BOUNDED
@given(CHOICES)
def test_a_detector_depends_on_its_own_overrides_only(choice: Choice) -> None:
    """Each row is what it is in a visit of one detector with overrides of one detector."""
    output = run(choice)
    for detector in DETECTORS:
        has = tuple((name, None if ids is None else detector in ids) for name, ids in choice.items())
        assert output[detector] == run_alone(detector, has)


@BOUNDED
@given(CHOICES, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(choice: Choice, random: Any) -> None:
    """Neither that of the summary, nor that of any catalog, of the stars, or of the tracts."""

    def shuffled(items: list[Any]) -> list[Any]:
        return random.sample(items, len(items))

    assert run(choice, order=shuffled) == run(choice)


def test_the_overrides_are_not_those_of_the_input() -> None:
    """The properties can fail: every component and what follows from it changes."""
    everything_given = {name: frozenset(DETECTORS) for name in FOLLOWING}
    nothing_given = dict.fromkeys(FOLLOWING)
    output, before = run(everything_given), run(nothing_given)
    for detector in DETECTORS:
        changed = {name for name, value in output[detector].items() if value != before[detector][name]}
        for name, columns in FOLLOWING.items():
            assert name == "background" or name in changed
            assert columns & changed, name
        assert {"magLim", "effTime"} <= changed
