"""A large invented gazetteer: a city of areas, roads, compounds, buildings and points, for hotline texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from geo.sample.names import stems, word_list
from geo.sample.telling_words import chance, phrases, pick

Entry = dict[str, Any]
_PARTS: Final = (
    "东区",
    "西区",
    "南区",
    "北区",
    "东苑",
    "西苑",
    "南苑",
    "北苑",
    "一期",
    "二期",
    "三期",
    "1区",
    "2区",
    "A区",
    "B区",
)
_ORIGIN: Final = (114.05, 34.32)
# What a gazetteer of this many entries is made of, in shares.
_COMPOUNDS, _BUILDINGS, _ROADS, _TWICE = 0.3, 0.22, 0.07, 0.06


@dataclass
class Area:
    """Names of the areas around a place, and its middle: lon, lat."""

    district: str
    town: str
    community: str
    at: tuple[float, float]


@dataclass
class Road:
    """A road within one area: its range of numbers and those in use."""

    name: str
    area: Area
    low: int
    high: int
    taken: set[str] = field(default_factory=set)


class Maker:
    """Names and numbers for one city; every choice comes from its generator."""

    def __init__(self, seed: int, size: int) -> None:
        self.rng = np.random.default_rng([seed, 91])
        self.entries: list[Entry] = []
        self.stems = self._stems(max(400, size // 3))
        self.areas = self._areas(max(8, size // 100))
        self.roads: list[Road] = []

    def _stems(self, count: int) -> list[str]:
        """Names of two and three signs, in no order."""
        made = stems([], min(count, 2000), self.rng)
        words = word_list()
        listed = [*words["compounds"]["mid_stems"], *words["compounds"]["new_stems"], *phrases()["city"]["stems"]]
        while len(made) < count:
            head, tail = pick(listed, self.rng), pick(phrases()["city"]["tails"], self.rng)
            made.append(head + tail if head[-1] != tail[0] else head)
        return [*listed, *made]

    def _areas(self, count: int) -> list[Area]:
        words = phrases()["city"]
        towns = [
            f"{stem}{'镇' if k % 3 == 0 else '街道'}" for k, stem in enumerate(stems([], count // 8 + 2, self.rng))
        ]
        names = list(dict.fromkeys(pick(self.stems, self.rng) for _ in range(count * 3)))[:count]
        found = []
        for k, name in enumerate(names):
            end = "村" if k % 9 == 0 else ("新村社区" if k % 7 == 0 else "社区")
            town = towns[k % len(towns)]
            district = words["districts"][k % len(towns) % len(words["districts"])]
            at = (_ORIGIN[0] + float(self.rng.random()) * 0.3, _ORIGIN[1] + float(self.rng.random()) * 0.25)
            found.append(Area(district, town, name + end, at))
        return found

    def point(self, area: Area) -> tuple[float, float]:
        """A point near the middle of an area."""
        east, north = self.rng.normal(0, 0.004, 2)
        return round(area.at[0] + float(east), 6), round(area.at[1] + float(north), 6)

    def add(self, kind: str, name: str, area: Area, **more: Any) -> Entry:
        """One more entry, with the areas it lies in."""
        lon, lat = self.point(area)
        entry = {
            "id": f"{kind[0].upper()}{len(self.entries):06d}",
            "kind": kind,
            "name": name,
            "district": area.district,
            "town": area.town,
            "community": area.community,
            **more,
            "lon": lon,
            "lat": lat,
        }
        self.entries.append(entry)
        return entry

    def lay_roads(self, count: int) -> None:
        """Roads, a third of them through several areas with a range of numbers in each."""
        ends = ("路", "路", "路", "街", "大街", "巷", "大道", "支路", "弄")
        numerals = ("", "", "", "", "一", "二", "东", "西", "北")
        names: set[str] = set()
        while len(self.roads) < count:
            name = pick(self.stems, self.rng) + pick(numerals, self.rng) + pick(ends, self.rng)
            if name in names:
                continue
            names.add(name)
            low = 1
            for _ in range(int(self.rng.integers(2, 5)) if chance(0.33, self.rng) else 1):
                high = low + int(self.rng.integers(60, 260))
                self.roads.append(Road(name, pick(self.areas, self.rng), low, high))
                low = high + 1

    def door(self) -> tuple[Road, str]:
        """A road and a house number on it that is free."""
        while True:
            road = pick(self.roads, self.rng)
            number = str(int(self.rng.integers(road.low, road.high + 1)))
            if number not in road.taken:
                road.taken.add(number)
                return road, number

    def compound_name(self, taken: set[str]) -> str:
        """A name that no compound bears yet."""
        words = word_list()["compounds"]
        while True:
            end = pick(words[pick(("old_ends", "mid_ends", "new_ends"), self.rng)], self.rng)
            end = pick((end, end, *phrases()["absent"]["ends"]), self.rng)
            name: str = pick(self.stems, self.rng) + end
            if name not in taken:
                taken.add(name)
                return name


def city(entities: int, *, seed: int) -> list[Entry]:
    """About `entities` entries of every kind: as a deployment has them, for hotline texts.

    Compounds have parts (东区, 二期) and aliases; some names stand in two areas; roads have ranges of numbers;
    buildings of some compounds are entries; points have branches in brackets. Invented, WGS84 degrees; ids are texts.
    """
    maker = Maker(seed, entities)
    for town in dict.fromkeys((a.district, a.town) for a in maker.areas):
        area = next(a for a in maker.areas if (a.district, a.town) == town)
        maker.add("street", area.town, Area(area.district, area.town, "", area.at))
    for area in maker.areas:
        maker.add("community", area.community, area)
    maker.lay_roads(int(entities * _ROADS))
    _roads(maker)
    _compounds(maker, int(entities * _COMPOUNDS), int(entities * _BUILDINGS))
    taken: set[str] = set()
    while len(maker.entries) < entities:
        road, number = maker.door()
        for name in _sites(maker, taken):
            maker.add("poi", name, road.area, road=road.name, number=number, address=f"{road.name}{number}号")
    return [{k: v for k, v in entry.items() if v not in ("", ())} for entry in maker.entries[:entities]]


def _roads(maker: Maker) -> None:
    """Stretches with a range of numbers; where a road is an entry as a whole, these are its two sides."""
    whole: set[str] = set()
    for road in maker.roads:
        sided = len(road.name) % 2 == 0
        if sided and road.name not in whole:
            whole.add(road.name)
            everywhere = Area("", "", "", road.area.at)
            maker.add("road", road.name, everywhere, road=road.name)
        for side in ("odd", "even") if sided else ("",):
            low = road.low + (road.low % 2 == (side == "even")) if side else road.low
            maker.add("road", road.name, road.area, road=road.name, low=low, high=road.high, side=side)


def _compounds(maker: Maker, count: int, buildings: int) -> None:
    rng, taken, made, built = maker.rng, set[str](), 0, 0
    names: list[str] = []
    while made < count:
        twice = names and chance(_TWICE, rng)
        name = pick(names, rng) if twice else maker.compound_name(taken)
        road, number = maker.door()
        names.append(name)
        some = [] if twice or not chance(0.12, rng) else parts(rng)
        for whole in [name + part for part in some] or [name]:
            number_of = int(rng.choice([4, 6, 8, 10, 14, 20, 30]))
            aliases = _aliases(whole, maker) if chance(0.3, rng) else []
            given = {"aliases": aliases, "road": road.name, "number": number, "buildings": number_of}
            owner = maker.add("compound", whole, road.area, **given)
            made += 1
            if built < buildings and chance(0.45, rng):
                mark = pick(("号楼", "号楼", "幢", "栋"), rng)
                for k in range(1, number_of + 1):
                    maker.add("building", f"{whole}{k}{mark}", road.area, compound=whole, within=owner["id"])
                    built += 1


def parts(rng: np.random.Generator) -> list[str]:
    """Two or three parts of one manner."""
    at = (0, 4, 8, 11, 13)[int(rng.integers(0, 5))]
    return list(_PARTS[at : at + (3 if at == 8 else 2)])


def _aliases(name: str, maker: Maker) -> list[str]:
    """What else a compound is called: an older name, a works' name, its initial stem."""
    words = word_list()["compounds"]
    older = pick(words["old_stems"], maker.rng) + pick(phrases()["city"]["old"], maker.rng)
    return [pick((older, f"原{older}", f"{pick(maker.stems, maker.rng)}{name[-2:]}"), maker.rng)]


def _sites(maker: Maker, taken: set[str]) -> Iterator[str]:
    """One point, or several branches of one chain."""
    words, rng = phrases()["city"], maker.rng
    stem = pick(maker.stems, rng)
    if chance(0.3, rng):
        name = f"{pick(words['brands'], rng)}（{stem}店）"
    else:
        name = stem + pick(words[pick(("sites", "shops"), rng)], rng)
    if name not in taken:
        taken.add(name)
        yield name
