"""`ExposureSummaryStats`: unknown values, records, YAML."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from lsst.afw.image import ExposureF, ExposureSummaryStats
from lsst.afw.table import BaseCatalog, Schema
from lsst_stacklite.archives import read_object


def make_stats() -> Any:
    stats = ExposureSummaryStats(nPsfStar=5, raCorners=[1.0, 2.0, 3.0, 4.0])
    stats.psfSigma, stats.ra = np.float32(1.7), np.float64(150.1)
    return stats


def test_statistics_are_unknown_by_default() -> None:
    stats = ExposureSummaryStats()
    assert (stats.version, stats.nPsfStar) == (0, 0)
    assert math.isnan(stats.magLim)
    assert np.isnan(stats.decCorners).tolist() == [True] * 4
    assert stats.raCorners is not ExposureSummaryStats().raCorners


def test_statistics_go_through_a_record() -> None:
    schema = Schema()
    ExposureSummaryStats.update_schema(schema)
    assert "version" not in schema.getNames()
    assert schema.find("effTime").field.getUnits() == "second"
    record = BaseCatalog(schema).addNew()
    stats = make_stats()
    stats.update_record(record)
    found = ExposureSummaryStats.from_record(record)
    assert found.psfSigma == float(np.float32(1.7))
    assert (found.ra, found.raCorners, found.nPsfStar) == (150.1, [1.0, 2.0, 3.0, 4.0], 5)
    assert math.isnan(found.psfArea)
    other = Schema()
    other.addField("psfSigma", type="F")
    with pytest.raises(KeyError):
        ExposureSummaryStats.from_record(BaseCatalog(other).addNew())


def test_statistics_are_stored_as_plain_yaml(tmp_path: Path) -> None:
    text = make_stats()._to_yaml()
    values = yaml.safe_load(text)
    assert list(values) == sorted(values)
    assert "psfArea: .nan" in text
    assert values["psfSigma"] == float(np.float32(1.7))
    path = str(tmp_path / "stats.fits")
    make_stats().writeFits(path)
    found = read_object(path, 1, ExposureSummaryStats)
    assert not hasattr(ExposureSummaryStats, "readFits"), "as in the stack"
    np.testing.assert_equal({name: getattr(found, name) for name in values}, values)


def test_statistics_of_other_versions() -> None:
    with pytest.warns(FutureWarning, match="newStatistic"):
        stats = ExposureSummaryStats._from_mapping({"decl": 3.0, "newStatistic": 1.0, "magLim": 24.0})
    assert (stats.dec, stats.magLim) == (3.0, 24.0)
    with pytest.warns(FutureWarning, match="decl"):
        stats = ExposureSummaryStats._read(b"ra: 1.0\ndec: 5.0\ndecl: 10.0\n")
    assert (stats.ra, stats.dec) == (1.0, 5.0)


def test_newer_statistics_are_kept_and_are_no_columns(tmp_path: Path) -> None:
    stats = ExposureSummaryStats(psfSigma=1.5, nShapeletsStar=7, shapeletsCoeffs=[0.5, 0.25], psfTE1e1=1e-5)
    exposure = ExposureF(4, 4)
    exposure.info.setSummaryStats(stats)
    exposure.writeFits(str(tmp_path / "exposure.fits"))
    again = ExposureF.readFits(str(tmp_path / "exposure.fits")).info.getSummaryStats()
    assert again is not None
    assert (again.nShapeletsStar, again.shapeletsCoeffs, again.psfTE1e1) == (7, [0.5, 0.25], 1e-5)
    schema = Schema()
    ExposureSummaryStats.update_schema(schema)
    assert "nShapeletsStar" not in schema.getNames()
    record = BaseCatalog(schema).addNew()
    stats.update_record(record)
    assert ExposureSummaryStats.from_record(record).psfSigma == 1.5


def test_newer_statistics_that_are_not_known_are_not_stored() -> None:
    assert "Shapelets" not in ExposureSummaryStats()._to_yaml()
    assert "nShapeletsStar: 1" in ExposureSummaryStats(nShapeletsStar=1)._to_yaml()
