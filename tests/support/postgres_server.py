"""A PostgreSQL server of the tests' own, on the loopback address."""

from __future__ import annotations

__all__ = ["PASSWORD", "USER", "find_programs", "start_server"]

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

USER = "tester"
"""The only user of the server (`str`)."""

PASSWORD = "open sesame"
"""Password that the server asks for (`str`)."""

_NOBODY = "nobody"
"""User for whom the server runs where the tests run as root, whom it refuses (`str`)."""

_DEADLINE = 60.0
"""Seconds after which a server is not expected to come up any more: it takes one (`float`)."""


def find_programs() -> Path | None:
    """Return the directory with ``initdb`` and ``postgres``, if they are installed."""
    found = shutil.which("initdb")
    # Debian puts all but the client there, and not on PATH.
    candidates = [Path(found).resolve().parent] if found else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    programs = ("initdb", "postgres", "createdb", "psql")
    return next((path for path in candidates if all((path / name).exists() for name in programs)), None)


def _identity() -> dict[str, Any]:
    """Return arguments of `subprocess` for the user who owns the server."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(_NOBODY)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


@contextmanager
def start_server(programs: Path) -> Iterator[str]:
    """Start a server with an empty database that has the extension of the butler.

    Parameters
    ----------
    programs : `~pathlib.Path`
        Directory with the programs.

    Yields
    ------
    url : `str`
        URL of the database, without the password that the server asks for.
    """
    identity = _identity()
    # Directories of pytest can only be entered by their owner.
    with tempfile.TemporaryDirectory(prefix="postgres-") as temporary:
        directory = Path(temporary)
        if identity:
            os.chown(directory, identity["user"], identity["group"])
        data, port, secret = directory / "data", _free_port(), directory / "password"
        secret.write_text(PASSWORD)
        environment = {"PATH": os.defpath, "LC_ALL": "C", "PGPASSWORD": PASSWORD}
        common: dict[str, Any] = {"cwd": directory, "env": environment, **identity}
        options = ["-U", USER, "--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--no-sync"]
        subprocess.run([programs / "initdb", "-D", data, *options], check=True, capture_output=True, **common)
        # Nothing has to survive a crash.
        command = [programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", "", "-F"]
        with (directory / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, **common)
        try:
            client = [programs / "psql", "-h", "127.0.0.1", "-p", str(port), "-U", USER, "postgres", "-c"]
            _wait_for(server, [*client, "SELECT 1"], directory / "log", common)
            create = [*client, "CREATE EXTENSION btree_gist"]
            subprocess.run(create, check=True, capture_output=True, **common)
            yield f"postgresql://{USER}@127.0.0.1:{port}/postgres"
        finally:
            server.terminate()
            server.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(
    server: subprocess.Popen[bytes], query: list[str | Path], log: Path, common: dict[str, Any]
) -> None:
    """Wait until the server answers."""
    end = time.monotonic() + _DEADLINE
    while subprocess.run(query, capture_output=True, **common).returncode != 0:
        assert server.poll() is None, f"the server has stopped: {log.read_text()}"
        assert time.monotonic() < end, f"the server does not answer: {log.read_text()}"
        time.sleep(0.1)
