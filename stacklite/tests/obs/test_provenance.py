"""Provenance in headers, names of calibration files and numbers of groups, with values of the real stack."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from lsst.daf.base import PropertyList
from lsst.daf.butler import DatasetProvenance
from lsst.obs.base import (
    Instrument,
    add_provenance_to_fits_header,
    iso_date_to_curated_calib_file_root,
    strip_provenance_from_fits_header,
)
from lsst.obs.base._provenance import _store_str_header
from stacklite_support.datasets import reference

LONG = "a123456789b123456789c123456789d123456789e123456789f123456789"


def _provenance() -> DatasetProvenance:
    raw = reference("raw").replace(run=LONG, id=uuid.UUID(int=6))
    provenance = DatasetProvenance(quantum_id=uuid.UUID(int=9))
    provenance.add_input(raw)
    provenance.add_extra_provenance(raw.id, {"EXTRA": 42})
    return provenance


@pytest.mark.parametrize("long_texts", [True, False])
def test_cards_and_their_comments(long_texts: bool) -> None:
    header = PropertyList()
    header.set("LSST BUTLER OLD", 3)
    header.set("A", 1, "first")
    add_provenance_to_fits_header(header, reference(), _provenance(), long_texts)
    found = {
        name.removeprefix("LSST BUTLER "): (header[name], header.getComment(name))
        for name in header.getOrderedNames()
    }
    run = LONG if long_texts else "a123456789b123456789...e123456789f123456789"
    expected: dict[str, tuple[Any, str]] = {
        "A": (1, "first"),
        "ID": (str(uuid.UUID(int=7)), "Dataset ID"),
        "RUN": ("run", "Run collection"),
        "DATASETTYPE": ("calexp", "Dataset type"),
        "DATAID DETECTOR": (5, "Data identifier"),
        "DATAID INSTRUMENT": ("Cam", "Data identifier"),
        "QUANTUM": (str(uuid.UUID(int=9)), ""),
        "N_INPUTS": (1, ""),
        "INPUT 0 ID": (str(uuid.UUID(int=6)), "Dataset ID"),
        "INPUT 0 RUN": (run, "Run collection"),
        "INPUT 0 DATASETTYPE": ("raw", "Dataset type"),
        "INPUT 0 EXTRA": (42, ""),
    }
    if not long_texts:
        expected = {name: (value, "first" * (name == "A")) for name, (value, _) in expected.items()}
    assert found == expected and list(found) == list(expected)


def test_headers_of_other_kinds() -> None:
    header = {"LSST BUTLER OLD": 3, "A": 1}
    add_provenance_to_fits_header(header, reference())
    assert list(header)[:2] == ["A", "LSST BUTLER ID"]
    strip_provenance_from_fits_header(header)
    assert header == {"A": 1}
    add_provenance_to_fits_header(None, reference())


@pytest.mark.parametrize(("value", "stored"), [("abc", "abc"), ("abcdefghi", "ab...ghi")])
def test_the_longest_keyword_leaves_eight_characters(value: str, stored: str) -> None:
    key = "LSSTX BUTLER VERY LONG KEYWORD THAT IS AT THE LIMIT OF ALL"
    header = PropertyList()
    _store_str_header(header, key, value, allow_long_headers=False)
    assert header[key] == stored and len(f"HIERARCH {key} = '{stored:8s}'") <= 80
    with pytest.raises(ValueError, match="longer than 58"):
        _store_str_header(header, key + "0", value, allow_long_headers=False)


@pytest.mark.parametrize(
    ("date", "root"),
    [
        ("1970-01-01", "19700101T000000"),
        ("2025-04-30 12:25:50.123", "20250430T122550"),
        ("20100501T1223", "20100501T122300"),
    ],
)
def test_names_of_calibration_files(date: str, root: str) -> None:
    assert iso_date_to_curated_calib_file_root(date) == root


def test_numbers_of_groups_of_exposures() -> None:
    assert Instrument.group_name_to_group_id("2025-04-30T12:25:50.123") == 20250430122550123
    with pytest.raises(ValueError, match="int"):
        Instrument.group_name_to_group_id("none")
