"""Objects of unknown classes that other objects refer to are written wherever their numbers are in use."""

from __future__ import annotations

from pathlib import Path

import pytest

from lsst.afw.fits._writing import write_hdus
from lsst.afw.image import ExposureF, FilterLabel, PhotoCalib
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst_stacklite.archives import ArchiveWriter, make_table

INTEGERS = [(1, 5), (0, 7), (2, 2), (3, 4)]


def _calibration(path: Path, integers: tuple[int, ...]) -> PhotoCalib:
    """Read a calibration whose field is of an unknown class and has some integers; 3 and 4 are others."""
    archive = ArchiveWriter()
    fields = [(f"corner_{i}", "I", "", "") for i in range(len(integers))]
    archive._save(2, "FieldOfTomorrow", "lsst.tomorrow", [make_table(fields, [integers])])
    columns = [
        ("calibrationMean", "D", "", ""),
        ("calibrationErr", "D", "", ""),
        ("isConstant", "Flag", "", ""),
    ]
    row = (1.5, 0.0, False, 2, 1)
    table = make_table([*columns, ("field", "I", "", ""), ("version", "I", "", "")], [row])
    archive._save(1, "PhotoCalib", "lsst.afw.image", [table])
    for number in (3, 4):
        part = make_table([("number", "D", "", "")], [(float(number),)])
        archive._save(number, "PartOfTomorrow", "lsst.tomorrow", [part])
    write_hdus(path, archive.to_hdus())
    return PhotoCalib.readFits(path)


@pytest.mark.parametrize("integers", INTEGERS)
def test_files_of_their_own(tmp_path: Path, integers: tuple[int, ...]) -> None:
    calibration = _calibration(tmp_path / "first.fits", integers)
    calibration.writeFits(tmp_path / "second.fits")
    assert PhotoCalib.readFits(tmp_path / "second.fits") == calibration
    other = _calibration(tmp_path / "other.fits", (integers[0], integers[1] + 1))
    assert other != calibration


@pytest.mark.parametrize("integers", INTEGERS)
def test_among_other_objects(tmp_path: Path, integers: tuple[int, ...]) -> None:
    calibration = _calibration(tmp_path / "first.fits", integers)
    exposure = ExposureF(2, 2)
    exposure.setFilter(FilterLabel("r"))
    exposure.setPhotoCalib(calibration)
    exposure.writeFits(tmp_path / "exposure.fits")
    assert ExposureF(str(tmp_path / "exposure.fits")).getPhotoCalib() == calibration
    catalog = ExposureCatalog(ExposureTable.makeMinimalSchema())
    for each in (PhotoCalib(1.0), PhotoCalib(2.0), PhotoCalib(3.0), calibration):
        catalog.addNew().setPhotoCalib(each)
    catalog.writeFits(tmp_path / "catalog.fits")
    read = ExposureCatalog.readFits(tmp_path / "catalog.fits")
    assert [row.getPhotoCalib() for row in read] == [row.getPhotoCalib() for row in catalog]
