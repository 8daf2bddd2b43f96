"""What every group of the store's methods stands on: connections, transactions, the clock, the revision."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from geo.store.engine import looking, open_engine, read_target, reading, writing
from geo.store.migrate import check_revision


def _now() -> datetime:
    return datetime.now(UTC)


class Database:
    """One database, connected at the first use. The parameters are those of `SqlStore`."""

    def __init__(self, url: str, *, busy_s: float = 30.0, clock: Callable[[], datetime] = _now) -> None:
        self._target = read_target(url)
        self._engine = open_engine(self._target, busy_s=busy_s)
        self._clock = clock
        self._checked = False
        # Pooled connections are closed with the store, even by a caller who forgets to.
        self._closer = weakref.finalize(self, self._engine.dispose)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._target.label!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the pooled connections; the store opens new ones if it is used again."""
        self._engine.dispose()

    def ping(self) -> None:
        """Raise `StoreError` unless the database answers and is at this program's version."""
        self._checked = False
        with self._reading():
            pass

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with reading(self._engine, self._target) as connection:
            self._check(connection)
            yield connection

    @contextlib.contextmanager
    def _looking(self) -> Iterator[sa.Connection]:
        """For a single statement that reads: without a transaction it is one way to the server and back."""
        if not self._checked:
            self.ping()
        with looking(self._engine, self._target) as connection:
            yield connection

    @contextlib.contextmanager
    def _writing(self, lock: str | None = None) -> Iterator[sa.Connection]:
        with writing(self._engine, self._target, lock=lock) as connection:
            self._check(connection)
            yield connection

    def _check(self, connection: sa.Connection) -> None:
        if not self._checked:
            check_revision(connection, self._target.label)
            self._checked = True
