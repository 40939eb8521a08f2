"""Objects show what they are: one line, or a short table in a notebook."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pytest

from lsst.afw.cameraGeom import Camera
from lsst.afw.detection import GaussianPsf
from lsst.afw.image import ApCorrMap, ExposureF
from lsst.afw.table import BaseCatalog, ExposureCatalog, Schema
from stacklite_support.paths import REFERENCE_VISIT


class Cells(HTMLParser):
    """Collects the texts of the cells of tables, row by row, and the tags that are not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1] in ("td", "th"):
            self.rows[-1].append(data)


@pytest.fixture(scope="module")
def summary() -> ExposureCatalog:
    return ExposureCatalog.readFits(str(REFERENCE_VISIT / "visitSummary.fits"))


def test_summary_in_a_notebook(summary: ExposureCatalog) -> None:
    """The columns that people look at, with units; the caption counts the others."""
    text = summary._repr_html_()
    cells = Cells(text)
    assert cells.open == []
    header, units, *rows = cells.rows
    assert header[:4] == ["id", "visit", "band", "psfSigma"]
    assert "mag" in units
    assert [row[0] for row in rows] == [str(record.getId()) for record in summary]
    n_left_out = len(summary.schema.getOrderedNames()) - len(header)
    assert f"ExposureCatalog: 9 rows, {n_left_out} more columns" in text
    assert summary._repr_html_() == text


def test_catalog_of_other_columns_in_a_notebook() -> None:
    """The first columns are shown, and the middle of many rows is left out."""
    schema = Schema()
    for index in range(20):
        schema.addField(f"column_{index}", type="D", doc="a number")
    catalog = BaseCatalog(schema)
    catalog.resize(1000)
    catalog["column_0"] = np.arange(1000.0)
    cells = Cells(catalog._repr_html_())
    assert cells.rows[0] == [f"column_{index}" for index in range(8)]
    assert 10 < len(cells.rows) < 30
    assert cells.rows[-1][0] == "999.0"


def test_catalog_without_columns_in_a_notebook() -> None:
    """There is nothing but its size."""
    assert BaseCatalog(Schema())._repr_html_() == "<div>BaseCatalog: 0 rows</div>"


def test_lines() -> None:
    """Class and content, without an address."""
    camera = Camera.readFits(str(REFERENCE_VISIT / "camera.fits"))
    exposure = ExposureF.readFits(str(REFERENCE_VISIT / "calexp_90.fits"))
    assert repr(camera) == "Camera('RefCam', 9 detectors)"
    assert repr(camera[90]) == "Detector('R22_S00', 90)"
    assert repr(GaussianPsf(21, 21, 2.0)) == "GaussianPsf(the same everywhere)"
    assert repr(ApCorrMap()) == "ApCorrMap(0 fields)"
    text = repr(exposure.info)
    assert text.startswith("ExposureInfo(")
    assert {"PSF", "SKYWCS", "PHOTOCALIB"} <= set(text.removeprefix("ExposureInfo(").rstrip(")").split(", "))
