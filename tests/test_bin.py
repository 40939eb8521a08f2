"""What bin/demo and bin/test say when they cannot work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
TOOLS = ("basename", "bash", "cat", "dirname", "env", "grep", "sed")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of what the scripts use, below a path with a blank."""
    copy = tmp_path / "a directory" / "checkout"
    projects = [f"{part}pyproject.toml" for part in ("", "kernels/", "stacklite/")]
    for name in ("bin/_setup.sh", "bin/demo", "bin/test", *projects):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, copy / name)
    return copy


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a directory with the tools that the scripts call, and no Python."""
    directory = tmp_path / "bin"
    directory.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None, f"the scripts need {tool}"
        (directory / tool).symlink_to(found)
    return directory


def _add_command(directory: Path, name: str, script: str) -> None:
    command = directory / name
    command.write_text(f"#!{directory / 'bash'}\n{script}\n")
    command.chmod(0o755)


def _run(
    script: Path, path: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(script)],
        env={"PATH": str(path), "HOME": os.environ.get("HOME", "/"), **(environment or {})},
        capture_output=True,
        text=True,
        cwd=path,
    )


@pytest.mark.parametrize("name", ["demo", "test"])
def test_without_python_says_what_is_needed(checkout: Path, path: Path, name: str) -> None:
    result = _run(checkout / "bin" / name, path)
    assert result.returncode == 1
    assert result.stderr == (
        f"{name}: Python 3.11, 3.12 or 3.13 with its venv module is needed on PATH (no python3 found).\n"
    )


def test_old_python_is_named(checkout: Path, path: Path) -> None:
    _add_command(path, "python3", 'case "$2" in *version_info*) echo "is 3.9.2" ;; *) exit 1 ;; esac')
    _add_command(path, "python3.12", "exit 127")
    result = _run(checkout / "bin" / "demo", path)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "3.11, 3.12 or 3.13" in result.stderr
    assert "(python3 is 3.9.2, python3.12 does not run)" in result.stderr


def test_missing_network_is_named(checkout: Path, path: Path, tmp_path: Path) -> None:
    _add_command(path, "python3", f'case "$2" in *lsst.afw*) exit 1 ;; esac\nexec "{sys.executable}" "$@"')
    nothing = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path), "PIP_CONFIG_FILE": os.devnull}
    result = _run(checkout / "bin" / "demo", path, nothing)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "is the network reachable?" in result.stderr
    environment = next(checkout.parent.glob(".venv-drp_visit_summary-*"))
    assert not list(environment.glob("stamp-*")), "an installation that failed must be tried again"
