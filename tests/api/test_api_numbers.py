"""Numbers and texts of JSON batches without an object for each: what the general reader gives, to the last bit."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import orjson
import pytest
from fastapi.exceptions import RequestValidationError
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from geo.api.batch import warm_up
from geo.api.batch_read import _coordinates, read_json
from geo.api.joined import cells_of, joined
from geo.api.json_points import read_lists
from geo.errors import GeoError
from tests.api.conftest import SOUTH, STEP, WEST

DIGITS = st.text("0123456789", min_size=1, max_size=20)
WHOLE = st.one_of(st.just("0"), st.integers(1, 10**19).map(str))
NUMBER = st.one_of(
    st.floats(-180, 180).map(repr),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.builds("".join, st.tuples(st.sampled_from(["", "-"]), WHOLE, st.sampled_from(["", "."]).flatmap(
        lambda dot: DIGITS.map(lambda digits: dot + digits) if dot else st.just("")
    ), st.sampled_from(["", "e5", "E-12", "e+22", "e-27", "e-40", "e0007", "e"]))),
)  # fmt: skip
# Halfway between two doubles, where the rule of the even last bit decides, and right beside.
MIDDLE = st.builds(
    lambda mantissa, more: str((2 * mantissa + 1) * 5 + more) + "e-1",
    st.integers(2**52, 2**53 - 1),
    st.integers(-1, 1),
)
BLANK = st.sampled_from(["", "", " ", "\n\t", "\r "])
VALUE = st.one_of(
    NUMBER,
    st.sampled_from(["null", "true", '"113"', "[1,2]", "[null,3]", "{}", "nul", "nulll", "NaN", "-", "01", "1."]),
)


def same_bits(found: np.ndarray, wanted: np.ndarray) -> bool:
    missing = np.isnan(wanted)
    return bool((np.isnan(found) == missing).all()) and found[~missing].tobytes() == wanted[~missing].tobytes()


def numbers_of(texts: list[str]) -> np.ndarray | None:
    lists = read_lists(b'{"lon":[' + ",".join(texts).encode() + b'],"lat":[]}', len(texts))
    return None if lists is None else lists.lon


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """What compiles within a test is measured as slow by hypothesis."""
    warm_up()
    joined(cells_of(["a"]), np.zeros(1, dtype=np.int64))


@given(texts=st.lists(st.one_of(st.floats(-180, 180).map(repr), MIDDLE, st.integers(-(10**17), 10**17).map(str))))
def test_usual_numbers_are_read_here_and_rounded_exactly(texts: list[str]) -> None:
    tiny = [abs(Fraction(text)) < 1e-9 and Fraction(text) != 0 for text in texts]  # those may be left to others
    texts = [text for text, small in zip(texts, tiny, strict=True) if not small]
    found = numbers_of(texts)
    assert found is not None
    assert same_bits(found, np.array([float(orjson.loads(text)) for text in texts]))


@given(text=NUMBER)
def test_any_number_is_read_exactly_or_left_to_others(text: str) -> None:
    found = numbers_of([text])
    if found is not None:
        assert same_bits(found, np.array([float(orjson.loads(text))]))  # and it is JSON


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Objects with lists of points, in every order, with blanks, twice, with escapes, and with faults."""

    def listed(values: list[str]) -> str:
        blank = draw(BLANK)
        return "[" + blank + f"{blank},{blank}".join(values) + blank + "]"

    number = st.one_of(NUMBER, st.just("null"))
    axis = st.lists(st.one_of(number, number, number, VALUE), max_size=4).map(listed)
    pair = st.one_of(st.tuples(number, number).map(lambda two: listed(list(two))), VALUE)
    pairs = st.lists(pair, max_size=4).map(listed)
    other = st.sampled_from(['"a]b,\\"lon\\":[1]"', "7", "[[],{}]", '{"lon":[1,2]}', '"\\\\"', "tru", '"'])
    entry = st.one_of(
        st.tuples(st.sampled_from(["lon", "lat"]), axis),
        st.tuples(st.just("points"), pairs),
        st.tuples(st.sampled_from(["crs", "l\\u006fn", "lo", "lonn", "", "\\"]), st.one_of(axis, other)),
    )
    entries = draw(st.one_of(
        st.lists(entry, max_size=4),
        st.tuples(st.tuples(st.just("lon"), axis), st.tuples(st.just("lat"), axis), entry).map(list),
        st.tuples(st.tuples(st.just("crs"), other), st.tuples(st.just("points"), pairs)).map(list),
    ))  # fmt: skip
    blank = draw(BLANK)
    inner = f"{blank},{blank}".join(f'"{name}"{blank}:{blank}{value}' for name, value in entries)
    text = draw(BLANK) + "{" + blank + inner + blank + "}" + draw(BLANK)
    cut = draw(st.one_of(st.just(len(text)), st.integers(0, len(text))))
    return text[:cut].encode() + draw(st.sampled_from([b"", b"", b"}", b"\0", b'"', b"\\", b"}}"]))


@given(body=bodies())
def test_lists_are_those_that_the_general_reader_finds(body: bytes) -> None:
    lists = read_lists(body, 50)
    if lists is None:
        return
    try:
        rest = orjson.loads(lists.rest)
    except orjson.JSONDecodeError:
        with pytest.raises(orjson.JSONDecodeError):
            orjson.loads(body)
        return
    whole = orjson.loads(body)
    assert rest == {key: rest.get(key) if key in ("lon", "lat", "points") else value for key, value in whole.items()}
    if any(rest.get(name) is not None for name in ("lon", "lat", "points")):
        return  # the reader of batches asks the general one then
    lon, lat = _coordinates(whole)
    assert same_bits(lists.lon, lon)
    assert same_bits(lists.lat, lat)


@given(body=st.binary(max_size=40).map(lambda noise: b'{"crs":"WGS84","points":[[1,2],' + noise + b"]}"))
def test_noise_is_refused_or_read(body: bytes) -> None:
    try:
        asked = read_json(body)
    except (RequestValidationError, GeoError):
        return
    assert len(asked.x) == len(orjson.loads(body)["points"])


def test_a_name_in_escapes_is_still_a_name() -> None:
    asked = read_json(b'{"crs":"WGS84","lat":[2],"lon":[3],"l\\u006fn":[1]}')
    assert (asked.x.tolist(), asked.y.tolist()) == ([1.0], [2.0])


@given(
    texts=st.lists(st.one_of(st.none(), st.text(max_size=20)), min_size=1, max_size=5),
    index=st.lists(st.integers(-1, 4), max_size=30),
    kind=st.sampled_from([np.int32, np.int64]),
)
def test_cells_are_joined_as_a_list_is_written(texts: list[str | None], index: list[int], kind: type) -> None:
    chosen = [k if k < len(texts) else -1 for k in index]
    wanted = orjson.dumps([texts[k] for k in chosen])[1:-1]
    assert bytes(joined(cells_of(texts), np.array(chosen, dtype=kind))) == wanted


def test_an_answer_has_no_blanks_between_values(client: TestClient) -> None:
    body = {"crs": "WGS84", "lon": [WEST + STEP, 0.5, None], "lat": [SOUTH + STEP, 0.5, 33.0]}
    text = client.post("/v1/locate", json={**body, "fields": ["grid", "grid_name", "status"], "force": True}).text
    assert text == json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
