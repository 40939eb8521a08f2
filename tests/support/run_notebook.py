"""Execution of a notebook in a process of its own: in a kernel of Jupyter, or without one.

Not every environment of the real stack has Jupyter. Without it the cells are
executed one after the other, and the value of a cell is shown as notebooks show it.
"""

from __future__ import annotations

__all__ = ["main"]

import ast
import base64
import contextlib
import importlib.util
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

Cell = dict[str, Any]


def main(source: Path, target: Path) -> None:
    """Execute a notebook in the working directory.

    Parameters
    ----------
    source : `pathlib.Path`
        The notebook.
    target : `pathlib.Path`
        File for the same notebook with outputs.
    """
    execute = _execute_in_kernel if importlib.util.find_spec("nbclient") else _execute_here
    target.write_text(execute(source.read_text()))


def _execute_in_kernel(text: str) -> str:
    # Not every environment has them.
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.reads(text, as_version=4)
    # A busy machine may take ten times as long as an idle one.
    client = NotebookClient(notebook, timeout=300, kernel_name="this_environment")
    return nbformat.writes(client.execute(cwd=str(Path.cwd())))


def _execute_here(text: str) -> str:
    notebook = json.loads(text)
    # A backend for which pyplot opens no windows, and does not warn of that either.
    os.environ["MPLBACKEND"] = "template"
    namespace: dict[str, Any] = {"__name__": "__main__"}
    stdout, stderr = io.StringIO(), io.StringIO()
    # Loggers keep the stream that they are given, so all cells have the same one.
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                shown = _execute_cell("".join(cell["source"]), namespace)
                cell["outputs"] = [{"output_type": "display_data", "data": _show(each)} for each in shown]
                cell["outputs"] += _take_text({"stdout": stdout, "stderr": stderr})
    return json.dumps(notebook)


def _execute_cell(source: str, namespace: dict[str, Any]) -> list[Any]:
    """Execute the statements of a cell; return its figures, and the value of its last expression."""
    statements = ast.parse(source).body
    last = statements.pop() if statements and isinstance(statements[-1], ast.Expr) else None
    exec(compile(ast.Module(statements, []), "<cell>", "exec"), namespace)
    value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), namespace) if last else None
    return [*_take_figures(), *([] if value is None else [value])]


def _take_text(streams: dict[str, io.StringIO]) -> list[dict[str, str]]:
    """Return what was printed since the last call."""
    printed = {name: stream.getvalue() for name, stream in streams.items()}
    for stream in streams.values():
        stream.seek(0)
        stream.truncate()
    return [{"output_type": "stream", "name": name, "text": text} for name, text in printed.items() if text]


def _take_figures() -> list[Any]:
    """Return the figures that pyplot has drawn since the last call."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return []
    figures = [pyplot.figure(number) for number in pyplot.get_fignums()]
    pyplot.close("all")
    return figures


def _show(value: Any) -> dict[str, str]:
    """Return the representations of a value by their types."""
    data = {"text/plain": repr(value)}
    if (make_html := getattr(value, "_repr_html_", None)) and (html := make_html()):
        data["text/html"] = html
    if make_png := getattr(value, "_repr_png_", None):
        data["image/png"] = base64.b64encode(make_png()).decode()
    elif hasattr(value, "savefig"):
        stream = io.BytesIO()
        value.savefig(stream, format="png")
        data["image/png"] = base64.b64encode(stream.getvalue()).decode()
    return data


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
