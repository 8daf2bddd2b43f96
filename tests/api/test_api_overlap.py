"""A plan whose grids overlap: every answer says so, names who claims the point, and stays the same by every way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
import shapely
from fastapi.testclient import TestClient

from geo.api import create_app
from geo.bulk.arrow import Asked, locate_batch
from geo.bulk.grids import Grids
from geo.errors import InvalidInput
from geo.messages import say
from geo.service.chain_columns import CHAIN
from geo.service.context import Service, net_of
from geo.service.keeper import refresh
from geo.service.locate import locate_point, locate_rows
from geo.service.plans import publish_plan
from geo.settings import read_settings
from geo.wiring import build_service
from tests.api.conftest import SOUTH, STEP, WEST, column, drawing, place, square
from tests.api.test_api_batch import post, post_arrow, stream

FIRST, SECOND, SPECIAL = "990101001001001", "990101001001002", "Z9"
# In the overlap, on its eastern edge, at its corner, right beside it, in a sound grid, outside, in the special grid
# that lies over the overlap.
PLACES = [(2.3, 1.1), (2.5, 1.1), (2.5, 2.0), (2.51, 1.1), (1.1, 1.1), (9.0, 1.1), (2.3, 0.15)]
CLAIMED = [True, True, True, False, False, False, False]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """In force although no door would have published it: as a database that was written by other means."""
    folder = tmp_path_factory.mktemp("overlap")
    service = build_service(read_settings(database_url=f"sqlite:///{folder / 'geo.db'}", actor="tester"), create=True)
    service.store.save_place(place(), actor="tester")
    whole = drawing()
    wider = shapely.box(WEST, SOUTH, WEST + 2.5 * STEP, SOUTH + 2 * STEP)
    special = replace(whole.grids[0], code=SPECIAL, name="专属", kind="special", units=0, geometry=square(2.2, 0, 0.2))
    grids = (replace(whole.grids[0], geometry=wider), *whole.grids[1:], special)
    plan = service.store.save_plan(replace(whole, grids=grids), name="overlap", actor="tester")
    with pytest.raises(InvalidInput) as refused:
        publish_plan(service, plan.id, effective=date(2024, 1, 1), actor="tester")
    assert refused.value.code == "plan_has_faults"
    service.store.publish_plan(
        plan.id, effective=date(2024, 1, 1), lineage=[], predecessor=None, actor="tester", today=service.today()
    )
    yield service
    service.store.close()


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(create_app(read_settings(database_url="sqlite://", lang="zh", actor="tester"), service)) as client:
        refresh(service)
        yield client


def degrees() -> tuple[list[float], list[float]]:
    return [WEST + c * STEP for c, _ in PLACES], [SOUTH + r * STEP for _, r in PLACES]


def claimants(k: int) -> list[str]:
    return [FIRST, SECOND, *(["990101001001003", "990101001001004"] if PLACES[k][1] == 2.0 else [])]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", ["/v1/locate", "/v1/locate/explain"])
def test_one_point(client: TestClient, path: str, lang: str) -> None:
    for k, (lon, lat) in enumerate(zip(*degrees(), strict=True)):
        params = {"lon": repr(lon), "lat": repr(lat), "crs": "WGS84", "lang": lang}
        for _ in range(2):
            hot = client.get(path, params=params).json()
        assert hot == client.get(path, params={**params, "level": "grid"}).json()
        assert (hot["note"] == "grids_overlap") is CLAIMED[k]
        if CLAIMED[k]:
            codes = [code for code in claimants(k) if code in hot["context"]["overlap"]]
            assert codes == hot["context"]["overlap"]
            assert codes[:2] == [FIRST, SECOND]
            assert (hot["grid"], hot["status"]) == (FIRST, "located")
            sentence = say("grids_overlap", lang, grids=", ".join(codes))  # type: ignore[arg-type]
            assert hot["note_text"] == sentence
            assert sentence in hot.get("why", [sentence])


def test_many_points(client: TestClient, service: Service) -> None:
    lon, lat = degrees()
    fields = ["grid", "note", "overlap", *CHAIN]
    found = post(client, lon=lon, lat=lat, crs="WGS84", fields=fields, force=True)
    notes = found["note"]
    assert [note == "grids_overlap" for note in notes] == CLAIMED
    for k, (x, y) in enumerate(zip(lon, lat, strict=True)):
        single = client.get("/v1/locate", params={"lon": repr(x), "lat": repr(y), "crs": "WGS84"}).json()
        assert found["overlap"][k] == single["context"].get("overlap")
    table = post_arrow(client, stream({"lon": lon, "lat": lat}), fields=",".join(fields), force="true")
    assert {name: table[name].to_pylist() for name in fields} == {name: found[name] for name in fields}
    net = net_of(service, service.store.get_plan(1, today=service.today()))
    alone = [locate_point(service, lon=x, lat=y, crs="WGS84", net=net) for x, y in zip(lon, lat, strict=True)]
    assert [row.note for row in alone] == notes
    assert locate_rows(net, [(x, y, "WGS84") for x, y in zip(lon, lat, strict=True)]) == alone
    batch = pa.RecordBatch.from_pydict({"lon": [*lon, None], "lat": [*lat, None]})
    told = locate_batch(batch, Grids.of(net), Asked(lon="lon", lat="lat", crs="WGS84", lang="en", chain=True))
    assert {name: told.column(name).to_pylist()[:-1] for name in CHAIN} == {name: found[name] for name in CHAIN}
    assert found["special_grid"][-1] == SPECIAL
    said = told.column("note").to_pylist()
    assert [say(row.note, "en", **row.context) if row.note else "" for row in alone] == said[:-1]


def test_with_an_accuracy_the_candidates_stay(client: TestClient) -> None:
    lon, lat = degrees()
    for radius, note in ((20.0, "grids_overlap"), (501.0, "accuracy_too_coarse")):
        one = client.get("/v1/locate", params={"lon": lon[0], "lat": lat[0], "crs": "WGS84", "accuracy_m": radius})
        many = post(client, lon=lon[:1], lat=lat[:1], crs="WGS84", accuracy_m=radius, fields=["note", "candidates"])
        assert one.json()["note"] == many["note"][0] == note
        assert one.json()["context"].get("candidates") == many["candidates"][0]


def test_a_sound_net_is_not_asked(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from geo.locate import GridIndex

    squares = column([square(c, 0) for c in range(3)])
    index = GridIndex.build(squares, ["a", "b", "c"])
    assert not index.overlaps
    assert GridIndex.build(column([*squares, square(0.2, 0.2, 0.1)]), ["a", "b", "c", "d"]).overlaps  # one in another
    net = replace(net_of(service, service.store.get_plan(1, today=service.today())), index=index, base=index)
    monkeypatch.setattr(GridIndex, "claims", None)
    x, y = np.array([WEST + STEP]), np.array([SOUTH + STEP / 3])
    found = locate_batch(
        pa.RecordBatch.from_arrays([pa.array(x), pa.array(y)], names=["lon", "lat"]),
        Grids(index, ("a", "b", "c"), 1),
        Asked(lon="lon", lat="lat", crs="WGS84"),
    )
    assert found.column("grid").to_pylist() == ["a"]
    assert locate_point(service, lon=float(x[0]), lat=float(y[0]), crs="WGS84", net=net).note == ""
