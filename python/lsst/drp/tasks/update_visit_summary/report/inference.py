"""Diagnoses from two catalogs alone, where the task has left none."""

from __future__ import annotations

__all__ = ["infer_diagnoses"]

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lsst.geom import Box2D, Point2D

from ..detector_row import OBJECTS
from ..diagnosis import Component, Diagnosis, Outcome
from ..errors import describe

if TYPE_CHECKING:
    from lsst.afw.detection import Psf
    from lsst.afw.geom import SkyWcs
    from lsst.afw.image import ApCorrMap, PhotoCalib
    from lsst.afw.table import ExposureCatalog, ExposureRecord

_Values = dict[str, np.ndarray]

_RELATIVE = 1e-10
"""Values of an object that was written and read again differ by less (`float`)."""

_ABSOLUTE = 1e-12
"""The same for values that may be zero: pixels of a PSF image whose sum is 1,
and sky positions as unit vectors, for which it is 0.2 microarcseconds
(`float`)."""


def infer_diagnoses(before: ExposureCatalog, after: ExposureCatalog) -> tuple[Diagnosis, ...]:
    """Find what became of each component, by comparing two summaries of a visit.

    A component is kept if the objects of both summaries evaluate to the same
    values at the center and two corners of the detector, and replaced if they
    do not. Where one of them cannot be evaluated, the statistics that follow
    from it decide, as they do for backgrounds, which summaries do not have.
    The source is known where the columns ``wcsTractId``, ``wcsSkypixId`` or
    ``photoCalibTractId`` name it. A component that only the summary before
    has is missing, whatever the cause was, or failed if ``update_failed`` is
    set.

    Parameters
    ----------
    before, after : `lsst.afw.table.ExposureCatalog`
        The summaries. Detectors that ``before`` lacks are left out.

    Returns
    -------
    diagnoses : `tuple` [`Diagnosis`, ...]
        One for each detector and component, in the order of ``after``; those
        of SIP approximations only if ``after`` has their columns.
    """
    old = {record.getId(): record for record in before}
    columns = set(after.schema.getNames())
    return tuple(
        diagnosis
        for record in after
        if record.getId() in old
        for diagnosis in _infer(old[record.getId()], record, columns)
    )


@dataclass(frozen=True)
class _Evidence:
    """Properties of a component by which two rows are compared."""

    component: Component

    evaluate: Callable[[Any, Sequence[Point2D]], _Values]
    """Function that evaluates it at some points."""

    statistics: tuple[str, ...]
    """Columns that follow from it (`tuple` [`str`, ...])."""

    regions: Mapping[str, str]
    """Kinds of its regions by the column that has their id
    (`~collections.abc.Mapping` [`str`, `str`])."""

    def read(self, record: ExposureRecord) -> Any:
        """Return the component of a row."""
        return getattr(record, f"get{OBJECTS[self.component]}")()


def _infer(before: ExposureRecord, after: ExposureRecord, columns: set[str]) -> Iterator[Diagnosis]:
    for evidence in _EVIDENCE:
        yield _infer_component(evidence, before, after, columns)
    yield _infer_background(before, after, columns)
    if "wcs_sip_delta_sky" in columns:
        yield _infer_sip_approximation(after, columns)


def _infer_component(
    evidence: _Evidence, before: ExposureRecord, after: ExposureRecord, columns: set[str]
) -> Diagnosis:
    detector, component = after.getId(), evidence.component
    source = _region(evidence, after, columns)
    try:
        new = evidence.read(after)
    except Exception as err:
        return Diagnosis(detector, component, Outcome.UNUSABLE, source, error=describe(err))
    try:
        old = evidence.read(before)
        was_there = old is not None
    except Exception:
        # It is there, and so damaged that only statistics can tell whether it was kept.
        old, was_there = None, True
    if new is None:
        return _infer_loss(evidence, was_there, source, after, columns)
    if source or not was_there or not _is_same(evidence, old, new, before, after):
        return Diagnosis(detector, component, Outcome.REPLACED, source)
    return Diagnosis(detector, component, Outcome.KEPT)


def _infer_loss(
    evidence: _Evidence, was_there: bool, source: str, after: ExposureRecord, columns: set[str]
) -> Diagnosis:
    """Return the diagnosis of a component that is not there."""
    detector, component = after.getId(), evidence.component
    if _has_failed(after, columns):
        return Diagnosis(detector, component, Outcome.FAILED, source, "the update of the detector failed")
    if source:
        cause = f"{source} has none, or it was not used"
        return Diagnosis(detector, component, Outcome.MISSING, source, cause)
    searched = [kind for column, kind in evidence.regions.items() if column in columns]
    if searched:
        return Diagnosis(detector, component, Outcome.MISSING, cause=f"no {searched[0]} has one")
    if was_there:
        return Diagnosis(detector, component, Outcome.MISSING, cause="only the summary before has one")
    return Diagnosis(detector, component, Outcome.KEPT)


def _infer_background(before: ExposureRecord, after: ExposureRecord, columns: set[str]) -> Diagnosis:
    """Return the diagnosis of the background, which leaves only statistics."""
    detector, component = after.getId(), Component.BACKGROUND
    if _has_failed(after, columns):
        return Diagnosis(detector, component, Outcome.FAILED, cause="the update of the detector failed")
    if _same_statistics(_BACKGROUND_STATISTICS, before, after):
        return Diagnosis(detector, component, Outcome.KEPT)
    if "skyBg" in columns and np.isnan(after["skyBg"]):
        cause = "only the summary before has statistics of it"
        return Diagnosis(detector, component, Outcome.MISSING, cause=cause)
    return Diagnosis(detector, component, Outcome.REPLACED)


def _infer_sip_approximation(after: ExposureRecord, columns: set[str]) -> Diagnosis:
    """Return the diagnosis of the approximation, which belongs to the WCS."""
    detector, component = after.getId(), Component.SIP_APPROXIMATION
    try:
        wcs = after.getWcs()
    except Exception as err:
        return Diagnosis(detector, component, Outcome.UNUSABLE, error=describe(err))
    if wcs is None:
        outcome = Outcome.FAILED if _has_failed(after, columns) else Outcome.KEPT
        return Diagnosis(detector, component, outcome, cause="there is no WCS to approximate")
    if wcs.hasFitsApproximation():
        return Diagnosis(detector, component, Outcome.REPLACED)
    return Diagnosis(detector, component, Outcome.MISSING, cause="the WCS has no approximation")


def _has_failed(record: ExposureRecord, columns: set[str]) -> bool:
    return "update_failed" in columns and bool(record["update_failed"])


def _region(evidence: _Evidence, record: ExposureRecord, columns: set[str]) -> str:
    """Return the region that gave a component, empty if none did or none is known."""
    for column, kind in evidence.regions.items():
        if column in columns and record[column] >= 0:
            return f"{kind} {record[column]}"
    return ""


def _is_same(evidence: _Evidence, old: Any, new: Any, before: ExposureRecord, after: ExposureRecord) -> bool:
    """Return whether two objects have the same values, or the same statistics if one has none."""
    if old is None:
        return _same_statistics(evidence.statistics, before, after)
    points = _points(after)
    try:
        old_values, new_values = evidence.evaluate(old, points), evidence.evaluate(new, points)
    except Exception:
        # Models of packages that are not installed, for example.
        return _same_statistics(evidence.statistics, before, after)
    return old_values.keys() == new_values.keys() and all(
        value.shape == new_values[name].shape
        and np.allclose(value, new_values[name], rtol=_RELATIVE, atol=_ABSOLUTE, equal_nan=True)
        for name, value in old_values.items()
    )


def _same_statistics(names: Sequence[str], before: ExposureRecord, after: ExposureRecord) -> bool:
    columns = set(before.schema.getNames()) & set(after.schema.getNames())
    return all(
        np.array_equal(np.asarray(before[name]), np.asarray(after[name]), equal_nan=True)
        for name in names
        if name in columns
    )


def _points(record: ExposureRecord) -> list[Point2D]:
    """Return the center and two corners of a detector."""
    bbox = record.getBBox()
    if bbox.isEmpty():
        return [Point2D(0.0, 0.0)]
    box = Box2D(bbox)
    return [box.getCenter(), box.getMin(), box.getMax()]


def _evaluate_psf(psf: Psf, points: Sequence[Point2D]) -> _Values:
    images = {f"image {n}": psf.computeKernelImage(point).array for n, point in enumerate(points)}
    return {type(psf).__name__: np.zeros(0)} | images


def _evaluate_ap_corr_map(ap_corr_map: ApCorrMap, points: Sequence[Point2D]) -> _Values:
    return {
        name: np.array([field.evaluate(point) for point in points]) for name, field in ap_corr_map.items()
    }


def _evaluate_photo_calib(photo_calib: PhotoCalib, points: Sequence[Point2D]) -> _Values:
    return {
        "flux": np.array([photo_calib.instFluxToNanojansky(1.0, point) for point in points]),
        "error": np.array(photo_calib.getCalibrationErr()),
    }


def _evaluate_wcs(wcs: SkyWcs, points: Sequence[Point2D]) -> _Values:
    # Vectors, because coordinates jump from 360 to 0 degrees.
    return {"position": np.array([list(sky.getVector()) for sky in wcs.pixelToSky(list(points))])}


_BACKGROUND_STATISTICS = ("skyBg", "skyNoise", "meanVar")

_EVIDENCE = (
    _Evidence(Component.PSF, _evaluate_psf, ("psfSigma", "psfIxx", "psfIyy", "psfIxy"), {}),
    _Evidence(Component.AP_CORR, _evaluate_ap_corr_map, ("psfApCorrSigmaScaledDelta",), {}),
    _Evidence(
        Component.PHOTO_CALIB,
        _evaluate_photo_calib,
        ("zeroPoint",),
        {"photoCalibTractId": "tract"},
    ),
    _Evidence(
        Component.WCS,
        _evaluate_wcs,
        ("ra", "dec", "raCorners", "decCorners"),
        {"wcsTractId": "tract", "wcsSkypixId": "HEALPix pixel"},
    ),
)
