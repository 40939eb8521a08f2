"""Mappings, frames and channels of AST under the names of the stack.

Texts and numbers are those of the stack's ``astshim``.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import astshim
from lsst.afw.cameraGeom import Camera
from stacklite_support.paths import REFERENCE_VISIT
from stacklite_support.wcs_makers import tan_wcs

SHOWN = """ Begin CmpMap \t# Compound Mapping
    Nin = 2 \t# Number of input coordinates
 IsA Mapping \t# Mapping between coordinate systems
    MapA = \t# First component Mapping
       Begin ShiftMap \t# Shift each coordinate axis
          Nin = 2 \t# Number of input coordinates
       IsA Mapping \t# Mapping between coordinate systems
          Sft1 = 0.5 \t# Shift for axis 1
          Sft2 = 2 \t# Shift for axis 2
       End ShiftMap
    MapB = \t# Second component Mapping
       Begin ZoomMap \t# Zoom about the origin
          Nin = 2 \t# Number of input coordinates
       IsA Mapping \t# Mapping between coordinate systems
          Zoom = 3 \t# Zoom factor
       End ZoomMap
 End CmpMap
"""


def shift_and_zoom() -> astshim.SeriesMap:
    return astshim.ShiftMap([0.5, 2.0]).then(astshim.ZoomMap(2, 3.0))


def two_frames() -> astshim.FrameDict:
    first, second = astshim.Frame(2, "Domain=FIRST"), astshim.Frame(2, "Domain=SECOND")
    return astshim.FrameDict(first, shift_and_zoom(), second)


def test_text_is_that_of_the_stack() -> None:
    mapping = shift_and_zoom()
    assert mapping.show() == SHOWN
    assert mapping.show(False).splitlines() == [line.split(" \t")[0] for line in SHOWN.splitlines()]
    for text in (SHOWN, mapping.show(showComments=False)):
        assert astshim.Mapping.fromString(text) == mapping
    assert (str(mapping), repr(mapping)) == ("SeriesMap", "astshim.SeriesMap")


@pytest.mark.parametrize("text", ["", "junk", SHOWN[:300], SHOWN.replace("ZoomMap", "MathMap")])
def test_texts_that_are_no_object(text: str) -> None:
    with pytest.raises(RuntimeError, match="not a readable AST object"):
        astshim.Object.fromString(text)


def test_points_keep_their_form() -> None:
    mapping = shift_and_zoom()
    assert_allclose(mapping.applyForward([1.0, 2.0]), [4.5, 12.0])
    points = np.array([[1.0, 2.0, np.nan], [3.0, 4.0, 5.0]])
    found = mapping.applyForward(points)
    assert_allclose(found, [[4.5, 7.5, np.nan], [15.0, 18.0, 21.0]])
    assert_allclose(mapping.applyInverse(found), points)
    assert_allclose(mapping.inverted().applyForward(found), points)
    for wrong in ([1.0, 2.0, 3.0], np.zeros((3, 2))):
        with pytest.raises(RuntimeError, match="2 coordinates each"):
            mapping.applyForward(wrong)


def test_properties_and_parts() -> None:
    mapping = shift_and_zoom()
    assert (mapping.nIn, mapping.nOut, mapping.hasForward, mapping.hasInverse) == (2, 2, True, True)
    assert mapping.series and not mapping.isInverted and mapping.inverted().isInverted
    assert [type(part) for part in (mapping[0], mapping[1])] == [astshim.ShiftMap, astshim.ZoomMap]
    assert len(mapping) == 2
    simple = mapping.simplified()
    assert (simple.className, type(simple)) == ("WinMap", astshim.Mapping)
    assert simple.isSimple and simple.isLinear
    assert mapping.rate([0.0, 0.0], 1, 1) == pytest.approx(3.0)
    assert_allclose(mapping.linearApprox([0, 0], [1, 1], 0.1), [[1.5, 6], [3, 0], [0, 3]], atol=1e-12)
    beside = mapping.under(astshim.UnitMap(1))
    assert (type(beside), beside.nIn, beside.series) == (astshim.ParallelMap, 3, False)
    with pytest.raises(RuntimeError, match="AST"):
        mapping.then(astshim.UnitMap(3))


def test_polynomials_and_matrices() -> None:
    terms = np.array([[1.0, 1, 2, 0], [3.0, 1, 0, 1]])
    polynomial = astshim.PolyMap(terms, 2)
    assert (polynomial.nOut, polynomial.hasInverse) == (2, False)
    assert_array_equal(polynomial.applyForward([2.0, 5.0]), [19.0, 0.0])
    with pytest.raises(RuntimeError, match="not sufficiently linear|no linear mapping"):
        polynomial.linearApprox([0, 0], [9, 9], 1e-3)
    both = astshim.PolyMap(np.array([[2.0, 1, 1]]), np.array([[0.5, 1, 1]]))
    assert both.applyInverse([4.0]) == [2.0]
    assert astshim.MatrixMap(np.array([[0.0, 1.0], [2.0, 0.0]])).applyForward([3.0, 5.0]) == [5.0, 6.0]
    assert astshim.MatrixMap(diag=[2.0, 3.0]).applyForward([1.0, 1.0]) == [2.0, 3.0]
    with pytest.raises(RuntimeError, match="not finite"):
        astshim.MatrixMap(np.array([[np.nan]]))


def test_frames() -> None:
    frame = astshim.Frame(2, "Domain=CCD, Ident=A")
    frame.setUnit(1, "pix")
    frame.setLabel(1, "x")
    frame.setSymbol(1, "X")
    frame.setTop(1, 9.0)
    frame.title = "Pixels"
    assert (frame.nAxes, frame.domain, frame.ident, frame.title) == (2, "CCD", "A", "Pixels")
    assert (frame.getUnit(1), frame.getLabel(1), frame.getSymbol(1), frame.getTop(1)) == ("pix", "x", "X", 9)
    assert frame.getBottom(1) < -1e300
    with pytest.raises(RuntimeError, match="AST"):
        frame.getUnit(3)
    sky = astshim.SkyFrame("System=FK5, SkyRef(1)=1.5")
    assert (sky.system, sky.lonAxis, sky.latAxis, sky.getSkyRef()) == ("FK5", 1, 2, [1.5, 0.0])
    pair = astshim.CmpFrame(sky, frame)
    assert (pair.nAxes, len(pair), type(pair[0]), pair[1].domain) == (4, 2, astshim.SkyFrame, "CCD")


def test_sets_of_frames() -> None:
    frames = two_frames()
    assert (frames.nFrame, frames.base, frames.current, frames.domain) == (2, 1, 2, "SECOND")
    assert frames.getAllDomains() == {"FIRST", "SECOND"}
    assert frames.getMapping() == frames.getMapping(1, 2) == frames.getMapping("FIRST", "SECOND")
    frames.addFrame("FIRST", astshim.UnitMap(2), astshim.Frame(2, "Domain=THIRD"))
    assert (frames.getIndex("THIRD"), frames.current) == (3, 3)
    frames.setCurrent("SECOND")
    frames.setBase(3)
    frames.setDomain("NEW")
    assert (frames.current, frames.base, frames.hasDomain("NEW")) == (2, 3, True)
    frames.removeFrame("FIRST")
    assert frames.getAllDomains() == {"NEW", "THIRD"}
    assert_allclose(frames.applyForward([1.0, 2.0]), [4.5, 12.0])
    with pytest.raises(IndexError, match="'FIRST'"):
        frames.getFrame("FIRST")
    with pytest.raises(RuntimeError, match="AST"):
        frames.getFrame(7)


def test_copies_share_nothing_and_frames_got_without_a_copy_are_shared() -> None:
    frames = astshim.FrameSet(astshim.Frame(2, "Domain=A"))
    for copied in (frames.copy(), copy.deepcopy(frames), astshim.FrameDict(frames)):
        copied.domain = "B"
    frames.getFrame(frames.BASE).domain = "C"
    assert frames.domain == "A"
    frames.getFrame(1, copy=False).domain = "D"
    assert frames.domain == "D"
    assert frames != astshim.FrameSet(astshim.Frame(2, "Domain=A"))
    with pytest.raises(TypeError, match="unhashable"):
        hash(frames)


def test_channels_write_what_they_read() -> None:
    stream = astshim.StringStream()
    channel = astshim.Channel(stream)
    objects: list[Any] = [shift_and_zoom(), two_frames()]
    assert [channel.write(thing) for thing in objects] == [1, 1]
    assert stream.getSinkData() == objects[0].show() + objects[1].show()
    stream.sinkToSource()
    found = [channel.read(), channel.read()]
    assert found[0] == objects[0]
    assert astshim.FrameDict(found[1]) == objects[1]
    with pytest.raises(RuntimeError, match="empty"):
        channel.read()


def test_fits_cards() -> None:
    wcs = tan_wcs()
    header = wcs.getFitsMetadata().to_astropy_header().tostring(endcard=False)
    channel = astshim.FitsChan(astshim.StringStream(header), "Encoding=FITS-WCS")
    channel.setFitsI("NAXIS1", 100)
    assert "CRVAL1" in channel and "NAXIS1" in channel
    assert len(channel) == channel.nCard == len(list(channel))
    assert {len(card) for card in channel} == {80}
    frames = channel.read()
    # FITS counts pixels from 1.
    assert_allclose(
        frames.applyForward([31.0, 41.0]), wcs.getFrameDict().applyForward([30.0, 40.0]), rtol=1e-13
    )
    out = astshim.FitsChan(astshim.StringStream(), "Encoding=FITS-WCS, CDMatrix=1")
    assert out.write(frames) == 1
    assert out["CTYPE1"] == "RA---TAN"
    assert out.write(astshim.Mapping.fromString(SHOWN)) == 0


def test_transforms_of_a_camera_are_made_of_them() -> None:
    detector = Camera.readFits(str(REFERENCE_VISIT / "camera.fits"))[90]
    for transform in (connection.transform for connection in detector.getTransformMap().getConnections()):
        mapping = transform.getMapping()
        assert isinstance(mapping, astshim.Mapping)
        assert type(transform)(mapping, False).writeString() == transform.writeString()
