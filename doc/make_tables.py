"""Write the tables of columns and connections in doc/ from the code.

``python doc/make_tables.py``, with stacklite installed, after a change of
columns, connections or options. ``tests/test_columns_page.py`` and
``tests/test_connections_page.py`` compare the tables with every configuration;
``stacklite/tests/shared/test_doc_tables.py`` fails if this has to be run.
"""

from __future__ import annotations

__all__ = ["TABLES", "conditions", "write_tables"]

import csv
import math
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from lsst.afw.detection import GaussianPsf
from lsst.afw.image import ApCorrMap, ExposureF, ExposureSummaryStats, MaskX, VisitInfo
from lsst.afw.math import ChebyshevBoundedField
from lsst.afw.table import ExposureCatalog, ExposureTable, Schema
from lsst.drp.tasks.update_visit_summary import (
    UpdateVisitSummaryConfig,
    UpdateVisitSummaryConnections,
    UpdateVisitSummaryTask,
)
from lsst.drp.tasks.update_visit_summary.added_columns import AddedColumns, AddedValues
from lsst.drp.tasks.update_visit_summary.providers import Providers
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pipe.base.connectionTypes import BaseConnection

PAGES = Path(__file__).parent / "lsst.drp.tasks.update_visit_summary"

NOTHING: dict[str, Any] = {"do_refit_pointing": False, "do_fit_sip_approximations": False}
"""Options with which the task adds nothing and needs least."""

CHOICES: dict[str, tuple[Any, ...]] = {
    "wcs_provider": ("tract", "global", "healpix3"),
    "photo_calib_provider": ("tract", "global"),
    "background_provider": ("replacement",),
    "do_refit_pointing": (True,),
    "do_write_visit_geometry": (True,),
    "do_fit_sip_approximations": (True,),
    "do_write_report": (True,),
    "detector_failure": ("null",),
}
"""Other values of the options that columns or connections can depend on."""

REQUIRES: dict[str, dict[str, Any]] = {"do_write_visit_geometry": {"do_refit_pointing": True}}
"""Options that another option needs."""

NO_VALUE = {
    "wcsTractId": "no tract has a WCS for the detector",
    "wcsSkypixId": "no pixel has a WCS for the detector",
    "wcs_corner_max_offset": "the new WCS or that of the input is missing, or has no value at a corner",
    "photoCalibTractId": "no tract has a calibration for the detector, or it has no WCS to choose one",
    "wcs_detector_pointing_residual": "no WCS to fit, or no such detector in the camera",
    "wcs_visit_pointing_residual": "no WCS to fit, no such detector in the camera, or no pointing was fitted",
    "wcs_detector_pointing_rejected": "the WCS took part in the fit, or there was none",
    "wcs_sip_delta_sky": "there is no WCS, or no approximation could be fitted",
    "wcs_sip_delta_pixel": "there is no WCS, or no approximation could be fitted",
    "update_failed": "no error",
}
"""Meaning of the value that an added column has without a result."""

DEPTH = "PSF, background, photometric calibration (always recomputed)"
KEPT = "nothing: as in the input"


def conditions(names: Callable[[UpdateVisitSummaryConfig], Iterable[str]]) -> dict[str, str]:
    """Find out with which options a name is there.

    Parameters
    ----------
    names : `~collections.abc.Callable`
        Returns the names that are there for a configuration.

    Returns
    -------
    conditions : `dict` [`str`, `str`]
        Condition in words by name, in the order of the options; empty for
        those that are always there.
    """
    always = set(names(_config()))
    values: dict[str, dict[str, list[str]]] = {name: {} for name in names(_config())}
    for option, choices in CHOICES.items():
        required = set(names(_config(**REQUIRES.get(option, {})))) - always
        for choice in choices:
            for name in names(_config(**{option: choice})):
                if name in required:
                    continue
                values.setdefault(name, {}).setdefault(option, []).append(_in_words(choice))
    return {
        name: ""
        if name in always
        else " or ".join(f"``{option}`` is {' or '.join(found)}" for option, found in options.items())
        for name, options in values.items()
    }


@cache
def _config(**options: Any) -> UpdateVisitSummaryConfig:
    """Return a configuration that adds nothing but what some options add."""
    config = UpdateVisitSummaryConfig()
    needed = {name: value for option in options for name, value in REQUIRES.get(option, {}).items()}
    for name, value in (NOTHING | needed | options).items():
        setattr(config, name, value)
    return config


def _in_words(value: Any) -> str:
    return "set" if value is True else f"``{value}``".replace("healpix3", "healpixN")


def _summary() -> ExposureCatalog:
    """Return a catalog of one row with all statistics."""
    schema = ExposureTable.makeMinimalSchema()
    ExposureSummaryStats.update_schema(schema)
    catalog = ExposureCatalog(schema)
    catalog.addNew()
    return catalog


def _task(config: UpdateVisitSummaryConfig) -> UpdateVisitSummaryTask:
    return UpdateVisitSummaryTask(config=config, initInputs={"input_summary_schema": _summary()})


def _added(config: UpdateVisitSummaryConfig) -> list[str]:
    """Return the added columns, in their order."""
    old = set(_summary().schema.getNames())
    return [name for name in _task(config).schema.getOrderedNames() if name not in old]


def _describe(schema: Schema, name: str) -> list[str]:
    """Return name, type, unit and description of a column."""
    field = schema.find(name).field
    kind, doc = field.getTypeString(), field.getDoc().rstrip(".")
    unit = "radian" if kind == "Angle" else field.getUnits()
    kind = f"{kind} ({field.getSize()})" if kind == "ArrayD" else kind
    return [f"``{name}``", kind, unit, f"{doc[0].upper()}{doc[1:]}."]


def _plain(value: Any) -> str:
    """Return a value as a table shows it."""
    number = float(value.asRadians() if hasattr(value, "asRadians") else value)
    if math.isnan(number):
        return "NaN"
    return str(value) if isinstance(value, bool) else str(int(number))


def added_columns() -> Iterator[list[str]]:
    """Iterate over the columns that the task adds to those of its input."""
    yield ["Name", "Type", "Unit", "Meaning", "Written if", "Without a result"]
    for name, condition in conditions(_added).items():
        config = next(config for config in _each_config() if name in _added(config))
        catalog = ExposureCatalog(_task(config).schema)
        record = catalog.addNew()
        AddedColumns(Providers.from_config(config), config).write(AddedValues(), record)
        empty = f"{_plain(record[name])}: {NO_VALUE[name]}"
        yield [*_describe(catalog.schema, name), condition, empty]


def _each_config() -> Iterator[UpdateVisitSummaryConfig]:
    """Iterate over configurations with one option each."""
    for option, choices in CHOICES.items():
        for choice in choices:
            yield _config(**{option: choice})


def statistics() -> Iterator[list[str]]:
    """Iterate over the statistics, which are columns of the input as well."""
    yield ["Name", "Type", "Unit", "Meaning", "Follows from", "Without it"]
    schema, minimal = _summary().schema, set(ExposureTable.makeMinimalSchema().getNames())
    sources = _sources()
    reset = ExposureSummaryStats()
    for name in schema.getOrderedNames():
        if name not in minimal:
            value = getattr(reset, name)
            empty = _plain(value[0] if isinstance(value, list) else value)
            yield [*_describe(schema, name), sources.get(name, KEPT), empty]


def _sources() -> dict[str, str]:
    """Return the components that each statistic follows from, by what resets it."""
    task: Any = _task(_config()).compute_summary_stats
    box = Box2I(Point2I(0, 0), Extent2I(100, 100))
    psf, mask = GaussianPsf(15, 15, 1.5), MaskX(box)
    flat = ChebyshevBoundedField(box, np.ones((1, 1)))
    ap_corr = ApCorrMap()
    for name in ("base_PsfFlux_instFlux", "base_PsfFlux_instFluxErr"):
        ap_corr[name] = flat
    dark = ExposureF(2, 2)
    dark.getInfo().setVisitInfo(VisitInfo())
    parts: list[tuple[str, Callable[[Any], None]]] = [
        ("PSF and its stars", lambda s: task.update_psf_stats(s, psf, box, None, mask, ap_corr)),
        (
            "PSF and aperture correction",
            lambda s: task.update_psf_stats(s, psf, box, None, mask, None),
        ),
        ("PSF", lambda s: task.update_psf_stats(s, None, box, None, mask, ap_corr)),
        ("WCS", lambda s: task.update_wcs_stats(s, None, box, VisitInfo())),
        ("photometric calibration", lambda s: task.update_photo_calib_stats(s, None)),
        ("background", lambda s: task.update_background_stats(s, None)),
        ("background", lambda s: task.update_masked_image_stats(s, None)),
        (DEPTH, lambda s: task.update_magnitude_limit_stats(s, dark)),
        (DEPTH, lambda s: task.update_effective_time_stats(s, dark)),
    ]
    sources: dict[str, str] = {}
    for source, update in parts:
        for name in _reset_by(update):
            sources.setdefault(name, source)
    return sources


def _reset_by(update: Callable[[Any], None]) -> list[str]:
    """Return the statistics that a step leaves without value."""
    row, fresh = _summary()[0], ExposureSummaryStats()
    statistics = ExposureSummaryStats.from_record(row)
    names = [name for name in vars(fresh) if name != "version"]
    for name in names:
        setattr(statistics, name, [7.0] * 4 if isinstance(getattr(fresh, name), list) else 7)
    update(statistics)
    return [name for name in names if repr(getattr(statistics, name)) == repr(getattr(fresh, name))]


def _connection_names(config: UpdateVisitSummaryConfig) -> list[str]:
    """Return the connections of a configuration."""
    return list(UpdateVisitSummaryConnections(config=config).allConnections)


def connections() -> Iterator[list[str]]:
    """Iterate over the connections."""
    yield ["Connection", "Kind", "Dataset type", "Dimensions", "Storage class", "There if"]
    # The class has them in the order of its text, the instances have sets.
    found = conditions(_connection_names)
    for name, declared in UpdateVisitSummaryConnections.allConnections.items():
        config = next(c for c in (_config(), *_each_config()) if name in _connection_names(c))
        connection = UpdateVisitSummaryConnections(config=config).allConnections[name]
        dimensions = ", ".join(sorted(getattr(connection, "dimensions", ())))
        kind = type(declared).__name__
        dataset = f"``{connection.name}``"
        yield [f"``{name}``", kind, dataset, dimensions, connection.storageClass, found[name] or "always"]


def _default_templates() -> dict[str, str]:
    """Return the defaults of the templates, an attribute that the base class makes."""
    return UpdateVisitSummaryConnections.defaultTemplates  # type: ignore[attr-defined]


def templates() -> Iterator[list[str]]:
    """Iterate over the templates in names of dataset types."""
    yield ["Option", "Default", "Connections", "Dataset type"]
    all_connections: dict[str, BaseConnection] = dict(UpdateVisitSummaryConnections.allConnections)
    for template, default in _default_templates().items():
        users = {n: c.name for n, c in all_connections.items() if f"{{{template}}}" in c.name}
        names = ", ".join(f"``{name}``" for name in users)
        datasets = ", ".join(f"``{name}``" for name in sorted(set(users.values())))
        yield [f"``connections.{template}``", f"``{default}``", names, datasets]


TABLES: dict[str, Callable[[], Iterator[list[str]]]] = {
    "added-columns.csv": added_columns,
    "statistics.csv": statistics,
    "connections.csv": connections,
    "connection-templates.csv": templates,
}
"""Makers of tables by the name of the file (`dict`)."""


def write_tables(directory: Path) -> None:
    """Write all tables.

    Parameters
    ----------
    directory : `pathlib.Path`
        Where to write; files of the same names are replaced.
    """
    for name, make in TABLES.items():
        with (directory / name).open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(make())


if __name__ == "__main__":
    write_tables(PAGES)
