"""The report as a page: it stands alone, tells everything in text, and replaces no other files."""

from __future__ import annotations

import base64
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from astropy.table import Table

from lsst.drp.tasks.update_visit_summary.report import make_tables
from lsst.drp.tasks.update_visit_summary.report.command import main
from lsst.drp.tasks.update_visit_summary.report.page import format_html
from lsst.drp.tasks.update_visit_summary.report.pictures import make_pictures
from support.expected import expected_catalog
from support.forks import run_code
from support.reference import DATA, Reference

BEFORE = str(DATA / "visitSummary.fits")
AFTER = str(DATA / "expected_finalVisitSummary_tract_global_replacement.fits")
NAMES = ["psfSigma", "zeroPoint", "skyBg", "magLim", "effTime", "wcs_residuals"]
PNG = b"\x89PNG\r\n\x1a\n"
"""First bytes of a PNG file."""

EMPTY = {"meta", "img", "hr"}
"""Elements that have no end."""

REFERENCES = {"src", "href", "action", "data", "poster", "srcset", "background"}
"""Attributes that refer to something."""


class Page(HTMLParser):
    """A page, of which every element must be closed in its turn.

    Parameters
    ----------
    text : `str`
        The page.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def text() -> str:
    before, after = Reference().summary, expected_catalog("tract_global_replacement")
    return format_html("Update", make_tables(before, after), make_pictures(before, after), remark="A & B <C>")


def make_small_tables(cause: str) -> dict[str, Table]:
    """Return tables in which a cause has a given text."""
    catalog = Reference().summary
    tables = make_tables(catalog, catalog, [], ["psfSigma"])
    tables["losses"] = Table({"component": ["psf"], "detector": [1], "cause": [cause]})
    return tables


# -- The page


def test_page_refers_to_nothing_else(text: str) -> None:
    """Neither scripts nor styles nor pictures are elsewhere."""
    page = Page(text)
    names = {name for name, _ in page.elements}
    assert not names & {"script", "link", "iframe", "object", "embed", "base", "a", "form"}
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")]
        for name in REFERENCES & attributes.keys():
            assert (attributes[name] or "").startswith("data:image/png;base64,")
    assert "://" not in text and "url(" not in text and "@import" not in text


def test_page_says_what_it_is(text: str) -> None:
    page = Page(text)
    assert text.startswith("<!DOCTYPE html>")
    assert page.attributes("html") == [{"lang": "en"}]
    assert {"charset": "utf-8"} in page.attributes("meta")
    assert {"name": "generator", "content": "visit-summary-report"} in page.attributes("meta")


def test_pictures_have_alternative_texts(text: str) -> None:
    page = Page(text)
    assert [figure["id"] for figure in page.attributes("figure")] == NAMES
    images = page.attributes("img")
    assert len(images) == len(NAMES)
    for image in images:
        data = (image["src"] or "").partition(",")[2]
        assert base64.b64decode(data, validate=True).startswith(PNG)
        assert "9 detectors" in (image["alt"] or "")
    assert "Lost: 92, 95." in (images[0]["alt"] or "")


def test_page_has_all_tables(text: str) -> None:
    """With the digits that the terminal shows."""
    rows = Page(text).rows
    assert ["psf", "92", "missing", "", "only the summary before has one"] in rows
    assert ["detector", "psfSigma [pix]", "zeroPoint [mag]", "skyBg [adu]"] == [*rows][_first(rows, "psfS")][
        :4
    ]
    (detector,) = (row for row in rows if row[0] == "90" and len(row) > 10)
    assert detector[:7] == ["90", "1.6985", "1.8176", "+0.1190", "28.867", "28.924", "+0.057"]
    assert ["skyBg", "93", "300.41", "300.17", "adu", "5.3338"] in rows


def _first(rows: list[list[str]], start: str) -> int:
    """Return the number of the first row with a cell that has a given start."""
    return next(n for n, row in enumerate(rows) if any(cell.startswith(start) for cell in row))


def test_texts_are_escaped(text: str) -> None:
    assert "A &amp; B &lt;C&gt;" in text
    cause = '<script>alert("1")</script> & more'
    page = format_html('<b>"Title"</b>', make_small_tables(cause), [])
    assert cause not in page and "<b>" not in page
    assert cause in Page(page).text


def test_page_without_losses_and_outliers() -> None:
    catalog = Reference().summary
    page = Page(format_html("Update", make_tables(catalog, catalog, [], ["psfSigma"]), [], n_sigma=1e9))
    assert "No component was lost." in page.text
    assert "No detector is more than 1e+09 robust sigmas from the median of the visit." in page.text


# -- The command


def test_plot_and_html(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory, file = tmp_path / "new" / "pictures", tmp_path / "report.html"
    assert main([BEFORE, AFTER, "--plot", str(directory), "--html", str(file)]) == 0
    assert "Where the components" in capsys.readouterr().out
    assert sorted(path.name for path in directory.iterdir()) == sorted(f"{name}.png" for name in NAMES)
    assert all(path.read_bytes().startswith(PNG) for path in directory.iterdir())
    page = Page(file.read_text(encoding="utf-8"))
    assert "Update of visit 2026032100001" in page.text
    assert "The causes are not known from files" in page.text


def test_pictures_of_chosen_statistics_replace_earlier_reports(tmp_path: Path) -> None:
    """Reports, and nothing else, are replaced."""
    file = tmp_path / "report.html"
    file.write_text(format_html("Update", make_small_tables("cause"), []))
    assert main([BEFORE, AFTER, "--statistics", "nPsfStar", "--html", str(file)]) == 0
    figures = Page(file.read_text()).attributes("figure")
    assert [figure["id"] for figure in figures] == ["nPsfStar", "wcs_residuals"]


def refused(capsys: pytest.CaptureFixture[str], message: str, *options: str | Path) -> None:
    """Check that there is one sentence and nothing else."""
    assert main([BEFORE, AFTER, *map(str, options)]) == 2
    assert capsys.readouterr() == ("", f"visit-summary-report: {message}\n")


def test_html_replaces_no_other_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "thesis.html"
    file.write_text("<!DOCTYPE html> years of work")
    message = f"{file} exists and is not a report of this command; name another file with --html."
    refused(capsys, message, "--html", file)
    assert file.read_text().endswith("years of work")


def test_html_is_a_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused(capsys, f"{tmp_path} is a directory; name a file with --html.", "--html", tmp_path)


def test_html_in_a_directory_that_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The middle of the message is that of the system."""
    file = tmp_path / "none" / "report.html"
    assert main([BEFORE, AFTER, "--statistics", "psfSigma", "--html", str(file)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"visit-summary-report: {file} cannot be written (")
    assert err.endswith("; name another file with --html.\n")


def test_plot_is_no_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "thesis.tex"
    file.write_text("years of work")
    refused(capsys, f"{file} is not a directory; name another one with --plot.", "--plot", file)
    assert main([BEFORE, AFTER, "--statistics", "psfSigma", "--plot", str(file / "pictures")]) == 2
    assert capsys.readouterr().err.endswith("; name another directory with --plot.\n")
    assert file.read_text() == "years of work"


def test_visit_without_outlines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    catalog = Reference().summary
    for record in catalog:
        record["raCorners"] = np.full(4, np.nan)
    path = str(tmp_path / "summary.fits")
    catalog.writeFits(path)
    assert main([path, path, "--plot", str(tmp_path / "pictures")]) == 2
    assert "No detector has finite sky positions of its corners" in capsys.readouterr().err
    assert not (tmp_path / "pictures").exists()


@pytest.mark.parametrize("option", ["--plot", "--html"])
def test_without_matplotlib_the_command_says_what_to_install(tmp_path: Path, option: str) -> None:
    """Before any file is read; and text needs no pictures."""
    code = """
import sys
sys.modules["matplotlib"] = None
from lsst.drp.tasks.update_visit_summary.report.command import main
sys.exit(main(sys.argv[1:]))
"""
    done = run_code(code, "none.fits", "none.fits", option, str(tmp_path / "output"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == (
        "visit-summary-report: Pictures need matplotlib; install it with: "
        "pip install 'lsst-drp-visit-summary[plot]'."
    )
    assert list(tmp_path.iterdir()) == []
    without = run_code(code, BEFORE, AFTER)
    assert without.returncode == 0, without.stderr
