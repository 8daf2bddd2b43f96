"""The page around the map: header, styles, scripts; served in parts from /static or standing alone as one file."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from geo.errors import NotFound
from geo.maps.bundle import bundle_modules, bundle_styles
from geo.maps.escape import html_text, json_script
from geo.maps.outside import check_no_outside
from geo.messages import Lang, say

STATIC: Final = Path(__file__).resolve().parent / "static"
STYLES: Final = ("tokens", "shell", "panel", "map", "issues", "edit", "dispatch", "coverage", "hotspots", "foreign")
# Page -> (address, key of its word); the order is that of the header.
NAV: Final = (
    ("plan", "/", "word_nav_plan"),
    ("compare", "/maps/compare", "word_nav_compare"),
    ("issues", "/maps/issues", "word_nav_issues"),
    ("coverage", "/maps/coverage", "word_nav_coverage"),
    ("hotspots", "/maps/hotspots", "word_nav_hotspots"),
)
# Pages that no header leads to: made of files, they stand alone.
_ALONE: Final = {"nets": "word_nets_title"}
# Pages that stand under another one in the header.
_UNDER: Final = {"edit": "plan"}
_HTML_LANG: Final = {"zh": "zh-CN", "en": "en"}
# A file from a disk asks nobody for anything, and says so.
_CSP_ALONE: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)
_SHAPES: Final = (
    '<rect width="24" height="24" rx="5" fill="#1F5F95"/><path d="M9.5 0c-.4 4 .9 7-.7 11.2S6.5 19 7 24M0 9.5'
    'c3-.7 6 .6 8.8 1.7S18 13.5 24 11.5M16.5 12.8c-1.2 3.2-.5 7 .3 11.2" fill="none" stroke="#fff" stroke-width="2"/>'
)
_MARK: Final = f'<svg class="mark" viewBox="0 0 24 24" aria-hidden="true">{_SHAPES}</svg>'
# In the page, so that no browser asks for /favicon.ico.
_ICON: Final = "data:image/svg+xml," + quote(
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">{_SHAPES}</svg>', safe="/:= "
)


def build(page: str, data: dict[str, Any], *, lang: Lang, standalone: bool, module: str | None = None) -> str:
    """The HTML of a page.

    Parameters
    ----------
    page : "plan", "edit", "compare", "issues", "coverage", "hotspots" or "nets"; names the module
        and the header's current link.
    data : what the page's module shows.
    module : the script of the page where it is not called like it.
    standalone : one file that needs no server, else parts under /static.

    Raises
    ------
    NotFound
        The browser libraries have not been copied.
    StoreError
        The page would ask another host for something.
    """
    from geo.maps.folium_map import render

    data = {**data, "standalone": standalone}
    links = {
        "leaflet": lambda: _script("vendor/leaflet/leaflet.js", standalone),
        "leaflet_css": lambda: _style("vendor/leaflet/leaflet.css", standalone),
    }
    centre = [data["origin"][1], data["origin"][0]]
    text = render(json_script(data), _shell(page, data, lang, standalone, module or page), links, centre)
    check_no_outside(text)
    return text


def _shell(page: str, data: dict[str, Any], lang: Lang, standalone: bool, module: str) -> dict[str, str]:
    word = _word(page)
    meta = f'<link rel="icon" href="{_ICON}">'
    if standalone:
        meta += f'\n<meta http-equiv="Content-Security-Policy" content="{_CSP_ALONE}">'
    sheets = [f"css/{name}.css" for name in STYLES]
    return {
        "lang": _HTML_LANG[lang],
        "page": page,
        "meta": meta,
        "title": html_text(" · ".join(filter(None, (say(word, lang), data["place"], say("word_product", lang))))),
        "styles": "\n".join(_style(sheet, standalone) for sheet in sheets),
        "top": _top(page, data["place"], lang, standalone),
        "before": f'<section id="queue" class="queue" aria-label="{html_text(say("word_issues", lang))}"></section>'
        if page == "issues"
        else "",
        "map_label": html_text(say("word_map", lang)),
        "panel_label": html_text(say(word, lang)),
        "noscript": html_text(say("word_noscript", lang)),
        "module": _module(module, standalone),
    }


def _word(page: str) -> str:
    """The key of a page's name."""
    return _ALONE.get(page) or next(key for name, _, key in NAV if name == _UNDER.get(page, page))


def _top(page: str, place: str, lang: Lang, standalone: bool) -> str:
    product = html_text(say("word_product", lang))
    target = "queue" if page == "issues" else "panel"
    skip = f'<a class="skip" href="#{target}">{html_text(say("word_skip", lang))}</a>'
    brand = f"{_MARK}<b>{product}</b>"
    if standalone:
        middle = f'<span class="here">{html_text(say(_word(page), lang))}</span>'
        switch = ""
        brand = f'<span class="brand">{brand}</span>'
    else:
        current = ' aria-current="page"'
        middle = "".join(
            f'<a href="{address}"{current if name == _UNDER.get(page, page) else ""}>{html_text(say(key, lang))}</a>'
            for name, address, key in NAV
        )
        middle = f'<nav aria-label="{html_text(say("word_pages", lang))}">{middle}</nav>'
        zh, en = (' aria-current="true"' if lang == code else "" for code in ("zh", "en"))
        switch = (
            f'<span class="langs"><a href="?lang=zh" lang="zh-CN" hreflang="zh"{zh}>中</a> / '
            f'<a href="?lang=en" lang="en" hreflang="en"{en}>EN</a></span>'
        )
        brand = f'<a class="brand" href="/" aria-label="{product}">{brand}</a>'
    return (
        f'{skip}<header class="top">{brand}<span class="place"><bdi>{html_text(place)}</bdi></span>'
        f"{middle}{switch}</header>"
    )


def _module(page: str, standalone: bool) -> str:
    if standalone:
        return f"<script>\n{_cached_bundle(page)}</script>"
    return f'<script type="module" src="/static/app/{page}.js"></script>'


def _script(name: str, standalone: bool) -> str:
    path = _static(name)
    if not standalone:
        return f'<script src="/static/{name}"></script>'
    text = path.read_text(encoding="utf-8")
    assert "</script" not in text.lower()
    # A source map is of no use inside a page.
    return f"<script>\n{text.partition('//# sourceMappingURL')[0]}</script>"


def _style(name: str, standalone: bool) -> str:
    path = _static(name)
    if not standalone:
        return f'<link rel="stylesheet" href="/static/{name}">'
    return f"<style>\n{bundle_styles([path])}</style>"


def _static(name: str) -> Path:
    path = STATIC / name
    if not path.is_file():
        raise NotFound("assets_not_installed", path=str(path))
    return path


def _bundle(page: str) -> str:
    return bundle_modules(STATIC / "app", page)


_cached_bundle: Callable[[str], str] = cache(_bundle)
