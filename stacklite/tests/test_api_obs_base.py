"""The delegate and the formatters of exposures: what no other test of `lsst.obs.base` calls."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from lsst.afw.cameraGeom import ACTUAL_PIXELS, FIELD_ANGLE, FOCAL_PLANE, PIXELS, TAN_PIXELS, CameraSysPrefix
from lsst.afw.fits import FitsError
from lsst.afw.image import LOCAL, ExposureF, ImageF, MaskedImageF, MaskX
from lsst.afw.table import ExposureCatalog
from lsst.daf.butler import (
    DataCoordinate,
    DatasetProvenance,
    DatasetRef,
    DatasetType,
    DimensionUniverse,
    FileDescriptor,
    Location,
    StorageClass,
    StorageClassFactory,
)
from lsst.geom import AffineTransform, Box2I, Extent2D, Extent2I, Point2D, Point2I
from lsst.obs.base.exposureAssembler import ExposureAssembler
from lsst.obs.base.formatters.fitsExposure import FitsExposureFormatter, FitsImageFormatter
from lsst.obs.base.formatters.fitsGeneric import FitsGenericFormatter
from lsst.obs.base.yamlCamera import makeCamera
from lsst.pex.exceptions import IoError
from stacklite_support.golden import own_file

FULL = own_file("exposure_full_xy0.fits")
PART = Box2I(Point2I(-10, 1010), Extent2I(5, 7))
UNIVERSE = DimensionUniverse()
OF_INFO = ("id", "metadata", "visitInfo", "wcs", "psf", "photoCalib", "apCorrMap", "coaddInputs")
OF_INFO += ("transmissionCurve", "filter", "detector", "validPolygon", "summaryStats")
PLANES = ("image", "mask", "variance")


def storage_class(name: str) -> StorageClass:
    factory = StorageClassFactory()
    factory.addFromConfig("resource://lsst.daf.butler/configs/storageClasses.yaml")
    return factory.getStorageClass(name)


def delegate(name: str = "ExposureF") -> ExposureAssembler:
    return ExposureAssembler(storage_class(name))


def reference(name: str = "calexp", kind: str = "ExposureF") -> DatasetRef:
    dataset_type = DatasetType(name, ("instrument", "detector"), kind, universe=UNIVERSE)
    data_id = DataCoordinate.standardize(instrument="Cam", detector=5, universe=UNIVERSE)
    return DatasetRef(dataset_type, data_id, "run", id=uuid.UUID(int=7))


def formatter(kind: Any, path: str, name: str, parameters: dict[str, Any] | None = None) -> Any:
    where = Location(str(Path(path).parent), Path(path).name)
    descriptor = FileDescriptor(where, storage_class(name), parameters=parameters)
    return kind(descriptor, ref=reference(kind=name))


# -- the delegate --------------------------------------------------------------------


def test_exposures_are_taken_apart_and_put_together() -> None:
    whole, assembler = ExposureF(FULL), delegate()
    parts = {name: assembler.getComponent(whole, name) for name in (*PLANES, *OF_INFO)}
    assert all(part is not None for part in parts.values())
    before = dict(parts)
    again = assembler.assemble(parts)
    assert type(again) is ExposureF and parts == before, "the components are left alone"
    for name in PLANES:
        assert getattr(again, name) is parts[name]
    for name in OF_INFO:
        assert assembler.getComponent(again, name) == parts[name]
    assert assembler.getComponent(again, "exposureInfo") is again.info
    assert {n: assembler.getComponent(again, n) for n in ("bbox", "dimensions", "xy0")} == {
        "bbox": whole.getBBox(), "dimensions": whole.getDimensions(), "xy0": whole.getXY0()
    }  # fmt: skip
    few = assembler.assemble({"image": ImageF(PART), "wcs": whole.wcs, "psf": None})
    assert few.wcs is whole.wcs and few.psf is None and not few.mask.array.any()
    assert type(assembler.assemble({"image": ImageF(PART)}, pytype=MaskedImageF)) is MaskedImageF


@pytest.mark.parametrize("parts", [{}, {"mask": MaskX(PART)}, {"image": ImageF(PART), "colour": 1}])
def test_what_cannot_be_put_together(parts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cannot assemble"):
        delegate().assemble(parts)


def test_components_that_are_not_there() -> None:
    assembler, whole = delegate(), ExposureF(PART)
    for composite, name in ((whole, "colour"), (whole.maskedImage, "wcs"), (whole.image, "mask")):
        with pytest.raises(AttributeError, match=f"{type(composite).__name__} has no component '{name}'"):
            assembler.getComponent(composite, name)
    assert assembler.getComponent(whole.maskedImage, "mask") is whole.mask
    assert assembler.getComponent(whole.image, "xy0") == PART.getMin()


def test_parts_in_memory() -> None:
    assembler, whole = delegate(), ExposureF(FULL)
    assert assembler.handleParameters(whole) is whole
    local = Box2I(Point2I(0, 0), Extent2I(2, 3))
    assert assembler.handleParameters(whole, {"bbox": PART}).getBBox() == PART
    assert assembler.handleParameters(whole, {"bbox": local, "origin": LOCAL}).getXY0() == whole.getXY0()
    copied = assembler.copy(whole)
    copied.image.set(0)
    assert whole.image.array.any()
    for name in ("amp", "nonsense"):
        with pytest.raises(KeyError, match=name):
            assembler.handleParameters(whole, {name: 1})


@pytest.mark.parametrize("derived", ["bbox", "dimensions", "xy0"])
def test_planes_that_say_where_an_image_is(derived: str) -> None:
    select = ExposureAssembler.selectResponsibleComponent
    assert select(derived, {"mask", "image", "wcs"}) == "image"
    assert select(derived, {"mask", None, "variance"}) == "variance"
    assert select(readComponent=derived, fromComponents={"mask"}) == "mask"
    for name, given in ((derived, {"wcs"}), ("wcs", {"image"})):
        with pytest.raises(ValueError, match="cannot be derived"):
            select(name, given)


def test_provenance_replaces_that_of_the_input() -> None:
    whole = ExposureF(PART)
    whole.metadata["LSST BUTLER INPUT 0 RUN"] = "old"
    whole.metadata["OTHER"] = 5
    provenance = DatasetProvenance()
    provenance.add_input(reference("raw"))
    found = delegate().add_provenance(whole, reference(), provenance)
    assert found.maskedImage is whole.maskedImage
    assert found.metadata["LSST BUTLER DATASETTYPE"] == "calexp"
    assert found.metadata["LSST BUTLER INPUT 0 DATASETTYPE"] == "raw"
    assert found.metadata["OTHER"] == 5
    assert sorted(whole.metadata) == ["LSST BUTLER INPUT 0 RUN", "OTHER"], "not changed"
    again = delegate().add_provenance(found, reference("again"))
    assert not [name for name in again.metadata if name.startswith("LSST BUTLER INPUT")]
    assert delegate("ImageF").add_provenance(whole.image, reference()) is whole.image


# -- formatters ----------------------------------------------------------------------


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
        with pytest.raises(KeyError, match="no component 'colour'"):
            reader.read_from_local_file(path, "colour")


def test_anything_with_read_fits() -> None:
    path = own_file("table_exposure.fits")
    read = formatter(FitsGenericFormatter, path, "ExposureCatalog").read_from_local_file
    assert type(read(path)) is ExposureCatalog
    with pytest.raises(NotImplementedError, match="ExposureCatalog has no component 'wcs'"):
        read(path, "wcs")
    with pytest.raises(NotImplementedError, match="cannot be read with"):
        formatter(FitsGenericFormatter, path, "ExposureCatalog", {"bbox": PART}).read_from_local_file(path)
    options = {"llcX": -10, "llcY": 1010, "width": 5, "height": 7}
    part = formatter(FitsGenericFormatter, FULL, "ExposureF", options).read_from_local_file(FULL)
    np.testing.assert_array_equal(part.image.array, ExposureF(FULL).image[PART].array)
    catalog = ExposureCatalog.readFits(path)
    catalog.setMetadata(None)
    writer = formatter(FitsGenericFormatter, path, "ExposureCatalog")
    assert writer.add_provenance(catalog).getMetadata()["LSST BUTLER DATASETTYPE"] == "calexp"
    assert catalog.getMetadata() is None


# -- cameras -------------------------------------------------------------------------


def test_affine_transforms_of_described_cameras(tmp_path: Path) -> None:
    """Coefficients of radial transforms are relative to the plate scale, those of affine ones are not."""
    text = yaml.safe_load(Path(own_file("camera.yaml")).read_text())
    affine = {"transformType": "affine", "linear": [[2.0, 0.5], [0.0, 3.0]], "translation": [1.0, -1.0]}
    text["transforms"]["FieldAngle"] = affine
    first, *_ = text["CCDs"].values()
    first["transformDict"]["transforms"] = {"ActualPixels": affine, "Bent": affine | {"translation": [0, 0]}}
    path = tmp_path / "camera.yaml"
    path.write_text(yaml.safe_dump(text, sort_keys=False))
    camera = makeCamera(str(path))
    moved = AffineTransform(np.array([[2.0, 0.5], [0.0, 3.0]]), Extent2D(1.0, -1.0))(Point2D(4.0, 8.0))
    assert camera.transform(Point2D(4.0, 8.0), FOCAL_PLANE, FIELD_ANGLE) == moved == Point2D(13.0, 23.0)
    detector = camera[first["id"]]
    assert detector.transform(Point2D(4.0, 8.0), PIXELS, ACTUAL_PIXELS) == moved
    assert detector.transform(Point2D(4.0, 8.0), PIXELS, CameraSysPrefix("Bent")) == Point2D(12.0, 24.0)
    assert (
        detector.hasTransform(TAN_PIXELS) and len([d for d in camera if d.hasTransform(ACTUAL_PIXELS)]) == 1
    )
    affine["transformType"] = "bent"
    path.write_text(yaml.safe_dump(text))
    with pytest.raises(IoError, match="camera.yaml.*'bent'"):
        makeCamera(str(path))
    with pytest.raises(FileNotFoundError):
        makeCamera(str(tmp_path / "missing.yaml"))
