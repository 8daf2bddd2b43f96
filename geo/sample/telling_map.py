"""A map of points alone: name, address and district, as a search knows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from geo.sample.telling_book import plain
from geo.sample.telling_city import Area, Maker, Road, parts
from geo.sample.telling_words import chance, phrases, pick

Entry = dict[str, Any]
Named = Iterator[tuple[str, str | None]]


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

    def add(name: str, area: Area, address: str) -> None:
        key = plain(name + address)
        if key not in seen:
            seen.add(key)
            points.append(_point(name, area, address, maker))

    seen: set[str] = set()
    while len(points) < entities:
        road, number = maker.door()
        area = road.area
        address = _address(road, number, maker)
        makes = (_estate, _estate, _estate, _tower, _chain, _school, _stop, _village)
        for name, own in pick(makes, rng)(maker, taken, road, number):
            add(name, area, address if own is None else own)
    order = rng.permutation(entities)
    return [{"id": k, **points[int(at)]} for k, at in enumerate(order)]


def _point(name: str, area: Area, address: str, maker: Maker) -> Entry:
    lon, lat = maker.point(area)
    entry = {"kind": "poi", "name": name, "address": address, "district": area.district, "lon": lon, "lat": lat}
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
    """A compound, its buildings, stairwells, gates, car park and shops."""
    rng, words = maker.rng, phrases()["city"]
    name = maker.compound_name(taken)
    for whole in [name + part for part in parts(rng)] if chance(0.2, rng) else [name]:
        yield whole, None
        if chance(0.6, rng):
            mark = pick(("幢", "幢", "号楼", "栋"), rng)
            for k in range(1, int(rng.integers(3, 16))):
                if chance(0.7, rng):
                    yield f"{whole}{k}{mark}", pick((None, f"{road.name}{number}号{whole}", road.name), rng)
                if chance(0.08, rng):
                    yield f"{whole}{k}{mark}{int(rng.integers(1, 4))}单元", f"{road.name}{number}号{whole}"
        gates = phrases()["query"]["gates"]
        for gate in rng.choice(gates[:7], int(rng.integers(0, 4)), replace=False):
            yield pick((f"{whole}({gate})", f"{whole}-{gate}", f"{whole}{gate}"), rng), None
        for site in rng.choice(words["inside"], int(rng.integers(0, 4)), replace=False):
            yield f"{whole}{site}", pick((None, f"{road.name}{number}号{whole}内", f"{road.name}"), rng)


def _tower(maker: Maker, taken: set[str], road: Road, number: str) -> Named:
    """An office building, and the companies in it."""
    rng, words = maker.rng, phrases()["city"]
    name = pick(maker.stems, rng) + pick(words["towers"], rng)
    if name in taken:
        return
    taken.add(name)
    yield name, None
    for letter in "ABC"[: int(rng.integers(0, 4))]:
        yield f"{name}{letter}座", None
    for _ in range(int(rng.integers(1, 6))):
        firm = pick(("", words["city"][:2]), rng) + pick(maker.stems, rng) + pick(words["firms"], rng)
        floor = int(rng.integers(2, 25))
        inside = pick((f"{name}{floor}层", f"{name}{floor}{int(rng.integers(1, 20)):02d}室", name, ""), rng)
        yield firm, f"{road.name}{number}号{inside}"
    for site in rng.choice(words["inside"], int(rng.integers(0, 3)), replace=False):
        yield f"{name}{site}", None


def _chain(maker: Maker, taken: set[str], road: Road, number: str) -> Named:
    """A branch of a chain."""
    rng, words = maker.rng, phrases()["city"]
    branch = pick((pick(maker.stems, rng), road.name, road.area.community.removesuffix("社区")), rng)
    brand = pick(words["brands"], rng)
    yield pick((f"{brand}({branch}店)", f"{brand}（{branch}店）", f"{brand}{branch}店"), rng), None


def _school(maker: Maker, taken: set[str], road: Road, number: str) -> Named:
    """A school, hospital or office, its campuses and gates."""
    rng, words = maker.rng, phrases()["city"]
    name = pick(("", words["city"], words["city"][:2], road.area.district), rng) + pick(maker.stems, rng)
    name += pick(words["sites"], rng)
    yield name, None
    for part in rng.choice(words["campuses"], int(rng.integers(0, 3)), replace=False):
        yield f"{name}{part}", None


def _stop(maker: Maker, taken: set[str], road: Road, number: str) -> Named:
    """A bus stop, a public toilet, a petrol station: named after a road or an area."""
    rng, words = maker.rng, phrases()["city"]
    yield pick((road.name, road.area.community, pick(maker.stems, rng)), rng) + pick(words["stops"], rng), road.name


def _village(maker: Maker, taken: set[str], road: Road, number: str) -> Named:
    """Numbered houses of a village."""
    rng = maker.rng
    village = pick(maker.stems, rng) + pick(("村", "新村", "庄", "坞"), rng)
    for _ in range(int(rng.integers(1, 6))):
        yield f"{village}{int(rng.integers(1, 180))}号", f"{road.area.town}{village}"
    yield f"{village}{pick(('村委会', '文化礼堂', '公厕', '停车场'), rng)}", f"{road.area.town}{village}"
