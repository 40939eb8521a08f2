"""Run the task on the reference visit and show what it changed.

``bin/demo`` starts this in an environment that has everything it imports.
"""

from __future__ import annotations

__all__ = ["main", "prepare_repo"]

import argparse
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lsst.daf.butler import Butler
from lsst.drp.tasks.update_visit_summary.report.command import main as report_main
from reference_repo import REFERENCE_VISIT, ReferenceRepo, describe_reference_repo, make_reference_repo

CHECKOUT = Path(__file__).resolve().parents[1]
PIPELINE = CHECKOUT / "pipelines" / "UpdateVisitSummary.yaml"
OUTPUT = "demo"
"""Collection of the outputs; each run adds one below it (`str`)."""

MARKER = ".drp_visit_summary_demo"
"""File that makes a directory the demo's own, so that it may be replaced (`str`)."""

PROVIDERS = {
    "wcs_provider": "tract",
    "photo_calib_provider": "global",
    "background_provider": "replacement",
}
"""Options that name the source of each component (`dict` [`str`, `str`])."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo; return the exit code."""
    root = _parse(argv)
    repo = prepare_repo(root)
    _run_pipetask(repo)
    page = _show_report(repo)
    with Butler.from_config(repo.root, collections=OUTPUT) as butler:
        path = butler.getURI("finalVisitSummary", repo.data_id).ospath
    print(
        f"\nThe output is the dataset finalVisitSummary of visit {repo.visit} in collection {OUTPUT!r}:\n"
        f"  {_from_here(Path(path))}"
    )
    if page is not None:
        print(f"\nThe same with pictures, for a browser:\n  {_from_here(page)}")
    return 0


def _parse(argv: Sequence[str] | None) -> Path:
    """Return the directory that the command line names."""
    parser = argparse.ArgumentParser(prog="bin/demo", description=__doc__)
    parser.add_argument("directory", nargs="?", type=Path, default=Path("demo_repo"))
    return parser.parse_args(argv).directory.resolve()


def prepare_repo(root: Path) -> ReferenceRepo:
    """Build the repository, unless an earlier demo has left the same one."""
    marker = root / MARKER
    fingerprint = _fingerprint()
    if marker.exists() and marker.read_text() == fingerprint:
        _say(f"Using the butler repository {_from_here(root)} of an earlier demo")
        return describe_reference_repo(root)
    if marker.exists():
        _say(f"Replacing {_from_here(root)}: it is unfinished, or of another version of the demo")
        shutil.rmtree(root)
    elif root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise SystemExit(f"demo: {root} exists and is not a repository of the demo; name another directory.")
    _say(f"Building a butler repository in {_from_here(root)} from the files that the real stack wrote")
    root.mkdir(parents=True, exist_ok=True)
    marker.write_text("unfinished")
    repo = make_reference_repo(root)
    marker.write_text(fingerprint)
    return repo


def _fingerprint() -> str:
    """Return a text that differs between versions of the demo whose repositories differ."""
    digest = hashlib.sha256((CHECKOUT / "examples" / "reference_repo.py").read_bytes())
    for path in sorted(REFERENCE_VISIT.iterdir()):
        digest.update(f"{path.name} {path.stat().st_size}\n".encode())
    return digest.hexdigest()


def _run_pipetask(repo: ReferenceRepo) -> None:
    """Run the pipeline on the visit."""
    overrides = [f"{option}={value}" for option, value in PROVIDERS.items()]
    overrides += ["do_write_report=True"]
    overrides += [f"compute_summary_stats.{name}={values}" for name, values in repo.fiducials.items()]
    command = ["pipetask", "run", "--register-dataset-types"]
    command += ["-b", _from_here(repo.root), "-i", repo.inputs, "-o", OUTPUT]
    command += ["-d", repo.where, "-p", _from_here(PIPELINE)]
    for override in overrides:
        command += ["-c", f"updateVisitSummary:{override}"]
    # Middleware looks for both, and does without.
    note = "the demo needs neither eups nor pandas: ignore warnings that they are missing"
    _say(f"Running ({note}):\n{_wrap(command)}\n")
    code = subprocess.run(command, env=_environment()).returncode
    if code != 0:
        raise SystemExit(f"demo: pipetask failed with exit code {code} (see above).")


def _show_report(repo: ReferenceRepo) -> Path | None:
    """Print what the run has changed, with the command that comes with the task.

    Returns
    -------
    page : `~pathlib.Path` or `None`
        The report with pictures, if there is matplotlib.
    """
    arguments = [_from_here(repo.root), "--collections", OUTPUT, "--visit", str(repo.visit)]
    page = _page_path(repo.root)
    if page is not None:
        arguments += ["--html", _from_here(page)]
    _say(f"Running:\n{_wrap(['visit-summary-report', *arguments])}\n")
    if report_main(arguments) != 0:
        raise SystemExit("demo: visit-summary-report failed (see above).")
    return page


def _page_path(root: Path) -> Path | None:
    """Return where the page with pictures goes, if they can be made."""
    if importlib.util.find_spec("matplotlib") is None:
        return None
    # The directory may be the only one that can be written.
    return root.with_name(f"{root.name}.html") if os.access(root.parent, os.W_OK) else root / "report.html"


def _environment() -> dict[str, str]:
    """Return the environment in which pipetask finds the demo's instrument."""
    path = [str(CHECKOUT / "examples"), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(path)}


def _from_here(path: Path) -> str:
    """Return a path as seen from the working directory, if it is below it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _wrap(command: Sequence[str]) -> str:
    """Return a command as it can be pasted, one option per line."""
    return " ".join(f"\\\n      {word}" if word.startswith("-") else _quote(word) for word in command)


def _quote(word: str) -> str:
    """Return a word as the shell reads it, with double quotes around single ones."""
    return f'"{word}"' if "'" in word and not set(word) & set('"$`\\!') else shlex.quote(word)


def _say(text: str) -> None:
    print(f"==> {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
