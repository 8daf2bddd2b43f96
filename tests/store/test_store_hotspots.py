"""Runs of the scans are kept whole, once, on both databases, and never change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from geo.errors import GeoError, InvalidInput, NotFound
from geo.model.hotspots import Hotspot, HotspotRun
from geo.store import SqlStore
from tests.store.samples import drawing

ONE = Hotspot(
    "0501", "hotline", "hotline", "供暖温度不达标", "share", ("g1", "g2"), "g1", 114.1, 34.3, 250.0,
    date(2026, 1, 1), date(2026, 1, 7), 12, 3.25, None, 9.5, 1e-4, None, plan=1,
)  # fmt: skip
RUN = HotspotRun(date(2026, 1, 7), 1, "d" * 64, {"seed": 1, "categories": ["05"]}, {"incidents": 7}, (ONE,))


@pytest.fixture
def planned(store: SqlStore) -> SqlStore:
    assert store.save_plan(drawing(), name="p", actor="a").id == 1
    return store


def test_a_run_comes_back_whole_and_is_stored_once(planned: SqlStore) -> None:
    stored, fresh = planned.save_hotspot_run(RUN, actor="a")
    assert fresh
    (found,) = stored.hotspots
    assert found == replace(ONE, id=1, run=1, as_of=RUN.as_of)
    assert (stored.as_of, stored.settings, stored.counted, stored.created_by) == (
        RUN.as_of, RUN.settings, RUN.counted, "a"
    )  # fmt: skip
    assert planned.save_hotspot_run(replace(RUN, hotspots=()), actor="b") == (stored, False)
    assert planned.find_hotspot_run(RUN.digest) == stored
    assert planned.find_hotspot_run("other") is None
    assert planned.get_hotspot(1) == found
    assert len(planned.get_journal(subject="hotspot_run:1")) == 1
    for number in (2, 2**70):
        with pytest.raises(NotFound):
            planned.get_hotspot(number)


def test_hotspots_are_listed_by_day_category_and_newness(planned: SqlStore) -> None:
    again = replace(ONE, known=1, relative_risk=2.5, recurrence_days=800.0)
    other = replace(ONE, category="06_1")
    planned.save_hotspot_run(RUN, actor="a")
    planned.save_hotspot_run(replace(RUN, as_of=date(2026, 1, 14), digest="e", hotspots=(again, other)), actor="a")

    def ids(**asked: object) -> list[int]:
        return [found.id for found in planned.list_hotspots(**asked)]  # type: ignore[arg-type]

    assert ids() == [1, 2, 3]
    assert ids(alerts=True) == [1, 3]
    assert ids(since=date(2026, 1, 8)) == [2, 3]
    assert ids(before=date(2026, 1, 14)) == [1]
    assert ids(category="05") == [1, 2]
    assert ids(category="06_") == [3]
    assert ids(category="0_") == []
    assert ids(after_id=1, limit=1) == [2]
    assert planned.get_hotspot(2).recurrence_days == 800.0


def test_nothing_is_half_stored_and_no_row_changes(planned: SqlStore) -> None:
    broken = replace(ONE, category="a\0")
    with pytest.raises(InvalidInput):
        planned.save_hotspot_run(replace(RUN, hotspots=(ONE, broken)), actor="a")
    assert planned.find_hotspot_run(RUN.digest) is None
    assert planned.list_hotspots() == ()
    planned.save_hotspot_run(RUN, actor="a")
    for statement in ("UPDATE hotspot SET observed = 1", "DELETE FROM hotspot", "DELETE FROM hotspot_run"):
        with pytest.raises(GeoError), planned._writing() as connection:
            connection.execute(sa.text(statement))
    assert planned.get_hotspot(1).observed == 12
