"""What stands above the rules for a while: decisions of persons, and the mode of an area."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from geo.locate.routing.match import fits_area
from geo.model import Mode, ModeSwitch, Override


class OverrideBook:
    """Overrides by what they are for.

    Parameters
    ----------
    rows : all that was said, in order; a row with `replaces` says the new state of an earlier one.
    """

    def __init__(self, rows: Iterable[Override]) -> None:
        newest: dict[int, Override] = {}
        for row in rows:
            newest[row.replaces or row.id] = row
        self._by_key: dict[tuple[str, str], list[tuple[int, Override]]] = defaultdict(list)
        for root in sorted(newest):
            row = newest[root]
            if row.state == "approved":
                self._by_key[row.kind, row.key].append((root, row))

    def __len__(self) -> int:
        return sum(map(len, self._by_key.values()))

    def find(
        self,
        keys: Iterable[tuple[str, str]],
        *,
        scheme: str,
        kind: str,
        category: str,
        chain: Sequence[str],
        at: datetime,
    ) -> Override | None:
        """The last override said of any of `keys` (kind, key) that holds for the matter at a moment.

        None too where the last one said lifts those before it.
        """
        if not self._by_key:
            return None
        holding = [
            row
            for key in keys
            for row in self._by_key.get(key, ())
            if _holds(row[1], scheme, kind, category, chain, at)
        ]
        if not holding:
            return None
        _, last = max(holding, key=lambda row: row[0])
        return last if last.department else None


def _holds(row: Override, scheme: str, kind: str, category: str, chain: Sequence[str], at: datetime) -> bool:
    return (
        row.scheme in ("", scheme)
        and row.category_kind in ("", kind)
        and category.startswith(row.category)
        and fits_area(row.grid, chain)
        and (row.since is None or row.since <= at)
        and (row.until is None or at < row.until)
    )


def mode_at(switches: Sequence[ModeSwitch], *, chain: Sequence[str], at: datetime) -> Mode:
    """The mode of a place at a moment: the last switch said that holds there and then, else normal."""
    for switch in reversed(switches):
        if switch.since <= at < switch.until and fits_area(switch.area, chain):
            return switch.mode
    return "normal"
