"""The page /docs: every operation of the interface for people, in both languages, on both sizes of screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from geo.api import create_app
from geo.maps import assets
from geo.maps.interface import interface_page
from geo.settings import read_settings
from geo.wiring import build_service
from tests.maps.editing import accessible


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = read_settings(database_url=f"sqlite:///{tmp_path_factory.mktemp('docs') / 'geo.db'}", lang="zh")
    service = build_service(settings, create=True)
    try:
        yield TestClient(create_app(settings, service))
    finally:
        service.store.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_operation_and_field_is_told(client: TestClient, lang: str) -> None:
    answer = client.get("/docs", params={"lang": lang})
    assert (answer.status_code, answer.headers["content-language"]) == (200, lang)
    document = client.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert f"{method.upper()} {path}" in answer.text
            for part in operation.get("parameters", ()):
                assert f"<code>{part['name']}</code>" in answer.text
    for name in ("accuracy_m", "candidates", "micro_note", "candidates[].probability"):
        assert f"<code>{name}</code>" in answer.text
    assert ("必填" in answer.text) == (lang == "zh")


def test_hostile_and_circular_documents() -> None:
    bad = '<img src=x onerror=alert(1)>"'
    tree = {"type": "object", "description": bad, "properties": {bad: {"$ref": "#/x/T"}, "k": {"enum": [bad]}}}
    answer = {"200": {"content": {bad: {"schema": {"type": "array", "items": {"$ref": "#/x/T"}}}}}}
    operation = {
        "description": bad,
        "operationId": bad,
        "parameters": [{"name": bad, "schema": {"type": "string", "maxLength": 3, "default": bad}}],
        "responses": answer,
    }
    page = interface_page({"paths": {f"/{bad}": {"get": operation}}, "x": {"T": tree}}, "en")
    assert "<img" not in page
    assert "≤ 3" in page


@pytest.mark.browser
def test_anybody_can_read_it(chromium: Any, client: TestClient) -> None:
    axe: Path = assets.ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed (npm ci)")
    for lang, width in (("zh", 390), ("en", 1400)):
        page = chromium.new_page(viewport={"width": width, "height": 900})
        try:
            page.set_content(client.get("/docs", params={"lang": lang}).text)
            page.evaluate("document.querySelectorAll('details').forEach((d, k) => { d.open = k < 6; })")
            page.evaluate(axe.read_text(encoding="utf-8"))
            accessible(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        finally:
            page.close()
