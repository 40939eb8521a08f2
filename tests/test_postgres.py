"""Repositories whose registry is in PostgreSQL, as those of sites are."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import demo
import postgres
from support.postgres_server import find_programs, start_server

README = Path(__file__).resolve().parents[1] / "README.md"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Start a server, and return the URL of its database."""
    programs = find_programs()
    if programs is None:
        pytest.skip("The server of PostgreSQL is not installed (no initdb).")
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("The driver psycopg is not installed (extra postgres).")
    with start_server(programs) as server:
        yield server


def test_demo_runs_on_postgres(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The pipeline needs no change, and processes of their own find the registry."""
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    root = tmp_path / "repo"
    assert demo.main([str(root), "--registry", url, "-j", "2"]) == 0
    out = capfd.readouterr().out
    assert "      -j 2 \\\n" in out
    assert "Its registry is the schema visit_summary_demo_" in out
    assert not list(root.glob("*.sqlite3"))
    # The tables are those of a registry in a file.
    readme = README.read_text()
    assert readme[readme.index("Where the components") : readme.index("  (statistics of each")] in out


def test_database_without_the_extension_is_refused(url: str) -> None:
    programs = find_programs()
    assert programs is not None
    host, port = url.removeprefix("postgresql://tester@").removesuffix("/postgres").split(":")
    subprocess.run([programs / "createdb", "-h", host, "-p", port, "-U", "tester", "bare"], check=True)
    with pytest.raises(postgres.RegistryError, match="run CREATE EXTENSION btree_gist in it"):
        postgres.check_server(url.removesuffix("postgres") + "bare")


def test_server_that_cannot_be_reached_is_named_by_its_reason() -> None:
    pytest.importorskip("psycopg", reason="The driver psycopg is not installed (extra postgres).")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(postgres.RegistryError, match="^The registry cannot be reached .*refused"):
        postgres.check_server(f"postgresql://127.0.0.1:{port}/nothing")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("no url", "is no URL"),
        ("sqlite:///file", "must be a postgresql:// URL, not sqlite://"),
        ("postgresql://user:secret@host/database", "has a password"),
        ("postgresql://host/database?password=secret", "has a password"),
        ("postgresql://host", "names no database"),
    ],
)
def test_urls_that_cannot_be_used_are_refused(
    url: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is made, and no password is shown."""
    with pytest.raises(SystemExit, match=reason) as caught:
        demo.main([str(tmp_path / "repo"), "--registry", url])
    assert "secret" not in f"{caught.value}{capsys.readouterr()}"
    assert list(tmp_path.iterdir()) == []
