"""Masks and their planes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.image import Mask, MaskX
from lsst.afw.image._mask_bits import translate_bits
from lsst.afw.image._mask_planes import restore_default_planes
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import InvalidParameterError
from stacklite_support.made_images import BOX


def test_default_planes() -> None:
    assert Mask(1, 1).getMaskPlaneDict() == {
        "BAD": 0,
        "SAT": 1,
        "INTRP": 2,
        "CR": 3,
        "EDGE": 4,
        "DETECTED": 5,
        "DETECTED_NEGATIVE": 6,
        "SUSPECT": 7,
        "NO_DATA": 8,
        "VIGNETTED": 9,
        "STREAK": 10,
    }
    assert Mask.getPlaneBitMask("CR") == 8
    assert Mask.getPlaneBitMask(["BAD", "NO_DATA"]) == 257
    assert Mask.getPlaneBitMask([]) == 0
    with pytest.raises(InvalidParameterError, match="CROSSTALK"):
        Mask.getPlaneBitMask(["BAD", "CROSSTALK"])


def test_bits_come_from_the_default_dictionary() -> None:
    """C9: not from the planes of the mask that is asked."""
    mask = Mask(1, 1, planeDefs={"BAD": 5})
    assert mask.getMaskPlaneDict() == {"BAD": 5}
    assert mask.getPlaneBitMask("BAD") == 1


def test_planes_are_added_to_masks_that_exist_but_removed_only_from_the_default() -> None:
    mask = Mask(1, 1)
    assert Mask.addMaskPlane("NEW") == 11
    assert Mask.addMaskPlane("NEW") == 11
    assert mask.getMaskPlaneDict()["NEW"] == 11
    Mask.removeMaskPlane("CR")
    assert "CR" in mask.getMaskPlaneDict()
    with pytest.raises(InvalidParameterError):
        Mask.getMaskPlane("CR")
    assert Mask.addMaskPlane("OTHER") == 3
    for i in range(Mask.getNumPlanesMax() - Mask.getNumPlanesUsed()):
        Mask.addMaskPlane(f"P{i}")
    with pytest.raises(pex_exceptions.RuntimeError):
        Mask.addMaskPlane("ONE_TOO_MANY")
    assert Mask.getPlaneBitMask(f"P{i}") == -(2**31)


def test_mask_arithmetic_and_interpretation() -> None:
    mask = Mask(2, 1)
    mask |= mask.getPlaneBitMask("SAT")
    mask |= Mask(Box2I(Point2I(0, 0), Extent2I(2, 1)), 1)
    assert mask.array.tolist() == [[3, 3]]
    assert Mask.interpret(mask[0, 0]) == "BAD,SAT"
    mask &= 0xFFFFFFFE
    assert mask.array.tolist() == [[2, 2]]
    mask ^= 6
    mask.clearMaskPlane(2)
    assert mask.array.tolist() == [[0, 0]]
    mask.array[:] = 9
    mask.removeAndClearMaskPlane("CR")
    assert mask.array.tolist() == [[1, 1]]
    assert "CR" not in mask.getMaskPlaneDict()


def test_bits_are_translated_at_once() -> None:
    pixels = np.array([[1, 2, 3, 4, -(2**31)]], np.int32)
    translate_bits(pixels, {0: 1, 1: 0, 31: 5})
    assert pixels.tolist() == [[2, 1, 3, 4, 32]]


def test_planes_of_a_file_are_translated_when_it_is_read(tmp_path: Path) -> None:
    path = str(tmp_path / "mask.fits")
    Mask.clearMaskPlaneDict()
    Mask.addMaskPlane("STRANGE")
    Mask.addMaskPlane("BAD")
    mask = Mask(2, 1)
    mask.array = [[1, 2]]
    mask.writeFits(path)
    restore_default_planes()
    read = MaskX.readFits(path)
    assert read.array.tolist() == [[2048, 1]]
    assert read.getMaskPlaneDict()["STRANGE"] == Mask.getMaskPlane("STRANGE") == 11
    assert MaskX(path, conformMasks=True).array.tolist() == [[1, 2]]
    assert Mask.getMaskPlane("BAD") == 1


def test_planes_of_masks_are_cleared_and_forgotten() -> None:
    mask = MaskX(BOX, Mask.getPlaneBitMask(["SAT", "CR"]))
    mask.removeAndClearMaskPlane("SAT")
    assert "SAT" not in mask.getMaskPlaneDict() and Mask.getMaskPlane("SAT") == 1
    assert (mask.array == Mask.getPlaneBitMask("CR")).all()
    mask.removeAndClearMaskPlane("CR", removeFromDefault=True)
    assert not mask.array.any()
    for unknown in (lambda: Mask.getMaskPlane("CR"), lambda: mask.removeAndClearMaskPlane("CR")):
        with pytest.raises(pex_exceptions.InvalidParameterError, match="'CR'"):
            unknown()
    mask.set(-1)
    mask.clearAllMaskPlanes()
    assert not mask.array.any()


def test_masks_of_another_dictionary() -> None:
    mask = MaskX(BOX, planeDefs={"CR": 0, "MINE": 1})
    mask.array[0, :3] = [1, 2, 3]
    other = MaskX(BOX, 1)
    with pytest.raises(pex_exceptions.RuntimeError, match="disagree"):
        mask |= other
    with pytest.raises(pex_exceptions.RuntimeError, match="share a bit"):
        mask.conformMaskPlanes({"CR": 0, "MINE": 0})
    mask.conformMaskPlanes(mask.getMaskPlaneDict())
    assert [mask.getAsString(x, 0) for x in range(4)] == ["CR", "MINE", "CR,MINE", ""]
    mask |= other
    assert mask.getAsString(0, 0) == "BAD,CR" and Mask.getMaskPlane("MINE") == 11
