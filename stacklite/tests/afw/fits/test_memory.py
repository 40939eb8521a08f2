"""Files in memory, and headers of plain cards. Values are the real stack's."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.fits import FitsError, MemFileManager, makeLimitedFitsHeader, readMetadata
from lsst.afw.image import (
    ExposureF,
    ExposureFitsReader,
    ImageF,
    ImageFitsReader,
    Mask,
    MaskedImageF,
    MaskedImageFitsReader,
    PhotoCalib,
)
from lsst.afw.table import Schema, SourceCatalog, SourceTable
from lsst.daf.base import PropertyList, PropertySet


def _catalog() -> SourceCatalog:
    catalog = SourceCatalog(SourceTable.makeMinimalSchema())
    catalog.addNew()
    return catalog


@pytest.mark.parametrize(
    ("make", "readers"),
    [
        (lambda: ImageF(2, 2, 3), [ImageF, ImageF.readFits, lambda m: ImageF(manager=m), ImageFitsReader]),
        (lambda: Mask(2, 2, 3), [Mask, Mask.readFits, lambda m: Mask(manager=m, hdu=0)]),
        (lambda: MaskedImageF(2, 2), [MaskedImageF, MaskedImageF.readFits, MaskedImageFitsReader]),
        (
            lambda: ExposureF(2, 2),
            [ExposureF, ExposureF.readFits, ExposureFitsReader, MaskedImageF, lambda m: Mask(m, 2)],
        ),
        (lambda: PhotoCalib(3.0), [PhotoCalib.readFits, lambda m: PhotoCalib.readFits(manager=m)]),
        (_catalog, [SourceCatalog.readFits, Schema.readFits, lambda m: SourceCatalog.readFits(manager=m)]),
    ],
)
def test_objects_in_memory(make: Callable[[], Any], readers: list[Callable[[Any], Any]]) -> None:
    written, named = MemFileManager(), MemFileManager()
    make().writeFits(written)
    make().writeFits(manager=named)
    assert written.getLength() == len(written.getData()) == named.getLength() > 0
    copied = MemFileManager(written.getLength())
    copied.setData(written.getData(), written.getLength())
    assert copied.getData() == written.getData()
    for read in readers:
        assert read(copied) is not None
    if isinstance(written_again := readers[0](copied), PhotoCalib):
        assert written_again == make()


def test_content_of_memory() -> None:
    memory = MemFileManager()
    assert (memory.getLength(), memory.getData(), MemFileManager(3).getData()) == (0, b"", b"\0\0\0")
    with pytest.raises(FitsError):
        ImageF(memory)
    with pytest.raises(pex_exceptions.LengthError):
        memory.setData(b"abc", 4)
    ImageF(np.ones((2, 3), np.float32)).writeFits(memory)
    assert ImageF(memory).array.shape == (2, 3)
    assert memory.readMetadata()["CTYPE1A"] == memory.readMetadata(0, strip=True)["CTYPE1A"] == "LINEAR"
    ImageF(1, 1, 7).writeFits(memory, mode="a")
    assert ImageF(memory, 1).array.tolist() == [[7.0]] and ImageF(memory).array.shape == (2, 3)
    wrong: Any = memory
    with pytest.raises(TypeError):
        readMetadata(wrong)


VALUES: list[tuple[Any, str]] = [
    (5, "A       =                    5"),
    ("text", "A       = 'text'"),
    ("", "A       = ''"),
    ("it's", "A       = 'it's'"),
    ("x" * 68, f"A       = '{'x' * 68}'"),
    (True, "A       = T"),
    (False, "A       = F"),
    (1.5, "A       =   1.5000000000000000"),
    (0.1, "A       =  0.10000000000000001"),
    (-2.0, "A       =  -2.0000000000000000"),
    (123456789.123456789, "A       =   123456789.12345679"),
    (1e16, "A       =   10000000000000000."),
    (1e20, "A       = 1.0000000000000000E+20"),
    (1e-300, "A       = 1.0000000000000000E-300"),
    (math.inf, "A       =                  INF"),
    (math.nan, "A       ="),
    (None, "A       ="),
    (2**40, "A       ="),
    ([1, 2, 3], "A       =                    3"),
]


@pytest.mark.parametrize(("value", "card"), VALUES)
def test_cards_of_limited_headers(value: Any, card: str) -> None:
    metadata = PropertyList()
    metadata.set("A", value)
    assert makeLimitedFitsHeader(metadata) == card.ljust(80)


def test_what_limited_headers_leave_out() -> None:
    metadata = PropertyList()
    for name, value in {"LONGKEYWORD": 1, "B": "x" * 69, "lower": 2, "COMMENT": "c", "NAXIS": 3}.items():
        metadata.set(name, value)
    header = makeLimitedFitsHeader(metadata, {"NAXIS"})
    assert [header[i : i + 8].strip() for i in range(0, len(header), 80)] == ["lower", "COMMENT"]
    assert makeLimitedFitsHeader(metadata, excludeNames=set(metadata.names())) == ""
    unordered = makeLimitedFitsHeader(PropertySet.from_mapping({"b": 1, "a": 2}))
    assert [unordered[0], unordered[80]] == ["a", "b"]
