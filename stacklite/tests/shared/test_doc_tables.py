"""The tables in doc/ that a script makes, descriptions included, which stacklite words in its own way."""

from __future__ import annotations

import runpy
from pathlib import Path

from support.doc_tables import PAGES

SCRIPT = PAGES.parent / "make_tables.py"


def test_tables_are_those_of_the_script(tmp_path: Path) -> None:
    """If this fails, run ``python doc/make_tables.py`` and look at what has changed."""
    script = runpy.run_path(str(SCRIPT))
    script["write_tables"](tmp_path)
    written = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_text() for path in PAGES.glob("*.csv")}
