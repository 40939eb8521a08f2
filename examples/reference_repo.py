"""Build a butler repository from the files of the reference visit.

The files are ingested byte by byte as the real stack wrote them; nothing is
read and written again. The demo and the tests of the task share this module.
"""

from __future__ import annotations

__all__ = ["REFERENCE_VISIT", "RefCam", "ReferenceRepo", "describe_reference_repo", "make_reference_repo"]

import dataclasses
import json
import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from astropy.time import Time, TimeDelta

from lsst.afw.image import VisitInfo
from lsst.afw.table import ExposureCatalog, ExposureRecord
from lsst.daf.base import DateTime
from lsst.daf.butler import (
    Butler,
    CollectionType,
    Config,
    DatasetRef,
    DatasetType,
    FileDataset,
    Registry,
    Timespan,
)
from lsst.geom import Box2D
from lsst.pipe.base import Instrument
from lsst.skymap import BaseSkyMap
from lsst.sphgeom import ConvexPolygon, UnitVector3d

REFERENCE_VISIT = Path(__file__).resolve().parents[1] / "tests" / "data" / "reference_visit"
"""The directory with the files of the visit (`pathlib.Path`)."""


class RefCam(Instrument):
    """The instrument of the reference visit: nine detectors, one filter.

    It has no raw data, so it cannot do what needs a raw formatter.
    """

    @classmethod
    def getName(cls) -> str:
        """Return the name that the files of the visit carry."""
        return "RefCam"

    def getRawFormatter(self, dataId: Any) -> Any:
        """Raise, since there are no raw files to read."""
        raise NotImplementedError("RefCam has no raw data.")

    def register(self, registry: Registry, *, update: bool = False) -> None:
        """Insert the instrument and its detectors into a registry."""
        name = self.getName()
        registry.syncDimensionData(
            "instrument",
            {
                "name": name,
                "class_name": f"{__name__}.{type(self).__name__}",
                "detector_max": 200,
                "visit_max": 2_100_000_000_000_000,
                "exposure_max": 2_100_000_000_000_000,
            },
            update=update,
        )
        for full_name, detector in _read_detectors().items():
            raft, name_in_raft = full_name.split("_")
            registry.syncDimensionData(
                "detector",
                {
                    "instrument": name,
                    "id": detector["id"],
                    "full_name": full_name,
                    "raft": raft,
                    "name_in_raft": name_in_raft,
                    "purpose": "SCIENCE",
                },
                update=update,
            )


def _read_detectors() -> dict[str, dict[str, Any]]:
    """Return the description of each detector, by its name."""
    return yaml.safe_load((REFERENCE_VISIT / "camera.yaml").read_text())["CCDs"]


@dataclasses.dataclass(frozen=True)
class ReferenceRepo:
    """Names under which a repository has the reference visit."""

    root: Path
    """Root of the repository."""

    visit: int
    """The visit, in the dimension of the same name."""

    detectors: tuple[int, ...]
    """Its detectors, ascending."""

    tracts: tuple[int, ...]
    """The tracts that it overlaps, ascending."""

    healpix3: tuple[int, ...]
    """The HEALPix pixels of level 3 for which there is a WCS catalog."""

    fiducials: Mapping[str, Mapping[str, float]]
    """Values by band of the fiducial options of ``compute_summary_stats``
    with which the expected outputs were made."""

    instrument: str = RefCam.getName()
    """Name of the instrument."""

    skymap: str = "reference_rings_v1"
    """Name of the sky map."""

    inputs: str = "RefCam/defaults"
    """Collection that holds everything a pipeline needs as input."""

    more_visits: tuple[int, ...] = ()
    """Further visits, ascending."""

    @property
    def visits(self) -> tuple[int, ...]:
        """All visits."""
        return (self.visit, *self.more_visits)

    @property
    def where(self) -> str:
        """Data query that selects the visit (``pipetask run -d``)."""
        return f"instrument='{self.instrument}' AND visit={self.visit} AND skymap='{self.skymap}'"

    @property
    def where_all(self) -> str:
        """Data query that selects all visits."""
        if not self.more_visits:
            return self.where
        visits = f"visit IN ({self.visit}..{self.more_visits[-1]})"
        return f"instrument='{self.instrument}' AND {visits} AND skymap='{self.skymap}'"

    @property
    def data_id(self) -> dict[str, int | str]:
        """Data ID of the visit's datasets."""
        return {"instrument": self.instrument, "visit": self.visit}


@dataclasses.dataclass(frozen=True)
class _Files:
    """The files of one dataset type."""

    dataset_type: str
    storage_class: str
    pattern: str
    dimensions: tuple[str, ...]
    collection: str = "RefCam/runs/reference"


# A dataset type has one set of dimensions per repository, so the catalog for
# the whole visit cannot share the name of those per tract. Its name follows
# the template of the connection, with skyWcsName=gbdesGlobalAstrometricFit.
_VISIT = ("instrument", "visit")
_DATASETS = (
    _Files("camera", "Camera", "camera.fits", ("instrument",), "RefCam/calib/unbounded"),
    _Files("skyMap", "SkyMap", "skymap.pickle", ("skymap",), "skymaps"),
    _Files("visitSummary", "ExposureCatalog", "visitSummary.fits", _VISIT),
    _Files("visitSummary_schema", "ExposureCatalog", "visitSummary_schema.fits", ()),
    _Files("calexp", "ExposureF", "calexp_{detector}.fits", (*_VISIT, "detector")),
    _Files("calexpBackground", "Background", "calexpBackground_{detector}.fits", (*_VISIT, "detector")),
    _Files("skyCorr", "Background", "skyCorr_{detector}.fits", (*_VISIT, "detector")),
    _Files("finalized_psf_ap_corr_catalog", "ExposureCatalog", "finalized_psf_ap_corr_catalog.fits", _VISIT),
    _Files("finalized_src_table", "ArrowAstropy", "finalized_src_table.parq", _VISIT),
    _Files(
        "gbdesAstrometricFitSkyWcsCatalog",
        "ExposureCatalog",
        "gbdesAstrometricFitSkyWcsCatalog_tract{tract}.fits",
        (*_VISIT, "skymap", "tract"),
    ),
    _Files(
        "gbdesGlobalAstrometricFitSkyWcsCatalog",
        "ExposureCatalog",
        "gbdesAstrometricFitSkyWcsCatalog.fits",
        _VISIT,
    ),
    _Files(
        "gbdesHealpix3AstrometricFitSkyWcsCatalog",
        "ExposureCatalog",
        "gbdesHealpix3AstrometricFitSkyWcsCatalog_healpix{healpix3}.fits",
        (*_VISIT, "healpix3"),
    ),
    _Files("fgcmPhotoCalibCatalog", "ExposureCatalog", "fgcmPhotoCalibCatalog.fits", _VISIT),
    _Files(
        "jointcalPhotoCalibCatalog",
        "ExposureCatalog",
        "jointcalPhotoCalibCatalog_tract{tract}.fits",
        (*_VISIT, "skymap", "tract"),
    ),
)


def make_reference_repo(
    root: Path | str,
    data: Path = REFERENCE_VISIT,
    *,
    more_visits: Mapping[int, Path] | None = None,
    registry: Mapping[str, str] | None = None,
) -> ReferenceRepo:
    """Create a repository with the reference visit in it.

    Parameters
    ----------
    root : `pathlib.Path` or `str`
        Directory of the new repository; it must be empty or absent.
    data : `pathlib.Path`, optional
        Directory with the files of the visit.
    more_visits : `~collections.abc.Mapping` [`int`, `pathlib.Path`], optional
        Further visits of the same detectors, tracts and night, each with the
        directory that has its files. Two visits may have the same files.
    registry : `~collections.abc.Mapping` [`str`, `str`], optional
        Configuration of the registry, as ``registry`` in ``butler.yaml``; by
        default it is a file in the repository.

    Returns
    -------
    repo : `ReferenceRepo`
        The names under which everything was registered.

    Raises
    ------
    FileExistsError
        Raised if ``root`` already holds a repository.
    FileNotFoundError
        Raised if a file of the visit is missing.
    """
    repo = describe_reference_repo(root, data, more_visits=more_visits or ())
    visits = {repo.visit: data} | dict(more_visits or {})
    _make_empty_repo(repo.root, registry)
    butler = Butler.from_config(repo.root, writeable=True)
    try:
        with butler.transaction():
            _register(butler, repo, visits)
        _ingest(butler, repo, visits)
    finally:
        butler.close()
    return repo


def _make_empty_repo(root: Path, registry: Mapping[str, str] | None) -> None:
    """Make a repository without any dataset in it.

    The butler takes a directory with a dot in its name for a file, so the
    repository is made in one without and moved.
    """
    if (root / "butler.yaml").exists():
        raise FileExistsError(f"{root} is a butler repository already.")
    root.mkdir(parents=True, exist_ok=True)
    new = root / "new_repository"
    Butler.makeRepo(new, None if registry is None else Config({"registry": dict(registry)}))
    for file in list(new.iterdir()):
        file.rename(root / file.name)
    new.rmdir()


def describe_reference_repo(
    root: Path | str, data: Path = REFERENCE_VISIT, *, more_visits: Iterable[int] = ()
) -> ReferenceRepo:
    """Return the names in a repository that exists or is to be made."""
    expected = json.loads((data / "expected.json").read_text())
    return ReferenceRepo(
        root=Path(root).resolve(),
        visit=expected["visit"],
        detectors=tuple(expected["detectors"]),
        tracts=tuple(expected["tracts"]),
        healpix3=tuple(expected["healpix3"]),
        fiducials=expected["fiducials"],
        more_visits=tuple(sorted(more_visits)),
    )


def _register(butler: Butler, repo: ReferenceRepo, visits: Mapping[int, Path]) -> None:
    """Insert the records of all dimensions."""
    RefCam().register(butler.registry)
    for visit, data in visits.items():
        summary = ExposureCatalog.readFits(str(data / "visitSummary.fits"))
        _register_visit(butler.registry, dataclasses.replace(repo, visit=visit), summary)
    _register_skymap(butler.registry, repo, visits[repo.visit] / "skymap.pickle")


def _register_visit(registry: Registry, repo: ReferenceRepo, summary: ExposureCatalog) -> None:
    """Insert the filter, the exposure, and the visit with its regions."""
    info = summary[0].getVisitInfo()
    if info is None:
        raise ValueError(
            "The first row of the visit summary has no visit info, which describes the exposure."
        )
    physical_filter = summary[0]["physical_filter"]
    corners = {record.getId(): _corners(record) for record in summary}
    registry.insertDimensionData(
        "physical_filter",
        {"instrument": repo.instrument, "name": physical_filter, "band": summary[0]["band"]},
        skip_existing=True,
    )
    day_obs, seq_num = divmod(repo.visit, 100_000)
    registry.insertDimensionData(
        "day_obs", {"instrument": repo.instrument, "id": day_obs}, skip_existing=True
    )
    registry.insertDimensionData("group", {"instrument": repo.instrument, "name": str(repo.visit)})
    common = {
        "instrument": repo.instrument,
        "id": repo.visit,
        "day_obs": day_obs,
        "seq_num": seq_num,
        "physical_filter": physical_filter,
    } | _describe_observation(info)
    registry.insertDimensionData("exposure", common | _describe_exposure(info, repo.visit))
    region = ConvexPolygon([vector for vectors in corners.values() for vector in vectors])
    registry.insertDimensionData("visit", common | {"name": str(repo.visit), "region": region})
    _register_visit_definition(registry, repo)
    registry.insertDimensionData(
        "visit_detector_region",
        *(repo.data_id | {"detector": id_, "region": ConvexPolygon(c)} for id_, c in corners.items()),
    )


def _register_visit_definition(registry: Registry, repo: ReferenceRepo) -> None:
    """Insert the records that define the visit as one exposure."""
    registry.insertDimensionData(
        "visit_definition", {"instrument": repo.instrument, "exposure": repo.visit, "visit": repo.visit}
    )
    registry.insertDimensionData(
        "visit_system", {"instrument": repo.instrument, "id": 0, "name": "one-to-one"}, skip_existing=True
    )
    registry.insertDimensionData(
        "visit_system_membership",
        {"instrument": repo.instrument, "visit": repo.visit, "visit_system": 0},
    )


def _corners(record: ExposureRecord) -> list[UnitVector3d]:
    """Return the positions of a detector's corners on the sky."""
    wcs = record.getWcs()
    if wcs is None:
        raise ValueError(f"Detector {record.getId()} of the visit summary has no WCS, so it has no region.")
    return [point.getVector() for point in wcs.pixelToSky(Box2D(record.getBBox()).getCorners())]


def _describe_observation(info: VisitInfo) -> dict[str, Any]:
    """Return the fields that exposure and visit records share."""
    middle = Time(info.date.get(DateTime.MJD, DateTime.TAI), format="mjd", scale="tai")
    half = TimeDelta(0.5 * info.exposureTime, format="sec", scale="tai")
    return {
        "timespan": Timespan(middle - half, middle + half),
        "exposure_time": info.exposureTime,
        "target_name": info.object,
        "observation_reason": info.observationReason,
        "science_program": info.scienceProgram,
        "azimuth": info.boresightAzAlt.getLongitude().asDegrees(),
        "zenith_angle": 90.0 - info.boresightAzAlt.getLatitude().asDegrees(),
    }


def _describe_exposure(info: VisitInfo, exposure: int) -> dict[str, Any]:
    """Return the fields that only an exposure record has."""
    return {
        "obs_id": str(exposure),
        "group": str(exposure),
        "observation_type": info.observationType,
        "dark_time": info.darkTime,
        "tracking_ra": info.boresightRaDec.getRa().asDegrees(),
        "tracking_dec": info.boresightRaDec.getDec().asDegrees(),
        "sky_angle": info.boresightRotAngle.asDegrees(),
        "has_simulated": info.hasSimulatedContent,
    }


def _register_skymap(registry: Registry, repo: ReferenceRepo, path: Path) -> None:
    """Insert the sky map and the tracts that the visit overlaps.

    The other tracts (some 18000) and all patches are left out; no dataset of
    the visit needs them.
    """
    skymap = _read_skymap(path)
    tracts = [skymap[tract] for tract in repo.tracts]
    registry.insertDimensionData(
        "skymap",
        {
            "name": repo.skymap,
            "hash": skymap.getSha1(),
            "tract_max": len(skymap),
            "patch_nx_max": max(tract.getNumPatches()[0] for tract in tracts),
            "patch_ny_max": max(tract.getNumPatches()[1] for tract in tracts),
        },
    )
    registry.insertDimensionData(
        "tract",
        *(
            {"skymap": repo.skymap, "id": tract.getId(), "region": tract.outer_sky_polygon}
            for tract in tracts
        ),
    )


def _read_skymap(path: Path) -> BaseSkyMap:
    """Read the sky map in the way the butler does.

    It is needed before the butler can be asked for it: its data ID must be
    known first. The file is part of this checkout.
    """
    skymap = pickle.loads(path.read_bytes())
    assert isinstance(skymap, BaseSkyMap)
    return skymap


def _ingest(butler: Butler, repo: ReferenceRepo, visits: Mapping[int, Path]) -> None:
    """Copy all files into the repository, each under its dataset type."""
    files = [
        file
        for visit, data in visits.items()
        for datasets in _DATASETS
        if visit == repo.visit or "visit" in datasets.dimensions
        for file in _file_datasets(butler, dataclasses.replace(repo, visit=visit), data, datasets)
    ]
    butler.ingest(*files, transfer="copy")
    _certify_camera(butler, [file.refs[0] for file in files])
    runs = sorted({file.refs[0].run for file in files} - {"RefCam/calib/unbounded"})
    butler.collections.register(repo.inputs, CollectionType.CHAINED)
    butler.collections.redefine_chain(repo.inputs, [*runs, "RefCam/calib"])


def _file_datasets(butler: Butler, repo: ReferenceRepo, data: Path, files: _Files) -> Iterator[FileDataset]:
    """Yield the files of one dataset type, after registering it."""
    dataset_type = DatasetType(
        files.dataset_type,
        files.dimensions,
        files.storage_class,
        universe=butler.dimensions,
        isCalibration=files.dataset_type == "camera",
    )
    butler.registry.registerDatasetType(dataset_type)
    butler.collections.register(files.collection)
    for values in _data_ids(repo, files):
        path = data / files.pattern.format(**values)
        data_id = butler.registry.expandDataId(values, dimensions=dataset_type.dimensions)
        yield FileDataset(path=str(path), refs=[DatasetRef(dataset_type, data_id, run=files.collection)])


def _data_ids(repo: ReferenceRepo, files: _Files) -> Iterator[dict[str, int | str]]:
    """Yield the data ID of each file of a dataset type."""
    fixed: dict[str, int | str] = {"instrument": repo.instrument, "visit": repo.visit, "skymap": repo.skymap}
    common = {name: fixed[name] for name in files.dimensions if name in fixed}
    several: dict[str, Sequence[int]] = {
        "detector": repo.detectors,
        "tract": repo.tracts,
        "healpix3": repo.healpix3,
    }
    varying = [name for name in files.dimensions if name in several]
    if not varying:
        yield common
    for name in varying:
        yield from (common | {name: value} for value in several[name])


def _certify_camera(butler: Butler, refs: Sequence[DatasetRef]) -> None:
    """Make the camera valid for all times."""
    butler.collections.register("RefCam/calib", CollectionType.CALIBRATION)
    cameras = [ref for ref in refs if ref.datasetType.name == "camera"]
    butler.registry.certify("RefCam/calib", cameras, Timespan(None, None))
