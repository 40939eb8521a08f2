"""Files that are written: modes, archives, metadata, places."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsst.afw.fits import FitsError, readMetadata
from lsst.afw.image import ExposureF, ImageF, MaskedImageF, MaskX
from lsst.afw.table import BaseCatalog, Schema, SourceCatalog, SourceTable
from lsst.daf.base import DateTime, PropertyList, PropertySet

SOURCES = SourceTable.makeMinimalSchema()


def make_catalog(value: int) -> BaseCatalog:
    schema = Schema()
    schema.addField("n", type="I")
    catalog = BaseCatalog(schema)
    catalog.addNew()["n"] = value
    return catalog


WRITERS: dict[str, Any] = {
    "catalog": lambda path: make_catalog(1).writeFits(path),
    "image": lambda path: ImageF(2, 3).writeFits(path),
    "mask": lambda path: MaskX(2, 3).writeFits(path),
    "masked image": lambda path: MaskedImageF(2, 3).writeFits(path),
    "exposure": lambda path: ExposureF(2, 3).writeFits(path),
}


@pytest.mark.parametrize("name", ["some.fits", "some.fits.gz"])
def test_tables_are_appended_and_replaced(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    make_catalog(1).writeFits(path, mode="a")
    make_catalog(2).writeFits(path, "a")
    make_catalog(3).writeFits(str(path), mode="a")
    assert [BaseCatalog.readFits(path, hdu)["n"].tolist() for hdu in (1, 2, 3)] == [[1], [2], [3]]
    assert BaseCatalog.readFits(path)["n"].tolist() == [1], "the first table by default"
    with pytest.raises(FitsError, match="HDU 4 does not exist"):
        BaseCatalog.readFits(path, 4)
    is_gzip = path.read_bytes().startswith(b"\x1f\x8b")
    assert is_gzip == name.endswith(".gz")
    content = gzip.decompress(path.read_bytes()) if is_gzip else path.read_bytes()
    assert len(content) == 7 * 2880, "a primary HDU, and header and data of three tables"
    make_catalog(4).writeFits(path, mode="w")
    assert BaseCatalog.readFits(path)["n"].tolist() == [4]
    with pytest.raises(FitsError, match="HDU 2"):
        BaseCatalog.readFits(path, 2)
    with pytest.raises(FitsError, match=f"{name}: mode 'x' is not one of"):
        make_catalog(5).writeFits(path, mode="x")
    assert BaseCatalog.readFits(path)["n"].tolist() == [4]


def test_archives_of_sources_stay_where_they_are(tmp_path: Path) -> None:
    catalog = SourceCatalog(SOURCES)
    catalog.addNew()
    catalog.writeFits(tmp_path / "sources.fits", mode="a")
    with pytest.raises(FitsError, match="cannot be appended"):
        catalog.writeFits(tmp_path / "sources.fits", mode="a")
    assert len(SourceCatalog.readFits(tmp_path / "sources.fits")) == 1


@pytest.mark.parametrize("kind", WRITERS)
def test_places_that_cannot_be_written(tmp_path: Path, kind: str) -> None:
    """The error names the file; what stood there stays, nothing is left behind."""
    missing = tmp_path / "missing" / "some.fits"
    for path in (missing, tmp_path):
        with pytest.raises(FitsError, match=f"{path}: cannot be written"):
            WRITERS[kind](str(path))
    assert os.listdir(tmp_path) == []
    WRITERS[kind](str(tmp_path / "some.fits"))
    assert os.listdir(tmp_path) == ["some.fits"]


@pytest.mark.parametrize("kind", ["list", "set"])
def test_metadata_of_every_type(tmp_path: Path, kind: str) -> None:
    values: dict[str, Any] = {"ABOOL": True, "BINT": -5, "CLONG": 2**40, "DFLOAT": 0.1, "EINF": np.inf}
    values |= {"FTEXT": "it's", "GNONE": None, "HLIST": [1, 2, 3], "I LONG NAME": "x" * 200, "JNAN": np.nan}
    metadata = PropertyList() if kind == "list" else PropertySet()
    for name, value in values.items():
        metadata.set(name, value)
    ImageF(2, 3).writeFits(tmp_path / "some.fits", metadata)
    found = readMetadata(tmp_path / "some.fits")
    for name, value in values.items():
        read = found.getArray(name) if isinstance(value, list) else found.getScalar(name)
        # D22: quotes come back doubled, as in the stack.
        np.testing.assert_equal(read, value.replace("'", "''") if isinstance(value, str) else value)
        assert found.typeOf(name) == metadata.typeOf(name)


@pytest.mark.parametrize(("name", "value"), [("TIME", DateTime(5)), ("A=B", 1), ("X" * 61, 1), ("TAB\t", 1)])
def test_metadata_that_a_header_cannot_hold(tmp_path: Path, name: str, value: Any) -> None:
    metadata = PropertyList()
    metadata.set("GOOD", 1)
    metadata.set(name, value)
    catalog = make_catalog(1)
    catalog.setMetadata(metadata)
    with pytest.raises(FitsError, match="FITS header"):
        catalog.writeFits(tmp_path / "some.fits")
    with pytest.raises(FitsError, match="FITS header"):
        ImageF(2, 3).writeFits(tmp_path / "some.fits", metadata)
    assert os.listdir(tmp_path) == []
