"""A butler repository with many visits whose datasets have no files of their own."""

from __future__ import annotations

__all__ = ["make_survey", "survey_where"]

import dataclasses
import math
import pickle
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from astropy.time import Time, TimeDelta

from lsst.daf.butler import Butler, DatasetRef, DimensionRecord, FileDataset, Timespan
from lsst.geom import SpherePoint, degrees
from lsst.sphgeom import ConvexPolygon, LonLat, UnitVector3d
from reference_repo import REFERENCE_VISIT, ReferenceRepo, make_reference_repo

_RUN = "RefCam/runs/survey"
_FIRST_DETECTOR = 1000
"""Id of the first detector, beyond those of the reference visit (`int`)."""

_SIDE, _STEP = 0.22, 0.235
"""Side of a detector of LSSTCam, and the distance of neighbors, gaps of rafts included (degrees)."""

_COLUMNS = 15
"""Detectors in a row (`int`)."""

_DITHER = 0.05
"""Distance of neighboring visits (degrees)."""

_POINTINGS = 32
"""Visits lie on a square of this side, ``_DITHER`` degrees apart; then the square is repeated (`int`)."""

_BATCH = 50
"""Visits per transaction, a few ten thousand rows (`int`)."""

_DATASETS = (
    *("visitSummary", "calexp", "calexpBackground", "skyCorr"),
    *("finalized_psf_ap_corr_catalog", "finalized_src_table", "fgcmPhotoCalibCatalog"),
    "gbdesAstrometricFitSkyWcsCatalog",
)
"""Inputs of the pipeline, with WCSs by tract (`tuple` [`str`])."""

_START = Time("2026-03-21T00:00:00", scale="tai")


@dataclasses.dataclass(frozen=True)
class _Survey:
    """The repository while it is being filled."""

    butler: Butler
    repo: ReferenceRepo
    detectors: Sequence[int]
    reference: DimensionRecord
    """Record of the reference visit, near which all others lie."""

    @cached_property
    def center(self) -> SpherePoint:
        """Middle of the reference visit."""
        return SpherePoint(self.reference.region.getCentroid())

    def names(self, visit: int) -> dict[str, int | str]:
        """Return the data ID of a visit."""
        return {"instrument": self.repo.instrument, "visit": visit}


def survey_where(repo: ReferenceRepo, n_visits: int) -> str:
    """Return the data query that selects all visits of `make_survey`."""
    first = repo.visit + 1
    return (
        f"instrument='{repo.instrument}' AND skymap='{repo.skymap}' "
        f"AND visit IN ({first}..{repo.visit + n_visits})"
    )


def make_survey(root: Path, n_visits: int, n_detectors: int) -> ReferenceRepo:
    """Make a repository with the reference visit and many others.

    The others have all dimension records and all datasets that the pipeline
    needs, but each dataset is the same empty file: graphs can be built, and
    tasks can run that read nothing.

    Parameters
    ----------
    root : `~pathlib.Path`
        Directory of the new repository.
    n_visits, n_detectors : `int`
        Number of visits, and of the detectors of each.

    Returns
    -------
    repo : `reference_repo.ReferenceRepo`
        The names in the repository.
    """
    repo = make_reference_repo(root)
    nothing = repo.root / "nothing"
    nothing.touch()
    detectors = range(_FIRST_DETECTOR, _FIRST_DETECTOR + n_detectors)
    with Butler.from_config(repo.root, writeable=True) as butler:
        (reference,) = butler.query_dimension_records("visit", data_id=repo.data_id)
        survey = _Survey(butler, repo, detectors, reference)
        _register_detectors(survey)
        _register_tracts(survey)
        butler.collections.register(_RUN)
        for start in range(1, n_visits + 1, _BATCH):
            visits = [repo.visit + n for n in range(start, min(start + _BATCH, n_visits + 1))]
            with butler.transaction():
                for visit in visits:
                    _register_visit(survey, visit)
            butler.ingest(*_datasets(survey, visits, nothing), transfer="direct")
        butler.collections.prepend_chain(repo.inputs, _RUN)
    return repo


def _register_detectors(survey: _Survey) -> None:
    """Insert the detectors of a large camera."""
    survey.butler.registry.insertDimensionData(
        "detector",
        *(
            {"instrument": survey.repo.instrument, "id": id_, "full_name": f"D{id_}", "purpose": "SCIENCE"}
            for id_ in survey.detectors
        ),
    )


def _register_tracts(survey: _Survey) -> None:
    """Insert the tracts that a visit may overlap, beyond those of the reference visit."""
    skymap = pickle.loads((REFERENCE_VISIT / "skymap.pickle").read_bytes())
    reach = 0.5 * (_COLUMNS * _STEP + _POINTINGS * _DITHER) * degrees
    near: set[int] = set()
    steps = [(i - 10) * 0.1 * reach for i in range(21)]
    for x in steps:
        for y in steps:
            point = survey.center.offset(0.0 * degrees, x).offset(90.0 * degrees, y)
            near |= {tract.getId() for tract in skymap.findAllTracts(point)}
    survey.butler.registry.insertDimensionData(
        "tract",
        *(
            {"skymap": survey.repo.skymap, "id": id_, "region": skymap[id_].outer_sky_polygon}
            for id_ in sorted(near - set(survey.repo.tracts))
        ),
    )


def _square(center: SpherePoint, x: float, y: float, side: float) -> list[UnitVector3d]:
    """Return the corners of a square, its middle given relative to a center (degrees)."""
    lon, lat = center.getRa().asDegrees(), center.getDec().asDegrees()
    stretch = 1.0 / math.cos(math.radians(lat))
    half = 0.5 * side
    corners = ((x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half))
    return [UnitVector3d(LonLat.fromDegrees(lon + stretch * dx, lat + dy)) for dx, dy in corners]


def _register_visit(survey: _Survey, visit: int) -> None:
    """Insert a visit with its regions, without its exposure."""
    registry, number = survey.butler.registry, visit - survey.repo.visit
    row, column = divmod(number % _POINTINGS**2, _POINTINGS)
    x, y = ((i - 0.5 * _POINTINGS) * _DITHER for i in (column, row))
    places = [divmod(i, _COLUMNS) for i in range(len(survey.detectors))]
    middle = 0.5 * (_COLUMNS - 1)
    squares = [
        _square(survey.center, x + (j - middle) * _STEP, y + (i - middle) * _STEP, _SIDE) for i, j in places
    ]
    begin = _START + TimeDelta(40.0 * number, format="sec")
    registry.insertDimensionData(
        "visit",
        survey.names(visit)
        | {
            "id": visit,
            "name": str(visit),
            "day_obs": survey.reference.day_obs,
            "physical_filter": survey.reference.physical_filter,
            "seq_num": visit % 100_000,
            "timespan": Timespan(begin, begin + TimeDelta(30.0, format="sec")),
            "region": ConvexPolygon([corner for square in squares for corner in square]),
        },
    )
    registry.insertDimensionData(
        "visit_detector_region",
        *(
            survey.names(visit) | {"detector": id_, "region": ConvexPolygon(square)}
            for id_, square in zip(survey.detectors, squares, strict=True)
        ),
    )


def _datasets(survey: _Survey, visits: Sequence[int], file: Path) -> Iterator[FileDataset]:
    """Yield all datasets of some visits, one file dataset per visit and type."""
    butler = survey.butler
    where = f"visit IN ({visits[0]}..{visits[-1]})"
    common = {"instrument": survey.repo.instrument, "skymap": survey.repo.skymap}
    for name in _DATASETS:
        dataset_type = butler.get_dataset_type(name)
        with butler.query() as query:
            data_ids = query.where(where, common).join_dimensions(dataset_type.dimensions)
            found = list(data_ids.data_ids(dataset_type.dimensions).with_dimension_records())
        refs = [DatasetRef(dataset_type, data_id, run=_RUN) for data_id in found]
        yield FileDataset(path=str(file), refs=refs)
