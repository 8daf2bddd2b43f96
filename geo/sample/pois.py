"""Land use, named sites and points of interest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.sample import names
from geo.sample.kinds import Parcel, Use
from geo.sample.labels import Labels
from geo.sample.layout import Layout
from geo.sample.pieces import rectangles

LANDUSE: Final = {
    Parcel.PARK: "park",
    Parcel.MARKET: "market",
    Parcel.INDUSTRIAL: "industrial",
    Parcel.SCHOOL: "school",
    Parcel.HOSPITAL: "hospital",
    Parcel.CENTRE: "commercial",
}
_SITE_WORDS: Final = {
    Parcel.PARK: "park",
    Parcel.MARKET: "market",
    Parcel.SCHOOL: "school",
    Parcel.HOSPITAL: "hospital",
    Parcel.INDUSTRIAL: "factory",
    Parcel.CENTRE: "centre",
}


@dataclass(frozen=True, eq=False)
class Sites:
    """Named parcels that are no compounds: index among parcels, name, kind and polygon."""

    parcel: NDArray[np.int64]
    name: list[str]
    kind: list[str]
    polygon: NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Pois:
    """Points of interest; all lists have one entry a point."""

    name: list[str]
    kind: list[str]
    road: list[str]
    number: list[int]
    community: list[int]
    point: NDArray[np.float64]


def name_sites(layout: Layout, labels: Labels) -> Sites:
    """Name parks, schools, markets, works and so on after their community."""
    rng = np.random.default_rng([layout.spec.seed, 71])
    words = names.word_list()["pois"]
    parcels = layout.blocks.parcels
    at = np.nonzero(np.isin(parcels[:, 4], list(LANDUSE)))[0]
    works = names.stems([], 400, np.random.default_rng([layout.spec.seed, 72]))
    taken: dict[str, int] = {}
    turn: dict[Parcel, int] = {}
    called: list[str] = []
    for k in at.tolist():
        kind = Parcel(int(parcels[k, 4]))
        stem = labels.stems[layout.community_of_parcel[k]]
        if kind == Parcel.INDUSTRIAL:
            stem = works[int(rng.integers(0, len(works)))]
        choice = words[_SITE_WORDS[kind]]
        turn[kind] = turn.get(kind, -1) + 1
        base = stem + choice[turn[kind] % len(choice)]
        if kind == Parcel.CENTRE and parcels[k, 5] == Use.OFFICE:
            base = stem + words["office"][int(rng.integers(0, len(words["office"])))]
        taken[base] = taken.get(base, 0) + 1
        called.append(base if taken[base] == 1 else f"{base}（{taken[base]}）")
    kinds = [LANDUSE[Parcel(int(p))] for p in parcels[at, 4]]
    return Sites(at, called, kinds, rectangles(layout.lattice, parcels[at, :4]))


def find_pois(layout: Layout, labels: Labels, sites: Sites) -> Pois:
    """One point for each site, shop, and club house of a compound, and a few in the lanes."""
    rng = np.random.default_rng([layout.spec.seed, 73])
    words = names.word_list()["pois"]
    pois = Pois([], [], [], [], [], np.empty((0, 2)))
    points: list[NDArray[np.float64]] = []

    def add(name: str, kind: str, road: str, number: int, community: int, point: NDArray[np.float64]) -> None:
        pois.name.append(name)
        pois.kind.append(kind)
        pois.road.append(road)
        pois.number.append(number)
        pois.community.append(community)
        points.append(point)

    centres = shapely.get_coordinates(shapely.centroid(sites.polygon))
    for k, parcel in enumerate(sites.parcel.tolist()):
        where = (layout.addresses.parcel_road[parcel], int(layout.addresses.parcel_number[parcel]))
        add(sites.name[k], sites.kind[k], *where, int(layout.community_of_parcel[parcel]), centres[k])
    use = layout.buildings.use
    some = np.nonzero(np.isin(use, (Use.SHOP, Use.CLUB)) | ((use == Use.ROW) & (rng.random(len(use)) < 0.15)))[0]
    inside = shapely.get_coordinates(shapely.point_on_surface(layout.buildings.outline[some]))
    pick = rng.random(len(some))
    stems = names.stems([], 900, rng)
    for k, building in enumerate(some.tolist()):
        where = (layout.addresses.building_road[building], int(layout.addresses.building_number[building]))
        community = int(layout.community_of_building[building])
        group, kind = {Use.SHOP: ("shop", "shop"), Use.CLUB: ("club", "service")}.get(use[building], ("lane", "shop"))
        end = words[group][int(pick[k] * len(words[group]))]
        stem = stems[int(pick[k] * 7919) % 900]
        if kind == "service":
            compound = labels.compound_of_parcel[layout.blocks.cells[layout.buildings.cell[building], 5]]
            stem = labels.compound_names[compound] if compound >= 0 else labels.stems[community]
            stem = labels.stems[community] if end.startswith("社区") else stem
        add(stem + end, kind, *where, community, inside[k])
    return Pois(pois.name, pois.kind, pois.road, pois.number, pois.community, np.array(points).reshape(-1, 2))
