"""Tiles that are read here have, bit by bit, the pixels that astropy finds in them."""

from __future__ import annotations

import gzip
import io
import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from lsst.afw.fits import FitsError
from lsst.afw.fits._cards import BLOCK, format_cards, header_bytes
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._writing import empty_primary
from lsst.afw.image import LOCAL, ImageF
from lsst.afw.image._fits_plane import FitsPlane
from lsst.afw.image._tile_reading import Tiles
from lsst.geom import Box2I, Extent2I, Point2I
from stacklite_support.golden import GOLDEN_DIR
from stacklite_support.paths import REFERENCE_VISIT

SHAPE = (13, 17)
TILES = [(1, 17), (4, 17), (5, 6), (13, 17)]
ALGORITHMS = ["GZIP_1", "GZIP_2", "RICE_1"]
METHODS = {"NO_DITHER": -1, "SUBTRACTIVE_DITHER_1": 1, "SUBTRACTIVE_DITHER_2": 2}


def boxes(shape: tuple[int, int]) -> list[Box2I]:
    """Return some boxes inside an image, all of it first."""
    rng, (height, width) = np.random.default_rng(3), shape
    corners = [[0, 0, width, height]]
    for _ in range(4):
        x, y = (np.sort(rng.integers(0, size + 1, 2)) for size in (width, height))
        corners.append([x[0], y[0], max(x[1] - x[0], 1), max(y[1] - y[0], 1)])
    return [
        Box2I(Point2I(min(x, width - 1), min(y, height - 1)), Extent2I(int(w), int(h)))
        for x, y, w, h in corners
        if min(x, width - 1) + w <= width and min(y, height - 1) + h <= height
    ]


def compare(path: str | Path, index: int = 1, is_ours: bool = True) -> int:
    """Compare boxes of a plane with astropy; return the number of pixels, of planes that are read here."""
    count = 0
    with FitsFile(str(path)) as file, fits.open(path) as hdus:
        plane = FitsPlane(file, index)
        local = plane.bbox(LOCAL)
        for box in boxes((local.getHeight(), local.getWidth())):
            tiles = plane._tiles(box)
            assert (tiles is not None) == is_ours
            where = (slice(box.getBeginY(), box.getEndY()), slice(box.getBeginX(), box.getEndX()))
            section = hdus[index].section
            expected = section[(0, *where)] if len(section.shape) == 3 else section[where]
            found = plane.array(box)
            assert found.dtype == (expected.dtype.newbyteorder("=") if is_ours else plane.dtype)
            assert found.tobytes() == np.ascontiguousarray(expected, found.dtype).tobytes()
            assert found.flags.writeable and found.flags.c_contiguous
            count += found.size
    return count


def integers(dtype: Any, shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    """Return values of the whole range of a type, small ones among them."""
    rng, info = np.random.default_rng(5), np.iinfo(dtype)
    values = rng.integers(info.min, info.max, shape, dtype, endpoint=True)
    values[1::2] %= 100
    return values


def real(dtype: Any = np.float32, shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    """Return noise with exact zeros."""
    values = np.random.default_rng(6).normal(100.0, 10.0, shape).astype(dtype)
    values.ravel()[::7] = 0.0
    return values


def write(path: Path, array: np.ndarray, algorithm: str, tile: tuple[int, ...], **more: Any) -> Path:
    """Write an image as astropy does."""
    hdu = fits.CompImageHDU(array, compression_type=algorithm, tile_shape=tile, **more)
    hdu.writeto(path)
    return path


@pytest.mark.parametrize(
    ("dtype", "algorithm"),
    [
        *itertools.product(["u1", "i2", "i4", "u2", "u4"], ALGORITHMS),
        *itertools.product(["i8"], ["GZIP_1", "GZIP_2"]),
    ],
)
@pytest.mark.parametrize("tile", TILES)
def test_integers(dtype: str, algorithm: str, tile: tuple[int, int], tmp_path: Path) -> None:
    array = integers(dtype)
    path = write(tmp_path / "image.fits", array, algorithm, tile)
    assert compare(path) > array.size
    with FitsFile(str(path)) as file:
        np.testing.assert_array_equal(FitsPlane(file, 1).array(boxes(SHAPE)[0]), array)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("tile", TILES)
@pytest.mark.parametrize("algorithm", ["GZIP_1", "GZIP_2"])
def test_real_numbers(dtype: type, tile: tuple[int, int], algorithm: str, tmp_path: Path) -> None:
    array = real(dtype)
    array[2, 3:6] = np.nan, np.inf, -0.0
    path = write(tmp_path / "image.fits", array, algorithm, tile, quantize_level=0)
    assert compare(path) > array.size


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("tile", TILES)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("method", METHODS)
def test_quantized_numbers(
    dtype: type, tile: tuple[int, int], algorithm: str, method: str, tmp_path: Path
) -> None:
    """Some tiles are constant, which cannot be quantized, and are compressed as they are."""
    array = real(dtype)
    array[5] = 3.25
    path = write(
        tmp_path / "image.fits", array, algorithm, tile,
        quantize_level=4.0, quantize_method=METHODS[method], dither_seed=9998,
    )  # fmt: skip
    assert compare(path) > array.size


@pytest.mark.parametrize("dither", METHODS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("tiles", [{}, {"tile_width": 5, "tile_height": 4}, {"tile_height": 0}])
def test_nulls_and_zeros(dither: str, algorithm: str, tiles: Any, tmp_path: Path) -> None:
    """NaN has an integer of its own, and so have exact zeros with the second dither."""
    array = real()
    array[3, 4:9] = np.nan
    array[4] = np.nan
    quantization = {"dither": dither, "level": 8.0, "seed": 10000}
    options = {"algorithm": algorithm, "quantization": quantization, **tiles}
    ImageF(array).writeFitsWithOptions(str(tmp_path / "image.fits"), {"image": options})
    assert compare(tmp_path / "image.fits") > array.size


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("tile", [(1, 1, 17), (1, 4, 5), (2, 13, 17)])
def test_an_axis_of_one_pixel(algorithm: str, tile: tuple[int, int, int], tmp_path: Path) -> None:
    path = write(tmp_path / "image.fits", integers("i4", (1, *SHAPE)), algorithm, tile)
    assert compare(path) > 0


@given(
    st.sampled_from(["u1", "i2", "u2", "i4", "f4", "f8"]),
    st.tuples(st.integers(1, 12), st.integers(1, 70)),
    st.tuples(st.integers(1, 12), st.integers(1, 70)),
    st.sampled_from(ALGORITHMS),
    st.sampled_from([*METHODS.values()]),
    st.integers(1, 10000),
    st.integers(0, 2**32 - 1),
)
def test_any_sizes(
    dtype: str, shape: Any, tile: Any, algorithm: str, method: int, dither_seed: int, seed: int
) -> None:
    tile = tuple(np.minimum(tile, shape).tolist())
    rng = np.random.default_rng(seed)
    array = (rng.normal(50.0, 10.0, shape) * 10.0 ** rng.integers(-1, 2)).clip(0, 250).astype(dtype)
    buffer = io.BytesIO()
    fits.CompImageHDU(
        array, compression_type=algorithm, tile_shape=tile,
        quantize_level=2.0, quantize_method=method, dither_seed=dither_seed,
    ).writeto(buffer)  # fmt: skip
    copies = io.BytesIO(buffer.getvalue()), io.BytesIO(buffer.getvalue())
    with FitsFile(copies[0]) as file, fits.open(copies[1]) as hdus:
        plane = FitsPlane(file, 1)
        box = Box2I(Point2I(0, 0), Extent2I(shape[1], shape[0]))
        assert plane._tiles(box) is not None
        assert plane.array(box).tobytes() == np.ascontiguousarray(hdus[1].data, dtype).tobytes()


@pytest.mark.parametrize(
    "path",
    [*sorted(REFERENCE_VISIT.glob("calexp_*.fits")), *sorted((GOLDEN_DIR / "exposures").glob("*.fits"))],
    ids=lambda path: path.name,
)
def test_files_of_the_stack(path: Path) -> None:
    with fits.open(path) as hdus:
        planes = [i for i, hdu in enumerate(hdus) if isinstance(hdu, fits.CompImageHDU)]
    for index in planes:
        assert compare(path, index) > 0


def table(
    columns: Mapping[str, tuple[str, Sequence[Any]]], shape: tuple[int, int] = (3, 8), **cards: Any
) -> bytes:
    """Return a file with tiles of one row each.

    Parameters
    ----------
    columns : `~collections.abc.Mapping`
        Name -> format and cells, contents or numbers.
    """
    heap, fields = b"", []
    for form, cells in columns.values():
        if "P" in form or "Q" in form:
            sizes = [len(cell) // {"B": 1, "J": 4}[form.partition("(")[0][-1]] for cell in cells]
            starts = len(heap) + np.cumsum([0, *map(len, cells)])[:-1]
            heap += b"".join(cells)
            fields.append(np.stack([sizes, starts], 1).astype(">i4" if "P" in form else ">i8"))
        else:
            fields.append(np.array(cells, {"D": ">f8", "J": ">i4"}[form[-1]]).reshape(-1, 1))
    rows = np.hstack([field.view(np.uint8).reshape(len(field), -1) for field in fields])
    values: dict[str, Any] = {
        "XTENSION": "BINTABLE", "BITPIX": 8, "NAXIS": 2, "NAXIS1": rows.shape[1], "NAXIS2": len(rows),
        "PCOUNT": len(heap), "GCOUNT": 1, "TFIELDS": len(columns),
    }  # fmt: skip
    for number, (name, (form, _)) in enumerate(columns.items(), 1):
        values |= {f"TTYPE{number}": name, f"TFORM{number}": form}
    values |= {
        "ZIMAGE": True, "ZBITPIX": 32, "ZNAXIS": 2, "ZNAXIS1": shape[1], "ZNAXIS2": shape[0],
        "ZTILE1": shape[1], "ZTILE2": 1, "ZCMPTYPE": "GZIP_1",
    }  # fmt: skip
    lines = [line for card in (values | cards).items() for line in format_cards(*card)]
    content = rows.tobytes() + heap
    return empty_primary() + header_bytes(lines) + content + bytes(-len(content) % BLOCK)


def packed(array: np.ndarray, dtype: str) -> list[bytes]:
    """Return the rows of an image, compressed."""
    return [gzip.compress(row.tobytes()) for row in array.astype(dtype)]


SMALL = np.arange(-5, 19).reshape(3, 8)
SCALES: dict[str, Any] = {"ZSCALE": ("1D", [0.5, 0.25, 3.0]), "ZZERO": ("1D", [1.0, -2.0, 1e6])}
QUANTIZED: dict[str, Any] = {"ZBITPIX": -32, "ZQUANTIZ": "SUBTRACTIVE_DITHER_1", "ZDITHER0": 17}
DATA: tuple[str, Any] = ("1PB", packed(SMALL, ">i4"))
HALVES = packed(SMALL[:, :3], ">i4"), packed(SMALL[:, 3:], ">i4")
NOTHING = [b"", b"", b""]


def columns(data: Any = DATA, **more: Any) -> dict[str, Any]:
    return {"COMPRESSED_DATA": data, **more}


OURS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "descriptors of 64 bits": (columns(("1QB(40)", DATA[1])), {}),
    "integers of two bytes": (columns(("1PB", packed(SMALL, ">i2"))), {}),
    "integers of one byte": (columns(("PB", packed(abs(SMALL), "u1"))), {}),
    "integers of eight bytes": (columns(("1PB", packed(SMALL, ">i8"))), {}),
    "unsigned integers of eight bytes": (
        columns(("1PB", packed(SMALL, ">i8"))), {"ZBITPIX": 64, "BZERO": 2**63, "BSCALE": 1},
    ),
    "several parts": (
        columns(("1PB", [a + bytes(3) + b + bytes(5) for a, b in zip(*HALVES, strict=True)])), {},
    ),
    "tiles without quantization": (
        columns(
            ("1PB", [DATA[1][0], b"", DATA[1][2]]),
            GZIP_COMPRESSED_DATA=("1PB", [b"", packed(SMALL, ">f4")[1], b""]), **SCALES,
        ),
        QUANTIZED,
    ),
    "real numbers of eight bytes": (columns(("1PB", packed(SMALL, ">f8"))), {"ZBITPIX": -32}),
    "integers in the other column": (
        columns(("1PB", NOTHING), GZIP_COMPRESSED_DATA=DATA), {},
    ),
    "nulls of their own": (columns(ZBLANK=("1J", [-2, 5, 12]), **SCALES), QUANTIZED),
    "one null": (columns(**SCALES), {**QUANTIZED, "ZBLANK": 7}),
    "a null without dither": (columns(**SCALES), {"ZBITPIX": -64, "ZBLANK": 7}),
    "nulls and integers of two bytes": (
        columns(("1PB", packed(SMALL, ">i2")), **SCALES), {**QUANTIZED, "ZBLANK": 3},
    ),
    "a null that two bytes cannot hold": (
        columns(("1PB", packed(SMALL, ">i2")), **SCALES), {**QUANTIZED, "ZBLANK": -(2**31)},
    ),
    "quantized to bytes": (
        columns(("1PB", packed(abs(SMALL), "u1")), **SCALES), {**QUANTIZED, "ZBITPIX": -64},
    ),
    "more rows than tiles": (columns(("1PB", [*DATA[1], b"rest"])), {}),
}  # fmt: skip
ASTROPYS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "scaled": (columns(), {"BSCALE": 0.5, "BZERO": 3.0}),
    "signed bytes": (columns(("1PB", packed(abs(SMALL), "u1"))), {"ZBITPIX": 8, "BZERO": -128}),
    "a null among integers": (columns(), {"ZBLANK": 400}),
    "a column that is not known": (columns(NULL_PIXEL_MASK=("1PB", NOTHING)), {}),
    "items of four bytes": (columns(("1PJ", [cell + bytes(-len(cell) % 4) for cell in DATA[1]])), {}),
}


# -- Tables that are written by hand ---------------------------------------------------


@pytest.mark.parametrize("name", OURS)
def test_unusual_tables(name: str, tmp_path: Path) -> None:
    (tmp_path / "image.fits").write_bytes(table(OURS[name][0], **OURS[name][1]))
    assert compare(tmp_path / "image.fits") > SMALL.size


@pytest.mark.parametrize("name", ASTROPYS)
def test_tables_that_are_left_to_astropy(name: str, tmp_path: Path) -> None:
    (tmp_path / "image.fits").write_bytes(table(ASTROPYS[name][0], **ASTROPYS[name][1]))
    assert compare(tmp_path / "image.fits", is_ours=False) > SMALL.size


def _cut(cells: list[bytes]) -> list[bytes]:
    return [cells[0], cells[1][:-9], cells[2]]


BROKEN: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a tile that is cut": (columns(("1PB", _cut(DATA[1]))), {}, "not complete"),
    "a tile of other size": (columns(("1PB", packed(SMALL[:, :7], ">i4"))), {}, "8 pixels has 28 bytes"),
    "a tile that is too large": (columns(("1PB", packed(np.hstack([SMALL] * 3), ">i4"))), {}, "larger than"),
    "many parts": (
        columns(("1PB", [cell + 20 * gzip.compress(b"") for cell in DATA[1]])), {}, "more than 16 parts",
    ),
    "a tile that is too long": (
        columns(("1PB", [cell + bytes(2000) for cell in DATA[1]])), {}, "more bytes than",
    ),
    "no tile": (columns(("1PB", NOTHING)), {}, "no content"),
    "too few tiles": (columns(("1PB", DATA[1][:2])), {}, "2 tiles instead of 3"),
    "something else": (columns(("1PB", [b"no compressed data"] * 3)), {}, "incorrect header"),
    "an impossible tile": (columns(), {"ZTILE1": 0}, "in the range 1"),
    "half a pixel": (columns(), {"ZTILE1": 0.5}, "ZTILE1 is 0.5"),
    "a heap elsewhere": (columns(), {"THEAP": -5}, "THEAP"),
    "quantized to 64 bits": (columns(("1PB", packed(SMALL, ">i8")), **SCALES), QUANTIZED, "64 bits"),
}  # fmt: skip


# -- Damage ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", BROKEN)
def test_damage_is_named(name: str, tmp_path: Path) -> None:
    path = tmp_path / "image.fits"
    cells, cards, message = BROKEN[name]
    path.write_bytes(table(cells, **cards))
    with pytest.raises(FitsError, match=rf"image\.fits.*1.*{message}"), FitsFile(str(path)) as file:
        FitsPlane(file, 1).array(boxes(SMALL.shape)[0])


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [("BYTEPIX", 8, 2), ("bytepix", 3, 2), ("BLOCKSIZE", 2**30, 2), ("BYTEPIX", 8, 12)],
)
def test_parameters_of_rice(name: str, value: int, number: int, tmp_path: Path) -> None:
    """The decoder would write or read outside of its memory."""
    path = tmp_path / "image.fits"
    cards: dict[str, Any] = {"ZCMPTYPE": "RICE_1"}
    for other in range(1, number):
        cards |= {f"ZNAME{other}": "NOISEBIT", f"ZVAL{other}": 1.5}
    path.write_bytes(table(columns(), **cards, **{f"ZNAME{number}": name, f"ZVAL{number}": value}))
    with pytest.raises(FitsError, match=rf"image\.fits.*{name.upper()}"), FitsFile(str(path)) as file:
        FitsPlane(file, 1)


def test_a_file_that_ends_early(tmp_path: Path) -> None:
    path = write(tmp_path / "image.fits", integers("i4", (300, 300)), "GZIP_2", (1, 300))
    path.write_bytes(path.read_bytes()[:200_000])
    with pytest.raises(FitsError, match=r"image\.fits"), FitsFile(str(path)) as file:
        FitsPlane(file, 1).array(boxes((300, 300))[0])


def test_damage_outside_of_the_box_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "image.fits"
    path.write_bytes(table(columns(("1PB", _cut(DATA[1])))))
    with FitsFile(str(path)) as file:
        plane = FitsPlane(file, 1)
        found = plane.array(Box2I(Point2I(1, 2), Extent2I(4, 1)))
        np.testing.assert_array_equal(found, SMALL[2:3, 1:5])


def test_only_tiles_of_the_box_are_decompressed(tmp_path: Path, monkeypatch: Any) -> None:
    path = write(tmp_path / "image.fits", integers("i4"), "RICE_1", (4, 5))
    decoded = []
    original: Callable[..., Any] = Tiles._decoded

    def record(self: Tiles, index: int, tile: int, count: int) -> Any:
        decoded.append((tile, count))
        return original(self, index, tile, count)

    monkeypatch.setattr(Tiles, "_decoded", record)
    with FitsFile(str(path)) as file:
        tiles = FitsPlane(file, 1)._tiles(Box2I(Point2I(9, 3), Extent2I(7, 2)))
        assert tiles is not None
        assert len(tiles._contents.heap) < path.stat().st_size // 8
        tiles.pixels()
    # Four tiles beside each other, the last of which has two columns.
    assert decoded == [(1, 20), (2, 20), (3, 8), (5, 20), (6, 20), (7, 8)]
