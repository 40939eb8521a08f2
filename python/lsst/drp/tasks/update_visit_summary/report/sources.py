"""Readers of what ``visit-summary-report`` shows: files, or datasets of a butler repository."""

from __future__ import annotations

__all__ = ["Visit", "VisitQuery", "mistakes", "read_visit_from_files", "read_visit_from_repository"]

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from astropy.io import fits

from lsst.afw.cameraGeom import Camera
from lsst.afw.table import ExposureCatalog
from lsst.daf.butler import Butler, DatasetNotFoundError, MissingCollectionError, MissingDatasetTypeError

from ..errors import describe
from .dataset import read_diagnoses
from .output import MistakeError

if TYPE_CHECKING:
    from astropy.table import Table

    from lsst.daf.butler import DatasetRef

    from ..diagnosis import Diagnosis


@dataclass(frozen=True, eq=False)
class Visit:
    """The summaries of a visit, with diagnoses and camera if there are any."""

    before: ExposureCatalog
    """Summary before the update (`lsst.afw.table.ExposureCatalog`)."""

    after: ExposureCatalog
    """Summary after it (`lsst.afw.table.ExposureCatalog`)."""

    diagnoses: tuple[Diagnosis, ...] | None = None
    """Diagnoses of the run that wrote the latter (`tuple` [`Diagnosis`, ...] or `None`)."""

    remark: str = ""
    """Sentence about what is not known of them (`str`)."""

    camera: Camera | None = None
    """Camera in whose focal plane detectors are drawn (`lsst.afw.cameraGeom.Camera` or `None`)."""


@dataclass(frozen=True)
class VisitQuery:
    """Datasets of a visit in a butler repository."""

    repository: str
    """Root or configuration of the repository (`str`)."""

    visit: int
    """The visit (`int`)."""

    collections: Sequence[str]
    """Collections of the summary after the update (`~collections.abc.Sequence` [`str`])."""

    before_collections: Sequence[str] | None = None
    """Collections of the summary before it, if they are others
    (`~collections.abc.Sequence` [`str`] or `None`)."""

    instrument: str | None = None
    """Its instrument, if the repository has several (`str` or `None`)."""

    dataset: str | None = None
    """Dataset type of the summary after the update; that of the task by default
    (`str` or `None`)."""

    before_dataset: str | None = None
    """Dataset type of the summary before it; that of the task by default
    (`str` or `None`)."""

    camera: str | None = None
    """Dataset type of the camera, if it is wanted (`str` or `None`)."""


@contextmanager
def mistakes() -> Iterator[None]:
    """Blame the arguments for a check that fails.

    Raises
    ------
    MistakeError
        Raised if the check raises a `ValueError`.
    """
    try:
        yield
    except ValueError as err:
        raise MistakeError(str(err)) from err


# -- Files


def read_visit_from_files(before: Path, after: Path, camera: Path | None) -> Visit:
    """Read the summaries of a visit from FITS files.

    Parameters
    ----------
    before, after : `~pathlib.Path`
        Summaries before and after the update.
    camera : `~pathlib.Path` or `None`
        Camera.

    Returns
    -------
    visit : `Visit`
        What the files have.

    Raises
    ------
    MistakeError
        Raised if a file cannot be used.
    """
    # All are looked for before the first is read.
    for path in (before, after):
        if not path.is_file():
            raise MistakeError(f"There is no file {path}; name the file of a visit summary.")
    if camera is not None and not camera.is_file():
        raise MistakeError(f"There is no file {camera}; name the FITS file of a camera with --camera.")
    remark = "The causes are not known from files; the dataset that do_write_report writes has them."
    return Visit(
        _read_file(before),
        _read_file(after),
        remark=remark,
        camera=None if camera is None else _read_camera_file(camera),
    )


def _read_camera_file(path: Path) -> Camera:
    try:
        return Camera.readFits(str(path))
    except Exception as err:
        raise MistakeError(
            f"{path} cannot be read as a camera ({describe(err)}); name the FITS file of one with --camera."
        ) from err


def _read_file(path: Path) -> ExposureCatalog:
    if not _has_exposure_catalog(path):
        raise MistakeError(f"{path} has no ExposureCatalog; name the FITS file of a visit summary.")
    try:
        return ExposureCatalog.readFits(str(path))
    except Exception as err:
        raise MistakeError(
            f"{path} cannot be read ({describe(err)}); name the FITS file of a visit summary."
        ) from err


def _has_exposure_catalog(path: Path) -> bool:
    """Return whether a file says that it is a FITS file with such a catalog."""
    # The stack itself does not look, and corrupts memory when it reads other tables as one.
    try:
        with warnings.catch_warnings():
            # What is wrong with a damaged file is said by the stack, when it reads it.
            warnings.simplefilter("ignore")
            return str(fits.getval(path, "AFW_TYPE", ext=1)).strip() == "EXPOSURE"
    except (OSError, IndexError, KeyError):
        return False


# -- Repositories


def read_visit_from_repository(query: VisitQuery) -> Visit:
    """Read the summaries of a visit from a butler repository.

    Parameters
    ----------
    query : `VisitQuery`
        What is looked for.

    Returns
    -------
    visit : `Visit`
        What the repository has.

    Raises
    ------
    MistakeError
        Raised if there is no such repository or dataset.
    """
    try:
        butler = Butler.from_config(query.repository)
    except Exception as err:
        raise MistakeError(
            f"{query.repository} is not a butler repository ({describe(err)}); name its root directory."
        ) from err
    with butler:
        return _read_visit(butler, query)


def _read_visit(butler: Butler, query: VisitQuery) -> Visit:
    name, before_name = query.dataset or "finalVisitSummary", query.before_dataset or "visitSummary"
    before_option = "--collections" if query.before_collections is None else "--before-collections"
    before_collections = query.before_collections or query.collections
    for dataset in (name, before_name):
        _check_dataset_type(butler, dataset, "--dataset" if dataset == name else "--before-dataset")
    after = _find(butler, name, query, query.collections, "--collections")
    if after is None:
        raise MistakeError(_not_found(name, query, query.collections, "--collections"))
    before = _find(butler, before_name, query, before_collections, before_option)
    if before is None:
        raise MistakeError(_not_found(before_name, query, before_collections, "--before-collections"))
    camera = None if query.camera is None else _get_camera(butler, query.camera, after, query)
    report = _find_report(butler, name, after)
    if report is None:
        remark = f"The causes are not known without {name}_report, which do_write_report writes."
        return Visit(butler.get(before), butler.get(after), remark=remark, camera=camera)
    with mistakes():
        diagnoses = read_diagnoses(report)
    return Visit(butler.get(before), butler.get(after), diagnoses, camera=camera)


def _get_camera(butler: Butler, name: str, summary: DatasetRef, query: VisitQuery) -> Camera:
    """Return the camera that is valid for the visit."""
    try:
        # The visit tells which camera is valid; most cameras have only the instrument themselves.
        camera = butler.get(name, summary.dataId, collections=query.collections)
    except (MissingDatasetTypeError, DatasetNotFoundError) as err:
        raise MistakeError(
            f"There is no {name} for visit {query.visit} in {', '.join(query.collections)}; name the dataset "
            "type of a camera with --camera, and add the collection that has it to --collections."
        ) from err
    if not isinstance(camera, Camera):
        raise MistakeError(
            f"The dataset {name} is no camera but {type(camera).__name__}; name the dataset type of a "
            "camera with --camera."
        )
    return camera


def _check_dataset_type(butler: Butler, name: str, option: str) -> None:
    """Check that a dataset type has catalogs of visits."""
    try:
        dataset_type = butler.get_dataset_type(name)
    except MissingDatasetTypeError as err:
        raise MistakeError(f"The repository has no dataset type {name}; name another with {option}.") from err
    storage_class, dimensions = dataset_type.storageClass_name, set(dataset_type.dimensions.required)
    if storage_class != "ExposureCatalog" or dimensions != {"instrument", "visit"}:
        raise MistakeError(
            f"The dataset type {name} is a {storage_class} of {', '.join(sorted(dimensions))}, not an "
            f"ExposureCatalog of a visit; name another with {option}."
        )


def _find(
    butler: Butler, name: str, query: VisitQuery, collections: Sequence[str], option: str
) -> DatasetRef | None:
    """Return the dataset of the visit, if there is one in the collections."""
    instruments = [query.instrument] if query.instrument else _all_instruments(butler)
    found = {}
    for instrument in instruments:
        try:
            refs = butler.query_datasets(
                name,
                collections,
                where="instrument = its_instrument AND visit = its_id",
                bind={"its_instrument": instrument, "its_id": query.visit},
                explain=False,
            )
        except MissingCollectionError as err:
            raise MistakeError(
                f"Not all of the collections {', '.join(collections)} exist; name others with {option}."
            ) from err
        if refs:
            found[instrument] = refs[0]
    if len(found) > 1:
        raise MistakeError(
            f"Visit {query.visit} exists for the instruments {', '.join(sorted(found))}; name one with "
            "--instrument."
        )
    return next(iter(found.values()), None)


def _all_instruments(butler: Butler) -> list[str]:
    records = butler.query_dimension_records("instrument", explain=False)
    return sorted(str(record.dataId["instrument"]) for record in records)


def _not_found(name: str, query: VisitQuery, collections: Sequence[str], option: str) -> str:
    instrument = f" of {query.instrument}" if query.instrument else ""
    return (
        f"There is no {name} for visit {query.visit}{instrument} in {', '.join(collections)}; name the "
        f"collections that have it with {option}."
    )


def _find_report(butler: Butler, name: str, summary: DatasetRef) -> Table | None:
    """Return the report that was written together with a summary, if there is one."""
    # A report of another run would tell about another summary.
    try:
        ref = butler.find_dataset(f"{name}_report", summary.dataId, collections=summary.run)
    except MissingDatasetTypeError:
        return None
    return None if ref is None else butler.get(ref)
