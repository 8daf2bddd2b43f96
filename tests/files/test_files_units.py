"""Units: every fault is named by row, id and field; the order of rows never matters."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely

from geo import crs
from geo.errors import GeoError, InvalidBoundary, InvalidCoordinate, InvalidCrs, InvalidInput
from geo.model import Layer

from .conftest import objects, squares


def test_units_as_they_are(files, layer, write):
    units = files.read_units(write(layer()), weight="pop")
    assert units.ids.tolist() == [f"b{k:03d}" for k in range(12)]
    assert units.weight.tolist() == list(range(1, 13))
    assert units.crs == "EPSG:4548"
    assert units.weight_field == "pop"
    assert {*units.fields} == {"id", "名称", "pop", "households"}
    assert (units.grid, units.parent, units.group, units.locked) == (None, None, None, None)
    assert shapely.coverage_is_valid(units.geometry)


@pytest.mark.parametrize("name", ["u.gpkg", "u.geojson", "u.shp", "u.parquet", "u.fgb", "u.csv"])
def test_rows_may_stand_in_any_order(name, files, layer, write):
    options = {"weight": "pop", "crs": "EPSG:4548"}
    plain = files.read_units(write(layer(), f"a{name}"), **options)
    order = np.random.default_rng(5).permutation(12)
    mixed = files.read_units(write(layer(order=order), f"b{name}"), **options)
    assert plain.ids.tolist() == mixed.ids.tolist()
    assert plain.weight.tolist() == mixed.weight.tolist()
    assert shapely.to_wkb(plain.geometry).tolist() == shapely.to_wkb(mixed.geometry).tolist()
    assert plain.fields["名称"].tolist() == mixed.fields["名称"].tolist()


def test_optional_columns(files, layer, write):
    path = write(
        layer(
            street=np.array([1.0] * 6 + [2.0] * 6),
            yard=["甲"] * 2 + [None] * 10,
            now=["g1"] * 11 + [""],
            fixed=["是", "否", "1", "0", "true", "False", None, "", "Y", "n", "yes", "no"],
        )
    )
    units = files.read_units(path, weight="POP", within="street", keep="yard", current="now", locked="fixed")
    assert units.parent.tolist() == ["1"] * 6 + ["2"] * 6
    assert units.group.tolist() == ["甲"] * 2 + [""] * 10
    assert units.grid.tolist() == ["g1"] * 11 + [""]
    assert units.locked.tolist() == [True, False] * 3 + [False, False] + [True, False] * 2
    for wrong in ({"within": "yard"}, {"locked": "名称"}, {"keep": "yrad"}):
        with pytest.raises(InvalidInput):
            files.read_units(path, weight="pop", **wrong)


# --- ids ----------------------------------------------------------------------------------------------------------


def test_which_column_holds_the_ids(files, layer, write):
    def ids(**changed):
        return files.read_units(write(layer(**changed)), weight="pop").ids.tolist()

    assert ids(ID=list("abcdefghijkl"), id=None) == list("abcdefghijkl")
    assert ids(id=None, block=[f"x{k}" for k in range(12)], households=np.zeros(12)) == sorted(
        f"x{k}" for k in range(12)
    )
    assert ids(id=None, 名称=None, households=np.arange(12) + 7) == sorted(str(k + 7) for k in range(12))
    # neither measured numbers nor the weight are ids
    made = ids(id=None, 名称=None, households=None, area=np.linspace(0.1, 0.2, 12))
    assert made == [f"u{k:05d}" for k in range(1, 13)]


def test_ids_from_shapes_do_not_depend_on_the_order(files, layer, write):
    bare = {"id": None, "名称": None, "households": None}
    plain = files.read_units(write(layer(**bare), "a.gpkg"), weight="pop")
    mixed = files.read_units(write(layer(order=np.arange(12)[::-1], **bare), "b.gpkg"), weight="pop")
    assert plain.ids.tolist() == mixed.ids.tolist()
    assert plain.weight.tolist() == mixed.weight.tolist()


def test_faulty_ids(files, layer, write):
    twice = [f"b{k:03d}" for k in range(11)] + ["b004"]
    with pytest.raises(InvalidInput, match=r"'b004' .*rows 5 and 12"):
        files.read_units(write(layer(id=twice)), weight="pop")
    with pytest.raises(InvalidInput, match=r"'b004' .*rows 5 and 12"):
        files.read_units(write(layer(id=None, GEOID=twice, households=None)), weight="pop")
    with pytest.raises(InvalidInput, match="gaps: rows 3"):
        files.read_units(write(layer(no=["a", "b", None, *"defghijkl"])), weight="pop", id_field="no")
    with pytest.raises(InvalidInput, match="Did you mean 'households'"):
        files.read_units(write(layer()), weight="pop", id_field="housholds")
    assert files.read_units(write(layer(id=twice)), weight="pop", id_field="households").ids[0] == "1"


# --- weights ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        ([5, -1, 2, *range(9)], "weight_negative", "2 (b001)"),
        ([5, None, 2, *range(9)], "weight_missing", "2 (b001)"),
        ([5, math.nan, 2, *range(9)], "weight_missing", "--missing-weight"),
        ([5.0, math.inf, 2.0, *map(float, range(9))], "weight_not_finite", "2 (b001)"),
        (["5", "many", "2", *map(str, range(9))], "weight_not_number", "'many'"),
        ([True] * 12, "weight_not_number", "households"),
        (["2026-01-01"] * 12, "weight_not_number", "… (+7)"),
    ],
)
def test_faulty_weights(values, code, words, files, layer, write):
    cells = np.array(values) if not any(isinstance(v, str | None) for v in values) else objects(values)
    path = write(layer(people=cells), "u.parquet")
    with pytest.raises(InvalidInput) as caught:
        files.read_units(path, weight="people")
    assert caught.value.code == code
    assert words in caught.value.message("en")
    assert caught.value.context["row"] >= 1


def test_weights_as_text_and_gaps_filled(files, layer, write):
    path = write(layer(people=["5", None, " 2.5 ", *map(str, range(9))]))
    units = files.read_units(path, weight="people", missing_weight=4)
    assert units.weight[:3].tolist() == [5.0, 4.0, 2.5]
    for bad in (-1, math.nan, math.inf):
        with pytest.raises(InvalidInput, match="stand-in"):
            files.read_units(path, weight="people", missing_weight=bad)


def test_unknown_weight_lists_the_numeric_fields(files, layer, write):
    with pytest.raises(InvalidInput, match=r"Did you mean 'households'.*pop, households"):
        files.read_units(write(layer()), weight="household")
    with pytest.raises(InvalidInput, match="numeric fields are: pop, households"):
        files.read_units(write(layer()), weight="xyz")


# --- shapes -------------------------------------------------------------------------------------------------------


def changed(row, shape):
    shapes = squares()
    shapes[row] = shape
    return shapes


def spoilt(value):
    """A triangle of which one coordinate is no number."""
    triangle = shapely.Polygon([(500_100, 3_400_000), (500_200, 3_400_000), (500_200, 3_400_100)])
    return shapely.transform(triangle, lambda xy: np.where(xy == 3_400_100, value, xy))


BOW_TIE = shapely.Polygon([(500_100, 3_400_000), (500_200, 3_400_100), (500_200, 3_400_000), (500_100, 3_400_100)])


@pytest.mark.parametrize(
    ("shape", "error", "code", "words"),
    [
        (None, InvalidBoundary, "geometry_missing", "2 (b001)"),
        (shapely.Polygon(), InvalidBoundary, "geometry_missing", "2 (b001)"),
        (shapely.Point(500_150, 3_400_050), InvalidBoundary, "geometry_no_polygon", "Point"),
        (shapely.LineString([(500_100, 3_400_000), (500_200, 3_400_000)]), InvalidBoundary, "geometry_no_polygon", "2"),
        (BOW_TIE, InvalidBoundary, "geometry_crosses_itself", "500150 3400050"),
        (
            spoilt(math.nan),
            InvalidCoordinate,
            "geometry_not_finite",
            "2 (b001)",
        ),
        (
            spoilt(math.inf),
            InvalidCoordinate,
            "geometry_not_finite",
            "2 (b001)",
        ),
    ],
)
def test_faulty_shapes(shape, error, code, words, files, layer, write):
    path = write(layer(changed(1, shape)), "u.parquet")
    with pytest.raises(error) as caught:
        files.read_units(path, weight="pop")
    assert caught.value.code == code
    assert words in caught.value.message("en")
    assert words in caught.value.message("zh")
    assert caught.value.context["row"] == 2


def test_overlaps_name_both_units(files, layer, write):
    moved = shapely.transform(squares()[5], lambda xy: xy + np.array([1.0, 0.0]))
    with pytest.raises(InvalidBoundary) as caught:
        files.read_units(write(layer(changed(5, moved))), weight="pop")
    error = caught.value
    assert (error.code, error.context["pairs"]) == ("file_units_overlap", [("b005", "b006")])
    assert "row 6 (b005) and row 7 (b006) share 100.00 m²" in error.message("en")


def test_unit_inside_another(files, layer, write):
    inner = shapely.box(500_220, 3_400_020, 500_240, 3_400_040)
    shapes = [*squares()[:2], squares()[2], inner]
    with pytest.raises(InvalidBoundary) as caught:
        files.read_units(write(layer(shapes)), weight="pop")
    assert caught.value.context["pairs"] == [("b002", "b003")]


def test_overlap_in_degrees_is_said_in_square_metres(files, layer, write):
    shapes = crs.project(objects(squares()), source="EPSG:4548", target="WGS84").tolist()
    shapes[5] = shapely.transform(shapes[5], lambda xy: xy + np.array([1e-5, 0.0]))
    with pytest.raises(InvalidBoundary) as caught:
        files.read_units(write(layer(shapes, crs="EPSG:4490")), weight="pop")
    assert float(caught.value.context["area_m2"]) == pytest.approx(96.5, rel=0.02)


def test_rounding_is_no_overlap(files, layer, write):
    noise = np.random.default_rng(1)
    shapes = [shapely.transform(g, lambda xy: xy + noise.uniform(-1e-5, 1e-5, xy.shape[-1])) for g in squares()]
    assert len(files.read_units(write(layer(shapes)), weight="pop")) == 12


def test_duplicate_shape_is_an_overlap(files, layer, write):
    with pytest.raises(InvalidBoundary, match=r"b000.*b001"):
        files.read_units(write(layer(changed(1, squares()[0]))), weight="pop")


def test_empty_layer(files, layer, write):
    with pytest.raises(InvalidInput, match="no rows"):
        files.read_units(write(layer([])), weight="pop")


# --- reference systems --------------------------------------------------------------------------------------------


def test_missing_crs(files, layer, write):
    path = write(layer(crs=None))
    with pytest.raises(InvalidCrs, match="--crs"):
        files.read_units(path, weight="pop")
    assert files.read_units(path, weight="pop", crs="EPSG:4548").crs == "EPSG:4548"
    with pytest.raises(InvalidCrs):
        files.read_units(path, weight="pop", crs="Beijing 54")


@pytest.mark.parametrize(
    ("declared", "code"),
    [("EPSG:4326", "crs_does_not_fit"), ("EPSG:4527", "crs_does_not_fit"), ("EPSG:27700", "crs_does_not_fit")],
)
def test_wrong_crs(declared, code, files, layer, write):
    path = write(layer(), "u.parquet")
    with pytest.raises(InvalidCrs) as caught:
        files.read_units(path, weight="pop", crs=declared)
    assert caught.value.code == code


def test_degrees_declared_as_metres_and_swapped_axes(files, layer, write):
    shapes = crs.project(objects(squares()), source="EPSG:4548", target="WGS84").tolist()
    with pytest.raises(InvalidCrs, match="cannot be in"):
        files.read_units(write(layer(shapes, crs="EPSG:4548"), "a.parquet"), weight="pop")
    flip = [shapely.transform(g, lambda xy: xy[:, ::-1]) for g in shapes]
    with pytest.raises(InvalidCrs, match="swapped"):
        files.read_units(write(layer(flip, crs="EPSG:4490"), "b.parquet"), weight="pop")
    flip = [shapely.transform(g, lambda xy: xy[:, ::-1]) for g in squares()]
    with pytest.raises(InvalidCrs, match="swapped"):
        files.read_units(write(layer(flip), "c.parquet"), weight="pop")


def test_gcj02_units_become_wgs84(files, layer, write):
    right = crs.project(objects(squares()), source="EPSG:4548", target="WGS84")
    shifted = crs.project(right, source="WGS84", target="GCJ-02").tolist()
    units = files.read_units(write(layer(shifted, crs="EPSG:4326")), weight="pop", crs="gcj02")
    assert units.crs == "EPSG:4326"
    assert shapely.equals_exact(units.geometry, right, tolerance=1e-9).all()
    assert shapely.coverage_is_valid(units.geometry)


def test_third_dimension_is_dropped(files, layer, write):
    shapes = [shapely.force_3d(g, 7.0) for g in squares()]
    units = files.read_units(write(layer(shapes)), weight="pop")
    assert not shapely.has_z(units.geometry).any()


# --- real files ---------------------------------------------------------------------------------------------------


def test_census_blocks(files, shared_data):
    units = files.read_units(str(shared_data / "rockland" / "rockland_blocks_2010.gpkg"), weight="pop")
    assert (len(units), units.weight.sum(), units.crs) == (4764, 311_687.0, "EPSG:4269")
    assert units.ids[0] == "360870101011000"


def test_real_faults(files, shared_data):
    with pytest.raises(InvalidBoundary, match="overlap"):
        files.read_units(f"{shared_data / 'shanghai' / 'clean.gpkg'}:buildings", weight="area_m2")
    with pytest.raises(InvalidInput, match="several layers: buildings, roads"):
        files.read_units(str(shared_data / "shanghai" / "clean.gpkg"), weight="pop")
    with pytest.raises(GeoError, match="no polygons"):
        files.read_units(f"{shared_data / 'shanghai' / 'clean.gpkg'}:roads", weight="osm_id")


def test_layer_values_are_plain(files, layer, write):
    got = files.read_layer(write(layer()))
    assert isinstance(got, Layer)
    assert got.fields["名称"].dtype == object
    assert got.fields["pop"].dtype == np.float64
    assert got.fields["households"].dtype == np.int64
