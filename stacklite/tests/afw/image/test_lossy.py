"""Quantized (lossy) compression: the bytes of the real stack, bounds, and what astropy makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from lsst.afw.fits import FitsError
from lsst.afw.image import ExposureF, Image, ImageD, ImageF, ImageI, ImageL, ImageU, MaskedImageF, MaskX
from lsst.afw.image._quantization import Quantization
from lsst.geom import Extent2I
from lsst.pex.exceptions import InvalidParameterError
from stacklite_support.golden import cases, golden_file, number
from stacklite_support.paths import REFERENCE_VISIT

LOSSY = {
    "algorithm": "RICE_1",
    "quantization": {
        "dither": "SUBTRACTIVE_DITHER_2",
        "scaling": "STDEV_MASKED",
        "mask_planes": ["NO_DATA", "INTRP"],
        "level": 16.0,
    },
}
LOSSY16 = {"image": LOSSY, "mask": {"algorithm": "GZIP_2"}, "variance": LOSSY}
DITHERS = ("NO_DITHER", "SUBTRACTIVE_DITHER_1", "SUBTRACTIVE_DITHER_2")
GOLDEN = [c for c in cases("exposures", "exposure file") if c["inputs"]["compression"] == "lossy16"]


def _noise(height: int = 30, width: int = 41, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(100.0, 10.0, (height, width)).astype(np.float32)


def _write(array: np.ndarray, path: Path, options: dict[str, Any]) -> np.ndarray:
    """Write an image; return the pixels read back, which astropy must find as well."""
    Image[array.dtype.type](array).writeFitsWithOptions(str(path), {"image": options})
    found = Image[array.dtype.type](str(path)).array
    with fits.open(path) as hdus:
        np.testing.assert_array_equal(found, hdus[1].data)
    return found


def _manual(**changes: Any) -> dict[str, Any]:
    return {"scaling": "MANUAL", "level": 0.5, "dither": "SUBTRACTIVE_DITHER_2"} | changes


def _step(path: Path) -> float:
    with fits.open(path, disable_image_compression=True) as hdus:
        scales = hdus[1].data["ZSCALE"]
        assert np.all(scales == scales[0])
        assert hdus[1].header["UZSCALE"] == scales[0]
        return float(scales[0])


def _data(hdu: Any, path: str | Path) -> bytes:
    """Return table and heap as they stand in the file."""
    start, size = hdu.fileinfo()["datLoc"], hdu.header["NAXIS1"] * hdu.header["NAXIS2"]
    return Path(path).read_bytes()[start : start + size + hdu.header["PCOUNT"]]


@pytest.mark.parametrize("case", GOLDEN, ids=lambda c: c["inputs"]["file"])
def test_bytes_of_the_image_are_those_of_the_stack(case: dict[str, Any], tmp_path: Path) -> None:
    path, original = tmp_path / "exposure.fits", golden_file(case["inputs"]["file"])
    exposure = ExposureF(original)
    exposure.image.array[:] = np.array(number(case["inputs"]["image_before_writing"]), np.float32)
    exposure.writeFitsWithOptions(str(path), LOSSY16)
    with (
        fits.open(path, disable_image_compression=True) as found,
        fits.open(original, disable_image_compression=True) as expected,
    ):
        for index in (1, 2):
            for ours, theirs in zip(found[index].header.cards, expected[index].header.cards, strict=True):
                # The stack cuts floats in headers to 15 digits.
                is_float = isinstance(theirs.value, float)
                assert ours.keyword == theirs.keyword
                assert ours.value == (pytest.approx(theirs.value, rel=1e-13) if is_float else theirs.value)
            assert _data(found[index], path) == _data(expected[index], original)


@pytest.mark.parametrize("path", sorted(REFERENCE_VISIT.glob("calexp_*.fits")), ids=lambda p: p.name)
def test_reference_exposures_written_lossy(path: Path, tmp_path: Path) -> None:
    exposure = ExposureF(str(path))
    again = tmp_path / "again.fits"
    exposure.writeFitsWithOptions(str(again), LOSSY16)
    found = ExposureF(str(again))
    np.testing.assert_array_equal(found.mask.array, exposure.mask.array)
    good = (exposure.mask.array & exposure.mask.getPlaneBitMask(["NO_DATA", "INTRP"])) == 0
    for plane, hdu in (("image", 1), ("variance", 3)):
        before, after = getattr(exposure, plane).array, getattr(found, plane).array
        with fits.open(again) as hdus:
            np.testing.assert_array_equal(after, hdus[hdu].data)
            step = hdus[hdu].header["UZSCALE"]
        quartiles = np.quantile(before[good & np.isfinite(before)], [0.25, 0.75])
        # The stack does not interpolate quartiles.
        assert step == pytest.approx(0.741 * np.diff(quartiles)[0] / 16, rel=1e-3)
        np.testing.assert_array_equal(np.isnan(after), np.isnan(before))
        _assert_near(after, before, step)
    assert found.visitInfo == exposure.visitInfo
    assert found.info._components.keys() == exposure.info._components.keys()


def _assert_near(after: np.ndarray, before: np.ndarray, step: float) -> None:
    """Compare within half a step and the rounding of float32."""
    good = np.isfinite(before)
    rounding = np.spacing(np.maximum(np.abs(before[good]), np.float32(step)).astype(np.float32))
    assert np.all(np.abs(after[good].astype(np.float64) - before[good]) <= 0.5 * step + rounding)


@pytest.mark.parametrize("dither", DITHERS)
@pytest.mark.parametrize("algorithm", ["RICE_1", "GZIP_1", "GZIP_2"])
@pytest.mark.parametrize("tiles", [{}, {"tile_width": 10, "tile_height": 7}, {"tile_height": 0}])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_combination_stays_within_half_a_step(
    dither: str, algorithm: str, tiles: dict[str, int], dtype: type, tmp_path: Path
) -> None:
    array = _noise().astype(dtype)
    array[3, 5:9] = np.nan
    array[4] = np.nan
    array[7, :20] = 0.0
    options = {"algorithm": algorithm, "quantization": {"dither": dither, "level": 8.0, "seed": 9999}} | tiles
    found = _write(array, tmp_path / "image.fits", options)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(array))
    _assert_near(found, array, _step(tmp_path / "image.fits"))
    assert not np.array_equal(found, array, equal_nan=True)
    if dither == "SUBTRACTIVE_DITHER_2":
        np.testing.assert_array_equal(found == 0, array == 0)


def test_dither_leaves_no_bias_and_follows_the_seed(tmp_path: Path) -> None:
    array = _noise(200, 200)
    results = []
    for seed in (1, 1, 2, 10000):
        quantization = _manual(level=40.0, dither="SUBTRACTIVE_DITHER_1", seed=seed)
        options = {"algorithm": "RICE_1", "quantization": quantization}
        results.append(_write(array, tmp_path / "image.fits", options))
    assert np.array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2])
    for found in results:
        # Each pixel is uniform within a step of 40: 11.5 wide, 200 times fewer on average.
        assert abs(np.mean(found - array)) < 5 * 40 / np.sqrt(12) / 200


def test_tiles_longer_than_the_random_sequence(tmp_path: Path) -> None:
    array = _noise(150, 151)
    options = {"algorithm": "RICE_1", "tile_height": 0, "quantization": _manual()}
    _assert_near(_write(array, tmp_path / "image.fits", options), array, 0.5)


def test_masked_pixels_do_not_count(tmp_path: Path) -> None:
    steps = []
    for planes in ((), ("INTRP",), ("NO_DATA",), ("CR",)):
        masked = MaskedImageF(Extent2I(41, 30))
        masked.image.array[:] = _noise()
        masked.image.array[:20] *= 50
        for plane in planes:
            masked.mask.array[:20] |= masked.mask.getPlaneBitMask(plane)
        masked.writeFitsWithOptions(str(tmp_path / "masked.fits"), LOSSY16)
        steps.append(_step(tmp_path / "masked.fits"))
    assert steps[1] == steps[2] < steps[0] == steps[3]


@pytest.mark.parametrize("fill", [0.0, 7.5, np.nan, np.inf])
def test_planes_without_noise_lose_nothing(fill: float, tmp_path: Path) -> None:
    array = np.full((5, 6), fill, np.float32)
    assert _write(array, tmp_path / "image.fits", LOSSY).tobytes() == array.tobytes()


def test_tiles_that_cannot_be_quantized_lose_nothing(tmp_path: Path) -> None:
    array = _noise()
    array[3, 4], array[5, 6] = np.inf, 1e30
    found = _write(array, tmp_path / "image.fits", LOSSY)
    assert array[[3, 5]].tobytes() == found[[3, 5]].tobytes()
    with fits.open(tmp_path / "image.fits", disable_image_compression=True) as hdus:
        assert hdus[1].columns.names[-1] == "GZIP_COMPRESSED_DATA"
        sizes = [len(cell) for cell in hdus[1].data["GZIP_COMPRESSED_DATA"]]
    assert [i for i, size in enumerate(sizes) if size] == [3, 5]
    column = _write(_noise(30, 1), tmp_path / "column.fits", LOSSY)
    np.testing.assert_array_equal(column, _noise(30, 1))


@pytest.mark.parametrize("kind", [ImageU, ImageI, MaskX])
def test_integers_are_stored_without_loss(kind: Any, tmp_path: Path) -> None:
    image = kind(Extent2I(7, 5))
    image.array[:] = np.arange(35).reshape(5, 7) * 1871
    path = str(tmp_path / "image.fits")
    image.writeFitsWithOptions(path, {"image": LOSSY})
    np.testing.assert_array_equal(kind(path).array, image.array)
    with fits.open(path) as hdus:
        np.testing.assert_array_equal(hdus[1].data, image.array)


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (ImageF, {"algorithm": "RICE_1"}, "without quantization"),
        (ImageL, {"algorithm": "RICE_1"}, "64-bit"),
        (ImageF, {"algorithm": "HCOMPRESS_1"}, "HCOMPRESS_1"),
        (ImageF, {"algorithm": "RICE_1", "quantization": {"dither": "NO_DITHER"}}, "lack a level"),
        (ImageF, {"algorithm": "RICE_1", "quantization": {"level": 0.0}}, "positive"),
        (ImageF, {"algorithm": "RICE_1", "quantization": {"level": 4.0, "scaling": "RANGE"}}, "RANGE"),
        (ImageF, {"algorithm": "RICE_1", "quantization": {"level": 4.0, "dither": "OFTEN"}}, "OFTEN"),
        (ImageF, {"algorithm": "RICE_1", "quantization": {"level": 4.0, "seed": 10001}}, "10001"),
        (ImageF, {"algorithm": "RICE_1", "quantization": {"level": 4.0, "color": 1}}, "color"),
    ],
)
def test_what_cannot_be_done_is_an_error(kind: Any, options: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "image.fits"
    with pytest.raises(FitsError, match=message):
        kind(Extent2I(4, 3)).writeFitsWithOptions(str(path), {"image": options})
    assert not path.exists()


def test_unknown_mask_plane_is_named(tmp_path: Path) -> None:
    options = {"algorithm": "RICE_1", "quantization": {"level": 4.0, "mask_planes": ["NOWHERE"]}}
    with pytest.raises(InvalidParameterError, match="NOWHERE"):
        MaskedImageF(Extent2I(4, 3)).writeFitsWithOptions(str(tmp_path / "a.fits"), {"image": options})


def test_doubles_keep_their_digits(tmp_path: Path) -> None:
    array: np.ndarray = 1e9 + _noise().astype(np.float64)
    found = _write(array, tmp_path / "image.fits", LOSSY)
    assert np.abs(found - array).max() <= 0.5 * _step(tmp_path / "image.fits") + np.spacing(2e9)
    assert type(ImageD(str(tmp_path / "image.fits"))) is ImageD


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6, width=32) | st.just(float("nan")), min_size=2, max_size=40),
    st.sampled_from(DITHERS),
    st.floats(0.015625, 64.0, width=32),
    st.integers(1, 10000),
)
def test_integers_lie_within_half_a_step_of_pixels(
    pixels: list[float], dither: str, step: float, seed: int
) -> None:
    """Undo the quantization with the random sequence of an independent, scalar formula."""
    quantization = Quantization(step, dither, "MANUAL", (), seed)
    found = quantization.quantize(np.array(pixels), step, 0)
    assert found is not None
    integers, zero = found
    for pixel, integer, random in zip(pixels, integers.tolist(), _randoms(seed), strict=False):
        if np.isnan(pixel):
            assert integer == -2147483647
        elif pixel == 0 and dither == "SUBTRACTIVE_DITHER_2":
            assert integer == -2147483646
        else:
            shift = 0.5 - random if dither != "NO_DITHER" else 0.0
            assert abs((integer + shift) * step + zero - pixel) <= 0.5 * step * (1 + 1e-5) + 1e-6


def _randoms(seed: int) -> list[float]:
    values, state = [], 1
    for _ in range(10000):
        state = (16807 * state) % 2147483647
        values.append(float(np.float32(state / 2147483647)))
    assert state == 1043618065  # the check value of the FITS standard
    start = int(values[seed - 1] * 500)
    return values[start:]
