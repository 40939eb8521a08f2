"""Small files that ask for much: each ends at once, with the name of the file."""

from __future__ import annotations

import bz2
import gzip
import lzma
import resource
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsst.afw.fits import FitsError, readMetadata
from lsst.afw.fits._cards import BLOCK, format_cards, header_bytes
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._writing import empty_primary
from lsst.afw.image import ExposureF, ImageF
from lsst.afw.table import BaseCatalog
from stacklite_support.golden import own_file

GIGABYTE = 2**30
READERS: tuple[Callable[[str], Any], ...] = (
    BaseCatalog.readFits,
    ImageF.readFits,
    ExposureF.readFits,
    readMetadata,
)


def header(*cards: tuple[str, Any]) -> bytes:
    return header_bytes(line for card in cards for line in format_cards(*card))


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % BLOCK)


def zeros(count: int) -> bytes:
    """Return zeros compressed by GZIP; parts that follow each other are one whole."""
    part = gzip.compress(bytes(2**24), compresslevel=1)
    return part * (count // 2**24)


IMAGE = (("BITPIX", -32), ("NAXIS", 2), ("NAXIS1", 2**15), ("NAXIS2", 2**14))


def table(width: int, rows: int, columns: dict[str, str], heap: int = 0, **more: Any) -> bytes:
    """Return the header of a table; columns are names and formats."""
    described = [(f"{key}{i}", value) for i, column in enumerate(columns.items(), 1)
                 for key, value in zip(("TTYPE", "TFORM"), column, strict=True)]  # fmt: skip
    return header(
        ("XTENSION", "BINTABLE"), ("BITPIX", 8), ("NAXIS", 2), ("NAXIS1", width), ("NAXIS2", rows),
        ("PCOUNT", heap), ("GCOUNT", 1), ("TFIELDS", len(columns)), *described, *more.items(),
    )  # fmt: skip


CONTENT = {
    "image": empty_primary() + header(("XTENSION", "IMAGE"), *IMAGE, ("PCOUNT", 0), ("GCOUNT", 1)),
    "primary image": header(("SIMPLE", True), *IMAGE),
    "table": empty_primary() + table(1024, 2**21, {"a": "128D"}),
    "many rows": empty_primary() + table(1, 2**28, {"a": "1B"}),
    "header": b"SIMPLE  =                    T".ljust(80),
    "what follows": empty_primary(),
}


@pytest.fixture
def at_once() -> Iterator[None]:
    """The test must end quickly, with little memory."""
    # Only what is added here counts, and only above what other tests needed at most.
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    yield
    assert time.process_time() - start < 5.0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**19, "more than 512 MB"


@pytest.mark.parametrize("name", CONTENT)
@pytest.mark.usefixtures("at_once")
def test_bombs_of_gzip(name: str, tmp_path: Path) -> None:
    path = tmp_path / "bomb.fits.gz"
    path.write_bytes(gzip.compress(CONTENT[name]) + zeros(GIGABYTE))
    assert path.stat().st_size < 5_000_000
    for read in READERS:
        if name != "what follows" or read is not readMetadata:
            with pytest.raises(FitsError, match=r"bomb\.fits\.gz"):
                read(str(path))


def test_a_header_without_end_is_not_read_to_the_end(tmp_path: Path) -> None:
    path = tmp_path / "long.fits"
    path.write_bytes(CONTENT["header"].ljust(2**25))
    with pytest.raises(FitsError, match="has no end"):
        FitsFile(path)


WRAPPERS = {"bz2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("name", [*WRAPPERS, "zip", "Z", "text"])
def test_other_wrappers_are_refused(name: str, tmp_path: Path) -> None:
    """Astropy would open them, and a zip archive would be unpacked onto the disk."""
    content = Path(own_file("exposure_bare.fits")).read_bytes()
    path = tmp_path / f"exposure.fits.{name}"
    if name == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("exposure.fits", content)
    else:
        path.write_bytes(WRAPPERS.get(name, lambda each: b"\x1f\x9d" + each)(content))
    with pytest.raises(FitsError, match="neither FITS nor FITS compressed by gzip"):
        ExposureF.readFits(str(path))


def test_compressed_files_that_are_no_bombs(tmp_path: Path) -> None:
    """Zeros of a usual size are fine."""
    image = ImageF(3000, 3000)
    image.writeFits(str(tmp_path / "image.fits"))
    path = tmp_path / "image.fits.gz"
    path.write_bytes(gzip.compress((tmp_path / "image.fits").read_bytes()))
    assert path.stat().st_size < 50_000
    np.testing.assert_array_equal(ImageF.readFits(str(path)).array, image.array)


def tiled(
    cell: bytes, size: int, algorithm: str = "GZIP_1", tile: int = 0, column: str = "COMPRESSED_DATA"
) -> bytes:
    cards = {
        "ZIMAGE": True, "ZBITPIX": -32, "ZNAXIS": 2, "ZNAXIS1": size, "ZNAXIS2": size, "ZTILE1": tile or size,
        "ZTILE2": tile or size, "ZCMPTYPE": algorithm, "ZQUANTIZ": "NONE",
    }  # fmt: skip
    columns = dict.fromkeys(("COMPRESSED_DATA", column), "1PB")
    row = np.array([*[0, 0] * (len(columns) - 1), len(cell), 0], ">i4").tobytes()
    return empty_primary() + table(len(row), 1, columns, len(cell), **cards) + padded(row + cell)


# -- Tiles -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "column"),
    [(1000, "COMPRESSED_DATA"), (1000, "GZIP_COMPRESSED_DATA"), (2**15, "COMPRESSED_DATA")],
)
@pytest.mark.usefixtures("at_once")
def test_bombs_in_tiles(size: int, column: str, tmp_path: Path) -> None:
    path = tmp_path / "tile.fits"
    path.write_bytes(tiled(zeros(2 * GIGABYTE), size, column=column))
    with pytest.raises(FitsError, match=r"tile\.fits"):
        ImageF.readFits(str(path))


def test_a_tile_that_is_no_bomb(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(0, 2**31, (1000, 1000)).astype(">f4")
    (tmp_path / "tile.fits").write_bytes(tiled(gzip.compress(values.tobytes()), 1000))
    np.testing.assert_array_equal(ImageF.readFits(str(tmp_path / "tile.fits")).array, values)


@pytest.mark.parametrize("algorithm", ["HCOMPRESS_1", "PLIO_1", "NOCOMPRESS"])
def test_algorithms_that_the_stack_does_not_write(algorithm: str, tmp_path: Path) -> None:
    """Astropy's decoder of HCOMPRESS_1 ends the process when data are damaged."""
    (tmp_path / "tile.fits").write_bytes(tiled(b"x" * 100, 10, algorithm))
    with pytest.raises(FitsError, match=rf"tile\.fits.*{algorithm}"):
        ImageF.readFits(str(tmp_path / "tile.fits"))


@pytest.mark.parametrize("seed", [None, 0, -5, 10_001, 2**31 - 1])
def test_seeds_of_a_dither_that_does_not_exist(seed: int | None, tmp_path: Path) -> None:
    """Astropy's decoder would read outside of its table."""
    content = Path(own_file("image_ImageF_lossy16.fits")).read_bytes()
    at = content.index(b"ZDITHER0=")
    card = b"COMMENT" if seed is None else f"ZDITHER0= {seed:20d}".encode()
    content = content[:at] + card.ljust(80) + content[at + 80 :]
    (tmp_path / "image.fits").write_bytes(content)
    with pytest.raises(FitsError, match=r"image\.fits.*ZDITHER0"):
        ImageF.readFits(str(tmp_path / "image.fits"))


@pytest.mark.parametrize(
    "card",
    ["KEY     =                    5", "HIERARCH a long key = 'text'", "COMMENT text", "CONTINUE  'text&'"],
)
@pytest.mark.usefixtures("at_once")
def test_a_card_that_is_repeated(card: str, tmp_path: Path) -> None:
    """The time must not grow with the square of the number."""
    first = header(("SIMPLE", True), ("BITPIX", 8), ("NAXIS", 0)).partition(b"END")[0]
    cards = ("LONG    = 'text&'".ljust(80) + 20_000 * card.ljust(80)).encode()
    content = first + cards + b"END"
    (tmp_path / "image.fits").write_bytes(content.ljust(-(-len(content) // BLOCK) * BLOCK))
    assert "LONG" in readMetadata(str(tmp_path / "image.fits"))
