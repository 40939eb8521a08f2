"""Arguments of a wrong type: one sentence that says what to do, before any work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lsst.drp.tasks.update_visit_summary import (
    GlobalInput,
    InvalidInputsError,
    PerHealpixInput,
    PerTractInput,
    UpdateVisitSummaryTask,
)
from lsst.pipe.base import InMemoryDatasetHandle
from support.reference import DATA, Reference

Arguments = dict[str, Any]


def exposures_instead_of_handles(visit: Reference) -> Arguments:
    return {"input_exposures": {d: handle.get() for d, handle in visit.exposures.items()}}


def list_of_handles(visit: Reference) -> Arguments:
    return {"input_exposures": list(visit.exposures.values())}


def wrong_storage_class(visit: Reference) -> Arguments:
    handles = {
        d: InMemoryDatasetHandle(h.get(), storageClass="Background") for d, h in visit.exposures.items()
    }
    return {"input_exposures": handles}


def unknown_storage_class(visit: Reference) -> Arguments:
    handles = dict(visit.exposures)
    handles[93] = InMemoryDatasetHandle(visit.exposures[93].get(), storageClass="ExposureX")
    return {"input_exposures": handles}


def no_exposures(visit: Reference) -> Arguments:
    return {"input_exposures": None}


def path_of_a_summary(visit: Reference) -> Arguments:
    return {"input_summary_catalog": str(DATA / "visitSummary.fits")}


def schema_of_a_summary(visit: Reference) -> Arguments:
    return {"input_summary_catalog": visit.summary.schema}


def wrapped_psfs(visit: Reference) -> Arguments:
    return {"psf_overrides": visit.wcs_global, "psf_star_catalog": visit.stars}


def list_of_backgrounds(visit: Reference) -> Arguments:
    return {"background_overrides": list(visit.background_overrides.values())}


def name_of_a_camera(visit: Reference) -> Arguments:
    return {"camera": "LSSTCam"}


@pytest.mark.parametrize(
    "make, sentence",
    [
        (
            exposures_instead_of_handles,
            r"has a ExposureF for detectors 90, .* give InMemoryDatasetHandle",
        ),
        (list_of_handles, r"input_exposures is a list; give a mapping of detector ids to handles"),
        (wrong_storage_class, r"storage class Background for detectors 90, .*storageClass='ExposureF'"),
        (unknown_storage_class, r"storage class ExposureX for detectors 93; give InMemoryDatasetHandle"),
        (no_exposures, r"input_exposures is a NoneType; give a mapping"),
        (path_of_a_summary, r"input_summary_catalog is a str; .* ExposureCatalog.readFits\(path\)"),
        (schema_of_a_summary, r"input_summary_catalog is a Schema; give an lsst.afw.table.ExposureCatalog"),
        (wrapped_psfs, r"psf_overrides is a GlobalInput; give an lsst.afw.table.ExposureCatalog"),
        (list_of_backgrounds, r"background_overrides is a list; give a mapping"),
        (name_of_a_camera, r"camera is a str; give an lsst.afw.cameraGeom.Camera"),
    ],
)
def test_wrong_type(reference: Reference, make: Callable[[Reference], Arguments], sentence: str) -> None:
    """Nothing is read, and the message has the remedy."""
    arguments = {"input_summary_catalog": reference.summary, "input_exposures": reference.exposures}
    with pytest.raises(InvalidInputsError, match=sentence):
        reference.task().run(**arguments | make(reference))


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (GlobalInput(str(DATA / "fgcmPhotoCalibCatalog.fits")), "GlobalInput whose .* it an ExposureCatalog"),
        (PerTractInput(["a.fits"]), "PerTractInput whose .* it pairs"),
        (PerTractInput([(9813, DATA / "fgcm.fits")]), "PerTractInput whose .* it pairs"),
        (PerHealpixInput([(65, DATA / "fgcm.fits")]), "PerHealpixInput whose .* it triples"),
    ],
)
def test_wrong_parts(reference: Reference, source: Any, sentence: str) -> None:
    """Whatever the provider is: the parts are not looked into before."""
    with pytest.raises(InvalidInputsError, match=f"photo_calib_overrides is a {sentence}"):
        reference.task().run(reference.summary, reference.exposures, photo_calib_overrides=source)


def test_numbers_of_tracts_are_no_tracts(reference: Reference) -> None:
    """Catalogs are right, and what they are for is not."""
    source = PerTractInput([(9813, reference.psf_and_ap_corr)])
    with pytest.raises(InvalidInputsError, match=r"wcs_overrides is a PerTractInput .*\(sky_map\[tract\], "):
        reference.task(wcs_provider="tract").run(reference.summary, reference.exposures, wcs_overrides=source)


def test_all_are_told_at_once(reference: Reference) -> None:
    """One sentence for each argument."""
    with pytest.raises(InvalidInputsError) as caught:
        reference.task().run(None, [], camera=1)
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("kind", ["path", "schema"])
def test_wrong_type_of_the_init_input(reference: Reference, kind: str) -> None:
    """The schema is taken from a catalog."""
    value = str(DATA / "visitSummary.fits") if kind == "path" else reference.summary.schema
    with pytest.raises(RuntimeError, match="input_summary_schema is a (str|Schema); give an ExposureCatalog"):
        UpdateVisitSummaryTask(initInputs={"input_summary_schema": value})
