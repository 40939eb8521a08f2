"""Tables of stars as users have them: nulls, data frames, stars of no detector."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from astropy.table import MaskedColumn, QTable, Table

from lsst.drp.tasks.update_visit_summary import InvalidInputsError
from support.catalogs import by_detector, row_values
from support.reference import Reference

GOOD, BAD, NUMBER = "calib_psf_used", "slot_Shape_flag", "slot_Shape_xx"


def rows_with(reference: Reference, stars: Any) -> dict[int, dict[str, bytes]]:
    """Return the rows of a run with other stars."""
    overrides = reference.overrides() | {"psf_star_catalog": stars}
    output = reference.task().run(reference.summary, reference.exposures, **overrides)
    return {d: row_values(row) for d, row in by_detector(output.output_summary_catalog).items()}


def nulls_instead(table: Table, column: str, where: np.ndarray, under: Any) -> Table:
    """Return a copy in which some values are null, with something else in memory."""
    result = table.copy()
    values = np.array(table[column])
    values[where] = under
    result[column] = MaskedColumn(values, mask=where)
    return result


@pytest.mark.parametrize(
    ("column", "under", "meaning"),
    [(GOOD, True, False), (BAD, False, True), (NUMBER, 2.5, np.nan)],
)
def test_nulls_mean_what_selects_nothing(reference: Reference, column: str, under: Any, meaning: Any) -> None:
    """A null flag never selects a star; a null number is NaN."""
    where = np.zeros(len(reference.stars), bool)
    where[::3] = True
    explicit = reference.stars.copy()
    explicit[column] = np.where(where, meaning, reference.stars[column])
    explicit[column] = explicit[column].astype(reference.stars[column].dtype)
    with_nulls = nulls_instead(reference.stars, column, where, under)
    before = with_nulls[column].mask.copy()
    expected = rows_with(reference, explicit)
    assert rows_with(reference, with_nulls) == expected
    assert expected != rows_with(reference, reference.stars)
    # The argument is as it was.
    np.testing.assert_array_equal(with_nulls[column].mask, before)


def test_stars_without_detector_belong_to_none(reference: Reference) -> None:
    """They count for nobody, and make no detector of their own."""
    where = np.asarray(reference.stars["detector"]) == 94
    where &= np.arange(len(where)) % 2 == 0
    assert where.any()
    orphans = nulls_instead(reference.stars, "detector", where, 93)
    assert rows_with(reference, orphans) == rows_with(reference, reference.stars[~where])


def as_data_frame(table: Table) -> Any:
    """Return a data frame with the same columns."""
    return table.to_pandas()


def as_nullable_data_frame(table: Table) -> Any:
    """Return a data frame with types that know nulls, as parquet files with nulls give."""
    return table.to_pandas().convert_dtypes()


@pytest.mark.parametrize("convert", [as_data_frame, as_nullable_data_frame, QTable])
def test_kinds_of_tables(reference: Reference, convert: Any) -> None:
    """A pandas.DataFrame, with or without types that know nulls, does as well."""
    assert rows_with(reference, convert(reference.stars)) == rows_with(reference, reference.stars)


def test_data_frame_with_nulls(reference: Reference) -> None:
    """Nulls of pandas mean the same as those of astropy."""
    where = np.zeros(len(reference.stars), bool)
    where[::3] = True
    expected = rows_with(reference, nulls_instead(reference.stars, GOOD, where, True))
    frame = reference.stars.to_pandas()
    frame[GOOD] = frame[GOOD].astype("boolean")
    frame.loc[where, GOOD] = None
    assert rows_with(reference, frame) == expected
    objects = reference.stars.to_pandas()
    objects[GOOD] = objects[GOOD].astype(object)
    objects.loc[where, GOOD] = None
    assert rows_with(reference, objects) == expected


def test_other_things_are_refused(reference: Reference) -> None:
    """What is no table is named."""
    with pytest.raises(InvalidInputsError, match="psf_star_catalog is a dict; give an astropy.table.Table"):
        rows_with(reference, {"detector": [90]})
