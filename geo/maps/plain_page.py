"""A page without script that any browser shows and any printer prints: digests, themes, the card of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from geo.maps.outside import check_no_outside
from geo.messages import Lang

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_HTML_LANG: Final = {"zh": "zh-CN", "en": "en"}


def plain_page(title: str, parts: Sequence[str], style: str, lang: Lang) -> str:
    """The page of `parts` in their order; they and `title` are safe in HTML, empty parts are left out.

    Raises
    ------
    StoreError
        The page would ask another host for something.
    """
    page = (
        f'<!DOCTYPE html>\n<html lang="{_HTML_LANG[lang]}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><title>{title}</title>'
        f"<style>{style}</style></head><body><main>\n" + "\n".join(p for p in parts if p) + "\n</main></body></html>\n"
    )
    check_no_outside(page)
    return page
