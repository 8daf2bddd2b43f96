"""Ways to say where a place lies and which of its buildings is meant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.sample.telling_book import Book, Place
from geo.sample.telling_noise import numeral
from geo.sample.telling_words import chance, pick

# Which areas a caller names; short forms leave the ending out.
_AREAS: tuple[tuple[str, float], ...] = (
    ("", 0.40),
    ("town", 0.14),
    ("community", 0.12),
    ("town community", 0.12),
    ("district town community", 0.06),
    ("district town", 0.05),
    ("district", 0.05),
    ("district community", 0.02),
    ("after town", 0.02),
    ("after community", 0.02),
)


@dataclass(frozen=True)
class Said:
    """What is said about where a place lies: text before and after its name, and the areas that this states."""

    before: str = ""
    after: str = ""
    town: str = ""
    community: str = ""
    district: str = ""
    road: str = ""
    number: str = ""


def say_areas(place: Place, book: Book, rng: np.random.Generator, *, full: bool = False) -> Said:
    """Some of the areas that a place lies in, in full or short."""
    words, shares = zip(*_AREAS, strict=True)
    wanted = words[int(rng.choice(len(words), p=shares))]
    known = {"town": place.town, "community": place.community, "district": place.district}
    named = {key: known[key] for key in wanted.split() if known.get(key)}
    if place.kind in ("street", "community") and place.name in named.values():
        named = {key: value for key, value in named.items() if value != place.name}
    short = not full and chance(0.2, rng)
    spoken = [book.stem_of(name) or name if short and key != "district" else name for key, name in named.items()]
    if wanted.startswith("after") and spoken and place.kind not in ("street", "community"):
        name = next(iter(named.values()))
        return Said(after=pick((f"（{name}）", f"，{name}", f"({name})"), rng), **named)
    joiner = pick(("", "", "", "", "，", " ", "的"), rng) if spoken else ""
    inner = pick(("", "", "", "", " "), rng)
    return Said(before=inner.join(spoken) + joiner, **named)


def say_door(road: str, number: str, rng: np.random.Generator) -> str:
    """Road and house number."""
    mark = "" if number.endswith(("弄", "号")) else pick(("号", "号", "号", "号", "号", "号院", "#"), rng)
    return road + pick(("", "", "", "", " "), rng) + number + mark


def say_building(number: str, rng: np.random.Generator) -> str:
    """A building, at times with stairwell, floor and room; `number` is digits or a letter."""
    digits = number.isdigit()
    forms = ["号楼", "号楼", "号楼", "号楼", "#楼", "#", "栋", "栋", "幢", "幢", "座", "号", " 号楼", "-", "栋楼"]
    form = pick(forms if digits else ["座", "座", "栋", "幢", "号楼"], rng)
    if form == "-":
        unit, room = int(rng.integers(1, 5)), int(rng.integers(1, 19)) * 100 + int(rng.integers(1, 5))
        return pick((f"{number}-{unit}-{room}", f"{number}－{unit}－{room}", f"{number}-{unit}-{room}室"), rng)
    spoken = number
    if digits and 0 < int(number) < 40 and form in ("号楼", "栋", "幢") and chance(0.12, rng):
        spoken = numeral(int(number))
    return spoken + form + _inside(rng)


def _inside(rng: np.random.Generator) -> str:
    """Stairwell, floor and room behind a building."""
    unit, floor = int(rng.integers(1, 6)), int(rng.integers(1, 31))
    room = floor * 100 + int(rng.integers(1, 5))
    stair = pick((f"{unit}单元", f"{unit}单元", f"{numeral(unit)}单元", f"{unit}门"), rng)
    return pick(
        (
            "",
            "",
            "",
            "",
            stair,
            stair,
            stair,
            f"{stair}{room}",
            f"{stair}{room}室",
            f"{room}室",
            f"{floor}楼",
            f"{stair}{floor}楼",
            f"{stair}{numeral(floor)}楼",
            f"{floor}层",
            "楼下",
        ),
        rng,
    )


def building_number(places: list[Place], rng: np.random.Generator) -> str:
    """A building that every one of `places` may have; "" where there is none that all have."""
    listed = [set(place.buildings) for place in places if place.buildings]
    if listed:
        common = sorted(set.intersection(*listed))
        return pick(common, rng) if common else ""
    most = min((place.count for place in places if place.count), default=16)
    return str(int(rng.integers(1, most + 1)))
