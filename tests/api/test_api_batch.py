"""POST /v1/locate in every form: one answer a row, the same as for single points, and refusals that say what to do."""

from __future__ import annotations

import struct

import numpy as np
import orjson
import pyarrow as pa
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.api.arrow import MEDIA_TYPE, read_points
from geo.api.batch_read import ARROW_POINTS_MOST, JSON_POINTS_MOST, PLAIN, USUAL
from geo.api.problems import ARROW_MOST_MB
from geo.errors import GeoError
from geo.messages import say
from tests.api.conftest import SOUTH, STEP, WEST

CODE = "99010100100100"
WORDS = pa.array(["a"]).dictionary_encode()
NEAR = st.floats(-1, 5)
ODD = st.sampled_from([None, 0.0, 33.0, 114.0, 181.0, -91.0, 1e308, 2**70, 7])
ROWS = st.lists(
    st.one_of(
        st.tuples(NEAR.map(lambda c: WEST + c * STEP), NEAR.map(lambda r: SOUTH + r * STEP)), st.tuples(ODD, ODD)
    ),
    max_size=20,
)


def stream(columns: dict[str, object], batches: int = 1, **options: object) -> bytes:
    table = pa.table(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        size = max(1, -(-len(table) // batches))
        for part in table.to_batches(max_chunksize=size):
            writer.write_batch(part)
    return sink.getvalue().to_pybytes()


def post_arrow(client: TestClient, body: bytes, **params: object) -> pa.Table:
    answer = client.post(
        "/v1/locate", params={"crs": "WGS84", **params}, content=body, headers={"Content-Type": MEDIA_TYPE}
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    return pa.ipc.open_stream(answer.content).read_all()


def post(client: TestClient, **body: object) -> dict:
    answer = client.post("/v1/locate", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(rows=ROWS, crs=st.sampled_from(["WGS84", "GCJ-02", "EPSG:4547"]))
def test_every_form_gives_what_single_points_give(client: TestClient, rows: list, crs: str) -> None:
    lon, lat = [row[0] for row in rows], [row[1] for row in rows]
    same = {"crs": crs, "fields": list(PLAIN), "force": True}
    by_columns = post(client, lon=lon, lat=lat, **same)
    assert post(client, points=[list(row) for row in rows], **same) == by_columns
    floats = [[None if v is None else float(v) for v in axis] for axis in (lon, lat)]
    body = stream({"lon": pa.array(floats[0], pa.float64()), "lat": pa.array(floats[1], pa.float64())}, batches=3)
    table = post_arrow(client, body, crs=crs, fields=",".join(PLAIN), force=True)
    assert {name: table.column(name).to_pylist() for name in PLAIN} == {name: by_columns[name] for name in PLAIN}
    bad = {error["row"]: error for error in by_columns["errors"]}
    for k, (x, y) in enumerate(rows):
        if x is None or y is None:
            assert bad[k + 1]["code"] == "point_missing"
            assert table.column("error")[k].as_py() == bad[k + 1]["detail"]
            continue
        single = client.get("/v1/locate", params={"lon": x, "lat": y, "crs": crs})
        if single.status_code == 422:
            assert bad[k + 1]["code"] == single.json()["code"]
            assert by_columns["status"][k] == "error"
            assert table.column("error")[k].as_py() == single.json()["detail"]
            continue
        expected = single.json()
        assert table.column("error")[k].as_py() is None
        for name in PLAIN:
            want = expected[name]
            close = pytest.approx(want, rel=1e-12, abs=1e-9) if isinstance(want, float) else want
            assert by_columns[name][k] == close, name


def test_fields_are_the_usual_ones_unless_named(client: TestClient) -> None:
    body = {"crs": "WGS84", "lon": [WEST], "lat": [SOUTH]}
    assert list(post(client, **body)) == ["plan", "crs", *USUAL, "errors"]
    assert list(post(client, **body, fields=["border_m"])) == ["plan", "crs", "border_m", "errors"]
    arrow = stream({"lon": [WEST], "lat": [SOUTH], "name": ["a"]})
    assert post_arrow(client, arrow).column_names == [*USUAL, "error"]
    table = post_arrow(client, arrow, fields="grid, border_m")
    assert table.column_names == ["grid", "border_m", "error"]
    assert table.schema.metadata == {b"plan": b"1", b"crs": b"WGS84"}
    answer = client.post("/v1/locate", json={**body, "fields": ["colour"]})
    assert answer.json()["code"] == "batch_field_unknown"


def test_the_answer_is_in_kind_unless_accept_says_otherwise(client: TestClient) -> None:
    body = {"crs": "WGS84", "lon": [WEST + STEP], "lat": [SOUTH + STEP]}
    answer = client.post("/v1/locate", json=body, headers={"Accept": MEDIA_TYPE})
    assert pa.ipc.open_stream(answer.content).read_all().column("grid").to_pylist() == [CODE + "1"]
    headers = {"Content-Type": MEDIA_TYPE, "Accept": "application/json"}
    answer = client.post(
        "/v1/locate", params={"crs": "WGS84"}, content=stream({"lon": [WEST], "lat": [SOUTH]}), headers=headers
    )
    assert answer.json()["grid"] == [CODE + "1"]
    answer = client.post("/v1/locate", content=b"lon,lat", headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.json()["code"]) == (415, "http_415")


@pytest.mark.parametrize("count", [0, 1, 29, 5_000])
def test_any_number_of_points(client: TestClient, count: int) -> None:
    rng = np.random.default_rng(count)
    lon, lat = WEST + rng.uniform(0, 4, count) * STEP, SOUTH + rng.uniform(0, 4, count) * STEP
    expected = [
        f"{CODE}{1 + int(x >= 2) + 2 * int(y >= 2)}"
        for x, y in zip((lon - WEST) / STEP, (lat - SOUTH) / STEP, strict=True)
    ]
    assert post(client, crs="WGS84", lon=lon.tolist(), lat=lat.tolist())["grid"] == expected
    assert post_arrow(client, stream({"lon": lon, "lat": lat}, batches=7)).column("grid").to_pylist() == expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"crs": "WGS84", "lon": [NaN], "lat": [1]}',
        b'{"crs": "WGS84", "lon": ["1"], "lat": [1]}',
        b'{"crs": "WGS84", "lon": [[1]], "lat": [1]}',
        b'{"crs": "WGS84", "lon": [true], "lat": [1]}',
        b'{"crs": "WGS84", "points": [[1, false]]}',
        b'{"crs": "WGS84", "lon": {"a": 1}, "lat": [1]}',
        b'{"crs": "WGS84", "points": [[1, 2, 3], [4]]}',
        b'{"crs": "WGS84", "points": [[1, 2], "34"]}',
        b'{"crs": "WGS84", "points": 7}',
        b'{"crs": "", "points": [[1, 2]]}',
        b'{"crs": "WGS84", "points": [[1, 2]], "colour": 1}',
        b'{"crs": "WGS84", "points": [[1, 2]], "as_of": "yesterday"}',
    ],
)
def test_json_of_no_clear_shape_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post("/v1/locate", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("columns", "options", "code"),
    [
        ({"lon": [1.0]}, {}, "arrow_column"),
        ({"lon": ["1"], "lat": [2.0]}, {}, "arrow_column_type"),
        ({"lon": [1.0], "lat": [2.0]}, {"compression": "zstd"}, "arrow_compressed"),
        ({"lon": [1.0], "lat": [2.0], "kind": WORDS}, {"compression": "lz4"}, "arrow_compressed"),
    ],
)
def test_arrow_of_no_clear_shape_is_refused(client: TestClient, columns: dict, options: dict, code: str) -> None:
    answer = client.post(
        "/v1/locate?crs=WGS84", content=stream(columns, **options), headers={"Content-Type": MEDIA_TYPE}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_streams_never_end_the_process(data: st.DataObject) -> None:
    body = bytearray(stream({"lon": np.arange(50.0), "lat": np.arange(50.0)}, batches=2))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 8))
        body[at : at + 8] = data.draw(
            st.one_of(
                st.binary(min_size=8, max_size=8), st.integers(-(2**63), 2**63 - 1).map(lambda v: struct.pack("<q", v))
            )
        )
    cut = data.draw(st.integers(0, len(body)))
    for damaged in (bytes(body), bytes(body[:cut])):
        try:
            columns = read_points(damaged)
        except GeoError:
            continue
        lon = columns["lon"]
        assert len(lon) == len(columns["lat"])
        assert len(lon.tobytes()) == 8 * len(lon)  # every byte can be read; to add them up would warn of signalling NaN


def test_numbers_of_any_kind_and_dictionaries_beside_them(client: TestClient) -> None:
    columns = {
        "lon": pa.array([114, None], pa.int32()),
        "lat": pa.array([33.0, 33.0], pa.float32()),
        "kind": pa.array(["a", "b"]).dictionary_encode(),
    }
    table = post_arrow(client, stream(columns))
    assert table.column("grid").to_pylist() == [CODE + "1", None]
    assert table.column("status").to_pylist() == ["located", "error"]


def test_a_number_that_no_float_holds_is_a_bad_row_not_a_bad_body(client: TestClient) -> None:
    table = post_arrow(client, stream({"lon": [2**62 + 1, 114], "lat": [33, 33]}))
    assert table.column("status").to_pylist() == ["error", "located"]


def test_an_arrow_file_is_told_from_a_stream(client: TestClient) -> None:
    sink = pa.BufferOutputStream()
    table = pa.table({"lon": [114.0], "lat": [33.0]})
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    answer = client.post("/v1/locate?crs=WGS84", content=bytes(sink.getvalue()), headers={"Content-Type": MEDIA_TYPE})
    assert (answer.status_code, answer.json()["code"]) == (422, "arrow_file")


@pytest.mark.parametrize("form", ["columns", "pairs", "arrow"])
def test_limits_are_stated(client: TestClient, form: str) -> None:
    most = ARROW_POINTS_MOST if form == "arrow" else JSON_POINTS_MOST
    values = np.full(most + 1, 33.0)
    headers = {"Content-Type": MEDIA_TYPE if form == "arrow" else "application/json", "Accept-Language": "en"}
    body = {"crs": "WGS84", "lon": values.tolist(), "lat": values.tolist()} if form != "arrow" else {}
    if form == "pairs":
        body = {"crs": "WGS84", "points": np.column_stack((values, values)).tolist()}
    content = stream({"lon": values, "lat": values}) if form == "arrow" else orjson.dumps(body)
    answer = client.post("/v1/locate", params={"crs": "WGS84"}, content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "batch_too_large")
    for number in (JSON_POINTS_MOST if form != "arrow" else ARROW_POINTS_MOST, ARROW_POINTS_MOST, most + 1):
        assert f"{number:,}" in answer.json()["detail"]


def test_an_arrow_body_may_be_larger_than_a_json_one(client: TestClient) -> None:
    headers = {
        "Content-Type": MEDIA_TYPE,
        "Accept-Language": "en",
        "Content-Length": str(ARROW_MOST_MB * 1_000_000 + 1),
    }
    answer = client.post("/v1/locate?crs=WGS84", content=b"", headers=headers)
    assert answer.status_code == 413
    assert f"{ARROW_MOST_MB} MB" in answer.json()["detail"]
    wide = stream({"lon": [WEST], "lat": [SOUTH], "text": ["x" * 20_000_000]})
    assert post_arrow(client, wide).column("grid").to_pylist() == [CODE + "1"]


def test_a_null_pair_is_a_row_without_a_coordinate(client: TestClient) -> None:
    inside = [WEST + STEP / 3, SOUTH + STEP / 3]
    found = post(client, points=[inside, None, [None, 33.0], inside], crs="WGS84", force=True)
    assert found["status"] == ["located", "error", "error", "located"]
    assert [(error["row"], error["code"]) for error in found["errors"]] == [(2, "point_missing"), (3, "point_missing")]


def test_a_request_without_a_system_is_told_which_there_are(client: TestClient) -> None:
    body = stream({"lon": [114.0], "lat": [33.0]})
    answers = [
        client.get("/v1/locate?lon=114&lat=33&lang=en"),
        client.get("/v1/locate?lon=114&lat=33&crs=&lang=en"),
        client.post("/v1/locate?lang=en", json={"lon": [114.0], "lat": [33.0]}),
        client.post("/v1/locate?lang=en", content=body, headers={"Content-Type": MEDIA_TYPE}),
    ]
    for answer in answers:
        assert answer.status_code == 422
        assert (answer.json()["code"], answer.json()["detail"]) == ("crs_required", say("crs_required", "en"))
    several = client.get("/v1/locate?lon=abc&lat=33&lang=en").json()
    assert several["code"] == "request_invalid"
    assert say("crs_required", "en") in [error["what"] for error in several["errors"]]
