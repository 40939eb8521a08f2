"""Tables and pictures as one page of HTML, which needs no other file."""

from __future__ import annotations

__all__ = ["GENERATOR", "format_html"]

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from astropy.table import Table

from .text import SUFFIXES, add_unit, describe_deviation, find_statistics, format_cells

if TYPE_CHECKING:
    from .pictures import Picture

GENERATOR = "visit-summary-report"
"""Name of the program in the head of the page, by which its files are known (`str`)."""

_STYLE = """\
body { font-family: sans-serif; line-height: 1.4; margin: 2em auto; max-width: 80em; padding: 0 1em; }
h2 { border-bottom: 1px solid #999; margin-top: 2em; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9em; margin: 1em 0; }
caption { caption-side: top; font-weight: bold; text-align: left; }
th, td { border-bottom: 1px solid #ddd; padding: 0.2em 0.7em; text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid #999; }
.number { font-variant-numeric: tabular-nums; text-align: right; }
figure { margin: 2em 0; }
img { height: auto; max-width: 100%; }
figcaption { color: #444; font-size: 0.9em; max-width: 60em; }
"""


def format_html(
    title: str,
    tables: Mapping[str, Table],
    pictures: Iterable[Picture],
    n_sigma: float = 5.0,
    remark: str = "",
) -> str:
    """Return a report as a page of HTML.

    Parameters
    ----------
    title : `str`
        Title of the page.
    tables : `~collections.abc.Mapping` [`str`, `astropy.table.Table`]
        Tables of `make_tables`.
    pictures : `~collections.abc.Iterable` [`Picture`]
        Pictures of `make_pictures`.
    n_sigma : `float`, optional
        Deviation of outliers that the tables were made with.
    remark : `str`, optional
        A sentence for the end of the page.

    Returns
    -------
    page : `str`
        The page. It refers to nothing outside itself and has no scripts: pictures
        are part of it, each with its description as alternative text.
    """
    heading = escape(title)
    head = (
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta name="generator" content="{GENERATOR}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{heading}</title>",
        f"<style>\n{_STYLE}</style>",
        "</head>",
        "<body>",
        f"<h1>{heading}</h1>",
    )
    foot = ["<hr>", f"<p>{escape(remark)}</p>"] if remark else []
    sections = (*_format_tables(tables, n_sigma), *_format_pictures(pictures))
    return "\n".join([*head, *sections, *foot, "</body>", "</html>"]) + "\n"


def _format_tables(tables: Mapping[str, Table], n_sigma: float) -> Iterator[str]:
    yield "<h2>Where the components of each detector come from</h2>"
    yield _format_table(tables["components"])
    yield "<h2>Components that were lost</h2>"
    yield _format_table(tables["losses"]) if len(tables["losses"]) else "<p>No component was lost.</p>"
    yield "<h2>Statistics before and after</h2>"
    yield _format_statistics(tables["statistics"])
    yield "<h2>Outliers</h2>"
    deviation = describe_deviation(n_sigma)
    if len(tables["outliers"]):
        yield f"<p>Detectors that are {deviation}:</p>"
        yield _format_table(tables["outliers"])
    else:
        yield f"<p>No detector is {deviation}.</p>"


def _format_pictures(pictures: Iterable[Picture]) -> Iterator[str]:
    yield "<h2>Pictures</h2>"
    for picture in pictures:
        data = base64.b64encode(picture.to_png()).decode("ascii")
        text = escape(picture.description)
        yield f'<figure id="{escape(picture.name)}">'
        yield f'<img src="data:image/png;base64,{data}" alt="{text}">'
        yield f"<figcaption>{text}</figcaption>"
        yield "</figure>"


def _format_table(table: Table) -> str:
    """Return a table whose columns have one row of names."""
    titles = [add_unit(name, table[name]) for name in table.colnames]
    head = "".join(
        f'<th scope="col"{_class(table, name)}>{escape(title)}</th>'
        for name, title in zip(table.colnames, titles, strict=True)
    )
    return _wrap_table([head], table)


def _format_statistics(table: Table) -> str:
    """Return a table of statistics, with the name of each above its three columns."""
    names = find_statistics(table)
    titles = [escape(add_unit(name, table[f"{name}_after"])) for name in names]
    above = '<th scope="col" rowspan="2">detector</th>' + "".join(
        f'<th scope="colgroup" colspan="{len(SUFFIXES)}">{title}</th>' for title in titles
    )
    below = "".join(f'<th scope="col" class="number">{suffix}</th>' for _ in names for suffix in SUFFIXES)
    return _wrap_table([above, below], table)


def _class(table: Table, name: str) -> str:
    return "" if table[name].dtype.kind == "U" else ' class="number"'


def _wrap_table(heads: Sequence[str], table: Table) -> str:
    """Return a table with given rows of names, whose first column names the rows."""
    cells = format_cells(table)
    classes = [_class(table, name) for name in cells]
    lines = ['<div class="wide"><table>', "<thead>", *(f"<tr>{head}</tr>" for head in heads), "</thead>"]
    lines.append("<tbody>")
    for row in zip(*cells.values(), strict=True):
        first, *others = (
            f"<{tag}{class_}>{escape(cell)}</{tag.partition(' ')[0]}>"
            for tag, class_, cell in zip(
                ['th scope="row"', *(["td"] * (len(row) - 1))], classes, row, strict=True
            )
        )
        lines.append(f"<tr>{first}{''.join(others)}</tr>")
    return "\n".join([*lines, "</tbody>", "</table></div>"])
