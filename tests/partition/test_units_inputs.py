"""What cannot be used is refused with the row, the field, the value and the remedy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from geo.errors import GeoError, InvalidBoundary, InvalidCoordinate, InvalidCrs, InvalidInput
from geo.partition.units import UnitInputs, UnitSettings, build_units, hull_of

AREA = shapely.box(0, 0, 100, 100)
HOUSES = np.array([shapely.box(10, 10, 20, 20), shapely.box(50, 50, 60, 60), shapely.box(70, 20, 80, 30)])
NONE = np.array([], dtype=object)


def refused(kind: type[GeoError], code: str, **changes: Any) -> GeoError:
    given = {"boundary": AREA, "buildings": HOUSES, "barriers": NONE, **changes}
    with pytest.raises(kind) as caught:
        build_units(UnitInputs(**given))
    assert caught.value.code == code
    assert caught.value.message("zh")
    return caught.value


def test_weights() -> None:
    error = refused(
        InvalidInput,
        "units_weight_negative",
        weight=np.array([1.0, -2.0, -3.0]),
        weight_field="households",
        building_ids=["a", "b", "c"],
    )
    assert str(error).startswith("Building row 2 (id 'b') has households = -2.0")
    assert error.context["rows"] == 2
    for bad in (np.nan, None, "many", np.inf):
        error = refused(InvalidInput, "units_weight_missing", weight=np.array([1, 2, bad], dtype=object))
        assert error.context["row"] == 3
    refused(InvalidInput, "units_length_mismatch", weight=np.ones(2))


def test_ids() -> None:
    error = refused(InvalidInput, "units_id_duplicate", building_ids=["a", "b", "a"])
    assert (error.context["first"], error.context["row"], error.context["id"]) == (1, 3, "a")
    refused(InvalidInput, "units_id_duplicate", building_ids=np.array([7, 8, 7]))
    for bad in ("", None, np.nan, "  "):
        error = refused(InvalidInput, "units_id_missing", building_ids=np.array(["a", bad, "c"], dtype=object))
        assert error.context["row"] == 2
    refused(InvalidInput, "units_length_mismatch", building_ids=["a"])


def test_coordinates_that_are_no_numbers() -> None:
    broken = HOUSES.copy()
    with np.errstate(invalid="ignore"):
        broken[1] = shapely.Polygon([(50, 50), (60, 50), (np.nan, 60), (50, 60)])
    error = refused(InvalidCoordinate, "units_coordinate_not_finite", buildings=broken, building_ids=["a", "b", "c"])
    assert (error.context["layer"], error.context["row"], error.context["id"]) == ("buildings", 2, "b")
    line = shapely.LineString([(0, 0), (np.inf, 1)])
    error = refused(InvalidCoordinate, "units_coordinate_not_finite", barriers=np.array([None, line]))
    assert (error.context["layer"], error.context["row"]) == ("barriers", 2)


def test_boundaries() -> None:
    refused(InvalidBoundary, "units_boundary_empty", boundary=None)
    refused(InvalidBoundary, "units_boundary_empty", boundary=shapely.Polygon())
    refused(InvalidBoundary, "units_boundary_not_polygon", boundary=AREA.exterior)
    refused(InvalidCrs, "units_in_degrees", boundary=shapely.box(121.4, 31.2, 121.5, 31.3))
    eight = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    error = refused(InvalidBoundary, "units_boundary_crosses_itself", boundary=eight)
    assert "Self-intersection" in str(error)


def test_a_boundary_with_a_harmless_knot_is_repaired_and_told() -> None:
    knot = shapely.Polygon(
        [(0, 0), (100, 0), (100, 100), (50.01, 100), (49.99, 100.02), (50.01, 100.02), (49.99, 100), (0, 100)]
    )
    assert not knot.is_valid
    result = build_units(UnitInputs(knot, HOUSES, NONE))
    assert shapely.coverage_is_valid(result.polygons)
    assert 0 < result.report.boundary_repaired_m2 < 0.01
    assert "units_note_boundary" in dict(result.report.notes())


def test_a_boundary_in_parts_and_with_height() -> None:
    parts = shapely.MultiPolygon([AREA, shapely.box(200, 0, 260, 50)])
    high = shapely.force_3d(np.append(HOUSES, shapely.box(210, 10, 220, 20)), 12.5)
    result = build_units(UnitInputs(shapely.force_3d(parts, 3.0), high, NONE))
    assert shapely.area(result.polygons).sum() == pytest.approx(parts.area, rel=1e-12)
    assert not shapely.has_z(result.polygons).any()


def test_no_building_inside() -> None:
    away = shapely.transform(HOUSES, lambda xy: xy + 5000)
    error = refused(InvalidInput, "units_no_building_inside", buildings=away)
    assert "5010.0" in str(error)
    refused(InvalidInput, "units_no_building_inside", buildings=NONE)
    refused(InvalidInput, "units_no_building_inside", buildings=np.array([None, shapely.Polygon()], dtype=object))


def test_barrier_classes() -> None:
    line = np.array([shapely.LineString([(0, 0), (1, 1)])])
    refused(InvalidInput, "units_barrier_class_low", barriers=line, barrier_class=np.array([0]))
    refused(InvalidInput, "units_length_mismatch", barriers=line, barrier_class=np.array([1, 2]))


def test_no_grid_that_passes_is_an_error_that_says_what_was_tried() -> None:
    error = refused(InvalidBoundary, "units_not_seamless", settings=UnitSettings(grids_m=(1000.0,)))
    assert "grid 1000 m" in str(error)


def test_hull() -> None:
    lines = np.array([shapely.LineString([(0, 0), (10, 0)]), None, shapely.Point(0, 8)], dtype=object)
    assert hull_of(lines).area == 40
    with pytest.raises(InvalidBoundary, match="span no area"):
        hull_of(lines[:1])


def test_inputs_are_left_as_they_were() -> None:
    given = UnitInputs(AREA, HOUSES.copy(), NONE, weight=np.array([1.0, 2.0, 3.0]))
    build_units(given)
    assert (given.buildings == HOUSES).all()
    assert given.weight.tolist() == [1, 2, 3]
