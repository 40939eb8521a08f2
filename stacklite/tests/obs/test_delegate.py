"""The delegate of exposures: components, parts, provenance."""

from __future__ import annotations

from typing import Any

import pytest

from lsst.afw.image import LOCAL, ExposureF, ImageF, MaskedImageF, MaskX
from lsst.daf.butler import DatasetProvenance
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.obs.base.exposureAssembler import ExposureAssembler
from stacklite_support.datasets import reference, storage_class
from stacklite_support.golden import own_file

FULL = own_file("exposure_full_xy0.fits")
PART = Box2I(Point2I(-10, 1010), Extent2I(5, 7))

OF_INFO = ("id", "metadata", "visitInfo", "wcs", "psf", "photoCalib", "apCorrMap", "coaddInputs")
OF_INFO += ("transmissionCurve", "filter", "detector", "validPolygon", "summaryStats")
PLANES = ("image", "mask", "variance")


def delegate(name: str = "ExposureF") -> ExposureAssembler:
    return ExposureAssembler(storage_class(name))


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


@pytest.mark.parametrize("parts", [{}, {"mask": MaskX(PART)}, {"image": ImageF(PART), "color": 1}])
def test_what_cannot_be_put_together(parts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cannot assemble"):
        delegate().assemble(parts)


def test_components_that_are_not_there() -> None:
    assembler, whole = delegate(), ExposureF(PART)
    for composite, name in ((whole, "color"), (whole.maskedImage, "wcs"), (whole.image, "mask")):
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
