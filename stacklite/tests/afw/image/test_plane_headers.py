"""Headers of images are those that astropy makes of the same cards, compressed or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.utils.exceptions import AstropyUserWarning

from lsst.afw.fits import FitsError
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._metadata import header_items
from lsst.afw.fits._plane_header import PlaneHeader
from lsst.afw.image import ImageF, MaskFitsReader
from lsst.afw.image._plane_readers import open_reader
from stacklite_support.golden import GOLDEN_DIR
from stacklite_support.paths import REFERENCE_VISIT

STRUCTURE = (
    "BITPIX",
    "NAXIS",
    "NAXIS1",
    "NAXIS2",
    "NAXIS3",
    "BSCALE",
    "BZERO",
    "BLANK",
    "INHERIT",
    "EXTNAME",
)


def header_of(file: FitsFile, index: int) -> PlaneHeader:
    raw = file.raw(index)
    assert raw is not None
    return PlaneHeader.of(raw)


def compare(path: str | Path) -> int:
    """Compare the headers of all images of a file; return the number of cards."""
    count = 0
    with FitsFile(str(path)) as file:
        for index in range(len(file)):
            header, hdu = header_of(file, index), file.hdu(index)
            assert header.is_image == hdu.is_image
            if header.is_image:
                found, expected = [*header_items(header)], [*header_items(hdu.header)]
                np.testing.assert_equal(found, expected)
                assert [header.get(key) for key in STRUCTURE] == [hdu.header.get(key) for key in STRUCTURE]
                count += len(found)
    return count


@pytest.mark.parametrize(
    "path",
    [*sorted(REFERENCE_VISIT.glob("calexp_*.fits")), *sorted((GOLDEN_DIR / "exposures").glob("*.fits"))],
    ids=lambda path: path.name,
)
def test_files_of_the_stack(path: Path) -> None:
    assert compare(path) > 10


def cards() -> fits.Header:
    """Return cards of all kinds."""
    header = fits.Header()
    header["NUMBER"] = (1.5, "with a comment")
    header["TRUTH"] = True
    header["HIERARCH A long key"] = "text"
    header["TEXT"] = "it's " + 30 * "long " + "and goes on"
    header["TUNITS"] = ("ADU", "not that of a column")
    header["ZPOINT"] = 25.0
    header["ZVALUE"] = 1
    header["INHERIT"] = True
    header["COMMENT"] = "a comment"
    header["HISTORY"] = "what happened"
    header["COMMENT"] = "a comment at the end"
    return header


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "i4", "f4"])
@pytest.mark.parametrize("name", [None, "NAMED", "COMPRESSED_IMAGE"])
def test_headers_that_astropy_writes(dtype: str, name: str | None, tmp_path: Path) -> None:
    array = np.arange(12).reshape(3, 4).astype(dtype)
    hdu = fits.CompImageHDU(array, cards(), name=name, compression_type="GZIP_1")
    plain = fits.ImageHDU(array, cards(), name=name)
    fits.HDUList([fits.PrimaryHDU(), hdu, plain]).writeto(tmp_path / "image.fits", checksum=True)
    assert compare(tmp_path / "image.fits") >= 20


@pytest.mark.parametrize(
    "added", [{"ZBLANK": -5}, {"BLANK": 7}, {"ZSIMPLE": True, "ZEXTEND": True}, {"ZPCOUNT": 0}]
)
def test_cards_of_the_compression(added: dict[str, Any], tmp_path: Path) -> None:
    hdu = fits.CompImageHDU(np.zeros((3, 4), np.int32), cards(), compression_type="RICE_1")
    hdu.writeto(tmp_path / "image.fits")
    with fits.open(tmp_path / "image.fits", disable_image_compression=True) as hdus:
        hdus[1].header.update(added)
        hdus.writeto(tmp_path / "changed.fits")
    assert compare(tmp_path / "changed.fits") > 8


def test_a_column_of_nulls(tmp_path: Path) -> None:
    """Only a warning of astropy is missing."""
    cells = fits.Column("COMPRESSED_DATA", "1PB()", array=np.array([np.zeros(3, "u1")], object))
    table = fits.BinTableHDU.from_columns([cells, fits.Column("ZBLANK", "1J", array=[4])])
    table.header.update(
        {"ZIMAGE": True, "ZBITPIX": 16, "ZNAXIS": 2, "ZNAXIS1": 3, "ZNAXIS2": 1, "ZTILE1": 3, "ZTILE2": 1}
        | {"ZCMPTYPE": "GZIP_1"}
    )
    table.writeto(tmp_path / "image.fits")
    with FitsFile(str(tmp_path / "image.fits")) as file:
        assert header_of(file, 1)["BLANK"] == -(2**15)
        with pytest.warns(AstropyUserWarning, match="missing BLANK"):
            expected = file.hdus[1].header
        assert [*header_items(header_of(file, 1))] == [*header_items(expected)]


def test_tables_and_missing_planes_are_no_images(tmp_path: Path) -> None:
    path = str(tmp_path / "image.fits")
    table = fits.BinTableHDU.from_columns([fits.Column("a", "1J", array=[1])])
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(path)
    with pytest.raises(FitsError, match=r"image\.fits: HDU 1 is not an image"):
        ImageF(path)
    with pytest.raises(FitsError, match=r"image\.fits: HDU 2 does not exist; the file has 2 readable HDUs"):
        ImageF(path, 2)
    with pytest.raises(FitsError, match=r"image\.fits.*-1"):
        ImageF(path, -1)


def test_nothing_of_a_compressed_plane_is_read_by_astropy(tmp_path: Path, monkeypatch: Any) -> None:
    path = str(tmp_path / "mask.fits")
    ImageF(4, 3).writeFitsWithOptions(path, {"image": {"algorithm": "GZIP_2"}})

    def refuse(self: FitsFile, index: int) -> Any:
        raise AssertionError(f"HDU {index} was asked for")

    for name in ("hdu", "has"):
        monkeypatch.setattr(FitsFile, name, refuse)
    assert not ImageF(path).array.any()
    with open_reader(MaskFitsReader, path) as reader, pytest.raises(FitsError):
        reader.read()
    with open_reader(MaskFitsReader, path) as reader:
        assert reader.readMetadata().names() == []
