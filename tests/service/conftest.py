"""A service on a database of its own, with the lattice of `tests/api/conftest.py` and a clock that tests set."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from geo.service.context import Service
from geo.service.plans import publish_plan
from geo.settings import read_settings
from geo.wiring import build_service
from tests.api.conftest import drawing, place


@dataclass
class Clock:
    """The present moment, as a test wants it."""

    at: datetime = datetime(2025, 6, 1, 4, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


def opened(path: Path, clock: Clock) -> Service:
    settings = read_settings(database_url=f"sqlite:///{path}", lang="en", actor="tester")
    return replace(build_service(settings), clock=clock)


@pytest.fixture
def empty(tmp_path: Path, clock: Clock, sqlite_template: Path) -> Iterator[Service]:
    """Nothing but the tables."""
    service = opened(Path(shutil.copyfile(sqlite_template, tmp_path / "geo.db")), clock)
    yield service
    service.store.close()


@pytest.fixture(scope="session")
def lattice_template(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """The file of a database with the place and its plan, to be copied."""
    path = Path(shutil.copyfile(sqlite_template, tmp_path_factory.mktemp("lattice") / "geo.db"))
    service = opened(path, Clock())
    service.store.save_place(place(), actor="tester")
    plan = service.store.save_plan(drawing(), name="first", actor="tester")
    publish_plan(service, plan.id, effective=date(2024, 1, 1), actor="tester")
    service.store.close()
    assert not path.with_name("geo.db-wal").exists()
    return path


@pytest.fixture
def service(tmp_path: Path, clock: Clock, lattice_template: Path) -> Iterator[Service]:
    """The place, and a plan of four grids in force since 2024."""
    path = Path(shutil.copyfile(lattice_template, tmp_path / "lattice.db"))
    # Publishing made the saved index, which lies beside the database.
    shutil.copytree(f"{lattice_template}.index", f"{path}.index")
    service = opened(path, clock)
    yield service
    service.store.close()
