"""The page that the QR code of a sheet leads to: what holds for a grid now, in plain HTML that any telephone shows."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from geo.maps.base_data import plain
from geo.maps.escape import html_text
from geo.maps.plain_page import plain_page
from geo.messages import Lang, say
from geo.service.sheets_view import SheetsView

_STYLE: Final = (
    'body{font:16px/1.5 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:#17222d;'
    "background:#f1f1ed;margin:0}main{max-width:34rem;margin:0 auto;padding:16px;background:#fff;min-height:100vh;"
    "box-sizing:border-box}h1{font-size:28px;line-height:36px;margin:0;overflow-wrap:anywhere}"
    "p{margin:0;overflow-wrap:anywhere}.quiet{color:#465361}.code{font-size:18px;letter-spacing:.06em}"
    "dl{margin:16px 0;display:grid;grid-template-columns:auto 1fr;gap:8px 16px}dt{color:#465361}"
    "dd{margin:0;font-weight:600;overflow-wrap:anywhere}a{color:#1f5f95}.warn{color:#865000;font-weight:600}"
    ".call{display:inline-block;min-height:44px;line-height:44px}ul{list-style:none;margin:16px 0 0;padding:0}"
    "li a{display:block;min-height:44px;line-height:44px}"
)


def grid_card(view: SheetsView, row: int | None, code: str, lang: Lang) -> str:
    """The page of the grid in `row`; None says that the plan has none of `code`.

    Raises
    ------
    StoreError
        The page would ask another host for something.
    """

    def said(key: str, **values: Any) -> str:
        return html_text(say(key, lang, **values))

    place = html_text(view.backdrop.name)
    if row is None:
        title = html_text(code)
        body = f'<p class="quiet">{place}</p><h1>{title}</h1><p class="warn">{said("card_gone", plan=view.plan.id)}</p>'
        sheet, on_map = "", "/"
    else:
        title, body = _about(view, row, lang)
        address = f"/maps/sheets/{quote(view.grids[row].code, safe='')}.pdf"
        sheet = f'<li><a href="{html_text(address)}">{said("card_sheet")}</a></li>'
        on_map = f"/?grid={quote(view.grids[row].code, safe='')}"
    links = f'<ul>{sheet}<li><a href="{html_text(on_map)}">{said("card_map")}</a></li></ul>'
    return plain_page(f"{title} · {place}", (body, links), _STYLE, lang)


def _about(view: SheetsView, row: int, lang: Lang) -> tuple[str, str]:
    """The name of a grid, and what is known of it; both are safe in HTML."""
    grid, facts = view.grids[row], view.facts[row]

    def count(value: float | None) -> str:
        return say("sheet_unknown", lang) if value is None else f"{plain(value):,}"

    title = html_text(grid.name or grid.code)
    comma = "、" if lang == "zh" else ", "
    leader = comma.join(facts.leaders) if facts.post == "held" else say(f"sheet_post_{facts.post}", lang)
    rows = [
        (say("card_area", lang), html_text(" ".join(name for name in (facts.street, facts.community) if name))),
        (say("sheet_residents", lang), html_text(count(grid.residents))),
        (say("sheet_households", lang), html_text(count(grid.households))),
        (say("sheet_buildings", lang), html_text(count(facts.buildings))),
        (say("sheet_leader", lang), html_text(leader)),
        (facts.office or say("sheet_office", lang), _call(facts.phone) or html_text(say("sheet_phone_unknown", lang))),
    ]
    items = "".join(f"<dt>{html_text(name)}</dt><dd>{value}</dd>" for name, value in rows)
    since = "" if view.plan.effective is None else html_text(say("sheet_since", lang, since=view.plan.effective))
    plan = html_text(say("sheet_plan", lang, id=view.plan.id, name=view.plan.name))
    return title, (
        f'<p class="quiet">{html_text(view.backdrop.name)}</p><h1>{title}</h1>'
        f'<p class="code">{html_text(grid.code)}</p>'
        f'<dl>{items}</dl><p class="quiet">{plan}</p><p class="quiet">{since}</p>'
    )


def _call(phone: str) -> str:
    """A number that can be called by a touch."""
    digits = "".join(char for char in phone if char in "0123456789+")
    return f'<a class="call" href="tel:{digits}">{html_text(phone)}</a>' if digits else html_text(phone)
