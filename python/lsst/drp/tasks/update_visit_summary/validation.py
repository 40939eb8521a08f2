"""Validation of all inputs, before work starts."""

from __future__ import annotations

__all__ = ["forgotten_overrides", "ignored_detectors", "missing_handles", "validate_inputs"]

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from astropy.table import Table

from .errors import InvalidInputsError, list_items
from .override_inputs import PossiblyMultipleInput
from .overrides import OverrideArguments, Overrides, duplicate_problems
from .providers import KeptProvider
from .star_table import star_columns

if TYPE_CHECKING:
    from lsst.afw.cameraGeom import Camera
    from lsst.afw.table import ExposureCatalog, Schema

    from .config import UpdateVisitSummaryConfig
    from .overrides import Handle
    from .providers import Provider, Providers


def validate_inputs(
    summary: ExposureCatalog,
    schema: Schema,
    exposures: Mapping[int, Handle],
    camera: Camera | None,
    config: UpdateVisitSummaryConfig,
    providers: Providers,
    overrides: OverrideArguments,
) -> Overrides:
    """Make the overrides of a visit, or refuse inputs that cannot give a visit summary.

    Parameters
    ----------
    summary : `lsst.afw.table.ExposureCatalog`
        The input summary.
    schema : `lsst.afw.table.Schema`
        Schema that the task was constructed with.
    exposures : `~collections.abc.Mapping` [`int`, \
            `lsst.daf.butler.DeferredDatasetHandle` or \
            `lsst.pipe.base.InMemoryDatasetHandle`]
        Handles of the exposures by detector.
    camera : `lsst.afw.cameraGeom.Camera` or `None`
        Geometry of the detectors.
    config : `UpdateVisitSummaryConfig`
        Configuration of the task.
    providers : `Providers`
        Providers of the configuration.
    overrides : `OverrideArguments`
        Arguments of `Overrides`.

    Returns
    -------
    overrides : `Overrides`
        All overrides.

    Raises
    ------
    InvalidInputsError
        Raised if there are problems, with all that were found.
    """
    problems = [
        *duplicate_problems("input_summary_catalog", "the visit", summary),
        *_schema_problems(summary.schema, schema),
        *missing_handles([record.getId() for record in summary], {"input_exposures": exposures}),
        *_star_problems(overrides["stars"], config),
        *_provider_problems("photo_calib_overrides", overrides["photo_calib"], providers.photo_calib),
        *_provider_problems("wcs_overrides", overrides["wcs"], providers.wcs),
        *_camera_problems(camera, config),
    ]
    try:
        result = Overrides(**overrides)
    except InvalidInputsError as err:
        raise InvalidInputsError([*problems, *err.problems]) from None
    if problems:
        raise InvalidInputsError(problems)
    return result


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
    return {argument: len(ids - known) for argument, ids in overrides.detectors.items() if ids - known}


def forgotten_overrides(providers: Providers, overrides: Overrides) -> Iterator[str]:
    """Find components that the configuration wants replaced, but for which nothing is given.

    Parameters
    ----------
    providers : `Providers`
        Providers of the configuration.
    overrides : `Overrides`
        All overrides.

    Yields
    ------
    sentence : `str`
        One for each such component: it is kept, which may not be what was meant.
    """
    given = {**overrides.sources, "background_overrides": overrides.background_overrides}
    for argument, provider in {**providers.by_argument, "background_overrides": providers.background}.items():
        if not isinstance(provider, KeptProvider) and given.get(argument) is None:
            yield (
                f"{_option_of(argument)} is '{provider.name}', but {argument} is not given: the component of "
                "the input is kept."
            )


def missing_handles(detectors: Iterable[int], handles: Mapping[str, Mapping[int, Handle]]) -> Iterator[str]:
    """Find detectors of the summary without a dataset.

    Parameters
    ----------
    detectors : `~collections.abc.Iterable` [`int`]
        Ids of the detectors that need one.
    handles : `~collections.abc.Mapping` [`str`, `~collections.abc.Mapping`]
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
                f"{argument} has no handle for detectors {list_items(missing)}, which have rows in "
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


def _star_problems(stars: Any, config: UpdateVisitSummaryConfig) -> Iterator[str]:
    if not isinstance(stars, Table):
        return
    if missing := star_columns(config.compute_summary_stats) - set(stars.colnames):
        yield (
            f"psf_star_catalog lacks the columns {list_items(missing)}; give a table with them, or change "
            "compute_summary_stats so that they are not read."
        )


def _provider_problems(argument: str, source: Any, provider: Provider) -> Iterator[str]:
    """Compare catalogs with the provider that the output columns are for."""
    if not isinstance(source, PossiblyMultipleInput):
        return
    if isinstance(provider, KeptProvider) or source.region_kind != provider.region_kind:
        yield (
            f"{argument} is a {type(source).__name__}, but the task was configured with "
            f"{_option_of(argument)}='{provider.name}', which decides the output columns; make the two agree."
        )


def _option_of(argument: str) -> str:
    """Return the option that says where the overrides of an argument come from."""
    return f"{argument.removesuffix('_overrides')}_provider"
