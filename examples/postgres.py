"""Registries in PostgreSQL: which URLs can be used, and the configuration of a new repository."""

from __future__ import annotations

__all__ = ["RegistryError", "check_server", "check_url", "registry_config"]

import importlib.util
import uuid
from collections.abc import Mapping

import sqlalchemy

from lsst.utils.db_auth import DbAuth, DbAuthError, DbAuthNotFoundError

_EXTENSION = "btree_gist"
"""Extension of the server that the butler needs (`str`)."""


class RegistryError(Exception):
    """A database that cannot hold a registry; the message is one sentence with the remedy."""


def check_url(url: str) -> None:
    """Check the URL of a database, without connecting.

    A URL is seen by others in lists of processes and in ``butler.yaml``, so it
    must have no password; messages do not repeat the URL, in case it has one.

    Parameters
    ----------
    url : `str`
        For example ``postgresql://user@host/database``.

    Raises
    ------
    RegistryError
        Raised if it is no URL of PostgreSQL, has a password or no database.
    """
    try:
        parts = sqlalchemy.make_url(url)
    except (sqlalchemy.exc.ArgumentError, ValueError):
        raise RegistryError("The registry is no URL such as postgresql://user@host/database.") from None
    if parts.get_backend_name() != "postgresql":
        raise RegistryError(
            f"The registry must be a postgresql:// URL, not {parts.drivername}://; "
            "without --registry it is an SQLite file."
        )
    if parts.password is not None or "password" in parts.query:
        raise RegistryError(
            "The URL of the registry has a password, which others could see: put it into ~/.pgpass "
            "or ~/.lsst/db-auth.yaml, and leave it out of the URL."
        )
    if not parts.database:
        raise RegistryError("The URL of the registry names no database: postgresql://user@host/database.")


def check_server(url: str) -> None:
    """Connect to a database, and check that it can hold a registry.

    Parameters
    ----------
    url : `str`
        A URL that `check_url` accepts.

    Raises
    ------
    RegistryError
        Raised if there is no driver or no connection, if the file with the
        password cannot be read, or if the server lacks the extension that the
        butler needs.
    """
    parts = sqlalchemy.make_url(url)
    driver = parts.get_driver_name()
    if importlib.util.find_spec(driver) is None:
        raise RegistryError(f"The registry needs the module {driver}: pip install '.[postgres]'.")
    try:
        engine = sqlalchemy.create_engine(_add_password(parts))
        with engine.connect() as connection:
            query = sqlalchemy.text("SELECT COUNT(*) FROM pg_extension WHERE extname = :name")
            found = connection.execute(query, {"name": _EXTENSION}).scalar()
        engine.dispose()
    except sqlalchemy.exc.OperationalError as err:
        reason = str(err.orig).strip().splitlines()[0]
        raise RegistryError(
            f"The registry cannot be reached ({reason}): the server must be running, and a password that it "
            "asks for must be in ~/.pgpass or ~/.lsst/db-auth.yaml."
        ) from None
    if not found:
        raise RegistryError(
            f"The database of the registry has no extension {_EXTENSION}: "
            f"run CREATE EXTENSION {_EXTENSION} in it."
        )


def _add_password(url: sqlalchemy.URL) -> sqlalchemy.URL:
    """Return a URL with what the butler would add: user and password of its own file, if it has them."""
    if not url.host:
        return url
    try:
        user, password = DbAuth().getAuth(url.drivername, url.username, url.host, url.port, url.database)
    except DbAuthNotFoundError:
        return url
    except DbAuthError as err:
        raise RegistryError(f"The password of the registry cannot be read: {err}") from None
    return url.set(username=user, password=password)


def registry_config(url: str) -> Mapping[str, str]:
    """Return the configuration of a new registry, in a namespace that no other repository has.

    Parameters
    ----------
    url : `str`
        A URL that `check_url` accepts.

    Returns
    -------
    registry : `~collections.abc.Mapping` [`str`, `str`]
        What ``butler.yaml`` says under ``registry``.
    """
    return {"db": url, "namespace": f"visit_summary_demo_{uuid.uuid4().hex[:12]}"}
