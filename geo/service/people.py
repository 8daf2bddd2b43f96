"""The people of each building: by field, by households × size, or by floor area, scaled to known totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.model import Buildings, Units

if TYPE_CHECKING:
    from geo.partition.units import UnitsResult

# The column of people who were reckoned rather than read.
PEOPLE = "people"


@dataclass(frozen=True, eq=False)
class Counted:
    """Weights before units are built, and how they came about.

    Attributes
    ----------
    weight : float64 (n,), ≥ 0.
    field : what the weight is called in the units file.
    by : "field", "household_size" or "floor_area".
    guessed : ids of the buildings whose floors are not known; they have the usual number `guess`.
    """

    weight: NDArray[np.float64]
    field: str
    by: str
    guessed: tuple[str, ...] = ()
    guess: float = 0.0


def count_people(buildings: Buildings, flat: NDArray[np.object_], field: str | None) -> Counted:
    """Weights of the buildings.

    Parameters
    ----------
    flat : object (n,), the footprints in metres.
    field : the weight's column; None for floor area.
    """
    if field is None:
        return _by_floor_area(buildings, flat)
    if buildings.size is not None:
        return Counted(buildings.weight * buildings.size, PEOPLE, "household_size")
    return Counted(buildings.weight, field, "field")


def _by_floor_area(buildings: Buildings, flat: NDArray[np.object_]) -> Counted:
    from geo.partition.units.order import canonical_order
    from geo.partition.units.people import own_ground

    assert buildings.floors is not None
    order = canonical_order(flat, buildings.ids)
    ground = np.empty(len(order))
    ground[order] = own_ground(flat[order])
    unknown = np.isnan(buildings.floors) & (ground > 0) & buildings.home
    known = buildings.floors[~np.isnan(buildings.floors)]
    usual = float(np.median(known)) if len(known) else 1.0
    floors = np.where(np.isnan(buildings.floors), usual, buildings.floors)
    guessed = tuple(sorted(map(str, buildings.ids[unknown]), key=lambda name: (len(name), name)))
    return Counted(ground * floors * buildings.home, PEOPLE, "floor_area", guessed, usual)


def settle_people(
    result: UnitsResult,
    counted: Counted,
    *,
    total: int | None,
    areas: Units | None,
    area_of_unit: NDArray[np.int64] | None,
    per_area: bool,
    once: bool,
) -> tuple[UnitsResult, Mapping[str, Any]]:
    """Scale the weights to known totals; the units' weights and the report follow.

    Parameters
    ----------
    total : of the whole area; None for none.
    areas, area_of_unit : the areas of the boundary, and which one each unit lies in; their weights are the totals
        where `per_area`.
    once : duplicates count once.

    Returns
    -------
    The result with its final weights, and what the report says about people.
    """
    from geo.partition.units import count_once, share_out, sum_units

    unit = result.unit_of_building
    weight = count_once(counted.weight, result.duplicate) if once else counted.weight
    account: dict[str, Any] = {"by": counted.by, "field": counted.field}
    if counted.by == "floor_area":
        account |= {"floors_guessed": {"count": len(counted.guessed), "ids": list(counted.guessed)}}
        account |= {"usual_floors": counted.guess}
    if per_area:
        assert areas is not None
        assert area_of_unit is not None
        area = np.where(unit >= 0, area_of_unit[unit], -1)
        totals, names = areas.weight.astype(np.int64), areas.ids
    else:
        if total is None and counted.by == "household_size":
            total = round(float(weight[unit >= 0].sum()))
        if total is None:
            if counted.by == "floor_area":
                raise InvalidInput("units_floor_area_without_total")
            return result, account
        area = np.where(unit >= 0, 0, -1)
        totals, names = np.array([total], dtype=np.int64), np.array(["-"], dtype=object)
    order = result.order
    weight = share_out(weight, area, totals, names, order)
    sums = sum_units(weight, unit, len(result.polygons))
    account |= {"total": int(totals.sum())}
    if per_area:
        account |= {"totals": dict(zip(map(str, names), totals.tolist(), strict=True))}
    report = replace(result.report, weight_units=float(sums.sum()))
    return replace(result, weight=sums, report=report), account
