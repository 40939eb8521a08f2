"""The reference visit becomes what the real stack's task made of it."""

from __future__ import annotations

from typing import Any

import pytest

from lsst.afw.table import ExposureCatalog
from support.comparison import assert_catalogs_equal, assert_objects_agree
from support.expected import (
    CONFIGURATIONS,
    assert_geometry_is_expected,
    assert_is_expected,
    expected_catalog,
    options_of,
)
from support.reference import Reference


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_run(reference: Reference, configuration: str, tmp_path: Any) -> None:
    """Every row, column and object through ``run`` and the written file."""
    options = options_of(configuration)
    result = reference.task(**options).run(
        reference.summary, reference.exposures, **reference.overrides(**options)
    )
    output = result.output_summary_catalog
    assert_is_expected(output, configuration)
    if options.get("do_write_visit_geometry"):
        assert_geometry_is_expected(result.visit_geometry)
    output.writeFits(str(tmp_path / "out.fits"))
    assert_is_expected(ExposureCatalog.readFits(str(tmp_path / "out.fits")), configuration)


def test_expected_outputs_differ() -> None:
    """The comparison can fail: outputs of two configurations are not equal."""
    with pytest.raises(AssertionError):
        assert_catalogs_equal(expected_catalog("tract_global_replacement"), expected_catalog("full"))
    with pytest.raises(AssertionError):
        assert_objects_agree(expected_catalog("defaults"), expected_catalog("tract_global_replacement"))


def test_replaced_inputs(reference: Reference) -> None:
    """Only the input that is named is another, and only where it is asked for."""
    other = reference.replace(summary=expected_catalog("full"))
    assert len(other.summary.schema.getNames()) > len(reference.summary.schema.getNames())
    assert len(other.stars) == len(reference.stars)
    with pytest.raises(TypeError, match="no input 'summry'"):
        reference.replace(summry=None)
