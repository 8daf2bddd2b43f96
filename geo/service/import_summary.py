"""The account of an import of issues: what became of every row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from geo.errors import GeoError
from geo.messages import Lang


@dataclass
class ImportSummary:
    """What became of every row of an issue file; `rows` is the sum of `located`, `outside` and all `rejected`.

    `rejected` counts rows by the reason why no grid could be named. Those of them that are reports all the same are
    stored: for a person to place (`queued`), or closed already (`archived`); the others are in `errors` with their row.
    `unknown_categories` counts stored rows by a category that the place's directory does not have: rules that name
    categories cannot apply to them.
    """

    rows: int = 0
    added: int = 0
    known: int = 0
    located: int = 0
    outside: int = 0
    queued: int = 0
    archived: int = 0
    routed: int = 0
    unknown_categories: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    errors: list[GeoError] = field(default_factory=list)

    def refuse(self, error: GeoError, row: int) -> None:
        """Note that a row, counted from 1, is not stored, and why."""
        # The account of an import is printed and written to a file: it tells of no person.
        self.errors.append(type(error)(error.code, **{**error.masked().context, "row": row}))
        self.rejected[error.code] += 1

    def as_dict(self, lang: Lang) -> dict[str, Any]:
        """For a report file."""
        return {
            "rows": self.rows,
            "added": self.added,
            "known": self.known,
            "located": self.located,
            "outside": self.outside,
            "rejected": dict(sorted(self.rejected.items())),
            "rejected_total": self.rejected.total(),
            "queued": self.queued,
            "archived": self.archived,
            "routed": self.routed,
            "unknown_categories": dict(sorted(self.unknown_categories.items())),
            "errors": [{"code": e.code, "message": e.message(lang), **plain(e.context)} for e in self.errors],
        }


def plain(context: dict[str, Any]) -> dict[str, Any]:
    """The values of an error as JSON can say them."""
    return {key: value if isinstance(value, int | float | str | None) else str(value) for key, value in context.items()}
