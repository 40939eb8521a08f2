"""The README says only what works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]


def _python_blocks(name: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", (CHECKOUT / name).read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", ["README.md", "kernels/README.md", "stacklite/README.md"])
def test_python_examples_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # The examples name files relative to the checkout, and write beside them.
    (tmp_path / "tests").symlink_to(CHECKOUT / "tests")
    monkeypatch.chdir(tmp_path)
    blocks = _python_blocks(name)
    assert len(blocks) == 1
    exec(compile(blocks[0], name, "exec"), {})
    assert capsys.readouterr().out


def test_linked_files_exist() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (CHECKOUT / "README.md").read_text())
    assert links
    assert [link for link in links if not (CHECKOUT / link).exists()] == []
