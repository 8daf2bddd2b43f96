"""The weekly digest of a community: one file of plain HTML, no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from geo.maps.escape import html_text
from geo.maps.plain_page import plain_page
from geo.messages import Lang, say
from geo.service.hotspot_words import in_words

if TYPE_CHECKING:
    from geo.model import Issue
    from geo.service.hotspot_digest_view import DigestView

# Readable on a phone and on A4 alike.
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;color:#17222d;max-width:60rem;margin:1rem auto;padding:0 1rem}"
    "h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:1.6rem}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .5rem;border-bottom:1px solid #e2e6ea}"
    "td{overflow-wrap:anywhere}p.note{color:#465361}@media print{body{margin:0}tr{break-inside:avoid}}"
)


def digest_page(view: DigestView, lang: Lang) -> str:
    """The HTML of a digest; texts of issues were masked by whoever made the view.

    Raises
    ------
    StoreError
        The page would ask another host for something.
    """

    def said(key: str, **values: Any) -> str:
        return html_text(say(key, lang, **values))

    title = said("digest_title", name=view.name or view.community, first=view.first, last=view.last)
    hotspots = [
        [f"{h.category} {h.category_name}".strip(), _grids(h.members, view), f"{h.first} – {h.last}",
         in_words(h, lang, public=True)]
        for h in view.hotspots
    ]  # fmt: skip
    parts = [
        f"<h1>{title}</h1>",
        f'<p class="note">{html_text(view.place)} · {html_text(view.community)}</p>',
        _section(said("digest_hotspots", count=len(hotspots)), _heads(lang, "topic", "grid", "when", "why"), hotspots),
        _section(said("digest_overdue", count=len(view.overdue)), _issue_heads(lang), _issues(view.overdue, late=True)),
        _section(said("digest_new", count=len(view.new)), _issue_heads(lang), _issues(view.new)),
        f'<p class="note">{said("digest_note")}</p>',
    ]
    return plain_page(title, parts, _STYLE, lang)


def _grids(codes: Sequence[str], view: DigestView) -> str:
    return "、".join(view.grids[code] or code for code in codes if code in view.grids)


def _heads(lang: Lang, *words: str) -> list[str]:
    return [html_text(say(f"digest_head_{word}", lang)) for word in words]


def _issue_heads(lang: Lang) -> list[str]:
    return _heads(lang, "number", "when", "topic", "grid", "text")


def _issues(issues: Sequence[Issue], *, late: bool = False) -> list[list[str]]:
    rows = []
    for issue in issues:
        moment = issue.due_at if late and issue.due_at is not None else issue.reported_at
        where = issue.location.grid_name or issue.location.grid or ""
        topic = issue.category_name or issue.category
        rows.append([str(issue.id), f"{moment:%m-%d %H:%M}", topic, where, issue.text])
    return rows


def _section(title: str, heads: list[str], rows: list[list[str]]) -> str:
    """A table; its cells are escaped here, the rest was."""
    if not rows:
        return f"<h2>{title}</h2>"
    head = "".join(f'<th scope="col">{word}</th>' for word in heads)
    body = "\n".join("<tr>" + "".join(f"<td>{html_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<h2>{title}</h2>\n<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"
