"""Files of the real stack are read, written and read again without a difference."""

from __future__ import annotations

import gzip
import io
import pickle
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from lsst.afw.fits import FitsError
from lsst.afw.table import BaseCatalog, ExposureCatalog, Schema, SimpleCatalog
from lsst.geom import Box2I, Extent2I, Point2I
from lsst_stacklite._exposure_components import RECORD_COMPONENTS
from stacklite_support.archives import component_signatures, sharing
from stacklite_support.golden import OWN_DIR
from stacklite_support.paths import REFERENCE_VISIT
from support.realdata import REALDATA, needs_realdata

REFERENCE = sorted(REFERENCE_VISIT.glob("*Catalog*.fits")) + sorted(
    REFERENCE_VISIT.glob("*isitSummary*.fits")
)
REFERENCE += [REFERENCE_VISIT / "finalized_psf_ap_corr_catalog.fits"]
REAL = [
    "hsc/visitSummary_1176.fits",
    "hsc/visitSummary_36434.fits",
    "cfht/visitSummary-849375.fits",
    "afw_versions/exposure_catalog_v1.fits",
    "afw_versions/version-0-ExposureCatalog.fits",
    "afw_versions/version-1-ExposureCatalog.fits",
]


def assert_same_catalog(first: BaseCatalog, second: BaseCatalog) -> None:
    """Compare schema, rows (bit by bit), metadata and stored objects."""
    assert type(first) is type(second)
    assert first.schema.compare(second.schema, Schema.IDENTICAL) == Schema.IDENTICAL
    assert len(first) == len(second)
    for name in first.schema.getOrderedNames():
        a, b = first._column(name), second._column(name)
        assert a.dtype == b.dtype
        if a.dtype.hasobject:
            assert [_bytes(v) for v in a] == [_bytes(v) for v in b], name
        else:
            assert a.tobytes() == b.tobytes(), name
    m, n = first.getMetadata(), second.getMetadata()
    assert m is not None
    assert n is not None
    assert m.getOrderedNames() == n.getOrderedNames()
    for name in m.getOrderedNames():
        np.testing.assert_equal(m.getArray(name), n.getArray(name))
        assert m.getComment(name) == n.getComment(name)
    assert component_signatures(first) == component_signatures(second)
    assert sharing(first) == sharing(second)


def _bytes(value: object) -> object:
    return (value.dtype, value.tobytes()) if isinstance(value, np.ndarray) else value


def _round_trip(path: Path, tmp_path: Path) -> Path:
    again = tmp_path / "again.fits"
    catalog = BaseCatalog.readFits(path)
    catalog.writeFits(again)
    assert_same_catalog(catalog, BaseCatalog.readFits(again))
    with fits.open(again, memmap=False) as hdus:
        hdus.verify("exception")
    return again


def test_reference_files_are_there() -> None:
    assert len(REFERENCE) >= 15


@pytest.mark.parametrize("path", REFERENCE, ids=lambda p: p.name)
def test_reference_round_trip(path: Path, tmp_path: Path) -> None:
    _round_trip(path, tmp_path)


@needs_realdata
@pytest.mark.parametrize("name", REAL)
def test_real_round_trip(name: str, tmp_path: Path) -> None:
    _round_trip(REALDATA / name, tmp_path)


def _hdus(path: Path) -> list[tuple[list[str], bytes]]:
    """Return cards and data of every extension."""
    content = path.read_bytes()
    content = gzip.decompress(content) if path.suffix == ".gz" else content
    out = []
    with fits.open(io.BytesIO(content), memmap=False) as hdus:
        for hdu in hdus[1:]:
            info = hdu.fileinfo()
            header = content[info["hdrLoc"] : info["datLoc"]].decode()
            cards = [header[i : i + 80].rstrip() for i in range(0, len(header), 80)]
            out.append((cards, content[info["datLoc"] : info["datLoc"] + info["datSpan"]]))
    return out


BYTE_IDENTICAL = [
    *(
        REFERENCE_VISIT / f"gbdesAstrometricFitSkyWcsCatalog{s}.fits"
        for s in ("", "_tract9813", "_tract10055")
    ),
    *(
        REFERENCE_VISIT / f"{s}.fits"
        for s in ("visitSummary", "visitSummary_schema", "fgcmPhotoCalibCatalog")
    ),
    REFERENCE_VISIT / "jointcalPhotoCalibCatalog_tract9813.fits",
    *sorted(OWN_DIR.glob("table_flags_*.fits")),
    *(OWN_DIR / f"table_{s}.fits" for s in ("only_flag", "simple", "source", "summary", "summary_schema")),
]


@pytest.mark.parametrize("path", BYTE_IDENTICAL, ids=lambda p: p.name)
def test_every_extension_is_written_as_the_stack_does(path: Path, tmp_path: Path) -> None:
    """Cards in sequence (the stack derives its schema from it) and data bytes."""
    again = _hdus(_round_trip(path, tmp_path))
    original = _hdus(path)
    assert len(again) == len(original)
    for (cards, data), (expected_cards, expected_data) in zip(again, original, strict=True):
        assert cards == expected_cards
        assert data == expected_data


def test_card_sequence_of_all_field_types(tmp_path: Path) -> None:
    path = OWN_DIR / "table_all_types.fits"
    ((cards, _),) = _hdus(_round_trip(path, tmp_path))
    ((expected, _),) = _hdus(path)
    differing = [(a, b) for a, b in zip(cards, expected, strict=True) if a != b]
    # Only what depends on blanks at the end of texts, which the stack drops when it reads.
    assert {a[:8].strip() for a, _ in differing} == {"PCOUNT", "TFORM11", "CONTINUE"}


def test_objects_are_built_only_when_asked_for(tmp_path: Path) -> None:
    catalog = ExposureCatalog.readFits(REFERENCE_VISIT / "visitSummary.fits")
    archive = catalog[0]._block.components[0]["wcs"].archive
    copied = ExposureCatalog(catalog.schema)
    copied.extend(catalog, deep=True)
    copied.copy(deep=True).writeFits(tmp_path / "copy.fits")
    assert not archive._objects
    catalog[3].getWcs()
    assert set(archive._objects) == {catalog[3]._block.components[3]["wcs"].archive_id}
    assert catalog[3].getWcs() is catalog[3].getWcs()


def test_built_objects_are_written_as_they_were_stored(tmp_path: Path) -> None:
    for path in (
        REFERENCE_VISIT / "visitSummary.fits",
        REFERENCE_VISIT / "finalized_psf_ap_corr_catalog.fits",
    ):
        untouched, built = ExposureCatalog.readFits(path), ExposureCatalog.readFits(path)
        n = sum(record._component(name) is not None for record in built for name in RECORD_COMPONENTS)
        assert n >= 14
        built.writeFits(tmp_path / "built.fits")
        again = ExposureCatalog.readFits(tmp_path / "built.fits")
        assert component_signatures(untouched) == component_signatures(again)
        assert sharing(untouched) == sharing(again)


@pytest.mark.parametrize("name", ["visitSummary.fits", "fgcmPhotoCalibCatalog.fits"])
def test_pickle(name: str) -> None:
    catalog = BaseCatalog.readFits(REFERENCE_VISIT / name)
    assert_same_catalog(catalog, pickle.loads(pickle.dumps(catalog)))


def test_gzip_and_append(tmp_path: Path) -> None:
    catalog = SimpleCatalog.readFits(OWN_DIR / "table_simple.fits")
    for path in (tmp_path / "a.fits", tmp_path / "a.fits.gz"):
        catalog.writeFits(path)
        catalog[1:3].writeFits(path, mode="a")
        assert SimpleCatalog.readFits(path)["id"].tolist() == [5, 2, 9, 1]
        assert SimpleCatalog.readFits(path, hdu=2)["id"].tolist() == [2, 9]
    assert (tmp_path / "a.fits.gz").read_bytes()[:2] == b"\x1f\x8b"


def test_truncated_files_raise_one_error() -> None:
    content = (REFERENCE_VISIT / "visitSummary.fits").read_bytes()
    with fits.open(io.BytesIO(content)) as hdus:
        last = hdus[-1].fileinfo()
    end = last["datLoc"] + hdus[-1].header["NAXIS1"] * hdus[-1].header["NAXIS2"]
    cuts = [*range(0, end, 2880 * 3), *range(1, end, 7919), end - 1]
    for cut in cuts:
        with pytest.raises(FitsError):
            ExposureCatalog.readFits(io.BytesIO(content[:cut]))  # type: ignore[arg-type]


def test_truncated_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "short.fits"
    path.write_bytes((REFERENCE_VISIT / "visitSummary.fits").read_bytes()[:60000])
    with pytest.raises(FitsError, match=r"short\.fits.*truncated"):
        ExposureCatalog.readFits(path)


def test_missing_file_wrong_file_wrong_class(tmp_path: Path) -> None:
    with pytest.raises(FitsError, match=r"nowhere\.fits: no such file"):
        BaseCatalog.readFits(tmp_path / "nowhere.fits")
    (tmp_path / "text.fits").write_text("no FITS file\n" * 500)
    with pytest.raises(FitsError, match=r"text\.fits"):
        BaseCatalog.readFits(tmp_path / "text.fits")
    with pytest.raises(FitsError, match="holds a SimpleCatalog, not a ExposureCatalog"):
        ExposureCatalog.readFits(OWN_DIR / "table_simple.fits")
    with pytest.raises(FitsError, match="HDU 7 does not exist"):
        BaseCatalog.readFits(OWN_DIR / "table_simple.fits", hdu=7)
    with pytest.raises(FitsError, match="cannot be written"):
        BaseCatalog.readFits(OWN_DIR / "table_simple.fits").writeFits(tmp_path / "no" / "such" / "place.fits")


def test_a_failing_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.fits"
    catalog = BaseCatalog.readFits(OWN_DIR / "table_simple.fits")
    catalog.writeFits(path)
    before = path.read_bytes()

    def fail(*args: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(FitsError, match="disk full"):
        catalog[:1].writeFits(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.fits"]


@needs_realdata
def test_version_0_box_and_old_names() -> None:
    catalog = ExposureCatalog.readFits(REALDATA / "afw_versions/version-0-ExposureCatalog.fits")
    names = catalog.schema.getOrderedNames()
    assert names[:5] == ["id", "bbox_min_x", "bbox_min_y", "bbox_max_x", "bbox_max_y"]
    with fits.open(REALDATA / "afw_versions/version-0-ExposureCatalog.fits") as hdus:
        (x0, y0), (x1, y1) = hdus[1].data["bbox_min"][0], hdus[1].data["bbox_max"][0]
    expected = Box2I(Point2I(int(x0), int(y0)), Extent2I(int(x1 - x0 + 1), int(y1 - y0 + 1)))
    assert catalog[0].getBBox() == expected


def _old_table(
    version: int, names: list[tuple[str, str, str]], extra: list[tuple[str, str]] = ()
) -> BaseCatalog:  # type: ignore[assignment]
    """Write a table as an old stack did, and read it."""
    columns = [
        fits.Column(name, fmt, unit=unit, array=np.ones((1, 6))[:, : int(fmt[0])])
        for name, fmt, unit in names
    ]
    hdu = fits.BinTableHDU.from_columns(columns)
    hdu.header["AFW_TABLE_VERSION"] = version
    for key, value in extra:
        hdu.header[key] = value
    stream = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(stream)
    return BaseCatalog.readFits(io.BytesIO(stream.getvalue()))  # type: ignore[arg-type]


@pytest.mark.filterwarnings("ignore::astropy.io.fits.verify.VerifyWarning")
def test_aliases_of_versions_1_and_2() -> None:
    names = [
        ("base_PsfFlux_flux", "1D", "count"),
        ("mag_flux_ratio", "1D", ""),
        ("base_PsfFlux_fluxSigma", "1D", "count"),
    ]
    version_2 = _old_table(2, names)
    assert version_2[0]["base_PsfFlux_instFlux"] == 1.0
    assert "mag_instFlux_ratio" not in version_2.schema
    assert "base_PsfFlux_fluxErr" not in version_2.schema
    assert "base_PsfFlux_fluxErr" in _old_table(1, names).schema


@pytest.mark.filterwarnings("ignore::astropy.io.fits.verify.VerifyWarning")
def test_compound_columns_of_old_files() -> None:
    columns = [
        ("point", "2D", "pixel"),
        ("coord", "2D", "rad"),
        ("shape", "3D", "pixel^2"),
        ("point_err", "3E", "pixel^2"),
    ]
    classes = ["Point", "Coord", "Moments", "Covariance(Point)"]
    catalog = _old_table(3, columns, [(f"TCCLS{i}", c) for i, c in enumerate(classes, 1)])
    names = ["point_x", "point_y", "coord_ra", "coord_dec", "shape_xx", "shape_yy", "shape_xy"]
    names += ["point_err_xErr", "point_err_yErr", "point_err_x_y_Cov"]
    assert catalog.schema.getOrderedNames() == names
    assert catalog.schema.find("coord_ra").field.getTypeString() == "Angle"


def test_texts_of_other_writers(tmp_path: Path) -> None:
    """Texts end at a NUL (as astropy pads), or where blanks begin (as cfitsio pads)."""
    cells = [b"ab\0\0", b"ab  ", b"a\0b ", b" ab ", b"\0   ", b"abcd"]
    columns = fits.ColDefs([fits.Column("name", "4A", array=np.array([b"wxyz"] * len(cells)))])
    content = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU.from_columns(columns)]).writeto(content)
    raw = content.getvalue().replace(b"wxyz" * len(cells), b"".join(cells))
    (tmp_path / "a.fits").write_bytes(raw)
    assert BaseCatalog.readFits(tmp_path / "a.fits")["name"].tolist() == ["ab", "ab", "a", " ab", "", "abcd"]
