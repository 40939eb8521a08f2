"""The demo from end to end, and what it leaves alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import demo

README = Path(__file__).resolve().parents[1] / "README.md"


@pytest.fixture(autouse=True)
def pipetask_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Find the command of the interpreter's environment, active or not."""
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))


def test_demo_prints_what_the_readme_shows(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    readme = README.read_text()
    shown = readme[readme.index("Where the components") : readme.index("  (statistics of each")]
    root = tmp_path / "repo"
    assert demo.main([str(root)]) == 0
    out = capfd.readouterr().out
    assert shown in out
    # The page is next to the repository.
    # It is named as seen from the working directory, wherever that is.
    title, path = out.splitlines()[-2:]
    assert title == "The same with pictures, for a browser:"
    assert Path(path.strip()).resolve() == tmp_path / "repo.html"
    assert "<img " in (tmp_path / "repo.html").read_text()

    # Again, in the same repository: one more run, nothing removed.
    before = set(tmp_path.rglob("finalVisitSummary_RefCam*.fits"))
    assert demo.main([str(root)]) == 0
    assert "of an earlier demo" in capfd.readouterr().out
    after = set(tmp_path.rglob("finalVisitSummary_RefCam*.fits"))
    assert before < after


def test_unfinished_repository_is_replaced(tmp_path: Path) -> None:
    (tmp_path / demo.MARKER).write_text("unfinished")
    (tmp_path / "butler.yaml").write_text("half of it")
    assert demo.prepare_repo(demo.Options(tmp_path)).root == tmp_path
    assert (tmp_path / "gen3.sqlite3").exists()


def test_directories_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(SystemExit, match="is not a repository of the demo"):
        demo.main([str(tmp_path)])
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


def test_each_of_several_visits_has_a_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The reference visit twice, in two processes."""
    root = tmp_path / "repo"
    assert demo.main([str(root), "--visits", "2", "-j", "2"]) == 0
    out = capfd.readouterr().out
    assert "      -j 2 \\\n" in out
    assert "AND visit IN (2026032100001..2026032100002) AND" in out
    lines = out[out.index("Each visit before and after") :].splitlines()
    values = "9       2       1               1  1.699 -> 1.670  22.203 -> 22.101"
    assert lines[4].split() == ["2026032100001", *values.split()]
    assert lines[5].split() == ["2026032100002", *values.split()]
    # Another number of visits is another repository.
    assert demo.prepare_repo(demo.Options(root)).more_visits == ()
    assert "Replacing" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--visits", "0"], "--visits must be a number from 1 to 1000, not 0"),
        (["--visits", "1001"], "--visits must be a number from 1 to 1000, not 1001"),
        (["-j", "0"], "-j must be a number of processes, not 0"),
    ],
)
def test_numbers_are_checked_first(tmp_path: Path, arguments: list[str], reason: str) -> None:
    with pytest.raises(SystemExit, match=reason):
        demo.main([str(tmp_path / "repo"), *arguments])
    assert list(tmp_path.iterdir()) == []
