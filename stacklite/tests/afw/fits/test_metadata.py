"""Headers: cards as cfitsio writes them, metadata as the stack reads them."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from lsst.afw.fits import FitsError, combineMetadata, readMetadata
from lsst.afw.fits._cards import format_cards, header_bytes
from lsst.afw.fits._metadata import header_to_metadata, metadata_cards
from lsst.daf.base import PropertyList
from stacklite_support.golden import OWN_DIR
from stacklite_support.paths import REFERENCE_VISIT


def _parse(cards: list[str]) -> fits.Header:
    return fits.Header.fromstring(header_bytes(cards).decode())


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("AN_INT", 5, "an integer"), "AN_INT  =                    5 / an integer"),
        (("A_FLOAT", 0.1), "A_FLOAT =                  0.1"),
        (("A_BOOL", True), "A_BOOL  =                    T"),
        (("A_NAN", math.nan), "A_NAN   = 'NAN     '"),
        (("AN_INF", -math.inf), "AN_INF  = '-INFINITY'"),
        (("BIG", 2**40), "BIG     =        1099511627776"),
        (("UNDEF", None), "UNDEF   ="),
        (("AFW_TABLE_VERSION", 3), "HIERARCH AFW_TABLE_VERSION = 3"),
        (
            ("EXPTABLE_VER", 5, "Exposure table version"),
            "HIERARCH EXPTABLE_VER =      5 / Exposure table version",
        ),
        (("TTYPE1", "wcs", "label for field"), "TTYPE1  = 'wcs     '           / label for field"),
        (("COMMENT", "first"), "COMMENT first"),
        (("KEY", 1.0), "KEY     =                  1.0"),
        (("KEY", 1e-300), "KEY     =             1.0E-300"),
    ],
)
def test_cards_as_cfitsio_writes_them(arguments: tuple[Any, ...], expected: str) -> None:
    (card,) = format_cards(*arguments)
    assert card.rstrip() == expected


def test_long_text_is_continued_without_parting_quotes() -> None:
    for shift in range(3):
        text = "a" * (65 + shift) + "'" * 7 + "b" * 200
        cards = format_cards("LONGTEXT", text)
        assert len(cards) > 3
        assert all(len(c) <= 80 for c in cards)
        assert _parse(cards)["LONGTEXT"] == text


def test_values_that_a_header_cannot_hold() -> None:
    with pytest.raises(FitsError, match="KEY"):
        format_cards("KEY", object())
    for keyword in ("A=B", "K" * 61, "Å"):
        with pytest.raises(FitsError, match="keyword"):
            format_cards(keyword, 1)


def test_characters_that_a_header_cannot_hold(caplog: pytest.LogCaptureFixture) -> None:
    assert format_cards("KEY", "a\nÅb", "µ") == ["KEY     = 'a  b    '           /  "]
    assert format_cards("COMMENT", "one\ntwo") == ["COMMENT one two"]
    assert "keyword KEY is not printable" in caplog.text
    assert "one" in caplog.text


def test_long_keywords_with_long_texts() -> None:
    text = "it's " * 60 + "end"
    for length in (9, 30, 60):
        cards = format_cards("K" * length, text)
        assert all(len(c) <= 80 for c in cards)
        assert _parse(cards)["K" * length] == text


_text = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=200).map(str.rstrip)
_values = st.one_of(
    st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), _text, st.none()
)


@given(st.lists(st.tuples(st.from_regex(r"[A-Z][A-Z0-9_]{0,20}", fullmatch=True), _values), max_size=6))
def test_metadata_survives(items: list[tuple[str, Any]]) -> None:
    """What is written is read, except that texts look like other values."""
    metadata = PropertyList()
    expected: dict[str, list[Any]] = {}
    for i, (name, value) in enumerate(items):
        if value in ("NAN", "+INFINITY", "-INFINITY"):
            continue
        key = f"X{i}_{name}"
        metadata.add(key, value)
        expected[key] = [value]
    read = header_to_metadata(_parse(metadata_cards(metadata)))
    for key, (value,) in expected.items():
        # D22: the stack leaves quotes doubled.
        wanted = value.replace("''", "'").replace("'", "''") if isinstance(value, str) else value
        found = read.getArray(key)
        assert len(found) == 1
        if isinstance(value, str):
            assert found[0].replace("''", "'") == wanted.replace("''", "'")
        else:
            assert found[0] == wanted
            assert type(found[0]) is type(wanted)


def test_quotes_are_doubled_once_and_do_not_multiply() -> None:
    metadata = PropertyList()
    metadata.set("TEXT", "it's")
    once = header_to_metadata(_parse(metadata_cards(metadata)))
    assert once.getScalar("TEXT") == "it''s"
    twice = header_to_metadata(_parse(metadata_cards(once)))
    assert twice.getScalar("TEXT") == "it''s"


def test_reserved_keys_are_neither_read_nor_written() -> None:
    metadata = PropertyList()
    for name in ("NAXIS1", "BITPIX", "TFORM3", "TTYPE3", "ZCMPTYPE", "MINE"):
        metadata.set(name, 1)
    assert [c[:8].strip() for c in metadata_cards(metadata)] == ["MINE"]
    header = fits.Header(
        [("SIMPLE", True), ("BITPIX", 8), ("NAXIS", 0), ("BZERO", 1), ("CHECKSUM", "x"), ("MINE", 1)]
    )
    assert header_to_metadata(header).getOrderedNames() == ["MINE"]


def test_read_metadata_of_a_table() -> None:
    metadata = readMetadata(str(OWN_DIR / "table_all_types.fits"))
    assert metadata.getArray("MANY") == [1, 2, 3]
    assert metadata.getArray("COMMENT") == ["first", "second"]
    assert math.isnan(metadata.getScalar("A_NAN"))
    assert metadata.getScalar("AN_INF") == -math.inf
    assert metadata.getScalar("UNDEF") is None
    assert metadata.getScalar("A_LONG_KEYWORD_NAME") == "value"
    assert metadata.getComment("AN_INT") == "an integer"
    assert metadata["XTENSION"] == "BINTABLE" and metadata["NAXIS2"] > 0
    assert not readMetadata(str(OWN_DIR / "table_all_types.fits"), strip=True).exists("NAXIS2")


def test_read_metadata_of_an_image() -> None:
    primary = readMetadata(str(REFERENCE_VISIT / "calexp_90.fits"), hdu=0)
    image = readMetadata(str(REFERENCE_VISIT / "calexp_90.fits"))
    assert len(primary.getOrderedNames()) > 10
    assert (
        readMetadata(str(REFERENCE_VISIT / "calexp_90.fits"), hdu=1).getOrderedNames()
        == image.getOrderedNames()
    )
    stripped = readMetadata(str(REFERENCE_VISIT / "calexp_90.fits"), hdu=1, strip=True)
    assert stripped.exists("EXTNAME") and not stripped.exists("NAXIS")
    with pytest.raises(FitsError, match="HDU 99 does not exist"):
        readMetadata(str(REFERENCE_VISIT / "calexp_90.fits"), hdu=99)


def test_metadata_of_an_hdu_with_a_name() -> None:
    path = str(REFERENCE_VISIT / "calexp_90.fits")
    mask = readMetadata(path, hdu=2)
    assert mask["EXTTYPE"] == "MASK"
    assert readMetadata(path, "MASK") == readMetadata(fileName=path, hduName="mask", strip=False) == mask
    with pytest.raises(FitsError, match="no HDU has the name 'OTHER'") as caught:
        readMetadata(path, "OTHER")
    assert caught.value.what() == str(caught.value)
    with pytest.raises(TypeError, match="does not take"):
        readMetadata(path, 2, hduName="MASK")  # type: ignore[call-overload]


def test_inherit(tmp_path: Path) -> None:
    primary = fits.PrimaryHDU()
    primary.header["ONLYHERE"] = 1
    primary.header["BOTH"] = 1
    primary.header.add_comment("primary")
    image = fits.ImageHDU(np.zeros((2, 2)))
    image.header["INHERIT"] = True
    image.header["BOTH"] = 2
    image.header.add_comment("extension")
    fits.HDUList([primary, image]).writeto(tmp_path / "a.fits")
    metadata = readMetadata(tmp_path / "a.fits")
    assert metadata.getScalar("ONLYHERE") == 1
    assert metadata.getScalar("BOTH") == 2
    assert metadata.getArray("COMMENT") == ["primary", "extension"]
    # The real stack says so, too.
    ours = ["ONLYHERE", "COMMENT", "BOTH"]
    structure = ["XTENSION", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "PCOUNT", "GCOUNT", "INHERIT"]
    assert readMetadata(tmp_path / "a.fits", strip=True).getOrderedNames() == ours
    assert metadata.getOrderedNames() == ["SIMPLE", "EXTEND", *ours[:2], *structure, "BOTH"]


def test_cards_of_a_compressed_image_are_those_of_its_table() -> None:
    path = str(OWN_DIR / "image_ImageF_gzip_2.fits")
    metadata = readMetadata(path)
    assert [metadata[name] for name in ("XTENSION", "BITPIX", "TTYPE1", "ZCMPTYPE", "ZBITPIX")] == [
        "BINTABLE",
        8,
        "COMPRESSED_DATA",
        "GZIP_2",
        -32,
    ]
    assert readMetadata(path, strip=True).getOrderedNames()[:3] == ["TTYPE1", "TFORM1", "CTYPE1A"]


def test_the_last_of_repeated_values_is_combined() -> None:
    first, second = PropertyList(), PropertyList()
    first.set("A", [1, 2])
    first.set("COMMENT", ["a", "b"])
    second.set("B", [3, 4])
    second.set("COMMENT", ["b", "c"])
    combined = combineMetadata(first, second)
    assert [combined.getArray(name) for name in ("A", "B")] == [[2], [4]]
    assert combined.getArray("COMMENT") == ["a", "b", "b", "c"]


def test_combine_metadata_leaves_its_arguments_alone() -> None:
    first, second = PropertyList(), PropertyList()
    first.set("A", 1, "one")
    first.set("B", 1)
    second.set("B", 2, "two")
    combined = combineMetadata(first, second)
    assert (combined.getScalar("A"), combined.getScalar("B")) == (1, 2)
    assert combined.getComment("B") == "two"
    second.set("INHERIT", True)
    assert combineMetadata(first, second).getOrderedNames() == ["A", "B", "INHERIT"]
    assert first.getScalar("B") == 1


def test_damaged_header_names_the_file(tmp_path: Path) -> None:
    content = bytearray((OWN_DIR / "table_simple.fits").read_bytes())
    position = content.index(b"AN_INT") if b"AN_INT" in content else content.index(b"TTYPE2")
    content[position + 10] = ord("?")
    (tmp_path / "bad.fits").write_bytes(content)
    with pytest.raises(FitsError, match=r"bad\.fits"):
        readMetadata(tmp_path / "bad.fits")
    assert io.BytesIO(content).getbuffer().nbytes > 0


@pytest.mark.parametrize("value", [5, 1.5, [1, 2], None])
def test_comments_that_are_no_texts_are_not_combined(value: Any) -> None:
    invalid, valid = PropertyList(), PropertyList()
    for name in ("COMMENT", "HISTORY"):
        invalid.set(name, value)
    valid.set("COMMENT", ["b", "c"])
    for first, second in ((invalid, valid), (valid, invalid)):
        assert combineMetadata(first, second).toDict() == {"COMMENT": ["b", "c"]}
    assert combineMetadata(invalid, invalid).getOrderedNames() == []
