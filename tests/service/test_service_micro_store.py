"""Micro-grids from a file into a stored plan, and back for a place on a day."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.errors import Conflict, GeoError, InvalidInput
from geo.files import LocalFiles
from geo.model import HouseholdColumns, Layer, Location, Plan
from geo.service.context import Service, get_plan_in_force, net_of
from geo.service.locate import locate_point
from geo.service.micro import MicroRequest, micro_file
from geo.service.micro_lookup import find_edition, micro_columns, micro_index_of, note_values, with_micro
from geo.service.micro_store import import_micro
from geo.service.plans import publish_plan
from tests.api.conftest import SOUTH, STEP, WEST, drawing
from tests.service.test_service_special import overlaid

FIRST = date(2024, 1, 1)
# East and north in steps, stairwell, floors, homes a floor. A tower of two stairwells in grid 001, houses in grid 002.
TOWER = [(0.5, 0.5, stair, floor, home) for stair in "12" for floor in range(1, 7) for home in range(4)]
HOUSES = [(2.1 + k / 30, 0.5, "", 1, 0) for k in range(24)]


def register(path: Path, homes: list[tuple[float, float, str, int, int]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "lon", "lat", "building", "stairwell", "floor", "name", "phone"])
        for k, (c, r, stair, floor, home) in enumerate(homes):
            name = f"B{c:.2f}"
            place = (repr(WEST + c * STEP), repr(SOUTH + r * STEP))
            writer.writerow([f"{name}-{stair}-{floor}0{home}-{k}", *place, name, stair, floor, "王小明", "13900001111"])
    return path


def micro_gpkg(tmp_path: Path, homes: list[tuple[float, float, str, int, int]], drawn=None) -> Path:
    plan, out = tmp_path / "plan.gpkg", tmp_path / f"micro{len(homes)}.gpkg"
    LocalFiles().write_drawing(str(plan), drawn or drawing())
    request = MicroRequest(columns=HouseholdColumns(id="id"), crs="EPSG:4326")
    source = register(tmp_path / "homes.csv", homes)
    micro_file(LocalFiles(), str(source), request, grids=str(plan), out=out)
    return out


def ask(service: Service, c: float, r: float, *, as_of: date | None = None, **more) -> Location:
    net = net_of(service, get_plan_in_force(service, as_of))
    found = locate_point(service, lon=WEST + c * STEP, lat=SOUTH + r * STEP, crs="WGS84", net=net)
    return with_micro(service, net, found, as_of=as_of, **more)


@pytest.fixture
def plan(service: Service) -> Plan:
    return get_plan_in_force(service)


def test_from_a_register_to_the_answer(service: Service, plan: Plan, tmp_path: Path) -> None:
    path = micro_gpkg(tmp_path, TOWER + HOUSES)
    edition, left = import_micro(service, plan.id, str(path), effective=FIRST, actor="tester")
    assert (edition.households, left) == (72, 0)
    written = LocalFiles().read_layer(f"{path}:micro_grids")
    stored = service.store.get_micro(edition.id)
    assert [micro.code for micro in stored.grids] == written.fields["code"].tolist()
    for name in ("grid", "households", "buildings", "stairwells", "walk_m", "reach_m", "reason"):
        assert [getattr(micro, name) for micro in stored.grids] == written.fields[name].tolist(), name
    homes = LocalFiles().read_layer(f"{path}:households")
    owner = {}
    for micro, floor, stair, building in zip(
        *(homes.fields[name].tolist() for name in ("micro", "floor", "stairwell", "building")), strict=True
    ):
        owner.setdefault((building, stair or "", floor), set()).add(micro)
    # Every household finds its own micro-grid again by stairwell and floor, unless its floor is divided.
    for c, r, stair, floor, _ in TOWER + HOUSES:
        found = ask(service, c, r, stairwell=stair, floor=float(floor))
        mine = owner[f"B{c:.2f}", stair, float(floor)]
        assert found.micro is not None
        if len(mine) == 1:
            assert {found.micro.code} == mine
            assert found.levels[-1].code == found.micro.code
            assert found.levels[-1].level == "micro"
            assert found.levels[-1].name == found.levels[-2].name + found.micro.code[len(found.levels[-2].code) :]
        else:
            assert (found.micro.code, found.micro.note) == (None, "micro_several")


def test_a_tower_asks_back_and_a_field_says_no(service: Service, plan: Plan, tmp_path: Path) -> None:
    import_micro(service, plan.id, str(micro_gpkg(tmp_path, TOWER)), effective=FIRST, actor="tester")
    tower = ask(service, 0.5, 0.5)
    assert tower.micro is not None
    assert (tower.micro.code, tower.micro.note, tower.micro.distance_m) == (None, "micro_several", 0.0)
    codes = {candidate.code for candidate in tower.micro.candidates}
    assert note_values(tower.micro)["count"] == len(codes) == 4
    assert {candidate.stairwell for candidate in tower.micro.candidates} == {"1", "2"}
    assert tower.levels[-1].level == "base"
    narrowed = ask(service, 0.5, 0.5, stairwell="一单元")
    assert narrowed.micro is not None
    assert narrowed.micro.note == "micro_several"
    assert {c.stairwell for c in narrowed.micro.candidates} == {"1"}
    assert len({c.code for c in narrowed.micro.candidates}) == 2
    assert ask(service, 0.5, 0.5, stairwell="1", floor=1).micro.code in codes
    nobody = ask(service, 0.5, 0.5, stairwell="7").micro
    assert (nobody.note, len(nobody.candidates)) == ("micro_no_such_door", 4)
    far = ask(service, 1.9, 1.9)
    assert far.micro is not None
    assert (far.micro.code, far.micro.note, far.micro.distance_m) == (None, "micro_far", None)
    # Two metres over the border of the grid; the tower across it does not answer.
    across = ask(service, 2.02, 0.5)
    assert across.micro is not None
    assert across.micro.note == "micro_none_in_grid"
    assert ask(service, -3, 0).micro is None


def test_each_day_has_its_own_edition(service: Service, plan: Plan, tmp_path: Path) -> None:
    assert ask(service, 2.1, 0.5).micro.note == "micro_none_in_plan"
    first, _ = import_micro(service, plan.id, str(micro_gpkg(tmp_path, HOUSES)), effective=FIRST, actor="tester")
    later = date(2025, 5, 1)
    second, _ = import_micro(service, plan.id, str(micro_gpkg(tmp_path, HOUSES[:12])), effective=later, actor="tester")
    scheduled = date(2026, 1, 1)
    third, _ = import_micro(service, plan.id, str(micro_gpkg(tmp_path, HOUSES[:14])), effective=scheduled, actor="t")
    days = {FIRST: first, date(2025, 4, 30): first, later: second, None: second, scheduled: third}
    for day, edition in days.items():
        found = ask(service, 2.1, 0.5, as_of=day).micro
        assert found is not None
        assert (found.edition, found.code) == (edition.id, "990101001001002-01"), day
    assert find_edition(service, plan, date(2020, 1, 1)) == first
    retired = replace(plan, retired=later)
    assert find_edition(service, retired, date(2030, 1, 1)) == first


def test_a_draft_takes_its_micro_grids_along(service: Service, plan: Plan, tmp_path: Path) -> None:
    draft = service.store.save_plan(drawing(), name="next", actor="tester")
    import_micro(service, draft.id, str(micro_gpkg(tmp_path, TOWER)), effective=None, actor="tester")
    edition, _ = import_micro(service, draft.id, str(micro_gpkg(tmp_path, HOUSES)), effective=None, actor="tester")
    assert find_edition(service, draft) == edition
    net = net_of(service, draft)
    found = locate_point(service, lon=WEST + 2.1 * STEP, lat=SOUTH + 0.5 * STEP, crs="WGS84", net=net)
    assert with_micro(service, net, found).micro.edition == edition.id
    day = date(2025, 7, 1)
    publish_plan(service, draft.id, effective=day, actor="tester")
    assert ask(service, 2.1, 0.5).micro.note == "micro_none_in_plan"
    assert ask(service, 2.1, 0.5, as_of=day).micro.edition == edition.id
    with pytest.raises(Conflict):
        import_micro(service, plan.id, str(micro_gpkg(tmp_path, HOUSES)), effective=day, actor="tester")


def test_a_special_grid_has_micro_grids_of_its_own_or_those_beneath(service: Service, tmp_path: Path) -> None:
    draft = service.store.save_plan(overlaid(), name="with a park", actor="tester")
    flats = [(1.6, 1.5, "", floor, home) for floor in range(1, 4) for home in range(4)]
    beside = [(1.1, 1.5, "", floor, home) for floor in range(1, 4) for home in range(4)]
    own = micro_gpkg(tmp_path, flats + beside, overlaid())
    import_micro(service, draft.id, str(own), effective=None, actor="tester")
    publish_plan(service, draft.id, effective=date(2025, 1, 1), actor="tester")
    inside, outside = ask(service, 1.5, 1.5), ask(service, 1.15, 1.5)
    assert [level.level for level in inside.levels] == ["district", "street", "community", "base", "special", "micro"]
    assert inside.micro.code == "990101001001Z001-01"
    assert outside.micro.code == "990101001001001-01"
    assert outside.levels[-1].name == "晨光01-01"
    # Drawn before the park was: its households are still those of the base grids.
    edition = date(2025, 2, 1)
    import_micro(service, draft.id, str(micro_gpkg(tmp_path, [*flats, *beside[:11]])), effective=edition, actor="t")
    assert ask(service, 1.5, 1.5).micro.code in ("990101001001001-01", "990101001001001-02")


def test_many_points_get_what_each_gets_alone(service: Service, plan: Plan, tmp_path: Path) -> None:
    edition, _ = import_micro(
        service, plan.id, str(micro_gpkg(tmp_path, TOWER + HOUSES)), effective=FIRST, actor="tester"
    )
    net = net_of(service, plan)
    rng = np.random.default_rng(5)
    c, r = rng.uniform(-0.5, 4.5, 200), rng.uniform(-0.5, 4.5, 200)
    lon, lat = WEST + c * STEP, SOUTH + r * STEP
    index = micro_index_of(service, net, edition)
    assert micro_index_of(service, net, edition) is index
    many = micro_columns(index, net, lon=lon, lat=lat, grid=net.index.locate(lon=lon, lat=lat))
    for k in range(len(c)):
        alone = ask(service, c[k], r[k]).micro
        assert (alone.code if alone else None) == (index.codes[many.micro[k]] if many.micro[k] >= 0 else None)


def test_households_of_another_plan_are_refused_and_nothing_is_stored(
    service: Service, plan: Plan, tmp_path: Path
) -> None:
    path = micro_gpkg(tmp_path, HOUSES)
    layers = {name: LocalFiles().read_layer(f"{path}:{name}") for name in ("micro_grids", "households")}
    homes = layers["households"]
    moved = shapely.transform(homes.geometry, lambda xy: xy + np.array([2 * STEP, 0]))
    layers["households"] = replace(homes, geometry=moved)
    wrong = tmp_path / "wrong.gpkg"
    LocalFiles().write_layers(str(wrong), layers)
    with pytest.raises(InvalidInput) as caught:
        import_micro(service, plan.id, str(wrong), effective=FIRST, actor="tester")
    assert caught.value.code == "micro_out_of_grid"
    assert caught.value.context["count"] > 0
    assert caught.value.context["metres"] > 1
    assert service.store.list_micro(plan.id) == ()


def test_no_name_number_or_telephone_gets_into_the_database(service: Service, plan: Plan, tmp_path: Path) -> None:
    import_micro(service, plan.id, str(micro_gpkg(tmp_path, TOWER)), effective=FIRST, actor="tester")
    with service.store._reading() as connection:
        dump = "\n".join(connection.connection.iterdump())
    assert "990101001001001-01" in dump
    for secret in ("王小明", "13900001111", "B0.50-1-101", "-101-"):
        assert secret not in dump, secret


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda layers: layers.pop("households"), "layer_unknown"),
        (lambda layers: layers["micro_grids"].fields.pop("reach_m"), "field_unknown"),
        (lambda layers: layers["micro_grids"].fields.update(households=np.array([1.5, 2])), "micro_no_number"),
        (
            lambda layers: layers["households"].fields.update(micro=np.array(["x"] * 24, dtype=object)),
            "micro_home_unknown",
        ),
        (
            lambda layers: layers["micro_grids"].fields.update(code=np.array(["a"] * 2, dtype=object)),
            "micro_home_unknown",
        ),
    ],
)
def test_a_file_that_is_none_says_what_is_wrong(
    service: Service, plan: Plan, tmp_path: Path, change, code: str
) -> None:
    path = micro_gpkg(tmp_path, HOUSES)
    layers = {}
    for name in ("micro_grids", "households"):
        layer = LocalFiles().read_layer(f"{path}:{name}")
        layers[name] = Layer(layer.geometry, dict(layer.fields), layer.crs, layer.source)
    change(layers)
    wrong = tmp_path / "wrong.gpkg"
    LocalFiles().write_layers(str(wrong), layers)
    with pytest.raises(GeoError) as caught:
        import_micro(service, plan.id, str(wrong), effective=FIRST, actor="tester")
    assert caught.value.code == code
