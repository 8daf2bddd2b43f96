"""Hotspots that are planted among the issues: a place, a period and a topic with far more reports than usual."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.sample.kinds import Parcel, Use
from geo.sample.labels import Labels
from geo.sample.layout import Layout
from geo.sample.pieces import rectangles


@dataclass(frozen=True)
class Planned:
    """What to plant: days before the last day, a topic, where, how many reports."""

    id: str
    name: str
    scheme: str
    category: str
    first_day: int
    last_day: int
    cases: int
    grade: Use | Parcel


PLANNED: Final = (
    Planned("H1", "老旧小区供暖不热", "hotline", "0501", 305, 285, 46, Use.SLAB6),
    Planned("H2", "农贸市场周边占道经营", "gbt47678.5-2026", "09006", 180, 135, 44, Parcel.MARKET),
    Planned("H3", "汛期下水道返水", "hotline", "0505", 112, 92, 38, Use.SLAB11),
    Planned("H4", "新建小区电梯故障", "hotline", "0601", 24, 0, 36, Use.TOWER),
)


@dataclass(frozen=True, eq=False)
class Hotspot:
    """A planted hotspot.

    Attributes
    ----------
    parcels : int64 (k,), the parcels that its reports come from.
    centre : (x, y) in metres, and `radius_m` around it that holds these parcels.
    """

    plan: Planned
    start: date
    end: date
    parcels: NDArray[np.int64]
    centre: tuple[float, float]
    radius_m: float
    community: int


def plant(layout: Layout, labels: Labels, until: date) -> list[Hotspot]:
    """Choose the places: the most populous compound of each grade (or the market), each in another community."""
    blocks = layout.blocks
    people = np.bincount(blocks.cells[:, 5], weights=layout.cell_households, minlength=len(blocks.parcels))
    taken: set[int] = set()
    found: list[Hotspot] = []
    for plan in PLANNED:
        if isinstance(plan.grade, Parcel):
            pool = np.nonzero(blocks.parcels[:, 4] == plan.grade)[0]
        else:
            pool = labels.compounds[blocks.parcels[labels.compounds, 5] == plan.grade]
        free = [int(p) for p in pool if int(layout.community_of_parcel[p]) not in taken] or [int(p) for p in pool]
        if not free:
            continue
        parcel = max(free, key=lambda p: (people[p], -p))
        community = int(layout.community_of_parcel[parcel])
        taken.add(community)
        outline = rectangles(layout.lattice, blocks.parcels[[parcel], :4])[0]
        middle = shapely.centroid(outline)
        # Reports from the street side lie up to a road's width beyond the parcel.
        radius = float(shapely.hausdorff_distance(shapely.Point(middle), outline)) + 60.0
        found.append(
            Hotspot(
                plan, until - timedelta(days=plan.first_day), until - timedelta(days=plan.last_day),
                np.array([parcel]), (float(middle.x), float(middle.y)), float(np.ceil(radius)), community,
            )
        )  # fmt: skip
    return found
