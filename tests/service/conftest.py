"""A service on a database of its own, with the lattice of `tests/api/conftest.py` and a clock that tests set."""

from __future__ import annotations

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


@pytest.fixture
def empty(tmp_path: Path, clock: Clock) -> Iterator[Service]:
    """Nothing but the tables."""
    settings = read_settings(database_url=f"sqlite:///{tmp_path / 'geo.db'}", lang="en", actor="tester")
    service = replace(build_service(settings, create=True), clock=clock)
    yield service
    service.store.close()


@pytest.fixture
def service(empty: Service) -> Service:
    """The place, and a plan of four grids in force since 2024."""
    empty.store.save_place(place(), actor="tester")
    plan = empty.store.save_plan(drawing(), name="first", actor="tester")
    publish_plan(empty, plan.id, effective=date(2024, 1, 1), actor="tester")
    return empty
