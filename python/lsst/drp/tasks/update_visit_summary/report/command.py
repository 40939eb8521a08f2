"""The command ``visit-summary-report``: what an update of a visit changed, and what was lost."""

from __future__ import annotations

__all__ = ["main"]

import argparse
import math
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from astropy.io import fits

from lsst.afw.table import ExposureCatalog
from lsst.daf.butler import Butler, MissingCollectionError, MissingDatasetTypeError

from ..errors import describe
from .dataset import read_diagnoses
from .inference import infer_diagnoses
from .output import MistakeError, check_html, write_csv, write_html, write_pictures
from .page import format_html
from .tables import check_comparable, check_statistics, make_tables
from .text import format_report

if TYPE_CHECKING:
    from astropy.table import Table

    from lsst.daf.butler import DatasetRef

    from ..diagnosis import Diagnosis
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


@dataclass(frozen=True, eq=False)
class _Visit:
    """The summaries of a visit, with diagnoses if there are any."""

    before: ExposureCatalog
    after: ExposureCatalog
    diagnoses: tuple[Diagnosis, ...] | None = None
    remark: str = ""


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
    if len(arguments.sources) == 2:
        visit = _read_files(*map(Path, arguments.sources))
    else:
        visit = _read_repository(arguments)
    with _mistakes():
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


def _wants_pictures(arguments: argparse.Namespace) -> bool:
    """Return whether an argument needs pictures."""
    return arguments.plot is not None or arguments.html is not None


def _make_pictures(visit: _Visit, arguments: argparse.Namespace) -> list[Picture]:
    # It imports matplotlib, which the rest does not need.
    from .pictures import make_pictures

    with _mistakes():
        return make_pictures(visit.before, visit.after, visit.diagnoses or (), arguments.statistics)


def _title(visit: _Visit) -> str:
    """Return the title of a page about the visit."""
    has_id = "visit" in visit.after.schema.getNames() and len(visit.after) > 0
    return f"Update of visit {visit.after[0]['visit']}" if has_id else "Update of a visit"


@contextmanager
def _mistakes() -> Iterator[None]:
    """Blame the arguments for a check that fails."""
    try:
        yield
    except ValueError as err:
        raise MistakeError(str(err)) from err


# -- Arguments


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    arguments = _make_parser().parse_intermixed_args(argv)
    _check_source(arguments)
    if arguments.statistics is not None:
        with _mistakes():
            check_statistics(arguments.statistics)
    for option, directory in (("--csv", arguments.csv), ("--plot", arguments.plot)):
        if directory is not None and directory.exists() and not directory.is_dir():
            raise MistakeError(f"{directory} is not a directory; name another one with {option}.")
    if arguments.html is not None:
        check_html(arguments.html)
    if _wants_pictures(arguments):
        _check_matplotlib()
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


# -- Files


def _read_files(before: Path, after: Path) -> _Visit:
    # Both are looked for before the first is read.
    for path in (before, after):
        if not path.is_file():
            raise MistakeError(f"There is no file {path}; name the file of a visit summary.")
    remark = "The causes are not known from files; the dataset that do_write_report writes has them."
    return _Visit(_read_file(before), _read_file(after), remark=remark)


def _read_file(path: Path) -> ExposureCatalog:
    if not _has_exposure_catalog(path):
        raise MistakeError(f"{path} has no ExposureCatalog; name the FITS file of a visit summary.")
    try:
        return ExposureCatalog.readFits(str(path))
    except Exception as err:
        raise MistakeError(
            f"{path} cannot be read ({describe(err)}); name the FITS file of a visit summary."
        ) from err


def _has_exposure_catalog(path: Path) -> bool:
    """Return whether a file says that it is a FITS file with such a catalog."""
    # The stack itself does not look, and corrupts memory when it reads other tables as one.
    try:
        with warnings.catch_warnings():
            # What is wrong with a damaged file is said by the stack, when it reads it.
            warnings.simplefilter("ignore")
            return str(fits.getval(path, "AFW_TYPE", ext=1)).strip() == "EXPOSURE"
    except (OSError, IndexError, KeyError):
        return False


# -- Repositories


def _read_repository(arguments: argparse.Namespace) -> _Visit:
    try:
        butler = Butler.from_config(arguments.sources[0])
    except Exception as err:
        raise MistakeError(
            f"{arguments.sources[0]} is not a butler repository ({describe(err)}); name its root directory."
        ) from err
    with butler:
        return _read_visit(butler, arguments)


def _read_visit(butler: Butler, arguments: argparse.Namespace) -> _Visit:
    name, before_name = arguments.dataset or "finalVisitSummary", arguments.before_dataset or "visitSummary"
    before_option = "--collections" if arguments.before_collections is None else "--before-collections"
    before_collections = arguments.before_collections or arguments.collections
    for dataset in (name, before_name):
        _check_dataset_type(butler, dataset, "--dataset" if dataset == name else "--before-dataset")
    after = _find(butler, name, arguments, arguments.collections, "--collections")
    if after is None:
        raise MistakeError(_not_found(name, arguments, arguments.collections, "--collections"))
    before = _find(butler, before_name, arguments, before_collections, before_option)
    if before is None:
        raise MistakeError(_not_found(before_name, arguments, before_collections, "--before-collections"))
    report = _find_report(butler, name, after)
    if report is None:
        remark = f"The causes are not known without {name}_report, which do_write_report writes."
        return _Visit(butler.get(before), butler.get(after), remark=remark)
    with _mistakes():
        diagnoses = read_diagnoses(report)
    return _Visit(butler.get(before), butler.get(after), diagnoses)


def _check_dataset_type(butler: Butler, name: str, option: str) -> None:
    """Check that a dataset type has catalogs of visits."""
    try:
        dataset_type = butler.get_dataset_type(name)
    except MissingDatasetTypeError as err:
        raise MistakeError(f"The repository has no dataset type {name}; name another with {option}.") from err
    storage_class, dimensions = dataset_type.storageClass_name, set(dataset_type.dimensions.required)
    if storage_class != "ExposureCatalog" or dimensions != {"instrument", "visit"}:
        raise MistakeError(
            f"The dataset type {name} is a {storage_class} of {', '.join(sorted(dimensions))}, not an "
            f"ExposureCatalog of a visit; name another with {option}."
        )


def _find(
    butler: Butler, name: str, arguments: argparse.Namespace, collections: Sequence[str], option: str
) -> DatasetRef | None:
    """Return the dataset of the visit, if there is one in the collections."""
    instruments = [arguments.instrument] if arguments.instrument else _all_instruments(butler)
    found = {}
    for instrument in instruments:
        try:
            refs = butler.query_datasets(
                name,
                collections,
                where="instrument = its_instrument AND visit = its_id",
                bind={"its_instrument": instrument, "its_id": arguments.visit},
                explain=False,
            )
        except MissingCollectionError as err:
            raise MistakeError(
                f"Not all of the collections {', '.join(collections)} exist; name others with {option}."
            ) from err
        if refs:
            found[instrument] = refs[0]
    if len(found) > 1:
        raise MistakeError(
            f"Visit {arguments.visit} exists for the instruments {', '.join(sorted(found))}; name one with "
            "--instrument."
        )
    return next(iter(found.values()), None)


def _all_instruments(butler: Butler) -> list[str]:
    records = butler.query_dimension_records("instrument", explain=False)
    return sorted(str(record.dataId["instrument"]) for record in records)


def _not_found(name: str, arguments: argparse.Namespace, collections: Sequence[str], option: str) -> str:
    instrument = f" of {arguments.instrument}" if arguments.instrument else ""
    return (
        f"There is no {name} for visit {arguments.visit}{instrument} in {', '.join(collections)}; name the "
        f"collections that have it with {option}."
    )


def _find_report(butler: Butler, name: str, summary: DatasetRef) -> Table | None:
    """Return the report that was written together with a summary, if there is one."""
    # A report of another run would tell about another summary.
    try:
        ref = butler.find_dataset(f"{name}_report", summary.dataId, collections=summary.run)
    except MissingDatasetTypeError:
        return None
    return None if ref is None else butler.get(ref)
