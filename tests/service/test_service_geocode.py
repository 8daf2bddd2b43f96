"""Words to grids: grid first, whatever the matcher says, and every text gets a typed outcome."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import NotFound
from geo.locate import Outcome
from geo.model import Feature
from geo.service.context import Net, Service, get_plan_in_force, net_of
from geo.service.geocode import geocode, reader_of
from geo.service.geocode_decide import decide
from geo.service.geocode_many import Readers, cells_of
from geo.service.places import Places, build_places, places_of, register_of
from geo.service.plans import publish_plan
from tests.api.conftest import SOUTH, STEP, WEST, drawing, place

CODES = [f"99010100100100{k}" for k in (1, 2, 3, 4)]
NOWHERE = (9.0, 9.0)


def at(c: float, r: float) -> dict[str, float]:
    return {"lon": WEST + c * STEP, "lat": SOUTH + r * STEP}


def door(number: int, c: float, r: float) -> list[Any]:
    return [number, *at(c, r).values()]


#   3 | 4      阳光小区 in 1 · 双子城 with buildings in 1 and 2 · 近水苑 twice in 3 · 远山苑 in 3 and in 4
#   --+--      光明路 within 1 · 长虹路 from 1 to 2 · its even side has 2 (in 1), 8 (in 1) and 40 (in 2)
#   1 | 2
ENTRIES: tuple[dict[str, Any], ...] = (
    {"id": "s", "kind": "street", "name": "测试街道", "town": "测试街道"},
    {"id": "990101001001", "kind": "community", "name": "晨光社区", "town": "测试街道", **at(2, 2)},
    {"id": "c1", "kind": "compound", "name": "阳光小区", **at(0.5, 0.5)},
    {"id": "c2", "kind": "compound", "name": "双子城小区", **at(1.9, 0.5)},
    {"id": "b1", "kind": "building", "name": "双子城小区1号楼", "within": "c2", **at(1.8, 0.5)},
    {"id": "b2", "kind": "building", "name": "双子城小区2号楼", "within": "c2", **at(2.2, 0.5)},
    {"id": "c3", "kind": "compound", "name": "近水苑", "community": "东社区", **at(0.5, 3)},
    {"id": "c4", "kind": "compound", "name": "近水苑", "community": "西社区", **at(1.5, 3)},
    {"id": "c5", "kind": "compound", "name": "远山苑", "community": "东社区", **at(0.5, 3)},
    {"id": "c6", "kind": "compound", "name": "远山苑", "community": "西社区", **at(3.5, 3)},
    {"id": "r1", "kind": "road", "name": "光明路", "road": "光明路", **at(1, 1)},
    {"id": "r2", "kind": "road", "name": "长虹路", "road": "长虹路", **at(1.5, 0.2)},
    {
        "id": "side", "kind": "road", "name": "长虹路", "road": "长虹路", "low": 2, "high": 40, "side": "even",
        "numbers": [door(2, 0.2, 0.2), door(8, 0.8, 0.2), door(40, 3.0, 0.2)], **at(1, 0.2),
    },
    {"id": "far", "kind": "poi", "name": "域外公园", **at(*NOWHERE)},
    {"id": "blank", "kind": "poi", "name": "无点公园"},
)  # fmt: skip


def line(c: float, r: float, c2: float, r2: float) -> shapely.LineString:
    return shapely.LineString([list(at(c, r).values()), list(at(c2, r2).values())])


ROADS = (
    Feature("road", "f1", "光明路", "local", line(0.5, 1, 1.5, 1)),
    Feature("road", "f2", "长虹路", "local", line(0.2, 0.2, 3.8, 0.2)),
)


@pytest.fixture
def town(service: Service) -> Service:
    whole = replace(place(), entries=ENTRIES, features=(*place().features, *ROADS))
    service.store.save_place(whole, actor="tester")
    return service


@dataclass
class Said:
    """A matcher that says what a test wants."""

    outcome: Outcome
    weights: Any = None

    def match(self, text: str) -> Outcome:
        return self.outcome

    def entry(self, key: str) -> dict[str, Any]:
        return next(entry for entry in ENTRIES if entry["id"] == key)

    def with_grids(self, grid_of: Any) -> Said:
        return self


def net_now(service: Service) -> Net:
    return net_of(service, get_plan_in_force(service))


def saying(places: Places, status: str, *keys: str, level: str = "compound", number: str = "", **more: Any) -> Places:
    spans = [{"kind": "number", "start": 0, "end": 1, "value": number}] if number else []
    outcome = Outcome(
        status,  # type: ignore[arg-type]
        0.9,
        level,  # type: ignore[arg-type]
        tuple((key, 0.5) for key in keys),
        {"spans": spans, "faults": []},  # type: ignore[typeddict-item]
        rivals=keys if status == "ambiguous" else (),
        **more,
    )
    return replace(places, register=replace(places.register, gazetteer=Said(outcome)))


# What lies where: the grids of each entry, by the drawing above.
GRIDS = {
    "c1": {1}, "c2": {1, 2}, "b1": {1}, "b2": {2}, "c3": {3}, "c4": {3}, "c5": {3}, "c6": {4}, "r1": {1}, "r2": {1, 2},
    "990101001001": {1, 2, 3, 4}, "far": set(), "blank": set(),
}  # fmt: skip


def test_every_entry_lies_where_it_was_drawn(town: Service) -> None:
    places = places_of(town, net_now(town))
    for key, grids in GRIDS.items():
        found = {int(places.codes[k][-1]) for k, _ in places.parts.get(key, ()) if k >= 0}
        assert found == grids, key
        assert sum(share for _, share in places.parts.get(key, ())) == pytest.approx(1.0 if key != "blank" else 0.0)


@pytest.fixture(scope="module")
def laid() -> Places:
    """The same entries under the same drawing, without a database."""
    from datetime import UTC, datetime

    from geo.model import Plan
    from geo.service.context import build_net

    plan = Plan(
        7, "p", "active", 0, date(2024, 1, 1), None, 4, 16, 400.0, "EPSG:4326", datetime(2024, 1, 1, tzinfo=UTC), ""
    )
    whole = replace(place(), entries=ENTRIES, features=(*place().features, *ROADS))
    net = build_net(plan, drawing().grids, whole)
    from geo.service.places import build_register

    return build_places(build_register(ENTRIES), net, whole)


keys = st.lists(st.sampled_from(sorted(GRIDS)), min_size=1, max_size=4, unique=True)
scopes = st.one_of(st.none(), st.sets(st.sampled_from(CODES)))


@given(keys=keys, inside=scopes)
def test_several_candidates_are_a_match_only_in_one_grid(
    laid: Places, keys: list[str], inside: set[str] | None
) -> None:
    found = decide(saying(laid, "ambiguous", *keys), "x", inside=inside)
    wanted = {CODES[k - 1] for k in set().union(*(GRIDS[key] for key in keys))}
    outside = any(not GRIDS[key] and key != "blank" for key in keys)
    if inside is not None:
        within = [key for key in keys if {CODES[k - 1] for k in GRIDS[key]} & inside]
        wanted = {CODES[k - 1] for k in set().union(*(GRIDS[key] for key in within))} if within else set()
        outside = False
        if not within:
            assert (found.status, found.grid) == ("conflict", None)
            assert found.faults[-1].key == "geocode_outside_scope"
            return
    assert (found.status == "match" and found.grid is not None) == (len(wanted) == 1 and not outside)
    if found.grid is not None:
        assert {found.grid} == wanted
        assert found.chain[-1] == found.grid
    assert {part.grid for part in found.grids} <= wanted
    assert sum(part.share for part in found.grids) <= 1.0 + 1e-3


@given(key=st.sampled_from(sorted(GRIDS)), level=st.sampled_from(["compound", "road", "community", "poi"]))
def test_one_candidate_has_to_lie_in_one_grid(laid: Places, key: str, level: str) -> None:
    found = decide(saying(laid, "match", key, level=level), "x")
    if len(GRIDS[key]) == 1:
        assert (found.status, found.grid) == ("match", CODES[next(iter(GRIDS[key])) - 1])
    elif GRIDS[key]:
        assert found.grid is None
        assert found.status == ("ambiguous" if level in ("compound", "poi") else "area_only")
        assert {part.grid for part in found.grids} == {CODES[k - 1] for k in GRIDS[key]}
    else:
        assert found.grid is None
        assert found.faults[-1].key in ("geocode_outside", "geocode_no_point")


@pytest.mark.parametrize("status", ["conflict", "area_only", "none"])
def test_what_the_matcher_refuses_gets_no_grid(laid: Places, status: str) -> None:
    found = decide(saying(laid, status, "c1"), "x")
    assert (found.status, found.grid) == (status, None)
    assert found.candidates[0].grid == CODES[0]


@pytest.mark.parametrize(
    ("number", "status", "grid", "c"),
    [("2", "match", 1, 0.2), ("4", "match", 1, 0.4), ("8", "match", 1, 0.8), ("24", "ambiguous", None, None),
     ("40", "match", 2, 3.0)],
)  # fmt: skip
def test_a_number_between_known_ones(laid: Places, number: str, status: str, grid: int | None, c: float | None) -> None:
    found = decide(saying(laid, "match", "side", level="number", number=number), "x")
    assert (found.status, found.grid) == (status, None if grid is None else CODES[grid - 1])
    if c is not None:
        assert (found.lon, found.lat) == (pytest.approx(at(c, 0.2)["lon"]), pytest.approx(at(c, 0.2)["lat"]))
    else:  # 24 is as far from 8 as from 40
        assert {part.grid: part.share for part in found.grids} == {CODES[0]: 0.5, CODES[1]: 0.5}


def test_a_point_of_the_matcher_itself_is_looked_up(laid: Places) -> None:
    point = (WEST + 3 * STEP, SOUTH + 0.2 * STEP)
    found = decide(saying(laid, "match", "r2", level="number", number="77", point=point), "x")
    assert (found.status, found.grid, found.lon) == ("match", CODES[1], point[0])


def test_texts_mean_what_they_say(town: Service) -> None:
    building = geocode(town, "双子城小区2号楼3单元楼道灯不亮")
    assert (building.status, building.level, building.grid) == ("match", "building", CODES[1])
    assert building.stairwell == "3"
    assert building.location is not None
    assert [level.code for level in building.location.levels][-1] == CODES[1]
    twins = geocode(town, "近水苑路灯不亮")
    assert (twins.status, twins.grid) == ("match", CODES[2])
    assert not any(fault.key == "match_same_name" for fault in twins.faults)
    apart = geocode(town, "远山苑路灯不亮")
    assert (apart.status, apart.grid) == ("ambiguous", None)
    assert {part.grid for part in apart.grids} == {CODES[2], CODES[3]}


def test_spans_are_places_in_the_original_text(town: Service) -> None:
    text = "您好！！双子城小區 ２號樓 灯不亮"
    found = geocode(town, text)
    assert found.grid == CODES[1]
    named = [span for span in found.spans if span.kind == "building"]
    assert named
    assert text[named[0].start : named[0].end].startswith("双子城")


HOSTILE = [
    "", " ", "'; DROP TABLE place;--", "<script>alert(1)</script>", "(a+)+$" * 50, "🚧🚧🚧", "\x00\x01", "%s%n{0}",
    "阳光" * 1000, "號" * 2000, "\ud800", "1" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_have_typed_outcomes(laid: Places, text: str) -> None:
    found = decide(laid, text)
    assert found.status in ("match", "ambiguous", "conflict", "area_only", "none")
    assert len(found.candidates) <= 10
    assert all(0 <= span.start <= span.end <= len(text) for span in found.spans)
    assert len(cells_of(found, "zh")) == 10


@given(text=st.text(max_size=80))
def test_any_text_has_a_typed_outcome(laid: Places, text: str) -> None:
    found = decide(laid, text)
    assert (found.grid is None) or found.status == "match"
    assert 0.0 <= found.confidence <= 1.0
    assert all(0 <= span.start <= span.end <= len(text) for span in found.spans)


def test_a_scope_is_a_code_or_a_name(town: Service) -> None:
    for scope in ("990101001001", "晨光社区", "测试街道", None):
        assert geocode(town, "阳光小区", scope=scope).grid == CODES[0]
    with pytest.raises(NotFound) as caught:
        geocode(town, "阳光小区", scope="火星")
    # As a door says it: nothing in the list of areas looks like a person's number.
    told = caught.value.masked().message("en")
    assert "晨光社区" in told
    assert "***" not in told
    net = net_now(town)
    assert reader_of(town, net, CODES[1]).read("阳光小区").status == "conflict"


def test_a_new_plan_gives_other_grids_and_the_old_day_the_old_ones(town: Service) -> None:
    before = geocode(town, "远山苑")
    assert before.status == "ambiguous"
    # One grid more to the north: 3 takes 4 in.
    whole = drawing()
    merged = [CODES[2] if code == CODES[3] else code for code in whole.units.grid.tolist()]
    grids = [grid for grid in whole.grids if grid.code != CODES[3]]
    north = shapely.coverage_union_all([whole.grids[2].geometry, whole.grids[3].geometry])
    grids[2] = replace(grids[2], geometry=north, units=8, weight=200.0, households=200, residents=500)
    units = replace(whole.units, grid=type(whole.units.grid)(len(merged), dtype=object))
    units.grid[:] = merged
    plan = town.store.save_plan(replace(whole, grids=tuple(grids), units=units), name="second", actor="tester")
    publish_plan(town, plan.id, effective=date(2025, 5, 1), actor="tester")
    after = geocode(town, "远山苑")
    assert (after.status, after.grid, after.versions.plan) == ("match", CODES[2], plan.id)
    assert geocode(town, "远山苑", as_of=date(2025, 4, 30)).status == "ambiguous"


def test_the_gazetteer_is_built_once_and_again_when_it_changes(town: Service) -> None:
    first, net = register_of(town), net_now(town)
    assert register_of(town) is first
    assert places_of(town, net) is places_of(town, net)
    stamp = town.store.place_stamp()
    more = {"id": "new", "kind": "compound", "name": "新月湾", **at(3, 0.5)}
    town.store.save_entries([*ENTRIES, more], stamp=stamp, actor="tester")
    assert register_of(town).version != first.version
    assert geocode(town, "新月湾").grid == CODES[1]
    town.store.save_entries(ENTRIES, stamp=town.store.place_stamp(), actor="tester")
    assert register_of(town).version == first.version


def test_places_go_to_another_process(laid: Places) -> None:
    again = pickle.loads(pickle.dumps(laid))  # our own values
    for text in ("双子城小区2号楼", "近水苑", "远山苑", "光明路"):
        assert decide(again, text) == decide(laid, text)


def test_several_processes_answer_as_one_does_and_in_order(town: Service) -> None:
    texts = ["双子城小区2号楼", "", "近水苑", "远山苑", "不知何处"] * 3
    reader = reader_of(town, net_now(town))
    with Readers(reader) as one, Readers(reader, jobs=2) as two:
        assert two.read(texts) == one.read(texts)
        assert two.chunk > one.chunk
