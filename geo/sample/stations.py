"""Stations: where a resident finds the people of the community and of the grid."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.sample.kinds import Use
from geo.sample.labels import Labels
from geo.sample.layout import Layout
from geo.sample.spec import HOUSEHOLDS_PER_GRID

CENTRE: Final = "党群服务中心"
POST: Final = "党群驿站"
# About as many grids share a post, so that most homes have one round the corner and some do not.
GRIDS_PER_POST: Final = 3
_FIT: Final = (Use.SHOP, Use.CLUB, Use.OFFICE, Use.HALL)


def find_stations(layout: Layout, labels: Labels) -> tuple[NDArray[np.object_], dict[str, Any]]:
    """A service centre in each community and a post for every few grids' households, each in a building of its own.

    Returns
    -------
    points : objects (n,), inside the buildings, metres (easting, northing).
    fields : id, name, kind (centre or post) and community, by column.
    """
    # A stream of its own: what else a place has does not depend on its stations.
    rng = np.random.default_rng([layout.spec.seed, 97])
    use, households = layout.buildings.use, layout.people.households
    chosen: list[int] = []
    names: list[str] = []
    kinds: list[str] = []
    communities: list[str] = []
    for k, code in enumerate(layout.community_codes):
        mine = np.flatnonzero(layout.community_of_building == k)
        if not len(mine):
            continue
        posts = int(households[mine].sum()) // (GRIDS_PER_POST * HOUSEHOLDS_PER_GRID)
        fit = mine[np.isin(use[mine], _FIT)]
        rest = np.setdiff1d(mine, fit)
        order = np.concatenate([rng.permutation(fit), rng.permutation(rest)])[: 1 + posts]
        for number, building in enumerate(order.tolist()):
            chosen.append(building)
            stem = labels.stems[k]
            names.append(f"{stem}社区{CENTRE}" if number == 0 else f"{stem}{POST}{number:02d}")
            kinds.append("centre" if number == 0 else "post")
            communities.append(code)
    inside = shapely.point_on_surface(layout.buildings.outline[chosen])
    points = np.asarray(shapely.points(np.round(shapely.get_coordinates(inside), 2)), dtype=object)
    return points, {"name": names, "kind": kinds, "community": communities}
