"""Files of catalogs: round trips, headers, old versions, damage."""

from __future__ import annotations

import gzip
import io
import pickle
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from lsst.afw.fits import FitsError
from lsst.afw.table import BaseCatalog, BaseRecord, ExposureCatalog, Schema, SimpleCatalog
from lsst.afw.table._types import FIELD_TYPES, FieldType
from lsst.geom import Angle, Box2I, Extent2I, Point2I
from lsst_stacklite._exposure_components import RECORD_COMPONENTS
from stacklite_support.archives import component_signatures, sharing
from stacklite_support.golden import OWN_DIR, cases, golden_cases, golden_file, number
from stacklite_support.golden_table import error_class
from stacklite_support.parity import READS, parity
from stacklite_support.paths import REFERENCE_VISIT
from support.realdata import REALDATA, needs_realdata


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
    texts = [record["name"] for record in BaseCatalog.readFits(tmp_path / "a.fits")]
    assert texts == ["ab", "ab", "a", " ab", "", "abcd"]


# cfitsio pads texts with blanks, and ends them at a NUL.
_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6).map(
    lambda t: t.rstrip(" ")
)


def _numbers(kind: FieldType) -> st.SearchStrategy[Any]:
    assert kind.element is not None
    if kind.name == "Flag":
        return st.booleans()
    if kind.element.kind == "f":
        return st.floats(width=8 * kind.element.itemsize)
    limits = np.iinfo(kind.element)
    return st.integers(int(limits.min), int(limits.max))


def _values(kind: FieldType, size: int) -> st.SearchStrategy[Any]:
    if kind.name == "String":
        texts = _TEXTS if not size else _TEXTS.filter(lambda t: 0 < len(t.encode()) <= size)
        return texts.filter(lambda t: t.strip(" ") == t)
    if kind.is_array:
        return st.lists(_numbers(kind), min_size=size, max_size=size or 5)
    return _numbers(kind)


@st.composite
def _catalogs(draw: Any) -> BaseCatalog:
    schema, kinds = (
        Schema(),
        draw(st.lists(st.sampled_from(list(FIELD_TYPES.values())), min_size=1, max_size=8)),
    )
    sizes = [draw(st.integers(0, 9)) if kind.is_sized else 1 for kind in kinds]
    for i, (kind, size) in enumerate(zip(kinds, sizes, strict=True)):
        doc = draw(st.sampled_from(["", "what it is", ("long " * 30).strip()]))
        schema.addField(f"field_{i}", type=kind.name, doc=doc, size=size)
    catalog = BaseCatalog(schema)
    for _ in range(draw(st.integers(0, 4))):
        record = catalog.addNew()
        for item, kind, size in zip(schema, kinds, sizes, strict=True):
            value = draw(_values(kind, size))
            record.set(item.key, np.array(value, kind.element) if kind.is_array else value)
    return catalog


def _plain_values(record: BaseRecord) -> list[Any]:
    """Return the values of all fields; angles as numbers, which may be NaN."""
    values = record.extract("*").values()
    return [value.asRadians() if isinstance(value, Angle) else value for value in values]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(_catalogs())
def test_round_trip(catalog: BaseCatalog) -> None:
    with tempfile.TemporaryDirectory() as directory:
        first, second = Path(directory, "first.fits"), Path(directory, "second.fits")
        catalog.writeFits(first)
        again = BaseCatalog.readFits(first)
        again.writeFits(second)
        assert first.read_bytes() == second.read_bytes()
    assert again.schema.compare(catalog.schema, Schema.EQUAL_KEYS | Schema.EQUAL_NAMES | Schema.EQUAL_UNITS)
    assert len(again) == len(catalog)
    for mine, theirs in zip(again, catalog, strict=True):
        np.testing.assert_equal(_plain_values(mine), _plain_values(theirs))


# -- Values of the real stack ----------------------------------------------------------


def _by_file(case: dict[str, Any]) -> str:
    return str(case["inputs"].get("file", case["id"]))


def _plain(value: Any) -> Any:
    """Return a value of a record as the golden files have it."""
    if hasattr(value, "asRadians"):
        return value.asRadians()
    return value.tolist() if isinstance(value, np.ndarray) else value


def _schema_rows(schema: Schema) -> list[list[Any]]:
    rows = []
    for _, field in schema:
        kind = field.getTypeString()
        size = field.getSize() if kind == "String" or kind.startswith("Array") else None
        rows.append([field.getName(), kind, size, field.getUnits(), field.getDoc()])
    return rows


@parity(lambda case: case["expected"]["type"], 0, READS)
@parity("Schema", 0, READS, parts=("schema",))
@parity("AliasMap", 0, READS, parts=("aliases",))
@parity("PropertyList", 0, READS, parts=("metadata",))
@pytest.mark.parametrize("case", cases("table", "catalog file"), ids=_by_file)
def test_catalog_file(case: dict[str, Any], tmp_path: Path) -> None:
    catalog = BaseCatalog.readFits(golden_file(case["inputs"]["file"]))
    _check_catalog(catalog, case["expected"])
    catalog.writeFits(tmp_path / "again.fits")
    _check_catalog(BaseCatalog.readFits(tmp_path / "again.fits"), case["expected"])


def _check_catalog(catalog: BaseCatalog, expected: dict[str, Any]) -> None:
    assert type(catalog).__name__ == expected["type"]
    assert _schema_rows(catalog.schema) == expected["schema"]
    assert dict(catalog.schema.getAliasMap().items()) == expected["aliases"]
    assert len(catalog) == len(expected["rows"])
    compared = 0
    for record, row in zip(catalog, expected["rows"], strict=True):
        for name, value in row.items():
            np.testing.assert_equal(_plain(record[name]), number(value), err_msg=name)
            # Arrays of different lengths make no column, and texts neither.
            if not name.startswith("v_") and not isinstance(value, str):
                column = catalog[name]
                np.testing.assert_equal(_plain(column[record._row]), number(value), err_msg=name)
            compared += 1
    assert compared == len(expected["rows"]) * len(expected["schema"])
    metadata = catalog.getMetadata()
    assert metadata is not None
    # The table's own version is no metadata of the user (the stack leaves it in).
    wanted = [m for m in expected["metadata"] if m[0] != "EXPTABLE_VER"]
    found = [[name, list(metadata.getArray(name))] for name in metadata.getOrderedNames()]
    np.testing.assert_equal(found, number(wanted))


@parity("Schema", 0)
@golden_cases("table", "no fields")
def test_no_fields(case: dict[str, Any]) -> None:
    with pytest.raises(error_class(case["expected"]["error"])):
        BaseCatalog(Schema()).addNew()


@parity("Schema", 0)
@pytest.mark.parametrize("case", cases("table", "getNames order"), ids=_by_file)
def test_names(case: dict[str, Any]) -> None:
    schema = Schema.readFits(golden_file(case["inputs"]["file"]))
    expected = case["expected"]
    assert schema.getOrderedNames() == expected["ordered"]
    assert sorted(schema.getNames()) == expected["sorted"]
    assert schema.getFieldCount() == expected["field_count"]
    assert schema.getFlagFieldCount() == expected["flag_count"]


# -- The reference visit ---------------------------------------------------------------

REFERENCE = sorted(REFERENCE_VISIT.glob("*Catalog*.fits")) + sorted(
    REFERENCE_VISIT.glob("*isitSummary*.fits")
)
REFERENCE += [REFERENCE_VISIT / "finalized_psf_ap_corr_catalog.fits"]


def test_reference_files_are_there() -> None:
    assert len(REFERENCE) >= 15


@pytest.mark.parametrize("path", REFERENCE, ids=lambda p: p.name)
def test_reference_round_trip(path: Path, tmp_path: Path) -> None:
    _round_trip(path, tmp_path)


# -- Real files ------------------------------------------------------------------------

REAL = [
    "hsc/visitSummary_1176.fits",
    "hsc/visitSummary_36434.fits",
    "cfht/visitSummary-849375.fits",
    "afw_versions/exposure_catalog_v1.fits",
    "afw_versions/version-0-ExposureCatalog.fits",
    "afw_versions/version-1-ExposureCatalog.fits",
]


@needs_realdata
@pytest.mark.parametrize("name", REAL)
def test_real_round_trip(name: str, tmp_path: Path) -> None:
    _round_trip(REALDATA / name, tmp_path)
