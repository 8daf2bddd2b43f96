"""A map of points alone: name, address and district, as a search knows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from geo.sample.telling_book import plain
from geo.sample.telling_city import Area, Maker, Road, parts
from geo.sample.telling_words import chance, phrases, pick

Entry = dict[str, Any]


class Made(NamedTuple):
    """A point; `address` is that of its place if None. `host` is the place that a bare name (停车场) belongs to."""

    name: str
    address: str | None = None
    host: str = ""
    part_of: str = ""


Named = Iterator[Made]


def map_points(entities: int, *, seed: int) -> list[Entry]:
    """`entities` points with name, address and district only: as a map has them, for what is typed into a search.

    Several points share an address; compounds come with their buildings (3幢), gates and car parks, offices stand in
    buildings, chains have branches in brackets, schools have campuses. Ids are whole numbers.
    """
    maker = Maker(seed, entities)
    rng = maker.rng
    maker.lay_roads(max(20, int(entities * 0.05)))
    taken: set[str] = set()
    points: list[Entry] = []

    def add(made: Made, area: Area, address: str) -> None:
        key = plain(made.name + address)
        if key not in seen:
            seen.add(key)
            points.append(_point(made, area, address, maker))

    seen: set[str] = set()
    while len(points) < entities:
        road, number = maker.door()
        area = road.area
        address = _address(road, number, maker)
        makes = (_estate, _estate, _estate, _tower, _chain, _school, _stop, _village)
        for made in pick(makes, rng)(maker, taken, road, number):
            add(made, area, address if made.address is None else made.address)
            if chance(0.02, rng):  # a map often has a place twice, at two addresses
                add(made, area, _beside(road, maker))
    order = rng.permutation(entities)
    return [{"id": k, **points[int(at)]} for k, at in enumerate(order)]


def _point(made: Made, area: Area, address: str, maker: Maker) -> Entry:
    lon, lat = maker.point(area)
    entry: Entry = {
        "kind": "poi",
        "name": made.name,
        "address": address,
        "district": area.district,
        "host": made.host,
        "part_of": made.part_of,
    }
    entry |= {"lon": lon, "lat": lat}
    return {k: v for k, v in entry.items() if v != ""}


def _address(road: Road, number: str, maker: Maker) -> str:
    """An address as a map states it: with or without number, district or town; at times a crossing."""
    other = pick(maker.roads, maker.rng).name
    door = f"{road.name}{number}号"
    return str(
        pick(
            (door, door, door, door, f"{road.area.town}{door}", f"{road.area.district}{door}", road.name,
             f"{road.name}与{other}交叉口", f"{road.name}与{other}交叉口东{int(maker.rng.integers(2, 30)) * 10}米",
             f"{road.area.town}{road.area.community}", f"{door}附近"),
            maker.rng,
        )
    )  # fmt: skip


def _estate(maker: Maker, taken: set[str], road: Road, number: str) -> Named:
    """A compound, its buildings, stairwells, gates, car parks and shops: many names that differ in one sign."""
    rng, words = maker.rng, phrases()["city"]
    name = maker.compound_name(taken)
    own = f"{road.name}{number}号"
    for whole in [name + part for part in _areas_of(rng)] if chance(0.2, rng) else [name]:
        yield Made(whole)
        if chance(0.6, rng):
            mark = pick(("幢", "幢", "号楼", "栋"), rng)
            for k in range(1, int(rng.integers(3, 31 if chance(0.2, rng) else 14))):
                if chance(0.7, rng):
                    at = pick((None, f"{own}{whole}", road.name, _beside(road, maker)), rng)
                    yield Made(f"{whole}{k}{mark}", at, part_of=whole)
                if chance(0.08, rng):
                    yield Made(f"{whole}{k}{mark}{int(rng.integers(1, 4))}单元", f"{own}{whole}")
        form = pick(("{}({})", "{}-{}", "{}{}"), rng)
        for gate in rng.choice(words["gates"], int(rng.integers(0, 5)), replace=False):
            yield Made(form.format(whole, gate), pick((None, None, _beside(road, maker)), rng), part_of=whole)
        for park in rng.choice(words["parks"], int(rng.integers(0, 4)), replace=False):
            yield Made(f"{whole}{park}", pick((None, own, road.name, _beside(road, maker)), rng), part_of=whole)
        for site in rng.choice(words["inside"], int(rng.integers(0, 3)), replace=False):
            yield Made(f"{whole}{site}", pick((None, f"{own}{whole}内", road.name), rng))
        yield from _bare(whole, road, maker)


def _bare(host: str, road: Road, maker: Maker) -> Named:
    """Points with a name that hundreds bear; only what stands in their address tells where they are."""
    rng = maker.rng
    for word in rng.choice(phrases()["city"]["bare"], int(rng.integers(0, 3)), replace=False):
        yield Made(str(word), pick((_beside(road, maker), road.name, f"{road.name}附近", f"{host}附近"), rng), host)


def _beside(road: Road, maker: Maker) -> str:
    """Where a point lies that has no number of its own: at a crossing, or some way along."""
    other = pick(maker.roads, maker.rng).name
    away = f"{pick(('东', '南', '西', '北'), maker.rng)}{int(maker.rng.integers(1, 30)) * 10}米"
    forms = (
        f"{road.name}与{other}交叉口",
        f"{road.name}与{other}交叉口{away}",
        f"{other}附近",
        f"{other}与{road.name}交叉口",
    )
    return pick(forms, maker.rng)


def _areas_of(rng: np.random.Generator) -> list[str]:
    """Parts of a large compound: two or three named ones, or a numbered row of them."""
    if chance(0.6, rng):
        return parts(rng)
    mark = pick(("区", "期"), rng)
    return [f"{digit}{mark}" for digit in "一二三四五六"[: int(rng.integers(2, 7))]]


def _tower(maker: Maker, taken: set[str], road: Road, number: str) -> Named:
    """An office building, and the companies in it."""
    rng, words = maker.rng, phrases()["city"]
    name = pick(maker.stems, rng) + pick(words["towers"], rng)
    if name in taken:
        return
    taken.add(name)
    yield Made(name)
    for letter in "ABC"[: int(rng.integers(0, 4))]:
        yield Made(f"{name}{letter}座")
    for _ in range(int(rng.integers(1, 6))):
        firm = pick(("", words["city"][:2]), rng) + pick(maker.stems, rng) + pick(words["firms"], rng)
        floor = int(rng.integers(2, 25))
        inside = pick((f"{name}{floor}层", f"{name}{floor}{int(rng.integers(1, 20)):02d}室", name, ""), rng)
        yield Made(firm, f"{road.name}{number}号{inside}")
    for site in rng.choice(words["inside"], int(rng.integers(0, 3)), replace=False):
        yield Made(f"{name}{site}")


def _chain(maker: Maker, taken: set[str], road: Road, number: str) -> Named:
    """A branch of a chain."""
    rng, words = maker.rng, phrases()["city"]
    branch = pick((pick(maker.stems, rng), road.name, road.area.community.removesuffix("社区")), rng)
    brand = pick(words["brands"], rng)
    yield Made(pick((f"{brand}({branch}店)", f"{brand}（{branch}店）", f"{brand}{branch}店"), rng))


def _school(maker: Maker, taken: set[str], road: Road, number: str) -> Named:
    """A school, hospital or office, its campuses and gates."""
    rng, words = maker.rng, phrases()["city"]
    name = pick(("", words["city"], words["city"][:2], road.area.district), rng) + pick(maker.stems, rng)
    name += pick(words["sites"], rng)
    yield Made(name)
    for part in rng.choice(words["campuses"], int(rng.integers(0, 3)), replace=False):
        yield Made(f"{name}{part}")


def _stop(maker: Maker, taken: set[str], road: Road, number: str) -> Named:
    """A bus stop, a public toilet, a petrol station: named after a road or an area."""
    rng, words = maker.rng, phrases()["city"]
    yield Made(
        pick((road.name, road.area.community, pick(maker.stems, rng)), rng) + pick(words["stops"], rng), road.name
    )


def _village(maker: Maker, taken: set[str], road: Road, number: str) -> Named:
    """Numbered houses of a village."""
    rng = maker.rng
    village = pick(maker.stems, rng) + pick(("村", "新村", "庄", "坞"), rng)
    for _ in range(int(rng.integers(1, 6))):
        yield Made(f"{village}{int(rng.integers(1, 180))}号", f"{road.area.town}{village}")
    yield Made(f"{village}{pick(('村委会', '文化礼堂', '公厕', '停车场'), rng)}", f"{road.area.town}{village}")
