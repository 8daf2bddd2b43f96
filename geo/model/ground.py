"""What grids are made of: units, and the buildings, barriers and borders that units are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.model.words import NOTHING


@dataclass(frozen=True, eq=False)
class Units:
    """Atomic pieces with people: what grids are made of. Order carries no meaning.

    Attributes
    ----------
    ids : object (n,), unique strings.
    geometry : object (n,), Polygon or MultiPolygon in `crs`; together a seamless cover.
    weight : float64 (n,), ≥ 0, persons or households.
    crs : "EPSG:…" or WKT.
    grid : object (n,), code of the grid that holds the unit, "" for none; None before a partition.
    parent : object (n,), code of the area that the unit lies in; None if the units are of one area.
    group : object (n,), units with the same non-empty name stay together; None if there are none.
    locked : bool (n,), True where the unit must keep its present grid; None if nothing is locked.
    fields : other columns of the input, kept as they were.
    weight_field : name of the column that `weight` was read from.
    """

    ids: NDArray[np.object_]
    geometry: NDArray[np.object_]
    weight: NDArray[np.float64]
    crs: str
    grid: NDArray[np.object_] | None = None
    parent: NDArray[np.object_] | None = None
    group: NDArray[np.object_] | None = None
    locked: NDArray[np.bool_] | None = None
    fields: Mapping[str, NDArray[Any]] = field(default_factory=lambda: NOTHING)
    weight_field: str = "weight"

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class BuildingColumns:
    """Which columns of a building file mean what; None for what it does not say.

    `weight` None means that people are reckoned from floor area. `household_size` is a column or a number;
    `missing_weight` stands in for gaps of the weight. `floors` and `height` (metres) are looked for by their usual
    names if None. `homes` is `field=value,value`: only such buildings house people.
    """

    weight: str | None = "households"
    id_field: str | None = None
    missing_weight: float | None = None
    household_size: str | None = None
    floors: str | None = None
    height: str | None = None
    homes: str | None = None


@dataclass(frozen=True, eq=False)
class Buildings:
    """Footprints with people, in file order; footprints may overlap or cross themselves.

    Attributes
    ----------
    ids : object (n,), unique strings.
    geometry : object (n,), shapely geometries or None, in `crs`.
    weight : float64 (n,), ≥ 0, by field; 1 where people are reckoned from floor area. 0 where nobody lives.
    size : float64 (n,), persons a household; None if not asked for.
    floors : float64 (n,), NaN where neither floors nor a height is known; None if not asked for.
    home : bool (n,), False where nobody lives.
    sums : other columns that are summed by unit ("households", "residents"): name -> float64 (n,).
    """

    ids: NDArray[np.object_]
    geometry: NDArray[np.object_]
    weight: NDArray[np.float64]
    crs: str
    size: NDArray[np.float64] | None
    floors: NDArray[np.float64] | None
    home: NDArray[np.bool_]
    sums: Mapping[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, eq=False)
class Barriers:
    """What divides the ground, and what leads across: roads, rails, water, walls; bridges, tunnels, gates.

    Attributes
    ----------
    ids : object (m,), names for people; they may repeat (a street is drawn in many pieces).
    geometry : object (m,), lines, polygons or points in `crs`; None where `role` is "none".
    kind : object (m,), "road", "rail", "water", "wall" or "other".
    name : object (m,), the class as the file has it ("primary", "fence" …).
    strength : float64 (m,), 0 … 1, how strongly it parts its two sides.
    role : object (m,), "barrier", "bridge", "tunnel", "gate" or "none" (divides nothing).
    known : bool (m,), False where no table knows the class, which then parts as a street does.
    source : file and layer, for messages.
    """

    ids: NDArray[np.object_]
    geometry: NDArray[np.object_]
    kind: NDArray[np.object_]
    name: NDArray[np.object_]
    strength: NDArray[np.float64]
    role: NDArray[np.object_]
    known: NDArray[np.bool_]
    crs: str
    source: str

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, eq=False)
class Adjacency:
    """Which units touch and what lies between: one row a pair and class; a pair that only a bridge joins has 0 metres.

    Attributes
    ----------
    left, right : int32 (b,), rows of the units that it was read for.
    metres : float64 (b,), length of this part of the border.
    kind : object (b,), "none", "road", "rail", "water", "wall", "border" (of an area) or "other".
    name : object (b,), the class within the kind ("primary", "fence" …), "" for none.
    strength : float64 (b,), 0 … 1, how strongly it parts; 0 for none.
    hard : bool (b,), never to be crossed but at a crossing.
    crossing : bool (b,), a gate or a bridge leads across.
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    metres: NDArray[np.float64]
    kind: NDArray[np.object_]
    name: NDArray[np.object_]
    strength: NDArray[np.float64]
    hard: NDArray[np.bool_]
    crossing: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.left)
