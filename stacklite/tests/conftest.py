"""State that one test must not leave to the next, and the sums behind the README's table."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

from lsst.afw.image._mask_planes import restore_default_planes
from stacklite_support import parity

# The same cases in every run, and no limit of time: a busy machine is no error.
settings.register_profile("stacklite", deadline=None, derandomize=True)
settings.load_profile("stacklite")

LONG = ("test_fuzz.py", "test_replay.py")
"""Modules with tests of half a minute."""


@pytest.fixture(autouse=True)
def _default_mask_planes() -> Iterator[None]:
    """Start with the canonical planes: reading a file adds those it names."""
    restore_default_planes()
    yield
    restore_default_planes()


@pytest.fixture
def record_parity(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return a function that says what a test compared: see `parity.parity`."""

    def record(
        name: str,
        points: int,
        tolerance: float | str = "",
        what: str = parity.EVALUATES,
        source: str = "golden",
    ) -> None:
        key = (name, what, source, parity.text(tolerance))
        request.node.user_properties.append(("parity", (key, points)))

    return record


def pytest_configure(config: pytest.Config) -> None:
    """Turn warnings into errors, declare the markers, and count in the process that workers report to."""
    config.addinivalue_line("filterwarnings", "error")
    config.addinivalue_line(
        "markers", "parity(names, tolerance, what, parts): see stacklite_support/parity.py"
    )
    config.addinivalue_line(
        "markers", "golden: compares with golden values; set for tests with a parameter named case"
    )
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(parity.Collector(), "parity")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests with golden cases before ``-m`` selects, and start with those that take longest."""
    for item in items:
        if isinstance(item, pytest.Function) and "case" in item.fixturenames:
            item.add_marker("golden")
    # At the end of a run in several processes, one of them would wait for these.
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Attach what the markers of a test stand for to its last report."""
    item.user_properties += [("parity", record) for record in parity.records_of(item)]
