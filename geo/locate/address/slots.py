"""What follows a name in an address: building, unit, room, house number, and words of relation. On normalised text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_BUILDING: Final = re.compile(r"([a-z]?\d{1,4}[a-z]?|[a-z]|[甲乙丙丁戊己])(?:号楼|#楼?|号?[幢栋座])")
_DASHED: Final = re.compile(r"(\d{1,3})-(\d{1,2})(?:-(\d{2,4}))?(?!\d)")
# 12-1-301: building, unit and room, and no date.
_DOOR: Final = re.compile(r"(?<![\d-])\d{1,3}-\d{1,2}-\d{2,4}(?![\d-])")
_UNIT: Final = re.compile(r"(\d{1,2}|[a-z])单元")
_FLOOR: Final = re.compile(r"\d{1,2}[楼层]")
_ROOM: Final = re.compile(r"\d{1,4}(?:室|户)|\d{3,4}(?=\D|$)")
_NUMBER: Final = re.compile(
    r"((?:\d{1,4}弄)?\d{1,5}(?:[-之]\d{1,3})?[甲乙丙丁]?)(?:号(?!楼(?![上下道梯])|幢|栋|座|线|桥)|#)|(\d{1,4}弄)(?!\d)"
)
_YARD: Final = re.compile(r"院(?=\d|院|内|里|门|附| |$)")
RELATION: Final = re.compile(
    r"(?:的)?(?:大?门口|附近|周边|周围|[院园区]?(?:内|里面|里(?=\W|的|$))|旁边?|对面|对过|斜对|后面|前面|楼下|楼上|外面|墙外|"
    r"[东西南北]{1,2}(?:侧|边|面|门|头)|往?[东西南北]\d+米|交叉口|路口|路段|路上|[东西南北中]段|沿线|沿街|辖区|大院|院子|门市|\d+米)"
)
# A bare 3号 behind a compound is taken for a building, behind a road for a house number.
_BARE: Final = re.compile(r"(\d{1,4})号")


@dataclass(frozen=True)
class Slots:
    """What stands directly behind a name, None where it does not; `end` is where it ends."""

    building: str | None = None
    unit: str | None = None
    room: str | None = None
    relation: str | None = None
    end: int = 0


def read_slots(text: str, start: int) -> Slots:
    """Building, unit, floor, room and relation that follow `start`, in this order, blanks allowed between."""
    building = unit = room = relation = None
    at = _skip(text, start)
    if dashed := _DASHED.match(text, at):
        building, unit, room = dashed.group(1), dashed.group(2) if dashed.group(3) else None, dashed.group(3)
        at = dashed.end()
    elif found := _BUILDING.match(text, at) or _BARE.match(text, at):
        building, at = found.group(1), _skip(text, found.end())
    if found := _UNIT.match(text, at):
        unit, at = found.group(1), _skip(text, found.end())
    if found := _FLOOR.match(text, at):
        at = _skip(text, found.end())
    if (building or unit) and (found := _ROOM.match(text, at)):
        room, at = found.group(), found.end()
    if found := RELATION.match(text, at):
        relation, at = found.group(), found.end()
    return Slots(building.lstrip("0") if building else None, unit, room, relation, at)


def read_number(text: str, start: int) -> tuple[str, int] | None:
    """The house number that follows a road's name and where it ends: ("358弄81", …), or None."""
    at = _skip(text, start)
    found = _NUMBER.match(text, at)
    if not found:
        return None
    yard = _YARD.match(text, found.end())
    return (found.group(1) or found.group(2)), (yard or found).end()


def has_building(text: str) -> bool:
    """Whether a building, a unit or a door is named anywhere: somebody means a place."""
    return bool(_BUILDING.search(text) or _UNIT.search(text) or _DOOR.search(text))


def _skip(text: str, at: int) -> int:
    return at + 1 if text[at : at + 1] == " " else at
