"""Areas, units and grids cover the ground exactly; buildings stand clear of one another, of roads and of water."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.sample import SamplePlace, SampleSpec, generate


def _areas(place: SamplePlace, level: str) -> dict[str, shapely.Polygon]:
    layer = place.layers["areas"]
    at = layer.fields["level"] == level
    return dict(zip(layer.fields["code"][at], layer.geometry[at], strict=True))


def _vertices(geometry: object) -> set[tuple[float, float]]:
    return set(map(tuple, shapely.get_coordinates(geometry)))


def test_sample_units_and_grids_are_exact_covers(place: SamplePlace) -> None:
    units = place.drawing.units.geometry
    grids = np.array([grid.geometry for grid in place.drawing.grids])
    district = next(iter(_areas(place, "district").values()))
    for pieces in (units, grids):
        assert shapely.coverage_is_valid(pieces)
        assert shapely.is_valid(pieces).all()
        assert (shapely.get_type_id(pieces) == 3).all(), "a piece is not one polygon"
        assert abs(shapely.area(pieces).sum() / district.area - 1) < 1e-12
    assert shapely.union_all(grids).equals(district)


def test_sample_grids_are_unions_of_their_units(small: SamplePlace) -> None:
    units = small.drawing.units
    for grid in small.drawing.grids:
        mine = units.geometry[units.grid == grid.code]
        assert len(mine) == grid.units
        assert shapely.coverage_union_all(mine).normalize() == grid.geometry.normalize()


def test_sample_areas_nest_with_the_same_vertices(place: SamplePlace) -> None:
    layer = place.layers["areas"]
    parent = dict(zip(layer.fields["code"], layer.fields["parent"], strict=True))
    for upper, lower in (("district", "street"), ("street", "community")):
        inner = _areas(place, lower)
        assert shapely.coverage_is_valid(np.array(list(inner.values())))
        for code, outline in _areas(place, upper).items():
            mine = np.array([geometry for other, geometry in inner.items() if parent[other] == code])
            assert outline.geom_type == "Polygon"
            assert shapely.coverage_union_all(mine).normalize() == outline.normalize()
    communities = _areas(place, "community")
    assert {outline.geom_type for outline in communities.values()} == {"Polygon"}
    units = place.drawing.units
    for code, outline in list(communities.items())[:20]:
        mine = units.geometry[units.parent == code]
        assert shapely.coverage_union_all(mine).equals(outline)
        assert _vertices(outline) <= _vertices(mine)


def test_sample_no_area_crosses_the_river(place: SamplePlace) -> None:
    water = place.layers["water"]
    rivers = water.geometry[water.fields["kind"] == "river"]
    wet = shapely.union_all(rivers)
    for outline in _areas(place, "community").values():
        dry = shapely.get_parts(shapely.difference(outline, wet))
        assert (shapely.area(dry) > 5_000).sum() == 1, "a community lies on both banks"


def test_sample_buildings_do_not_overlap_and_lie_where_they_say(place: SamplePlace) -> None:
    layer = place.layers["buildings"]
    assert shapely.is_valid(layer.geometry).all()
    tree = shapely.STRtree(layer.geometry)
    a, b = tree.query(layer.geometry, predicate="intersects")
    assert (a == b).all()
    communities = _areas(place, "community")
    own = np.array([communities[code] for code in layer.fields["community"]])
    assert shapely.contains_properly(own, layer.geometry).all()
    units = shapely.STRtree(place.drawing.units.geometry)
    inside, _ = units.query(layer.geometry, predicate="within")
    assert sorted(inside) == list(range(len(layer.geometry)))
    compounds = dict(zip(place.layers["compounds"].fields["id"], place.layers["compounds"].geometry, strict=True))
    walled = layer.fields["compound"] != ""
    home = np.array([compounds[code] for code in layer.fields["compound"][walled]])
    assert shapely.contains_properly(home, layer.geometry[walled]).all()


def test_sample_buildings_stand_clear(place: SamplePlace) -> None:
    tree = shapely.STRtree(place.layers["buildings"].geometry)
    for name in ("roads", "railways", "water", "walls"):
        hit, _ = tree.query(place.layers[name].geometry, predicate="intersects")
        assert len(hit) == 0, f"{name} run through buildings"


def test_sample_slabs_face_south(small: SamplePlace) -> None:
    layer = small.layers["buildings"]
    slabs = layer.geometry[layer.fields["kind"] == "residential"]
    box = shapely.get_coordinates(shapely.oriented_envelope(slabs)).reshape(-1, 5, 2)
    sides = np.diff(box, axis=1)[:, :2]
    lengths = np.hypot(sides[..., 0], sides[..., 1])
    long = sides[np.arange(len(sides)), lengths.argmax(axis=1)]
    tilt = np.abs(np.rad2deg(np.arctan(long[:, 1] / long[:, 0])))
    assert np.median(tilt) < 10
    assert tilt.max() < 30


def test_sample_gates_are_openings_of_walls(small: SamplePlace) -> None:
    gates, walls, compounds = (small.layers[name] for name in ("gates", "walls", "compounds"))
    outline = dict(zip(compounds.fields["id"], shapely.boundary(compounds.geometry), strict=True))
    wall = dict(zip(walls.fields["compound"], walls.geometry, strict=True))
    assert set(gates.fields["compound"]) == set(compounds.fields["id"])
    for point, code, road in zip(gates.geometry, gates.fields["compound"], gates.fields["road"], strict=True):
        assert shapely.distance(outline[code], point) < 0.1
        assert 3.0 < shapely.distance(wall[code], point) < 4.5
        assert road in set(small.layers["roads"].fields["name"])


def test_sample_bridges_join_both_banks(small: SamplePlace) -> None:
    roads, water = small.layers["roads"], small.layers["water"]
    river = water.geometry[water.fields["kind"] == "river"][0]
    bridge = roads.fields["bridge"] == 1
    assert shapely.intersects(roads.geometry[bridge], river).all()
    ends = shapely.get_point(roads.geometry[bridge][:, None], np.array([0, -1]))
    assert not shapely.intersects(ends, river).any()
    assert not shapely.intersects(roads.geometry[~bridge], river).any()


def test_sample_roads_and_railway_run_on_borders_exactly(place: SamplePlace) -> None:
    """A border beside a road by a hair's breadth would leave slivers between units."""
    communities = np.array(list(_areas(place, "community").values()))
    border = shapely.union_all(shapely.boundary(communities))
    corners = np.array(sorted(_vertices(border)))
    tree = shapely.STRtree(shapely.points(corners))
    for name in ("roads", "railways"):
        xy = shapely.get_coordinates(place.layers[name].geometry)
        _, distance = tree.query_nearest(shapely.points(xy), return_distance=True, all_matches=False)
        assert ((distance == 0.0) | (distance > 1.0)).all(), name
        assert (distance == 0.0).sum() > 10, name


@pytest.mark.parametrize("seed", range(12))
def test_sample_any_seed_is_sound(seed: int) -> None:
    place = generate(SampleSpec(buildings=1_000 + 170 * seed, seed=seed, issues=0))
    test_sample_units_and_grids_are_exact_covers(place)
    test_sample_areas_nest_with_the_same_vertices(place)
    test_sample_no_area_crosses_the_river(place)
    test_sample_buildings_do_not_overlap_and_lie_where_they_say(place)
    test_sample_buildings_stand_clear(place)
