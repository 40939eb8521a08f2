"""Headers that are read without being parsed, against astropy."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from astropy.io import fits
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lsst.afw.fits import FitsError
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._raw import RawHdu, _plain_item, read_header
from lsst.afw.image import ExposureFitsReader
from lsst.afw.image._plane_readers import open_reader
from stacklite_support.paths import REFERENCE_VISIT

NAMES = ("visitSummary.fits", "calexp_90.fits", "calexp_91.fits", "calexp_93.fits", "camera.fits")


def _block(*cards: str) -> bytes:
    text = "".join(card.ljust(80) for card in cards)
    return text.ljust(-(-len(text) // 2880) * 2880).encode()


@pytest.mark.parametrize("name", NAMES)
def test_all_headers_and_sizes_are_those_that_astropy_finds(name: str) -> None:
    path = REFERENCE_VISIT / name
    with fits.open(path, disable_image_compression=True) as hdus, FitsFile(path) as file:
        for index, hdu in enumerate(hdus):
            raw = file.raw(index)
            info = hdu.fileinfo()
            assert raw is not None
            assert (raw.data_start, raw.end) == (info["datLoc"], info["datLoc"] + info["datSpan"])
            assert repr(raw.items) == repr(_by_astropy(raw.cards))
            assert str(hdu.header).encode().startswith(raw.cards + b"END")
            assert raw.integer("BITPIX") == hdu.header["BITPIX"]
            assert raw.text("EXTNAME") == hdu.header.get("EXTNAME", "")
        assert file.raw(len(hdus)) is None


def test_compressed_files_are_read_alike(tmp_path: Path) -> None:
    path = REFERENCE_VISIT / "visitSummary.fits"
    packed = tmp_path / "visitSummary.fits.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    with FitsFile(path) as plain, FitsFile(packed) as other:
        assert plain.raw(3).cards == other.raw(3).cards  # type: ignore[union-attr]
        assert plain.table_bytes(3) == other.table_bytes(3)


def test_a_component_parses_the_headers_of_its_own_tables_only() -> None:
    with open_reader(ExposureFitsReader, REFERENCE_VISIT / "calexp_93.fits") as reader:
        assert reader.readFilter() is not None
        assert reader._archive is not None
        parsed = [raw.text("EXTNAME") for raw, _ in reader._archive._raw if "items" in raw.__dict__]
    assert parsed == ["FilterLabel"]


def test_the_word_end_in_a_text_ends_nothing() -> None:
    header = _block("SIMPLE  =                    T", "COMMENT END", "END")
    raw = read_header("x.fits", io.BytesIO(header), 0, 0)
    assert raw is not None
    assert len(raw.cards) == 160


@pytest.mark.parametrize(
    "cards, message",
    [
        (["SIMPLE  =                    T"], "no end"),
        (["XTENSION= 'BINTABLE'", "END"], "no integer NAXIS"),
        (["BITPIX  =                  8.", "NAXIS   =          0", "END"], "no integer BITPIX"),
        (["BITPIX  = 8", "NAXIS   = 1", "NAXIS1  =                  -5", "END"], "negative size"),
    ],
)
def test_damaged_headers_are_named(cards: list[str], message: str) -> None:
    with pytest.raises(FitsError, match=f"x.fits.*{message}"):
        raw = read_header("x.fits", io.BytesIO(_block(*cards)), 0, 0)
        assert raw is not None
        _ = raw.size


def test_nothing_after_the_last_hdu() -> None:
    assert read_header("x.fits", io.BytesIO(b""), 0, 0) is None
    assert read_header("x.fits", io.BytesIO(bytes(2880)), 0, 0) is None


def _by_astropy(cards: bytes) -> list[tuple[str, object, str]] | None:
    """Return what astropy makes of cards, or `None` if it refuses them."""
    try:
        return [(card.keyword, card.value, card.comment) for card in fits.Header.fromstring(cards).cards]
    except Exception:
        return None


def _by_us(cards: bytes) -> list[tuple[str, object, str]] | None:
    try:
        return RawHdu("a file", cards, 0).items
    except FitsError:
        return None


def _without_blanks(items: list[tuple[str, object, str]] | None) -> str:
    """Return items as text; astropy puts blanks between the pieces of a comment, which the stack does not."""
    return repr(items and [(key, value, comment.replace(" ", "")) for key, value, comment in items])


CARDS = (
    b"SIMPLE  =                    T / file does conform to FITS standard",
    b"EXPTIME =           30.0000000 / exposure time (s)",
    b"BIG     =      -1.5E+300 /no blank",
    b"IDNUM   =        2026032100001",
    b"DATE-AVG= '2026-03-21T05:00:00' / middle of the exposure",
    b"AXIS    = 'x.1: 3.5' / a record-valued card",
    b"QUOTED  = 'it''s' / quote",
    b"EMPTY   = ''",
    b"NOTHING =                      / undefined",
    b"HIERARCH LSST BUTLER ID = 'some text' / long name",
    b"HIERARCH lower case = 1",
    b"COMMENT   free text = 1",
    b"HISTORY 'quoted'",
    b"LONG    = 'the text goes on&'",
    b"CONTINUE  'here&'",
    b"CONTINUE  '' / and ends",
    b"CONTINUE  'or' / does not",
    b"",
)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=400)
@example(cards=list(CARDS), changes=[])
@given(
    cards=st.lists(st.sampled_from(CARDS), min_size=1, max_size=4),
    changes=st.lists(
        st.tuples(st.integers(0, 79), st.sampled_from(b" '/=:.+-&EDTF0123456789abXY\t\xff\0")), max_size=4
    ),
)
def test_plain_cards_are_what_astropy_takes_them_for(
    cards: list[bytes], changes: list[tuple[int, int]]
) -> None:
    text = bytearray(b"".join(card.ljust(80) for card in cards))
    for place, byte in changes:
        text[place] = byte
    items = _by_us(bytes(text))
    assert items is None or len(items) <= len(cards)
    for start in range(0, len(text), 80):
        card = bytes(text[start : start + 80])
        if card.isascii() and _plain_item(card.decode()) is not None:
            assert _without_blanks(_by_us(card)) == _without_blanks(_by_astropy(card))


def test_headers_of_the_stack_need_astropy_for_few_cards() -> None:
    """Otherwise the fast way would be idle."""
    with FitsFile(REFERENCE_VISIT / "calexp_93.fits") as file:
        text = file.primary.cards.decode()
    cards = [text[start : start + 80] for start in range(0, len(text), 80)]
    assert sum(_plain_item(card) is None for card in cards) < 0.1 * len(cards)
