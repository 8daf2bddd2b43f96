"""Plans in the store: round trips bit for bit."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
import sqlalchemy as sa

from geo.crs import project
from geo.errors import InvalidInput
from geo.model import Drawing, Units
from geo.store import SqlStore
from tests.store.samples import drawing, objects
from tests.store.store_counts import counts


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
