"""The distributions: one version, and the pipeline and configuration files inside."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

from lsst.drp.tasks.update_visit_summary import UpdateVisitSummaryConfig
from lsst.drp.tasks.update_visit_summary.version import __version__
from lsst.pipe.base import Pipeline

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGE = "lsst.drp.tasks.update_visit_summary"
DATA = sorted(
    path.relative_to(CHECKOUT).as_posix()
    for path in (*CHECKOUT.glob("pipelines/*.yaml"), *CHECKOUT.glob("config/*/*.py"))
)


def _project(directory: Path) -> dict[str, object]:
    return tomllib.loads((directory / "pyproject.toml").read_text())["project"]


def test_distributions_have_one_version() -> None:
    """They are released together, and require exactly each other."""
    for name in ("kernels/python/visit_kernels", "stacklite/python/lsst_stacklite"):
        assert f'\n__version__ = "{__version__}"\n' in (CHECKOUT / name / "version.py").read_text()
    for directory in (CHECKOUT, CHECKOUT / "kernels", CHECKOUT / "stacklite"):
        project = _project(directory)
        assert project["dynamic"] == ["version"]
        for line in (directory / "pyproject.toml").read_text().splitlines():
            if "visit-kernels==" in line or "lsst-stacklite==" in line:
                assert f'=={__version__}"' in line


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of the task from a copy of its sources, without the network."""
    pytest.importorskip("setuptools", minversion="77")
    copy = tmp_path_factory.mktemp("sources")
    for name in ("pyproject.toml", "README.md", "LICENSE", "COPYRIGHT", "MANIFEST.in"):
        shutil.copy(CHECKOUT / name, copy / name)
    for name in ("python", "pipelines", "config"):
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "*.dist-info")
        shutil.copytree(CHECKOUT / name, copy / name, symlinks=True, ignore=ignored)
    script = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", script, str(copy / "dist")], cwd=copy, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (built,) = (copy / "dist").glob("*.whl")
    return built


def test_wheel_has_everything(wheel: Path) -> None:
    """All modules, the pipeline and the configurations, each as in the repository."""
    assert wheel.name.startswith(f"lsst_drp_visit_summary-{__version__}-")
    root = CHECKOUT / "python"
    files = (path for path in (root / "lsst").rglob("*") if path.is_file() and path.suffix != ".pyc")
    expected = {path.relative_to(root).as_posix(): path for path in files}
    expected |= {f"{PACKAGE.replace('.', '/')}/{name}": CHECKOUT / name for name in DATA}
    with ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        assert names == expected.keys()
        for name, path in expected.items():
            assert archive.read(name) == path.read_bytes(), name


def test_files_are_resources_of_the_package() -> None:
    """Command lines can name them without knowing where the package is."""
    assert "pipelines/UpdateVisitSummary.yaml" in DATA
    assert "config/HSC/updateVisitSummary.py" in DATA
    for name in DATA:
        uri = f"resource://{PACKAGE}/{name}"
        if name.endswith(".yaml"):
            assert list(Pipeline.fromFile(uri).task_labels) == ["updateVisitSummary"]
        else:
            config, expected = UpdateVisitSummaryConfig(), UpdateVisitSummaryConfig()
            config.load(uri)
            expected.load(str(CHECKOUT / name))
            assert config.compare(expected)
            assert not config.compare(UpdateVisitSummaryConfig())


def test_pipelines_can_load_configurations() -> None:
    """As the README does; options of files and command lines can be paths only."""
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", (CHECKOUT / "README.md").read_text(), re.M | re.S)
    pipeline = Pipeline.fromString(f"description: of the README\n{example}")
    (node,) = pipeline.to_graph().tasks.values()
    assert node.config.wcs_provider == "tract"
    expected = UpdateVisitSummaryConfig()
    expected.load(str(CHECKOUT / "config" / "HSC" / "updateVisitSummary.py"))
    stats = node.config.compute_summary_stats
    assert stats.fiducialZeroPoint == expected.compute_summary_stats.fiducialZeroPoint
    assert stats.fiducialZeroPoint
