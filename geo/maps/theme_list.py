"""The page of all themes: one short sheet without script, the way to each report and to a new theme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from geo.maps.escape import html_text
from geo.maps.plain_page import plain_page
from geo.maps.theme import THEME_STYLE
from geo.messages import Lang, say
from geo.service.theme_words import number_in_words

if TYPE_CHECKING:
    from geo.model.themes import Theme


def themes_page(themes: Sequence[Theme], place: str, lang: Lang) -> str:
    """The HTML of the list, the newest first as given.

    Raises
    ------
    StoreError
        The page would ask another host for something.
    """
    title, back = say("theme_list", lang), html_text(say("word_nav_hotspots", lang))
    parts = [
        f'<p class="note">{html_text(place)} · <a href="/maps/hotspots">{back}</a></p>',
        f"<h1>{html_text(title)}</h1>",
        f"<p>{html_text(say('theme_list_what', lang))}</p>",
        _table(themes, lang) if themes else f'<p class="say">{html_text(say("theme_list_none", lang))}</p>',
        f'<p class="note">{html_text(say("theme_list_how", lang))}</p>',
        '<p class="note"><code>geo hotspots theme rank</code> → <code>geo hotspots theme freeze</code></p>',
    ]
    return plain_page(html_text(f"{title} · {place}"), parts, THEME_STYLE, lang)


def _table(themes: Sequence[Theme], lang: Lang) -> str:
    names = ("name", "grids", "incidents")
    heads = "".join(
        f'<th scope="col"{"" if k < 1 else numbers}>{html_text(say(f"theme_list_{name}", lang))}</th>'
        for k, (name, numbers) in enumerate((name, ' class="n"') for name in names)
    )
    rows = "\n".join(f"<tr>{_row(theme, lang)}</tr>" for theme in themes)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>\n{rows}\n</tbody></table>"


def _row(theme: Theme, lang: Lang) -> str:
    topic = f"{theme.category} {theme.category_name}".strip()
    link = f'<a href="/maps/themes/{theme.id}?lang={lang}">{html_text(theme.name)}</a>'
    return (
        f"<td>{link}<br>{html_text(topic)}<br>{theme.first} – {theme.last}</td>"
        f'<td class="n">{len(theme.grids)}</td><td class="n">'
        f"{html_text(number_in_words(theme.counted['incidents'], lang))}</td>"
    )
