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
from lsst.daf.butler import Butler
from lsst.drp.tasks.update_visit_summary.parallel import Job, open_workers
from lsst.utils.logging import getLogger
from reference_repo import make_reference_repo
from support import remote_work
from support.postgres_server import PASSWORD, USER, find_programs, start_server

README = Path(__file__).resolve().parents[1] / "README.md"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a server, and return the URL of its database; the butler's file has the password."""
    programs = find_programs()
    if programs is None:
        pytest.skip("The server of PostgreSQL is not installed (no initdb).")
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("The driver psycopg is not installed (extra postgres).")
    with start_server(programs) as server, pytest.MonkeyPatch.context() as patch:
        passwords = tmp_path_factory.mktemp("auth") / "db-auth.yaml"
        passwords.write_text(f'- {{url: "{server.removesuffix("/postgres")}", password: {PASSWORD}}}\n')
        passwords.chmod(0o600)
        patch.setenv("LSST_DB_AUTH", str(passwords))
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


def test_other_processes_connect_by_themselves(url: str, tmp_path: Path) -> None:
    """Their butlers find files, registry and password, and this one goes on working."""
    repo = make_reference_repo(tmp_path / "repo", registry=postgres.registry_config(url))
    with Butler.from_config(repo.root, collections=repo.inputs) as butler:
        handles = [butler.getDeferred("calexp", repo.data_id, detector=id_) for id_ in repo.detectors[:2]]
        jobs = [Job(str(handle.dataId), lambda handle=handle: handle) for handle in handles]
        work = remote_work.read_with_database
        with open_workers(2, [work], handles, getLogger("lsst.postgres")) as run:
            found = [outcome() for outcome in run(work, jobs)]
        here = [work(handle) for handle in handles]
    assert [each[:2] for each in found] == [each[:2] for each in here]
    assert repo.inputs in here[0][1]
    assert os.getpid() not in [process for _, _, process in found]


def test_passwords_may_be_in_the_file_of_postgres(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LSST_DB_AUTH", str(tmp_path / "nothing"))
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    with pytest.raises(postgres.RegistryError, match="must be in ~/.pgpass or ~/.lsst/db-auth.yaml"):
        postgres.check_server(url)
    (tmp_path / "pgpass").write_text(f"*:*:*:{USER}:{PASSWORD}\n")
    (tmp_path / "pgpass").chmod(0o600)
    postgres.check_server(url)


def test_file_with_passwords_that_others_can_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psycopg", reason="The driver psycopg is not installed (extra postgres).")
    passwords = tmp_path / "db-auth.yaml"
    passwords.write_text("[]")
    passwords.chmod(0o644)
    monkeypatch.setenv("LSST_DB_AUTH", str(passwords))
    with pytest.raises(postgres.RegistryError, match="password of the registry.*db-auth.yaml.*permissions"):
        postgres.check_server("postgresql://127.0.0.1/nothing")


def test_database_without_the_extension_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = find_programs()
    assert programs is not None
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    host, port = url.removeprefix(f"postgresql://{USER}@").removesuffix("/postgres").split(":")
    subprocess.run([programs / "createdb", "-h", host, "-p", port, "-U", USER, "bare"], check=True)
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
