"""A base map from elsewhere in a real browser: the tiles of a live server on this machine, in their right place."""

from __future__ import annotations

import base64
import http.server
import re
import socket
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from geo import crs
from geo.maps import assets
from geo.service.context import Service
from geo.service.pages import render_page
from geo.settings import Settings, read_settings
from geo.wiring import build_pages
from tests.browser import settled, until
from tests.maps.test_maps_edit import accessible
from tests.maps.town import SOUTH, STEP, WEST, served, town_service

pytestmark = pytest.mark.browser

BLUE, RED = (20, 60, 230), (235, 40, 20)
# Places that the tiles have a red disc at: in the middle of units, where the page itself draws nothing.
MARKS = [(WEST + (c + 0.4) * STEP, SOUTH + (r + 0.35) * STEP) for c, r in ((1, 10), (6, 5), (12, 1))]
KVP = "wmts?REQUEST=GetTile&LAYER=a&TILEMATRIXSET=EPSG:4326&TILEMATRIX=EPSG:4326:{z}&TILEROW={y}&TILECOL={x}&tk={key}"
# What a page is given -> how its tiles are cut: name of the path, datum, squares of degrees, rows from the south.
WAYS = {
    "gcj": {"basemap_sources": "gcj/{z}/{x}/{y}.png?tk={key}", "basemap_datum": "GCJ-02"},
    "bd": {"basemap_sources": "bd/{TileMatrix}/{TileCol}/{-y}.png", "basemap_datum": "bd09"},
    "degrees": {"basemap_sources": f"degrees/{KVP}", "basemap_zoom": "4-16"},
}
KEY = "sesame&open"


def png(pixels: NDArray[np.uint8]) -> bytes:
    """An image (h, w, 3)."""
    height, width, _ = pixels.shape
    raw = b"".join(b"\0" + pixels[k].tobytes() for k in range(height))

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw, 1)) + chunk(b"IEND", b"")


def cells(lon: Any, lat: Any, z: int, *, degrees: bool) -> tuple[Any, Any]:
    """Column and row, with fractions, in the grid of the tiles: squares of degrees have 2 × 1 of them at level 1."""
    n = 2.0**z
    if degrees:
        return (lon + 180) / 360 * n, (90 - lat) / 360 * n
    return (lon + 180) / 360 * n, (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * n


def draw(way: str, z: int, x: int, y: int) -> bytes:
    """A tile with a disc at every mark that lies in it, placed by geo.crs."""
    lon, lat = np.array(MARKS).T
    lon, lat = crs.from_wgs84(lon, lat, crs={"gcj": "GCJ-02", "bd": "BD-09"}.get(way, "WGS84"))
    column, row = cells(lon, lat, z, degrees=way == "degrees")
    pixels = np.full((256, 256, 3), BLUE, dtype=np.uint8)
    across, down = np.meshgrid(np.arange(256) + 0.5, np.arange(256) + 0.5)
    for cx, cy in zip((column - x) * 256, (row - y) * 256, strict=True):
        pixels[np.hypot(across - cx, down - cy) < 4] = RED
    return png(pixels)


class Tiles(http.server.BaseHTTPRequestHandler):
    """Answers tiles, and notes who asked and how."""

    asked: list[tuple[str, str | None]]

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Referer")))
        way, rest = self.path.lstrip("/").split("/", 1)
        if way == "degrees":
            numbers = [re.search(rf"{name}=(?:EPSG:4326:)?(\d+)", rest) for name in ("MATRIX", "COL", "ROW")]
            z, x, y = (int(found[1]) for found in numbers if found)
            z += 1  # its level 0 has 2 × 1 tiles
        else:
            z, x, y = map(int, re.findall(r"\d+", rest)[:3])
            y = 2**z - 1 - y if way == "bd" else y
        body = draw(way, z, x, y) if way in WAYS else b""
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def tiles() -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """Address of the tile server, and what it was asked for."""
    Tiles.asked = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", Tiles.asked
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, vendor: Path) -> Iterator[Service]:
    service = town_service(tmp_path_factory.mktemp("town"))
    yield service
    service.store.close()


def settings_of(folder: Path, base: str, given: dict[str, str]) -> Settings:
    sources = " ".join(base + part for part in given["basemap_sources"].split())
    return read_settings(
        **{**given, "basemap_sources": sources, "basemap_key": KEY, "basemap_credit": "<b>某图</b> GS(2026)1号"},
        database_url=f"sqlite:///{folder / 'geo.db'}",
        lang="zh",
        actor="tester",
    )


@contextmanager
def site(town: Service, folder: Path, base: str, given: dict[str, str]) -> Iterator[str]:
    settings = settings_of(folder, base, given)
    with served(replace(town, pages=build_pages(settings)), folder, settings) as address:
        yield f"{address}/maps/plans/1"


@pytest.fixture(scope="module")
def gcj(town: Service, tiles: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with site(town, tmp_path_factory.mktemp("gcj"), tiles[0], WAYS["gcj"]) as address:
        yield address


LOOK = """async ([png]) => {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const ctx = canvas.getContext("2d");
  ctx.drawImage(image, 0, 0);
  return [image.width, image.height, [...ctx.getImageData(0, 0, image.width, image.height).data]];
}"""
# Whether the page paints a ground of its own; nothing shines through it.
OPAQUE = """() => {
  const sheet = document.querySelector(".leaflet-sheet-pane canvas");
  const copy = new OffscreenCanvas(sheet.width, sheet.height).getContext("2d");
  copy.drawImage(sheet, 0, 0);
  const d = copy.getImageData(0, 0, sheet.width, sheet.height).data;
  return d.every((value, k) => k % 4 < 3 || value === 255);
}"""
WHERE = """([lon, lat]) => {
  const {map} = window.wangge;
  const at = map.project([lat, lon]).subtract(map.getPixelOrigin()).add(map._getMapPanePos());
  const box = map.getContainer().getBoundingClientRect();
  return [at.x + box.x, at.y + box.y];
}"""


def pixels(page: Any, x: int, y: int, half: int) -> NDArray[np.int64]:
    """The screen around a place, (2 half, 2 half, 3)."""
    clip = {"x": x - half, "y": y - half, "width": 2 * half, "height": 2 * half}
    shot = base64.b64encode(page.screenshot(clip=clip)).decode()
    width, height, data = page.evaluate(LOOK, [shot])
    return np.array(data, dtype=np.int64).reshape(height, width, 4)[:, :, :3]


def go(page: Any, lon: float, lat: float, zoom: float) -> tuple[float, float]:
    """Shows a place; where it is on the screen, to fractions of a pixel."""
    page.evaluate("([lat, lon, z]) => wangge.map.setView([lat, lon], z, {animate: false})", [lat, lon, zoom])
    settled(page)
    x, y = page.evaluate(WHERE, [lon, lat])
    return x, y


def shown(page: Any) -> None:
    page.locator("body.foreign").wait_for()


@pytest.mark.parametrize("way", WAYS)
def test_tiles_lie_where_the_data_is_under_washes_of_55_percent(
    town: Service, tiles: Any, tmp_path: Path, open_page: Callable[..., Any], way: str
) -> None:
    with site(town, tmp_path, tiles[0], WAYS[way]) as address:
        page = open_page(address, images=tiles[0])
        shown(page)
        for (lon, lat), zoom in zip(MARKS, (18, 18, 17.25), strict=True):
            x, y = go(page, lon, lat, zoom)
            # A coarser tile stands in until the right one has come, whose disc is of the right size.
            disc = np.pi * (4 * 2 ** (zoom - min(int(zoom), 17 if way == "degrees" else 18))) ** 2

            def look(x: float = x, y: float = y) -> tuple[Any, Any, Any]:
                around = pixels(page, round(x), round(y), 14)
                red = np.argwhere(around[:, :, 0] - around[:, :, 2] > 40)
                off = red.sum(axis=0) / max(1, len(red)) + 0.5 - 14 + (round(y) - y, round(x) - x)
                return around, red, off

            until(page, lambda look=look, disc=disc: disc / 2 < len(look()[1]) < disc * 2)
            around, red, off = look()
            assert disc / 2 < len(red) < disc * 2, (way, lon, lat, len(red))
            assert np.hypot(*off) <= 1, (way, lon, lat, off)
        # A wash of 55 % over the tile, told by the colour of the grid under the last mark.
        grid = page.evaluate(
            """() => import("/static/app/data.js").then(({grids}) => grids.map((g) => [g.code, g.colour]))"""
        )
        washes = re.findall(r'"(#[0-9a-f]{6})"', (assets.VENDOR.parent / "app" / "colours.js").read_text().lower())[:8]
        wash = washes[dict(map(tuple, grid))["990101001002001"]]
        colour = np.array([int(wash[k : k + 2], 16) for k in (1, 3, 5)])
        assert np.abs(around[0, 0] - (0.55 * colour + 0.45 * np.array(BLUE))).max() <= 2


PLACED = """async ([spots, way]) => {
  const {Tiles} = await import("/static/app/foreigntiles.js");
  const {planePoint, originLatLng} = await import("/static/app/data.js");
  const source = new Tiles({...way, low: 0, high: 20, url: "", subdomains: []}, () => {});
  const z = 18, scale = 2 ** (z - 20), [lat0, lon0] = originLatLng();
  const matrix = {a: scale, d: scale, e: 0, f: 0};
  return spots.map(([lon, lat, cx, cy]) => {
    const [x, y, n] = [Math.floor(cx), Math.floor(cy), source.parts];
    const at = source.places(x, y, x, y, z, matrix);
    const [u, v] = [(cx - x) * n, (cy - y) * n];
    const [i, j] = [Math.floor(u), Math.floor(v)];
    const [nw, ne, sw, se] = [at(x, y, i, j), at(x, y, i + 1, j), at(x, y, i, j + 1), at(x, y, i + 1, j + 1)];
    const mix = (a, b, k) => a + (b - a) * k;
    const px = mix((nw[0] + sw[0]) / 2, (ne[0] + se[0]) / 2, u - i);
    const py = mix((nw[1] + ne[1]) / 2, (sw[1] + se[1]) / 2, v - j);
    const [wx, wy] = planePoint((lon - lon0) / 1e-6, (lat - lat0) / 1e-6);
    return Math.hypot(px - wx * scale, py - wy * scale);
  });
}"""


DATUM = """async ([name, spots]) => {
  const {ofWgs84, toWgs84} = await import("/static/app/datum.js");
  return spots.map(([lon, lat]) => [...ofWgs84(name, lon, lat), ...toWgs84(name, lon, lat)]);
}"""


def test_all_over_china_datums_are_those_of_the_program_and_tiles_half_a_pixel_off_at_most(
    gcj: str, tiles: Any, open_page: Any
) -> None:
    # Drawing rounds the edges of a tile to whole pixels of the screen: with this, one pixel.
    page = open_page(gcj, images=tiles[0])
    rng = np.random.default_rng(6)
    lon, lat = rng.uniform(74, 134, 400), rng.uniform(18, 53, 400)
    for datum in ("EPSG:4490", "GCJ-02", "BD-09"):
        x, y = crs.from_wgs84(lon, lat, crs=datum)
        for degrees in (False, True):
            cx, cy = cells(x, y, 18, degrees=degrees)
            spots = np.column_stack([lon, lat, cx, cy]).tolist()
            off = page.evaluate(PLACED, [spots, {"datum": datum, "degrees": degrees, "shift": 0}])
            assert max(off) <= 0.5, (datum, degrees)
            assert datum == "EPSG:4490" or min(np.hypot(x - lon, y - lat)) > 1e-4  # there was something to shift
    lon, lat = rng.uniform(60, 150, 500), rng.uniform(-10, 65, 500)
    for name in ("GCJ-02", "BD-09", "EPSG:4326"):
        told = np.array(page.evaluate(DATUM, [name, np.column_stack([lon, lat]).tolist()]))
        ours = np.column_stack([*crs.from_wgs84(lon, lat, crs=name), *crs.to_wgs84(lon, lat, crs=name)[:2]])
        assert np.abs(told - ours).max() < 1e-8, name  # a millimetre


PICTURE = """async () => {
  const {canvasesOf, creditShown, withOwnGround} = await import("/static/app/foreignmap.js");
  const box = wangge.map.getContainer();
  const picture = () => {
    const sheets = canvasesOf(box);
    const {width, height} = sheets[sheets.length - 1];
    const copy = new OffscreenCanvas(width, height).getContext("2d");
    for (const sheet of sheets) copy.drawImage(sheet, 0, 0);
    let opaque = null;  // a canvas that holds another server's image cannot be read
    try {
      opaque = copy.getImageData(0, 0, width, height).data.every((value, k) => k % 4 < 3 || value === 255);
    } catch (error) {
      opaque = error.name;
    }
    return [sheets.length, opaque, creditShown()];
  };
  return [picture(), withOwnGround(picture), picture()];
}"""


def test_a_picture_to_keep_holds_the_own_ground_and_one_to_print_the_credit(
    gcj: str, tiles: Any, open_page: Any
) -> None:
    page = open_page(f"{gcj}?lang=zh", images=tiles[0])
    shown(page)
    printed = [3, "SecurityError", "<b>某图</b> GS(2026)1号"]
    assert page.evaluate(PICTURE) == [printed, [2, True, ""], printed]


def test_switch_credit_key_and_referrer(gcj: str, tiles: Any, open_page: Any) -> None:
    base, asked = tiles
    page = open_page(f"{gcj}?lang=zh", images=base)
    shown(page)
    assert page.locator(".foreign-credit").inner_text() == "<b>某图</b> GS(2026)1号"
    assert asked[-1][0].endswith("?tk=sesame%26open")
    assert asked[-1][1] == "/".join(gcj.split("/")[:3]) + "/"  # the name of the site and nothing of the page
    switch = page.get_by_role("button", name="底图")
    assert switch.get_attribute("aria-pressed") == "true"
    assert not page.evaluate(OPAQUE)
    switch.focus()
    page.keyboard.press("Enter")
    assert switch.get_attribute("aria-pressed") == "false"
    assert page.locator("#live").inner_text() == "已关闭外部底图"
    assert page.locator(".foreign-credit").is_hidden()
    assert until(page, lambda: page.evaluate(OPAQUE))
    settled(page)
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert switch.get_attribute("aria-pressed") == "false"
    count = len(asked)
    page.mouse.wheel(0, -200)
    page.wait_for_timeout(400)
    assert len(asked) == count  # off is off
    switch.click()
    shown(page)
    assert until(page, lambda: len(asked) > count)


@pytest.mark.parametrize(("width", "height", "lang"), [(1400, 900, "zh"), (390, 844, "en")])
def test_the_switch_and_the_silent_source_are_accessible(
    gcj: str, tiles: Any, open_page: Any, width: int, height: int, lang: str
) -> None:
    axe = assets.ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed (npm ci)")
    page = open_page(f"{gcj}?lang={lang}", width=width, height=height, images=tiles[0])
    shown(page)
    page.evaluate(axe.read_text(encoding="utf-8"))
    accessible(page)
    page.route(f"{tiles[0]}**", lambda route: route.abort())
    page.evaluate("wangge.map.setView([33.9, 115.4], 17, {animate: false})")  # where no tile is at hand
    page.locator(".foreign-note").wait_for()
    accessible(page)


def test_a_source_that_is_not_there_leaves_the_own_map(town: Service, tmp_path: Path, open_page: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}/"
    tried: list[str] = []
    with site(town, tmp_path, nobody, WAYS["gcj"]) as address:
        page = open_page(f"{address}?lang=zh", images=nobody)
        page.on("request", lambda r: tried.append(r.url) if r.url.startswith(nobody) else None)
        note = page.locator(".foreign-note")
        note.wait_for()
        assert note.locator("span").inner_text() == "底图没有响应"
        assert page.locator("#live").inner_text() == "底图没有响应"
        assert page.locator("body.foreign").count() == 0
        assert until(page, lambda: page.evaluate(OPAQUE))
        assert page.locator(".foreign-credit").is_hidden()
        page.mouse.wheel(0, -200)
        page.wait_for_timeout(400)
        assert len(tried) <= 9  # it asks a few times and then leaves the source alone
        before = len(tried)
        note.get_by_role("button", name="重试").click()
        assert until(page, lambda: len(tried) > before)
        settled(page)
        assert len(tried) <= before + 9
        page.get_by_role("button", name="底图").click()
        assert note.is_hidden()


def test_files_that_stand_alone_have_no_foreign_map(town: Service, tiles: Any, tmp_path: Path) -> None:
    settings = settings_of(tmp_path, tiles[0], WAYS["gcj"])
    service = replace(town, pages=build_pages(settings))
    alone = render_page(service, "plan", lang="zh", standalone=True, plan_id=1)
    assert "sesame" not in alone
    assert tiles[0] not in alone
    assert "sesame" in render_page(service, "plan", lang="zh", standalone=False, plan_id=1)
