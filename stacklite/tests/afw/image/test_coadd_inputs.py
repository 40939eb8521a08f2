"""Inputs of coadds: catalogs of visits and detectors, in memory and in files of the real stack."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from astropy.io import fits

from lsst.afw.detection import GaussianPsf
from lsst.afw.fits import FitsError
from lsst.afw.image import CoaddInputs, ExposureF
from lsst.afw.table import ExposureCatalog, ExposureRecord, ExposureTable
from lsst.afw.table.io import Persistable
from lsst.geom import Point2D
from lsst_stacklite.archives import make_table
from stacklite_support.golden import own_file
from stacklite_support.parity import READS, WRITES

# Two visits with PSFs, two detectors of each with calibrations, one of which has a polygon.
FILE = own_file("coadd_inputs.fits.gz")


def _sigma(record: ExposureRecord) -> float:
    psf = record.getPsf()
    assert isinstance(psf, GaussianPsf)
    return psf.getSigma()


def test_file_of_the_stack(record_parity: Callable[..., None]) -> None:
    inputs = CoaddInputs.readFits(FILE)
    assert [record.getId() for record in inputs.visits] == [10, 11]
    assert inputs.visits["w"].tolist() == inputs.visits["weight"].tolist() == [0.5, 1.5]
    assert [record["name"] for record in inputs.visits] == ["v0", "v1"]
    assert [record["v"].tolist() for record in inputs.visits] == [[0, 1, 2], [0, 1, 2, 3]]
    assert [_sigma(record) for record in inputs.visits] == [1.5, 2.5]
    assert inputs.ccds["ccd"].tolist() == [0, 1, 0, 1]
    assert inputs.ccds["visit"].tolist() == [10, 10, 11, 11]
    assert all(record.getPhotoCalib().getCalibrationMean() == 2.0 for record in inputs.ccds)
    assert [record.getValidPolygon() is None for record in inputs.ccds] == [True, False, True, False]
    assert inputs.ccds[1].getBBox().getWidth() == 100
    record_parity("CoaddInputs", 1, "byte for byte", what=READS)


def test_points_of_the_coadd() -> None:
    inputs = CoaddInputs.readFits(FILE)
    wcs = inputs.visits[0].getWcs()
    assert wcs is not None
    found = inputs.subset_containing_visits(Point2D(150, 200), wcs)
    assert [record.getId() for record in found] == [10, 11]
    point = Point2D(60, 60)
    for in_polygon, expected in ((False, [0, 1, 10, 11]), (True, [0, 10])):
        found = inputs.subset_containing_ccds(point, wcs, includeValidPolygon=in_polygon)
        assert [record.getId() for record in found] == expected


def test_file_is_written_as_by_the_stack(tmp_path: Path, record_parity: Callable[..., None]) -> None:
    CoaddInputs.readFits(FILE).writeFits(tmp_path / "own.fits")
    with fits.open(tmp_path / "own.fits") as own, fits.open(FILE) as theirs:
        # The stack enters tables into the index one by one, and not with those of the whole object.
        assert sorted(map(str, own[1].data)) == sorted(map(str, theirs[1].data))
        assert len(own) == len(theirs)
        for mine, other in zip(own[2:], theirs[2:], strict=True):
            assert mine.header == other.header
            assert mine.data.tobytes() == other.data.tobytes()
    record_parity("CoaddInputs", 1, "byte for byte", what=WRITES)


def test_component_of_an_exposure(tmp_path: Path) -> None:
    exposure = ExposureF(3, 4)
    exposure.info.setCoaddInputs(CoaddInputs.readFits(FILE))
    exposure.writeFits(tmp_path / "e.fits")
    inputs = ExposureF.readFits(tmp_path / "e.fits").info.getCoaddInputs()
    assert inputs is not None and inputs.ccds["ccd"].tolist() == [0, 1, 0, 1]
    assert _sigma(inputs.visits[1]) == 2.5


def test_ways_to_make_inputs() -> None:
    empty = CoaddInputs()
    assert empty.visits.schema == empty.ccds.schema == ExposureTable.makeMinimalSchema()
    schema = ExposureTable.makeMinimalSchema()
    schema.addField("weight", type="D")
    inputs = CoaddInputs(visitSchema=schema, ccdSchema=ExposureTable.makeMinimalSchema())
    inputs.visits.addNew()["weight"] = 2.0
    assert ("weight" in inputs.visits.schema, "weight" in inputs.ccds.schema) == (True, False)
    catalogs = CoaddInputs(visits=inputs.visits, ccds=empty.ccds)
    assert catalogs.visits is inputs.visits and catalogs.ccds is empty.ccds
    catalogs.ccds = inputs.ccds
    assert catalogs.ccds is inputs.ccds
    catalogs.visits = ExposureCatalog(schema)
    assert (len(catalogs.visits), len(inputs.visits)) == (0, 1)
    for wrong in (None, "text"):
        with pytest.raises(TypeError):
            catalogs.visits = wrong
    with pytest.raises(TypeError):
        CoaddInputs(None, None)  # type: ignore[call-overload]
    assert inputs == inputs != CoaddInputs()
    assert inputs.isPersistable()


class Damaged(Persistable):
    """Tables under the name of the class."""

    _persisted_name = "CoaddInputs"

    def __init__(self, n_tables: int) -> None:
        self.n_tables = n_tables

    def _write_archive(self, archive: Any) -> Any:
        return [make_table([("x", "I", "a number", "")], [(1,)])] * self.n_tables


@pytest.mark.parametrize(("n_tables", "message"), [(1, "2 tables, not 1"), (2, "lacks the first fields")])
def test_damaged_inputs(n_tables: int, message: str, tmp_path: Path) -> None:
    Damaged(n_tables).writeFits(tmp_path / "x.fits")
    with pytest.raises(FitsError, match=message):
        CoaddInputs.readFits(tmp_path / "x.fits")
