"""Names of mask planes that change while masks exist. The values are those of the real stack."""

from __future__ import annotations

import pickle

import pytest

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.image import Mask
from lsst.daf.base import PropertyList
from lsst.geom import Box2I, Extent2I, Point2I


def test_clearing_the_names_empties_masks_that_share_them() -> None:
    shared, own = Mask(3, 3), Mask(2, 2, {"A": 3})
    Mask.clearMaskPlaneDict()
    assert (shared.getMaskPlaneDict(), Mask(1, 1).getMaskPlaneDict()) == ({}, {})
    Mask.addMaskPlane("H1")
    assert (shared.getMaskPlaneDict(), own.getMaskPlaneDict()) == ({"H1": 0}, {"A": 3, "H1": 0})


def test_new_names_reach_all_masks_where_name_and_bit_are_free() -> None:
    mask = Mask(3, 3)
    Mask.addMaskPlane("G1")
    mask.removeAndClearMaskPlane("G1")
    Mask.addMaskPlane("G2")
    assert mask.getMaskPlaneDict().get("G2") == 12 and "G1" not in mask.getMaskPlaneDict()
    bit_taken, free, name_taken = Mask(2, 2, {"A": 13}), Mask(2, 2, {"B": 3}), Mask(2, 2, {"G3": 3})
    copied = pickle.loads(pickle.dumps(free))
    Mask.addMaskPlane("G3")
    assert bit_taken.getMaskPlaneDict() == {"A": 13}
    assert free.getMaskPlaneDict() == copied.getMaskPlaneDict() == {"B": 3, "G3": 13}
    assert name_taken.getMaskPlaneDict() == {"G3": 3}


def test_removed_names_stay_in_masks_that_exist() -> None:
    Mask.addMaskPlane("G1")
    mask = Mask(1, 1)
    Mask.removeMaskPlane("G1")
    assert "G1" in mask.getMaskPlaneDict() and "G1" not in Mask(1, 1).getMaskPlaneDict()


def test_names_that_a_mask_lost_come_back_when_they_are_added_again() -> None:
    Mask.addMaskPlane("G1")
    mask, other = Mask(2, 2), Mask(2, 2)
    mask.removeAndClearMaskPlane("G1")
    assert "G1" not in mask.getMaskPlaneDict() and "G1" in Mask(1, 1).getMaskPlaneDict()
    for left, right in ((mask, other), (other, mask)):
        with pytest.raises(pex_exceptions.RuntimeError):
            left |= right
    assert Mask.addMaskPlane("G1") == mask.getMaskPlaneDict()["G1"] == 11
    mask |= other


def test_the_default_names_say_which_plane_is_cleared_and_forgotten() -> None:
    Mask.clearMaskPlaneDict()
    for name in ("A", "B"):
        Mask.addMaskPlane(name)
    own, shared, other = Mask(1, 1), Mask(1, 1), Mask(1, 1)
    own.removeAndClearMaskPlane("B")
    own.set(2)
    own.removeAndClearMaskPlane("B")
    assert own.array.tolist() == [[0]] and own.getMaskPlaneDict() == {"A": 0}
    shared.removeAndClearMaskPlane("B", removeFromDefault=True)
    assert shared.getMaskPlaneDict() == other.getMaskPlaneDict() == Mask(1, 1).getMaskPlaneDict() == {"A": 0}
    with pytest.raises(pex_exceptions.InvalidParameterError, match="'B'"):
        own.removeAndClearMaskPlane("B")


def test_planes_in_metadata(capsys: pytest.CaptureFixture[str]) -> None:
    Mask.clearMaskPlaneDict()
    for name in ("BAD", "X"):
        Mask.addMaskPlane(name)
    metadata = PropertyList()
    Mask.addMaskPlanesToMetadata(metadata)
    assert metadata.toDict() == {"MP_BAD": 0, "MP_X": 1}
    metadata.set("FOO", 3)
    assert Mask.parseMaskPlaneMetadata(metadata) == {"BAD": 0, "X": 1}
    assert Mask.parseMaskPlaneMetadata(PropertyList()) == {}
    metadata.addInt("MP_Whatever", 2)
    mask = Mask(1, 1)
    mask.conformMaskPlanes(Mask.parseMaskPlaneMetadata(metadata))
    assert mask.getMaskPlaneDict() == Mask(1, 1).getMaskPlaneDict() == {"BAD": 0, "Whatever": 2, "X": 1}
    Mask.removeMaskPlane("Whatever")
    Mask(1, 1).printMaskPlanes()
    assert capsys.readouterr().out == "Plane 0 -> BAD\nPlane 1 -> X\n"


def test_bits_of_a_part_of_a_row() -> None:
    mask = Mask(Box2I(Point2I(10, 10), Extent2I(4, 3)))
    mask.setMaskPlaneValues(1, 1, 2, 1)
    assert mask.array.tolist() == [[0, 0, 0, 0], [0, 2, 2, 0], [0, 0, 0, 0]]
    with pytest.raises(pex_exceptions.InvalidParameterError, match="40"):
        mask.setMaskPlaneValues(40, 1, 2, 1)
    with pytest.raises(pex_exceptions.LengthError):
        mask.setMaskPlaneValues(1, 11, 12, 11)


def test_masks_are_exchanged() -> None:
    first, second = Mask(2, 2), Mask(Box2I(Point2I(1, 1), Extent2I(1, 1)), {"A": 3})
    second.set(8)
    names = first.getMaskPlaneDict()
    first.swap(second)
    assert (first.getMaskPlaneDict(), first.array.tolist(), first.getXY0()) == (
        {"A": 3},
        [[8]],
        Point2I(1, 1),
    )
    assert (second.getMaskPlaneDict(), second.array.shape) == (names, (2, 2))
