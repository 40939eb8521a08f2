"""Files that ``visit-summary-report`` writes."""

from __future__ import annotations

__all__ = ["MistakeError", "check_html", "write_csv", "write_html", "write_pictures"]

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import describe
from .page import GENERATOR
from .text import format_csv

if TYPE_CHECKING:
    from astropy.table import Table

    from .pictures import Picture

_HEAD_SIZE = 1000
"""Bytes at the start of a page that have the name of its program; they are
its first 200 (`int`)."""


class MistakeError(Exception):
    """Arguments that cannot be used; the message says what to do."""


def check_html(path: Path) -> None:
    """Refuse to replace files that are not reports.

    Parameters
    ----------
    path : `~pathlib.Path`
        Where the report is to be written.

    Raises
    ------
    MistakeError
        Raised if something else is there.
    """
    if path.is_dir():
        raise MistakeError(f"{path} is a directory; name a file with --html.")
    if not path.exists():
        return
    try:
        with path.open("rb") as stream:
            is_report = f'content="{GENERATOR}"'.encode() in stream.read(_HEAD_SIZE)
    except OSError as err:
        raise MistakeError(
            f"{path} exists and cannot be read ({describe(err)}); name another file with --html."
        ) from err
    if not is_report:
        raise MistakeError(
            f"{path} exists and is not a report of this command; name another file with --html."
        )


def write_csv(tables: Mapping[str, Table], directory: Path) -> None:
    """Write each table into a file of comma-separated values.

    Parameters
    ----------
    tables : `~collections.abc.Mapping` [`str`, `astropy.table.Table`]
        Tables by name.
    directory : `~pathlib.Path`
        Directory of the files; made if needed.

    Raises
    ------
    MistakeError
        Raised if a file cannot be written.
    """
    files = {f"{name}.csv": format_csv(table).encode() for name, table in tables.items()}
    _write_files(directory, files, "--csv")


def write_pictures(pictures: Sequence[Picture], directory: Path) -> None:
    """Write each picture into a PNG file.

    Parameters
    ----------
    pictures : `~collections.abc.Sequence` [`Picture`]
        Pictures.
    directory : `~pathlib.Path`
        Directory of the files; made if needed.

    Raises
    ------
    MistakeError
        Raised if a file cannot be written.
    """
    _write_files(directory, {f"{picture.name}.png": picture.to_png() for picture in pictures}, "--plot")


def write_html(page: str, path: Path) -> None:
    """Write a page into a file.

    Parameters
    ----------
    page : `str`
        The page.
    path : `~pathlib.Path`
        The file; its directory must exist.

    Raises
    ------
    MistakeError
        Raised if the file cannot be written.
    """
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as err:
        raise MistakeError(
            f"{path} cannot be written ({describe(err)}); name another file with --html."
        ) from err


def _write_files(directory: Path, files: Mapping[str, bytes], option: str) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (directory / name).write_bytes(content)
    except OSError as err:
        raise MistakeError(
            f"{directory} cannot be written ({describe(err)}); name another directory with {option}."
        ) from err
