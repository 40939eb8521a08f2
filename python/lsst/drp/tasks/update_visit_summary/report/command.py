"""The command ``visit-summary-report``: what an update of a visit changed, and what was lost."""

from __future__ import annotations

__all__ = ["main"]

import argparse
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .inference import infer_diagnoses
from .output import MistakeError, check_html, write_csv, write_html, write_pictures
from .page import format_html
from .sources import Visit, VisitQuery, mistakes, read_visit_from_files, read_visit_from_repository
from .tables import check_comparable, check_statistics, make_tables
from .text import format_report

if TYPE_CHECKING:
    from .pictures import Picture

_PROGRAM = "visit-summary-report"

_DESCRIPTION = """\
Show what the update of a visit summary changed: where the components of each
detector come from, why some are lost, statistics before and after, and outliers."""

_USAGE = """\
visit-summary-report [options] BEFORE.fits AFTER.fits
       visit-summary-report [options] REPO --collections C --visit N"""

_MISTAKE = 2
"""Exit code for arguments that cannot be used, as that of `argparse` (`int`)."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are handled like all other mistakes."""

    def error(self, message: str) -> Any:
        # Those of this module are sentences already.
        remedy = "" if message.endswith(".") else f"; see {_PROGRAM} --help."
        sentence = f"{message[:1].upper()}{message[1:]}{remedy}"
        raise MistakeError(sentence)


def main(argv: Sequence[str] | None = None) -> int:
    """Read the summaries of a visit, and print what has changed.

    Parameters
    ----------
    argv : `~collections.abc.Sequence` [`str`], optional
        Arguments of the command; those of the process if `None`.

    Returns
    -------
    code : `int`
        Exit code: 0, or 2 if an argument cannot be used, which one sentence on
        the standard error then says, with the remedy.
    """
    try:
        _report(_parse(argv))
        sys.stdout.flush()
    except MistakeError as err:
        print(f"{_PROGRAM}: {err}", file=sys.stderr)
        return _MISTAKE
    except BrokenPipeError:
        # The reader has seen enough. What it did not read must not fail when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _report(arguments: argparse.Namespace) -> None:
    """Do what the arguments say."""
    visit = _read(arguments)
    with mistakes():
        check_comparable(visit.before, visit.after)
        if arguments.statistics is not None:
            check_statistics(arguments.statistics, [visit.before.schema, visit.after.schema])
    if visit.diagnoses is None:
        visit = replace(visit, diagnoses=infer_diagnoses(visit.before, visit.after))
    tables = make_tables(visit.before, visit.after, visit.diagnoses, arguments.statistics, arguments.outliers)
    pictures = _make_pictures(visit, arguments) if _wants_pictures(arguments) else []
    if arguments.csv is not None:
        write_csv(tables, arguments.csv)
    if arguments.plot is not None:
        write_pictures(pictures, arguments.plot)
    if arguments.html is not None:
        page = format_html(_title(visit), tables, pictures, arguments.outliers, visit.remark)
        write_html(page, arguments.html)
    print(format_report(tables, arguments.outliers), end="")
    if visit.remark:
        print(f"\n{visit.remark}")


def _read(arguments: argparse.Namespace) -> Visit:
    """Read what the arguments name."""
    if len(arguments.sources) == 1:
        return read_visit_from_repository(
            VisitQuery(
                repository=arguments.sources[0],
                visit=arguments.visit,
                collections=arguments.collections,
                before_collections=arguments.before_collections,
                instrument=arguments.instrument,
                dataset=arguments.dataset,
                before_dataset=arguments.before_dataset,
                camera=arguments.camera,
            )
        )
    before, after = map(Path, arguments.sources)
    return read_visit_from_files(before, after, None if arguments.camera is None else Path(arguments.camera))


def _wants_pictures(arguments: argparse.Namespace) -> bool:
    """Return whether an argument needs pictures."""
    return arguments.plot is not None or arguments.html is not None


def _make_pictures(visit: Visit, arguments: argparse.Namespace) -> list[Picture]:
    # It imports matplotlib, which the rest does not need.
    from .pictures import make_pictures

    with mistakes():
        return make_pictures(
            visit.before, visit.after, visit.diagnoses or (), arguments.statistics, visit.camera
        )


def _title(visit: Visit) -> str:
    """Return the title of a page about the visit."""
    has_id = "visit" in visit.after.schema.getNames() and len(visit.after) > 0
    return f"Update of visit {visit.after[0]['visit']}" if has_id else "Update of a visit"


# -- Arguments


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    arguments = _make_parser().parse_intermixed_args(argv)
    _check_source(arguments)
    if arguments.statistics is not None:
        with mistakes():
            check_statistics(arguments.statistics)
    for option, directory in (("--csv", arguments.csv), ("--plot", arguments.plot)):
        if directory is not None and directory.exists() and not directory.is_dir():
            raise MistakeError(f"{directory} is not a directory; name another one with {option}.")
    if arguments.html is not None:
        check_html(arguments.html)
    if _wants_pictures(arguments):
        _check_matplotlib()
    elif arguments.camera is not None:
        raise MistakeError("--camera is for pictures; add --plot or --html.")
    return arguments


def _check_matplotlib() -> None:
    """Check that pictures can be drawn, before anything is read."""
    try:
        # It imports matplotlib, which the rest does not need.
        from . import pictures  # noqa: F401 (only whether it can be imported)
    except ModuleNotFoundError as err:
        raise MistakeError(str(err)) from err


def _make_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=_PROGRAM,
        description=_DESCRIPTION,
        usage=_USAGE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="FILE or REPO",
        help="the files with the summaries before and after, or a butler repository",
    )
    parser.add_argument("--collections", type=_names, help="collections of the repository, with commas")
    parser.add_argument("--visit", type=int, help="visit in the repository")
    parser.add_argument("--instrument", help="its instrument; needed if the repository has several")
    parser.add_argument(
        "--before-collections", type=_names, help="where the summary before is (default: --collections)"
    )
    parser.add_argument("--dataset", help="summary after the update (default: finalVisitSummary)")
    parser.add_argument("--before-dataset", help="summary before it (default: visitSummary)")
    parser.add_argument("--csv", type=Path, metavar="DIR", help="write each table into a file in DIR, too")
    parser.add_argument(
        "--plot", type=Path, metavar="DIR", help="write pictures into DIR, too; needs matplotlib"
    )
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="write tables and pictures into FILE, too; needs matplotlib"
    )
    parser.add_argument(
        "--camera",
        help="draw detectors in its focal plane, not on the sky: a dataset type of the repository, or a FITS "
        "file",
    )
    parser.add_argument(
        "--statistics", type=_names, help="statistics to show, with commas, such as psfSigma,magLim"
    )
    parser.add_argument(
        "--outliers",
        type=_positive,
        default=5.0,
        metavar="N",
        help="robust sigmas from which on a detector is an outlier (default: 5)",
    )
    return parser


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not value > 0.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number; name one, for example 5.")
    return value


def _check_source(arguments: argparse.Namespace) -> None:
    """Check that the arguments are those for two files, or those for a repository."""
    for_repository = ("collections", "visit", "instrument", "before_collections", "dataset", "before_dataset")
    given = [name for name in for_repository if getattr(arguments, name) is not None]
    options = [f"--{name.replace('_', '-')}" for name in given]
    match arguments.sources:
        case [_, _] if given:
            raise MistakeError(
                f"Files were named together with {', '.join(options)}; leave these out, or name a repository "
                "instead of the files."
            )
        case [_, _]:
            return
        case [source]:
            if Path(source).is_file() and not source.endswith(".yaml"):
                raise MistakeError(
                    f"{source} is one file; name two, the summary before and the summary after the update."
                )
            if "collections" not in given or "visit" not in given:
                raise MistakeError(
                    f"The repository {source} needs --collections and --visit; name both, or name two files."
                )
        case sources:
            raise MistakeError(
                f"{len(sources)} files were named; name two, the summary before and the summary after the "
                "update."
            )
