"""What people type into a map to find one point: address and name, parts of either, gates, branches, repetitions."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

import numpy as np

from geo.sample import telling_places
from geo.sample.telling_book import Book, Place, plain
from geo.sample.telling_changes import BUILDING_WORDS, SYNONYMS, one_gate, vary
from geo.sample.telling_places import Draft, Scenario
from geo.sample.telling_words import chance, phrases, pick

_ADDRESS: Final = re.compile(
    r"^(?P<head>.*?)(?P<road>[^\d区县市镇乡道社村]{1,6}(?:路|街|巷|大道|弄))(?P<number>\d+(?:弄\d+|-\d+)?号?)?"
)
_TOWERS: Final = ("大厦", "中心", "广场", "写字楼", "国际", "座")


def typed(book: Book, rng: np.random.Generator) -> Draft | None:
    """One point by its name, mostly with its address or area."""
    places = book.typed_for
    if not places:
        return None
    place = pick(places, rng)
    if place.host:
        return _at_host(place, book, rng)
    name, tags = vary(place.name, rng)
    if len(plain(name)) < 2:
        return None
    rivals = _rivals(book, name) or _rivals(book, place.name)
    if "other_gate" in tags:
        rivals = [one for one in _rivals(book, place.part_of or place.name) if one_gate(one.name) == name]
    exact = [one for one in rivals if plain(one.name) == plain(name)]
    rivals = exact or rivals
    if place not in rivals:
        return None
    # A name that is one place's alone may stand with an address that the map does not have for it.
    at = place
    if len(rivals) == 1 and chance(0.15, rng):
        at = pick(book.typed_for, rng)
    elif len(rivals) == 1 and place.part_of and chance(0.4, rng):
        at = next(iter(book.by_name.get(plain(place.part_of), ())), place)
    road, number, said = _where(at, rng)
    if len(rivals) > 1 and (road or place.district in said):
        rivals = [p for p in rivals if _fits(p, road, number, place.district if place.district in said else "")]
    if place not in rivals or (len(rivals) > 1 and not chance(0.5 if exact else 0.03, rng)):
        return None
    more = _detail(book, place, rng) if plain(name) == plain(place.name) and chance(0.25, rng) else ""
    before, after, order = _ordered(said, name + more, rng)
    after = more + after
    tags = (*tags, *((order,) if order else ()), *(("detail",) if more else ()))
    ids = tuple(p.id for p in rivals)
    status: telling_places.Status = "match" if len(ids) == 1 else "ambiguous"
    slips = len(plain(name)) > 3 and chance(0.4, rng)
    return Draft(status, "any", before, name, after, ids, (), "poi", tags, slips)


def _at_host(place: Place, book: Book, rng: np.random.Generator) -> Draft | None:
    """A bare name is said with the place that it belongs to, and with that place's address rather than its own."""
    hosts = [one for one in book.by_name.get(plain(place.host), ()) if one.district == place.district]
    name = place.host + place.name
    if len(hosts) != 1 or plain(name) in book.by_name:
        return None
    alike = [one for one in book.typed_for if one.host == place.host and one.name == place.name]
    if len(alike) != 1:
        return None
    before, after, order = _ordered(_where(hosts[0], rng)[2], name, rng)
    return Draft(
        "match",
        "any",
        before,
        name,
        after,
        (place.id,),
        (),
        "poi",
        ("bare name", order) if order else ("bare name",),
        False,
    )


def absent(book: Book, rng: np.random.Generator) -> Draft | None:
    """A point that is not here, at a known address or in a known area."""
    draft = telling_places.absent(book, rng)
    if draft is None or not book.typed_for:
        return None
    before = _where(pick(book.typed_for, rng), rng)[2]
    return Draft("absent", "any", before, draft.name, "", tags=draft.tags, slips=False)


QUERIES: Final[dict[str, tuple[Scenario, float]]] = {"typed": (typed, 0.96), "absent": (absent, 0.04)}


def frame(rng: np.random.Generator) -> str:
    """A search text with {p} where name and address stand."""
    words = phrases()["query"]
    return (
        str(pick(words["before"], rng) if chance(0.3, rng) else "")
        + "{p}"
        + (pick(words["after"], rng) if chance(0.3, rng) else "")
    )


def _where(place: Place, rng: np.random.Generator) -> tuple[str, str, str]:
    """Road, number (both "" where unsaid) and the words that say where `place` lies."""
    found = _ADDRESS.match(place.address) if place.address else None
    road = place.road or (found.group("road") if found else "")
    number = place.number or ((found.group("number") or "") if found else "")
    number = number.removesuffix("号")
    door = f"{number}号" if number else ""
    areas = pick(("", "", "", place.district, place.district, place.district + place.town, place.town), rng)
    if place.district and areas.startswith(place.district) and chance(0.3, rng):
        city = phrases()["city"]
        areas = (
            pick((city["city"], city["city"], city["city"].removesuffix("市"), city["province"] + city["city"]), rng)
            + areas
        )
    roll = float(rng.random())
    if roll < 0.24 or not (road or place.address):
        return "", "", areas
    if roll < 0.54:
        whole = place.address or road + door
        return road, number, areas + (whole if not areas or not whole.startswith(areas) else whole.removeprefix(areas))
    if roll < 0.84:
        return road, number, areas + road + door
    if roll < 0.93 or not number.isdigit():
        return road, "", areas + road
    # Doors are often remembered wrong: the name decides.
    off = max(1, int(number) + int(rng.integers(-6, 7)))
    return road, "", f"{areas}{road}{off}号"


def _detail(book: Book, place: Place, rng: np.random.Generator) -> str:
    """What stands behind the name in an address for parcels: a building that is no entry, a stairwell, floor, room."""
    unit, floor = int(rng.integers(1, 5)), int(rng.integers(1, 25))
    room = f"{floor}{int(rng.integers(1, 5)):02d}"
    name = plain(place.name)
    if re.search(r"\d(幢|号楼|栋|座|#)$", name):
        made = pick((f"{unit}单元", f"{unit}单元{room}", f"{unit}单元{room}室", f"{room}室", f"-{unit}-{room}"), rng)
    elif name.endswith(tuple(phrases()["absent"]["ends"])):
        number = int(rng.integers(1, 40))
        made = pick((f"{number}幢", f"{number}号楼", f"{number}栋", f"{number}-{unit}-{room}", f"{number}号"), rng)
        if "-" not in made and chance(0.5, rng):
            made += pick((f"{unit}单元", f"{unit}单元{room}", f"{unit}单元{room}室"), rng)
        if any(book.by_name.get(plain(f"{place.name}{number}{word}")) for word in (*BUILDING_WORDS, "号")):
            return ""
    elif name.endswith(_TOWERS):
        made = pick((f"{floor}楼", f"{floor}层", f"{room}室", f"{room}", f"{floor}F"), rng)
    else:
        return ""
    return "" if plain(place.name + made) in book.by_name else made


def _ordered(said: str, name: str, rng: np.random.Generator) -> tuple[str, str, str]:
    """Text before and after the name, and a tag for orders that are rare."""
    roll = float(rng.random())
    if not said or roll < 0.66:
        return said + pick(("", "", "", "", " "), rng) if said else "", "", ""
    if roll < 0.78:
        return "", pick((f"（{said}）", f"({said})", f" {said}", said), rng), "address after"
    if roll < 0.86:
        return said + name + pick(("", " "), rng), "", "twice"
    if roll < 0.92:
        return said + pick(("", " "), rng) + said, "", "address twice"
    return said + pick(("的", "上的", "，", "附近的"), rng), "", "joined"


def _fits(place: Place, road: str, number: str, district: str) -> bool:
    where = place.address + place.road + place.number
    return (
        (not road or road in where)
        and (not number or number in where)
        and place.district in ("", district or place.district)
    )


def _rivals(book: Book, name: str) -> list[Place]:
    """Places whose name is `name` or holds it, also with another word for a building."""
    key = plain(name)
    forms = {key}
    if found := re.search(r"\d(幢|号楼|栋|座|#)", key):
        forms |= {key[: found.start(1)] + word + key[found.end(1) :] for word in BUILDING_WORDS}
    for one, other in SYNONYMS:
        if other in key:
            forms.add(key.replace(other, one))
    whole, starts, places = book.typed_names
    found_at: dict[int, Place] = {}
    for form in sorted(forms):
        at = whole.find(form)
        while at >= 0 and len(found_at) < 50:
            k = bisect_right(starts, at) - 1
            found_at[k] = places[k]
            at = whole.find(form, at + 1)
    return [found_at[k] for k in sorted(found_at)]
