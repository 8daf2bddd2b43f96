"""Words of an issue: its text and, where it has one, its address."""

from __future__ import annotations

from typing import Final

import numpy as np

from geo.sample.labels import Labels
from geo.sample.layout import Layout
from geo.sample.places import Spots
from geo.sample.spec import DISTRICT_NAME
from geo.sample.topics import Phrases, Topic

_FLOOR_WORDS: Final = ("一", "二", "三", "四", "五", "顶")


class Wording:
    """Composes texts; every choice comes from the generator that is passed in."""

    def __init__(self, layout: Layout, labels: Labels, phrases: Phrases) -> None:
        self.layout, self.labels, self.phrases = layout, labels, phrases

    def text(self, topic: Topic, spots: Spots, k: int, rng: np.random.Generator, *, patrol: bool) -> str:
        """The text of issue `k` of `spots`."""
        near = int(spots.near[k])
        stairs = max(int(self.layout.people.stairwells[near]), 1) if near >= 0 else 1
        compound = int(spots.compound[k])
        floors = max(int(self.layout.people.floors[near]), 1) if near >= 0 else 1
        body = topic.texts[int(rng.integers(0, len(topic.texts)))].format(
            compound=self._compound(compound, rng),
            building=self._building(near, rng),
            stair=f"{int(rng.integers(1, stairs + 1))}单元",
            floor=_floor(floors, rng),
            road=spots.road[k],
            number=int(spots.number[k]),
            poi=spots.poi[k] or f"{spots.road[k]}路口",
            days=int(rng.integers(2, 15)),
            hour=int(rng.integers(9, 12)),
            count=int(rng.integers(2, 17)),
        )
        if patrol:
            return _pick(self.phrases.patrol, rng) + body
        ending = _pick(self.phrases.endings, rng) if not topic.plain else ""
        return f"{_pick(self.phrases.openings, rng)}{body}{'，' + ending if ending else '。'}"

    def address(self, spots: Spots, k: int, rng: np.random.Generator) -> str:
        """An address as people write it: full, short, with an alias, or by road and number; "" without a place."""
        community = int(spots.community[k])
        if community < 0:
            return ""
        street = int(self.layout.territory.street_of_community[community])
        area = (
            f"{DISTRICT_NAME}{self.labels.streets[street]}{self.labels.communities[community]}",
            f"{self.labels.streets[street]}",
            f"{self.labels.communities[community]}",
            DISTRICT_NAME,
            "",
            "",
        )[int(rng.integers(0, 6))]
        door = f"{spots.road[k]}{int(spots.number[k])}号"
        compound, near = int(spots.compound[k]), int(spots.near[k])
        if compound < 0:
            poi = spots.poi[k]
            return area + (f"{door}{poi}" if poi and rng.random() < 0.5 else door)
        place = self._compound(compound, rng) + (self._building(near, rng) if near >= 0 else "")
        return area + (f"{door}{place}" if rng.random() < 0.25 else place)

    def _compound(self, compound: int, rng: np.random.Generator) -> str:
        if compound < 0:
            return ""
        aliases = self.labels.compound_aliases[compound]
        if aliases and rng.random() < 0.12:
            return _pick(tuple(aliases.split("|")), rng)
        return self.labels.compound_names[compound]

    def _building(self, near: int, rng: np.random.Generator) -> str:
        if near < 0:
            return ""
        name = str(self.labels.building_names[near])
        if not name.endswith("号楼"):
            return name
        return name[:-2] + _pick(("号楼", "号楼", "号楼", "号楼", "#楼", "栋", "幢"), rng)


def _floor(floors: int, rng: np.random.Generator) -> str:
    """A floor as people say it: in digits in high houses, in words in low ones."""
    if floors > 7:
        return f"{int(rng.integers(1, floors + 1))}层"
    return f"{_FLOOR_WORDS[int(rng.integers(0, min(floors, len(_FLOOR_WORDS))))]}层"


def _pick(words: tuple[str, ...], rng: np.random.Generator) -> str:
    return words[int(rng.integers(0, len(words)))]
