"""What a text is about: a place that is meant, several that may be meant, one that is not here, or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from geo.sample.names import stems
from geo.sample.telling_book import Book, Place, building_of, plain
from geo.sample.telling_forms import Said, building_number, say_areas, say_building, say_door
from geo.sample.telling_noise import confusable
from geo.sample.telling_words import chance, phrases, pick

Status = Literal["match", "ambiguous", "absent", "conflict", "none"]
_LEVELS: Final = {"compound": "compound", "poi": "poi", "road": "road", "community": "community", "street": "street"}


@dataclass(frozen=True)
class Draft:
    """A place as it is said, before slips: `before` + `name` + `after`, and the truth about it."""

    status: Status
    topic: str
    before: str
    name: str
    after: str
    ids: tuple[Any, ...] = ()
    also: tuple[Any, ...] = ()
    level: str = ""
    tags: tuple[str, ...] = ()
    # Whether the name may be told with a slip: of numbers, of areas and of what is not here it may not.
    slips: bool = True


Scenario = Callable[[Book, np.random.Generator], Draft | None]


def named(book: Book, rng: np.random.Generator) -> Draft | None:
    """A compound or point of interest by one of its names."""
    kinds = [kind for kind in ("compound", "compound", "poi") if book.by_kind[kind]]
    if not kinds:
        return None
    place = pick(book.by_kind[pick(kinds, rng)], rng)
    return about(place, book, rng) if place.names else None


def about(place: Place, book: Book, rng: np.random.Generator, *, ambiguous: bool = False) -> Draft | None:
    """`place` by a name; None if what is said does not fit how many places it should."""
    alias = len(place.names) > 1 and chance(0.25, rng)
    name = pick(place.names[1:], rng) if alias else place.name
    said = Said() if ambiguous else say_areas(place, book, rng)
    if not ambiguous and place.road and place.number and chance(0.12, rng):
        door = say_door(place.road, place.number, rng)
        said = Said(said.before + door, said.after, said.town, said.community, said.district, place.road, place.number)
    meant = book.meant(
        name, town=said.town, community=said.community, district=said.district, road=said.road, number=said.number
    )
    if (len(meant) > 1) != ambiguous or place not in meant:
        return None
    ids, level, tail = _ids(meant), _LEVELS.get(place.kind, "poi"), said.after
    also: tuple[Any, ...] = ()
    tags: tuple[str, ...] = ()
    if place.kind == "compound" and chance(0.55, rng):
        number = building_number(meant, rng)
        if not number:
            return None
        tail, tags = say_building(number, rng) + tail, ("building",)
        if all(number in one.buildings for one in meant):
            also, ids, level = ids, tuple(one.buildings[number] for one in meant), "building"
    elif chance(0.1, rng):
        words = phrases()["relations"]
        tail, tags = pick(words["words"], rng) + pick(words["things"], rng) + tail, ("relation",)
    tags += ("alias",) if alias else ()
    topic = "building" if "building" in tags else ("any" if "relation" in tags else place.kind)
    status: Status = "ambiguous" if ambiguous else "match"
    return Draft(status, topic, said.before, name, tail, ids, also, level, tags)


def ambiguous(book: Book, rng: np.random.Generator) -> Draft | None:
    """A name that several places bear, and nothing that tells them apart."""
    if not book.twice:
        return None
    place = pick(book.by_name[pick(book.twice, rng)], rng)
    return about(place, book, rng, ambiguous=True)


def conflict(book: Book, rng: np.random.Generator) -> Draft | None:
    """A name that is known, in an area where no place of that name lies."""
    kinds = [kind for kind in ("compound", "compound", "poi") if book.by_kind[kind]]
    if not kinds or len(book.towns) < 2:
        return None
    place = pick(book.by_kind[pick(kinds, rng)], rng)
    name = place.name
    everywhere = book.meant(name)
    if not everywhere or any(not one.town or not one.community for one in everywhere) or len(plain(name)) < 3:
        return None
    town, community = pick(book.communities, rng)
    if any(one.town == town or one.community == community for one in everywhere) or not town:
        return None
    before = pick((town, town, f"{town}{community}", f"{place.district}{town}", community), rng)
    if before == community and sum(c == community for _, c in book.communities) > 1:
        return None
    tail = ""
    if place.kind == "compound" and chance(0.5, rng):
        number = building_number(everywhere, rng)
        tail = say_building(number, rng) if number else ""
    ids, level = _ids(everywhere), _LEVELS[place.kind]
    topic = "building" if tail else place.kind
    return Draft("conflict", topic, before + pick(("", "", "的"), rng), name, tail, ids, (), level, (), False)


def area(book: Book, rng: np.random.Generator) -> Draft | None:
    """A community or a street alone."""
    kinds = [kind for kind in ("community", "community", "street") if book.by_kind[kind]]
    if not kinds:
        return None
    place = pick(book.by_kind[pick(kinds, rng)], rng)
    said = say_areas(place, book, rng, full=True)
    if said.after or said.community or len(book.meant(place.name, town=said.town)) != 1:
        return None
    tail = pick(("", "", "", "居委会", "辖区内", "门口"), rng) if place.kind == "community" else pick(("", "辖区"), rng)
    return Draft("match", "any", said.before, place.name, tail, (place.id,), (), place.kind, ("area",), False)


def road(book: Book, rng: np.random.Generator) -> Draft | None:
    """A road without a number."""
    if not book.by_kind["road"]:
        return None
    place = pick(book.by_kind["road"], rng)
    said = say_areas(place, book, rng, full=True)
    if said.after:
        return None
    meant = book.meant(place.name, town=said.town, community=said.community, district=said.district)
    tail = pick(("", "", "", "上", "路段", "沿线", "中段", "北头"), rng)
    # The road as a whole, where it is an entry, is meant rather than all of its stretches.
    whole = [one for one in book.meant(place.name) if one.low is None]
    meant, parts = (whole, meant) if whole else (meant, [])
    status: Status = "match" if len(meant) == 1 else "ambiguous"
    ids, also = _ids(meant), tuple(one.id for one in parts if one.low is not None)
    return Draft(status, "road", said.before, place.name, tail, ids, also, "road", ("road",), False)


def door(book: Book, rng: np.random.Generator) -> Draft | None:
    """A road and a house number: one that an entry bears, or one inside the range of a road."""
    if book.by_number and chance(0.6, rng):
        on, number = pick(book.doors_listed, rng)
        place = pick(book.by_number[on, number], rng)
        meant, level = book.by_number[on, number], "number"
    else:
        ranged = [p for p in book.by_kind["road"] if p.low is not None and p.high is not None]
        if not ranged:
            return None
        place = pick(ranged, rng)
        on, drawn, level = place.road, int(rng.integers(place.low or 0, (place.high or 0) + 1)), "number"
        number = str(drawn)
        meant = book.by_number.get((on, number)) or [p for p in book.by_kind["road"] if p.road == on and p.holds(drawn)]
    said = say_areas(place, book, rng, full=True)
    meant = [
        p
        for p in meant
        if p.town in ("", said.town or p.town)
        and p.community in ("", said.community or p.community)
        and p.district in ("", said.district or p.district)
    ]
    if said.after or not meant:
        return None
    status: Status = "match" if len(meant) == 1 else "ambiguous"
    spoken = say_door(on, number, rng)
    also = tuple(p.id for p in book.by_kind["road"] if p.road == on)
    tail = pick(("", "", "", "门口", "附近", "楼下"), rng)
    topic = pick(("any", "poi", "building"), rng)
    tags = ("door",)
    return Draft(status, topic, said.before, spoken, tail, _ids(meant), also, level, tags, False)


def absent_door(book: Book, rng: np.random.Generator) -> Draft | None:
    """A known road and a number far outside what is known on it."""
    ranged = [p for p in book.by_kind["road"] if p.high is not None]
    if not ranged:
        return None
    place = pick(ranged, rng)
    beyond = max(p.high or 0 for p in book.by_kind["road"] if p.road == place.road)
    beyond = max([beyond, *(int(n) for n in book.doors(place.road) if n.isdigit())])
    number = str(beyond + int(rng.integers(200, 900)))
    said = say_areas(place, book, rng, full=True)
    spoken = say_door(place.road, number, rng)
    return Draft("absent", "any", said.before, spoken, "", (), (), "", ("absent door",), False)


def crossing(book: Book, rng: np.random.Generator) -> Draft | None:
    """Two roads that cross: no entry is the crossing, so either road may be named but none alone."""
    roads = [p for p in book.by_kind["road"] if len(p.name) > 2]
    if len(roads) < 2:
        return None
    one, other = pick(roads, rng), pick(roads, rng)
    if one.name == other.name:
        return None
    ends = ("交叉口", "路口", "交汇处", "交口", "十字路口")
    spoken = f"{one.name}{pick(('与', '和', '跟', '、', ''), rng)}{other.name}{pick(ends, rng)}"
    ids = _ids([*book.by_name[plain(one.name)], *book.by_name[plain(other.name)]])
    return Draft(
        "ambiguous", "road", "", spoken, pick(("", "东北角", "红绿灯处"), rng), ids, (), "road", ("crossing",), False
    )


def absent(book: Book, rng: np.random.Generator) -> Draft | None:
    """A place that is not here: a name that sounds like those that are, or a foreign one, or a part that is missing."""
    if not book.places:
        return None
    made = pick((_mixed, _mixed, _foreign, _foreign, _part, _site), rng)(book, rng)
    if made is None:
        return None
    name, tag = made
    key = plain(name)
    near = not book.apart(name)
    if len(key) < 3 or key in book.by_name or (near and (tag == "part" or not chance(0.3, rng))):
        return None
    if near and any(len(k) == len(key) and _slipped(k, key) for k in book.close_to(key)):
        return None
    if tag != "part" and any(end - start > 2 for start, end, _ in book.spoken(name)):
        return None
    context = pick(book.places, rng)
    said = say_areas(context, book, rng)
    tail = say_building(str(int(rng.integers(1, 20))), rng) if tag != "site" and chance(0.55, rng) else ""
    topic = "poi" if tag == "site" else ("building" if tail else "compound")
    tags = (f"absent {tag}", *(("near",) if near else ()))
    return Draft("absent", topic, said.before, name, tail + said.after, (), (), "", tags, False)


def nothing(book: Book, rng: np.random.Generator) -> Draft | None:
    """A text that names no place."""
    words = phrases()["none"]
    text = pick(words["openings"], rng) + pick(words["texts"], rng) + pick(words["endings"], rng)
    return Draft("none", "any", "", text, "", slips=False)


def _mixed(book: Book, rng: np.random.Generator) -> tuple[str, str] | None:
    """The head of one name and the end of another of this gazetteer."""
    places = book.by_kind["compound"] or book.by_kind["poi"]
    if len(places) < 2:
        return None
    one, other = pick(places, rng).name, pick(places, rng).name
    if building_of(one)[0] or building_of(other)[0]:
        return None
    return one[: max(2, len(one) // 2)] + other[-2:], "mixed"


def _foreign(book: Book, rng: np.random.Generator) -> tuple[str, str] | None:
    words = phrases()["absent"]
    if chance(0.5, rng):
        return pick(words["heads"], rng) + pick(words["ends"], rng), "foreign"
    return pick(stems([], 2000, np.random.default_rng(7)), rng) + pick(words["ends"], rng), "foreign"


def _part(book: Book, rng: np.random.Generator) -> tuple[str, str] | None:
    """A part of a known compound that it does not have: 阳光小区西区 where no name begins so."""
    places = book.by_kind["compound"]
    if not places:
        return None
    name = pick(places, rng).name
    if name[-1] in "区期苑" and name[-2:] != "小区":
        return None
    part = pick(("东区", "西区", "南区", "北区", "二期", "三期", "东苑", "西苑"), rng)
    return None if plain(name + part) in book.by_name else (name + part, "part")


def _site(book: Book, rng: np.random.Generator) -> tuple[str, str] | None:
    words = phrases()["absent"]
    return pick(words["heads"], rng) + pick(words["sites"], rng), "site"


def _slipped(one: str, other: str) -> bool:
    """Whether two names of one length differ only by signs that are taken for one another."""
    return all(a == b or confusable(a, b) for a, b in zip(one, other, strict=True))


def _ids(places: Sequence[Place]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(place.id for place in places))
