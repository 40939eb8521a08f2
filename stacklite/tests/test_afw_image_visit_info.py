"""Values that belong to an exposure: visit info, filter label, colour, statistics."""

from __future__ import annotations

import builtins
import copy
import math
import pickle

import numpy as np
import pytest
import yaml

from lsst.afw.coord import Observatory, Weather
from lsst.afw.image import (
    Color,
    ExposureSummaryStats,
    FilterLabel,
    RotType,
    VisitInfo,
    setVisitInfoMetadata,
    stripVisitInfoKeywords,
)
from lsst.afw.table import BaseCatalog, Schema
from lsst.daf.base import DateTime, PropertyList
from lsst.geom import SpherePoint, degrees
from lsst.pex.exceptions import TypeError
from lsst_stacklite.archives import read_object

FULL = VisitInfo(
    exposureTime=30.0,
    darkTime=30.6,
    date=DateTime("2026-03-21T04:05:06.123456789", DateTime.TAI),
    ut1=61120.17021,
    era=45.1 * degrees,
    boresightRaDec=SpherePoint(150.1 * degrees, 2.2 * degrees),
    boresightAzAlt=SpherePoint(20.1 * degrees, 52.3 * degrees),
    boresightAirmass=1.26,
    boresightRotAngle=33 * degrees,
    rotType=RotType.SKY,
    observatory=Observatory(-70.7 * degrees, -30.2 * degrees, 2663.0),
    weather=Weather(7.1, 73892.0, 34.5),
    instrumentLabel="Cam",
    id=2026032100001,
    focusZ=0.31,
    observationType="science",
    scienceProgram="BLOCK 365",
    observationReason="object",
    object="COSMOS",
    hasSimulatedContent=True,
)


def test_everything_is_unknown_by_default():
    info = VisitInfo()
    assert math.isnan(info.exposureTime)
    assert not info.date.isValid()
    assert info.rotType is RotType.UNKNOWN
    assert (info.id, info.object, info.hasSimulatedContent) == (0, "", False)
    assert math.isnan(info.getBoresightParAngle().asRadians())
    assert info == VisitInfo()
    with pytest.raises(builtins.TypeError, match="unhashable"):
        hash(info)


def test_visit_info_is_immutable_and_copied_with_changes():
    with pytest.raises(AttributeError):
        FULL.id = 3
    changed = FULL.copyWith(id=3, rotType=RotType.MOUNT)
    assert (changed.id, changed.rotType, changed.object) == (3, RotType.MOUNT, "COSMOS")
    assert changed != FULL
    assert FULL.copyWith() == FULL == copy.deepcopy(FULL) == pickle.loads(pickle.dumps(FULL))
    with pytest.raises(builtins.TypeError, match="colour"):
        VisitInfo(colour=3)
    with pytest.raises(builtins.TypeError):
        VisitInfo(30.0, exposureTime=3.0)
    with pytest.raises(builtins.TypeError, match="colour"):
        FULL.copyWith(colour=3)
    assert VisitInfo(FULL) == VisitInfo(visitInfo=FULL) == FULL
    assert FULL.isPersistable is True, "an attribute, as in the stack"


@pytest.mark.parametrize("info", [FULL, VisitInfo(), VisitInfo(focusZ=1.0, object="a 'b'")])
def test_archive_and_header_keep_everything(info, tmp_path):
    path = str(tmp_path / "info.fits")
    info.writeFits(path)
    assert VisitInfo.readFits(path) == info
    metadata = PropertyList()
    setVisitInfoMetadata(metadata, info)
    assert ("EXPTIME" in metadata) == (not math.isnan(info.exposureTime))
    assert "ROTTYPE" in metadata
    found = VisitInfo(metadata)
    for name in ("boresightRaDec", "boresightAzAlt"):
        # Through degrees and back.
        assert getattr(found, name)[0].asDegrees() == pytest.approx(
            getattr(info, name)[0].asDegrees(), rel=1e-15, nan_ok=True
        )
    metadata["OTHER"] = 3
    assert "ROTTYPE" in stripVisitInfoKeywords(metadata)
    assert metadata.getOrderedNames() == ["OTHER"]


def test_header_variants():
    metadata = PropertyList()
    metadata["EXPTIME"] = "12.5"
    metadata["TIME-MID"] = "2037-09-20T02:23:23.0Z"
    info = VisitInfo(metadata)
    assert info.exposureTime == 12.5
    assert info.date == DateTime("2037-09-20T02:23:23Z", DateTime.UTC)
    metadata["DATE-AVG"] = "2037-09-20T02:25:25"
    with pytest.raises(TypeError, match="TIMESYS"):
        VisitInfo(metadata)
    metadata["TIMESYS"] = "TAI"
    assert VisitInfo(metadata).date == DateTime("2037-09-20T02:25:25", DateTime.TAI)
    metadata["ROTTYPE"] = "SIDEWAYS"
    with pytest.raises(TypeError, match="SIDEWAYS"):
        VisitInfo(metadata)


# Filter labels --------------------------------------------------------------


@pytest.mark.parametrize(
    "label",
    [
        FilterLabel.fromBand("r"),
        FilterLabel.fromPhysical("r_57"),
        FilterLabel.fromBandPhysical("r", "r_57"),
    ],
)
def test_filter_label(label, tmp_path):
    path = str(tmp_path / "label.fits")
    label.writeFits(path)
    assert FilterLabel.readFits(path) == label == copy.deepcopy(label)
    for has, name in ((label.hasBandLabel, "bandLabel"), (label.hasPhysicalLabel, "physicalLabel")):
        if has():
            assert getattr(label, name).startswith("r")
        else:
            with pytest.raises(RuntimeError):
                getattr(label, name)


def test_filter_labels_need_names(tmp_path):
    with pytest.raises(ValueError, match="needs"):
        FilterLabel()
    with pytest.raises(ValueError, match="empty"):
        FilterLabel(band="")
    with pytest.raises(ValueError, match="longer"):
        FilterLabel(band="r" * 33).writeFits(str(tmp_path / "label.fits"))
    assert str(FilterLabel("r", "x")) == 'FilterLabel(band="r", physical="x")'
    assert len({FilterLabel("r"), FilterLabel("r"), FilterLabel(physical="r")}) == 2


def test_colours():
    assert Color().isIndeterminate()
    assert Color() == Color()
    assert Color(0.5, "g-i") != Color()
    assert Color(0.5, "g-i").getColorValue() == 0.5
    with pytest.raises(builtins.TypeError, match="value and a type"):
        Color(0.5)


def test_rotator_types_are_neither_numbers_nor_ordered():
    assert RotType(1) is RotType.SKY and int(RotType.SKY) == 1 and RotType.SKY != 1
    for use in (lambda: RotType.SKY < RotType.MOUNT, lambda: RotType["SKY"], lambda: RotType.SKY + 1):
        with pytest.raises(builtins.TypeError):
            use()


# Summary statistics ---------------------------------------------------------


def make_stats():
    stats = ExposureSummaryStats(nPsfStar=5, raCorners=[1.0, 2.0, 3.0, 4.0])
    stats.psfSigma, stats.ra = np.float32(1.7), np.float64(150.1)
    return stats


def test_statistics_are_unknown_by_default():
    stats = ExposureSummaryStats()
    assert (stats.version, stats.nPsfStar) == (0, 0)
    assert math.isnan(stats.magLim)
    assert np.isnan(stats.decCorners).tolist() == [True] * 4
    assert stats.raCorners is not ExposureSummaryStats().raCorners


def test_statistics_go_through_a_record():
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


def test_statistics_are_stored_as_plain_yaml(tmp_path):
    text = make_stats()._to_yaml()
    values = yaml.safe_load(text)
    assert list(values) == sorted(values)
    assert "psfArea: .nan" in text
    assert values["psfSigma"] == float(np.float32(1.7))
    path = str(tmp_path / "stats.fits")
    make_stats().writeFits(path)
    found = read_object(path, 1, ExposureSummaryStats)
    assert not hasattr(ExposureSummaryStats, "readFits"), "as in the stack"
    np.testing.assert_equal(vars(found), yaml.safe_load(text))


def test_statistics_of_other_versions():
    with pytest.warns(FutureWarning, match="newStatistic"):
        stats = ExposureSummaryStats._from_mapping({"decl": 3.0, "newStatistic": 1.0, "magLim": 24.0})
    assert (stats.dec, stats.magLim) == (3.0, 24.0)
