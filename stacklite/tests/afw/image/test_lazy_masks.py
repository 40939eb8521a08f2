"""Masks of files whose rows are decompressed when somebody looks at them; nobody else sees a difference."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from lsst.afw.fits import FitsError
from lsst.afw.image import (
    LOCAL,
    ExposureF,
    ExposureFitsReader,
    MaskedImageF,
    MaskedImageFitsReader,
    MaskFitsReader,
    MaskX,
)
from lsst.afw.image._mask_planes import restore_default_planes
from lsst.afw.image._plane_readers import open_reader
from lsst.afw.image._tile_reading import Tiles
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import LengthError

WIDTH, HEIGHT = 23, 12
BOX = Box2I(Point2I(-5, 100), Extent2I(WIDTH, HEIGHT))
PIXELS = np.random.default_rng(8).integers(0, 2**11, (HEIGHT, WIDTH), np.int32)
MASK_HDU = 2


def row(y: int, height: int = 1) -> Box2I:
    """Return the box of rows, counted from the first."""
    return Box2I(Point2I(BOX.getBeginX(), BOX.getBeginY() + y), Extent2I(WIDTH, height))


def write(path: Path, **options: Any) -> str:
    """Write an exposure whose mask is compressed."""
    exposure = ExposureF(BOX)
    exposure.mask.array[:] = PIXELS
    gzip = {"algorithm": "GZIP_2"}
    options = {"image": gzip, "variance": gzip, "mask": {"algorithm": "RICE_1", **options}}
    exposure.writeFitsWithOptions(str(path), options)
    return str(path)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return write(tmp_path / "exposure.fits")


@pytest.fixture
def decoded(monkeypatch: Any) -> list[int]:
    """The tiles that were decompressed since, of planes that have integers."""
    found: list[int] = []
    original: Callable[..., Any] = Tiles._decoded

    def record(self: Tiles, index: int, tile: int, count: int) -> Any:
        if self.dtype == np.int32:
            found.append(tile)
        return original(self, index, tile, count)

    monkeypatch.setattr(Tiles, "_decoded", record)
    return found


def read(path: str, *args: Any, **kwargs: Any) -> MaskX:
    with open_reader(ExposureFitsReader, path) as reader:
        return reader.readMask(*args, **kwargs)


# -- When rows are decompressed --------------------------------------------------------


def test_only_rows_that_are_looked_at(path: str, decoded: list[int]) -> None:
    mask = read(path)
    assert mask.getBBox() == BOX and mask.getDimensions() == BOX.getDimensions()
    assert (mask.getWidth(), mask.height, mask.getX0(), mask.y0) == (WIDTH, HEIGHT, -5, 100)
    parts = [mask.subset(row(y)) for y in (2, 5)] + [mask[row(7)], MaskX(mask, row(5))]
    assert [part.getBBox() for part in parts] == [row(2), row(5), row(7), row(5)]
    assert mask.getMaskPlaneDict()["BAD"] == 0
    assert decoded == []
    for y, part in zip((2, 5, 7, 5), parts, strict=True):
        np.testing.assert_array_equal(part.array, PIXELS[y : y + 1])
    assert decoded == [2, 5, 7]
    np.testing.assert_array_equal(mask.array, PIXELS)
    assert sorted(decoded) == [*range(HEIGHT)]
    assert mask.array is mask.getArray()


@pytest.mark.parametrize("kind", [MaskFitsReader, MaskedImageFitsReader, ExposureFitsReader])
def test_all_ways_to_read(kind: Any, path: str, decoded: list[int]) -> None:
    with open_reader(kind, path, *([MASK_HDU] if kind is MaskFitsReader else [])) as reader:
        found = reader.read()
        mask = getattr(found, "mask", found)
    assert found.getBBox() == BOX
    part = found[row(3)]
    assert decoded == []
    np.testing.assert_array_equal(getattr(part, "mask", part).array, PIXELS[3:4])
    assert decoded == [3]
    np.testing.assert_array_equal(mask.array, PIXELS)


def test_boxes_of_files(path: str, decoded: list[int]) -> None:
    mask = read(path, Box2I(Point2I(-2, 103), Extent2I(9, 4)))
    assert decoded == []
    np.testing.assert_array_equal(mask[:, 105:106].array, PIXELS[5:6, 3:12])
    assert decoded == [5]
    np.testing.assert_array_equal(mask.array, PIXELS[3:7, 3:12])
    assert decoded == [5, 3, 4, 6]


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(0, 5, [[2], [0, 1]]), (10, 5, [[6, 7, 8], [*range(6)]]), (0, 0, [[0], []])],
)
def test_other_tiles(
    width: int, height: int, expected: list[list[int]], tmp_path: Path, decoded: list[int]
) -> None:
    mask = read(write(tmp_path / "exposure.fits", tile_width=width, tile_height=height))
    np.testing.assert_array_equal(mask[row(10, 2)].array, PIXELS[10:12])
    assert decoded == expected[0]
    np.testing.assert_array_equal(mask.array, PIXELS)
    assert decoded == expected[0] + expected[1]


def _remove_suspect() -> None:
    MaskX.removeMaskPlane("SUSPECT")
    MaskX.addMaskPlane("CROSSTALK")


def test_planes_that_differ_are_translated_at_once(path: str, decoded: list[int]) -> None:
    _remove_suspect()
    mask = read(path)
    assert len(decoded) == HEIGHT
    suspect = MaskX.getPlaneBitMask("SUSPECT")
    np.testing.assert_array_equal((mask.array & suspect) != 0, (PIXELS & 1 << 7) != 0)
    assert not (mask.array & MaskX.getPlaneBitMask("CROSSTALK")).any()


def test_planes_that_are_only_new_are_added(path: str, decoded: list[int]) -> None:
    MaskX.removeMaskPlane("STREAK")
    mask = read(path)
    assert decoded == []
    assert MaskX.getMaskPlane("STREAK") == 10
    np.testing.assert_array_equal(mask.array, PIXELS)


def test_planes_of_the_file_become_those_of_the_process(path: str, decoded: list[int]) -> None:
    _remove_suspect()
    mask = read(path, conformMasks=True)
    assert decoded == []
    assert MaskX.getMaskPlane("SUSPECT") == 7
    assert mask.interpret(int(mask.array[0, 0])) == MaskX.interpret(int(PIXELS[0, 0]))
    restore_default_planes()


def test_planes_that_are_translated_later(path: str) -> None:
    mask = read(path)
    planes = mask.getMaskPlaneDict()
    planes["BAD"], planes["SAT"] = planes["SAT"], planes["BAD"]
    mask.conformMaskPlanes(planes)
    swapped = PIXELS & ~3 | (PIXELS & 1) << 1 | (PIXELS & 2) >> 1
    np.testing.assert_array_equal(mask.array, swapped)


# -- What is shared --------------------------------------------------------------------


def test_parts_share_pixels(path: str, decoded: list[int]) -> None:
    mask = read(path)
    part, same = mask[row(4, 3)], MaskX(mask, row(5))
    part.array[1, 2] = -7
    assert same[2, 0, LOCAL] == mask[2, 5, LOCAL] == mask.array[5, 2] == -7
    mask.array[6, 1] = -8
    assert part[1, 2, LOCAL] == -8
    for one in (part, same, MaskX(mask), copy.copy(mask)):
        assert np.shares_memory(one.array, mask.array)
    assert sorted(decoded) == [*range(HEIGHT)]


def test_what_is_changed_is_not_read_again(path: str) -> None:
    mask = read(path)
    mask[row(3)].set(77)
    mask[row(8)].clearAllMaskPlanes()
    expected = PIXELS.copy()
    expected[3], expected[8] = 77, 0
    np.testing.assert_array_equal(mask.array, expected)


def test_parts_of_parts(path: str, decoded: list[int]) -> None:
    mask = read(path)
    part = mask[Box2I(Point2I(0, 102), Extent2I(10, 6))]
    inner = part[Box2I(Point2I(4, 104), Extent2I(3, 2))]
    np.testing.assert_array_equal(inner.array, PIXELS[4:6, 9:12])
    np.testing.assert_array_equal(
        part.subset(Box2I(Point2I(1, 0), Extent2I(2, 1)), LOCAL).array, PIXELS[2:3, 6:8]
    )
    assert decoded == [4, 5, 2]
    assert inner.getXY0() == Point2I(4, 104)
    inner.setXY0(Point2I(0, 0))
    assert part.getXY0() == Point2I(0, 102)


def test_boxes_outside_are_refused(path: str, decoded: list[int]) -> None:
    mask = read(path)
    for box in (row(-1), row(HEIGHT), row(0, HEIGHT + 1), Box2I(Point2I(-6, 100), Extent2I(2, 1))):
        for cut in (mask.subset, lambda each: mask[each], lambda each: MaskX(mask, each)):
            with pytest.raises(LengthError, match="is not inside the image"):
                cut(box)
    with pytest.raises(LengthError):
        mask.subset(row(0), LOCAL)
    with pytest.raises(TypeError):
        mask.subset((0, 0))  # type: ignore[arg-type]
    assert decoded == []


COPIES: dict[str, Callable[[MaskX], MaskX]] = {
    "clone": MaskX.clone,
    "deepcopy": copy.deepcopy,
    "constructor": lambda mask: MaskX(mask, True),
    "part": lambda mask: MaskX(mask, BOX, deep=True),
    "pickle": lambda mask: pickle.loads(pickle.dumps(mask)),
}


@pytest.mark.parametrize("name", COPIES)
def test_copies_are_whole_and_apart(name: str, path: str) -> None:
    mask = read(path)
    found = COPIES[name](mask)
    assert found.getBBox() == BOX and type(found) is MaskX
    np.testing.assert_array_equal(found.array, PIXELS)
    found.array[:] = 1
    np.testing.assert_array_equal(mask.array, PIXELS)


def test_nothing_is_left_behind(path: str) -> None:
    mask = read(path)
    other = MaskX(PIXELS.copy(), xy0=BOX.getMin())
    for one in (pickle.loads(pickle.dumps(mask)), mask, mask[row(2)]):
        _ = one.array
        assert vars(one).keys() == vars(other).keys()


def test_large_masks(tmp_path: Path) -> None:
    """Those that fill large pages of memory."""
    pixels = np.arange(2**20, dtype=np.int32).reshape(2**10, 2**10)
    options = {"mask": {"algorithm": "GZIP_1"}}
    MaskX(pixels).writeFitsWithOptions(str(tmp_path / "mask.fits"), options)
    with open_reader(MaskFitsReader, str(tmp_path / "mask.fits")) as reader:
        mask = reader.read()
    box = Box2I(Point2I(0, 10), Extent2I(2**10, 1))
    np.testing.assert_array_equal(mask[box].array, pixels[10:11])
    np.testing.assert_array_equal(mask.array, pixels)


USES: dict[str, Callable[[MaskX], Any]] = {
    "|=": lambda mask: mask.__ior__(64).array,
    "&=": lambda mask: mask.__iand__(mask.clone()).array,
    "^=": lambda mask: mask.__ixor__(5).array,
    "pixel": lambda mask: mask[3, 104],
    "set pixel": lambda mask: (mask.__setitem__((3, 104), 5), mask.array),
    "set part": lambda mask: (mask.__setitem__(row(3, 2), 5), mask.array),
    "assign part": lambda mask: (mask.assign(MaskX(row(3, 2), 9), row(3, 2)), mask.array),
    "assign": lambda mask: (mask.assign(MaskX(BOX, 9)), mask.array),
    "array": lambda mask: (setattr(mask, "array", 4), mask.array),
    "set": lambda mask: (mask.set(4), mask.array),
    "text": lambda mask: (str(mask), repr(mask), mask.getAsString(3, 4)),
    "clear": lambda mask: (mask.clearMaskPlane(3), mask.array),
    "remove": lambda mask: (mask.removeAndClearMaskPlane("CR"), mask.array, mask.getMaskPlaneDict()),
    "factory": lambda mask: mask.Factory(mask, row(2)).array,
    "masked image": lambda mask: MaskedImageF(MaskedImageF(BOX).image, mask).mask.array,
    "slices": lambda mask: mask[:, 101:104].array,
}  # fmt: skip


@pytest.mark.parametrize("name", USES)
def test_uses_have_the_result_of_any_mask(name: str, path: str) -> None:
    found = USES[name](read(path))
    np.testing.assert_equal(found, USES[name](MaskX(PIXELS.copy(), xy0=BOX.getMin())))


def test_files_are_written_whole(path: str, tmp_path: Path) -> None:
    read(path).writeFits(str(tmp_path / "mask.fits"))
    np.testing.assert_array_equal(MaskX(str(tmp_path / "mask.fits")).array, PIXELS)
    ExposureF(path).writeFits(str(tmp_path / "again.fits"))
    np.testing.assert_array_equal(ExposureF(str(tmp_path / "again.fits")).mask.array, PIXELS)


def test_the_file_is_not_needed_any_more(path: str) -> None:
    mask = read(path)
    Path(path).write_bytes(b"")
    Path(path).unlink()
    np.testing.assert_array_equal(mask.array, PIXELS)


@given(st.lists(st.tuples(st.integers(0, HEIGHT - 1), st.integers(1, HEIGHT), st.booleans()), max_size=8))
def test_any_order(path_of_module: str, steps: list[tuple[int, int, bool]]) -> None:
    mask, expected = read(path_of_module), PIXELS.copy()
    for number, (y, height, is_changed) in enumerate(steps):
        part = mask[row(y, min(height, HEIGHT - y))]
        if is_changed:
            part.array[:] = -number
            expected[y : y + height] = -number
        np.testing.assert_array_equal(part.array, expected[y : y + height])
    np.testing.assert_array_equal(mask.array, expected)


@pytest.fixture(scope="module")
def path_of_module(tmp_path_factory: Any) -> Iterator[str]:
    yield write(tmp_path_factory.mktemp("mask") / "exposure.fits", tile_height=2)


def test_threads_do_not_undo_what_others_changed(path: str) -> None:
    for _ in range(20):
        mask = read(path)
        start = threading.Barrier(4)

        def change(bit: int, mask: MaskX = mask, start: threading.Barrier = start) -> None:
            start.wait()
            mask[row(5)].array[0, bit] = -1

        threads = [threading.Thread(target=change, args=(bit,)) for bit in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (mask.array[5, :4] == -1).all()
        np.testing.assert_array_equal(mask.array[5, 4:], PIXELS[5, 4:])


def damage(path: str, tile: int) -> str:
    """Cut a tile of the mask, which stays inside the data."""
    with fits.open(path, disable_image_compression=True) as hdus:
        start = hdus[MASK_HDU].fileinfo()["datLoc"]
    content = bytearray(Path(path).read_bytes())
    at = start + 8 * tile
    content[at : at + 4] = np.array(3, ">i4").tobytes()
    Path(path).write_bytes(content)
    return path


# -- Damage ----------------------------------------------------------------------------


def test_damage_is_found_by_those_who_look(path: str) -> None:
    mask = read(damage(path, 4))
    part = mask[row(4)]
    for y in (3, 5):
        np.testing.assert_array_equal(mask[row(y)].array, PIXELS[y : y + 1])
    for _ in range(2):
        for look in (
            lambda: part.array,
            lambda: mask.array,
            mask.clone,
            lambda: mask[row(2, 4)].array,
            lambda: mask[0, 4, LOCAL],
        ):
            with pytest.raises(FitsError, match=rf"exposure\.fits: HDU {MASK_HDU} cannot be read"):
                look()
    assert mask.getBBox() == BOX and part.getBBox() == row(4)
    np.testing.assert_array_equal(mask[row(6)].array, PIXELS[6:7])


def test_damage_is_found_at_once_where_bits_are_translated(path: str) -> None:
    _remove_suspect()
    with pytest.raises(FitsError, match=rf"exposure\.fits: HDU {MASK_HDU} cannot be read"):
        read(damage(path, 4))


def test_the_table_is_checked_when_it_is_read(path: str) -> None:
    with fits.open(path, disable_image_compression=True) as hdus:
        start = hdus[MASK_HDU].fileinfo()["datLoc"]
    content = bytearray(Path(path).read_bytes())
    content[start + 4 : start + 8] = np.array(2**30, ">i4").tobytes()
    Path(path).write_bytes(content)
    with pytest.raises(FitsError, match=r"exposure\.fits: HDU 2 .*outside of the data"):
        read(path)
