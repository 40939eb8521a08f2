"""Notebooks, and what their cells show when they are executed."""

from __future__ import annotations

__all__ = ["CellOutput", "execute", "read_notebook"]

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("run_notebook.py")


@dataclass(frozen=True)
class CellOutput:
    """Everything that one cell shows."""

    streams: Mapping[str, str]
    """Printed text, by ``stdout`` and ``stderr``."""

    data: Mapping[str, str]
    """Representations of values by their types, such as ``text/html``."""


def read_notebook(path: Path) -> dict[str, Any]:
    """Return the content of a notebook."""
    return json.loads(path.read_text())


def execute(notebook: Mapping[str, Any], directory: Path) -> dict[str, CellOutput]:
    """Execute a notebook, in a kernel of this environment wherever there is Jupyter.

    Parameters
    ----------
    notebook : `~collections.abc.Mapping`
        Content of the notebook.
    directory : `pathlib.Path`
        Working directory, and place for files of Jupyter.

    Returns
    -------
    outputs : `dict` [`str`, `CellOutput`]
        Outputs of the code cells by their ids.
    """
    # Only environments of the real stack may lack it.
    if importlib.util.find_spec("lsst_stacklite"):
        assert importlib.util.find_spec("nbclient"), "the extra 'test' has nbclient: install it"
    source, target = directory / "notebook.ipynb", directory / "executed.ipynb"
    source.write_text(json.dumps(notebook))
    done = subprocess.run(
        [sys.executable, SCRIPT, source, target],
        cwd=directory,
        env=_make_environment(directory),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    cells = read_notebook(target)["cells"]
    return {cell["id"]: _collect(cell["outputs"]) for cell in cells if cell["cell_type"] == "code"}


def _make_environment(directory: Path) -> dict[str, str]:
    """Return an environment in which Jupyter has a kernel of this interpreter, and nothing of the user."""
    kernel = directory / "kernels" / "this_environment"
    kernel.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": command, "display_name": "this environment", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    # The kernel chooses the backend of matplotlib unless there is one.
    inherited = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    return inherited | {
        "JUPYTER_PATH": str(directory),
        "JUPYTER_RUNTIME_DIR": str(directory / "runtime"),
        "IPYTHONDIR": str(directory / "ipython"),
    }


def _collect(outputs: list[dict[str, Any]]) -> CellOutput:
    streams: dict[str, str] = {}
    data: dict[str, str] = {}
    for output in outputs:
        if output["output_type"] == "stream":
            streams[output["name"]] = streams.get(output["name"], "") + "".join(output["text"])
        else:
            data |= {kind: "".join(text) for kind, text in output["data"].items()}
    return CellOutput(streams, data)
