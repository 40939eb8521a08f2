"""Calls that code written for the task of drp_tasks makes: by position, by keyword, with either butler."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest

from lsst.afw.table import ExposureCatalog, ExposureTable, Schema
from lsst.daf.butler import Butler
from lsst.drp.tasks.update_visit_summary import (
    GlobalInput,
    PerHealpixInput,
    PerTractInput,
    PossiblyMultipleInput,
    UpdateVisitSummaryConfig,
    UpdateVisitSummaryConnections,
    UpdateVisitSummaryTask,
)
from lsst.sphgeom import ConvexPolygon, HealpixPixelization
from reference_repo import ReferenceRepo, make_reference_repo
from support.quanta import QuantumStub, Ref
from support.reference import Reference


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> ReferenceRepo:
    """Make a repository with the files of the reference visit."""
    return make_reference_repo(tmp_path_factory.mktemp("repo"))


def assert_same_choices(found: PossiblyMultipleInput, expected: PossiblyMultipleInput) -> None:
    """Compare the regions that all detectors are given."""
    for detector in Reference.detectors:
        (region, record), (wanted, other) = map(
            lambda source: source.best_for_detector(detector_id=detector, center=None, bbox=None),
            (found, expected),
        )
        assert region == wanted
        assert (record is None) == (other is None)
        assert record is None or record.getId() == detector


def test_construction(reference: Reference) -> None:
    """Fields have the names and the order of upstream."""
    names = {
        cls: [f.name for f in dataclasses.fields(cls)]
        for cls in (PerTractInput, PerHealpixInput, GlobalInput)
    }
    assert names == {
        PerTractInput: ["catalogs_by_tract"],
        PerHealpixInput: ["catalogs_by_pixel"],
        GlobalInput: ["catalog"],
    }
    catalog = reference.wcs_global.catalog
    tracts = reference.wcs_tract.catalogs_by_tract
    pixels = [(7, HealpixPixelization(3).pixel(7), catalog)]
    assert PerTractInput(tracts) == PerTractInput(catalogs_by_tract=tracts)
    assert PerHealpixInput(pixels) == PerHealpixInput(catalogs_by_pixel=pixels)
    assert GlobalInput(catalog) == GlobalInput(catalog=catalog)
    assert PerTractInput(tracts) != PerTractInput([])


@pytest.mark.parametrize("by_keyword", [False, True])
def test_load_with_a_butler(repo: ReferenceRepo, reference: Reference, by_keyword: bool) -> None:
    """A full butler will do, as a quantum's; levels come from the data IDs."""
    with Butler.from_config(repo.root, collections=repo.inputs) as butler:
        sky_map = butler.get("skyMap", skymap=repo.skymap)
        per_tract = butler.query_datasets("gbdesAstrometricFitSkyWcsCatalog")
        per_pixel = butler.query_datasets("gbdesHealpix3AstrometricFitSkyWcsCatalog")
        if by_keyword:
            tracts = PerTractInput.load(butler=butler, sky_map=sky_map, refs=per_tract)
            pixels = PerHealpixInput.load(butler=butler, refs=per_pixel)
        else:
            tracts = PerTractInput.load(butler, sky_map, per_tract)
            pixels = PerHealpixInput.load(butler, per_pixel)
    assert sorted(tract.tract_id for tract, _ in tracts.catalogs_by_tract) == sorted(reference.tracts)
    assert sorted(pixel for pixel, _, _ in pixels.catalogs_by_pixel) == sorted(reference.pixels)
    for pixel, region, catalog in pixels.catalogs_by_pixel:
        assert isinstance(region, ConvexPolygon)
        assert region == HealpixPixelization(3).pixel(pixel)
        assert isinstance(catalog, ExposureCatalog)
    assert_same_choices(tracts, reference.wcs_tract)
    assert_same_choices(pixels, reference.wcs_healpix)


@pytest.mark.parametrize("level", [3, 7])
def test_load_with_any_level(reference: Reference, level: int) -> None:
    """The data ID says which level it is; a plain mapping will do."""
    pixel = HealpixPixelization(level).index(reference.sky_map[9813].ctr_coord.getVector())
    catalog = reference.wcs_global.catalog
    ref: Any = Ref(catalog, {"instrument": "RefCam", f"healpix{level}": pixel})
    ((found, region, loaded),) = PerHealpixInput.load(QuantumStub(), [ref]).catalogs_by_pixel  # type: ignore[arg-type]
    assert (found, loaded) == (pixel, catalog)
    assert region == HealpixPixelization(level).pixel(pixel)


def make_task(**options: str) -> tuple[UpdateVisitSummaryTask, UpdateVisitSummaryConnections, Schema]:
    """Return task and connections for an input with the least schema."""
    config = UpdateVisitSummaryConfig()
    config.do_refit_pointing = False
    config.do_fit_sip_approximations = False
    for name, value in options.items():
        setattr(config, name, value)
    schema = ExposureTable.makeMinimalSchema()
    inputs = {"input_summary_schema": SimpleNamespace(schema=schema)}
    return (
        UpdateVisitSummaryTask(config=config, initInputs=inputs),
        UpdateVisitSummaryConnections(config=config),
        schema,
    )


@pytest.mark.parametrize(
    ("option", "provider", "connection", "column"),
    [
        ("wcs_provider", "tract", "wcs_overrides_tract", "wcsTractId"),
        ("wcs_provider", "global", "wcs_overrides_global", "wcs_corner_max_offset"),
        ("photo_calib_provider", "tract", "photo_calib_overrides_tract", "photoCalibTractId"),
        ("photo_calib_provider", "global", "photo_calib_overrides_global", None),
        ("background_provider", "replacement", "background_overrides", None),
    ],
)
def test_connections_and_schema_follow_the_configuration(
    option: str, provider: str, connection: str, column: str | None
) -> None:
    """The output has all columns of the input, and those of the provider."""
    task, connections, schema = make_task(**{option: "input_summary"})
    assert connection not in connections.inputs
    assert task.schema.contains(schema, Schema.IDENTICAL) == Schema.IDENTICAL
    assert schema.contains(task.schema, Schema.IDENTICAL) == Schema.IDENTICAL
    task, connections, schema = make_task(**{option: provider})
    assert connection in connections.inputs
    assert task.schema.contains(schema, Schema.IDENTICAL) == Schema.IDENTICAL
    if column is not None:
        assert column in task.schema.getNames()
        assert schema.contains(task.schema, Schema.IDENTICAL) == 0
