"""The notebook: stored without outputs, and what it shows when it is executed."""

from __future__ import annotations

import importlib.util
import itertools
import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from lsst.afw.table import ExposureCatalog
from support.expected import assert_is_expected
from support.notebooks import CellOutput, execute, read_notebook

CHECKOUT = Path(__file__).resolve().parents[1]
NOTEBOOK = CHECKOUT / "notebooks" / "visit_summary.ipynb"
PAGE = CHECKOUT / "doc" / "lsst.drp.tasks.update_visit_summary" / "tutorial.ipynb"
CELLS = read_notebook(NOTEBOOK)["cells"]
CODE = [cell for cell in CELLS if cell["cell_type"] == "code"]

LOG_LINE = re.compile(r"(INFO|WARNING) lsst\.[\w.]+: \S.*")
"""A line as the notebook configures them."""


def test_differences_show_edits_only() -> None:
    """No outputs, nothing about the machine, and the layout that Jupyter writes."""
    notebook = read_notebook(NOTEBOOK)
    assert NOTEBOOK.read_text() == json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    assert notebook["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in CODE)
    # The documentation reads descriptions of pictures there.
    assert all(cell["metadata"].keys() <= {"mystnb"} for cell in CELLS)


def test_cells_have_names() -> None:
    ids = [cell["id"] for cell in CELLS]
    assert len(set(ids)) == len(ids)
    assert [id_ for id_ in ids if not re.fullmatch(r"[a-z]+(-[a-z]+)*", id_)] == []


def test_each_cell_is_explained() -> None:
    """Text stands before all code."""
    assert CELLS[0]["cell_type"] == "markdown"
    kinds = [cell["cell_type"] for cell in CELLS]
    assert [kind for kind, following in itertools.pairwise(kinds) if kind == following] == []


def test_it_is_a_page_of_the_documentation() -> None:
    assert PAGE.resolve() == NOTEBOOK
    assert "\n   tutorial\n" in (PAGE.parent / "index.rst").read_text()


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory from which the checkout is not seen."""
    return tmp_path_factory.mktemp("notebook")


@pytest.fixture(scope="module")
def outputs(directory: Path) -> Mapping[str, CellOutput]:
    """Execute the notebook, and write its two summaries into files."""
    notebook = read_notebook(NOTEBOOK)
    source = 'final.writeFits("final.fits")\nfrom_pipeline.writeFits("from_pipeline.fits")'
    notebook["cells"].append(
        {
            "cell_type": "code",
            "id": "save",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
    )
    return execute(notebook, directory)


@pytest.mark.usefixtures("outputs")
@pytest.mark.parametrize("name", ["final", "from_pipeline"])
def test_summaries_are_those_of_the_real_stack(name: str, directory: Path) -> None:
    assert_is_expected(ExposureCatalog.readFits(str(directory / f"{name}.fits")), "full")


@pytest.mark.parametrize("cell", ["butler-same", "pipeline-same"])
def test_no_column_differs(cell: str, outputs: Mapping[str, CellOutput]) -> None:
    assert outputs[cell].data["text/plain"] == "[]"


def test_run_shows_log_lines_and_nothing_else(outputs: Mapping[str, CellOutput]) -> None:
    run = outputs["run"]
    assert run.streams.keys() == {"stdout"}
    assert not run.data
    lines = run.streams["stdout"].splitlines()
    assert [line for line in lines if not LOG_LINE.fullmatch(line)] == []
    assert "Updating 9 detectors, replacing PSF from psf_overrides" in lines[0]
    assert "Updated 9 detectors in " in lines[-1]
    assert [line for line in lines if "No usable WCS for" in line and "91" in line and "98" in line]


def test_other_cells_are_quiet(outputs: Mapping[str, CellOutput]) -> None:
    """But for warnings in the log, and those of the real stack itself."""
    printed = {cell: output.streams for cell, output in outputs.items() if cell != "run"}
    lines = [line for streams in printed.values() for line in streams.get("stdout", "").splitlines()]
    assert [line for line in lines if not line.startswith("WARNING lsst.")] == []
    said = "".join(streams.get("stderr", "") for streams in printed.values())
    assert "visit_summary" not in said and "visit_kernels" not in said
    assert not (said and importlib.util.find_spec("lsst_stacklite"))


@pytest.mark.parametrize("cell", ["components", "losses", "statistics", "outliers"])
def test_tables(cell: str, outputs: Mapping[str, CellOutput]) -> None:
    assert "<table" in outputs[cell].data["text/html"]


@pytest.mark.parametrize("cell", ["psf-map", "effective-time-map", "wcs-map", "image"])
def test_pictures(cell: str, outputs: Mapping[str, CellOutput]) -> None:
    """They have descriptions in the documentation."""
    assert len(outputs[cell].data["image/png"]) > 10_000
    (metadata,) = (each["metadata"] for each in CODE if each["id"] == cell)
    assert metadata["mystnb"]["image"]["alt"].endswith(".")
