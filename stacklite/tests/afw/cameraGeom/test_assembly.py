"""Amplifiers in images of detectors. The values are those of the real stack."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lsst.afw.cameraGeom import (
    Amplifier,
    AmplifierGeometryComparison,
    AmplifierIsolator,
    Camera,
    Detector,
    Orientation,
    ReadoutCorner,
    assembleAmplifierImage,
    assembleAmplifierRawImage,
    makeUpdatedDetector,
)
from lsst.afw.image import ExposureF, FilterLabel, ImageD, ImageF, MaskedImageF
from lsst.geom import Box2I, Extent2D, Extent2I, Point2I
from lsst.pex.exceptions import InvalidParameterError, LengthError

Cmp = AmplifierGeometryComparison
RAW = [ImageF(np.arange(30, dtype=np.float32).reshape(5, 6) + 100 * i) for i in (0, 1)]
WHOLE = Box2I(Point2I(0, 0), Extent2I(12, 5))


def box(x: int, y: int, width: int, height: int) -> Box2I:
    return Box2I(Point2I(x, y), Extent2I(width, height))


def made_amplifier() -> Amplifier:
    builder = Amplifier.Builder()
    builder.setName("A")
    builder.setBBox(box(3, -2, 231, 320))
    builder.setReadoutCorner(ReadoutCorner.UL)
    builder.setRawFlipX(True)
    builder.setRawBBox(box(-25, 2, 550, 629))
    builder.setRawXYOffset(Extent2I(-97, 253))
    builder.setRawDataBBox(box(-2, 29, 123, 307))
    builder.setRawHorizontalOverscanBBox(box(150, 29, 25, 307))
    builder.setRawVerticalOverscanBBox(box(-2, 201, 123, 6))
    builder.setRawPrescanBBox(box(-20, 2, 5, 307))
    return builder.finish()


def made_detector() -> Detector:
    camera = Camera.Builder("cam")
    builder = camera.add("det", 3)
    builder.setBBox(box(0, 0, 6, 4))
    builder.setPixelSize(Extent2D(0.01, 0.01))
    builder.setOrientation(Orientation())
    for name, x, offset, flip in (("a", 0, 0, False), ("b", 3, 6, True)):
        amplifier = Amplifier.Builder()
        amplifier.setName(name)
        amplifier.setBBox(box(x, 0, 3, 4))
        amplifier.setReadoutCorner(ReadoutCorner.LR if flip else ReadoutCorner.LL)
        amplifier.setRawFlipX(flip)
        amplifier.setRawXYOffset(Extent2I(offset, 0))
        amplifier.setRawBBox(box(0, 0, 6, 5))
        amplifier.setRawDataBBox(box(1, 0, 3, 4))
        amplifier.setRawHorizontalOverscanBBox(box(4, 0, 2, 4))
        amplifier.setRawVerticalOverscanBBox(box(1, 4, 3, 1))
        amplifier.setRawPrescanBBox(box(0, 0, 1, 4))
        builder.append(amplifier)
    return camera.finish()[3]


def raw_boxes(amplifier: Amplifier) -> list[tuple[int, int]]:
    """Return the smallest coordinates of each raw box."""
    boxes = (
        amplifier.getRawBBox(),
        amplifier.getRawDataBBox(),
        amplifier.getRawHorizontalOverscanBBox(),
        amplifier.getRawVerticalOverscanBBox(),
        amplifier.getRawPrescanBBox(),
    )
    return [tuple(each.getMin()) for each in boxes]


@pytest.mark.parametrize(
    ("options", "corner", "minima", "difference"),
    [
        (
            {},
            ReadoutCorner.UR,
            [(-122, 255), (282, 282), (228, 282), (282, 454), (418, 255)],
            Cmp.SHIFTED | Cmp.FLIPPED_X,
        ),
        (
            {"outOffset": Extent2I(7, 8)},
            ReadoutCorner.UR,
            [(-129, 247), (275, 274), (221, 274), (275, 446), (411, 247)],
            Cmp.SHIFTED | Cmp.FLIPPED_X,
        ),
        (
            {"outFlipX": True},
            ReadoutCorner.UL,
            [(-122, 255), (-99, 282), (53, 282), (-99, 454), (-117, 255)],
            Cmp.SHIFTED,
        ),
        (
            {"outFlipY": True},
            ReadoutCorner.LR,
            [(-122, 255), (282, 550), (228, 550), (282, 679), (418, 577)],
            Cmp.ASSEMBLY_DIFFERS,
        ),
        (
            {"outOffset": Extent2I(1, 2), "outFlipX": True, "outFlipY": True},
            ReadoutCorner.LL,
            [(-123, 253), (-100, 548), (52, 548), (-100, 677), (-118, 575)],
            Cmp.SHIFTED | Cmp.FLIPPED_Y,
        ),
    ],
)
def test_amplifiers_in_other_images(
    options: dict[str, Any], corner: ReadoutCorner, minima: list[tuple[int, int]], difference: Cmp
) -> None:
    amplifier = made_amplifier()
    builder = amplifier.rebuild()
    assert builder.transform(**options) is builder
    there = builder.finish()
    assert (there.getReadoutCorner(), raw_boxes(there)) == (corner, minima)
    assert (there.getRawFlipX(), there.getRawFlipY()) == (
        options.get("outFlipX", False),
        options.get("outFlipY", False),
    )
    assert there.getRawXYOffset() == options.get("outOffset", Extent2I(0, 0))
    assert there.getRawDataBBox().getDimensions() == amplifier.getRawDataBBox().getDimensions()
    assert amplifier.compareGeometry(there) is there.compareGeometry(amplifier) is difference
    assert amplifier.compareGeometry(there, regions=False) is difference
    assert amplifier.compareGeometry(there, assembly=False) is Cmp.REGIONS_DIFFER
    back = there.rebuild().transform(outOffset=Extent2I(-97, 253), outFlipX=True).finish()
    assert (raw_boxes(back), back.getReadoutCorner()) == (raw_boxes(amplifier), ReadoutCorner.UL)


@pytest.mark.parametrize(
    ("change", "value", "differences"),
    [
        (
            "setRawXYOffset",
            Extent2I(-97, 254),
            (Cmp.SHIFTED_Y | Cmp.REGIONS_DIFFER, Cmp.EQUAL, Cmp.SHIFTED_Y),
        ),
        ("setRawFlipX", False, (Cmp.FLIPPED_X | Cmp.REGIONS_DIFFER, Cmp.EQUAL, Cmp.FLIPPED_X)),
        ("setRawPrescanBBox", box(-20, 2, 6, 307), (Cmp.REGIONS_DIFFER, Cmp.REGIONS_DIFFER, Cmp.EQUAL)),
        ("setBBox", box(0, 0, 1, 1), (Cmp.EQUAL, Cmp.EQUAL, Cmp.EQUAL)),
        ("setReadoutCorner", ReadoutCorner.LL, (Cmp.EQUAL, Cmp.EQUAL, Cmp.EQUAL)),
        ("setGain", 3.0, (Cmp.EQUAL, Cmp.EQUAL, Cmp.EQUAL)),
    ],
)
def test_geometries_are_compared(change: str, value: Any, differences: tuple[Cmp, Cmp, Cmp]) -> None:
    amplifier = made_amplifier()
    other = amplifier.rebuild()
    getattr(other, change)(value)
    found = (
        amplifier.compareGeometry(other),
        amplifier.compareGeometry(other, assembly=False),
        amplifier.compareGeometry(other, regions=False),
    )
    assert found == differences
    assert amplifier.compareGeometry(other, assembly=False, regions=False) is Cmp.EQUAL


def test_images_are_assembled() -> None:
    detector = made_detector()
    image, raw = ImageF(detector.getBBox()), ImageF(WHOLE)
    for amplifier, pixels in zip(detector, RAW, strict=True):
        assembleAmplifierImage(image, pixels, amplifier)
        assembleAmplifierRawImage(raw, pixels, amplifier)
    assert image.array[:2].tolist() == [[1, 2, 3, 103, 102, 101], [7, 8, 9, 109, 108, 107]]
    assert raw.array[1].tolist() == [*range(6, 12), *range(111, 105, -1)]
    masked, there = MaskedImageF(RAW[0]), MaskedImageF(detector.getBBox())
    masked.variance.set(3.0)
    masked.mask.set(5)
    assembleAmplifierImage(there, masked, detector["b"])
    assert there.image.array[0].tolist() == [0, 0, 0, 3, 2, 1]
    assert (there.variance.array[0].tolist(), there.mask.array[0].tolist()) == (
        [0, 0, 0, 3, 3, 3],
        [0, 0, 0, 5, 5, 5],
    )
    assembleAmplifierImage(image, ImageD(RAW[0], True), detector["a"])
    for wrong in (
        lambda: assembleAmplifierImage(image, ImageF(3, 3), detector[0]),
        lambda: assembleAmplifierImage(ImageF(2, 2), RAW[0], detector[0]),
        lambda: assembleAmplifierRawImage(ImageF(7, 5), RAW[1], detector[1]),
    ):
        with pytest.raises(LengthError):
            wrong()
    with pytest.raises(AttributeError, match="give both the same type"):
        assembleAmplifierImage(there, RAW[0], detector[0])


def test_the_detector_of_an_assembled_image() -> None:
    updated = makeUpdatedDetector(made_detector())
    assert (updated.getName(), updated.getId(), len(updated)) == ("det", 3, 2)
    assert raw_boxes(updated["a"]) == raw_boxes(made_detector()["a"])
    assert raw_boxes(updated["b"]) == [(6, 0), (8, 0), (6, 0), (8, 4), (11, 0)]
    assert (updated["b"].getRawFlipX(), updated["b"].getReadoutCorner()) == (False, ReadoutCorner.LL)


def exposure_of(image: ImageF) -> ExposureF:
    exposure = ExposureF(MaskedImageF(image))
    exposure.setDetector(makeUpdatedDetector(made_detector()))
    exposure.getMetadata().set("X", 1)
    exposure.info.setId(7)
    exposure.setFilter(FilterLabel("r"))
    return exposure


def test_amplifiers_are_isolated() -> None:
    detector = made_detector()
    raw, image = ImageF(WHOLE), ImageF(detector.getBBox())
    for amplifier, pixels in zip(detector, RAW, strict=True):
        assembleAmplifierRawImage(raw, pixels, amplifier)
        assembleAmplifierImage(image, pixels, amplifier)
    exposure = exposure_of(raw)
    for amplifier in (detector["b"], exposure.getDetector()["b"]):
        part = AmplifierIsolator.apply(exposure, amplifier)
        order = 1 if amplifier.getRawFlipX() else -1
        np.testing.assert_array_equal(part.image.array, RAW[1].array[:, ::order])
        assert part.getBBox() == box(6, 0, 6, 5)
        assert (part.getMetadata().toDict(), part.info.getId(), part.getFilter()) == (
            {"X": 1},
            7,
            FilterLabel("r"),
        )
        assert [each.getName() for each in part.getDetector()] == ["b"]
        assert part.getDetector().getBBox() == amplifier.getBBox()
        assert raw_boxes(part.getDetector()[0]) == raw_boxes(amplifier)
    trimmed = AmplifierIsolator.apply(exposure_of(image), detector["b"])
    assert (trimmed.getBBox(), trimmed.image.array[0].tolist()) == (box(3, 0, 3, 4), [101, 102, 103])
    part.image.set(0.0)
    assert exposure.image.array.any()


def test_parts_by_box_and_amplifiers_that_do_not_fit() -> None:
    detector = made_detector()
    isolator = AmplifierIsolator(detector["b"], WHOLE, makeUpdatedDetector(detector))
    image = ImageF(np.arange(60, dtype=np.float32).reshape(5, 12))
    part = isolator.transform_subimage(image[isolator.subimage_bbox])
    assert isolator.subimage_bbox == box(6, 0, 6, 5) == part.getBBox()
    assert part.array[0].tolist() == [11, 10, 9, 8, 7, 6] and image.array[0, 6] == 6
    with pytest.raises(LengthError):
        AmplifierIsolator.apply(exposure_of(ImageF(5, 5)), detector["a"])
    other = detector["b"].rebuild()
    other.setRawBBox(box(0, 0, 7, 5))
    with pytest.raises(ValueError, match="other regions"):
        AmplifierIsolator(other.finish(), WHOLE, detector)
    other.setName("c")
    with pytest.raises(InvalidParameterError, match="no amplifier 'c'"):
        AmplifierIsolator(other.finish(), WHOLE, detector)


def test_crosstalk_is_that_of_all_amplifiers() -> None:
    builder = made_detector().rebuild()
    builder.setCrosstalk(np.ones((2, 2), np.float32))
    detector = builder.finish()
    assert makeUpdatedDetector(detector).hasCrosstalk()
    assert not AmplifierIsolator(detector["a"], WHOLE, detector).make_detector().hasCrosstalk()
