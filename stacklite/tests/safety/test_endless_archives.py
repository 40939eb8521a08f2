"""Archives and tables that describe more than they hold: each ends with the name of the file."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsst.afw.cameraGeom import Camera
from lsst.afw.detection import Psf
from lsst.afw.fits import FitsError
from lsst.afw.fits._cards import BLOCK, format_cards, header_bytes
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._writing import empty_primary, write_hdus
from lsst.afw.image import ExposureF, ExposureFitsReader, ImageD
from lsst.afw.image._plane_readers import open_reader
from lsst.afw.math import BoundedField, ChebyshevBoundedField, FixedKernel
from lsst.afw.table import BaseCatalog, ExposureCatalog
from lsst.afw.table.io import OutputArchive, Persistable
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.meas.algorithms import KernelPsf
from lsst.pex.exceptions import NotFoundError
from lsst_stacklite.archives import ArchiveReader, ArchiveReference, ArchiveWriter, make_table
from stacklite_support.golden import own_file
from stacklite_support.paths import REFERENCE_VISIT


class Forged(Persistable):
    """An object with any name, tables and parts.

    Parameters
    ----------
    name : `str`
        Name of the class.
    fill : `~collections.abc.Callable`
        Returns fields and one row from the IDs of the parts.
    parts : `~collections.abc.Sequence`
        Objects.
    """

    def __init__(
        self, name: str, fill: Callable[[list[int]], tuple[list[Any], list[Any]]], parts: Sequence[Any]
    ) -> None:
        self._persisted_name = name  # type: ignore[misc]
        self._fill, self.parts = fill, list(parts)

    def _write_archive(self, archive: OutputArchive) -> Any:
        return [make_table(*self._fill([archive.put(part) for part in self.parts]))]


def product(*parts: Any) -> Forged:
    return Forged("ProductBoundedField", lambda ids: ([("id", "I", "", "")], [(i,) for i in ids]), parts)


def combination(*parts: Any) -> Forged:
    def fill(ids: list[int]) -> tuple[list[Any], list[Any]]:
        fields = [(name, "I", "", "") for name in ("width", "height", "center_x", "center_y")]
        arrays = [("components", "ArrayI", "", "", len(ids)), ("amplitudes", "ArrayD", "", "", len(ids))]
        return [*fields, *arrays], [(5, 5, 2, 2, ids, [1.0] * len(ids))]

    return Forged("LinearCombinationKernel", fill, parts)


def kernel_psf(kernel: Any) -> Forged:
    def fill(ids: list[int]) -> tuple[list[Any], list[Any]]:
        fields = [
            ("kernel", "I", "", ""),
            ("averagePosition_x", "D", "", ""),
            ("averagePosition_y", "D", "", ""),
        ]
        return fields, [(ids[0], 0.0, 0.0)]

    return Forged("KernelPsf", fill, [kernel])


def delta(width: int, height: int) -> Forged:
    names = ("dimensions_x", "dimensions_y", "center_x", "center_y", "pixel_x", "pixel_y")
    fields = [(name, "I", "", "") for name in names]
    return Forged("DeltaFunctionKernel", lambda _: (fields, [(width, height, 0, 0, 0, 0)]), [])


BOX = Box2I(Point2I(0, 0), Extent2I(10, 10))
FIELD = ChebyshevBoundedField(BOX, np.ones((2, 2)))
KERNEL = FixedKernel(ImageD(5, 5, 1.0))


def nested(wrap: Callable[..., Any], innermost: Any, levels: int, copies: int = 1) -> Any:
    for _ in range(levels):
        innermost = wrap(*[innermost] * copies)
    return innermost


@pytest.fixture
def deep_stack() -> Iterator[None]:
    """Files are written with recursion; reading must do with the usual depth."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(10**6)
    yield
    sys.setrecursionlimit(usual)


def write(obj: Any, path: Path) -> str:
    archive = ArchiveWriter()
    archive.put(obj)
    write_hdus(path, archive.to_hdus())
    return str(path)


ENDLESS: dict[str, tuple[Any, type[Persistable], str]] = {
    "long chain": (nested(product, FIELD, 10_000), BoundedField, "nested more than 100 deep"),
    "products of products": (nested(product, FIELD, 60, 2), BoundedField, "the number of factors"),
    "many factors": (product(*[FIELD] * 1001), BoundedField, "the number of factors is 1001"),
    "kernels of kernels": (kernel_psf(nested(combination, KERNEL, 60, 2)), Psf, "the number of kernels"),
    "large kernel": (kernel_psf(delta(100_000, 100_000)), Psf, "the width of the images is 100000"),
    "many large kernels": (kernel_psf(combination(*[delta(2048, 2048)] * 5)), Psf, "the number of pixels"),
}


@pytest.mark.usefixtures("deep_stack")
@pytest.mark.parametrize("name", ENDLESS)
def test_objects_of_objects(name: str, tmp_path: Path) -> None:
    obj, cls, message = ENDLESS[name]
    path = write(obj, tmp_path / "endless.fits")
    sys.setrecursionlimit(1000)
    start = time.process_time()
    with pytest.raises(FitsError, match=rf"endless\.fits.*{message}"):
        cls.readFits(path)
    assert time.process_time() - start < 5.0


def test_nesting_that_is_allowed(tmp_path: Path) -> None:
    field = BoundedField.readFits(write(nested(product, FIELD, 90), tmp_path / "field.fits"))
    assert field.evaluate(Point2D(1.0, 2.0)) == FIELD.evaluate(Point2D(1.0, 2.0))
    psf = KernelPsf.readFits(
        write(kernel_psf(combination(combination(KERNEL, KERNEL), KERNEL)), tmp_path / "psf.fits")
    )
    assert psf.computeKernelImage(Point2D(0, 0)).array.sum() == pytest.approx(1.0, rel=1e-14)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_objects_that_contain_themselves(length: int, tmp_path: Path) -> None:
    fields = [product() for _ in range(length)]
    for i, field in enumerate(fields):
        field.parts = [fields[(i + 1) % length]]
    path = write(fields[0], tmp_path / "cycle.fits")
    chain = " -> ".join(str(1 + i % length) for i in range(length + 1))
    with pytest.raises(FitsError, match=rf"cycle\.fits.*contains itself: {chain}"):
        BoundedField.readFits(path)


def test_a_cycle_of_unknown_classes_passes_through(tmp_path: Path) -> None:
    """Objects that nobody builds are written back with all that they refer to."""
    chain = [Forged("Unknown", lambda ids: ([("field", "I", "", "")], [(ids[0],)]), []) for _ in range(3)]
    for i, each in enumerate(chain):
        each.parts = [chain[(i + 1) % 3]]
    with FitsFile(write(chain[0], tmp_path / "cycle.fits")) as file:
        reference = ArchiveReference(ArchiveReader.from_fits(file, 1), 1)
    catalog = ExposureCatalog.readFits(own_file("table_exposure.fits"))[:1].copy(deep=True)
    catalog[0].setPsf(reference)
    for name in ("first.fits", "second.fits"):
        catalog.writeFits(str(tmp_path / name))
        catalog = ExposureCatalog.readFits(str(tmp_path / name))
    with pytest.raises(NotFoundError, match=r"second\.fits\[2\]: object \d+ is a Unknown"):
        catalog[0].getPsf()


@pytest.mark.parametrize(
    ("name", "cls"),
    [("psf_kernel_delta.fits.gz", Psf), ("field_product_1.fits.gz", BoundedField), ("camera.fits", Camera)],
)
def test_parts_that_are_missing(name: str, cls: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ID 0 stands for no object, which some parts may be, but not those."""
    obj = cls.readFits(own_file(name))
    put = OutputArchive.put
    monkeypatch.setattr(OutputArchive, "put", lambda self, part: put(self, part) if part is obj else 0)
    obj.writeFits(str(tmp_path / "parts.fits"))
    with pytest.raises(FitsError, match=r"parts\.fits.*there is no object where a"):
        cls.readFits(str(tmp_path / "parts.fits"))


def damaged_visit_summary(path: Path) -> str:
    """A visit summary in which every WCS is nonsense."""
    summary = bytearray((REFERENCE_VISIT / "visitSummary.fits").read_bytes())
    summary[:] = summary.replace(b"Begin FrameSet", b"Begin Nonsense")
    path.write_bytes(summary)
    return str(path)


# -- Objects that are read later -------------------------------------------------------


def test_objects_that_are_built_later_name_the_file(tmp_path: Path) -> None:
    row = ExposureCatalog.readFits(damaged_visit_summary(tmp_path / "summary.fits"))[0]
    for _ in range(2):  # The second time, too.
        with pytest.raises(Exception, match=r"summary\.fits\[2\]: object \d+ \(SkyWcs\)"):
            row.getWcs()
    assert row.getPsf() is not None


def test_components_that_are_read_later_name_the_file(tmp_path: Path) -> None:
    content = Path(own_file("exposure_full.fits")).read_bytes()
    path = tmp_path / "exposure.fits"
    path.write_bytes(content.replace(b"Begin FrameSet", b"Begin Nonsense"))
    with open_reader(ExposureFitsReader, str(path)) as reader:
        assert reader.readImage() is not None
        with pytest.raises(Exception, match=r"exposure\.fits\[\d+\]: object \d+ \(SkyWcs\)"):
            reader.readWcs()
    with pytest.raises(Exception, match=r"exposure\.fits"):
        ExposureF.readFits(str(path))


def table_file(path: Path, form: str, rows: bytes, n_rows: int, heap: bytes = b"") -> str:
    width = len(rows) // n_rows if rows else 0
    cards = [
        ("XTENSION", "BINTABLE"), ("BITPIX", 8), ("NAXIS", 2), ("NAXIS1", width), ("NAXIS2", n_rows),
        ("PCOUNT", len(heap)), ("GCOUNT", 1), ("TFIELDS", 1), ("TTYPE1", "a"), ("TFORM1", form),
    ]  # fmt: skip
    data = rows + heap
    header = header_bytes(line for card in cards for line in format_cards(*card))
    path.write_bytes(empty_primary() + header + data + bytes(-len(data) % BLOCK))
    return str(path)


# -- Tables ----------------------------------------------------------------------------


def test_rows_without_bytes(tmp_path: Path) -> None:
    path = table_file(tmp_path / "table.fits", "0E", b"", 2**31 - 1)
    with pytest.raises(FitsError, match=r"table\.fits.*2147483647 rows have no bytes"):
        BaseCatalog.readFits(path)


def test_cells_that_share_their_bytes(tmp_path: Path) -> None:
    """100 000 cells of a megabyte, in a file of two megabytes."""
    heap = bytes(10**6)
    rows = np.tile(np.array([len(heap), 0], ">i4"), 10**5).tobytes()
    path = table_file(tmp_path / "table.fits", "1PB", rows, 10**5, heap)
    with pytest.raises(FitsError, match=r"table\.fits.*more bytes than the table"):
        BaseCatalog.readFits(path)
    few = table_file(tmp_path / "few.fits", "1PB", rows[:80], 10, heap)
    assert [len(each["a"]) for each in BaseCatalog.readFits(few)] == [10**6] * 10
