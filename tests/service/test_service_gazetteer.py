"""The gazetteer of a deployment: sources beside one another, and findings that were put in on purpose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from geo import crs
from geo.errors import Conflict, NotFound
from geo.model import Area
from geo.service.context import Service
from geo.service.gazetteer import check_gazetteer, get_entry, import_gazetteer, list_entries
from geo.service.gazetteer_check import check_entries
from geo.service.geocode import geocode
from geo.service.plans import import_place
from geo.wiring import shipped_place
from tests.api.conftest import SOUTH, STEP, WEST, place, square
from tests.service.test_service_geocode import CODES, at, net_now


def bring(service: Service, path: Path, text: str, **more: str) -> dict[str, object]:
    path.write_text(text, encoding="utf-8")
    done = import_gazetteer(service, str(path), crs=more.get("crs", "WGS84"), columns={}, source="map", actor="tester")
    return {name: value for name, value in vars(done).items() if name not in ("version", "faults")} | {
        "bad": [(fault.code, fault.context.get("row")) for fault in done.faults]
    }


def test_a_source_is_replaced_and_others_stay(service: Service, tmp_path: Path) -> None:
    x, y = crs.from_wgs84(*at(3, 3).values(), crs="GCJ-02")
    text = f"id,kind,name,aliases,lon,lat\nm1,compound,望月湾,望月,{float(x)!r},{float(y)!r}\nm2,poi,无处,,,\n"
    first = bring(service, tmp_path / "m.csv", text + "c1,poi,占用,,,\nm3,poi,,,,\n", crs="GCJ-02")
    assert (first["rows"], first["added"], first["entries"]) == (4, 2, 3)
    assert first["bad"] == [("gazetteer_missing_field", 4), ("gazetteer_id_taken", None)]
    assert geocode(service, "望月湾").grid == CODES[3]
    assert geocode(service, "阳光小区").grid == CODES[0]
    stamp = service.store.place_stamp()
    again = bring(service, tmp_path / "m.csv", text, crs="GCJ-02")
    assert (again["same"], again["added"], again["changed"], again["removed"]) == (2, 0, 0, 0)
    assert service.store.place_stamp() == stamp, "nothing changed, nothing was written"
    less = bring(service, tmp_path / "m.csv", text.replace("望月湾", "望星湾").partition("m2")[0], crs="GCJ-02")
    assert (less["changed"], less["removed"], less["entries"]) == (1, 1, 2)
    assert geocode(service, "望星湾").grid == CODES[3]
    (line,) = service.store.get_journal(limit=1)
    assert (line["action"], line["actor"], line["detail"]) == ("save_entries", "tester", {"entries": 2})


def test_importing_the_place_again_keeps_other_sources(service: Service, tmp_path: Path) -> None:
    import_place(service, shipped_place(), actor="tester")
    bring(service, tmp_path / "m.csv", "id,kind,name\nm1,poi,望月湾\n")
    before = len(list_entries(service))
    import_place(service, shipped_place(), actor="tester")
    assert len(list_entries(service)) == before
    assert [entry["id"] for entry in list_entries(service, name="望月湾")] == ["m1"]


def test_looking_things_up(service: Service) -> None:
    assert [entry["id"] for entry in list_entries(service, name="阳光")] == ["c1"]
    assert list_entries(service, kind="road") == ()
    assert get_entry(service, "c1", net_now(service))["grids"][0]["grid"] == CODES[0]
    with pytest.raises(NotFound):
        get_entry(service, "c9", None)
    assert not check_gazetteer(service, net_now(service))


def test_two_writers_do_not_overwrite_each_other(service: Service) -> None:
    stamp = service.store.place_stamp()
    service.store.save_entries([], stamp=stamp, actor="one")
    with pytest.raises(Conflict):
        service.store.save_entries([], stamp=stamp, actor="two")


def test_findings_that_were_put_in(service: Service) -> None:
    # Two communities, west and east of the middle.
    areas = [
        *place().areas[:2],
        Area("990101001001", "西社区", "community", "990101001", square(0, 0, 2).union(square(0, 2, 2))),
        Area("990101001002", "东社区", "community", "990101001", square(2, 0, 2).union(square(2, 2, 2))),
    ]
    big = [
        replace(a, geometry=shapely.transform(a.geometry, lambda xy: [WEST, SOUTH] + (xy - [WEST, SOUTH]) * 8))
        for a in areas
    ]
    where = replace(place(), areas=tuple(big))
    x, y = crs.from_wgs84(WEST + 15.5 * STEP, SOUTH + STEP, crs="GCJ-02")
    assert x > WEST + 16 * STEP, "the shift leads to the east, over the border"
    good = {"kind": "poi", "community": "西社区", **at(1, 1)}
    entries = [
        {"id": "a", "name": "书店", **good},
        {"id": "b", "name": "书店", **good, "community": "东社区", **at(20, 1)},
        {"id": "c", "name": "诊所", **good, **at(28, 1)},
        {"id": "d", "name": "银行", **good, "lon": float(x), "lat": float(y)},
        {"id": "e", "name": "邮局", "kind": "poi"},
        {"id": "f", "name": "别处", "kind": "poi", **at(90, 90)},
        *({"id": f"r{k}", "kind": "road", "name": "一路", "low": low, "high": high, "side": side, **at(1, 1)}
          for k, (low, high, side) in enumerate([(1, 9, "odd"), (2, 10, "even"), (7, 11, "odd"), (13, 20, "both")])),
    ]  # fmt: skip
    found = {one.kind: one for one in check_entries(entries, where, None)}
    assert {kind: one.ids for kind, one in found.items()} == {
        "same_name": ("a", "b"), "no_point": ("e",), "other_community": ("c",), "other_datum": ("d",),
        "ranges_overlap": ("r0", "r2"),
    }  # fmt: skip
    assert found["other_datum"].context["datum"] == "GCJ-02"
    assert (found["ranges_overlap"].context["low"], found["ranges_overlap"].context["high"]) == (7, 9)
    outside = [one.ids for one in check_entries(entries, where, net_now(service)) if one.kind == "outside"]
    assert ("f",) in outside
    assert ("a",) not in outside
