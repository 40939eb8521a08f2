"""Components of exposures: their classes, and those that pass through unevaluated."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from lsst.afw.detection import GaussianPsf
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._writing import write_hdus
from lsst.afw.image import (
    ApCorrMap,
    ExposureF,
    ExposureFitsReader,
    ExposureInfo,
    ExposureSummaryStats,
    FilterLabel,
    VisitInfo,
)
from lsst.afw.image._plane_readers import open_reader
from lsst.afw.table import ExposureCatalog, ExposureTable, SchemaMapper
from lsst.daf.base import PropertyList
from lsst.geom import Extent2I, Point2I
from lsst.pex.exceptions import NotFoundError
from lsst_stacklite.archives import ArchiveReader, ArchiveWriter, make_table
from stacklite_support.golden import own_file
from stacklite_support.made_exposures import BOX, make_exposure


def test_components_are_set_and_removed() -> None:
    exposure = ExposureF(BOX)
    info = exposure.getInfo()
    label, stats, visit = FilterLabel.fromBand("r"), ExposureSummaryStats(), VisitInfo(id=3)
    exposure.setFilter(label)
    info.setSummaryStats(stats)
    info.setVisitInfo(visit)
    info.setId(12)
    assert exposure.filter is exposure.getFilter() is info.getComponent(ExposureInfo.KEY_FILTER) is label
    assert info.getSummaryStats() is stats
    assert exposure.visitInfo is visit
    assert info.id == 12
    exposure.setFilter(None)
    info.clearId()
    assert not info.hasFilter() and exposure.getFilter() is None
    assert info.getId() is None
    exposure.image.set(3)
    assert exposure.maskedImage.image.array.sum() == 72


def test_components_have_their_class() -> None:
    exposure = make_exposure()
    psf = GaussianPsf(11, 11, 1.5)
    for set_wrong, wrong in (
        (exposure.setWcs, psf),
        (exposure.setPsf, exposure.wcs),
        (exposure.info.setPhotoCalib, psf),
        (exposure.info.setVisitInfo, psf),
        (exposure.info.setSummaryStats, {}),
        (lambda each: exposure.info.setComponent("MINE", each), 3),
    ):
        with pytest.raises(TypeError, match="or None; not"):
            set_wrong(wrong)
    exposure.info.setId(np.int64(-(2**63)))
    for wrong_id in ("7", 7.0, 2**63):
        with pytest.raises(TypeError):
            exposure.info.id = wrong_id
    assert exposure.info.getId() == -(2**63)
    exposure.info.setComponent("MINE", psf)
    assert exposure.info.getComponent("MINE") is psf
    row = ExposureCatalog(ExposureTable.makeMinimalSchema()).addNew()
    with pytest.raises(TypeError, match="wcs of a record is a SkyWcs"):
        row.setWcs(psf)


def _archive_of_tomorrow(tmp_path: Path) -> ArchiveReader:
    """Store an object, 7, of a class that does not exist and that refers to a PSF, 1."""
    archive = ArchiveWriter()
    nested = archive.put(GaussianPsf(11, 11, 1.5))
    fields = [("number", "I", "", ""), ("psf", "I", "refers to another object", "")]
    archive._save(7, "ClassOfTomorrow", "lsst.tomorrow", [make_table(fields, [(-5, nested)])])
    write_hdus(tmp_path / "archive.fits", archive.to_hdus())
    with FitsFile(tmp_path / "archive.fits") as file:
        return ArchiveReader.from_fits(file, 1)


def test_opaque_components_pass_through_everything(tmp_path: Path) -> None:
    """A class that stacklite does not have survives copies, cutouts and files, with its references."""
    first = make_exposure()
    opaque = _archive_of_tomorrow(tmp_path).get(7)
    first.info.setComponent("TOMORROW", opaque)
    first.info.setTransmissionCurve(opaque)
    made = {
        "first.fits": first,
        "clone.fits": first.clone(),
        "subset.fits": first[12:15, 22:25],
        "cutout.fits": first.getCutout(Point2I(20, 30), Extent2I(3, 3)),
        "converted.fits": first.convertD(),
    }
    for name, exposure in made.items():
        exposure.writeFits(tmp_path / name)
        again = type(exposure).readFits(tmp_path / name)
        again.writeFits(tmp_path / "again.fits")
        with open_reader(ExposureFitsReader, tmp_path / "again.fits") as reader:
            components = reader._archived_components()
            with pytest.raises(NotFoundError, match=r"ClassOfTomorrow.*[^.]\.$"):
                reader.readComponent("TOMORROW")
        kept = components["TOMORROW"]
        assert (kept.name, kept.module) == ("ClassOfTomorrow", "lsst.tomorrow")
        assert components["TRANSMISSION_CURVE"] is kept, "one object, stored once"
        row = kept.tables[0][0]
        assert row["number"] == -5
        assert kept._reference.archive.get(row["psf"]).getSigma() == 1.5


def _archive_ids(path: Path, component: str) -> list[int]:
    with fits.open(path) as hdus:
        return [int(i) for i in hdus[1].data[component]]


def test_shared_objects_stay_shared(tmp_path: Path) -> None:
    """Rows that share objects are written with one of each, however they were moved before."""
    archive = _archive_of_tomorrow(tmp_path)
    catalog = ExposureCatalog(ExposureTable.makeMinimalSchema())
    psf = archive.get(1)
    wcs = make_exposure().wcs
    for _ in range(3):
        record = catalog.addNew()
        record.setWcs(wcs)
        record.setPsf(psf)
        record.setTransmissionCurve(archive.get(7))
    catalog.writeFits(tmp_path / "first.fits")
    read = ExposureCatalog.readFits(tmp_path / "first.fits")
    assert read[0].getPsf() is read[2].getPsf()
    moved = ExposureCatalog(ExposureTable.makeMinimalSchema())
    moved.extend(read, deep=True)
    reordered = read.copy(deep=True)[::-1]
    mapped = ExposureCatalog(ExposureTable.makeMinimalSchema())
    mapper = SchemaMapper(read.schema)
    mapper.addMinimalSchema(ExposureTable.makeMinimalSchema(), True)
    mapped.extend(read, mapper=mapper)
    pickled = pickle.loads(pickle.dumps(read))
    for name, made in {"moved": moved, "reordered": reordered, "mapped": mapped, "pickled": pickled}.items():
        made.writeFits(tmp_path / f"{name}.fits")
    for name in ("first", "moved", "reordered", "mapped", "pickled"):
        with fits.open(tmp_path / f"{name}.fits") as hdus:
            classes = sorted(hdus[2].data["name"])
        assert classes == ["ClassOfTomorrow", "GaussianPsf", "SkyWcs"], name
        for component in ("wcs", "psf", "transmissionCurve"):
            ids = _archive_ids(tmp_path / f"{name}.fits", component)
            assert len(set(ids)) == 1 and ids[0] > 0, name


def test_ids_of_another_file_are_not_written(tmp_path: Path) -> None:
    """Metadata that were read as a bare header hold IDs; they would name objects of the new archive."""
    exposure = make_exposure()
    for key in ("PSF_ID", "ARCHIVE_ID_PSF", "ARCHIVE_ID_MINE", "SKYWCS_ID", "AR_HDU"):
        exposure.metadata[key] = 77
    exposure.metadata["OTHER_ID"] = 78
    exposure.writeFits(tmp_path / "a.fits")
    again = ExposureF.readFits(tmp_path / "a.fits")
    assert again.psf is None
    assert again.wcs == exposure.wcs
    assert again.metadata["OTHER_ID"] == 78


# An exposure with every component, whose box does not begin at (0, 0).
FULL = own_file("exposure_full_xy0.fits")

# Names after has, get and set; those of an exposure, too.
OF_EXPOSURES = ["Wcs", "Psf", "PhotoCalib", "Detector", "ApCorrMap", "Filter"]
COMPONENTS = [*OF_EXPOSURES, "ValidPolygon", "SummaryStats", "VisitInfo", "TransmissionCurve", "CoaddInputs"]


@pytest.mark.parametrize("name", COMPONENTS)
def test_components(name: str) -> None:
    """Each is there or None, shared with copies, removed by None, and of one class."""
    exposure = ExposureF(FULL)
    info = exposure.info
    value = getattr(info, f"get{name}")()
    assert value is not None and getattr(info, f"has{name}")()
    copied = ExposureInfo(info)
    assert getattr(copied, f"get{name}")() is value
    with pytest.raises(TypeError):
        getattr(info, f"set{name}")("text")
    assert getattr(info, f"get{name}")() is value
    getattr(info, f"set{name}")(None)
    assert not getattr(info, f"has{name}")() and getattr(info, f"get{name}")() is None
    assert getattr(copied, f"get{name}")() is value, "a copy is changed by itself"
    if name in OF_EXPOSURES:
        getattr(exposure, f"set{name}")(value)
        assert getattr(info, f"get{name}")() is getattr(exposure, name[0].lower() + name[1:]) is value
        if name != "ApCorrMap":
            assert getattr(exposure, f"get{name}")() is value


def test_components_by_key() -> None:
    info = ExposureF(FULL).getInfo()
    components = dict(info._components)
    assert sorted(components) == sorted(
        getattr(ExposureInfo, name) for name in vars(ExposureInfo) if name.startswith("KEY_")
    )
    for key, value in components.items():
        assert info.hasComponent(key) and info.getComponent(key) is value
        info.removeComponent(key)
        info.removeComponent(key)
        assert not info.hasComponent(key) and info.getComponent(key) is None
        info.setComponent(key, value)
    assert info._components == components
    wcs = components[ExposureInfo.KEY_WCS]
    with pytest.raises(TypeError, match="PSF"):
        info.setComponent(ExposureInfo.KEY_PSF, wcs)
    info.setComponent("OF_TOMORROW", wcs)
    assert info.getComponent("OF_TOMORROW") is wcs
    by_keyword = ExposureInfo(wcs=wcs, polygon=info.getValidPolygon(), visitInfo=info.getVisitInfo())
    assert by_keyword.getWcs() is wcs and by_keyword.hasVisitInfo() and not by_keyword.hasPsf()


def test_ids_metadata_and_empty_maps() -> None:
    info = ExposureInfo()
    assert not info.hasId() and info.getId() is None
    info.setId(7)
    assert info.hasId() and info.id == 7
    info.clearId()
    assert not info.hasId()
    metadata = PropertyList()
    info.setMetadata(metadata)
    assert info.getMetadata() is metadata
    info.setApCorrMap(ApCorrMap())
    assert info.hasApCorrMap() and info.getApCorrMap() == ApCorrMap()
