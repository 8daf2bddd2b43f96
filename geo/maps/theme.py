"""The page of a theme: one sheet of A4, no script, nothing from elsewhere; maps and weeks are drawn as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import shapely
from shapely.geometry.base import BaseGeometry

from geo.maps.escape import html_text
from geo.maps.plain_page import plain_page
from geo.messages import Lang, say
from geo.service.theme_words import number_in_words, told_theme

if TYPE_CHECKING:
    from geo.model.themes import ThemeReport
    from geo.service.theme_view import ThemeView

THEME_STYLE: Final = (
    "@page{size:A4;margin:14mm}"
    "body{font:15px/1.5 system-ui,sans-serif;color:#17222d;max-width:46rem;margin:1rem auto;padding:0 1rem;"
    "overflow-wrap:anywhere}"
    "h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.05rem;margin:1.1rem 0 .3rem}"
    "p{margin:.3rem 0}p.say{font-size:1.1rem;font-weight:600}p.note,figcaption,svg text{color:#465361}"
    "p.note{font-size:.85rem}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
    "th,td{text-align:left;vertical-align:top;padding:.2rem .5rem;border-bottom:1px solid #e2e6ea}"
    "th,td.n{overflow-wrap:normal}td.n,th.n{text-align:right}.maps{display:flex;flex-wrap:wrap;gap:1rem}"
    "figure{margin:0;flex:1 1 16rem}svg{width:100%;height:auto;display:block}"
    ".weeks{overflow-x:auto}.weeks svg{min-width:40rem}table+table{margin-top:.8rem}"
    "figcaption{font-size:.85rem}@media print{body{margin:0;padding:0;font-size:12px}.weeks svg{min-width:0}"
    "tr,figure{break-inside:avoid}}"
)
# Five classes of incidents a grid and 30 days, the same for both maps; light to dark, readable in grey.
_BREAKS: Final = (1.0, 3.0, 6.0, 12.0)
_WASHES: Final = ("#ffffff", "#ffeda0", "#feb24c", "#f03b20", "#8b0018")
_HIDDEN: Final = "#d5dade"
_WIDTH: Final = 320.0
_HEIGHT: Final = 260.0
_WEEKS_WIDTH: Final = 680.0
_WEEKS_HEIGHT: Final = 150.0
_BAR_BEFORE: Final = "#465361"
_BAR_AFTER: Final = "#1f6fb2"
_BAR_BETWEEN: Final = "#b9c2ca"


def theme_page(view: ThemeView, lang: Lang) -> str:
    """The HTML of a theme's page.

    Raises
    ------
    StoreError
        The page would ask another host for something.
    """

    def said(key: str, **values: Any) -> str:
        return html_text(say(key, lang, **values))

    report, theme = view.report, view.report.theme
    topic = f"{theme.category} {theme.category_name}".strip()
    first, *more = told_theme(report, lang)
    parts = [
        f'<p class="note">{html_text(view.place)} · {said("theme_kicker")} {theme.id}</p>',
        f"<h1>{html_text(theme.name)}</h1>",
        f"<p>{said('theme_what', topic=topic, grids=len(theme.grids), first=theme.first, last=theme.last)}</p>",
        f'<p class="note">{html_text(theme.note)}</p>' if theme.note else "",
        f'<p class="say">{html_text(first)}</p>',
        *(f"<p>{html_text(text)}</p>" for text in more),
        f"<h2>{said('theme_maps')}</h2>",
        _maps(view, lang),
        _legend(lang, view.public),
    ]
    if report.weeks:
        parts += [f"<h2>{said('theme_weeks')}</h2>", _weeks(report, lang)]
    parts += [
        f"<h2>{said('theme_figures')}</h2>",
        _figures(report, lang),
        _grids(report, lang),
        f'<p class="note">{said("theme_honest")}</p>',
        f'<p class="note">{said("theme_frozen", moment=_day(theme.created_at))}</p>',
    ]
    return plain_page(html_text(theme.name), parts, THEME_STYLE, lang)


def _day(moment: Any) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d}"


def _maps(view: ThemeView, lang: Lang) -> str:
    report = view.report
    days = {"before": (report.theme.last - report.theme.first).days + 1}
    if report.since is not None and report.until is not None:
        days["after"] = (report.until - report.since).days + 1
    figures = []
    for side, (name, length) in enumerate(days.items()):
        counts = {code: pair[side] for code, pair in report.by_grid.items()}
        caption = html_text(say(f"theme_map_{name}", lang, days=length))
        figures.append(f"<figure>{_map(view, counts, length, caption)}<figcaption>{caption}</figcaption></figure>")
    return f'<div class="maps">{"".join(figures)}</div>'


def _map(view: ThemeView, counts: Mapping[str, int], days: int, caption: str) -> str:
    shapes = [grid.geometry for grid in view.grids]
    west, south, east, north = shapely.total_bounds(shapes)
    # Degrees of longitude are shorter than those of latitude; the sheet is no place to measure.
    short = math.cos(math.radians((south + north) / 2))
    scale = min(_WIDTH / max((east - west) * short, 1e-9), _HEIGHT / max(north - south, 1e-9)) * 0.98
    paths = []
    for grid, shape in sorted(zip(view.grids, shapes, strict=True), key=lambda pair: pair[0].code in counts):
        own = grid.code in counts
        wash = _wash(counts[grid.code], days) if own else "#f5f6f7"
        line = 'stroke="#17222d" stroke-width="1.6"' if own else 'stroke="#b9c2ca" stroke-width=".6"'
        paths.append(f'<path d="{_path(shape, west, north, scale, short)}" fill="{wash}" {line}/>')
    high = (north - south) * scale + 2.0
    return f'<svg viewBox="-1 -1 {_WIDTH:.0f} {high:.0f}" role="img" aria-label="{caption}">{"".join(paths)}</svg>'


def _wash(count: int, days: int) -> str:
    if count < 0:
        return _HIDDEN
    return _WASHES[sum(1 for edge in _BREAKS if count * 30.0 / days >= edge)]


def _path(shape: BaseGeometry, west: float, north: float, scale: float, short: float) -> str:
    rings = []
    for ring in shapely.get_rings(shape):
        points = [
            f"{(x - west) * short * scale:.1f},{(north - y) * scale:.1f}" for x, y in shapely.get_coordinates(ring)
        ]
        rings.append("M" + "L".join(points) + "Z")
    return "".join(rings)


def _legend(lang: Lang, public: bool) -> str:
    edges = (0.0, *_BREAKS)
    labels = [f"{low:g}–{high:g}" for low, high in zip(edges, _BREAKS, strict=False)] + [f"≥ {_BREAKS[-1]:g}"]
    colours = [*_WASHES, *([_HIDDEN] if public else [])]
    labels += [say("theme_few", lang)] if public else []
    boxes = "".join(
        f'<svg viewBox="0 0 14 14" style="display:inline-block;width:14px;vertical-align:-2px" aria-hidden="true">'
        f'<rect width="13" height="13" x=".5" y=".5" fill="{colour}" stroke="#465361"/></svg> '
        f"{html_text(label)} &nbsp; "
        for colour, label in zip(colours, labels, strict=True)
    )
    return f'<p class="note">{html_text(say("theme_legend", lang))} {boxes}</p>'


def _weeks(report: ThemeReport, lang: Lang) -> str:
    most = max((here for _, here, _ in report.weeks), default=0) or 1
    wide, room = _WEEKS_WIDTH / len(report.weeks), _WEEKS_HEIGHT - 36.0
    bars = []
    for k, (day, here, _) in enumerate(report.weeks):
        high = room * here / most
        if day <= report.theme.last:
            colour = _BAR_BEFORE
        else:
            colour = _BAR_AFTER if report.since is not None and day >= report.since else _BAR_BETWEEN
        left, top = k * wide, 18.0 + room - high
        bars.append(f'<rect x="{left + 1:.1f}" y="{top:.1f}" width="{max(wide - 2, 1):.1f}" height="{high:.1f}" '
                    f'fill="{colour}"/>')  # fmt: skip
        if wide > 16 and here:
            bars.append(f'<text x="{left + wide / 2:.1f}" y="{top - 3:.1f}" text-anchor="middle" font-size="12">{here}'
                        "</text>")  # fmt: skip
        if k % max(math.ceil(60 / wide), 1) == 0:
            bars.append(f'<text x="{left:.1f}" y="{_WEEKS_HEIGHT - 2:.0f}" font-size="12">{day:%m-%d}</text>')
    caption = html_text(say("theme_weeks_caption", lang))
    return (
        f'<figure class="weeks" tabindex="0"><svg viewBox="0 0 {_WEEKS_WIDTH:.0f} {_WEEKS_HEIGHT:.0f}" role="img" '
        f'aria-label="{caption}">{"".join(bars)}</svg><figcaption>{caption}</figcaption></figure>'
    )


def _figures(report: ThemeReport, lang: Lang) -> str:
    names = ("incidents", "reports", "repeats", "handovers", "before", "others", "others_before")
    rows = [[say(f"theme_count_{name}", lang), number_in_words(report.theme.counted[name], lang)] for name in names]
    if report.since is not None:
        rows += [
            [say("theme_count_after", lang), number_in_words(report.after, lang)],
            [say("theme_count_others_after", lang), number_in_words(report.others_after, lang)],
        ]
    return _table([say("theme_head_figure", lang), say("theme_head_count", lang)], rows)


def _grids(report: ThemeReport, lang: Lang) -> str:
    heads = [say(f"theme_head_{name}", lang) for name in ("grid", "before", "after")]
    rows = [
        [f"{report.names.get(code, '')} {code}".strip(), number_in_words(before, lang), number_in_words(after, lang)]
        for code, (before, after) in report.by_grid.items()
    ]
    if report.since is None:
        heads, rows = heads[:2], [row[:2] for row in rows]
    return _table(heads, rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def cells(tag: str, texts: Sequence[str]) -> str:
        scope = ' scope="col"' if tag == "th" else ""
        numbers = ' class="n"'
        return "".join(f"<{tag}{scope}{numbers if k else ''}>{html_text(t)}</{tag}>" for k, t in enumerate(texts))

    body = "\n".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f"<table><thead><tr>{cells('th', heads)}</tr></thead><tbody>\n{body}\n</tbody></table>"
