"""Exposures: construction, copies, parts, places on the sky."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from astropy import units

from lsst.afw.image import (
    LOCAL,
    Exposure,
    ExposureD,
    ExposureF,
    ExposureI,
    ExposureInfo,
    ExposureU,
    FilterLabel,
    MaskedImageD,
    MaskedImageF,
    makeExposure,
)
from lsst.daf.base import PropertyList
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.pex.exceptions import InvalidParameterError, LengthError, LogicError
from stacklite_support.golden import own_file
from stacklite_support.made_exposures import BOX, make_exposure, make_wcs


@pytest.mark.parametrize(
    ("arguments", "box"),
    [
        ((), Box2I(Point2I(0, 0), Extent2I(0, 0))),
        ((3, 4), Box2I(Point2I(0, 0), Extent2I(3, 4))),
        ((Extent2I(3, 4),), Box2I(Point2I(0, 0), Extent2I(3, 4))),
        ((BOX,), BOX),
        ((MaskedImageF(BOX),), BOX),
    ],
)
def test_constructors(arguments: Any, box: Any) -> None:
    exposure = ExposureF(*arguments)
    assert exposure.getBBox() == box
    assert exposure.getWcs() is None
    assert not exposure.hasPsf()
    assert exposure.getInfo().getVisitInfo() is None
    assert isinstance(exposure.getMetadata(), PropertyList)
    if arguments:
        wcs = make_wcs()
        assert ExposureF(*arguments, wcs).getWcs() is wcs


def test_other_types_are_refused() -> None:
    with pytest.raises(TypeError):
        ExposureD(MaskedImageF(BOX))
    assert isinstance(makeExposure(MaskedImageF(BOX)), ExposureF)
    assert isinstance(Exposure(BOX, dtype=np.float64), ExposureD)
    assert ExposureF(BOX).convertD().getBBox() == BOX


def test_copies_share_components_and_copy_metadata_only_when_deep() -> None:
    exposure = ExposureF(BOX, make_wcs())
    exposure.metadata["A"] = 1
    for clone, deep in (
        (ExposureF(exposure), False),
        (exposure.clone(), True),
        (copy.deepcopy(exposure), True),
    ):
        clone.image.set(2)
        clone.metadata["A"] = 2
        clone.setFilter(FilterLabel.fromBand("r"))
        assert clone.getWcs() is exposure.getWcs()
        assert exposure.getFilter() is None
        assert exposure.metadata["A"] == (1 if deep else 2)
        assert exposure.image.array.max() == (0 if deep else 2)
        exposure.metadata["A"], exposure.image.array[:] = 1, 0


def test_pickle_keeps_approximation_of_wcs() -> None:
    wcs = make_wcs().copyWithFitsApproximation(make_wcs())
    assert not pickle.loads(pickle.dumps(wcs)).hasFitsApproximation()
    other = pickle.loads(pickle.dumps(ExposureF(BOX, wcs)))
    assert other.getWcs() == wcs
    assert other.getWcs().getFitsApproximation() == make_wcs()


def test_sub_exposure_shares_pixels() -> None:
    exposure = ExposureF(BOX, make_wcs())
    box = Box2I(Point2I(-4, 11), Extent2I(2, 2))
    part = exposure[box]
    part.mask.set(5)
    assert exposure.mask[Point2I(-4, 11)] == 5
    assert part.getXY0() == Point2I(-4, 11)
    assert part.getWcs() is exposure.getWcs()
    assert ExposureF(exposure, Box2I(Point2I(1, 1), Extent2I(2, 2)), LOCAL).getBBox() == box
    with pytest.raises(LengthError):
        exposure[Box2I(Point2I(0, 0), Extent2I(9, 9))]


def test_moving_the_origin_moves_the_wcs() -> None:
    exposure = ExposureF(BOX, make_wcs())
    before = exposure.getWcs().pixelToSky(Point2D(-5, 10))
    exposure.setXY0(Point2I(0, 0))
    assert exposure.getBBox().getMin() == Point2I(0, 0)
    assert exposure.getWcs().pixelToSky(Point2D(0, 0)).separation(before).asArcseconds() < 1e-6


def test_cutout() -> None:
    exposure = make_exposure()
    center = Point2D(25.0, 40.0)
    for where in (center, Point2I(center), exposure.wcs.pixelToSky(center)):
        cutout = exposure.getCutout(where, Extent2I(5, 7))
        box = Box2I(Point2I(23, 37), Extent2I(5, 7))
        assert cutout.getBBox() == box
        assert (cutout.image.array == exposure.image[box].array).all()
        assert cutout.wcs is exposure.wcs
    cutout.image.set(0.0)
    cutout.metadata["KEY"] = 2
    assert exposure.image[25, 40] == 615.0
    assert exposure.metadata["KEY"] == 1


@pytest.mark.parametrize(("cls", "unknown"), [(ExposureF, np.nan), (ExposureI, 0)])
def test_cutout_beyond_the_edge(cls: Any, unknown: Any) -> None:
    exposure = make_exposure(cls)
    cutout = exposure.getCutout(Point2I(10, 20), Extent2I(5, 5))
    assert cutout.getBBox() == Box2I(Point2I(8, 18), Extent2I(5, 5))
    no_data = cutout.mask.getPlaneBitMask("NO_DATA")
    inside = np.zeros((5, 5), bool)
    inside[2:, 2:] = True
    np.testing.assert_array_equal(cutout.image.array[~inside], unknown)
    assert (cutout.mask.array[~inside] == no_data).all()
    assert np.isposinf(cutout.variance.array[~inside]).all()
    assert (cutout.image.array[2:, 2:] == exposure.image.array[:3, :3]).all()
    assert (cutout.mask.array[inside] == 0).all()


def test_cutouts_that_cannot_be() -> None:
    exposure = make_exposure()
    for center, size in ((Point2D(0, 0), Extent2I(3, 3)), (Point2D(20, 30), Extent2I(0, 3))):
        with pytest.raises(InvalidParameterError):
            exposure.getCutout(center, size)
    position = exposure.wcs.pixelToSky(Point2D(20, 30))
    exposure.setWcs(None)
    with pytest.raises(LogicError, match="no WCS"):
        exposure.getCutout(position, Extent2I(3, 3))
    assert exposure.getConvexPolygon() is None
    with pytest.raises(ValueError, match="no WCS"):
        exposure.containsSkyCoords([30] * units.deg, [40] * units.deg)


def test_region_on_the_sky() -> None:
    exposure = make_exposure()
    for padding in (0, 10):
        points = [
            exposure.wcs.pixelToSky(Point2D(x, 40.0)) for x in (8.5 - padding, 10.5 - padding, 39.0 + padding)
        ]
        region = exposure.getConvexPolygon(padding)
        expected = [False, True, True]
        assert [region.contains(p.getVector()) for p in points] == expected
        ra = [p.getRa().asDegrees() for p in points] * units.deg
        dec = [p.getDec().asRadians() for p in points] * units.rad
        assert exposure.containsSkyCoords(ra, dec, padding).tolist() == expected
    assert exposure.containsSkyCoords(30 * units.deg, 40 * units.deg).tolist() == [True]


# An exposure with every component, whose box does not begin at (0, 0).
FULL = own_file("exposure_full_xy0.fits")
PART = Box2I(Point2I(-10, 1010), Extent2I(5, 7))


def test_planes_and_infos_of_exposures() -> None:
    exposure, other = ExposureF(FULL), MaskedImageF(PART)
    assert exposure.getMaskedImage() is exposure.maskedImage
    exposure.setMaskedImage(other)
    assert exposure.maskedImage is other and exposure.getBBox() == PART
    with pytest.raises(TypeError, match="cannot hold MaskedImageD"):
        exposure.setMaskedImage(MaskedImageD(PART))
    info = ExposureInfo()
    exposure.setInfo(info)
    assert exposure.info is exposure.getInfo() is info and exposure.wcs is None
    assert repr(exposure) == f"ExposureF(bbox={PART})"


@pytest.mark.parametrize("kind", [ExposureU, ExposureI, ExposureF, ExposureD])
def test_exposures_of_other_types(kind: Any) -> None:
    exposure = kind(PART)
    exposure.maskedImage.set(3, 4, 5.0)
    exposure.info.setId(8)
    exposure.metadata["A"] = 1
    for converted, dtype in ((exposure.convertF(), np.float32), (exposure.convertD(), np.float64)):
        assert converted.image.array.dtype == dtype
        assert converted[Point2I(-10, 1010)] == (3.0, 4, 5.0)
        assert converted.info.id == 8
        converted.metadata["A"] = 2
    assert exposure.metadata["A"] == 1, "metadata are copied"


def test_pixels_of_exposures() -> None:
    exposure, part = ExposureF(FULL), ExposureF(PART)
    part.maskedImage.set(1, 2, 3.0)
    exposure[PART] = part
    assert exposure[Point2I(-10, 1010)] == (1.0, 2, 3.0)
    assert exposure[PART].wcs is exposure.wcs
    exposure[Point2I(-10, 1010)] = (7.0, 8, 9.0)
    assert exposure.maskedImage[Point2I(-10, 1010)] == (7.0, 8, 9.0)
    exposure.maskedImage[Point2I(-10, 1010)] = 5.0
    assert exposure[Point2I(-10, 1010)] == (5.0, 0, 0.0), "a number has no mask and no variance"
    exposure[PART] = 6.0
    planes = (exposure[PART].image, exposure[PART].mask, exposure[PART].variance)
    assert [(p.array.min(), p.array.max()) for p in planes] == [(6, 6), (0, 0), (0, 0)]


def test_regions_are_ten_pixels_wider() -> None:
    exposure = ExposureF(FULL)
    default, ten, none = (exposure.getConvexPolygon(*args) for args in ((), (10,), (0,)))
    assert default == ten != none
    corner = exposure.getBBox().getMin() - Extent2I(8, 8)
    position = exposure.wcs.pixelToSky(Point2D(corner))
    ra, dec = (angle.asRadians() * units.rad for angle in position)
    assert exposure.containsSkyCoords(ra, dec).tolist() == [True]
    assert exposure.containsSkyCoords(ra, dec, padding=7).tolist() == [False]
    exposure.setWcs(None)
    assert exposure.getConvexPolygon() is None
    with pytest.raises(ValueError, match="no WCS"):
        exposure.containsSkyCoords(ra, dec)
