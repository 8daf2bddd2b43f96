"""Settings of a base map from elsewhere: what cannot be drawn right, and what is no address, is refused by name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from geo.api import create_app
from geo.api.middleware import content_security_policy
from geo.errors import InvalidInput
from geo.model import TileMap
from geo.service.basemaps import TIANDITU, read_tile_map
from geo.settings import read_settings
from geo.wiring import build_service

XYZ = "https://tiles.example.cn/{z}/{x}/{y}.png"
WMTS = "https://gis.example.cn/wmts?REQUEST=GetTile&LAYER=a&TILEMATRIXSET={set}&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"


def read(sources: str, **more: str) -> TileMap:
    made = read_tile_map(sources, **more)
    assert made is not None
    return made


def test_nothing_set_is_no_base_map() -> None:
    assert read_tile_map("  \n ") is None
    assert read_settings().tile_map() is None


def test_tianditu_needs_a_key_only() -> None:
    made = read("tianditu:vec TIANDITU:cva", key=" 1234 ")
    for layer, source in zip(("vec", "cva"), made.sources, strict=True):
        assert f"/{layer}_w/wmts?" in source.url
        assert source.url.endswith("&tk={key}")
        assert source.subdomains == tuple("01234567")
        assert (source.degrees, source.shift, source.low, source.high) == (False, 0, 1, 18)
        assert source.datum == "EPSG:4490"
    assert made.origins == tuple(f"https://t{k}.tianditu.gov.cn" for k in range(8))
    assert (made.credit, made.key) == ("天地图", "1234")
    assert "1234" not in repr(made)
    assert len({read(f"tianditu:{layer}", key="k").sources[0].url for layer in TIANDITU}) == len(TIANDITU)


def test_names_of_wmts_and_of_other_programs_become_ours() -> None:
    rest = read(
        "http://10.1.2.3:8080/wmts/a/{Style}/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}", matrix="EPSG:3857"
    )
    assert rest.sources[0].url == "http://10.1.2.3:8080/wmts/a/default/EPSG:3857/{z}/{y}/{x}"
    assert rest.origins == ("http://10.1.2.3:8080",)
    assert rest.credit == "10.1.2.3"
    letters = read("https://{a-c}.Example.cn/%7Bz%7D/{X}/{-y}?token={TOKEN}", key="k")
    assert letters.sources[0].url == "https://{s}.Example.cn/{z}/{x}/{-y}?token={key}"
    assert letters.origins == ("https://a.example.cn", "https://b.example.cn", "https://c.example.cn")
    assert read("https://{s}/{z}/{x}/{y}", subdomains="m1.example.cn, m2".replace(".example.cn", "")).origins == (
        "https://m1",
        "https://m2",
    )
    own = read("/tiles-of-the-town/{z}/{x}/{y}.png")
    assert own.origins == ()
    assert own.credit == ""


@pytest.mark.parametrize(
    ("name", "degrees", "shift"),
    [
        ("w", False, 0), ("EPSG:3857", False, 0), ("c", True, 0), ("EPSG:4326", True, -1),
        ("urn:ogc:def:crs:EPSG::4326", True, -1),
    ],
)  # fmt: skip
def test_the_grid_of_the_tiles_follows_from_the_matrix_set(name: str, degrees: bool, shift: int) -> None:
    for made in (read(WMTS.replace("{set}", name), zoom="3-12"), read(XYZ, matrix=name, zoom="3 - 12")):
        source = made.sources[0]
        assert (source.degrees, source.shift) == (degrees, shift)
        # The levels that the service is asked for are those that it has.
        assert (source.low + shift, source.high + shift) == (3, 12)
    said = read(WMTS.replace("{set}", "EPSG:4490"), matrix="c").sources[0]
    assert (said.degrees, said.shift) == (True, 0)


@pytest.mark.parametrize(
    ("host", "datum"),
    [
        ("webrd01.is.autonavi.com", "GCJ-02"), ("rt0.map.gtimg.com", "GCJ-02"), ("t0.tianditu.gov.cn", "EPSG:4490"),
        ("tiles.example.cn", "EPSG:4326"), ("notautonavi.com", "EPSG:4326"),
    ],
)  # fmt: skip
def test_the_datum_follows_from_the_host_unless_it_is_said(host: str, datum: str) -> None:
    assert read(f"https://{host}/{{z}}/{{x}}/{{y}}").sources[0].datum == datum
    assert read(f"https://{host}/{{z}}/{{x}}/{{y}}", datum="bd-09").sources[0].datum == "BD-09"
    assert read(f"https://{host}/{{z}}/{{x}}/{{y}}", datum="wgs84").sources[0].datum == "EPSG:4326"


HOSTILE: list[tuple[str, str, dict[str, str]]] = [
    ("basemap_scheme", "javascript:alert(1)//{z}/{x}/{y}", {}),
    ("basemap_scheme", "file:///etc/{z}/{x}/{y}", {}),
    ("basemap_scheme", "data:image/png,{z}{x}{y}", {}),
    ("basemap_scheme", "//evil.example/{z}/{x}/{y}", {}),
    ("basemap_scheme", "https:/evil.example/{z}/{x}/{y}", {}),
    ("basemap_scheme", "tiles.example.cn/{z}/{x}/{y}", {}),
    ("basemap_host", "https:///{z}/{x}/{y}", {}),
    ("basemap_host", "https://{z}.example/{x}/{y}", {}),
    ("basemap_host", "https://*/{z}/{x}/{y}", {}),
    ("basemap_host", "https://*.example.cn/{z}/{x}/{y}", {}),
    ("basemap_host", "https://a;script-src/{z}/{x}/{y}", {}),
    ("basemap_host", "https://a,b/{z}/{x}/{y}", {}),
    ("basemap_host", "https://user:secret@a.cn/{z}/{x}/{y}", {}),
    ("basemap_host", "https://a.cn:99999/{z}/{x}/{y}", {}),
    ("basemap_host", "https://a.cn:{x}/{z}/{x}/{y}", {}),
    ("basemap_text", "https://a.cn/{z}/{x}/{y}?{q", {}),
    ("basemap_text", "https://瓦片.cn/{z}/{x}/{y}", {}),
    ("basemap_text", "https://a.cn/{z}/{x}/{y}\"onerror='x", {}),
    ("basemap_text", "https://a.cn\\@evil/{z}/{x}/{y}", {}),
    ("basemap_text", "https://a.cn/{z}/{x}/{y}#part", {}),
    ("basemap_text", "https://a.cn/{z}/{x}/{y}}", {}),
    ("basemap_text", "https://[::1/{z}/{x}/{y}", {}),
    ("basemap_placeholder_unknown", "https://a.cn/{quadkey}/{z}/{x}/{y}", {}),
    ("basemap_placeholder_unknown", "https://a.cn/{bbox-epsg-3857}", {}),
    ("basemap_placeholder_unknown", "https://a.cn/{__proto__}/{z}/{x}/{y}", {}),
    ("basemap_placeholder_missing", "https://a.cn/{x}/{y}.png", {}),
    ("basemap_placeholder_missing", "https://a.cn/wmts?LAYER=a", {}),
    ("basemap_key_missing", "https://a.cn/{z}/{x}/{y}?tk={tk}", {}),
    ("basemap_key_missing", "tianditu:vec", {"key": "  "}),
    ("basemap_key_in_source", "https://a.cn/{z}/{x}/{y}?a=1&TK=0123secret", {}),
    ("basemap_key_in_source", "https://a.cn/{z}/{x}/{y}?access_token=0123secret{key}", {"key": "k"}),
    ("basemap_tianditu_unknown", "tianditu:roads", {"key": "k"}),
    ("basemap_subdomains", "https://{s}.a.cn/{z}/{x}/{y}", {}),
    ("basemap_subdomains", "https://{s}.a.cn/{z}/{x}/{y}", {"subdomains": "a,b c"}),
    ("basemap_subdomains", "https://{s}.a.cn/{z}/{x}/{y}", {"subdomains": "a/,b"}),
    ("basemap_subdomains", "https://t{9-a}.a.cn/{z}/{x}/{y}", {}),
    ("basemap_subdomains_two", "https://{a-c}.{0-3}.a.cn/{z}/{x}/{y}", {}),
    ("basemap_matrix_unknown", WMTS.replace("{set}", "default028mm"), {}),
    ("basemap_matrix_unknown", WMTS.replace("{set}", "EPSG:4490"), {}),
    ("basemap_matrix_unknown", XYZ, {"matrix": "EPSG:4547"}),
    ("basemap_matrix_missing", "https://a.cn/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}", {}),
    ("basemap_datum", XYZ, {"datum": "EPSG:4547"}),
    ("basemap_datum", XYZ, {"datum": "火星"}),
    ("basemap_zoom", XYZ, {"zoom": "18-1"}),
    ("basemap_zoom", XYZ, {"zoom": "0-99"}),
    ("basemap_zoom", XYZ, {"zoom": "3"}),
    ("basemap_baidu", "https://maponline0.bdimg.com/tile/?qt=vtile&x={x}&y={y}&z={z}", {}),
    ("basemap_too_many", " ".join([XYZ] * 5), {}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "sources", "more"), HOSTILE)
def test_what_cannot_be_drawn_is_refused_by_name(code: str, sources: str, more: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_tile_map(sources, **more)
    assert caught.value.code == code
    for lang in ("zh", "en"):
        assert "secret" not in caught.value.message(lang)


pieces = st.sampled_from(
    [
        "https://",
        "http://",
        "a.cn",
        "{s}",
        "{z}",
        "{x}",
        "{y}",
        "{-y}",
        "/",
        "?",
        "&",
        "tk=",
        "{key}",
        ":",
        "@",
        ";",
        "'",
        "{0-3}",
        "*",
        "#",
        "\\",
        "é",
        "javascript:",
        "TILEMATRIXSET=c",
        "..",
        ",",
        "[",
        "]",
        "%7Bz%7D",
        " ",
        "\n",
    ]
)


@given(st.lists(pieces, max_size=14).map("".join), st.sampled_from(["", "0-7", "a,b", "a b"]))
def test_whatever_is_taken_opens_the_policy_to_hosts_only(text: str, subdomains: str) -> None:
    try:
        made = read_tile_map(text, key="k", subdomains=subdomains)
    except InvalidInput:
        return
    policy = content_security_policy(made.origins if made else ())
    assert policy.count(";") == content_security_policy().count(";")
    for origin in made.origins if made else ():
        assert origin.split("://")[0] in ("http", "https")
        assert not set(origin.split("://")[1]) & set("/*;, '\"@?#{}")
        assert origin in policy.split("img-src ")[1].split(";")[0].split(" ")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GEO_DATABASE_URL", f"sqlite:///{tmp_path / 'geo.db'}")
    return tmp_path


def policy_of(**more: Any) -> str:
    settings = read_settings(lang="zh", actor="tester", **more)
    with TestClient(create_app(settings, build_service(settings, create=True))) as client:
        policy: str = client.get("/healthz").headers["content-security-policy"]
    return policy


def test_images_are_opened_for_the_hosts_of_the_setting_and_for_nothing_else(folder: Path) -> None:
    closed = policy_of()
    assert "img-src 'self' data: blob:;" in closed
    opened = policy_of(basemap_sources="https://t{0-1}.a.cn/{z}/{x}/{y}")
    assert opened == closed.replace("data: blob:;", "data: blob: https://t0.a.cn https://t1.a.cn;", 1)
    assert policy_of(basemap_sources="/own/{z}/{x}/{y}") == closed


def test_config_and_errors_hide_the_key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_BASEMAP_SOURCES", "tianditu:vec tianditu:cva")
    monkeypatch.setenv("GEO_BASEMAP_KEY", "open-sesame")
    command = [str(Path(sys.executable).with_name("geo")), "config"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "GEO_BASEMAP_SOURCES=tianditu:vec tianditu:cva" in done.stdout
    assert "GEO_BASEMAP_KEY=***" in done.stdout
    assert "open-sesame" not in done.stdout + done.stderr
    settings = read_settings()
    assert "open-sesame" not in repr(settings) + str(settings.model_dump())
    monkeypatch.setenv("GEO_BASEMAP_ZOOM", "x")
    failed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert failed.returncode == 2
    assert "GEO_BASEMAP_ZOOM" in failed.stderr
    assert "open-sesame" not in failed.stderr
