"""Sheets and the pages of grids over HTTP."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

CODE = "990101001001001"


def test_a_sheet_is_a_pdf(client: TestClient) -> None:
    answer = client.get(f"/maps/sheets/{CODE}.pdf")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f"inline; filename*=UTF-8''{CODE}.pdf"
    assert answer.content.startswith(b"%PDF-")
    assert client.get(f"/maps/sheets/{CODE}.pdf?plan=1").content == answer.content
    assert answer.headers["content-language"] == "zh"
    assert answer.headers["vary"].startswith("Accept-Language")


@pytest.mark.parametrize(
    ("path", "status"),
    [("99.pdf", 404), (f"{CODE}.pdf?plan=9", 404), (f"{CODE}.pdf?plan=x", 422), ("9" * 65 + ".pdf", 422)],
)
def test_a_sheet_that_is_not_there(client: TestClient, path: str, status: int) -> None:
    answer = client.get(f"/maps/sheets/{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_page_that_a_code_leads_to(client: TestClient) -> None:
    answer = client.get(f"/maps/grids/{CODE}")
    assert answer.status_code == 200
    for part in (
        CODE,
        "晨光01",
        "测试街道 晨光社区",
        "李梅",
        "250",
        "自 2024-01-01 起生效",
        f"/maps/sheets/{CODE}.pdf",
    ):
        assert part in answer.text, part
    english = client.get(f"/maps/grids/{CODE}", headers={"Accept-Language": "en"})
    assert "In force from 2024-01-01" in english.text


def test_an_old_code_says_that_it_is_gone_and_shows_itself_as_text(client: TestClient) -> None:
    answer = client.get("/maps/grids/%3Cscript%3E%E2%80%AE")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script>" not in answer.text
    assert "&lt;script&gt;⟦U+202E⟧" in answer.text
    assert "没有这个网格" in answer.text
