"""What does not fit the interface is refused in the reader's language, with the field, the value and what to do."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from geo.api.faults import place_of, sentence_of
from geo.messages import catalogue, say

JSON = {"Content-Type": "application/json"}
POINT = "/v1/locate?crs=WGS84&lon=114&lat=33"


class Every(BaseModel):
    """A field for each kind of fault."""

    model_config = ConfigDict(extra="forbid")
    number: Annotated[float, Field(gt=0, lt=9, allow_inf_nan=False)] = 1.0
    whole: Annotated[int, Field(ge=1, le=8)] = 1
    truth: bool = True
    text: Annotated[str, Field(min_length=2, max_length=4)] = "abc"
    code: Annotated[str, Field(pattern="^[0-9]+$")] = "1"
    choice: Literal["grid", "micro"] = "grid"
    items: Annotated[list[int], Field(min_length=1, max_length=2)] = [1]
    day: date = date(2024, 1, 1)
    moment: datetime = datetime(2024, 1, 1)
    inner: dict[str, int] = {}


def faults_of(given: Any) -> list[Any]:
    try:
        Every.model_validate(given)
    except ValidationError as error:
        return list(error.errors(include_url=False))
    return []


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("number", "x", '值是 "x"，须为数字'),
        ("number", None, "值是 null，须为数字"),
        ("number", float("inf"), "值是 inf，须为有限的数"),
        ("number", 0, "值是 0，须大于 0"),
        ("number", 9.5, "值是 9.5，须小于 9"),
        ("whole", 1.5, "值是 1.5，须为整数"),
        ("whole", "1,5", '值是 "1,5"，须为整数'),
        ("whole", 0, "值是 0，须不小于 1"),
        pytest.param("whole", 10**5000, "值是 0x", id="whole-long"),
        ("truth", "ja", '值是 "ja"，须为 true 或 false'),
        ("text", False, "值是 false，须为文字"),
        ("text", "a", "有 1 个字符，至少要 2 个"),
        ("text", "a" * 2000, "有 2,000 个字符，至多 4 个"),
        ("text", "a\ud800", "须为文字"),
        ("code", "a", "须合乎正则表达式 ^[0-9]+$"),
        ("choice", "cell", "值是 \"cell\"，只能是其中之一：'grid'、'micro'"),
        ("items", "1", "须为列表"),
        ("items", [], "有 0 项，至少要 1 项"),
        ("items", [1, 2, 3], "有 3 项，至多 2 项"),
        ("day", "yesterday", "须为日期，写成 2026-01-31"),
        ("day", [1], "值是 […]，须为日期"),
        ("moment", "noon", "须为日期和时刻"),
        ("inner", 3, "须为 JSON 对象（{…}）"),
        ("other", 3, "这里没有这个字段"),
    ],
)
def test_every_usual_fault_has_a_sentence(field: str, value: Any, says: str) -> None:
    (fault,) = faults_of({field: value})
    assert place_of(fault) == field
    assert says in sentence_of(fault, "zh")
    assert not re.search("Input|should|valid|Field", sentence_of(fault, "zh"))
    assert not re.search("[\u4e00-\u9fff]", sentence_of(fault, "en"))
    assert sentence_of(fault, "en") != fault["msg"]
    for lang in ("zh", "en"):
        assert sentence_of(fault, lang).encode("utf-8")  # a half of a pair of surrogates is written as its number
        assert len(sentence_of(fault, lang)) < 160
        assert sentence_of(fault, lang)[-1] not in "。."
        assert say("fault_other", lang, value="").rsplit(",", 1)[-1] not in sentence_of(fault, lang)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(list(Every.model_fields)) | st.text(), ANY, max_size=4) | ANY)
def test_whatever_is_sent_a_refusal_can_be_written(given: Any) -> None:
    for fault in faults_of(given):
        for lang in ("zh", "en"):
            said = f"{place_of(fault)} {sentence_of(fault, lang)}"
            assert said.encode("utf-8")
            assert said.isprintable()


@pytest.mark.parametrize(
    ("path", "where", "says"),
    [
        ("/v1/locate?crs=WGS84&lon=114", "query.lat", "没有给出，而这一项必填"),
        ("/v1/locate?crs=WGS84&lon=114&lat=x", "query.lat", '值是 "x"，须为数字'),
        (f"{POINT}&level=house", "query.level", "只能是其中之一：'grid'、'micro'"),
        (f"{POINT}&accuracy_m=-1", "query.accuracy_m", "不小于 0"),
        ("/v1/issues?limit=x", "query.limit", "须为整数"),
        pytest.param(f"{POINT}&text=13812345678{'x' * 10_000}", "query.text", "个字符，至多 10,000 个", id="long"),
    ],
)
def test_refusals_are_in_the_readers_language(client: TestClient, path: str, where: str, says: str) -> None:
    chinese = client.get(path).json()
    assert (chinese["code"], chinese["errors"][0]["where"]) == ("request_invalid", where)
    assert says in chinese["errors"][0]["what"]
    assert says in chinese["detail"]
    assert "13812345678" not in chinese["detail"]
    english = client.get(f"{path}&lang=en").json()
    assert not re.search("[\u4e00-\u9fff]", english["detail"])


@pytest.mark.parametrize("path", ["/v1/locate", "/v1/issues", "/v1/geocode"])
def test_a_body_that_is_no_json_is_told_where(client: TestClient, path: str) -> None:
    body = '{"晨光":\n [1, 2}'.encode()
    answer = client.post(path, content=body, headers=JSON)
    assert answer.status_code == 422
    (fault,) = answer.json()["errors"]
    assert fault["where"] == "body"
    place = say("fault_json_line", "zh", line=2, column=7) if path == "/v1/geocode" else say("fault_json", "zh", at=14)
    assert fault["what"] == place


@pytest.mark.parametrize("path", ["/v1/locate", "/v1/issues", "/v1/geocode"])
def test_a_body_of_no_encoding_is_told_in_chinese(client: TestClient, path: str) -> None:
    answer = client.post(path, content=b'{"a":"\xff\xfe"}', headers=JSON)
    assert answer.status_code in (400, 422)
    assert "UTF-8" in answer.json()["detail"]
    assert "parsing" not in answer.json()["detail"]


def test_a_system_that_is_missing_beside_other_faults_ends_in_one_stop(client: TestClient) -> None:
    detail = client.post("/v1/locate", json={"points": [], "as_of": 5}).json()["detail"]
    assert "。。" not in detail
    assert catalogue()["crs_required"]["zh"].rstrip("。") in detail
