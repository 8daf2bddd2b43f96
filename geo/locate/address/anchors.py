"""Streets, communities and roads of this deployment in a text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

import ahocorasick

AnchorKind = Literal["town", "community", "road", "district"]
_ENDINGS: Final[dict[str, tuple[str, ...]]] = {
    "district": ("区", "县", "市"),
    "town": ("街道", "地区", "镇", "乡"),
    "community": ("社区", "村"),
    "road": (),
}
_SHORTEST_STEM: Final = 2


@dataclass(frozen=True)
class Anchor:
    """`name` (in full) of a town, community or road at ``text[start:end]``; not `full` if its ending was left out."""

    kind: AnchorKind
    name: str
    start: int
    end: int
    full: bool


class Anchors:
    """Finds area and road names exactly; the longest name at a place wins."""

    def __init__(self, names: Iterable[tuple[AnchorKind, str]]) -> None:
        # Of each piece of text: what it names in full, and what with its ending left out.
        held: dict[str, list[tuple[AnchorKind, str, bool]]] = defaultdict(list)
        for kind, name in sorted(set(names)):
            held[name].append((kind, name, True))
            for ending in _ENDINGS[kind]:
                stem = name.removesuffix(ending)
                if stem != name and len(stem) >= _SHORTEST_STEM:
                    held[stem].append((kind, name, False))
                    break
        self._automaton: Any = ahocorasick.Automaton()
        for piece, what in held.items():
            self._automaton.add_word(piece, (len(piece), what))
        self._automaton.make_automaton()

    def find(self, text: str) -> list[Anchor]:
        """All anchors, by start; those inside a longer one are left out. Stems count only beside other anchors."""
        if not len(self._automaton):
            return []
        hits = [(last + 1 - length, last + 1, what) for last, (length, what) in self._automaton.iter(text)]
        found = [Anchor(kind, name, a, b, full=full) for a, b, what in hits for kind, name, full in what]
        found.sort(key=lambda one: (one.start, one.start - one.end, not one.full))
        longest = [a for a in found if a.full and not any(_inside(a, b) for b in found if b.full)]
        # 新村社区 begins inside 振兴新村 …: of two that overlap the longer stands, then the earlier.
        kept: list[Anchor] = []
        for anchor in sorted(longest, key=lambda a: (a.start - a.end, a.start)):
            if all(anchor.end <= b.start or b.end <= anchor.start or _same(anchor, b) for b in kept):
                kept.append(anchor)
        stems = [a for a in found if not a.full and all(a.end <= b.start or b.end <= a.start for b in kept)]
        stems = [a for a in stems if not any(_inside(a, b) for b in stems)]
        return sorted(kept + stems, key=lambda a: (a.start, -a.end, a.kind))


def _inside(a: Anchor, b: Anchor) -> bool:
    return b.start <= a.start and a.end <= b.end and (b.end - b.start) > (a.end - a.start)


def _same(a: Anchor, b: Anchor) -> bool:
    return (a.start, a.end) == (b.start, b.end)
