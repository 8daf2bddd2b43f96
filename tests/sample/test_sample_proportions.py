"""The place has the proportions of real districts (domain facts: 14 grids a community, 6 buildings, 18 stairwells)."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from geo.errors import InvalidInput
from geo.sample import SamplePlace, SampleSpec, generate


def _per_grid(place: SamplePlace) -> tuple[float, float, float]:
    fields = place.layers["buildings"].fields
    grids = len(place.drawing.grids)
    homes = int((fields["households"] > 0).sum())
    return homes / grids, fields["stairwells"].sum() / grids, fields["households"].sum() / grids


def test_sample_proportions_per_grid(place: SamplePlace) -> None:
    homes, stairwells, households = _per_grid(place)
    assert 5.3 <= homes <= 6.7
    assert 16.0 <= stairwells <= 20.0
    assert 375.0 <= households <= 425.0


def test_sample_grids_a_community(place: SamplePlace) -> None:
    counts = np.array(list(Counter(grid.parent for grid in place.drawing.grids).values()))
    assert 12.5 <= counts.mean() <= 15.5
    assert counts.min() >= 6
    assert counts.max() <= 25
    communities = int((place.layers["areas"].fields["level"] == "community").sum())
    assert communities == len(counts), "a community has no grid"


def test_sample_plan_has_grown_out_of_balance(place: SamplePlace) -> None:
    households = np.array([grid.households for grid in place.drawing.grids])
    over, under = (households > 500).mean(), (households < 300).mean()
    assert 0.04 <= over <= 0.3
    assert 0.04 <= under <= 0.3


@pytest.mark.parametrize("asked", [1_000, 2_300, 6_000, 20_000])
def test_sample_size_is_near_what_was_asked(asked: int) -> None:
    made = generate(SampleSpec(buildings=asked, seed=5, issues=0, plan=False))
    assert len(made.layers["buildings"].geometry) == pytest.approx(asked, rel=0.05)
    assert made.drawing is None
    assert "staff.csv" not in made.tables
    assert "issues.csv" not in made.tables


def test_sample_shipped_size(small: SamplePlace) -> None:
    levels = Counter(small.layers["areas"].fields["level"].tolist())
    assert levels == {"district": 1, "street": 2, "community": 8}


def test_sample_people_add_up(place: SamplePlace) -> None:
    fields, drawing = place.layers["buildings"].fields, place.drawing
    for name in ("households", "residents"):
        assert sum(getattr(grid, name) for grid in drawing.grids) == fields[name].sum()
    assert drawing.units.weight.sum() == fields["households"].sum()
    assert drawing.units.fields["residents"].sum() == fields["residents"].sum()
    assert drawing.units.fields["buildings"].sum() == len(fields["id"])
    homes = fields["households"] > 0
    assert (fields["residents"][homes] >= fields["households"][homes]).all()
    assert (fields["stairwells"][homes] >= 1).all()
    assert (fields["stairwells"][~homes] == 0).all()
    by_grid = {grid.code: 0.0 for grid in drawing.grids}
    for code, weight in zip(drawing.units.grid, drawing.units.weight, strict=True):
        by_grid[code] += weight
    assert all(by_grid[grid.code] == grid.weight == grid.households for grid in drawing.grids)


def test_sample_old_town_and_all_kinds_stand(place: SamplePlace) -> None:
    kinds = Counter(place.layers["buildings"].fields["kind"].tolist())
    assert set(kinds) == {"residential", "tower", "lane_house", "commercial", "public", "industrial"}
    landuse = set(place.layers["landuse"].fields["kind"].tolist())
    assert {"park", "market", "industrial", "school"} <= landuse
    assert (place.layers["roads"].fields["bridge"] == 1).sum() >= 3
    assert set(place.layers["roads"].fields["class"].tolist()) == {"arterial", "secondary", "local", "lane"}
    assert len(place.layers["railways"].geometry) >= 1
    assert "river" in place.layers["water"].fields["kind"]


@pytest.mark.parametrize(
    ("wish", "field"),
    [({"buildings": 999}, "buildings"), ({"buildings": 1_000_001}, "buildings"), ({"streets": 0}, "streets"),
     ({"issues": -1}, "issues")],
)  # fmt: skip
def test_sample_size_out_of_range_is_refused(wish: dict[str, int], field: str) -> None:
    with pytest.raises(InvalidInput, match=field) as error:
        SampleSpec(**wish)
    assert error.value.code == "sample_size_out_of_range"


def test_sample_communities_that_cannot_be_are_refused() -> None:
    with pytest.raises(InvalidInput) as error:
        generate(SampleSpec(communities=3, streets=7, issues=0))
    assert error.value.code == "sample_communities_impossible"


def test_sample_communities_and_streets_as_asked() -> None:
    made = generate(SampleSpec(buildings=3_000, communities=12, streets=3, issues=0, plan=False))
    levels = Counter(made.layers["areas"].fields["level"].tolist())
    assert levels == {"district": 1, "street": 3, "community": 12}
