"""The page of options names what there is, with the defaults."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lsst.drp.tasks.update_visit_summary import UpdateVisitSummaryConfig
from lsst.pex.config.configurableField import ConfigurableInstance
from lsst.pex.config.listField import List
from lsst.pipe.base import PipelineTaskConfig

PAGE = Path(__file__).resolve().parents[1] / "doc" / "lsst.drp.tasks.update_visit_summary" / "options.rst"

ROWS = dict(re.findall(r"^   \* - (``.*)\n     - ``(.*)``$", PAGE.read_text(), re.MULTILINE))
"""Defaults, by the names of one option or of several."""

NAMES = [name for names in ROWS for name in re.findall(r"``([^`]+)``", names)]


def test_all_options_are_there() -> None:
    """Those that every pipeline task has are left out."""
    config = UpdateVisitSummaryConfig()
    own = set(config.keys()) - set(PipelineTaskConfig().keys()) - {"connections"}
    assert {name for name in NAMES if not name.startswith("connections.")} == own


def _default(name: str) -> Any:
    """Return the default of an option, as the page writes it."""
    value: Any = UpdateVisitSummaryConfig()
    for part in name.split("."):
        value = getattr(value, part)
    match value:
        case ConfigurableInstance():
            return value.target.__name__
        case List():
            return repr(list(value))
        case _:
            return repr(value)


def test_defaults() -> None:
    """An option of a subtask stands beside the one that turns it on, and has the default of that."""
    alone = {name: default for name, default in ROWS.items() if "," not in name}
    assert {name: _default(name.strip("`")) for name in alone} == alone
    pairs = [(name.split(",")[0].strip("`"), default) for name, default in ROWS.items() if "," in name]
    assert pairs == [(name, _default(name)) for name, _ in pairs]
