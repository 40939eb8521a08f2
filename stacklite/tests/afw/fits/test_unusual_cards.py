"""Cards of real headers that are not keyword, value and comment in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsst.afw.fits import FitsError, readMetadata
from lsst.afw.image import ExposureF, ImageF
from lsst.daf.base import PropertyList


def _metadata(path: Path, *cards: str) -> PropertyList:
    """Write cards to a file without data, and read them."""
    structure = [
        "SIMPLE  =                    T",
        "BITPIX  =                    8",
        "NAXIS   =                    0",
    ]
    text = "".join(card.ljust(80) for card in [*structure, *cards, "END"])
    (path / "cards.fits").write_bytes(text.ljust(-(-len(text) // 2880) * 2880).encode())
    return readMetadata(path / "cards.fits", strip=True)


# The values are those of the real stack.
@pytest.mark.parametrize(
    ("cards", "values", "comment"),
    [
        (["KEY =   1.5 / one", "KEY =   / two"], [1.5], "one"),
        (["KEY =   / one", "KEY =   1.5 / two"], [1.5], "two"),
        (["KEY =   / one", "KEY =   2 / two", "KEY = / three", "KEY =   4 / four"], [2, 4], "four"),
        (["KEY =   / one", "KEY =   'text' / two"], ["text"], "two"),
        (["KEY =   / one", "KEY =   / two"], [None, None], "two"),
    ],
)
def test_a_keyword_with_and_without_a_value(
    tmp_path: Path, cards: list[str], values: list[Any], comment: str
) -> None:
    found = _metadata(tmp_path, *(card.replace("KEY ", "KEY     ") for card in cards), "NEXT    = 1")
    assert found.getArray("KEY") == values
    assert found.getComment("KEY") == comment
    assert found.getOrderedNames() == ["KEY", "NEXT"]


def test_an_exposure_with_such_a_keyword(tmp_path: Path) -> None:
    exposure = ExposureF(2, 2)
    exposure.metadata.set("ADC-STR", 22.01)
    exposure.writeFits(tmp_path / "e.fits")
    content = (tmp_path / "e.fits").read_bytes()
    card = content.index(b"ADC-STR ")
    assert content[card + 80 : card + 160].strip()
    changed = content[: card + 80] + b"ADC-STR =".ljust(80) + content[card + 160 :]
    (tmp_path / "e.fits").write_bytes(changed)
    assert ExposureF.readFits(tmp_path / "e.fits").metadata["ADC-STR"] == 22.01


def test_cards_without_a_keyword_are_comments(tmp_path: Path) -> None:
    found = _metadata(
        tmp_path, "         ---- Checksums ----", "KEY     = 1", "", "        two", "COMMENT  last", "", ""
    )
    assert found.getOrderedNames() == ["COMMENT", "KEY"]
    assert found.getArray("COMMENT") == [" ---- Checksums ----", "", "two", " last"]
    assert _metadata(tmp_path, "KEY     = 1", "", "").getOrderedNames() == ["KEY"]


def test_pieces_of_a_comment_are_joined(tmp_path: Path) -> None:
    found = _metadata(
        tmp_path,
        "TTYPE251= 'modelfit...xy&'",
        "CONTINUE  '&' / ellipse used to set the pixel region for the fi",
        "CONTINUE  '' / nal fit (before applying bad pixel mask)",
        "LONG    = 'modelfit...xy&' / first ",
        "CONTINUE  'abc&' / second",
        "CONTINUE  '' / third",
    )
    assert found.getScalar("TTYPE251") == "modelfit...xy"
    assert found.getComment("TTYPE251") == (
        "ellipse used to set the pixel region for the final fit (before applying bad pixel mask)"
    )
    assert (found.getScalar("LONG"), found.getComment("LONG")) == ("modelfit...xyabc", "firstsecondthird")


def test_comments_do_not_grow_when_an_image_is_rewritten(tmp_path: Path) -> None:
    metadata = PropertyList()
    metadata.set("COMMENT", [" one", "two"])
    for _ in range(2):
        ImageF(np.zeros((2, 2), np.float32)).writeFits(tmp_path / "i.fits", metadata)
        metadata = readMetadata(tmp_path / "i.fits", strip=True)
    assert metadata.getArray("COMMENT") == [" one", "two"]


# Keyword, value and comment are those of the real stack.
@pytest.mark.parametrize(
    ("card", "item"),
    [
        ("KEY1    = 5 no slash", ("KEY1", 5, "no slash")),
        ("KEY1    = 'x' no slash", ("KEY1", "x", "no slash")),
        ("KEY1    = 'a' 'b'", ("KEY1", "a", "'b'")),
        ("KEY1    = 1.5 2.5", ("KEY1", 1.5, "2.5")),
        ("KEY1    = 'open", ("KEY1", "open", "")),
        ("KEY1    = 'it''s'", ("KEY1", "it''s", "")),
        ("KEY1    = F/c", ("KEY1", False, "c")),
        ("KEY1    = /", ("KEY1", None, "")),
        ("KEY1    =5", ("KEY1", 5, "")),
        ("KEY1   = 7", ("KEY1", 7, "")),
        ("KEYWORDLONG= 'x'", ("KEYWORDLONG", "x", "")),
        ("KEY1    text without value", ("KEY1", None, "text without value")),
        ("HIERARCH foo", ("HIERARCH", None, " foo")),
        ("HIERARCH A B='x' / c", ("A B", "x", "c")),
        ("HISTORY = 'a' / b", ("HISTORY", "= 'a' / b", "")),
        ("COMMENT = 'x'", ("COMMENT", "= 'x'", "")),
        ("AXIS    = 'x.1: 3.5' / a record", ("AXIS", "x.1: 3.5", "a record")),
        ("KEY1    = 18446744073709551616", ("KEY1", 2**63 - 1, "")),
        ("KEY1    = -9223372036854775809", ("KEY1", -(2**63), "")),
        ("CONTINUE  'lost' / c", ("CONTINUE", None, "  'lost' / c")),
    ],
)
def test_cards_that_keep_to_the_standard_loosely(tmp_path: Path, card: str, item: tuple[Any, ...]) -> None:
    found = _metadata(tmp_path, card, "NEXT    = 1")
    name = found.getOrderedNames()[0]
    assert (name, found.getScalar(name), found.getComment(name)) == item
    assert found.getOrderedNames() == [name, "NEXT"]


def test_a_text_goes_on_only_if_it_says_so(tmp_path: Path) -> None:
    found = _metadata(tmp_path, "K       = 'abc'   / c1", "CONTINUE  'def' / c2")
    assert (found["K"], found.getComment("K")) == ("abc", "c1")
    assert found.getScalar("CONTINUE") is None


def test_a_value_that_is_none_of_fits_is_an_error(tmp_path: Path) -> None:
    for value in ("TRUE", "0x10", "1,5", "12:30:00", "NAN", '"x"'):
        with pytest.raises(FitsError, match="damaged"):
            _metadata(tmp_path, f"KEY1    = {value}")
