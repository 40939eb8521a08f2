"""Run the task on the reference visit and show what it changed.

``bin/demo`` starts this in an environment that has everything it imports.
"""

from __future__ import annotations

__all__ = ["main", "prepare_repo"]

import argparse
import dataclasses
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import visits_report
from lsst.daf.butler import Butler
from lsst.drp.tasks.update_visit_summary.report.command import main as report_main
from postgres import RegistryError, check_server, check_url, registry_config
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

MAX_VISITS = 1000
"""Largest number of visits: the files of each are copied and have 11 MB (`int`)."""


@dataclasses.dataclass(frozen=True)
class Options:
    """The choices of the command line."""

    root: Path
    """Directory of the repository."""

    visits: int = 1
    """Number of visits: the reference visit, and copies of it under other numbers."""

    jobs: int = 1
    """Processes of ``pipetask run``."""

    registry: str | None = None
    """URL of the database of the registry; `None` for a file."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo; return the exit code."""
    options = _parse(argv)
    repo = prepare_repo(options)
    _run_pipetask(repo, options.jobs)
    if repo.more_visits:
        _show_visits(repo)
    else:
        _show_visit(repo)
    return 0


def _show_visit(repo: ReferenceRepo) -> None:
    """Print what has changed, and where the output is."""
    page = _show_report(repo)
    with Butler.from_config(repo.root, collections=OUTPUT) as butler:
        path = butler.getURI("finalVisitSummary", repo.data_id).ospath
    print(
        f"\nThe output is the dataset finalVisitSummary of visit {repo.visit} in collection {OUTPUT!r}:\n"
        f"  {_from_here(Path(path))}"
    )
    if page is not None:
        print(f"\nThe same with pictures, for a browser:\n  {_from_here(page)}")


def _show_visits(repo: ReferenceRepo) -> None:
    """Print a line for each visit."""
    arguments = [_from_here(repo.root), "--collections", OUTPUT, "--visit", str(repo.visits[-1])]
    print(f"\nEach visit before and after:\n\n{visits_report.make_report(repo, OUTPUT)}")
    print(f"\nThe detectors of one of them:\n{_wrap(['visit-summary-report', *arguments])}")


def _parse(argv: Sequence[str] | None) -> Options:
    """Return the choices of the command line."""
    parser = argparse.ArgumentParser(prog="bin/demo", description=__doc__)
    parser.add_argument("directory", nargs="?", type=Path, default=Path("demo_repo"))
    parser.add_argument("--visits", type=int, default=1)
    parser.add_argument("-j", "--jobs", type=int)
    parser.add_argument("--registry", metavar="URL")
    arguments = parser.parse_args(argv)
    if not 1 <= arguments.visits <= MAX_VISITS:
        raise SystemExit(f"demo: --visits must be a number from 1 to {MAX_VISITS}, not {arguments.visits}.")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    jobs = min(cores, arguments.visits) if arguments.jobs is None else arguments.jobs
    if jobs < 1:
        raise SystemExit(f"demo: -j must be a number of processes, not {jobs}.")
    if arguments.registry is not None:
        _check_registry(arguments.registry)
    return Options(arguments.directory.resolve(), arguments.visits, jobs, arguments.registry)


def _check_registry(url: str) -> None:
    """Stop if the registry cannot be used."""
    try:
        check_url(url)
        check_server(url)
    except RegistryError as err:
        raise SystemExit(f"demo: {err}") from None


def prepare_repo(options: Options) -> ReferenceRepo:
    """Build the repository, unless an earlier demo has left the same one."""
    root, marker = options.root, options.root / MARKER
    first = describe_reference_repo(root).visit
    more_visits = dict.fromkeys(range(first + 1, first + options.visits), REFERENCE_VISIT)
    fingerprint = _fingerprint(options)
    if marker.exists() and marker.read_text() == fingerprint:
        _say(f"Using the butler repository {_from_here(root)} of an earlier demo")
        return describe_reference_repo(root, more_visits=more_visits)
    if marker.exists():
        _say(
            f"Replacing {_from_here(root)}, with all outputs in it: it is unfinished, has other visits or "
            "another registry, or is of another version of the demo"
        )
        shutil.rmtree(root)
    elif root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise SystemExit(f"demo: {root} exists and is not a repository of the demo; name another directory.")
    _say(f"Building a butler repository in {_from_here(root)} from the files that the real stack wrote")
    if more_visits:
        _say(
            f"It has the reference visit {options.visits} times, as visits {first} to {max(more_visits)}; "
            f"their files are the same, so log lines of the task have the number {first} for all"
        )
    registry = None if options.registry is None else registry_config(options.registry)
    if registry is not None:
        # It stays in the database when the directory is removed, so it is named.
        _say(f"Its registry is the schema {registry['namespace']} of the database")
    root.mkdir(parents=True, exist_ok=True)
    marker.write_text("unfinished")
    repo = make_reference_repo(root, more_visits=more_visits, registry=registry)
    marker.write_text(fingerprint)
    return repo


def _fingerprint(options: Options) -> str:
    """Return a text that differs between demos whose repositories differ."""
    digest = hashlib.sha256((CHECKOUT / "examples" / "reference_repo.py").read_bytes())
    digest.update(f"{options.visits} {options.registry}\n".encode())
    for path in sorted(REFERENCE_VISIT.iterdir()):
        digest.update(f"{path.name} {path.stat().st_size}\n".encode())
    return digest.hexdigest()


def _run_pipetask(repo: ReferenceRepo, jobs: int) -> None:
    """Run the pipeline on all visits."""
    overrides = [f"{option}={value}" for option, value in PROVIDERS.items()]
    overrides += ["do_write_report=True"]
    overrides += [f"compute_summary_stats.{name}={values}" for name, values in repo.fiducials.items()]
    command = ["pipetask", "run", "--register-dataset-types"]
    if jobs > 1:
        command += ["-j", str(jobs)]
    command += ["-b", _from_here(repo.root), "-i", repo.inputs, "-o", OUTPUT]
    command += ["-d", repo.where_all, "-p", _from_here(PIPELINE)]
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
