"""Write recipes of the exposure formatters, through a butler configured as an observatory does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from lsst.afw.fits import FitsError
from lsst.afw.image import ExposureF
from lsst.daf.butler import Butler, Config, DatasetType
from stacklite_support.paths import REFERENCE_VISIT

FORMATTERS = "lsst.obs.base.formatters.fitsExposure"
CUSTOM = {
    "image": {"algorithm": "GZIP_1", "tile_width": 32, "tile_height": 16},
    "variance": {"algorithm": "RICE_1", "quantization": {"level": 4.0, "seed": 77}},
}
BROKEN = {"image": {"algorithm": "PLIO_1"}}


def _formatter(recipe: str, storage: str = "Exposure") -> dict[str, Any]:
    return {"formatter": f"{FORMATTERS}.Fits{storage}Formatter", "parameters": {"recipe": recipe}}


CONFIG = {
    "datastore": {
        "formatters": {
            "write_recipes": {
                f"{FORMATTERS}.Fits{storage}Formatter": {"custom": CUSTOM, "broken": BROKEN}
                for storage in ("Exposure", "MaskedImage", "Image", "Mask")
            },
            **{
                name: _formatter(name)
                for name in ("lossless", "lossy16", "noCompression", "custom", "broken")
            },
            "missing": _formatter("nowhere"),
            "masked": _formatter("lossy16", "MaskedImage"),
            "image": _formatter("lossy16", "Image"),
            "mask": _formatter("lossy16", "Mask"),
        }
    }
}


@pytest.fixture(scope="module")
def butler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Butler]:
    root = str(tmp_path_factory.mktemp("repo"))
    Butler.makeRepo(root, config=Config(CONFIG))
    with Butler.from_config(root, writeable=True, run="run") as result:
        result.registry.insertDimensionData("instrument", {"name": "RefCam"})
        for detector in (90, 98):
            record = {"instrument": "RefCam", "id": detector, "full_name": str(detector)}
            result.registry.insertDimensionData("detector", record)
        yield result


@pytest.fixture(scope="module")
def exposure() -> ExposureF:
    return ExposureF(str(REFERENCE_VISIT / "calexp_90.fits"))


def _put(butler: Butler, name: str, storage_class: str, dataset: Any, detector: int = 98) -> Path:
    """Write a dataset; return the path of its file."""
    dimensions = ("instrument", "detector")
    butler.registry.registerDatasetType(
        DatasetType(name, dimensions, storage_class, universe=butler.dimensions)
    )
    ref = butler.put(dataset, name, instrument="RefCam", detector=detector)
    return Path(butler.getURI(ref).ospath)


def _compression(path: Path) -> list[tuple[Any, ...]]:
    """Return what the three planes say about themselves."""
    keys = ("ZCMPTYPE", "ZQUANTIZ", "ZDITHER0", "ZTILE1", "ZTILE2")
    with fits.open(path, disable_image_compression=True) as hdus:
        return [tuple(hdu.header.get(key) for key in keys) for hdu in hdus[1:4]]


def _seed(detector: int) -> int:
    return 1 + int(hashlib.md5(json.dumps(["RefCam", detector]).encode()).hexdigest(), 16) % 9999


PLAIN = (None, None, None, None, None)
FLOATS = ("GZIP_2", "NONE", None, 320, 1)
INTEGERS = ("GZIP_2", None, None, 320, 1)
QUANTIZED = ("RICE_ONE", "SUBTRACTIVE_DITHER_2", _seed(98), 320, 1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("calexp", [FLOATS, INTEGERS, FLOATS]),
        ("lossless", [FLOATS, INTEGERS, FLOATS]),
        ("lossy16", [QUANTIZED, INTEGERS, QUANTIZED]),
        ("noCompression", [PLAIN, PLAIN, PLAIN]),
        ("custom", [("GZIP_1", "NONE", None, 32, 16), PLAIN, ("RICE_1", "NO_DITHER", None, 320, 1)]),
    ],
)
def test_recipes_of_exposures(butler: Butler, exposure: ExposureF, name: str, expected: list[Any]) -> None:
    path = _put(butler, name, "ExposureF", exposure)
    assert _compression(path) == expected
    found = butler.get(name, instrument="RefCam", detector=98)
    for plane, (_, quantized, *_) in zip(("image", "mask", "variance"), expected, strict=True):
        before, after = getattr(exposure, plane).array, getattr(found, plane).array
        if quantized in (None, "NONE"):
            np.testing.assert_array_equal(after, before)
        else:
            np.testing.assert_allclose(after, before, atol=2.0)
            assert not np.array_equal(after, before, equal_nan=True)
        part = butler.get(f"{name}.{plane}", instrument="RefCam", detector=98)
        np.testing.assert_array_equal(part.array, after)


def test_seed_follows_the_data_id(butler: Butler, exposure: ExposureF) -> None:
    other = _put(butler, "lossy16", "ExposureF", exposure, detector=90)
    assert [plane[2] for plane in _compression(other)] == [_seed(90), None, _seed(90)]
    assert _seed(90) != _seed(98)


def test_recipes_of_masked_images_images_and_masks(butler: Butler, exposure: ExposureF) -> None:
    assert _compression(_put(butler, "masked", "MaskedImageF", exposure.maskedImage)) == [
        QUANTIZED,
        INTEGERS,
        QUANTIZED,
    ]
    assert _compression(_put(butler, "image", "ImageF", exposure.image)) == [QUANTIZED]
    assert _compression(_put(butler, "mask", "MaskX", exposure.mask)) == [INTEGERS]


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [("missing", RuntimeError, "no write recipe 'nowhere'"), ("broken", FitsError, "PLIO_1")],
)
def test_recipes_that_cannot_be_followed(
    butler: Butler, exposure: ExposureF, name: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(Exception, match="Failed to serialize") as caught:
        _put(butler, name, "ExposureF", exposure)
    with pytest.raises(error, match=message):
        raise caught.value.__cause__
