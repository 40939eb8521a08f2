"""Exposures as the new image type: conversion and back, and the task on a repository with them."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsst.afw.detection import Psf
from lsst.afw.image import ExposureF
from lsst.afw.table import ExposureCatalog
from lsst.daf.base import PropertyList
from lsst.daf.butler import Butler, DimensionUniverse
from lsst.drp.tasks.update_visit_summary import UpdateVisitSummaryTask
from lsst.geom import Point2D
from lsst.pipe.base.pipeline_graph import PipelineGraph
from lsst.pipe.base.simple_pipeline_executor import SimplePipelineExecutor
from reference_repo import REFERENCE_VISIT, ReferenceRepo, make_reference_repo
from support.comparison import assert_catalogs_equal, assert_objects_agree
from support.reference import Reference

if sys.version_info < (3, 12):
    pytest.skip("lsst.images exists for Python 3.12 and newer only.", allow_module_level=True)
if not hasattr(PropertyList, "to_astropy_header"):
    pytest.skip("This stack is older than lsst.images, which asks more of it.", allow_module_level=True)

from lsst.images import VisitImage  # noqa: E402 (not for older versions of Python)
from visit_images import convert_exposures, make_visit_image  # noqa: E402 (the same)

DETECTORS = Reference.detectors

OF_THE_FILE = {"EXPINFO_V", "EXTNAME", "UZSCALE"}
"""Cards about the layout of a file, which another file does not have."""


def read_exposure(detector: int) -> ExposureF:
    return ExposureF.readFits(str(REFERENCE_VISIT / f"calexp_{detector}.fits"))


def assert_same_exposure(found: ExposureF, expected: ExposureF) -> None:
    """Compare everything that the new type keeps."""
    assert found.getBBox() == expected.getBBox()
    np.testing.assert_array_equal(found.image.array, expected.image.array)
    np.testing.assert_array_equal(found.variance.array, expected.variance.array)
    assert_same_masks(found, expected)
    assert found.getWcs() == expected.getWcs()
    assert found.info.getValidPolygon() == expected.info.getValidPolygon()
    assert found.getFilter() == expected.getFilter()
    assert found.info.getId() == expected.info.getId()
    np.testing.assert_equal(vars(found.info.getSummaryStats()), vars(expected.info.getSummaryStats()))
    assert_same_calibration(found, expected)
    assert_same_detector(found, expected)
    for key in set(expected.getMetadata()) - OF_THE_FILE:
        assert found.getMetadata()[key] == expected.getMetadata()[key]


def assert_same_masks(found: ExposureF, expected: ExposureF) -> None:
    used = 0
    for name in expected.mask.getMaskPlaneDict():
        is_set = expected.mask.array & expected.mask.getPlaneBitMask(name) != 0
        used += is_set.any()
        if name in found.mask.getMaskPlaneDict() or is_set.any():
            np.testing.assert_array_equal(
                found.mask.array & found.mask.getPlaneBitMask(name) != 0, is_set, err_msg=name
            )
    assert used > 3


def assert_same_calibration(found: ExposureF, expected: ExposureF) -> None:
    """Compare PSF, aperture corrections and photometric calibration at some points."""
    corrections, wanted = found.info.getApCorrMap(), expected.info.getApCorrMap()
    assert set(corrections) == set(wanted)
    assert len(wanted) == 2
    for point in (Point2D(0.0, 0.0), Point2D(100.25, 50.5), Point2D(319.0, 255.0)):
        for method in ("computeKernelImage", "computeImage"):
            image, other = (getattr(e.getPsf(), method)(point) for e in (found, expected))
            assert image.getBBox() == other.getBBox()
            np.testing.assert_array_equal(image.array, other.array)
        for name in wanted:
            assert corrections[name].evaluate(point) == wanted[name].evaluate(point)
        photo_calib, other = found.getPhotoCalib(), expected.getPhotoCalib()
        assert photo_calib.instFluxToNanojansky(1.0, point) == other.instFluxToNanojansky(1.0, point)


def assert_same_detector(found: ExposureF, expected: ExposureF) -> None:
    detector, wanted = found.getDetector(), expected.getDetector()
    for name in ("getName", "getId", "getSerial", "getBBox", "getType", "getPixelSize", "getPhysicalType"):
        assert getattr(detector, name)() == getattr(wanted, name)(), name
    assert detector.getOrientation().getFpPosition() == wanted.getOrientation().getFpPosition()
    assert len(detector) == len(wanted) > 0
    for amplifier, other in zip(detector, wanted, strict=True):
        for name in ("getName", "getGain", "getReadNoise", "getSaturation", "getBBox", "getRawBBox"):
            assert getattr(amplifier, name)() == getattr(other, name)(), name


@pytest.mark.parametrize("detector", DETECTORS)
def test_exposures_survive_the_conversion(detector: int) -> None:
    exposure = read_exposure(detector)
    found = make_visit_image(exposure).to_legacy()
    assert type(found) is ExposureF
    assert_same_exposure(found, exposure)


@pytest.mark.parametrize("name", ["grid", "moffat"])
def test_psfs_of_piff_survive_the_conversion(name: str, tmp_path: Path) -> None:
    pytest.importorskip("piff", reason="Piff is not installed (extra images).")
    exposure = read_exposure(90)
    golden = REFERENCE_VISIT.parents[2] / "stacklite" / "tests" / "data" / "golden"
    exposure.setPsf(Psf.readFits(str(golden / f"psf_piff_{name}.fits.gz")))
    visit_image = make_visit_image(exposure)
    assert_same_exposure(visit_image.to_legacy(), exposure)
    visit_image.write(str(tmp_path / "visit_image.fits"))
    found = VisitImage.read(str(tmp_path / "visit_image.fits")).to_legacy()
    found.writeFits(str(tmp_path / "exposure.fits"))
    for again in (found, ExposureF.readFits(str(tmp_path / "exposure.fits"))):
        assert_same_calibration(again, exposure)
        # Of the stars only the positions are kept.
        position, expected = (e.getPsf().getAveragePosition() for e in (again, exposure))
        assert tuple(position) == pytest.approx(tuple(expected), rel=1e-14)
        assert again.getPsf()._piffResult.draw(10.0, 20.0).array.sum() > 0.9


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> ReferenceRepo:
    """Make a repository of the reference visit whose exposures are stored as `lsst.images.VisitImage`."""
    found = make_reference_repo(tmp_path_factory.mktemp("visit_images") / "repo")
    assert convert_exposures(found.root, found.inputs) == len(DETECTORS)
    return found


def test_files_of_the_new_type_are_read_as_exposures(repo: ReferenceRepo) -> None:
    with Butler.from_config(repo.root, collections=repo.inputs) as butler:
        data_id = repo.data_id | {"detector": 90}
        assert butler.get_dataset_type("calexp").storageClass_name == "VisitImage"
        found, expected = butler.get("calexp", data_id, storageClass="ExposureF"), read_exposure(90)
        assert_same_exposure(found, expected)
        handle = butler.getDeferred("calexp", data_id, storageClass="ExposureF")
        assert handle.get(component="filter") == expected.getFilter()
    # The record of the exposure has the date, in other units.
    info, wanted = found.info.getVisitInfo(), expected.info.getVisitInfo()
    assert abs(info.date.nsecs() - wanted.date.nsecs()) < 1000
    assert (info.exposureTime, info.id) == (wanted.exposureTime, wanted.id)


def test_task_gives_the_same_summary(repo: ReferenceRepo) -> None:
    options = {"background_provider": "replacement"}
    graph = PipelineGraph(universe=DimensionUniverse())
    graph.add_task("updateVisitSummary", UpdateVisitSummaryTask, Reference.config(**options))
    butler = SimplePipelineExecutor.prep_butler(str(repo.root), [repo.inputs], "test/visit_images")
    try:
        executor = SimplePipelineExecutor.from_pipeline_graph(graph, where=repo.where, butler=butler)
        assert len(executor.run(register_dataset_types=True, save_versions=False)) == 1
        found = butler.get("finalVisitSummary", repo.data_id)
    finally:
        butler.close()
    assert isinstance(found, ExposureCatalog)
    expected = Reference().run(**options)
    assert assert_catalogs_equal(found, expected) > 500
    assert assert_objects_agree(found, expected) > 500


def test_example_of_the_documentation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (
        REFERENCE_VISIT.parents[2] / "doc" / "lsst.drp.tasks.update_visit_summary" / "without-the-stack.rst"
    )
    code = page.read_text().split(".. code-block:: python\n\n")[1].split("\n\nThe butler")[0]
    source = f"{REFERENCE_VISIT.parents[2]}/tests/data"
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(textwrap.dedent(code).replace("tests/data", source), names)
    assert_same_exposure(names["again"], names["exposure"])
    assert (tmp_path / "visit_image_90.fits").exists()
