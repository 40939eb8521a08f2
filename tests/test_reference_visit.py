"""The reference visit becomes what the real stack's task made of it."""

from __future__ import annotations

from typing import Any

import pytest

from lsst.afw.table import ExposureCatalog
from support.comparison import assert_catalogs_equal, assert_objects_agree
from support.reference import DATA, Reference, expected_values

CONFIGURATIONS = ("defaults", "tract_global_replacement", "global_tract_replacement")


def options_of(configuration: str) -> dict[str, Any]:
    """Return the options of a configuration that this version has."""
    options = dict(expected_values()["configs"][configuration])
    # Not available yet; the expected output was made without them.
    assert not options.pop("do_refit_pointing")
    assert not options.pop("do_fit_sip_approximations")
    return options


def expected_catalog(configuration: str) -> ExposureCatalog:
    """Return what the real stack wrote."""
    return ExposureCatalog.readFits(str(DATA / f"expected_finalVisitSummary_{configuration}.fits"))


def assert_is_expected(actual: ExposureCatalog, configuration: str) -> None:
    """Compare an output with what the real stack wrote."""
    expected = expected_catalog(configuration)
    # 9 rows of 53 values and more, some of them arrays of four.
    assert assert_catalogs_equal(actual, expected) > 9 * 53
    # At least a WCS, six numbers of a PhotoCalib and so on for most rows.
    assert assert_objects_agree(actual, expected) > 9 * 500


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_run(reference: Reference, configuration: str, tmp_path: Any) -> None:
    """Every row, column and object through ``run`` and the written file."""
    output = reference.run(**options_of(configuration))
    assert_is_expected(output, configuration)
    output.writeFits(str(tmp_path / "out.fits"))
    assert_is_expected(ExposureCatalog.readFits(str(tmp_path / "out.fits")), configuration)


def test_expected_outputs_differ() -> None:
    """The comparison can fail: outputs of two configurations are not equal."""
    with pytest.raises(AssertionError):
        assert_catalogs_equal(expected_catalog("tract_global_replacement"), expected_catalog("full"))
    with pytest.raises(AssertionError):
        assert_objects_agree(expected_catalog("defaults"), expected_catalog("tract_global_replacement"))
