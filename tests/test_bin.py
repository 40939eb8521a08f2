"""What bin/demo and bin/test say when they cannot work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
TOOLS = ("basename", "bash", "cat", "dirname", "env", "grep", "sed")

DEMO = "usage: bin/demo [--visits N] [-j N] [--registry URL] [DIRECTORY]"
PASSWORD = (
    "the URL of the registry has a password, which others could see: "
    "put it into ~/.pgpass or ~/.lsst/db-auth.yaml."
)

VERSIONS = (
    "python/lsst/drp/tasks/update_visit_summary/version.py",
    "kernels/python/visit_kernels/version.py",
    "stacklite/python/lsst_stacklite/version.py",
)
"""Files that the build reads the versions from."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of what the scripts use, below a path with a blank."""
    copy = tmp_path / "a directory" / "checkout"
    projects = [f"{part}pyproject.toml" for part in ("", "kernels/", "stacklite/")]
    for name in ("bin/_setup.sh", "bin/demo", "bin/docs", "bin/notebook", "bin/test", *projects, *VERSIONS):
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
    script: Path, path: Path, environment: Mapping[str, str] | None = None, arguments: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(script), *arguments],
        env={"PATH": str(path), "HOME": os.environ.get("HOME", "/"), **(environment or {})},
        capture_output=True,
        text=True,
        cwd=path,
    )


@pytest.mark.parametrize("name", ["demo", "notebook", "test"])
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
    assert (checkout / ".venv").is_dir()
    assert not list((checkout / ".venv").glob("stamp-*")), "an installation that failed must be tried again"


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("demo", ["--nothing"], f"there is no option --nothing ({DEMO})."),
        ("demo", ["a", "--visits=2", "b"], f"one directory at most can be given, not 2 ({DEMO})."),
        ("demo", ["--visits"], f"--visits needs a value ({DEMO})."),
        ("demo", ["--visits", "-1"], f"--visits takes a number from 1 to 1000, not '-1' ({DEMO})."),
        ("demo", ["-j", "1001"], f"-j takes a number from 1 to 1000, not '1001' ({DEMO})."),
        ("demo", ["--jobs=two"], f"--jobs takes a number from 1 to 1000, not 'two' ({DEMO})."),
        (
            "demo",
            ["--registry", "sqlite:///file"],
            f"--registry takes a URL postgresql://user@host/database ({DEMO}).",
        ),
        ("demo", ["--registry=postgresql://user:secret@host/database"], PASSWORD),
        ("demo", ["--registry=postgresql://host/database?password=secret"], PASSWORD),
        (
            "demo",
            ["--registry", "postgresql://host"],
            "the URL of the registry names no database (postgresql://user@host/database).",
        ),
        ("docs", ["html"], "there are no arguments (usage: bin/docs)."),
        ("demo", ["bash"], "bash is a file, not a directory for the repository."),
        (
            "test",
            ["tests/none.py"],
            "there is no file or directory tests/none.py (arguments are those of pytest).",
        ),
        (
            "test",
            ["-x", "none.py::test"],
            "there is no file or directory none.py (arguments are those of pytest).",
        ),
    ],
)
def test_arguments_are_checked_first(
    checkout: Path, path: Path, name: str, arguments: list[str], message: str
) -> None:
    """Nothing was looked for or installed."""
    result = _run(checkout / "bin" / name, path, arguments=arguments)
    assert result.returncode == 1
    assert result.stderr == f"{name}: {message}\n"
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["-k", "depth"],
        ["-xk", "depth"],
        ["-m", "not slow", "-x", "bin/test"],
        ["bin/test::test_one", "-q"],
        ["--junitxml", "none.xml"],
        ["--maxfail=1"],
    ],
)
def test_arguments_of_pytest_are_accepted(checkout: Path, path: Path, arguments: list[str]) -> None:
    """Values of options are no paths; paths are relative to the directory or to the checkout."""
    result = _run(checkout / "bin" / "test", path, arguments=arguments)
    assert "no python3 found" in result.stderr


# Looks like Python to the scripts: has no stack, and is 3.11 if uv is to make the environment of it.
PYTHON = """case "$2" in
    *lsst.afw*) exit 1 ;;
    *ensurepip*) [ "$3" != uv ] || echo ok ;;
    *"%d.%d"*) echo 3.11 ;;
esac
[ "$1" != --version ] || echo Python 3.11.0"""

UV = """printf '%s\\n' "$*" >>"$UV_CALLS"
case "$1 $2" in
    "venv "*) for directory; do :; done
        mkdir -p "$directory/bin" && cp "$(command -v python3)" "$directory/bin/python" ;;
    "python find") exit 1 ;;
    "pip install") [ -z "${UV_FAILURE:-}" ] || { echo "$UV_FAILURE"; exit 2; }
        echo "Resolved 3 packages in 1ms"; echo " + numpy==2.3"; echo "Installed 3 packages in 2ms" ;;
esac"""


def _environment_of_uv(path: Path, tmp_path: Path) -> dict[str, str]:
    """Add what passes for Python and uv to a directory of commands."""
    for tool in ("cp", "mkdir"):
        found = shutil.which(tool)
        assert found is not None
        (path / tool).symlink_to(found)
    _add_command(path, "python3", PYTHON)
    _add_command(path, "uv", UV)
    return {"UV_CALLS": str(tmp_path / "calls")}


def test_uv_is_used_where_it_is_installed(checkout: Path, path: Path, tmp_path: Path) -> None:
    """It makes the environment and installs, once."""
    environment = _environment_of_uv(path, tmp_path)
    for _ in range(2):
        result = _run(checkout / "bin" / "demo", path, environment)
        assert result.returncode == 0, result.stderr
        assert "==> Using the Python environment" in result.stdout or (
            "==>   Resolved 3 packages in 1ms\n==>   Installed 3 packages in 2ms\n" in result.stdout
        )
    root = checkout.resolve()
    directory = root / ".venv"
    assert (tmp_path / "calls").read_text().splitlines() == [
        f"venv --quiet --no-project --python {path / 'python3'} {directory}",
        f"pip install --python {directory}/bin/python --color never "
        f"-e {root}/kernels -e {root}/stacklite -e {root}[plot]",
    ]
    assert " + numpy==2.3\n" in (directory / "install.log").read_text()


def test_notebook_is_copied_once(checkout: Path, path: Path, tmp_path: Path) -> None:
    """The original stays without outputs, and the copy as the user left it."""
    environment = _environment_of_uv(path, tmp_path)
    (checkout / "notebooks").mkdir()
    (checkout / "notebooks" / "visit_summary.ipynb").write_text("original")
    copy = path / "my_visit_summary.ipynb"
    assert _run(checkout / "bin" / "notebook", path, environment).returncode == 0
    assert copy.read_text() == "original"
    copy.write_text("edited")
    assert _run(checkout / "bin" / "notebook", path, environment).returncode == 0
    assert copy.read_text() == "edited"
    assert "[notebook]" in (tmp_path / "calls").read_text()


def test_environments_without_jupyterlab_are_named(checkout: Path, path: Path) -> None:
    """Active environments get nothing installed."""
    _add_command(path, "python3", 'case "$2" in "import jupyterlab") exit 1 ;; esac')
    result = _run(checkout / "bin" / "notebook", path)
    assert result.returncode == 1
    assert result.stderr == (
        "notebook: the active environment has no JupyterLab; install jupyterlab into it.\n"
    )


def test_failure_of_uv_is_named(checkout: Path, path: Path, tmp_path: Path) -> None:
    environment = _environment_of_uv(path, tmp_path)
    for failure, cause in (
        (
            "error: Failed to fetch: `numpy`",
            "is the network reachable? (uv's output: ",
        ),
        ("error: something else", "the Python packages could not be installed (uv's output: "),
    ):
        result = _run(checkout / "bin" / "demo", path, environment | {"UV_FAILURE": failure})
        assert result.returncode == 1
        assert result.stderr.count("\n") == 1
        assert cause in result.stderr
    assert not list((checkout / ".venv").glob("stamp-*"))


def test_version_of_the_code_is_part_of_the_environment(checkout: Path, path: Path, tmp_path: Path) -> None:
    """Installed metadata has the version, so another one is another installation."""
    environment = _environment_of_uv(path, tmp_path)
    for version in VERSIONS:
        _run(checkout / "bin" / "demo", path, environment)
        (checkout / version).write_text("changed")
        assert "==> Installing" in _run(checkout / "bin" / "demo", path, environment).stdout


def test_other_python_is_another_environment(checkout: Path, path: Path, tmp_path: Path) -> None:
    """The environment is made again; all else in it would not be found."""
    environment = _environment_of_uv(path, tmp_path)
    _run(checkout / "bin" / "demo", path, environment)
    _add_command(path, "python3", PYTHON.replace("3.11", "3.13"))
    result = _run(checkout / "bin" / "demo", path, environment)
    assert f"==> Making the Python environment {checkout.resolve()}/.venv with Python 3.13" in result.stdout
    assert "==> Using the" in _run(checkout / "bin" / "demo", path, environment).stdout


def test_environment_of_somebody_else_is_kept(checkout: Path, path: Path, tmp_path: Path) -> None:
    """Packages are added to it, whatever Python is on PATH, and it is not made again."""
    environment = _environment_of_uv(path, tmp_path)
    interpreter = checkout / ".venv" / "bin" / "python"
    interpreter.parent.mkdir(parents=True)
    shutil.copy(path / "python3", interpreter)
    _add_command(path, "python3", "exit 127")
    for said in ("==> Installing the kernels", "==> Using the Python environment"):
        result = _run(checkout / "bin" / "demo", path, environment)
        assert result.returncode == 0, result.stderr
        assert said in result.stdout
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [call.split()[0] for call in calls] == ["pip"]


def test_unusable_environment_of_somebody_else_is_named(checkout: Path, path: Path, tmp_path: Path) -> None:
    environment = _environment_of_uv(path, tmp_path)
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / "notes.txt").write_text("mine")
    result = _run(checkout / "bin" / "demo", path, environment)
    assert result.returncode == 1
    assert result.stderr == (
        f"demo: {checkout.resolve()}/.venv is no environment of Python 3.11, 3.12 or 3.13 with pip: "
        "remove it, or activate another one.\n"
    )
    assert (checkout / ".venv" / "notes.txt").exists()


def _choose_environment(checkout: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    """Ask for the environment of a checkout that cannot be written, also for root."""
    script = f'. "{checkout}/bin/_setup.sh"; _can_write() {{ false; }}; _choose_venv; echo "$VENV"'
    environment = os.environ | {"XDG_CACHE_HOME": str(cache)}
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment)


def test_checkout_that_cannot_be_written(checkout: Path, tmp_path: Path) -> None:
    """The environment is in the user's cache, each checkout with its own."""
    cache = tmp_path / "cache"
    result = _choose_environment(checkout, cache)
    assert result.stderr == ""
    directory = Path(result.stdout.strip())
    assert directory.name == ".venv"
    assert directory.parent.parent == cache / "drp_visit_summary"
    assert directory.parent.is_dir()
    assert directory.parent.name == re.sub("[^A-Za-z0-9._-]", "_", str(checkout.resolve()))


def test_cache_that_cannot_be_written(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = _choose_environment(checkout, tmp_path / "file")
    assert result.returncode == 1
    assert result.stdout == ""
    assert "set XDG_CACHE_HOME to a directory for the environment" in result.stderr


def test_progress_of_pip_is_shown(checkout: Path, tmp_path: Path) -> None:
    """Steps and a count; the log has every line."""
    lines = ["Obtaining file:///x/kernels", "Collecting numpy>=2.0.1 (from a)", "  Downloading numpy.whl"]
    lines += [
        "Collecting scipy",
        "Installing collected packages: numpy, scipy",
        "Successfully installed numpy scipy",
    ]
    log = tmp_path / "log"
    script = f'. "{checkout}/bin/_setup.sh"; SECONDS=0; _show_progress "{log}"'
    result = subprocess.run(["bash", "-c", script], input="\n".join(lines), capture_output=True, text=True)
    assert result.stderr == ""
    assert log.read_text().splitlines() == lines
    shown = [re.sub(r"\d+ s", "0 s", line) for line in result.stdout.splitlines()]
    assert shown == [
        "==>   preparing kernels",
        "==>   packages collected: 2, installing them (0 s)",
        "==>   installed (0 s)",
    ]
