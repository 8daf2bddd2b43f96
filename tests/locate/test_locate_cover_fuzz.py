"""The grid index on nasty nets in nasty places, against exact arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geo.locate import GridIndex
from tests.locate import nets

PLACES = st.sampled_from(sorted(nets.PLACES))
SEEDS = st.integers(0, 2**32 - 1)
# Nets of these recipes fit together to the last bit where the place is exact: nothing is contested.
SEAMLESS = {"chess", "cells", "triangulated", "enclaves", "comb"}
EXACT = {"as it is", "a village, exact", "one ulp a step"}


@pytest.mark.parametrize("recipe", nets.RECIPES, ids=lambda recipe: recipe.__name__)
@settings(max_examples=10, deadline=None)
@given(place=PLACES, seed=SEEDS)
def test_a_nasty_net_answers_the_lowest_code_and_flags_what_is_contested(recipe, place, seed):
    rng = np.random.default_rng(seed)
    polygons = nets.laid(recipe(rng), place)
    assume(polygons)
    codes = [f"{code:02d}" for code in rng.permutation(len(polygons))]
    lon, lat = nets.probes(polygons, rng)
    wanted, closed, inner = nets.lowest_cover(polygons, codes, lon, lat)
    index = GridIndex.build(polygons, codes)
    np.testing.assert_array_equal(index.locate(lon=lon, lat=lat), wanted)
    some = rng.integers(len(lon), size=50)
    singly = [index.locate_one(lon=float(lon[k]), lat=float(lat[k])) for k in some]
    np.testing.assert_array_equal(singly, wanted[some])
    contested = index.contested(lon=lon, lat=lat)
    assert contested[inner > 1].all()
    assert not contested[closed < 2].any()
    point, grid = index.claims(lon=lon, lat=lat)
    assert sorted(set(point.tolist())) == np.flatnonzero(contested).tolist()
    np.testing.assert_array_equal(np.bincount(point, minlength=len(lon)), np.where(contested, closed, 0))
    firsts, at = np.unique(point, return_index=True)
    np.testing.assert_array_equal(grid[at], wanted[firsts])
    assert index.overlaps or not contested.any()
    if recipe.__name__ in SEAMLESS and place in EXACT and (recipe.__name__ != "cells" or place == "as it is"):
        assert not index.overlaps


@settings(max_examples=25, deadline=None)
@given(parts=st.lists(st.tuples(st.sampled_from(nets.RECIPES), PLACES), min_size=2, max_size=3), seed=SEEDS)
def test_nets_of_every_size_in_one_index_some_over_the_others(tmp_path_factory, parts, seed):
    rng = np.random.default_rng(seed)
    polygons = [polygon for recipe, place in parts for polygon in nets.laid(recipe(rng), place)]
    assume(polygons)
    codes = [f"{code:03d}" for code in rng.permutation(len(polygons))]
    over = set(np.flatnonzero(rng.random(len(polygons)) < rng.choice([0, 0.1])).tolist())
    some = [polygons[k] for k in rng.permutation(len(polygons))[:6]]
    lon, lat = np.concatenate([nets.probes(some, rng, n=20), *(nets.probes([p], rng, n=10) for p in some)], axis=1)
    first = [f"{k not in over:d}{code}" for k, code in enumerate(codes)]
    wanted, _, _ = nets.lowest_cover(polygons, first, lon, lat)
    path = tmp_path_factory.mktemp("net") / "net.index"
    GridIndex.build(polygons, codes, over=over).save(path)
    np.testing.assert_array_equal(GridIndex.open(path).locate(lon=lon, lat=lat), wanted)
