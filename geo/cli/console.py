"""What commands print: sentences on stdout, progress and warnings on stderr."""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from functools import cache
from typing import Any

from geo.errors import GeoError, InvalidInput
from geo.messages import Lang, catalogue, say
from geo.settings import Settings, read_settings


@cache
def settings() -> Settings:
    """The settings of this run, read once at the first command that needs them."""
    return read_settings()


def language() -> Lang:
    """The language of this run; the default where the settings themselves are at fault."""
    try:
        return settings().lang
    except GeoError:
        return "zh"


def tell(key: str, **values: Any) -> None:
    """Print a sentence."""
    print(say(key, language(), **values), flush=True)


def warn(key: str, **values: Any) -> None:
    """Print a sentence on stderr."""
    print(say(key, language(), **values), file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def parse_date(value: str | None) -> date | None:
    """A date as 2026-01-31."""
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise InvalidInput("date_invalid", value=value) from None


class Progress:
    """A line on stderr that is rewritten; nothing where nobody looks (a log, a pipe)."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.tty = sys.stderr.isatty()
        self.shown = time.monotonic()
        self.open = False

    def __call__(self, share: float, step: str = "") -> None:
        """Show how far the work is; `share` from 0 to 1."""
        if self._due(last=share >= 1):
            self._show(f"{share:4.0%} {say(step, language()) if step in catalogue() else step}")

    def rows(self, count: int) -> None:
        """Show a count where the total is not known."""
        if self._due():
            self._show(f"{count:,}")

    def done(self) -> None:
        """Clear the line."""
        if self.open:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self.open = False

    def _due(self, *, last: bool = False) -> bool:
        return self.tty and (last or time.monotonic() - self.shown >= 0.1)

    def _show(self, text: str) -> None:
        print(f"\r\x1b[K{self.label} {text}", end="", file=sys.stderr, flush=True)
        self.shown, self.open = time.monotonic(), True
