"""Every kind of file of the real stack, read and written again: what may differ, and why.

Cards are compared in sequence and value, data byte by byte. Documentation of
columns (``TDOC``, ``TFDOC``) and comments are in our own words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsst.afw.cameraGeom import Camera
from lsst.afw.fits import DEFAULT_HDU
from lsst.afw.image import ExposureD, ExposureF, ImageD, ImageF, ImageI, ImageL, ImageU, MaskedImageF, MaskX
from lsst.afw.math import BackgroundList
from lsst.afw.table import BaseCatalog
from lsst.afw.table.io import Persistable
from lsst_stacklite._persisted_classes import READER_MODULES
from lsst_stacklite.archives import read_object
from stacklite_support.golden import OWN_DIR
from stacklite_support.parity import READS, WRITES
from stacklite_support.paths import REFERENCE_VISIT
from stacklite_support.written_files import Hdu, differences, pair_tables, read_hdus

LOSSLESS = {"algorithm": "GZIP_2"}
LOSSY = {
    "algorithm": "RICE_1",
    "quantization": {
        "dither": "SUBTRACTIVE_DITHER_2",
        "mask_planes": ["NO_DATA", "INTRP"],
        "level": 16.0,
    },
}
RECIPES: dict[str | None, dict[str, Any]] = {None: {}, "GZIP_2": LOSSLESS, "RICE_ONE": LOSSY}

# Keywords that may differ in the primary HDU.
PRIMARY = {
    "COMMENT": "CFITSIO says which paper defines FITS",
    "BITPIX": "CFITSIO writes 16 in empty primary HDUs of tables; there are no pixels",
}
EXPOSURE_PRIMARY = {
    "COMMENT": PRIMARY["COMMENT"],
    "ROTTYPE": "reading gives every exposure a VisitInfo, which always has this card",
    "HAS-SIMULATED-CONTENT": "the same",
    "UZSCALE": "the stack keeps it as metadata when it reads a quantized image",
    "sequence": "OBJECT is of the metadata and of VisitInfo; a repeated key (LIST) keeps its last value",
}
# Keywords that may differ in an index and in the tables of an archive.
INDEX = {"data": "tables are numbered in another order (cat.archive)"}
TABLE = {"AR_CATN": "the same"}
# Keywords that may differ in a plane: reading added the noise of the dither.
QUANTIZED = {
    "UZSCALE": "the scale follows the noise of the pixels, which now have that of the dither",
    "PCOUNT": "so the compressed size",
    "TFORM1": "so the largest tile",
    "data": "so the pixels",
}
# Keywords that may differ in images alone.
IMAGE = {"ZSIMPLE": "CFITSIO marks images that would have been the primary HDU; nobody reads it"}
MASK = IMAGE | {"sequence": "the cards of a mask alone come in the order of a hash table"}
# Keywords that may differ in catalogs, by file: in the catalog, and in the index of its archive.
CATALOG: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "table_all_types.fits": (
        {
            "PCOUNT": "texts are stored without the blanks at their end",
            "TFORM11": "so the longest",
            "data": "so the heap",
        },
        {},
    ),
    "finalized_psf_ap_corr_catalog.fits": (
        {},
        {"data": "an object of two tables is named in two rows, which lie elsewhere in the index"},
    ),
}
CATALOG |= {
    f"expected_finalVisitSummary_{name}.fits": (
        {"sequence": "EXPTABLE_VER stands twice, as metadata that the task copied from its input as well"},
        CATALOG["finalized_psf_ap_corr_catalog.fits"][1],
    )
    for name in (
        "defaults",
        "full",
        "global_tract_replacement",
        "healpix_global",
        "tract_global_replacement",
    )
}


def _compare(original: Hdu, written: Hdu, allowed: dict[str, str]) -> None:
    assert differences(original, written) <= allowed.keys()


def _compare_archives(original: list[Hdu], written: list[Hdu]) -> None:
    _compare(original[0], written[0], INDEX)
    for first, second in pair_tables(original[1:], written[1:]):
        _compare(first, second, TABLE)


def _classes(index: Hdu) -> Counter[str]:
    """Return how many objects of each known class an archive index names."""
    count, size = index.header["NAXIS2"], index.header["NAXIS1"]
    rows = [index.data[i * size : (i + 1) * size] for i in range(count)]
    # ID, table, number of the table, first row, rows: 4 bytes each; then the name.
    names = {row[:4]: row[20:84].decode().strip() for row in rows}
    return Counter(name for name in names.values() if name in READER_MODULES)


@pytest.fixture
def record(record_parity: Callable[..., None]) -> Callable[..., None]:
    """Return a function that records what was read and written: of a class, or those of an archive."""

    def record_all(path: Path, what: str | Hdu) -> None:
        source = "golden" if path.parent == OWN_DIR else "reference visit"
        found = Counter([what]) if isinstance(what, str) else _classes(what)
        how = "files, byte for byte" if isinstance(what, str) else "byte for byte"
        for name, count in found.items():
            for direction in (READS, WRITES):
                record_parity(name, count, how, direction, source)

    return record_all


def _files(directory: Path, *patterns: str) -> list[Path]:
    found = [path for pattern in patterns for path in sorted(directory.glob(pattern))]
    assert found
    return found


def _again(path: Path, tmp_path: Path, read: Callable[[str], Any], *options: Any) -> list[Hdu]:
    written = tmp_path / "again.fits"
    thing = read(str(path))
    if options:
        thing.writeFitsWithOptions(str(written), *options)
    else:
        thing.writeFits(str(written))
    return read_hdus(written)


def _recipes(planes: list[Hdu]) -> list[dict[str, Any]]:
    return [RECIPES[plane.header.get("ZCMPTYPE")] for plane in planes]


@pytest.mark.parametrize(
    "path",
    [*_files(REFERENCE_VISIT, "calexp_*.fits"), *_files(OWN_DIR, "exposure_*.fits")],
    ids=lambda p: p.name,
)
def test_exposures(path: Path, tmp_path: Path, record: Callable[..., None]) -> None:
    original = read_hdus(path)
    recipes = _recipes(original[1:4])
    kind = ExposureD if path.name == "exposure_double.fits" else ExposureF
    options = dict(zip(("image", "mask", "variance"), recipes, strict=True))
    written = _again(path, tmp_path, kind, options)
    _compare(original[0], written[0], EXPOSURE_PRIMARY)
    for number, recipe in enumerate(recipes, 1):
        _compare(original[number], written[number], QUANTIZED if recipe is LOSSY else {})
    _compare_archives(original[4:], written[4:])
    record(path, original[4])
    if LOSSY not in recipes:
        record(path, kind.__name__)


IMAGES = {"ImageD": ImageD, "ImageF": ImageF, "ImageI": ImageI, "ImageL": ImageL, "ImageU": ImageU}

# The stack cannot compress 64-bit integers and left a damaged file.
DAMAGED = "image_ImageL_gzip_2.fits"


@pytest.mark.parametrize(
    "path",
    [p for p in _files(OWN_DIR, "image_*.fits", "mask_*.fits") if p.name != DAMAGED],
    ids=lambda p: p.name,
)
def test_images_and_masks(path: Path, tmp_path: Path, record: Callable[..., None]) -> None:
    original = read_hdus(path)
    (recipe,) = _recipes(original[-1:])
    kind: Any = MaskX if path.name.startswith("mask") else IMAGES[path.name.split("_")[1]]
    kind(str(path)).writeFitsWithOptions(str(tmp_path / "again.fits"), {"image": recipe})
    written = read_hdus(tmp_path / "again.fits")
    assert len(written) == len(original)
    allowed = MASK if kind is MaskX else IMAGE
    _compare(original[0], written[0], PRIMARY | allowed)
    for first, second in zip(original[1:], written[1:], strict=True):
        _compare(first, second, QUANTIZED | allowed if recipe is LOSSY else allowed)
    if recipe is not LOSSY:
        record(path, kind.__name__)


@pytest.mark.parametrize("path", _files(OWN_DIR, "masked_*.fits"), ids=lambda p: p.name)
def test_masked_images(path: Path, tmp_path: Path, record: Callable[..., None]) -> None:
    original = read_hdus(path)
    recipes = _recipes(original[1:])
    options = dict(zip(("image", "mask", "variance"), recipes, strict=True))
    MaskedImageF(str(path)).writeFitsWithOptions(str(tmp_path / "again.fits"), options)
    written = read_hdus(tmp_path / "again.fits")
    _compare(original[0], written[0], PRIMARY)
    for first, second, recipe in zip(original[1:], written[1:], recipes, strict=True):
        _compare(first, second, QUANTIZED if recipe is LOSSY else {})
    if LOSSY not in recipes:
        record(path, "MaskedImageF")


@pytest.mark.parametrize(
    "path",
    [
        *_files(REFERENCE_VISIT, "calexpBackground_*.fits", "skyCorr_*.fits"),
        *_files(OWN_DIR, "background_*.fits"),
    ],
    ids=lambda p: p.name,
)
def test_backgrounds(path: Path, tmp_path: Path, record: Callable[..., None]) -> None:
    original, written = read_hdus(path), _again(path, tmp_path, BackgroundList.readFits)
    _compare(original[0], written[0], {"COMMENT": PRIMARY["COMMENT"]})
    for first, second in zip(original[1:], written[1:], strict=True):
        _compare(first, second, {})
    record(path, "BackgroundList")


@pytest.mark.parametrize(
    "path",
    [REFERENCE_VISIT / "camera.fits", *_files(OWN_DIR, "camera*.fits")],
    ids=lambda p: f"{p.parent.name}-{p.name}",
)
def test_cameras(path: Path, tmp_path: Path, record: Callable[..., None]) -> None:
    original, written = read_hdus(path), _again(path, tmp_path, Camera.readFits)
    _compare(original[0], written[0], PRIMARY)
    _compare_archives(original[1:], written[1:])
    record(path, original[1])


SINGLE = [p for p in _files(OWN_DIR, "*.fits.gz", "polygon_*.fits") if not p.name.startswith("pointing")]


@pytest.mark.parametrize("path", SINGLE, ids=lambda p: p.name)
def test_single_objects(path: Path, tmp_path: Path, record: Callable[..., None]) -> None:
    original, written = (
        read_hdus(path),
        _again(path, tmp_path, lambda name: read_object(name, DEFAULT_HDU, Persistable)),
    )
    _compare(original[0], written[0], PRIMARY)
    _compare_archives(original[1:], written[1:])
    record(path, original[1])


CATALOGS = [
    *_files(REFERENCE_VISIT, "*Catalog*.fits", "*isitSummary*.fits", "finalized_psf_ap_corr_catalog.fits"),
    *_files(OWN_DIR, "table_*.fits", "pointing_[0-9]*.fits.gz"),
]


@pytest.mark.parametrize("path", CATALOGS, ids=lambda p: p.name)
def test_catalogs(path: Path, tmp_path: Path, record: Callable[..., None]) -> None:
    original, written = read_hdus(path), _again(path, tmp_path, BaseCatalog.readFits)
    assert len(written) == len(original)
    _compare(original[0], written[0], PRIMARY)
    catalog, index = CATALOG.get(path.name, ({}, {}))
    _compare(original[1], written[1], catalog)
    for first, second in zip(original[2:], written[2:], strict=True):
        _compare(first, second, index if first.header["EXTNAME"] == "ARCHIVE_INDEX" else {})
    record(path, type(BaseCatalog.readFits(str(path))).__name__)


def test_every_file_of_the_stack_is_compared() -> None:
    kinds = ("calexp", "camera", "skyCorr", "image", "mask", "exposure", "background", "polygon")
    compared = {path.name for path in (*SINGLE, *CATALOGS)}
    files = {path.name for directory in (REFERENCE_VISIT, OWN_DIR) for path in directory.glob("*.fits*")}
    rest = {name for name in files - compared if not name.startswith(kinds)}
    # Cameras of the pointing cases.
    assert rest == {"pointing_camera.fits.gz", "pointing_camera_parity.fits.gz"}
    for name in rest:
        assert len(Camera.readFits(str(OWN_DIR / name))) > 0


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda cards: [*cards[:3], *reversed(cards[3:5]), *cards[5:]], {"sequence"}),
        (lambda cards: cards[:-1], {"CUNIT2A"}),
        (lambda cards: [(k, 1.0 + 1e-9 if k == "CRPIX1A" else v) for k, v in cards], {"CRPIX1A"}),
    ],
)
def test_the_comparison_sees_differences(change: Any, expected: set[str]) -> None:
    hdu = read_hdus(OWN_DIR / "image_ImageF_none.fits")[0]
    assert differences(hdu, hdu) == set()
    assert differences(hdu, Hdu(change(hdu.cards), hdu.data)) == expected
    assert differences(hdu, Hdu(hdu.cards, hdu.data[:-1] + b"x")) == {"data"}
