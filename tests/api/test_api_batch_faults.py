"""Bodies of POST /v1/locate that are bad in one place: only rows that are bad fail, and none is lost in silence."""

from __future__ import annotations

import numpy as np
import pytest
from fastapi.testclient import TestClient

from geo.api.arrow import MEDIA_TYPE, read_points
from geo.errors import GeoError
from tests.api.test_api_batch import stream

HUGE = ["1e400", "-1e999", "9" * 400, "1" + "0" * 5000 + ".5"]


@pytest.mark.parametrize("huge", HUGE, ids=["power", "negative", "digits", "both"])
@pytest.mark.parametrize("form", ["columns", "pairs"])
def test_a_number_beyond_any_float_is_a_bad_row_in_json_too(client: TestClient, form: str, huge: str) -> None:
    rows = [("114.0001", "33.0001"), (huge, "33"), ("null", huge), ("114.0001", huge)]
    lists = {"points": "[" + ",".join(f"[{x},{y}]" for x, y in rows) + "]"}
    if form == "columns":
        lists = {name: f"[{','.join(row[k] for row in rows)}]" for k, name in enumerate(("lon", "lat"))}
    body = "{" + "".join(f'"{name}":{text},' for name, text in lists.items()) + '"crs":"WGS84"}'
    answer = client.post("/v1/locate", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["status"] == ["located", "error", "error", "error"]
    codes = ["coordinate_not_finite", "point_missing", "coordinate_not_finite"]
    assert [(row["row"], row["code"]) for row in found["errors"]] == [(k + 2, code) for k, code in enumerate(codes)]


@pytest.mark.parametrize(
    "body",
    [
        b'{"crs":"WGS84","lon":[1e400],"lat":[NaN]}',
        b'{"crs":"WGS84","lon":[1e400],"lat":[Infinity]}',
        b'{"crs":"WGS84","lon":[1e400],"lat":[33],"force":1e400}',
        b'{"crs":"WGS84","lon":[1e400],"lat":[33],"accuracy_m":1e400}',
        b'{"crs":"\\ud800","lon":[1e400],"lat":[33]}',
        b'{"crs":"WGS84","lon":[1e400],"lat":[33],"x":' + b"[" * 100_000,
        b'{"crs":"WGS84","lon":[1e400],"lat":[33],"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"crs":"WGS84","lon":[1e400],"lat":[33',
        b'{"crs":"WGS84","lon":[1e400],"lat":["\xff"]}',
    ],
)
def test_beside_such_a_number_all_else_must_be_json(client: TestClient, body: bytes) -> None:
    answer = client.post("/v1/locate", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


@pytest.mark.parametrize("legacy", [False, True])
def test_a_stream_that_breaks_off_is_refused_wherever_it_does(client: TestClient, *, legacy: bool) -> None:
    """Between two batches too, where it reads like a whole one, and with columns whose last bytes look like an end."""
    columns = {"lon": np.full(6, 114.0), "lat": np.full(6, 33.0), "ends": np.full(6, 0xFFFFFFFF)}
    whole = stream(columns, batches=3, use_legacy_format=legacy)
    assert len(read_points(whole)["lon"]) == 6
    codes = {}
    for cut in range(len(whole)):
        with pytest.raises(GeoError) as refused:
            read_points(whole[:cut])
        codes[refused.value.code] = cut
    assert set(codes) == {"arrow_cut", "arrow_unreadable"}
    answer = client.post(
        "/v1/locate?crs=WGS84", content=whole[: codes["arrow_cut"]], headers={"Content-Type": MEDIA_TYPE}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "arrow_cut")
    with pytest.raises(GeoError) as refused:
        read_points(whole + whole)
    assert (refused.value.code, refused.value.context) == ("arrow_after_end", {"more": len(whole)})
