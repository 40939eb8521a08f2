"""Fixtures of the tests of sky maps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lsst.daf.butler import Butler
from lsst.skymap import TractInfo
from stacklite_support.sky_maps import make_apart


@pytest.fixture
def butler(tmp_path: Path) -> Iterator[Butler]:
    """Return an empty repository."""
    Butler.makeRepo(tmp_path / "repo")
    with Butler.from_config(tmp_path / "repo", writeable=True) as butler:
        yield butler


@pytest.fixture(params=[0, 1])
def tract(request: pytest.FixtureRequest) -> TractInfo:
    """Return each tract of a map."""
    return make_apart()[request.param]
