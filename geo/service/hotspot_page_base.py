"""What the picture of hotspots stands on: who lies beside whom, and what could have had an issue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.hotspots import Around
from geo.model import Grid
from geo.service.context import Net, Service, knowledge

PAST: Final = "past"
_FIELD: Final = "field:"
_KNOWN: Final = ("residents", "households", "buildings")


def neighbours_of(net: Net) -> NDArray[np.int32]:
    """Pairs of grids that share a border, each once; int32 (n_pairs, 2). Kept with the net."""
    found: NDArray[np.int32] | None = net.prepared.get("neighbours")
    if found is None:
        found = net.prepared["neighbours"] = _pairs(net.grids)
    return found


def around_of(net: Net) -> Around:
    """Each grid with its neighbours. Kept with the net."""
    found: Around | None = net.prepared.get("around")
    if found is None:
        found = net.prepared["around"] = Around.of_pairs(neighbours_of(net), len(net.grids))
    return found


def bases_of(service: Service, net: Net) -> dict[str, NDArray[np.float64]]:
    """What each grid holds by each denominator that is known of all grids: float64 (n_grids,). Kept with the net.

    Residents, households, buildings, and the number columns of the plan's units as ``field:NAME``.
    """
    found: dict[str, NDArray[np.float64]] | None = net.prepared.get("bases")
    if found is None:
        found = net.prepared["bases"] = _bases(service, net)
    return found


def choose_base(service: Service, net: Net, name: str) -> tuple[str, NDArray[np.float64] | None]:
    """The denominator asked for ("" for the first that there is) and what each grid holds; None for past issues.

    Raises
    ------
    InvalidInput
        It is not known of all grids of the plan.
    """
    bases = bases_of(service, net)
    if name == PAST or (not name and not bases):
        return PAST, None
    chosen = name or next(iter(bases))
    if chosen not in bases:
        raise InvalidInput("hotspot_page_denominator", value=name[:40], choices=", ".join((*bases, PAST)))
    return chosen, bases[chosen]


# Private functions


def _pairs(grids: Sequence[Grid]) -> NDArray[np.int32]:
    from geo.partition.arcs import shared_arcs

    arcs = shared_arcs(np.array([grid.geometry for grid in grids], dtype=object))
    inner = (arcs.left >= 0) & (arcs.right >= 0)
    return np.unique(np.sort(np.column_stack([arcs.left[inner], arcs.right[inner]]), axis=1), axis=0).astype(np.int32)


def _bases(service: Service, net: Net) -> dict[str, NDArray[np.float64]]:
    bases: dict[str, NDArray[np.float64]] = {}
    for name in ("residents", "households"):
        values = [getattr(grid, name) for grid in net.grids]
        if all(value is not None for value in values):
            bases[name] = np.array(values, dtype=np.float64)
    shapes = [f.geometry for f in knowledge(service).place.features if f.layer == "building"]
    if shapes:
        points = shapely.point_on_surface(np.array(shapes, dtype=object))
        home = net.index.locate(lon=shapely.get_x(points), lat=shapely.get_y(points))
        bases["buildings"] = np.bincount(home[home >= 0], minlength=len(net.grids)).astype(np.float64)
    bases |= _fields(service, net)
    return {name: base for name, base in bases.items() if len(base) and base.sum() > 0}


def _fields(service: Service, net: Net) -> dict[str, NDArray[np.float64]]:
    """Sums over units of the number columns that a plan brings, and the weight that it was drawn with."""
    units = service.store.get_units(net.plan.id)
    if not len(units) or units.grid is None:
        return {}
    number = {grid.code: row for row, grid in enumerate(net.grids)}
    row = np.array([number.get(str(code), -1) for code in units.grid], dtype=np.int64)
    columns = {**units.fields, units.weight_field or "": units.weight}
    bases: dict[str, NDArray[np.float64]] = {}
    for name, column in columns.items():
        values = np.asarray(column)
        if not name or name in _KNOWN or values.dtype.kind not in "iuf":
            continue
        numbers = values.astype(np.float64)
        if np.isfinite(numbers).all() and (numbers >= 0).all():
            inside = row >= 0
            sums = np.bincount(row[inside], weights=numbers[inside], minlength=len(net.grids))
            bases[_FIELD + name] = sums.astype(np.float64)
    return bases
