"""What a database says, turned into errors that a person can act on. No secret and no stored text gets through."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import sqlalchemy.exc

from geo.errors import Conflict, GeoError, StoreError

# What SQLite says, as far as it tells causes apart; the first hit counts.
_SQLITE: Final = (
    ("locked", "store_locked"),
    ("not a database", "store_not_a_database"),
    ("malformed", "store_not_a_database"),
    ("readonly", "store_read_only"),
    ("no such table", "store_outdated"),
    ("no such column", "store_outdated"),
    ("has no column named", "store_outdated"),
    ("disk is full", "store_disk_full"),
    ("disk i/o error", "store_disk_error"),
)
# SQLSTATE, or its class of two letters.
_POSTGRES: Final = {
    "55P03": "store_locked",
    "40P01": "store_locked",
    "40001": "store_locked",
    "57014": "store_locked",
    "28P01": "store_login_refused",
    "28000": "store_login_refused",
    "3D000": "store_no_such_database",
    "42P01": "store_outdated",
    "42703": "store_outdated",
    "42501": "store_not_allowed",
    "25006": "store_read_only",
    "53100": "store_disk_full",
    "53": "store_unreachable",
    "57": "store_unreachable",
    "08": "store_unreachable",
}
# Before a session exists libpq passes on no SQLSTATE, only the server's sentence (English unless told otherwise).
_POSTGRES_WORDS: Final = (
    ("password authentication failed", "store_login_refused"),
    ("no password supplied", "store_login_refused"),
    ("no pg_hba.conf entry", "store_login_refused"),
    ("role ", "store_login_refused"),
    ("database ", "store_no_such_database"),
)


@contextlib.contextmanager
def faults(label: str, path: Path | None, secret: str) -> Iterator[None]:
    """Turn whatever the database raises inside into a `GeoError` that names `label`."""
    try:
        yield
    except sqlalchemy.exc.SQLAlchemyError as error:
        inner = getattr(error, "orig", None)
        if isinstance(inner, GeoError):  # raised by a column type
            raise inner from None
        raise translate(error, label, path, secret) from error
    except sqlite3.Error as error:  # from the raw cursor of a bulk insert or a pragma
        raise _of_sqlite(error, label, path) from error


def translate(error: sqlalchemy.exc.SQLAlchemyError, label: str, path: Path | None, secret: str = "") -> GeoError:
    """The `GeoError` of a SQLAlchemy error."""
    inner = getattr(error, "orig", None)
    if isinstance(error, sqlalchemy.exc.TimeoutError):
        return StoreError("store_busy", where=label)
    # Class 23: a constraint or one of our triggers; COPY's errors have not been sorted by SQLAlchemy.
    if isinstance(error, sqlalchemy.exc.IntegrityError) or (getattr(inner, "sqlstate", None) or "")[:2] == "23":
        return Conflict("store_changed_meanwhile", where=label)
    if isinstance(inner, sqlite3.Error):
        return _of_sqlite(inner, label, path)
    return _of_postgres(inner if isinstance(inner, Exception) else error, label, secret)


def _of_sqlite(error: sqlite3.Error, label: str, path: Path | None) -> GeoError:
    said = str(error).lower()
    if "unable to open" in said and path is not None:
        if not path.parent.is_dir():
            return StoreError("store_no_folder", where=label, folder=str(path.parent))
        if path.is_dir():
            return StoreError("store_not_a_database", where=label)
        return StoreError("store_no_file" if not path.exists() else "store_not_allowed", where=label)
    for words, code in _SQLITE:
        if words in said:
            return StoreError(code, where=label)
    return StoreError("store_failed", where=label, detail=f"{type(error).__name__}: {error}")


def _of_postgres(error: Exception, label: str, secret: str) -> GeoError:
    state = getattr(error, "sqlstate", None)
    code = None if state is None else _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    # The first line only: the lines after it (DETAIL, CONTEXT) quote stored values.
    detail = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if secret:
        detail = detail.replace(secret, "***")
    if code is None and state is None:
        said = detail.partition("FATAL:")[2].lower()
        code = next((name for words, name in _POSTGRES_WORDS if words in said), "store_unreachable")
    if code in ("store_unreachable", "store_failed", None):
        return StoreError(code or "store_failed", where=label, detail=detail)
    return StoreError(code, where=label)
