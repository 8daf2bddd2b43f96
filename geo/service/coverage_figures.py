"""The figures of the coverage page: pure, arrays in and values out. All lon, lat are WGS84 degrees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo import crs as crs_
from geo.model import Area, Grid, Staff
from geo.partition.cover import union_of
from geo.service.views import Seam
from geo.service.wishes import metric_crs

# A rate is judged where the place's own rate lets this many issues be expected (Cochran's rule for a count).
EXPECTED_LEAST: Final = 5.0
# A piece of the boundary without a grid is told of from this size on, m²: below it lies the rounding of degrees.
_PIECE_M2: Final = 0.01
_WGS84: Final = "EPSG:4326"


def role_templates(grids: Sequence[Grid], staff: Sequence[Staff]) -> dict[str, tuple[str, ...]]:
    """The roles a grid of each kind must fill: all that the staff table names for any of them, in its order."""
    kind = {grid.code: str(grid.kind) for grid in grids}
    roles: dict[str, dict[str, None]] = {}
    for post in staff:
        if post.grid in kind:
            roles.setdefault(kind[post.grid], {})[post.role] = None
    return {name: tuple(found) for name, found in roles.items()}


def vacancies(template: Sequence[str], posts: Sequence[Staff]) -> tuple[str, ...]:
    """The roles of posts without a person, and those of the template that have no post at all."""
    there = {post.role for post in posts}
    return (*(post.role for post in posts if post.name is None), *(role for role in template if role not in there))


def span_of_control(households: int, posts: Sequence[Staff], role: str | None = None) -> float | None:
    """Households per person of a role (of all roles if None); None where nobody is there."""
    people = sum(post.name is not None for post in posts if role is None or post.role == role)
    return households / people if people else None


def expected_issues(households: NDArray[np.int64], issues: NDArray[np.int64]) -> NDArray[np.float64]:
    """Issues of each grid if all households told as many; float64 (n_grids,), zeros where nobody lives anywhere."""
    total = int(households.sum())
    share = int(issues.sum()) / total if total else 0.0
    return np.asarray(households * share, dtype=np.float64)


def rate_breaks(rate: float) -> tuple[float, ...]:
    """Four limits of the 1-2-5 series, the second being the greatest that the place's own rate reaches.

    They stay where they are while the rate stays within its step, so that maps of two months have the same classes.
    """
    if not rate > 0 or not np.isfinite(rate):
        return (1.0, 2.0, 5.0, 10.0)
    series = [digit * 10.0**power for power in range(-6, 13) for digit in (1, 2, 5)]
    at = int(np.searchsorted(series, rate * (1 + 1e-12), side="right")) - 1
    at = min(max(at, 1), len(series) - 3)
    return tuple(float(f"{limit:g}") for limit in series[at - 1 : at + 3])


def nearest_stations(
    places: NDArray[np.object_], stations: Sequence[BaseGeometry]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The station that is nearest to each place as the crow flies.

    Parameters
    ----------
    places : (n,) points.
    stations : (k,) points or outlines, k > 0.

    Returns
    -------
    int64 (n,), rows of `stations`, the first of those equally near; float64 (n,), metres in the zone of the place.
    """
    shapes = np.array(list(stations), dtype=object)
    both = np.concatenate([places, shapes])
    flat = crs_.project(both, source=_WGS84, target=metric_crs(both, _WGS84))
    tree = shapely.STRtree(flat[len(places) :])
    (place, station), metres = tree.query_nearest(flat[: len(places)], return_distance=True, all_matches=True)
    # Of stations equally near the first: the order in a tree is nobody's business.
    order = np.lexsort([station, place])
    _, first = np.unique(place[order], return_index=True)
    chosen = order[first]
    return station[chosen].astype(np.int64), metres[chosen].astype(np.float64)


def mean_distance(metres: NDArray[np.float64], households: NDArray[np.int64]) -> tuple[float | None, float | None]:
    """How far a household has on average, and the farthest of them; of buildings where no household is counted."""
    if not len(metres):
        return None, None
    lived = households > 0
    if not lived.any():
        return float(metres.mean()), float(metres.max())
    return float(np.average(metres[lived], weights=households[lived])), float(metres[lived].max())


def cover_faults(grids: Sequence[Grid], areas: Sequence[Area]) -> tuple[float, float, tuple[Seam, ...]]:
    """Square metres of the district that no grid covers, and that more than one covers; and where, the largest first.

    Shapes are compared in degrees, as they were drawn: a projection bends the straight side of one shape away from the
    vertices that its neighbour has on it, and would show gaps that are not there. Faults between grids are those of
    `geo.locate.index.net_faults`, however small; what lies over the net (专属网格) covers nothing twice.
    """
    net = [grid for grid in grids if not grid.lies_over]
    shapes = np.array([grid.geometry for grid in net], dtype=object)
    union = union_of(shapes)
    m2 = area_m2(union) / union.area if union.area else 0.0
    overlap = max(float(shapely.area(shapes).sum() - union.area) * m2, 0.0)
    outline = [area.geometry for area in areas if area.level == "district" and area.geometry is not None]
    missing = shapely.union_all(np.array(outline, dtype=object)).difference(union) if outline else shapely.Point()
    gap = area_m2(missing) if outline else 0.0
    return gap, overlap, tuple(sorted(_seams(net, missing), key=lambda seam: (-seam.size, seam.codes, seam.kind)))


def area_m2(shape: BaseGeometry) -> float:
    """Area of a shape in degrees WGS84."""
    if shape.is_empty:
        return 0.0
    one = np.array([shape], dtype=object)
    return float(shapely.area(crs_.project(one, source=_WGS84, target=metric_crs(one, _WGS84)))[0])


def _seams(net: Sequence[Grid], missing: BaseGeometry) -> Iterator[Seam]:
    from geo.locate.index import net_faults

    found = net_faults([grid.geometry for grid in net], [grid.code for grid in net])
    for fault in found:
        yield Seam(fault.kind, fault.codes, fault.size, fault.lon, fault.lat)
    told = [shapely.Point(fault.lon, fault.lat) for fault in found if fault.kind == "fault_gap"]
    for part in shapely.get_parts(missing):
        # A gap that grids enclose is told of above, with their names.
        if part.geom_type != "Polygon" or (told and shapely.intersects(part, told).any()):
            continue
        size = area_m2(part)
        if size >= _PIECE_M2:
            at = shapely.point_on_surface(part)
            yield Seam("coverage_ground_without_grid", (), size, float(at.x), float(at.y))


def totals_of(values: Mapping[str, Sequence[float | None]]) -> dict[str, tuple[float, float, float] | None]:
    """The least, the median and the greatest of each measure over the grids that have it; None where none has."""
    out: dict[str, tuple[float, float, float] | None] = {}
    for name, column in values.items():
        known = np.array([value for value in column if value is not None], dtype=np.float64)
        out[name] = (float(known.min()), float(np.median(known)), float(known.max())) if len(known) else None
    return out
