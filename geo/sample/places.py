"""Where things happen: points in homes, yards, lanes, on roads, in parks and by the river, with the words for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.sample.addresses import number_on_line
from geo.sample.kinds import Parcel, Use
from geo.sample.labels import Labels
from geo.sample.lattice import Line
from geo.sample.layout import Layout
from geo.sample.pois import Pois, Sites


@dataclass(frozen=True, eq=False)
class Spots:
    """Places of n issues.

    Attributes
    ----------
    xy : float64 (n, 2), metres; NaN for an issue without a place.
    building : int64 (n,), the building that the point lies in, −1 outdoors.
    near : int64 (n,), the building that the words name, −1 for none.
    community, compound : int64 (n,), −1 for none.
    road : object (n,); number : int64 (n,), 0 for none; poi : object (n,), "" for none.
    """

    xy: NDArray[np.float64]
    building: NDArray[np.int64]
    near: NDArray[np.int64]
    community: NDArray[np.int64]
    compound: NDArray[np.int64]
    road: NDArray[np.object_]
    number: NDArray[np.int64]
    poi: NDArray[np.object_]

    def put(self, at: NDArray[np.int64], other: Spots) -> None:
        """Write other spots into rows `at`."""
        for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True):
            mine[at] = theirs

    def take(self, at: NDArray[np.int64]) -> Spots:
        """Rows `at`."""
        return Spots(*(values[at] for values in vars(self).values()))


def no_spots(n: int) -> Spots:
    """Issues without any place."""
    nothing = np.full(n, -1, dtype=np.int64)
    empty = np.full(n, "", dtype=object)
    return Spots(
        np.full((n, 2), np.nan), nothing, nothing.copy(), nothing.copy(), nothing.copy(), empty,
        np.zeros(n, dtype=np.int64), empty.copy(),
    )  # fmt: skip


class Scene:
    """Picks places of a kind at random: homes by households, roads and parks evenly."""

    def __init__(self, layout: Layout, labels: Labels, sites: Sites, pois: Pois) -> None:
        self.layout, self.labels = layout, labels
        self.compound_of_building = labels.compound_of_parcel[layout.blocks.cells[layout.buildings.cell, 5]]
        self.site_name = np.full(len(layout.blocks.parcels), "", dtype=object)
        self.site_name[sites.parcel] = sites.name
        self.site_name[labels.compounds] = labels.compound_names
        self.shop_name = self._shop_names(pois)
        use, home = layout.buildings.use, layout.people.households > 0
        kind = layout.blocks.parcels[:, 4]
        lane = np.isin(use, (Use.COURT, Use.ROW))
        self.buildings = {
            "home": np.nonzero(home & ~lane)[0],
            "tower": np.nonzero(home & (layout.people.floors >= 9))[0],
            "yard": np.nonzero(home & ~lane)[0],
            "laneyard": np.nonzero(lane)[0],
            "lane": np.nonzero(lane)[0],
            "shop": np.nonzero(use == Use.SHOP)[0],
        }
        self.parcels = {
            "road": np.nonzero(kind != Parcel.LANES)[0],
            "park": np.nonzero(kind == Parcel.PARK)[0],
            "market": np.nonzero(kind == Parcel.MARKET)[0],
            "river": np.nonzero(self._by_river())[0],
        }

    def _shop_names(self, pois: Pois) -> NDArray[np.object_]:
        out = np.full(len(self.layout.buildings.cell), "", dtype=object)
        shops = np.nonzero(self.layout.buildings.use == Use.SHOP)[0]
        by_address = {
            (pois.road[k], pois.number[k]): pois.name[k] for k in range(len(pois.name)) if pois.kind[k] == "shop"
        }
        for k in shops.tolist():
            key = (self.layout.addresses.building_road[k], int(self.layout.addresses.building_number[k]))
            out[k] = by_address.get(key, "临街商铺")
        return out

    def _by_river(self) -> NDArray[np.bool_]:
        lattice, blocks = self.layout.lattice, self.layout.blocks
        j = blocks.j[blocks.parcel_block]
        south = blocks.parcels[:, 1] <= lattice.gy[j] + 2
        line = np.where(south, j, j + 1)
        edge = np.where(south, blocks.parcels[:, 1] - lattice.gy[line], lattice.gy[line] - blocks.parcels[:, 3])
        return np.asarray((lattice.kind_y[line] == Line.RIVER) & (edge <= 2) & (blocks.parcels[:, 4] != Parcel.LANES))

    def has(self, where: str) -> bool:
        """Whether the place has anything of this kind."""
        return where == "none" or len(self.buildings.get(where, self.parcels.get(where, ()))) > 0

    def pick(self, where: str, n: int, rng: np.random.Generator, *, only: NDArray[np.int64] | None = None) -> Spots:
        """`n` random spots of a kind; within the parcels `only` if they are given."""
        if where == "none":
            return no_spots(n)
        if where in self.buildings:
            pool = self.buildings[where]
            parcel = self.layout.blocks.cells[self.layout.buildings.cell[pool], 5]
            pool = pool if only is None else pool[np.isin(parcel, only)]
            weight = self.layout.people.households[pool] + 1.0
            chosen = pool[rng.choice(len(pool), size=n, p=weight / weight.sum())]
            return self._at_buildings(chosen, rng, indoors=where in ("home", "tower", "laneyard", "shop"))
        pool = self.parcels[where]
        pool = pool if only is None else pool[np.isin(pool, only)]
        chosen = pool[rng.integers(0, len(pool), n)]
        if where in ("park", "market"):
            return self._inside(chosen, rng)
        return self._on_street(chosen, rng, river=where == "river")

    def _at_buildings(self, chosen: NDArray[np.int64], rng: np.random.Generator, *, indoors: bool) -> Spots:
        layout = self.layout
        n = len(chosen)
        if indoors:
            inner = shapely.point_on_surface(layout.buildings.outline[chosen])
            xy = shapely.get_coordinates(inner)
            moved = xy + rng.uniform(-6, 6, (n, 2))
            ok = shapely.contains_properly(layout.buildings.outline[chosen], shapely.points(moved))
            xy = np.where(ok[:, None], moved, xy)
        else:
            rect = layout.blocks.cells[layout.buildings.cell[chosen], :4].astype(np.float64)
            u, v = rng.uniform(0.05, 0.95, n), rng.uniform(0.004, 0.03, n)
            xy = _within(layout, rect, u, v)
        return Spots(
            xy, chosen.copy() if indoors else np.full(n, -1, dtype=np.int64), chosen.copy(),
            layout.community_of_building[chosen], self.compound_of_building[chosen],
            layout.addresses.building_road[chosen], layout.addresses.building_number[chosen], self.shop_name[chosen],
        )  # fmt: skip

    def _inside(self, parcel: NDArray[np.int64], rng: np.random.Generator) -> Spots:
        layout = self.layout
        n = len(parcel)
        rect = layout.blocks.parcels[parcel, :4].astype(np.float64)
        u, v = rng.uniform(0.03, 0.97, n), rng.uniform(0.03, 0.97, n)
        xy = _within(layout, rect, u, v)
        return self._outdoors(parcel, xy, layout.addresses.parcel_road[parcel], layout.addresses.parcel_number[parcel])

    def _on_street(self, parcel: NDArray[np.int64], rng: np.random.Generator, *, river: bool) -> Spots:
        """Points between the parcel and the middle of its road, or of the river."""
        layout, lattice = self.layout, self.layout.lattice
        rect, block = layout.blocks.parcels[parcel], layout.blocks.parcel_block[parcel]
        j = layout.blocks.j[block]
        south = rect[:, 1] <= lattice.gy[j] + 2
        west, east = rect[:, 0].astype(np.float64), rect[:, 2].astype(np.float64)
        x = west + rng.uniform(0.02, 0.98, len(parcel)) * (east - west)
        line = np.where(south, j, j + 1)
        wet = lattice.kind_y[line] == Line.RIVER
        # Fractions of the way from the middle line to the property line; along the river, from the bank on.
        low, high = (0.05, 0.4) if river else (0.08, 0.95)
        far = rng.uniform(low, high, len(parcel))
        far = far if river else np.where(wet, 0.62 + 0.36 * far, far)
        y = np.where(south, lattice.gy[j] + far, lattice.gy[j + 1] - far).astype(np.float64)
        number = number_on_line(lattice, layout.blocks.i[block], line, x, south)
        return self._outdoors(parcel, lattice.at(x, y), layout.addresses.parcel_road[parcel], number)

    def _outdoors(
        self, parcel: NDArray[np.int64], xy: NDArray[np.float64], road: NDArray[np.object_], number: NDArray[np.int64]
    ) -> Spots:
        none = np.full(len(parcel), -1, dtype=np.int64)
        community = self.layout.community_of_parcel[parcel]
        return Spots(xy, none, none.copy(), community, none.copy(), road, number, self.site_name[parcel])


def _within(
    layout: Layout, rect: NDArray[np.float64], u: NDArray[np.float64], v: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Points (n, 2) at fractions of lattice rectangles."""
    x = rect[:, 0] + u * (rect[:, 2] - rect[:, 0])
    return layout.lattice.at(x, rect[:, 1] + v * (rect[:, 3] - rect[:, 1]))
