"""Units of central Shanghai, clean and raw: real footprints, 35 overlaps, 37 % of the raw area claimed twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyogrio.raw
import pytest
import shapely

from geo.crs import project
from geo.partition.units import UnitInputs, build_units, hull_of

CRS = "EPSG:4549"  # CGCS2000 / 3-degree Gauss-Kruger CM 120E


def layer(file: Path, name: str) -> np.ndarray:
    meta, _, wkb, _ = pyogrio.raw.read(file, layer=name, columns=[])
    return np.asarray(project(shapely.from_wkb(wkb), source=meta["crs"], target=CRS), dtype=object)


@pytest.mark.parametrize("name", ["clean", "raw"])
def test_central_shanghai(shared_data: Path, name: str) -> None:
    file = shared_data / "shanghai" / f"{name}.gpkg"
    buildings, roads = layer(file, "buildings"), layer(file, "roads")
    boundary = hull_of(roads)
    weight = shapely.area(buildings)
    result = build_units(UnitInputs(boundary, buildings, roads, weight=weight))
    report = result.report
    assert shapely.coverage_is_valid(result.polygons)
    assert (shapely.get_type_id(result.polygons) == 3).all()
    assert shapely.area(result.polygons).sum() == pytest.approx(boundary.area, rel=1e-9)
    assert report.area_error < 1e-9
    assert report.grid_m == 0
    assert report.smallest_share > 0.9
    # Outside is what has less than the smallest footprint inside.
    inside = shapely.area(shapely.intersection(buildings, boundary))
    outside = {int(k) - 1 for k in report.outside}
    assert {*np.flatnonzero(result.unit_of_building < 0)} == outside
    assert all(inside[k] < 1 and not boundary.contains(buildings[k]) for k in outside)
    assert result.weight.sum() == pytest.approx(weight.sum() - report.outside_weight - report.duplicate_weight)
    welded = {k for group in report.welded for k in group}
    plain = [
        k
        for k in np.flatnonzero(result.unit_of_building >= 0)
        if str(k + 1) not in welded | {*report.trimmed, *report.barrier_cut, *report.shared}
    ]
    points = shapely.point_on_surface(buildings[plain])
    row, unit = shapely.STRtree(result.polygons).query(points, predicate="intersects")
    # A building given as a point may stand on a border: the first unit has it.
    first = np.full(len(plain), len(result.polygons))
    np.minimum.at(first, row, unit)
    assert len(plain) > 1000
    assert (first == result.unit_of_building[plain]).all()
    areal = shapely.get_type_id(buildings[plain]) != 0
    assert (np.bincount(row, minlength=len(plain))[areal] == 1).all()
    if name == "clean":
        assert len(buildings) == 1321
        # Every overlapping pair was welded or trimmed: what is left shares no ground.
        assert report.overlaps == 37
        assert (len(report.welded), len(report.trimmed)) == (21, 8)
    else:
        assert len(report.by_point) == (shapely.get_type_id(buildings) == 0).sum() == 409
        assert len(report.duplicates) > 50
