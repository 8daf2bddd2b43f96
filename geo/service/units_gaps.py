"""Hair between areas that were drawn one by one: places in it belong to no unit, units on either side never meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely

from geo.service.plane import Plane

# Wider than this it is a street or a river that was left out on purpose.
_WIDEST_M: Final = 1.0
# A shorter one is the tip of an angle between two borders.
_SHORTEST_M: Final = 5.0


@dataclass(frozen=True)
class Gaps:
    """The slits in an outline: how many, their length together, the widest on average, and a place in the longest."""

    count: int
    metres: float
    width_m: float
    at: tuple[float, float]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"count": self.count, "metres": self.metres, "width_m": self.width_m, "at": list(self.at)}

    def note(self) -> tuple[str, dict[str, Any]]:
        """What a person should know."""
        place = f"{self.at[0]:.10g} {self.at[1]:.10g}"
        return "units_note_slits", {
            "count": self.count,
            "metres": round(self.metres, 1),
            "width": f"{self.width_m:.2g}",
            "place": place,
        }


def find_gaps(outline: shapely.Geometry, plane: Plane) -> Gaps | None:
    """Slits at most 1 m wide and at least 5 m long in the union of the areas; None where there are none.

    Parameters
    ----------
    outline : Polygon or MultiPolygon in the CRS of `plane`.
    """
    flat = plane.flatten(np.array([outline], dtype=object))[0]
    grown = shapely.buffer(flat, _WIDEST_M / 2, join_style="mitre", mitre_limit=10.0)
    # A little less than the whole way back, or rounding would leave hair along every border.
    closed = shapely.buffer(grown, -_WIDEST_M / 2 - 1e-4, join_style="mitre", mitre_limit=10.0)
    parts = shapely.get_parts(shapely.difference(closed, flat))
    length = shapely.length(parts) / 2
    found = np.flatnonzero(length >= _SHORTEST_M)
    if not len(found):
        return None
    parts, length = parts[found], length[found]
    longest = shapely.point_on_surface(parts[int(np.argmax(np.round(length, 3)))])
    at = plane.unflatten(np.array([longest], dtype=object))[0]
    return Gaps(
        count=len(parts),
        metres=round(float(length.sum()), 2),
        width_m=float((shapely.area(parts) / length).max()),
        at=(float(at.x), float(at.y)),
    )
