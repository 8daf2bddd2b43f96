"""What a text says: the areas and roads it states, and the names in it that can be believed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from geo.locate.address.anchors import Anchor
from geo.locate.address.names import Finals, Hit
from geo.locate.address.slots import RELATION, Slots, read_number, read_slots
from geo.locate.address.strangers import is_kind

_GENERIC: Final = "小区"
# 东区, 2期, 15号院: a part of a compound that is a place of its own.
_PART: Final = re.compile(r"\d{1,3}(?:号院(?!内|里)|[区期组排村里]|小区)|[东西南北中](?:[区苑园里村]|小区)")
_FURTHEST: Final = 8
_BOUNDED: Final = frozenset(" 的")
_YARD: Final = "院"
# What a place is told with: 在天玺3号楼, 我住天玺3号楼. Other signs before a name belong to a longer one.
_JOINED: Final = frozenset("在是到从住于去离往至经叫就和与由为将对让给把被的们称说")


@dataclass(frozen=True)
class Stated:
    """Areas that a text states. `must` areas stand in full before the place: a place elsewhere contradicts them."""

    towns: frozenset[str]
    communities: frozenset[str]
    districts: frozenset[str]
    must_towns: frozenset[str]
    must_communities: frozenset[str]
    road: str = ""
    number: str = ""


@dataclass(frozen=True)
class Named:
    """A name that stands in the text: how much of it (`gain`, characters), and what follows.

    `continues` is the rest of a longer name that it is only a part of. `believed` is whether it may decide; with
    `needs_area` only for a place that lies where the text says.
    """

    hit: Hit
    length: int
    gain: float
    slots: Slots
    continues: str
    believed: bool
    needs_area: bool


def read_named(hit: Hit, name: str, text: str, anchors: Sequence[Anchor], finals: Finals) -> Named:
    """Judge one hit by what stands around it."""
    continues = continuation(text, hit.end, anchors, finals)
    after = hit.end + len(_GENERIC) if text.startswith(_GENERIC, hit.end) else hit.end
    slots = read_slots(text, after)
    right = after > hit.end or slots.end > after + 1 or text[after : after + 1] in ("", *_BOUNDED)
    left = hit.start == 0 or text[hit.start - 1] == " " or any(a.end == hit.start for a in anchors)
    numbers = (read_number(text, anchor.end) for anchor in anchors if anchor.kind == "road")
    left = left or any(n and text[n[1] : hit.start] in ("", _YARD) and n[1] <= hit.start for n in numbers)
    needs_area = False
    if hit.cost == 0:
        # Two characters stand by chance in many texts: they need a place's surroundings on both sides.
        # So does a name that is how other names end: 新苑 is not the place in 华坞新苑.
        ending = name in finals.pairs
        joined = text[hit.start - 1 : hit.start] in _JOINED if slots.building and not ending else False
        believed = len(name) > 2 or (right and (left or joined))
    else:
        stem = finals.stem(name.removesuffix(_GENERIC))
        kept = len(stem) > 1 and text.startswith(stem, hit.start)
        believed = hit.cost <= (2.0 if len(stem) > 6 else 1.0) and len(name) > 2 and (right or left)
        # Three signs less a slip are two: 山河城 is not in 上城河城, 农机里 not in 农机馨苑.
        bounded = (left or text[hit.start - 1] in _JOINED) and (right or text[hit.end - 1] == name[-1])
        believed = believed and (len(name) > 3 or bounded)
        # 之江花园 is hardly a slip for 清江花园: too little is left of what tells them apart.
        needs_area = not (len(stem) > 3 or (len(stem) == 3 and right) or (kept and len(name) > 3 and right))
        needs_area = needs_area or _other_kind(text[hit.start : hit.end], name, hit.cost, finals)
        believed = believed and not any(a.full and a.start <= hit.start and hit.end <= a.end for a in anchors)
    # 河畔新村 is not the place in 河畔新村社区.
    inside = [a for a in anchors if a.full and a.start <= hit.start and hit.end <= a.end]
    believed = believed and not any(a.end - a.start > hit.end - hit.start for a in inside)
    # 嘉南公寓 in 金成嘉南公寓, 海棠苑 in 锦绣花园海棠苑: what stands before belongs to the name.
    before = text[max(hit.start - 2, 0) : hit.start]
    if not continues and not left and (before in finals.openings or before in finals.pairs):
        continues = before
    gain = len(name) - 2.0 * hit.cost + (2.0 if slots.building else 0.0) - (1.5 if _beside(slots) else 0.0)
    return Named(hit, len(name), gain, slots, continues, believed and not continues, needs_area)


def continuation(text: str, at: int, anchors: Sequence[Anchor], finals: Finals) -> str:
    """The rest of a longer name that goes on at `at` ("" if none): 西溪花园 is not the place in 西溪花园红柿苑."""
    if text.startswith(_GENERIC, at):
        at += len(_GENERIC)
    if part := _PART.match(text, at):
        return part.group()
    if RELATION.match(text, at) or read_slots(text, at).end > at + 1 or any(anchor.start == at for anchor in anchors):
        return ""
    end = text.find(" ", at)
    rest = text[at : min(at + _FURTHEST, len(text) if end < 0 else end)]
    for length in range(1, len(rest) + 1):
        piece, follows = rest[:length], at + length
        if piece[-3:] in finals.triples or (piece[-2:] in finals.pairs and (length > 2 or _ends(text, follows))):
            return piece
        if piece[-1] in finals.single and _ends(text, follows):
            return piece
    return ""


def stated_around(start: int, end: int, text: str, anchors: Sequence[Anchor]) -> Stated:
    """The areas, and the road with its number, that a text states about a place at ``text[start:end]``."""
    free = [a for a in anchors if a.end <= start or end <= a.start]
    starts = {a.start for a in free} | {start}
    ends = {a.end for a in free if a.full}
    # An ending left out (湖西 for 湖西街道) counts only right before the place or beside another area.
    clear = [a for a in free if a.full or a.end in starts or (a.kind == "community" and a.start in ends)]
    must = [a for a in clear if a.full and a.end <= start]
    road = number = ""
    for anchor in free:
        found = read_number(text, anchor.end) if anchor.kind == "road" and anchor.end <= start else None
        if found and text[found[1] : start].strip() == "":
            road, number = anchor.name, found[0]
    return Stated(
        towns=frozenset(a.name for a in clear if a.kind == "town"),
        communities=frozenset(a.name for a in clear if a.kind == "community"),
        districts=frozenset(a.name for a in clear if a.kind == "district" and a.full),
        must_towns=frozenset(a.name for a in must if a.kind == "town"),
        must_communities=frozenset(a.name for a in must if a.kind == "community"),
        road=road,
        number=number,
    )


def without_overlaps(named: Sequence[Named]) -> list[Named]:
    """Of names that overlap, those with the most characters explained; equals stay."""
    kept: list[Named] = []
    for one in sorted(named, key=lambda n: (-n.gain, n.hit.start, n.hit.name)):
        overlapping = [k for k in kept if one.hit.start < k.hit.end and k.hit.start < one.hit.end]
        if all(one.gain >= k.gain for k in overlapping):
            kept.append(one)
    return kept


def _other_kind(said: str, name: str, cost: float, finals: Finals) -> bool:
    """Whether 华庭 stands where the name has 豪庭, and all else is the same: that is another place, hardly a slip.

    Signs that sound alike cost less than 1 and may be a slip; so may a sign that calls no place.
    """
    same = len(said) == len(name) and said[:-2] == name[:-2]
    return cost >= 1.0 and same and is_kind(said[-2:], finals) and is_kind(name[-2:], finals)


def _beside(slots: Slots) -> bool:
    return slots.relation is not None and any(word in slots.relation for word in ("对", "旁", "米", "后面", "前面"))


def _ends(text: str, at: int) -> bool:
    return (
        at >= len(text)
        or text[at] in _BOUNDED
        or text[at].isdigit()
        or text.startswith(_GENERIC, at)
        or RELATION.match(text, at) is not None
    )
