"""Exposures on the sky, the classes of their components, and what passes through them unevaluated."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy import units
from astropy.io import fits

from lsst.afw.detection import GaussianPsf
from lsst.afw.fits._file import FitsFile, write_hdus
from lsst.afw.geom import makeCdMatrix, makeSkyWcs
from lsst.afw.image import ExposureF, ExposureFitsReader, ExposureI
from lsst.afw.image._plane_readers import open_reader
from lsst.afw.table import ExposureCatalog, ExposureTable, SchemaMapper
from lsst.geom import Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees
from lsst.pex.exceptions import InvalidParameterError, LogicError, NotFoundError
from lsst_stacklite.archives import ArchiveReader, ArchiveWriter, make_table

# -- cutouts and regions -----------------------------------------------------------


def _exposure_with_wcs(cls: Any = ExposureF) -> Any:
    exposure = cls(Box2I(Point2I(10, 20), Extent2I(30, 40)))
    exposure.image.array[:] = np.arange(1200).reshape(40, 30)
    exposure.variance.array[:] = 2.0
    exposure.setWcs(
        makeSkyWcs(Point2D(20, 30), SpherePoint(30, 40, degrees), makeCdMatrix(0.2 * arcseconds, 0 * degrees))
    )
    exposure.metadata["KEY"] = 1
    return exposure


def test_cutout():
    exposure = _exposure_with_wcs()
    center = Point2D(25.0, 40.0)
    for where in (center, Point2I(center), exposure.wcs.pixelToSky(center)):
        cutout = exposure.getCutout(where, Extent2I(5, 7))
        box = Box2I(Point2I(23, 37), Extent2I(5, 7))
        assert cutout.getBBox() == box
        assert (cutout.image.array == exposure.image[box].array).all()
        assert cutout.wcs is exposure.wcs
    cutout.image.set(0.0)
    cutout.metadata["KEY"] = 2
    assert exposure.image[25, 40] == 615.0
    assert exposure.metadata["KEY"] == 1


@pytest.mark.parametrize(("cls", "unknown"), [(ExposureF, np.nan), (ExposureI, 0)])
def test_cutout_beyond_the_edge(cls, unknown):
    exposure = _exposure_with_wcs(cls)
    cutout = exposure.getCutout(Point2I(10, 20), Extent2I(5, 5))
    assert cutout.getBBox() == Box2I(Point2I(8, 18), Extent2I(5, 5))
    no_data = cutout.mask.getPlaneBitMask("NO_DATA")
    inside = np.zeros((5, 5), bool)
    inside[2:, 2:] = True
    np.testing.assert_array_equal(cutout.image.array[~inside], unknown)
    assert (cutout.mask.array[~inside] == no_data).all()
    assert np.isposinf(cutout.variance.array[~inside]).all()
    assert (cutout.image.array[2:, 2:] == exposure.image.array[:3, :3]).all()
    assert (cutout.mask.array[inside] == 0).all()


def test_cutouts_that_cannot_be():
    exposure = _exposure_with_wcs()
    for center, size in ((Point2D(0, 0), Extent2I(3, 3)), (Point2D(20, 30), Extent2I(0, 3))):
        with pytest.raises(InvalidParameterError):
            exposure.getCutout(center, size)
    position = exposure.wcs.pixelToSky(Point2D(20, 30))
    exposure.setWcs(None)
    with pytest.raises(LogicError, match="no WCS"):
        exposure.getCutout(position, Extent2I(3, 3))
    assert exposure.getConvexPolygon() is None
    with pytest.raises(ValueError, match="no WCS"):
        exposure.containsSkyCoords([30] * units.deg, [40] * units.deg)


def test_region_on_the_sky():
    exposure = _exposure_with_wcs()
    for padding in (0, 10):
        points = [
            exposure.wcs.pixelToSky(Point2D(x, 40.0)) for x in (8.5 - padding, 10.5 - padding, 39.0 + padding)
        ]
        region = exposure.getConvexPolygon(padding)
        expected = [False, True, True]
        assert [region.contains(p.getVector()) for p in points] == expected
        ra = [p.getRa().asDegrees() for p in points] * units.deg
        dec = [p.getDec().asRadians() for p in points] * units.rad
        assert exposure.containsSkyCoords(ra, dec, padding).tolist() == expected
    assert exposure.containsSkyCoords(30 * units.deg, 40 * units.deg).tolist() == [True]


def test_components_have_their_class():
    exposure = _exposure_with_wcs()
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


def test_opaque_components_pass_through_everything(tmp_path):
    """A class that stacklite does not have survives copies, cutouts and files, with its references."""
    first = _exposure_with_wcs()
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
            with pytest.raises(NotFoundError, match="ClassOfTomorrow"):
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


def test_shared_objects_stay_shared(tmp_path):
    """Rows that share objects are written with one of each, however they were moved before."""
    archive = _archive_of_tomorrow(tmp_path)
    catalog = ExposureCatalog(ExposureTable.makeMinimalSchema())
    psf = archive.get(1)
    wcs = _exposure_with_wcs().wcs
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


def test_ids_of_another_file_are_not_written(tmp_path):
    """Metadata that were read as a bare header hold IDs; they would name objects of the new archive."""
    exposure = _exposure_with_wcs()
    for key in ("PSF_ID", "ARCHIVE_ID_PSF", "ARCHIVE_ID_MINE", "SKYWCS_ID", "AR_HDU"):
        exposure.metadata[key] = 77
    exposure.metadata["OTHER_ID"] = 78
    exposure.writeFits(tmp_path / "a.fits")
    again = ExposureF.readFits(tmp_path / "a.fits")
    assert again.psf is None
    assert again.wcs == exposure.wcs
    assert again.metadata["OTHER_ID"] == 78
