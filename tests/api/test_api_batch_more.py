"""POST /v1/locate with an accuracy, notes, candidates and micro-grids: what GET says of each point by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.api import create_app
from geo.api.arrow import MEDIA_TYPE
from geo.api.batch_more import DOUBTS_MOST, MICRO_FIELDS, NOTE_FIELDS
from geo.api.batch_read import USUAL
from geo.crs import from_wgs84
from geo.messages import say
from geo.service.chain_columns import CHAIN
from geo.service.keeper import refresh
from geo.service.micro_store import import_micro
from geo.service.plans import publish_plan
from geo.settings import read_settings
from geo.wiring import build_service
from tests.api.conftest import SOUTH, STEP, WEST, drawing, place
from tests.api.test_api_batch import post, post_arrow, stream
from tests.postgis import MIGRATED
from tests.service.test_service_micro_store import HOUSES, TOWER, micro_gpkg

MORE = (*NOTE_FIELDS, *MICRO_FIELDS)
DOORS = st.tuples(st.sampled_from([None, "", "1", "2单元", "9"]), st.sampled_from([None, -1.0, 1.0, 6.0]))
# Places of all kinds: borders, corners, the tower, the houses, outside; with few digits or with many.
NEAR = st.one_of(st.floats(-1, 5), st.sampled_from([0.5, 1.99, 2.0, 2.1]))
PLACES = st.tuples(NEAR, NEAR, st.sampled_from([3, 4, 12]))
RADII = st.sampled_from([None, 0.0, 0.5, 5.0, 30.0, 120.0, 500.0, 501.0])


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A plan with micro-grids from 2025 on."""
    folder: Path = tmp_path_factory.mktemp("more")
    if request.param == "sqlite":
        yield from served(f"sqlite:///{folder / 'geo.db'}", folder)
        return
    with request.getfixturevalue("postgis_server").database(MIGRATED) as url:
        yield from served(url, folder)


def served(url: str, folder: Path) -> Iterator[TestClient]:
    settings = read_settings(database_url=url, lang="zh", actor="tester", index_dir=str(folder / "index"))
    service = build_service(settings, create=True)
    service.store.save_place(place(), actor="tester")
    plan = service.store.save_plan(drawing(), name="first", actor="tester")
    publish_plan(service, plan.id, effective=date(2024, 1, 1), actor="tester")
    import_micro(service, plan.id, str(micro_gpkg(folder, TOWER + HOUSES)), effective=date(2025, 1, 1), actor="tester")
    try:
        with TestClient(create_app(settings, service)) as client:
            refresh(service)
            yield client
    finally:
        service.store.close()


@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    rows=st.lists(st.tuples(PLACES, RADII, DOORS), min_size=1, max_size=12),
    crs=st.sampled_from(["WGS84", "BD-09", "EPSG:4547"]),
    as_of=st.sampled_from([None, "2024-06-01"]),
)
def test_a_batch_says_of_each_point_what_get_says(asked: TestClient, rows: list, crs: str, as_of: str | None) -> None:
    lon = [round(WEST + c * STEP, digits) for (c, _, digits), *_ in rows]
    lat = [round(SOUTH + r * STEP, digits) for (_, r, digits), *_ in rows]
    if crs == "EPSG:4547":
        x, y = from_wgs84(lon, lat, crs=crs)
        digits = [{3: -2, 4: 1, 12: 6}[row[0][2]] for row in rows]
        lon, lat = ([round(float(v), d) for v, d in zip(axis, digits, strict=True)] for axis in (x, y))
        lon[0], lat[0] = lat[0], lon[0]  # outside, for a reason
    radius = [row[1] for row in rows]
    same = {"crs": crs, "force": True, **({"as_of": as_of} if as_of else {})}
    stairwell, floor = [row[2][0] for row in rows], [row[2][1] for row in rows]
    doors = {"stairwell": stairwell, "floor": floor}
    found = post(asked, lon=lon, lat=lat, accuracy_m=radius, fields=[*USUAL, *MORE], **doors, **same)
    columns = {
        "lon": lon, "lat": lat, "accuracy_m": pa.array(radius, pa.float64()),
        "stairwell": pa.array(stairwell, pa.utf8()).dictionary_encode(), "floor": pa.array(floor, pa.float64()),
    }  # fmt: skip
    table = post_arrow(asked, stream(columns, batches=2), fields=",".join(MORE), **same)
    assert {name: table.column(name).to_pylist() for name in MORE} == {name: found[name] for name in MORE}
    for k in range(len(rows)):
        params = {"lon": lon[k], "lat": lat[k], "level": "micro", **same}
        params.pop("force")
        if radius[k] is not None:
            params["accuracy_m"] = radius[k]
        params |= {name: values[k] for name, values in doors.items() if values[k] is not None}
        single = asked.get("/v1/locate", params=params).json()
        assert (found["status"][k], found["grid"][k]) == (single["status"], single["grid"])
        assert (found["note"][k], found["candidates"][k]) == (single["note"], single["context"].get("candidates"))
        told = single["context"].get("accuracy_m")
        assert found["accuracy_m"][k] == (None if told is None else pytest.approx(told, rel=1e-9))
        micro = single["micro"] or {"code": None, "distance_m": None, "note": None}
        assert (found["micro"][k], found["micro_note"][k]) == (micro["code"], micro["note"])
        assert (found["micro_m"][k] is None) == (micro["distance_m"] is None)
        assert found["micro_m"][k] in (None, pytest.approx(micro["distance_m"], abs=1e-6))


def test_who_names_an_accuracy_is_told_what_it_means(asked: TestClient) -> None:
    body = {"crs": "WGS84", "lon": [WEST + 1.99 * STEP] * 2, "lat": [SOUTH + STEP] * 2}
    assert list(post(asked, **body)) == ["plan", "crs", *USUAL, "errors"]
    found = post(asked, **body, accuracy_m=20)
    assert list(found) == ["plan", "crs", *USUAL, "note", "candidates", "errors"]
    assert found["note"] == ["near_border"] * 2
    assert sum(row["probability"] for row in found["candidates"][0]) == pytest.approx(1, abs=0.03)
    # One number for all is for those that have none of their own.
    columns = {"lon": body["lon"], "lat": body["lat"], "accuracy_m": pa.array([None, 600.0])}
    table = post_arrow(asked, stream(columns), accuracy_m=20)
    assert table.column("status").to_pylist() == ["located", "unlocated"]
    assert table.column("note").to_pylist() == ["near_border", "accuracy_too_coarse"]
    assert table.column("candidates").to_pylist() == [found["candidates"][0], None]


def test_a_bad_accuracy_fails_its_row_alone(asked: TestClient) -> None:
    body = {"crs": "WGS84", "lon": [WEST + STEP / 3] * 4, "lat": [SOUTH + STEP / 3] * 4}
    answer = asked.post(
        "/v1/locate?lang=en", json={**body, "accuracy_m": [-1, -0.5, None, 0], "fields": ["grid", "note"]}
    )
    found = answer.json()
    assert [(row["row"], row["code"]) for row in found["errors"]] == [(1, "batch_accuracy"), (2, "batch_accuracy")]
    assert found["errors"][0]["detail"] == say("batch_accuracy", "en", metres=-1.0)
    assert [code is None for code in found["grid"]] == [True, True, False, False]
    assert found["note"] == [None, None, "", ""]
    arrow = stream({"lon": body["lon"], "lat": body["lat"], "accuracy_m": [1.0, np.inf, 1.0, np.nan]})
    assert [text is None for text in post_arrow(asked, arrow).column("error").to_pylist()] == [True, False, True, True]


@pytest.mark.parametrize(
    ("accuracy", "code"),
    [([1, 2], "batch_uneven_accuracy"), (["1"], "request_invalid"), (-1, "request_invalid"), ("x", "request_invalid")],
)
def test_accuracies_of_no_clear_shape_are_refused(asked: TestClient, accuracy: object, code: str) -> None:
    answer = asked.post("/v1/locate", json={"crs": "WGS84", "lon": [WEST], "lat": [SOUTH], "accuracy_m": accuracy})
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_an_arrow_accuracy_has_to_be_a_number(asked: TestClient) -> None:
    body = stream({"lon": [WEST], "lat": [SOUTH], "accuracy_m": ["20"]})
    answer = asked.post("/v1/locate?crs=WGS84", content=body, headers={"Content-Type": MEDIA_TYPE})
    assert (answer.status_code, answer.json()["code"]) == (422, "arrow_column_type")


def test_accuracy_zero_is_exact(asked: TestClient) -> None:
    point = {"lon": 114.002, "lat": 33.002, "crs": "WGS84"}  # so few digits that four grids are possible
    assert asked.get("/v1/locate", params=point).json()["note"] == "coordinate_rounded_near"
    exact = asked.get("/v1/locate", params={**point, "accuracy_m": 0}).json()
    assert (exact["status"], exact["note"], exact["context"]) == ("located", "", {})
    body = {"crs": "WGS84", "lon": [114.002] * 2, "lat": [33.002] * 2}
    found = post(asked, **body, accuracy_m=0)
    assert (found["note"], found["candidates"]) == (["", ""], [None, None])


def test_the_chain_is_that_of_one_point(asked: TestClient) -> None:
    lon, lat = [WEST + 0.5 * STEP, WEST + 3 * STEP, WEST - STEP, 200.0], [SOUTH + STEP / 3] * 4
    body = {"lon": lon, "lat": lat}
    found = post(asked, crs="WGS84", force=True, **body, fields=list(CHAIN))
    table = post_arrow(asked, stream(body), fields=",".join(CHAIN), force="true")
    assert {name: table.column(name).to_pylist() for name in CHAIN} == {name: found[name] for name in CHAIN}
    for k in (0, 1):
        single = asked.get("/v1/locate", params={"lon": lon[k], "lat": lat[k], "crs": "WGS84"}).json()
        told = {level["level"]: level for level in single["levels"]}
        for level in ("district", "street", "community"):
            assert (found[level][k], found[f"{level}_name"][k]) == (told[level]["code"], told[level]["name"])
        assert (found["base_grid"][k], found["special_grid"][k]) == (told["base"]["code"], None)
    assert all(found[name][2:] == [None, None] for name in CHAIN)
    assert found["errors"][0]["row"] == 4


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"stairwell": ["1"]}, "batch_micro_not_asked"),
        ({"floor": [1], "fields": ["grid"]}, "batch_micro_not_asked"),
        ({"stairwell": ["1", "2"], "fields": ["micro"]}, "batch_uneven_column"),
        ({"floor": [], "fields": ["micro"]}, "batch_uneven_column"),
        ({"floor": ["1"], "fields": ["micro"]}, "request_invalid"),
        ({"floor": 1, "fields": ["micro"]}, "request_invalid"),
        ({"stairwell": "1", "fields": ["micro"]}, "request_invalid"),
        ({"stairwell": [True], "fields": ["micro"]}, "request_invalid"),
        ({"stairwell": ["1" * 41], "fields": ["micro"]}, "request_invalid"),
    ],
)
def test_stairwells_and_floors_of_no_clear_shape_are_refused(
    asked: TestClient, more: dict[str, object], code: str
) -> None:
    answer = asked.post("/v1/locate", json={"crs": "WGS84", "lon": [WEST], "lat": [SOUTH], **more})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    name = "stairwell" if "stairwell" in more else "floor"
    assert name in answer.json()["detail"]


def test_a_floor_without_end_fails_its_row_alone(asked: TestClient) -> None:
    body = {"lon": [WEST + 0.5 * STEP] * 2, "lat": [SOUTH + 0.5 * STEP] * 2}
    sent = '{"crs":"WGS84","lon":%s,"lat":%s,"floor":[1e400,6],"stairwell":[2,2],"fields":["micro"]}'
    found = asked.post("/v1/locate", content=sent % (body["lon"], body["lat"])).json()
    assert [(row["row"], row["code"]) for row in found["errors"]] == [(1, "batch_floor")]
    assert (found["micro"][0], found["micro"][1] is None) == (None, False)
    arrow = stream({**body, "floor": [np.inf, 6.0], "stairwell": [2, 2]})
    assert post_arrow(asked, arrow, fields="micro").column("micro").to_pylist() == found["micro"]
    # Who asks for no micro-grid may send such columns along for reasons of his own.
    other = stream({**body, "floor": ["first"] * 2})
    assert post_arrow(asked, other).column("status").to_pylist() == ["located"] * 2
    wrong = stream({**body, "stairwell": [1.5] * 2})
    refused = asked.post("/v1/locate?crs=WGS84&fields=micro", content=wrong, headers={"Content-Type": MEDIA_TYPE})
    assert (refused.status_code, refused.json()["code"]) == (422, "arrow_stairwell_type")


def test_so_many_notes_are_too_many(asked: TestClient) -> None:
    values = np.full(DOUBTS_MOST + 1, 33.0)
    headers = {"Content-Type": MEDIA_TYPE, "Accept-Language": "en"}
    body = stream({"lon": values, "lat": values})
    answer = asked.post("/v1/locate?crs=WGS84&fields=grid,note", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "batch_notes_too_many")
    for number in (DOUBTS_MOST, DOUBTS_MOST + 1):
        assert f"{number:,}" in answer.json()["detail"]


@pytest.mark.parametrize("count", [0, 1])
def test_hardly_any_points(asked: TestClient, count: int) -> None:
    lon, lat = [WEST + 0.5 * STEP] * count, [SOUTH + 0.5 * STEP] * count
    found = post(asked, crs="WGS84", lon=lon, lat=lat, accuracy_m=[None] * count, fields=list(MORE))
    assert [found[name] for name in ("note", "micro", "micro_note")] == [
        [value] * count for value in ("", None, "micro_several")
    ]
    body = stream({"lon": pa.array(lon, pa.float64()), "lat": pa.array(lat, pa.float64())})
    table = post_arrow(asked, body, fields=",".join(MORE))
    assert {name: table.column(name).to_pylist() for name in MORE} == {name: found[name] for name in MORE}
