"""Saved indexes: one file a plan, made once, believed only if it is the plan's, and never needed."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from geo.locate import GridIndex
from geo.service.context import Service, clean_indexes, get_plan_in_force, net_of, timetable
from geo.service.index_files import IndexFolder, file_name
from geo.service.locate import locate_point
from geo.service.plans import publish_plan
from geo.settings import read_settings
from geo.wiring import index_folder
from tests.api.conftest import SOUTH, STEP, WEST
from tests.service.test_service_context import second


def folder_of(service: Service) -> Path:
    folder = service.indexes._folder
    assert folder is not None
    return folder


def forget(service: Service) -> Service:
    """A process that has just started."""
    return replace(service, memory=type(service.memory)(), indexes=IndexFolder(folder_of(service)))


def located(service: Service) -> str | None:
    return locate_point(service, lon=WEST + STEP, lat=SOUTH + STEP, crs="WGS84").grid


def test_publishing_makes_the_file_and_others_only_map_it(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = get_plan_in_force(service)
    assert (folder_of(service) / file_name(plan, "all")).is_file()
    monkeypatch.setattr(GridIndex, "build", lambda *_, **__: pytest.fail("built again"))
    assert located(forget(service)) == "990101001001001"


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_a_file_that_is_damaged_or_of_another_plan_is_made_anew(service: Service, damage: bytes | None) -> None:
    plan = get_plan_in_force(service)
    path = folder_of(service) / file_name(plan, "all")
    if damage is None:
        draft = service.store.save_plan(second(), name="second", actor="tester")
        other = publish_plan(service, draft.id, effective=date(2030, 1, 1), actor="tester")
        (folder_of(service) / file_name(other, "all")).replace(path)
    else:
        path.unlink()
        path.write_bytes(damage)
    assert located(forget(service)) == "990101001001001"
    assert GridIndex.open(path).codes == net_of(service, plan).index.codes


def test_a_folder_that_cannot_be_written_is_said_once_and_nothing_is_lost(
    service: Service, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    lone = replace(service, memory=type(service.memory)(), indexes=IndexFolder(tmp_path / "file" / "below"))
    with caplog.at_level(logging.WARNING):
        assert located(lone) == "990101001001001"
        lone.memory.nets._values.clear()
        assert located(lone) == "990101001001001"
    assert sum("cannot be kept" in record.getMessage() for record in caplog.records) == 1


def test_drafts_leave_no_files(service: Service) -> None:
    draft = service.store.save_plan(second(), name="second", actor="tester")
    net_of(service, draft)
    assert len(list(folder_of(service).iterdir())) == 1


def test_old_files_go_and_young_or_foreign_ones_stay(service: Service) -> None:
    folder = folder_of(service)
    plan = get_plan_in_force(service)
    past = [replace(plan, id=100 + k, retired=date(2020, 1, 1)) for k in range(12)]
    now = time.time()
    for k, old in enumerate(past):
        (folder / file_name(old, "all")).write_bytes(b"x")
        os.utime(folder / file_name(old, "all"), (now - 100 - k, now - 100 - k))
    names = {"plan-9-r1-ffff.all.index": 7200, "plan-8-r1-ffff.all.index": 60, "readme.txt": 7200, ".plan-1.tmp": 7200}
    for name, age in names.items():
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (now - age, now - age))
    service.indexes.clean([plan], past)
    kept = {path.name for path in folder.iterdir()}
    assert kept == {
        file_name(plan, "all"),
        *(file_name(old, "all") for old in past[:8]),  # the last used
        "plan-8-r1-ffff.all.index",
        "readme.txt",
    }
    clean_indexes(service, timetable(service))
    assert (folder / file_name(plan, "all")).is_file()


def test_a_database_made_anew_does_not_get_the_old_files(service: Service) -> None:
    plan = get_plan_in_force(service)
    later = replace(plan, created_at=plan.created_at + timedelta(microseconds=1))
    assert file_name(plan, "all") != file_name(later, "all")
    assert file_name(plan, "all") == file_name(replace(plan, state="retired", retired=date(2026, 1, 1)), "all")


def test_every_database_has_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def folder(url: str, **more: object) -> Path | None:
        return index_folder(read_settings(database_url=url, **more))

    assert folder(f"sqlite:///{tmp_path / 'a.db'}") == tmp_path / "a.db.index"
    server = folder("postgresql://geo:secret@localhost/geo")
    assert server is not None
    assert server.parent == tmp_path / "cache" / "wangge"
    assert "secret" not in str(server)
    named = {folder(f"sqlite:///{tmp_path / name}", index_dir=tmp_path / "i") for name in ("a.db", "b.db")}
    assert {path.parent for path in named if path} == {tmp_path / "i"}
    assert len(named) == 2
