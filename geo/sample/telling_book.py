"""A gazetteer as a teller of texts sees it: which entries a spoken name may mean, and which areas hold them."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any, Final

import ahocorasick

_KINDS: Final = {
    "comm": "community",
    "village": "community",
    "community": "community",
    "town": "street",
    "street": "street",
    "compound": "compound",
    "building": "building",
    "road": "road",
    "number": "number",
}
_BUILDING: Final = re.compile(r"^(.{2,}?)(?:([a-z]?\d{1,4}[a-z]?|[a-z]|[甲乙丙丁])(?:号楼|#楼?|号?[幢栋座]))$")
_RANGE: Final = re.compile(r"^(\d+)[-~至](\d+)$")
_AREA_ENDS: Final = ("街道", "社区", "地区", "镇", "乡", "村")
_GENERIC: Final = "小区"


def plain(text: str) -> str:
    """Letters and digits alone, in one width and case: as two texts are compared."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum() or c == "#")


@dataclass(frozen=True, eq=False)
class Place:
    """One entry. `names` are what people may call it; `buildings` its buildings that are entries, by number."""

    id: Any
    kind: str
    name: str
    aliases: tuple[str, ...]
    town: str
    community: str
    district: str
    road: str
    number: str
    low: int | None
    high: int | None
    side: str
    count: int
    address: str
    host: str
    part_of: str
    buildings: dict[str, Any] = field(default_factory=dict)

    def holds(self, number: int) -> bool:
        """Whether a house number lies in this stretch of a road, and on its side."""
        if self.low is None or self.high is None or not self.low <= number <= self.high:
            return False
        return self.side not in ("odd", "even") or (self.side == "odd") == bool(number % 2)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Name, aliases and, of a 小区, the name without this word."""
        every = [self.name, *self.aliases]
        if self.kind in ("compound", "poi"):
            every += [n.removesuffix(_GENERIC) for n in every if n.endswith(_GENERIC) and len(n) > len(_GENERIC) + 2]
        return tuple(dict.fromkeys(n for n in every if len(plain(n)) > 1))


class Book:
    """The entries of a gazetteer in an order of their own, so that the order of rows changes nothing."""

    def __init__(self, entries: Iterable[Mapping[str, Any]]) -> None:
        read = sorted((_read(entry) for entry in entries), key=lambda place: (str(place.id), place.name))
        owners: dict[str, list[Place]] = defaultdict(list)
        for place in read:
            if place.kind in ("compound", "poi"):
                owners[place.name].append(place)
        self.places: list[Place] = []
        self.alone: list[tuple[Place, str]] = []
        for place in read:
            base, number = building_of(place.name) if place.kind == "building" else ("", "")
            mine = [o for o in owners.get(base, ()) if (o.community, o.town) == (place.community, place.town)]
            if len(mine) == 1:
                mine[0].buildings[number] = place.id
            else:
                self.places.append(place)
        self.by_kind: dict[str, list[Place]] = defaultdict(list)
        self.by_name: dict[str, list[Place]] = defaultdict(list)
        self.by_number: dict[tuple[str, str], list[Place]] = defaultdict(list)
        for place in self.places:
            self.by_kind[place.kind].append(place)
            if place.kind != "number":
                for key in dict.fromkeys(plain(name) for name in place.names):
                    self.by_name[key].append(place)
            if place.road and place.number:
                self.by_number[place.road, place.number].append(place)
        self.towns = sorted({p.town for p in self.places} - {""})
        self.communities = sorted({(p.town, p.community) for p in self.places if p.community})
        self.districts = sorted({p.district for p in self.places} - {""})
        self._stems: dict[str, set[str]] = defaultdict(set)
        for area in (*self.towns, *(c for _, c in self.communities)):
            self._stems[area_stem(area)].add(area)
        self.roads = sorted({p.road for p in self.places} - {""})

    def meant(
        self, name: str, *, town: str = "", community: str = "", district: str = "", road: str = "", number: str = ""
    ) -> list[Place]:
        """Every place that goes by `name` and lies where a text says; an entry that does not know may lie there."""
        return [
            place
            for place in self.by_name.get(plain(name), ())
            if all(
                not said or not known or said == known
                for said, known in (
                    (town, place.town),
                    (community, place.community),
                    (district, place.district),
                    (road + number, (place.road + place.number) if place.number else ""),
                )
            )
        ]

    def stem_of(self, area: str) -> str:
        """The area's name without its ending, where that can only mean this area; "" otherwise."""
        stem = area_stem(area)
        return stem if len(stem) > 1 and stem != area and len(self._stems[stem]) == 1 else ""

    @cached_property
    def twice(self) -> list[str]:
        """Names that several compounds or points of interest bear."""
        kinds = {"compound", "poi"}
        return [key for key, places in self.by_name.items() if len(places) > 1 and {p.kind for p in places} <= kinds]

    @cached_property
    def typed_for(self) -> list[Place]:
        """Entries that people look for on a map."""
        return [place for place in self.places if place.kind in ("compound", "poi") and len(plain(place.name)) > 1]

    @cached_property
    def typed_names(self) -> tuple[str, list[int], list[Place]]:
        """The names of `typed_for` in one text, where each begins in it, and whose it is."""
        named = [(plain(name), place) for place in self.typed_for for name in (place.name, *place.aliases)]
        starts = [0, *accumulate(len(key) + 1 for key, _ in named)]
        return "\n".join(key for key, _ in named), starts[:-1], [place for _, place in named]

    @cached_property
    def doors_listed(self) -> list[tuple[str, str]]:
        """Every road and house number that an entry bears."""
        return list(self.by_number)

    def close_to(self, key: str) -> list[str]:
        """Known names that differ from `key` in one sign."""
        return [name for pattern in _open(key) for name in self._patterns.get(pattern, ()) if name != key]

    def doors(self, road: str) -> set[str]:
        """The house numbers that are known on a road."""
        return {p.number for p in self.by_road.get(road, ()) if p.number}

    @cached_property
    def by_road(self) -> dict[str, list[Place]]:
        """Entries on each road, road entries among them."""
        found: dict[str, list[Place]] = defaultdict(list)
        for place in self.places:
            if place.road:
                found[place.road].append(place)
        return found

    @cached_property
    def _names(self) -> Any:
        """Every name, area and road in one automaton."""
        names = ahocorasick.Automaton()
        for key in self.by_name:
            names.add_word(key, key)
        for area in (*self.towns, *(c for _, c in self.communities), *self.roads):
            names.add_word(plain(area), plain(area))
        if len(names):
            names.make_automaton()
        return names

    def spoken(self, text: str) -> list[tuple[int, int, str]]:
        """Names, areas and roads that stand in `plain(text)`: (start, end, name)."""
        if not len(self._names):
            return []
        return [(end + 1 - len(key), end + 1, key) for end, key in self._names.iter(plain(text))]

    @cached_property
    def _patterns(self) -> dict[str, list[str]]:
        """Names for each pattern with one sign left open."""
        found: dict[str, list[str]] = defaultdict(list)
        for key in self.by_name:
            for pattern in _open(key):
                found[pattern].append(key)
        return found

    def apart(self, name: str) -> bool:
        """Whether no known name differs from `name` by a sign more, less, or another."""
        key = plain(name)
        near = key in self.by_name or bool(self.close_to(key))
        return not near and key not in self._shorter and not any(short in self.by_name for short in _less(key))

    @cached_property
    def _shorter(self) -> set[str]:
        """Known names with one sign left out."""
        return {short for key in self.by_name for short in _less(key)}


def area_stem(area: str) -> str:
    """和平社区 and 和平街道 are both called 和平."""
    for end in _AREA_ENDS:
        if area.endswith(end) and len(area) > len(end) + 1:
            return area.removesuffix(end)
    return area


def building_of(name: str) -> tuple[str, str]:
    """晨光里3号楼 is building 3 of 晨光里; ("", "") for other names."""
    found = _BUILDING.match(unicodedata.normalize("NFKC", name).lower())
    return (name[: found.end(1)], found.group(2)) if found else ("", "")


def _open(key: str) -> Sequence[str]:
    return [f"{key[:i]}\0{key[i + 1 :]}" for i in range(len(key))]


def _less(key: str) -> Sequence[str]:
    return [key[:i] + key[i + 1 :] for i in range(len(key))]


def _read(entry: Mapping[str, Any]) -> Place:
    """One entry of any gazetteer; what is missing or not a number stays out."""
    kind = _KINDS.get(str(entry["kind"]), "poi")
    name = str(entry.get("name") or "")
    given = entry.get("aliases") or ()
    old = entry.get("old_names") or ()
    aliases = [*(given.split("|") if isinstance(given, str) else given)]
    aliases += [*(old.split("|") if isinstance(old, str) else old)]
    number, low, high = _numbers(entry)
    return Place(
        id=entry["id"],
        kind=kind,
        name=name,
        aliases=tuple(str(alias) for alias in aliases if alias),
        town=_said(entry, "town") or (name if kind == "street" else ""),
        community=_said(entry, "community") or (name if kind == "community" else ""),
        district=_said(entry, "district"),
        road=_said(entry, "road") or (name if kind == "road" else ""),
        number=number,
        low=low,
        high=high,
        side=_said(entry, "side"),
        count=_whole(entry.get("buildings")) or 0,
        address=_said(entry, "address"),
        host=_said(entry, "host"),
        part_of=_said(entry, "part_of"),
    )


def _said(entry: Mapping[str, Any], field: str) -> str:
    value = entry.get(field)
    return "" if value is None or isinstance(value, float) else str(value)


def _whole(value: Any) -> int | None:
    try:
        return int(float(value))
    except (TypeError, ValueError, OverflowError):
        return None


def _numbers(entry: Mapping[str, Any]) -> tuple[str, int | None, int | None]:
    """House number, or the range of them."""
    low = _whole(entry.get("low", entry.get("lo")))
    high = _whole(entry.get("high", entry.get("hi")))
    number = entry.get("number")
    if isinstance(number, list | tuple) and len(number) == 2:
        return "", int(number[0]), int(number[1])
    text = "" if number is None or number != number else str(int(number) if isinstance(number, float) else number)
    if found := _RANGE.match(text):
        return "", int(found.group(1)), int(found.group(2))
    return text.removesuffix("号"), low, high
