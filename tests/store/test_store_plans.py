"""Plans: round trips bit for bit, the life of a plan, and codes that are never used again."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import shapely
import sqlalchemy as sa

from geo.crs import project
from geo.errors import Conflict, InvalidInput, NotFound
from geo.model import Drawing, Plan, Units
from geo.store import SqlStore
from tests.store.samples import COMMUNITY, drawing, objects

TODAY = date(2025, 6, 1)


def published(store: SqlStore, effective: date, codes: tuple[str, ...] = ("001", "002"), name: str = "p") -> Plan:
    plan = store.save_plan(drawing(codes), name=name, actor="planner")
    return store.publish_plan(plan.id, effective=effective, lineage=[], actor="planner", today=TODAY)


def counts(store: SqlStore) -> dict[str, int]:
    """Rows of every table."""
    with store._reading() as connection:
        names = sa.inspect(connection).get_table_names()
        return {
            name: connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one()
            for name in names
            if name not in ("spatial_ref_sys", "geo_version")
        }


def bits(geometry: Any) -> Any:
    return shapely.to_wkb(geometry)


def random_drawing(rng: np.random.Generator, n: int) -> Drawing:
    """Polygons with holes and parts whose coordinates use every bit of a double."""
    shapes = []
    for _ in range(n):
        x, y = rng.uniform(73, 135), rng.uniform(4, 53)
        box = shapely.box(x, y, x + rng.random() * 1e-3, y + rng.random() * 1e-3)
        ring = shapely.difference(shapely.Point(x, y).buffer(rng.random()), box)
        far = shapely.box(-x, -y, math.nextafter(-x, 0), math.nextafter(-y, 0))  # a part one bit wide
        shapes.append(ring if rng.random() < 0.5 else shapely.MultiPolygon([*shapely.get_parts(ring), far]))
    base = drawing(tuple(f"{i:03d}" for i in range(n)), units_each=1)
    grids = tuple(
        replace(g, geometry=s, weight=float(rng.random() * 1e9)) for g, s in zip(base.grids, shapes, strict=True)
    )
    return replace(base, grids=grids, units=replace(base.units, geometry=objects(shapes), weight=rng.random(n) / 3))


def test_wgs84_geometry_comes_back_bit_for_bit(store: SqlStore) -> None:
    drawn = random_drawing(np.random.default_rng(7), 40)
    plan = store.save_plan(drawn, name="bits", actor="a")
    grids = store.get_grids(plan.id)
    assert [g.code for g in grids] == sorted(g.code for g in drawn.grids)
    assert {g.code: bits(g.geometry) for g in grids} == {g.code: bits(g.geometry) for g in drawn.grids}
    assert {g.code: replace(g, geometry=None) for g in grids} == {
        g.code: replace(g, geometry=None) for g in drawn.grids
    }
    assert all(shapely.get_srid(g.geometry) == 0 for g in grids)
    units = store.get_units(plan.id)
    assert units.crs == "EPSG:4326"
    order = sorted(range(len(drawn.units)), key=lambda i: drawn.units.ids[i])
    assert units.ids.tolist() == [drawn.units.ids[i] for i in order]
    assert [bits(s) for s in units.geometry] == [bits(drawn.units.geometry[i]) for i in order]
    assert units.weight.tolist() == [drawn.units.weight[i] for i in order]


def test_a_projected_drawing_is_stored_as_projected_by_crs(store: SqlStore) -> None:
    drawn = drawing(crs="EPSG:4549")
    plan = store.save_plan(drawn, name="metres", actor="a")
    assert plan.crs == "EPSG:4549"
    wanted = project(drawn.units.geometry, source="EPSG:4549", target="EPSG:4326")
    assert [bits(s) for s in store.get_units(plan.id).geometry] == [bits(s) for s in wanted]
    assert shapely.coverage_is_valid(store.get_units(plan.id).geometry)
    grids = project(objects([g.geometry for g in drawn.grids]), source="EPSG:4549", target="EPSG:4326")
    assert [bits(g.geometry) for g in store.get_grids(plan.id)] == [bits(s) for s in grids]


def test_heights_are_dropped(store: SqlStore) -> None:
    drawn = drawing()
    lifted = replace(drawn, units=replace(drawn.units, geometry=shapely.force_3d(drawn.units.geometry, 9.0)))
    plan = store.save_plan(lifted, name="z", actor="a")
    assert [bits(s) for s in store.get_units(plan.id).geometry] == [bits(s) for s in drawn.units.geometry]


FIELDS = {
    "households": np.array([3, 2, 1, 2**53], dtype=np.int64),
    "residents": np.array([0.1, math.nan, 3.0, 0.0]),
    "zero": np.array([0.0, -0.0, 0.0, -0.0]),
    "small": np.array([1, 2, 3, 255], dtype=np.uint8),
    "big": np.array([2**63 - 1, -(2**63), 0, 1], dtype=np.int64),
    "real": np.array([0.1 + 0.2, math.inf, -math.inf, math.nan]),
    "single": np.array([0.1, 1e-45, 3e38, -0.0], dtype=np.float32),
    "yes": np.array([True, False, True, False]),
    "text": objects(["", "a\u202eb", "😀\n\t'\";--", None]),
    "fixed": np.array(["a", "bb", "", "中"]),
    "mixed": objects([1, 0.5, True, ["x", {"k": None}]]),
    "when": np.array(["2025-01-01T00:00:00.123456789", "NaT", "1969-01-01", "2100-01-01"], dtype="M8[ns]"),
    "编号 %s :x": objects(["1", "2", "3", "4"]),
}


def test_unit_columns_come_back_with_their_types(store: SqlStore) -> None:
    base = drawing().units
    units = replace(
        base,
        ids=objects(["b", "ü", "A", "10"]),
        group=objects(["", "小区", "", "小区"]),
        locked=np.array([True, False, False, True]),
        fields=FIELDS,
        weight_field="权重",
    )
    plan = store.save_plan(replace(drawing(), units=units), name="columns", actor="a")
    found = store.get_units(plan.id)
    order = [3, 2, 0, 1]  # "10", "A", "b", "ü": by code point, whatever the server's language
    assert found.ids.tolist() == [units.ids[i] for i in order]
    assert found.weight_field == "权重"
    assert list(found.fields) == list(FIELDS)
    for name, column in FIELDS.items():
        assert found.fields[name].dtype == column.dtype, name
        if column.dtype == object:
            assert found.fields[name].tolist() == column[order].tolist(), name
        else:
            assert found.fields[name].tobytes() == column[order].tobytes(), name
    assert found.group is not None
    assert found.group.tolist() == [units.group[i] for i in order]
    assert found.locked is not None
    assert found.locked.tolist() == [True, False, True, False]


@pytest.mark.parametrize("column", [np.array([-0.0, 1, 2, 3]), np.array([math.inf, 1, 2, 3]), np.full(4, 2**60)])
def test_counts_that_a_double_would_change_stay_exact(store: SqlStore, column: np.ndarray) -> None:
    units = replace(drawing().units, fields={"households": column})
    plan = store.save_plan(replace(drawing(), units=units), name="p", actor="a")
    assert store.get_units(plan.id).fields["households"].tobytes() == column.tobytes()


def test_what_a_plan_does_not_have_stays_absent(store: SqlStore) -> None:
    units = replace(drawing().units, grid=None, parent=None, fields={})
    plan = store.save_plan(Drawing(grids=(), units=units, crs=units.crs), name="units only", actor="a")
    found = store.get_units(plan.id)
    assert (found.grid, found.parent, found.group, found.locked, dict(found.fields)) == (None,) * 4 + ({},)
    assert store.get_grids(plan.id) == ()
    none = Units(ids=objects([]), geometry=objects([]), weight=np.zeros(0), crs="EPSG:4326", grid=objects([]))
    empty = store.get_units(store.save_plan(Drawing((), none, "EPSG:4326"), name="empty", actor="a").id)
    assert len(empty) == 0
    assert empty.grid is not None


def test_household_counts_are_columns_that_sql_can_sum(store: SqlStore) -> None:
    plan = store.save_plan(drawing(), name="p", actor="a")
    with store._reading() as connection:
        query = sa.text("SELECT sum(households), count(residents) FROM unit WHERE plan_id = :plan")
        assert tuple(connection.execute(query, {"plan": plan.id}).one()) == (6.0, 0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ids": objects(["u0", "u1", "u0", "u3"])}, "store_unit_twice"),
        ({"weight": np.array([1.0, math.nan, 1.0, 1.0])}, "store_number_not_finite"),
        ({"weight": np.ones(3)}, "store_column_length"),
        ({"grid": objects(["a"])}, "store_column_length"),
        ({"fields": {"f": np.arange(3)}}, "store_column_length"),
        ({"geometry": objects([None] * 4)}, "store_geometry_missing"),
        ({"ids": objects(["u0", "u\x00", "u2", "u3"])}, "store_text_nul"),
        ({"fields": {"f": objects(["\ud800", "", "", ""])}}, "store_text_surrogate"),
        ({"fields": {"f": objects(["", {"deep": ["\x00"]}, "", ""])}}, "store_text_nul"),
        ({"fields": {"f": objects([b"x", "", "", ""])}}, "store_value_kind"),
        ({"fields": {"f": np.ones(4, dtype=complex)}}, "store_value_kind"),
        ({"ids": objects(["u0", "u" * 201, "u2", "u3"])}, "store_code_long"),
    ],
)
def test_units_that_no_database_holds_are_refused_whole(store: SqlStore, change: dict[str, Any], code: str) -> None:
    before = counts(store)
    drawn = drawing()
    with pytest.raises(InvalidInput) as caught:
        store.save_plan(replace(drawn, units=replace(drawn.units, **change)), name="bad", actor="a")
    assert caught.value.code == code
    assert caught.value.message("zh")
    assert caught.value.message("en")
    assert counts(store) == before


def test_grids_with_one_code_are_refused(store: SqlStore) -> None:
    with pytest.raises(InvalidInput, match=r"001.*rows 1 and 3"):
        store.save_plan(drawing(("001", "002", "001")), name="twice", actor="a")


def test_the_record_of_a_draft(store: SqlStore) -> None:
    before = datetime.now(UTC)
    plan = store.save_plan(drawing(), name="草案\u202e😀", actor="李四")
    assert (plan.name, plan.state, plan.revision, plan.effective, plan.retired) == (
        "草案\u202e😀",
        "draft",
        1,
        None,
        None,
    )
    assert (plan.grids, plan.units, plan.weight, plan.crs, plan.created_by) == (2, 4, 4.0, "EPSG:4326", "李四")
    assert plan.wishes == {"tolerance": 0.05, "min": None, "ideal": 2.0}
    assert plan.created_at.utcoffset() == timedelta(0)
    assert before <= plan.created_at <= datetime.now(UTC)
    assert store.get_plan(plan.id, today=TODAY) == plan
    assert store.list_plans(today=TODAY) == (plan,)
    assert store.find_plan_at(TODAY, today=TODAY) is None
    assert store.get_lineage(plan.id) == ()


def test_as_of_across_three_plans(store: SqlStore) -> None:
    days = [date(2025, 1, 1), date(2025, 6, 1), date(2025, 9, 1)]
    plans = [published(store, day, name=f"p{i}") for i, day in enumerate(days)]
    draft = store.save_plan(drawing(), name="draft", actor="a")
    # The oracle: the last day on the list that is not after the day asked for.
    for offset in range(-40, 400):
        day = date(2024, 12, 1) + timedelta(days=offset)
        wanted = max((i for i, start in enumerate(days) if start <= day), default=None)
        found = store.find_plan_at(day, today=TODAY)
        assert (found and found.id) == (None if wanted is None else plans[wanted].id), day
    states = {"2024-12-31": "sss", "2025-01-01": "ass", "2025-05-31": "ass", "2025-06-01": "ras", "2026-01-01": "rra"}
    for today, letters in states.items():
        listed = store.list_plans(today=date.fromisoformat(today))
        assert [p.id for p in listed] == [draft.id, *(p.id for p in reversed(plans))], "newest first"
        assert "".join(p.state[0] for p in reversed(listed[1:])) == letters, today
        assert [p.retired for p in reversed(listed[1:])] == [*days[1:], None]
        assert listed[0].state == "draft"


def test_publishing_dates_the_plan_and_keeps_its_lineage(store: SqlStore) -> None:
    first = published(store, date(2025, 1, 1))
    assert (first.state, first.effective, first.revision) == ("active", date(2025, 1, 1), 2)
    plan = store.save_plan(drawing(("001", "003")), name="next", actor="a")
    lineage = [(COMMUNITY + "002", COMMUNITY + "003", 1.5), ("", COMMUNITY + "001", 0.1), ("x", "", 2.0)]
    after = store.publish_plan(plan.id, effective=date(2025, 7, 1), lineage=lineage, actor="b", today=TODAY)
    assert (after.state, after.retired) == ("scheduled", None)
    assert store.get_plan(first.id, today=TODAY).retired == date(2025, 7, 1)
    assert store.get_plan(first.id, today=TODAY).state == "active"
    assert store.get_lineage(plan.id) == tuple(lineage)


@pytest.mark.parametrize("day", [date(2025, 6, 30), date(2025, 7, 1)])
def test_a_plan_must_follow_all_published_ones(store: SqlStore, day: date) -> None:
    published(store, date(2025, 1, 1), name="first")
    second = published(store, date(2025, 7, 1), name="second")
    plan = store.save_plan(drawing(), name="late", actor="a")
    before = counts(store)
    with pytest.raises(Conflict, match=rf"plan {second.id} \(second\).*2025-07-01") as caught:
        store.publish_plan(plan.id, effective=day, lineage=[("", "x", 1.0)], actor="a", today=TODAY)
    assert caught.value.code == "store_plan_not_later"
    assert counts(store) == before
    assert store.get_plan(plan.id, today=TODAY).state == "draft"


def test_publishing_twice_is_refused(store: SqlStore) -> None:
    plan = published(store, date(2025, 1, 1))
    with pytest.raises(Conflict, match="2025-01-01") as caught:
        store.publish_plan(plan.id, effective=date(2026, 1, 1), lineage=[], actor="a", today=TODAY)
    assert caught.value.code == "store_plan_published"


def test_codes_are_carried_over_but_never_used_again(store: SqlStore) -> None:
    published(store, date(2025, 1, 1), ("001", "002"))
    assert store.retired_codes() == frozenset()
    published(store, date(2025, 2, 1), ("001", "003"))  # 001 is carried over, 002 lapses
    assert store.retired_codes() == {COMMUNITY + "002"}
    plan = store.save_plan(drawing(("001", "002", "003")), name="back", actor="a")
    before = counts(store)
    with pytest.raises(Conflict, match=COMMUNITY + "002") as caught:
        store.publish_plan(plan.id, effective=date(2025, 3, 1), lineage=[], actor="a", today=TODAY)
    assert caught.value.code == "store_codes_retired"
    assert counts(store) == before
    published(store, date(2025, 3, 1), ("003", "004"))
    assert store.retired_codes() == {COMMUNITY + "001", COMMUNITY + "002"}
    published(store, date(2025, 4, 1), ("003",))
    assert store.retired_codes() == {COMMUNITY + code for code in ("001", "002", "004")}


def test_an_absent_plan_is_named(store: SqlStore) -> None:
    for call in (
        lambda i: store.get_plan(i, today=TODAY),
        store.get_grids,
        store.get_units,
        store.get_lineage,
        lambda i: store.publish_plan(i, effective=TODAY, lineage=[], actor="a", today=TODAY),
    ):
        for plan_id in (99, 0, -1, 10**30):
            with pytest.raises(NotFound, match=str(plan_id)):
                call(plan_id)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE plan SET name = 'x'",
        "UPDATE plan SET effective = NULL",
        "DELETE FROM plan",
        "UPDATE grid SET colour = 3",
        "DELETE FROM grid",
        "UPDATE unit SET weight = 3",
        "DELETE FROM unit",
        "UPDATE lineage SET weight = 3",
        "DELETE FROM lineage",
        "INSERT INTO lineage (plan_id, position, old, new, weight) SELECT id, 5, 'a', 'b', 1.0 FROM plan",
    ],
)
def test_the_database_itself_refuses_to_change_a_published_plan(store: SqlStore, statement: str) -> None:
    plan = store.save_plan(drawing(), name="p", actor="a")
    with store._writing() as connection:
        connection.exec_driver_sql("UPDATE grid SET colour = 5")  # a draft may change
    store.publish_plan(plan.id, effective=TODAY, lineage=[("", "x", 1.0)], actor="a", today=TODAY)
    with pytest.raises(Conflict), store._writing() as connection:
        connection.exec_driver_sql(statement)
    assert {g.colour for g in store.get_grids(plan.id)} == {5}


def test_a_lineage_reckoned_against_an_outdated_plan_is_refused(store: SqlStore) -> None:
    first, second, third = (store.save_plan(drawing(("001", "002")), name=name, actor="a") for name in ("a", "b", "c"))
    given = {"lineage": [("", "x", 1.0)], "actor": "a", "today": TODAY}
    store.publish_plan(first.id, effective=date(2025, 1, 1), predecessor=None, **given)
    store.publish_plan(second.id, effective=date(2025, 2, 1), predecessor=first.id, **given)
    for outdated in (None, first.id):
        with pytest.raises(Conflict, match="Publish it again"):
            store.publish_plan(third.id, effective=date(2025, 3, 1), predecessor=outdated, **given)
    assert store.get_lineage(third.id) == ()
    assert store.get_plan(third.id, today=TODAY).state == "draft"
    store.publish_plan(third.id, effective=date(2025, 3, 1), predecessor=second.id, **given)
