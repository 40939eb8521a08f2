"""Everything that can be wrong with the inputs, found before work starts."""

from __future__ import annotations

__all__ = ["ignored_detectors", "missing_handles", "validate_inputs"]

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from astropy.table import Table

from .errors import InvalidInputsError
from .override_inputs import PossiblyMultipleInput
from .providers import region_kind

if TYPE_CHECKING:
    from lsst.afw.cameraGeom import Camera
    from lsst.afw.table import ExposureCatalog, Schema

    from .config import UpdateVisitSummaryConfig
    from .detector_update import Overrides


def validate_inputs(
    summary: ExposureCatalog,
    schema: Schema,
    exposures: Mapping[int, Any],
    overrides: Overrides,
    camera: Camera | None,
    config: UpdateVisitSummaryConfig,
) -> None:
    """Refuse inputs that cannot give a visit summary.

    Parameters
    ----------
    summary : `lsst.afw.table.ExposureCatalog`
        The input summary.
    schema : `lsst.afw.table.Schema`
        Schema that the task was constructed with.
    exposures : `~collections.abc.Mapping`
        Handles of the exposures by detector.
    overrides : `Overrides`
        All overrides.
    camera : `lsst.afw.cameraGeom.Camera` or `None`
        Geometry of the detectors.
    config : `UpdateVisitSummaryConfig`
        Configuration of the task.

    Raises
    ------
    InvalidInputsError
        Raised with all problems that were found.
    """
    detectors = [record.getId() for record in summary]
    problems = [
        *_duplicate_problems(_catalogs(summary, overrides)),
        *_schema_problems(summary.schema, schema),
        *missing_handles(detectors, {"input_exposures": exposures}),
        *_star_problems(overrides, config),
        *_provider_problems("photo_calib", overrides.photo_calib, config.photo_calib_provider),
        *_provider_problems("wcs", overrides.wcs, config.wcs_provider),
        *_background_problems(detectors, overrides),
        *_camera_problems(camera, config),
    ]
    if problems:
        raise InvalidInputsError(problems)


def ignored_detectors(summary: ExposureCatalog, overrides: Overrides) -> dict[str, int]:
    """Count the detectors that only overrides have.

    Parameters
    ----------
    summary : `lsst.afw.table.ExposureCatalog`
        The input summary.
    overrides : `Overrides`
        All overrides.

    Returns
    -------
    counts : `dict` [`str`, `int`]
        Numbers of ignored detectors by argument name, without zeros.
    """
    known = {record.getId() for record in summary}
    found: dict[str, set[int]] = {}
    for argument, _, catalog in _catalogs(None, overrides):
        found.setdefault(argument, set()).update(record.getId() for record in catalog)
    if overrides.stars_by_detector is not None:
        found["psf_star_catalog"] = overrides.stars_by_detector.detectors
    for argument in ("background_originals", "background_overrides"):
        found[argument] = set(getattr(overrides, argument) or ())
    return {argument: len(ids - known) for argument, ids in found.items() if ids - known}


def missing_handles(detectors: Iterable[int], handles: Mapping[str, Mapping[int, Any]]) -> Iterator[str]:
    """Find detectors of the summary without a dataset.

    Parameters
    ----------
    detectors : `~collections.abc.Iterable` [`int`]
        Ids of the detectors that need one.
    handles : `~collections.abc.Mapping`
        Handles by detector, by the name of the argument.

    Yields
    ------
    problem : `str`
        One sentence for each argument, with all detectors that it lacks.
    """
    wanted = set(detectors)
    for argument, by_detector in handles.items():
        if missing := wanted - set(by_detector):
            yield (
                f"{argument} has no handle for detectors {_list(missing)}, which have rows in "
                "input_summary_catalog: their datasets were not made, or are not in the input collections; "
                "make or add them, or take the rows out of the summary."
            )


def _schema_problems(schema: Schema, expected: Schema) -> Iterator[str]:
    """Compare the schema of the input summary with that of its init-input."""
    found, wanted = _column_types(schema), _column_types(expected)
    differences = [
        *(f"lacks the column {name}" for name in wanted if name not in found),
        *(f"has the unexpected column {name}" for name in found if name not in wanted),
        *(
            f"has {name} as {found[name]} instead of {wanted[name]}"
            for name in wanted
            if name in found and found[name] != wanted[name]
        ),
    ]
    if differences:
        yield (
            f"input_summary_catalog {', '.join(differences)}: its columns are not those of "
            "input_summary_schema; give both from the same run."
        )


def _column_types(schema: Schema) -> dict[str, str]:
    return {item.field.getName(): item.field.getTypeString() for item in schema}


def _list(items: Iterable[Any]) -> str:
    return ", ".join(map(str, sorted(items)))


def _camera_problems(camera: Camera | None, config: UpdateVisitSummaryConfig) -> Iterator[str]:
    if not config.do_refit_pointing:
        return
    if camera is None:
        yield "camera is missing although do_refit_pointing is set; give the camera, or switch the fit off."
    elif camera.getTransformMap().getFocalPlaneParity():
        yield (
            f"camera {camera.getName()} has a focal plane of flipped parity, which the pointing cannot be "
            "fitted with; set do_refit_pointing=False."
        )


def _catalogs(
    summary: ExposureCatalog | None, overrides: Overrides
) -> Iterator[tuple[str, str, ExposureCatalog]]:
    """Iterate over argument, part of it, and catalog."""
    if summary is not None:
        yield "input_summary_catalog", "the visit", summary
    if overrides.psf is not None:
        yield "psf_overrides", "the visit", overrides.psf
    if overrides.ap_corr is not None:
        yield "ap_corr_overrides", "the visit", overrides.ap_corr
    for argument, source in (
        ("photo_calib_overrides", overrides.photo_calib),
        ("wcs_overrides", overrides.wcs),
    ):
        if isinstance(source, PossiblyMultipleInput):
            for part, catalog in source.catalogs():
                yield argument, part, catalog


def _duplicate_problems(catalogs: Iterable[tuple[str, str, ExposureCatalog]]) -> Iterator[str]:
    for argument, part, catalog in catalogs:
        counts = Counter(record.getId() for record in catalog)
        if repeated := [detector for detector, count in counts.items() if count > 1]:
            yield (
                f"{argument} has several rows for detectors {_list(repeated)} of {part}; "
                "keep one row for each detector."
            )


def _star_problems(overrides: Overrides, config: UpdateVisitSummaryConfig) -> Iterator[str]:
    if overrides.stars is None:
        if overrides.psf is not None:
            yield (
                "psf_star_catalog is missing although psf_overrides is given; "
                "give the table of stars that the PSF models were made from."
            )
    elif not isinstance(overrides.stars, Table):
        yield (
            f"psf_star_catalog is a {type(overrides.stars).__name__}; "
            "give an astropy.table.Table or a pandas.DataFrame."
        )
    elif missing := _star_columns(config.compute_summary_stats) - set(overrides.stars.colnames):
        yield (
            f"psf_star_catalog lacks the columns {_list(missing)}; give a table with them, or change "
            "compute_summary_stats so that they are not read."
        )


def _star_columns(config: Any) -> set[str]:
    """Return the columns of stars that the statistics cannot do without."""
    columns = {"detector", "slot_Centroid_x", "slot_Centroid_y", config.starSelection}
    for shape in (config.starShape, config.psfShape):
        columns |= {f"{shape}_{moment}" for moment in ("xx", "yy", "xy")}
    selector = config.starSelector
    # A selector that is retargeted has a configuration of its own.
    if getattr(selector, "doFlags", False):
        columns |= {*selector.flags.good, *selector.flags.bad}
    if getattr(selector, "doSignalToNoise", False):
        columns |= {selector.signalToNoise.fluxField, selector.signalToNoise.errField}
    return columns


def _provider_problems(component: str, source: Any, provider: str) -> Iterator[str]:
    if source is None:
        return
    if not isinstance(source, PossiblyMultipleInput):
        yield (
            f"{component}_overrides is a {type(source).__name__}, which does not say how to look up a "
            "detector; wrap one catalog as GlobalInput(catalog), several as PerTractInput or PerHealpixInput."
        )
    elif provider == "input_summary" or source.region_kind != region_kind(provider):
        yield (
            f"{component}_overrides is a {type(source).__name__}, but the task was configured with "
            f"{component}_provider='{provider}', which decides the output columns; make the two agree."
        )


def _background_problems(detectors: Iterable[int], overrides: Overrides) -> Iterator[str]:
    originals, replacements = overrides.background_originals, overrides.background_overrides
    if originals is None or replacements is None:
        return
    if missing := set(detectors) & set(replacements) - set(originals):
        yield (
            f"background_originals has no handle for detectors {_list(missing)} of background_overrides; "
            "give what has been subtracted from these exposures, or no originals at all if nothing has."
        )
