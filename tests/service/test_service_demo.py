"""The demo is done once, and one that was stopped goes on."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from geo.sample import SampleSpec
from geo.service import demo
from geo.service.context import Service
from geo.service.demo import DemoFiles, run_demo
from geo.service.sample import write_sample
from geo.wiring import build_files

STEPS = ["demo_place", "demo_old_plan", "demo_units", "demo_partition", "demo_published", "demo_issues"]


@pytest.fixture(scope="module")
def small_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("place")
    write_sample(build_files(), SampleSpec(buildings=1000, seed=3), folder)
    # What is told here does not hang on how many reports there are.
    issues = folder / "issues.csv"
    with issues.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    with issues.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([head, *rows[::40]])
    return folder


@pytest.fixture
def where(small_place: Path, tmp_path: Path) -> Iterator[DemoFiles]:
    return DemoFiles(place=small_place, folder=tmp_path / "demo")


def run(service: Service, where: DemoFiles) -> list[str]:
    told: list[str] = []
    run_demo(service, where, actor="tester", tell=lambda key, values: told.append(key))
    return told


def contents(service: Service) -> tuple[object, ...]:
    return (
        [(p.id, p.name, p.effective) for p in service.store.list_plans(today=service.today())],
        len(service.store.list_issues()),
        service.store.place_stamp(),
    )


def test_a_demo_that_was_stopped_goes_on(empty: Service, where: DemoFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*given: object) -> None:
        raise KeyboardInterrupt

    def run_until(stopped_at: str) -> list[str]:
        told: list[str] = []
        with monkeypatch.context() as patch:
            patch.setattr(demo, stopped_at, stop)
            with pytest.raises(KeyboardInterrupt):
                run_demo(empty, where, actor="tester", tell=lambda key, values: told.append(key))
        return told

    assert run_until("check_file") == STEPS[:3]  # the units are drawn again: the plan was not done
    assert run_until("_up_to_now") == STEPS[2:5]
    assert run(empty, where) == STEPS[5:]
    records, issues, _ = contents(empty)
    assert [effective is not None for _, _, effective in records] == [True, True]  # type: ignore[attr-defined]
    assert issues > 0
    before = contents(empty)
    assert run(empty, where) == ["demo_reused"]
    assert contents(empty) == before


def test_issues_are_of_late_and_none_is_of_tomorrow(empty: Service, where: DemoFiles, clock) -> None:
    clock.at = datetime(2031, 1, 1, 3, 0, tzinfo=UTC)
    assert run(empty, where) == STEPS
    newest = empty.store.newest_issue_at()
    assert newest is not None
    assert newest.astimezone(empty.timezone).date().isoformat() == "2030-12-31"
    # The next day the same rows are moved by another day: their ids make them known all the same.
    clock.at = datetime(2031, 1, 2, 3, 0, tzinfo=UTC)
    where.done.unlink()
    before = contents(empty)
    assert run(empty, where) == ["demo_issues"]
    assert contents(empty) == before
