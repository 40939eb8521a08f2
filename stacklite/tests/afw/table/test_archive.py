"""Archives: sharing, numbering, damage, and classes that are not known."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsst.afw.detection import GaussianPsf
from lsst.afw.fits import FitsError
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._writing import write_hdus
from lsst.afw.table import BaseCatalog, ExposureCatalog, ExposureTable, Schema
from lsst.afw.table.io import OutputArchive, Persistable
from lsst.afw.table.io import _registry as registry
from lsst.geom import Box2D, degrees
from lsst.pex.exceptions import LogicError, NotFoundError
from lsst_stacklite.archives import (
    ArchiveReader,
    ArchiveReference,
    ArchiveWriter,
    FitsReadable,
    OpaquePersistable,
    StoredTable,
    make_table,
    persistable_reader,
)
from stacklite_support.archives import signature
from stacklite_support.golden import OWN_DIR
from stacklite_support.paths import REFERENCE_VISIT
from support.realdata import REALDATA, needs_realdata


class Node(FitsReadable, Persistable):
    """An object with a number and other objects."""

    _persisted_name = "TestNode"
    _persisted_module = "test.module"

    def __init__(self, value: int, *others: Any) -> None:
        self.value = value
        self.others = list(others)

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        links = [(archive.put(o),) for o in self.others]
        return [
            make_table([("value", "I", "a number", "")], [(self.value,)]),
            make_table([("link", "I", "another object", "")], links),
        ]


class Stateless(FitsReadable, Persistable):
    """An object without state."""

    _persisted_name = "TestStateless"

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        return []


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make the two classes known."""
    monkeypatch.setattr(registry, "_DECLARATIONS", dict(registry._DECLARATIONS))

    @persistable_reader("TestNode", id_fields=("link",))
    def _read(archive: ArchiveReader, tables: Sequence[StoredTable]) -> Node:
        return Node(tables[0][0]["value"], *(archive.get(r["link"]) for r in tables[1]))

    @persistable_reader("TestStateless", id_fields=())
    def _read_stateless(archive: ArchiveReader, tables: Sequence[StoredTable]) -> Stateless:
        assert not tables
        return Stateless()

    yield


def _through_file(archive: ArchiveWriter, path: Path) -> ArchiveReader:
    write_hdus(path, archive.to_hdus())
    with FitsFile(path) as file:
        return ArchiveReader.from_fits(file, 1)


def test_identity_and_order(known: None, tmp_path: Path) -> None:
    shared, none_at_all = Node(7), Stateless()
    parent = Node(1, shared, none_at_all, shared, None)
    archive = ArchiveWriter()
    assert archive.put(None) == 0
    assert archive.put(parent) == 1
    assert archive.put(shared) == 2
    assert archive.put(parent) == 1
    index = archive.index_table()
    # Parents have the smaller id, but what is nested is stored first.
    assert index["id"].tolist() == [2, 2, 3, 1, 1]
    read = _through_file(archive, tmp_path / "a.fits")
    found = read.get(1)
    assert found.value == 1
    assert [type(o) for o in found.others] == [Node, Stateless, Node, type(None)]
    assert found.others[0] is found.others[2] is read.get(2)
    assert found.others[0].value == 7
    assert read.get(0) is None
    assert len(read._raw) == 2, "objects of the same layout share a table"


def test_own_file(known: None, tmp_path: Path) -> None:
    path = tmp_path / "node.fits"
    Node(5, Node(6)).writeFits(str(path))
    assert Node.readFits(str(path)).others[0].value == 6
    with pytest.raises(FitsError, match="holds a TestNode, not a Stateless"):
        Stateless.readFits(str(path))
    with pytest.raises(FitsError, match="is not the index of an archive"):
        Node.readFits(OWN_DIR / "table_simple.fits")


def test_only_persistable_objects_are_stored() -> None:
    with pytest.raises(LogicError, match="type object cannot be stored"):
        ArchiveWriter().put(object())
    with pytest.raises(LogicError, match="type Persistable cannot be stored"):
        ArchiveWriter().put(Persistable())
    assert ArchiveWriter().put(Persistable(), permissive=True) == 0


def _edited(known_archive: ArchiveWriter, edit: Any) -> ArchiveReader:
    """Return an archive whose index was changed."""
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        archive = _through_file(known_archive, Path(directory) / "a.fits")
    index = known_archive.index_table()
    edit(index)
    return ArchiveReader("edited.fits[1]", index, archive._raw)


def _chain() -> ArchiveWriter:
    archive = ArchiveWriter()
    archive.put(Node(1, Node(2)))
    return archive


def test_rows_that_do_not_exist(known: None) -> None:
    def edit(index: StoredTable) -> None:
        index["nrows"][:] += 40

    damaged = _edited(_chain(), edit)
    with pytest.raises(
        FitsError, match=r"edited\.fits.*object 1 \(TestNode\) refers to rows 1 to 42 of table 1"
    ):
        damaged.get(1)


def test_tables_that_do_not_exist(known: None) -> None:
    def edit(index: StoredTable) -> None:
        index["cat.archive"][:] = 9

    damaged = _edited(_chain(), edit)
    with pytest.raises(FitsError, match=r"object 1 \(TestNode\) refers to table 9; the archive has 2"):
        damaged.get(1)


def test_ids_that_do_not_exist(known: None) -> None:
    archive = _edited(_chain(), lambda index: None)
    with pytest.raises(FitsError, match="object 55 does not exist"):
        archive.get(55)


def test_contradicting_names(known: None) -> None:
    def edit(index: StoredTable) -> None:
        index.arrays["name"][0] = b"Other"

    with pytest.raises(FitsError, match="object 2 has several classes: Other, TestNode"):
        _edited(_chain(), edit)


def test_cycle(known: None) -> None:
    first, second = Node(1), Node(2)
    first.others, second.others = [second], [first]
    archive = ArchiveWriter()
    archive.put(first)
    read = _edited(archive, lambda index: None)
    with pytest.raises(FitsError, match=r"object 1 \(TestNode\) contains itself: 1 -> 2 -> 1"):
        read.get(1)
    # What is damaged does not poison the rest.
    with pytest.raises(FitsError, match="contains itself: 2 -> 1 -> 2"):
        read.get(2)


def test_reader_that_fails_names_the_object(known: None) -> None:
    archive = ArchiveWriter()
    archive.put(Node(1))
    read = _edited(archive, lambda index: None)

    @persistable_reader("TestNode", id_fields=("link",))
    def _read(archive: ArchiveReader, tables: Sequence[StoredTable]) -> Node:
        raise ValueError("no such luck")

    with pytest.raises(
        FitsError, match=r"edited\.fits.*object 1 \(TestNode\): cannot be read: .*no such luck"
    ):
        read.get(1)


def _unknown_archive(tmp_path: Path, name: str = "unknown.fits") -> ArchiveReader:
    """Store objects of a class that is not registered: 1 -> (2, 3)."""
    archive = ArchiveWriter()
    archive.put(Node(17, Node(18), Node(19)))
    return _through_file(archive, tmp_path / name)


# -- Unknown classes -------------------------------------------------------------------


def test_unknown_class_is_opaque(tmp_path: Path) -> None:
    opaque = _unknown_archive(tmp_path).get(1)
    assert isinstance(opaque, OpaquePersistable)
    assert (opaque.name, opaque.module) == ("TestNode", "test.module")
    assert opaque.tables[0][0]["value"] == 17
    with pytest.raises(AttributeError, match=r"TestNode .*stacklite cannot evaluate.*replace it\.$"):
        opaque.computeShape  # noqa: B018


def test_unknown_class_keeps_what_it_may_refer_to(tmp_path: Path) -> None:
    source = _unknown_archive(tmp_path)
    output = ArchiveWriter()
    assert output.put(source.get(1)) == 1
    assert output.put(Stateless()) == 4, "2 and 3 stand in the tables of the unknown object"
    written = _through_file(output, tmp_path / "written.fits")
    assert [written.class_name(i) for i in written.ids()] == ["TestNode"] * 3 + ["TestStateless"]


def _catalog_with(*objects: Any) -> ExposureCatalog:
    catalog = ExposureCatalog(ExposureTable.makeMinimalSchema())
    for number, obj in enumerate(objects):
        record = catalog.addNew()
        record.setId(number)
        record.setTransmissionCurve(obj)
    return catalog


def test_unknown_class_passes_through_a_catalog(tmp_path: Path) -> None:
    source = _unknown_archive(tmp_path)
    catalog = _catalog_with(None, source.get(1))
    catalog[0].setPsf(GaussianPsf(11, 11, 1.5))
    with pytest.raises(NotFoundError, match=r"unknown\.fits.*TestNode.*use the LSST Science Pipelines"):
        catalog[1].getTransmissionCurve()
    copied = copy.deepcopy(catalog)
    copied.writeFits(tmp_path / "out.fits")
    again = ExposureCatalog.readFits(tmp_path / "out.fits")
    reference = again[1]._block.components[1]["transmissionCurve"]
    written = reference.archive
    assert signature(written, reference.archive_id) == signature(source, 1)
    for nested in (2, 3):
        assert signature(written, nested) == signature(source, nested)
    assert written.class_name(again[0]._block.components[0]["psf"].archive_id) == "GaussianPsf"


def test_two_unknown_objects_that_collide(tmp_path: Path) -> None:
    first, second = _unknown_archive(tmp_path, "one.fits"), _unknown_archive(tmp_path, "two.fits")
    catalog = _catalog_with(first.get(1), second.get(1))
    with pytest.raises(
        FitsError, match=r"object 2 \(TestNode\) of .*two\.fits.*taken by .*one\.fits.*separate files"
    ):
        catalog.writeFits(tmp_path / "out.fits")
    # Without numbers that may be ids nothing can collide.
    _catalog_with(first.get(2), second.get(3)).writeFits(tmp_path / "out.fits")


def test_opaque_transmission_curve_is_renumbered(tmp_path: Path) -> None:
    """A documented class can change its id: nested ones are found by name."""
    catalog = ExposureCatalog.readFits(OWN_DIR / "table_exposure.fits")
    moved = ExposureCatalog(catalog.schema)
    for record in reversed(catalog):
        moved.addNew().assign(record)
    moved.writeFits(tmp_path / "moved.fits")
    again = ExposureCatalog.readFits(tmp_path / "moved.fits")
    for record in again:
        old = catalog.find(record.getId())
        mine = record._block.components.get(record._row, {})
        theirs = old._block.components.get(old._row, {})
        assert mine.keys() == theirs.keys()
        for name in mine:
            a, b = mine[name], theirs[name]
            assert signature(a.archive, a.archive_id) == signature(b.archive, b.archive_id)


def test_objects_of_two_files_in_one_catalog(tmp_path: Path) -> None:
    summary = ExposureCatalog.readFits(REFERENCE_VISIT / "visitSummary.fits")
    other = ExposureCatalog.readFits(REFERENCE_VISIT / "fgcmPhotoCalibCatalog.fits")
    expected = []
    for record in other:
        mine = summary.find(record.getId())
        mine.setPhotoCalib(record._block.components[record._row]["photoCalib"])
        expected.append(mine.getId())
    summary.writeFits(tmp_path / "merged.fits")
    again = ExposureCatalog.readFits(tmp_path / "merged.fits")
    assert len(expected) == 8
    for record in other:
        a = record._block.components[record._row]["photoCalib"]
        merged = again.find(record.getId())
        b = merged._block.components[merged._row]["photoCalib"]
        assert signature(a.archive, a.archive_id) == signature(b.archive, b.archive_id)
    assert len(summary) == len(again)


def test_reference_needs_an_archive(tmp_path: Path) -> None:
    reference = ArchiveReference(_unknown_archive(tmp_path), 1)
    assert "TestNode" in repr(reference)
    assert reference == ArchiveReference(reference.archive, 1)


# -- Tables made of rows ---------------------------------------------------------------


def test_make_table() -> None:
    fields = [
        ("i", "I", "doc", "pixel"),
        ("flag", "Flag", "a flag", ""),
        ("name", "String", "", "", 8),
        ("text", "String", "", "", 0),
        ("bytes", "ArrayB", "", "", 0),
        ("pair", "ArrayD", "", "", 2),
        ("angle", "Angle", "", ""),
    ]
    rows = [(1, True, "abc", "long text", b"xyz", [1.0, 2.0], 0.5), (2, False, "", "", b"", (3, 4), 1.5)]
    rows = [(*r[:4], np.frombuffer(r[4], np.uint8), *r[5:]) for r in rows]
    table = make_table(fields, rows)
    assert table.schema.getOrderedNames() == [f[0] for f in fields]
    assert table["i"].tolist() == [1, 2]
    assert table["flag"].tolist() == [True, False]
    assert table[0]["name"] == "abc"
    assert table["text"].tolist() == ["long text", ""]
    assert bytes(table[0]["bytes"]) == b"xyz"
    np.testing.assert_array_equal(table["pair"], [[1, 2], [3, 4]])
    assert table[1]["angle"].asRadians() == 1.5
    assert len(make_table(fields, [])) == 0
    with pytest.raises(ValueError):
        make_table(fields, [(1, 2)])


def test_empty_schema_is_refused() -> None:
    from lsst.pex.exceptions import LengthError

    with pytest.raises(LengthError):
        BaseCatalog(Schema()).writeFits("unused.fits")


def _archives(path: Path) -> list[ArchiveReader]:
    with FitsFile(path) as file:
        kinds = [str(file.header(i).get("EXTTYPE", "")).strip() for i in range(len(file))]
        return [ArchiveReader.from_fits(file, i) for i, kind in enumerate(kinds) if kind == "ARCHIVE_INDEX"]


def _copy_all(paths: list[Path], scratch: Path) -> int:
    """Copy every object of every archive unbuilt; return how many were compared."""
    compared = 0
    for path in paths:
        for source in _archives(path):
            output = ArchiveWriter()
            output.adopt(ArchiveReference(source, i) for i in source.ids())
            copied = {i: output.put(ArchiveReference(source, i)) for i in source.ids()}
            written = _through_file(output, scratch)
            assert len(written.ids()) == len(source.ids()), path
            for old, new in copied.items():
                assert signature(written, new) == signature(source, old), path
                compared += 1
    return compared


# -- Archives of the real stack --------------------------------------------------------


def test_copies_of_the_archives_of_the_reference_visit(tmp_path: Path) -> None:
    names = ["calexp_90.fits", "calexp_93.fits", "camera.fits", "finalized_psf_ap_corr_catalog.fits"]
    assert _copy_all([REFERENCE_VISIT / n for n in names], tmp_path / "a.fits") > 130


@needs_realdata
def test_copies_of_the_archives_of_real_files(tmp_path: Path) -> None:
    """Transmission curves, CoaddInputs and an unknown PSF among them."""
    names = ["hsc/calexp_180802004_4.fits", "cfht/calexp-849375-12.fits.fz", "piff/exp.fits"]
    paths = [REALDATA / n for n in names] + sorted((REALDATA / "afw_versions").glob("*.fits"))
    assert _copy_all(paths, tmp_path / "a.fits") > 100


def test_threads_get_the_same_object() -> None:
    catalog = ExposureCatalog.readFits(REFERENCE_VISIT / "visitSummary.fits")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda i: catalog[i % 9].getPhotoCalib(), range(72)))
    assert len({id(f) for f in found}) == len({id(r.getPhotoCalib()) for r in catalog})


def test_containment() -> None:
    catalog = ExposureCatalog.readFits(REFERENCE_VISIT / "visitSummary.fits")
    found = 0
    for record in catalog:
        if record.getWcs() is None:
            continue
        center = record.getWcs().pixelToSky(Box2D(record.getBBox()).getCenter())
        assert record.contains(center)
        assert record.contains(center, includeValidPolygon=True)
        assert not record.contains(center.offset(0 * degrees, 10 * degrees))
        with_wcs = catalog[np.array([r.getWcs() is not None for r in catalog])]
        assert record in list(with_wcs.subsetContaining(center))
        found += 1
    assert found > 5
    catalog[0].setWcs(None)
    with pytest.raises(LogicError, match="has no WCS"):
        catalog[0].contains(center)
