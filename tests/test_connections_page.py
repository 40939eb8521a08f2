"""The page on connections, compared with those of every configuration."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml

from lsst.drp.tasks.update_visit_summary import UpdateVisitSummaryConfig, UpdateVisitSummaryConnections
from support.doc_tables import PAGES, holds, literal, read_table

OPTIONS: dict[str, tuple[Any, ...]] = {
    "wcs_provider": ("input_summary", "tract", "global", "healpix3"),
    "photo_calib_provider": ("input_summary", "tract", "global"),
    "background_provider": ("input_summary", "replacement"),
    "do_refit_pointing": (False, True),
    "do_write_visit_geometry": (False, True),
    "do_write_report": (False, True),
}
"""Values of the options that change the connections."""

OTHERS: dict[str, Any] = {"do_fit_sip_approximations": False, "detector_failure": "null"}
"""Options that do not."""


@cache
def table() -> dict[str, dict[str, str]]:
    """Return the rows on connections, by name."""
    return {literal(row["Connection"]): row for row in read_table("connections.csv")}


def make(options: dict[str, Any], **names: str) -> UpdateVisitSummaryConnections:
    """Return the connections of a configuration."""
    config = UpdateVisitSummaryConfig()
    for name, value in options.items():
        setattr(config, name, value)
    for name, value in names.items():
        setattr(config.connections, name, value)
    return UpdateVisitSummaryConnections(config=config)


def every_configuration() -> Iterator[dict[str, Any]]:
    """Iterate over all valid combinations of options, and over the others one by one."""
    for values in itertools.product(*OPTIONS.values()):
        options = dict(zip(OPTIONS, values, strict=True))
        if options["do_refit_pointing"] or not options["do_write_visit_geometry"]:
            yield options
    for name, value in OTHERS.items():
        yield {"do_refit_pointing": True, name: value}


def cells(connection: Any) -> tuple[str, str, str, str]:
    """Return what the page should say on a connection."""
    dimensions = ", ".join(sorted(getattr(connection, "dimensions", ())))
    return type(connection).__name__, connection.name, dimensions, connection.storageClass


def test_connections_of_every_configuration_are_on_the_page() -> None:
    """They are those whose condition holds, with kind, name, dimensions and storage class."""
    seen = set()
    for options in every_configuration():
        connections = make(options).allConnections
        expected = {name for name, row in table().items() if holds(row["There if"], options)}
        assert connections.keys() == expected, options
        for name, connection in connections.items():
            row = table()[name]
            said = row["Kind"], literal(row["Dataset type"]), row["Dimensions"], row["Storage class"]
            assert cells(connection) == said
        seen.update(connections)
    assert seen == table().keys()


@pytest.mark.parametrize("template", UpdateVisitSummaryConnections.defaultTemplates)
def test_templates_change_the_names_that_the_page_says(template: str) -> None:
    """With another value, those connections have another dataset type, and no others."""
    rows = {literal(row["Option"]): row for row in read_table("connection-templates.csv")}
    assert rows.keys() == {f"connections.{name}" for name in UpdateVisitSummaryConnections.defaultTemplates}
    row = rows[f"connections.{template}"]
    assert literal(row["Default"]) == UpdateVisitSummaryConnections.defaultTemplates[template]
    changed = set()
    for provider in ("tract", "global", "healpix3"):
        photo_calib = "global" if provider == "healpix3" else provider
        options = {"wcs_provider": provider, "photo_calib_provider": photo_calib}
        before = make(options).allConnections
        after = make(options, **{template: "other"}).allConnections
        changed |= {name for name in before if before[name].name != after[name].name}
        for name in changed & after.keys():
            assert after[name].name == literal(row["Dataset type"]).replace(f"{{{template}}}", "other")
    assert changed == set(re.findall(r"``(\w+)``", row["Connections"]))


def test_the_example_of_other_names_is_valid() -> None:
    """Each connection that it names exists, and has that name afterwards."""
    page = (PAGES / "connections.rst").read_text()
    block = page.partition(".. code-block:: yaml")[2].partition("\nOn the command line")[0]
    settings = yaml.safe_load(block)["config"]
    names = {
        key.partition(".")[2]: value for key, value in settings.items() if key.startswith("connections.")
    }
    options = {key: value for key, value in settings.items() if not key.startswith("connections.")}
    connections = make(options, **names)
    assert {name: getattr(connections, name).name for name in names} == names


def test_the_page_has_the_tables() -> None:
    """Readers find them."""
    page = (PAGES / "connections.rst").read_text()
    assert ":file: connections.csv" in page
    assert ":file: connection-templates.csv" in page
