"""The common refinement of several nets: cells are counted without any geometry and must agree."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InvalidBoundary, InvalidCoordinate, InvalidInput
from geo.partition.nets import NetLayer, NetsInputs, NetsSettings, People, Within, refine
from tests.partition.nets_worlds import SIDE, drawn_net, worlds

BOX = shapely.box(0, 0, 100, 100)


def net(name: str, shapes, codes, trust: float = 1.0) -> NetLayer:
    return NetLayer(name, np.array(shapes, dtype=object), np.array(codes, dtype=object), trust)


def refined(*layers: NetLayer, people: People | None = None, within=None, tolerance: float = 0.0):
    area = None if within is None else Within(np.array([within], dtype=object), [""])
    return refine(NetsInputs(layers, people or People.nobody(), area, NetsSettings(tolerance_m=tolerance)))


def codes_at(found, atom: int) -> tuple[str, ...]:
    row = found.atoms.label[atom]
    return tuple(layer.codes[k] if k >= 0 else "" for layer, k in zip(found.layers, row, strict=True))


@settings(deadline=None, max_examples=60)
@given(worlds())
def test_atoms_are_the_regions_of_equal_claims(world) -> None:
    found = refine(world.inputs())
    atoms = found.atoms
    regions = world.regions()
    count = int(regions.max()) + 1
    assert len(atoms) == atoms.inside == count
    centres = world.points()
    row, atom = shapely.STRtree(atoms.polygons).query(centres, predicate="within")
    atom_of_cell = np.full(len(centres), -1)
    atom_of_cell[row] = atom
    assert (np.unique(row, return_counts=True)[1] == 1).all()
    flat = regions.ravel()
    assert ((atom_of_cell < 0) == (flat < 0)).all()
    for number in range(count):
        cells = np.flatnonzero(flat == number)
        mine = set(atom_of_cell[cells].tolist())
        assert len(mine) == 1
        k = mine.pop()
        assert atoms.area_dm2[k] == len(cells) * SIDE * SIDE * 100
        assert atoms.weight_milli[k] == 1000 * int(world.people.ravel()[cells].sum())
        y, x = divmod(int(cells[0]), world.width)
        for layer, claims in enumerate(world.vector(x, y)):
            names = {found.layers[layer].codes[c] for c in found.claims[layer][atoms.claim[k, layer]]}
            assert names == set(claims)
            assert codes_at(found, k)[layer] == (min(claims) if claims else "")
    assert atoms.outside_milli == 1000 * int(world.people.ravel()[flat < 0].sum())
    assert shapely.coverage_is_valid(atoms.polygons)


@settings(deadline=None, max_examples=25)
@given(worlds(), st.integers(0, 99), st.floats(0, 3))
def test_order_of_layers_and_rows_changes_nothing(world, seed, tolerance) -> None:
    first = refine(world.inputs(tolerance))
    order = np.random.default_rng(seed).permutation(len(world.claims))
    second = refine(world.inputs(tolerance, order=order, shuffle=seed))
    assert (shapely.to_wkb(first.atoms.polygons) == shapely.to_wkb(second.atoms.polygons)).all()
    for name in ("parent", "claim", "label", "area_dm2", "weight_milli"):
        assert np.array_equal(getattr(first.atoms, name), getattr(second.atoms, name))
    assert np.array_equal(first.graph.indices, second.graph.indices)
    assert np.array_equal(first.graph.border_m, second.graph.border_m)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(2, 11), st.booleans())
def test_noise_within_the_tolerance_disappears(seed, layers, bounded) -> None:
    rng = np.random.default_rng(seed)
    cuts_x, cuts_y = np.cumsum(rng.uniform(40, 90, 4)), np.cumsum(rng.uniform(40, 90, 4))
    noise = 0.8
    codes = np.array([f"{j}{i}" for j in range(3) for i in range(3)], dtype=object)
    nets = [NetLayer(f"n{k}", drawn_net(rng, cuts_x, cuts_y, noise), codes) for k in range(layers)]
    frame = shapely.box(cuts_x[0], cuts_y[0], cuts_x[-1], cuts_y[-1])
    within = Within(np.array([frame], dtype=object), [""]) if bounded else None
    middle = shapely.points(rng.uniform([cuts_x[0] + 2, cuts_y[0] + 2], [cuts_x[-1] - 2, cuts_y[-1] - 2], (50, 2)))
    people = People(middle, np.ones(50))
    found = refine(NetsInputs(nets, people, within, NetsSettings(tolerance_m=4 * noise)))
    assert len(found.atoms) == found.atoms.inside == 9
    assert sorted(codes_at(found, k) for k in range(9)) == [(code,) * layers for code in codes]
    assert found.faces > 9
    assert found.snap.pieces > 0
    if bounded:
        assert shapely.area(found.atoms.polygons).sum() == pytest.approx(frame.area, rel=1e-12)
        assert shapely.equals(shapely.coverage_union_all(found.atoms.polygons), frame) or (
            shapely.hausdorff_distance(shapely.coverage_union_all(found.atoms.polygons), frame) < 1e-6
        )
    assert int(found.atoms.weight_milli.sum()) == 50_000
    # Borders stay within the noise of the drawings around the true ones.
    truth = shapely.box(cuts_x[1], cuts_y[1], cuts_x[2], cuts_y[2])
    inner = next(p for p in found.atoms.polygons if p.contains(truth.centroid))
    assert shapely.hausdorff_distance(inner, truth) < 1.5 * noise * 2


@pytest.mark.parametrize("seed", range(4))
def test_the_atoms_outlive_another_reference_system(seed) -> None:
    """Borders of several nets that differ in the last digits, as they do after a change of systems."""
    north = np.linspace(0, 100, 19)
    middle = np.column_stack([50 + 9 * np.sin(north / 13), north])
    halves = np.array([shapely.Polygon([(0, 0), *middle, (0, 100)]), shapely.Polygon([(100, 0), *middle, (100, 100)])])

    def redrawn(k: int):
        return shapely.transform(halves, lambda xy: xy + 4.4e6 + 2e-9 * np.sin(1e4 * seed + k + 7 * xy[:, ::-1]))

    nets = [net(f"n{k}", redrawn(k), ["a", "b"]) for k in range(3)]
    found = refined(*nets, tolerance=1.0, within=shapely.transform(BOX, lambda xy: xy + 4.4e6))
    assert found.atoms.inside == 2
    assert shapely.minimum_clearance(found.atoms.polygons[:2]).min() > 1e-7
    assert found.atoms.area_dm2[:2].sum() == 100 * 100 * 100


def test_without_tolerance_noise_stays_and_a_lane_is_no_noise() -> None:
    one = net("one", [shapely.box(0, 0, 50, 100), shapely.box(50, 0, 100, 100)], ["a", "b"])
    two = net("two", [shapely.box(0, 0, 51, 100), shapely.box(51, 0, 100, 100)], ["a", "b"])
    assert len(refined(one, two).atoms) == 3
    assert len(refined(one, two, tolerance=0.9).atoms) == 3
    assert len(refined(one, two, tolerance=1.1).atoms) == 2


def test_the_border_comes_to_lie_where_most_nets_have_it() -> None:
    def two(name, x):
        return net(name, [shapely.box(0, 0, x, 100), shapely.box(x, 0, 100, 100)], ["a", "b"])

    found = refined(two("p", 50), two("q", 51), two("r", 51), tolerance=3)
    assert sorted(shapely.area(found.atoms.polygons)) == [4900.0, 5100.0]
    heavy = refined(net("p", *_halves(50), trust=3.0), two("q", 51), two("r", 51), tolerance=3)
    assert sorted(shapely.area(heavy.atoms.polygons)) == [5000.0, 5000.0]
    assert heavy.snap.changed_m2.tolist() == [0.0, 100.0, 100.0]


def _halves(x):
    return [shapely.box(0, 0, x, 100), shapely.box(x, 0, 100, 100)], ["a", "b"]


def test_bowties_are_taken_apart_and_told() -> None:
    bowtie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    found = refined(net("bow", [bowtie], ["x"]), net("box", [BOX], ["y"]))
    assert [(r.layer, r.row, r.code) for r in found.repairs] == [("bow", 0, "x")]
    assert "Self-intersection" in found.repairs[0].reason
    assert sorted(map(tuple, found.atoms.label.tolist())) == [(-1, 0), (-1, 0), (0, 0), (0, 0)]
    assert int(found.atoms.area_dm2.sum()) == 1_000_000


def test_two_polygons_of_one_code_are_one_grid() -> None:
    found = refined(net("n", [shapely.box(0, 0, 50, 100), shapely.box(50, 0, 100, 100)], ["a", "a"]))
    assert len(found.atoms) == 1
    assert found.layers[0].rows.tolist() == [2]
    apart = refined(net("n", [shapely.box(0, 0, 10, 100), shapely.box(50, 0, 100, 100)], ["a", "a"]))
    assert apart.atoms.label.ravel().tolist() == [0, 0]


def test_a_net_beyond_the_boundary_is_kept_apart() -> None:
    people = People(shapely.points([[50, 50], [150, 50], [500, 500]]), np.array([1.0, 2.0, 4.0]))
    found = refined(
        net("far", [shapely.box(100, 0, 200, 100)], ["f"]), net("in", [BOX], ["i"]), people=people, within=BOX
    )
    atoms = found.atoms
    assert (atoms.inside, len(atoms)) == (1, 2)
    assert codes_at(found, 0) == ("", "i")
    assert codes_at(found, 1) == ("f", "")
    assert atoms.weight_milli.tolist() == [1000, 2000]
    assert atoms.outside_milli == 4000
    assert atoms.of_person.tolist() == [0, 1, -1]


def test_a_person_on_a_border_counts_once() -> None:
    people = People(shapely.points([[50, 10], [50, 100], [0, 0]]), np.ones(3))
    found = refined(net("n", *_halves(50)), people=people)
    assert int(found.atoms.weight_milli.sum()) == 3000


def test_equal_nets_give_one_of_them() -> None:
    shapes = [shapely.box(x, 0, x + 10, 10) for x in range(0, 50, 10)]
    nets = [net(f"n{k}", shapes, list("abcde")) for k in range(11)]
    found = refined(*nets)
    assert found.faces == len(found.atoms) == 5
    assert found.snap.pieces == 0


def test_a_fault_names_net_and_row() -> None:
    good = net("good", [BOX], ["a"])
    with np.errstate(invalid="ignore"):
        no_number = shapely.Polygon([(0, 0), (1, np.nan), (1, 0)])
    cases = [
        ([], "nets_no_layer", InvalidInput),
        ([good, good], "nets_name_twice", InvalidInput),
        ([net("n", [], [])], "nets_layer_empty", InvalidInput),
        ([net("n", [BOX], ["a", "b"])], "nets_codes_length", InvalidInput),
        ([net("n", [BOX, BOX], ["a", " "])], "nets_code_missing", InvalidInput),
        ([net("n", [BOX, None], ["a", "b"])], "nets_geometry_missing", InvalidBoundary),
        ([net("n", [BOX, shapely.Point(1, 2)], ["a", "b"])], "nets_geometry_no_polygon", InvalidBoundary),
        ([net("n", [BOX], ["a"], 0.0)], "nets_trust_bad", InvalidInput),
        ([net("n", [no_number], ["a"])], "nets_not_finite", InvalidCoordinate),
        ([net("n", [shapely.Polygon([(0, 0), (1, 1), (2, 2)])], ["a"])], "nets_nothing_left", InvalidBoundary),
    ]
    for layers, key, error in cases:
        with pytest.raises(error) as caught:
            refined(*layers)
        assert caught.value.code == key
        assert caught.value.message("zh")
        if "row" in caught.value.context and len(layers[0].polygons) > 1:
            assert caught.value.context["row"] == 2
    with pytest.raises(InvalidInput, match="tolerance"):
        refined(good, tolerance=-1)
    with pytest.raises(InvalidInput, match="weight"):
        refined(good, people=People(shapely.points([[1, 1]]), np.array([-1.0])))
