"""`PropertyList` as a header of Astropy, and back."""

from __future__ import annotations

import math

import astropy.io.fits
import pytest
from astropy.io.fits.card import Undefined

from lsst.afw.fits import readMetadata
from lsst.daf.base import DateTime, PropertyList
from stacklite_support.paths import REFERENCE_VISIT


def test_cards_keep_their_order_values_and_comments() -> None:
    plist = PropertyList()
    plist.set("OBJECT", "M 31", "target")
    plist.add("GAIN", [1.5, 2.5])
    plist.set("LSST ISR GAIN C00", 1.25, "a long name")
    plist.set("lower", 3)
    plist.add("HISTORY", ["first = 1", "second"])
    plist.set("EMPTY", None, "no value")
    plist.set("FLAG", True)
    header = plist.to_astropy_header()
    assert [(card.keyword, card.value, card.comment) for card in header.cards if card.keyword != "EMPTY"] == [
        ("OBJECT", "M 31", "target"),
        ("GAIN", 1.5, ""),
        ("GAIN", 2.5, ""),
        ("LSST ISR GAIN C00", 1.25, "a long name"),
        ("lower", 3, ""),
        ("HISTORY", "first = 1", ""),
        ("HISTORY", "second", ""),
        ("FLAG", True, ""),
    ]
    assert isinstance(header.cards["EMPTY"].value, Undefined)
    assert header.comments["EMPTY"] == "no value"
    assert "HISTORY first = 1" in [str(card).rstrip() for card in header.cards]


def test_what_a_card_cannot_hold_becomes_what_the_stack_writes() -> None:
    plist = PropertyList()
    plist.add("X", [math.nan, math.inf, -math.inf])
    plist.set("DATE", DateTime("2026-11-29T12:00:37.5", DateTime.TAI))
    plist.set("NEVER", DateTime())
    plist.set("TEXT", "two\nlines")
    plist.set("COMMENT", "x" * 100)
    header = plist.to_astropy_header()
    assert header["X", 0] == "NAN"
    assert (header["X", 1], header["X", 2]) == ("+INFINITY", "-INFINITY")
    assert header["DATE"] == "2026-11-29T12:00:00.500000000Z"
    assert isinstance(header.cards["NEVER"].value, Undefined)
    assert header["TEXT"] == "two lines"
    assert list(header["COMMENT"]) == ["x" * 72, "x" * 28]
    nan, *infinities = PropertyList.from_astropy_header(header).getArray("X")
    assert math.isnan(nan)
    assert infinities == [math.inf, -math.inf]


@pytest.mark.parametrize("cards", [["KEY     =", "KEY     = 1.5"], ["KEY     = 1.5", "KEY     ="]])
def test_no_value_never_hides_a_value(cards: list[str]) -> None:
    header = astropy.io.fits.Header.fromstring("".join(card.ljust(80) for card in cards))
    assert PropertyList.from_astropy_header(header).getArray("KEY") == [1.5]


def test_cards_without_meaning_are_left_out() -> None:
    cards = ["A       = 'no end &", "CONTINUE  'of it&'", "", "B       = / only a comment", "C       = 3"]
    header = astropy.io.fits.Header.fromstring("".join(card.ljust(80) for card in cards))
    plist = PropertyList.from_astropy_header(header)
    assert plist.toList() == [("B", None, "only a comment"), ("C", 3, "")]


def test_metadata_of_an_exposure_survive() -> None:
    metadata = readMetadata(str(REFERENCE_VISIT / "calexp_90.fits"))
    assert len(metadata) > 10
    assert PropertyList.from_astropy_header(metadata.to_astropy_header()) == metadata
