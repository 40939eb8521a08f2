"""The formatters and the instrument, with a real butler."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lsst.afw.image as afw_image
from lsst.afw.cameraGeom import AmplifierGeometryComparison, Camera
from lsst.afw.fits import FitsError
from lsst.afw.image import ExposureF
from lsst.afw.math import flipImage
from lsst.afw.table import ExposureCatalog
from lsst.daf.butler import Butler, DatasetRef, DatasetType, FileDataset, FileDescriptor, Location
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.obs.base import FilterDefinition, FilterDefinitionCollection, Instrument
from lsst.obs.base.formatters.fitsExposure import (
    FitsExposureFormatter,
    FitsImageFormatter,
    standardizeAmplifierParameters,
)
from lsst.obs.base.formatters.fitsGeneric import FitsGenericFormatter
from lsst.pipe.base import InMemoryDatasetHandle
from stacklite_support.datasets import reference, storage_class
from stacklite_support.golden import own_file
from stacklite_support.paths import REFERENCE_VISIT

VISIT = 2026032100001
BOX = Box2I(Point2I(10, 20), Extent2I(5, 6))


class RefCam(Instrument):
    """The instrument of the reference visit."""

    filterDefinitions = FilterDefinitionCollection(FilterDefinition(physical_filter="i_39", band="i"))  # noqa: N815

    @classmethod
    def getName(cls) -> Any:
        return "RefCam"

    def getCamera(self) -> Any:
        return Camera.readFits(str(REFERENCE_VISIT / "camera.fits"))

    def getRawFormatter(self, dataId: Any) -> None:
        raise NotImplementedError

    def register(self, registry: Any, *, update: Any = False) -> None:
        instrument = {
            "name": self.getName(),
            "class_name": f"{__name__}.RefCam",
            "detector_max": 99,
            "visit_max": 2**40,
            "exposure_max": 2**40,
        }
        with registry.transaction():
            registry.syncDimensionData("instrument", instrument, update=update)
            for detector in self.getCamera():
                raft, name = detector.getName().split("_")
                record = {"id": detector.getId(), "full_name": detector.getName(), "purpose": "SCIENCE"}
                record |= {"instrument": "RefCam", "raft": raft, "name_in_raft": name}
                registry.syncDimensionData("detector", record, update=update)
            self._registerFilters(registry, update=update)


def _register(butler: Any) -> None:
    RefCam().register(butler.registry)
    day = {"instrument": "RefCam", "id": 20260321}
    butler.registry.insertDimensionData("day_obs", day)
    visit = {"instrument": "RefCam", "id": VISIT, "name": "a visit", "physical_filter": "i_39"}
    butler.registry.insertDimensionData("visit", visit | {"day_obs": 20260321})
    butler.registry.insertDimensionData(
        "skymap", {"name": "ref", "hash": b"0", "tract_max": 20000, "patch_nx_max": 1, "patch_ny_max": 1}
    )


def _ingest(butler: Any, name: str, dimensions: Any, storage_class: Any, files: Any) -> None:
    dataset_type = DatasetType(name, dimensions, storage_class, universe=butler.dimensions)
    butler.registry.registerDatasetType(dataset_type)
    datasets = [
        FileDataset(
            path=str(REFERENCE_VISIT / file),
            refs=[DatasetRef(dataset_type, butler.registry.expandDataId(data_id), run="run")],
        )
        for file, data_id in files.items()
    ]
    butler.ingest(*datasets, transfer="direct")


@pytest.fixture(scope="module")
def butler(tmp_path_factory: pytest.TempPathFactory) -> Any:
    root = str(tmp_path_factory.mktemp("repo"))
    Butler.makeRepo(root)
    with Butler.from_config(root, writeable=True, run="run") as result:
        _register(result)
        instrument = {"instrument": "RefCam"}
        visit = instrument | {"visit": VISIT}
        for name, storage_class in (("calexp", "ExposureF"), ("calexpBackground", "Background")):
            files = {f"{name}_{n}.fits": visit | {"detector": n} for n in (90, 91, 92)}
            _ingest(result, name, ("instrument", "visit", "detector"), storage_class, files)
        _ingest(result, "camera", ("instrument",), "Camera", {"camera.fits": instrument})
        _ingest(result, "skyMap", ("skymap",), "SkyMap", {"skymap.pickle": {"skymap": "ref"}})
        per_visit = ("instrument", "visit")
        _ingest(result, "visitSummary", per_visit, "ExposureCatalog", {"visitSummary.fits": visit})
        stars = {"finalized_src_table.parq": visit}
        _ingest(result, "finalized_src_table", per_visit, "ArrowAstropy", stars)
        yield result


def data_id(detector: Any = 92) -> Any:
    return {"instrument": "RefCam", "visit": VISIT, "detector": detector}


def put(butler: Any, name: str, storage_class: Any, dataset: Any) -> Any:
    dimensions = ("instrument", "visit", "detector")
    dataset_type = DatasetType(name, dimensions, storage_class, universe=butler.dimensions)
    butler.registry.registerDatasetType(dataset_type)
    butler.put(dataset, name, data_id())
    return butler.get(name, data_id())


def test_files_of_every_storage_class_are_read(butler: Any) -> None:
    assert len(butler.get("camera", instrument="RefCam")) == 9
    assert len(butler.get("skyMap", skymap="ref")) == 18938
    assert len(butler.get("visitSummary", instrument="RefCam", visit=VISIT)) == 9
    assert len(butler.get("finalized_src_table", instrument="RefCam", visit=VISIT)) > 100
    assert len(butler.get("calexpBackground", data_id())) == 2


@pytest.mark.parametrize("detector", [90, 91, 92])
def test_exposure_is_read_whole(butler: Any, detector: Any) -> None:
    exposure = butler.get("calexp", data_id(detector))
    assert type(exposure) is afw_image.ExposureF
    assert exposure.getDetector().getId() == detector
    assert exposure.getBBox() == Box2I(Point2I(0, 0), Extent2I(320, 256))


COMPONENTS = {
    "image": "ImageF",
    "mask": "MaskX",
    "variance": "ImageF",
    "wcs": "SkyWcs",
    "psf": "GaussianPsf",
    "photoCalib": "PhotoCalib",
    "visitInfo": "VisitInfo",
    "apCorrMap": "ApCorrMap",
    "metadata": "PropertyList",
    "filter": "FilterLabel",
    "detector": "Detector",
    "validPolygon": "Polygon",
    "summaryStats": "ExposureSummaryStats",
    "id": "int",
    "bbox": "Box2I",
    "dimensions": "Extent2I",
    "xy0": "Point2I",
}


@pytest.mark.parametrize(("component", "kind"), COMPONENTS.items())
def test_every_component_is_read_and_is_that_of_the_whole(butler: Any, component: str, kind: Any) -> None:
    found = butler.get(f"calexp.{component}", data_id())
    assert type(found).__name__ == kind
    handle = InMemoryDatasetHandle(butler.get("calexp", data_id()), storageClass="ExposureF")
    expected = handle.get(component=component)
    assert type(expected).__name__ == kind
    if hasattr(found, "array"):
        np.testing.assert_array_equal(found.array, expected.array)
    elif component not in ("psf", "apCorrMap", "detector", "summaryStats", "validPolygon"):
        assert found == expected


def test_components_are_all_that_the_storage_class_has(butler: Any) -> None:
    names = set(butler.get_dataset_type("calexp").storageClass.allComponents())
    assert names == set(COMPONENTS) | {"coaddInputs", "transmissionCurve"}
    for name in ("coaddInputs", "transmissionCurve"):
        assert butler.get(f"calexp.{name}", data_id()) is None


def test_inputs_of_a_coadd_are_a_component(butler: Any) -> None:
    exposure = afw_image.ExposureF(own_file("exposure_full.fits"))
    exposure.setFilter(butler.get("calexp.filter", data_id()))
    found = put(butler, "full", "ExposureF", exposure)
    inputs = butler.get("full.coaddInputs", data_id())
    assert (len(inputs.visits), len(inputs.ccds)) == (0, 0)
    assert found.info._components.keys() == exposure.info._components.keys()


@pytest.mark.parametrize("component", ["", ".image", ".mask", ".variance"])
@pytest.mark.parametrize("origin", [None, afw_image.PARENT, afw_image.LOCAL])
def test_boxes_are_read(butler: Any, component: str, origin: Any) -> None:
    parameters = {"bbox": BOX} | ({} if origin is None else {"origin": origin})
    part = butler.get(f"calexp{component}", data_id(), parameters=parameters)
    whole = butler.get("calexp", data_id())
    assert part.getBBox() == BOX
    handle = InMemoryDatasetHandle(whole, storageClass="ExposureF")
    expected = handle.get(component=component[1:] or None, parameters=parameters)
    assert expected.getBBox() == BOX
    if component:
        np.testing.assert_array_equal(part.array, expected.array)


def test_what_cannot_be_read_is_an_error(butler: Any) -> None:
    outside = Box2I(Point2I(310, 20), Extent2I(50, 6))
    with pytest.raises(ValueError, match="not inside the image"):
        butler.get("calexp", data_id(), parameters={"bbox": outside})
    with pytest.raises(ValueError, match="excludes 'bbox'"):
        butler.get("calexp", data_id(), parameters={"amp": 0, "bbox": BOX})
    with pytest.raises(KeyError):
        butler.get("calexp.color", data_id())
    handle = InMemoryDatasetHandle(butler.get("calexp", data_id()), storageClass="ExposureF")
    with pytest.raises(KeyError, match="amp"):
        handle.get(parameters={"amp": "C00"})


@pytest.mark.parametrize("kind", ["number", "name", "amplifier", "detector"])
def test_the_pixels_of_one_amplifier(butler: Any, kind: str) -> None:
    exposure = butler.get("calexp", data_id())
    number, amplifier = 1, exposure.getDetector()[1]
    parameters = {"amp": {"number": number, "name": amplifier.getName()}.get(kind, amplifier)}
    if kind == "detector":
        parameters["detector"] = exposure.getDetector()
    part = butler.get("calexp", data_id(), parameters=parameters)
    expected = exposure[amplifier.getBBox()]
    assert part.getBBox() == expected.getBBox() != exposure.getBBox()
    for name in ("image", "mask", "variance"):
        np.testing.assert_array_equal(getattr(part, name).array, getattr(expected, name).array)
    assert [amp.getName() for amp in part.getDetector()] == [amplifier.getName()]
    assert part.getPsf() is not None and part.getFilter() == exposure.getFilter()


def test_the_pixels_of_an_amplifier_in_its_order(butler: Any) -> None:
    exposure = butler.get("calexp", data_id())
    amplifier = exposure.getDetector()[0]
    flipped = amplifier.rebuild().transform(outFlipX=True).finish()
    part = butler.get("calexp", data_id(), parameters={"amp": flipped})
    expected = flipImage(exposure.image[amplifier.getBBox()], flipLR=True, flipTB=False)
    np.testing.assert_array_equal(part.image.array, expected.array)
    assert part.getDetector()[0].compareGeometry(flipped) == AmplifierGeometryComparison.EQUAL


def test_amplifiers_of_which_detector(butler: Any) -> None:
    detector = butler.get("calexp.detector", data_id())
    assert standardizeAmplifierParameters({}, detector) == (None, detector, False)
    amplifier, found, regions_differ = standardizeAmplifierParameters({"amp": 1}, detector)
    assert (amplifier.getName(), found, regions_differ) == (detector[1].getName(), detector, False)
    with pytest.raises(ValueError, match="no detector that would tell where amplifier 1 is"):
        standardizeAmplifierParameters({"amp": 1}, None)
    builder = detector.rebuild()
    builder[1] = detector[1].rebuild().transform(outFlipY=True)
    other = builder.finish()
    with pytest.raises(ValueError, match="in another order"):
        standardizeAmplifierParameters({"amp": 1, "detector": other}, detector)


def test_handles_copy_pixels_on_request(butler: Any) -> None:
    exposure = butler.get("calexp", data_id())
    shared = InMemoryDatasetHandle(exposure, storageClass="ExposureF").get()
    copied = InMemoryDatasetHandle(exposure, storageClass="ExposureF", copy=True).get()
    exposure.mask.set(1)
    assert shared.mask.array.all()
    assert not copied.mask.array.all()


def test_exposure_is_written_lossless_with_provenance(butler: Any) -> None:
    exposure = butler.get("calexp", data_id())
    before = exposure.metadata.deepCopy()
    found = put(butler, "new_calexp", "ExposureF", exposure)
    assert exposure.metadata == before
    for plane in ("image", "mask", "variance"):
        np.testing.assert_array_equal(getattr(found, plane).array, getattr(exposure, plane).array)
    assert found.visitInfo == exposure.visitInfo
    assert found.info._components.keys() == exposure.info._components.keys()
    assert found.metadata["LSST BUTLER DATASETTYPE"] == "new_calexp"
    assert found.metadata["LSST BUTLER DATAID DETECTOR"] == 92
    assert found.metadata["LSST ISR UNITS"] == exposure.metadata["LSST ISR UNITS"]


@pytest.mark.parametrize(
    ("storage_class", "component"),
    [
        ("ImageF", "image"),
        ("MaskX", "mask"),
        ("VisitInfo", "visitInfo"),
        ("FilterLabel", "filter"),
        ("Wcs", "wcs"),
        ("PhotoCalib", "photoCalib"),
        ("PropertyList", "metadata"),
        ("ExposureSummaryStats", "summaryStats"),
    ],
)
def test_components_are_written_alone(butler: Any, storage_class: Any, component: str) -> None:
    expected = butler.get(f"calexp.{component}", data_id())
    name = f"alone_{component}"
    found = put(butler, name, storage_class, expected)
    if hasattr(found, "array"):
        np.testing.assert_array_equal(found.array, expected.array)
        part = butler.get(name, data_id(), parameters={"bbox": BOX})
        np.testing.assert_array_equal(part.array, expected[BOX].array)
    elif component == "summaryStats":
        np.testing.assert_equal(vars(found), vars(expected))
    else:
        assert found == expected


def test_masked_image_and_its_planes(butler: Any) -> None:
    exposure = butler.get("calexp", data_id())
    found = put(butler, "masked", "MaskedImageF", exposure.maskedImage)
    np.testing.assert_array_equal(found.image.array, exposure.image.array)
    for plane in ("image", "mask", "variance"):
        part = butler.get(f"masked.{plane}", data_id(), parameters={"bbox": BOX})
        np.testing.assert_array_equal(part.array, getattr(exposure, plane)[BOX].array)


def test_catalog_is_written_with_provenance_and_left_alone(butler: Any) -> None:
    catalog = butler.get("visitSummary", instrument="RefCam", visit=VISIT)
    found = put(butler, "some_catalog", "ExposureCatalog", catalog)
    assert found.getMetadata()["LSST BUTLER DATASETTYPE"] == "some_catalog"
    assert "LSST BUTLER DATASETTYPE" not in catalog.getMetadata()
    np.testing.assert_array_equal(found["psfSigma"], catalog["psfSigma"])


def test_filter_comes_from_the_data_id(butler: Any, caplog: pytest.LogCaptureFixture) -> None:
    exposure = butler.get("calexp", data_id())
    exposure.setFilter(afw_image.FilterLabel.fromBandPhysical("z", "z_1"))
    with caplog.at_level(logging.WARNING):
        found = put(butler, "relabeled", "ExposureF", exposure)
    assert found.filter == afw_image.FilterLabel.fromBandPhysical("i", "i_39")
    assert butler.get("relabeled.filter", data_id()) == found.filter
    assert "using the filter of the data ID" in caplog.text


def test_instrument_is_registered_once(butler: Any) -> None:
    records = list(butler.registry.queryDimensionRecords("detector", instrument="RefCam"))
    assert {record.id for record in records} == set(range(90, 99))
    names = {(record.full_name, record.raft, record.name_in_raft) for record in records}
    assert ("R22_S02", "R22", "S02") in names
    (instrument,) = butler.registry.queryDimensionRecords("instrument", instrument="RefCam")
    assert instrument.visit_max == 2**40
    (band,) = butler.registry.queryDimensionRecords("physical_filter", instrument="RefCam")
    assert (band.name, band.band) == ("i_39", "i")
    RefCam().register(butler.registry)
    assert isinstance(Instrument.fromName("RefCam", butler.registry), RefCam)


def test_filter_definitions() -> None:
    r, i = FilterDefinition("r_57", band="r", alias={"red"}), FilterDefinition("i_39", band="i")
    filters = FilterDefinitionCollection(r, i)
    assert filters.physical_to_band == {"r_57": "r", "i_39": "i"}
    assert filters.findAll("red") == filters.findAll("r") == {r}
    assert r.makeFilterLabel() == afw_image.FilterLabel.fromBandPhysical("r", "r_57")
    assert list(filters) == [r, i]
    with pytest.raises(ValueError, match="r_57"):
        FilterDefinitionCollection(r, r)


def test_write_recipes_are_validated() -> None:
    validate = FitsExposureFormatter.validate_write_recipes
    assert validate(None) == {"default": {}}
    assert validate({"none": None, "a": {"image": {"algorithm": "GZIP_2"}}}) == {
        "none": {},
        "a": {"image": {"algorithm": "GZIP_2"}},
    }
    with pytest.raises(RuntimeError, match="picture"):
        validate({"a": {"picture": {}}})


FULL = own_file("exposure_full_xy0.fits")
PART = Box2I(Point2I(-10, 1010), Extent2I(5, 7))


def formatter(kind: Any, path: str, name: str, parameters: dict[str, Any] | None = None) -> Any:
    where = Location(str(Path(path).parent), Path(path).name)
    descriptor = FileDescriptor(where, storage_class(name), parameters=parameters)
    return kind(descriptor, ref=reference(kind=name))


def test_files_by_formatters() -> None:
    whole = ExposureF(FULL)
    info = formatter(FitsExposureFormatter, FULL, "ExposureF").read_from_local_file(FULL, "exposureInfo")
    assert info._components.keys() == whole.info._components.keys()
    assert info.getFilter() == whole.filter, "the data ID has no band"
    box = {"bbox": PART}
    part = formatter(FitsExposureFormatter, FULL, "ExposureF", box).read_from_local_file(FULL)
    assert part.getBBox() == PART
    with pytest.raises(FitsError, match="do not fit int32 without loss"):
        formatter(FitsExposureFormatter, FULL, "ExposureI").read_from_local_file(FULL)
    for kind, name in ((FitsExposureFormatter, "ExposureF"), (FitsImageFormatter, "ImageF")):
        path = FULL if name == "ExposureF" else own_file("image_ImageF_none.fits")
        reader = formatter(kind, path, name)
        assert reader.read_from_local_file(path, "dimensions").getX() > 0
        with pytest.raises(KeyError, match="no component 'color'"):
            reader.read_from_local_file(path, "color")


def test_anything_with_read_fits() -> None:
    path = own_file("table_exposure.fits")
    read = formatter(FitsGenericFormatter, path, "ExposureCatalog").read_from_local_file
    assert type(read(path)) is ExposureCatalog
    with pytest.raises(NotImplementedError, match="ExposureCatalog has no component 'wcs'"):
        read(path, "wcs")
    whole = formatter(FitsGenericFormatter, path, "ExposureCatalog", {"bbox": PART}).read_from_local_file(
        path
    )
    assert len(whole) == len(read(path)) > 0
    options = {"llcX": -10, "llcY": 1010, "width": 5, "height": 7}
    part = formatter(FitsGenericFormatter, FULL, "ExposureF", options).read_from_local_file(FULL)
    np.testing.assert_array_equal(part.image.array, ExposureF(FULL).image[PART].array)
    catalog = ExposureCatalog.readFits(path)
    catalog.setMetadata(None)
    writer = formatter(FitsGenericFormatter, path, "ExposureCatalog")
    assert writer.add_provenance(catalog).getMetadata()["LSST BUTLER DATASETTYPE"] == "calexp"
    assert catalog.getMetadata() is None
