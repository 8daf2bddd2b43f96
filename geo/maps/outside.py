"""Proves that a page asks no other host for anything."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

from geo.errors import StoreError

_ADDRESSES: Final = frozenset({"src", "href", "srcset", "poster", "data", "action", "formaction", "background", "ping"})
_OUTSIDE: Final = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?//|^\s*(?:https?|ftp|wss?):", re.IGNORECASE)
_CSS: Final = re.compile(r"""(?:url\(\s*['"]?|@import\s+['"])\s*((?:[a-z][a-z0-9+.-]*:)?//[^'")]*)""", re.IGNORECASE)


def check_no_outside(page: str) -> None:
    """Raise `StoreError` if a tag, a style attribute or a style sheet of `page` names another host.

    The page is parsed, so text that merely looks like an address (in the data, in a script) is not mistaken for one.
    """
    parser = _Checker()
    parser.feed(page)
    parser.close()


class _Checker(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        for name, value in attrs:
            if not value or (tag == "meta" and name == "content"):
                continue
            if name in _ADDRESSES and any(_OUTSIDE.match(part) for part in value.split(",")):
                raise StoreError("maps_outside_reference", tag=tag, attribute=name, value=value[:120])
            if name == "style":
                self._check_css(tag, name, value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "style":
            self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self._check_css("style", "css", data)

    @staticmethod
    def _check_css(tag: str, attribute: str, css: str) -> None:
        found = _CSS.search(css)
        if found:
            raise StoreError("maps_outside_reference", tag=tag, attribute=attribute, value=found[1][:120])
