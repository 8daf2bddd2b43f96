"""A river without a bridge parts grids in hand work too: its borders stay with the plan, from solver to check."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo import crs as crs_
from geo.errors import Conflict
from geo.files.drawing import read_drawing, write_drawing
from geo.model import Drawing
from geo.partition.check import check_drawing
from geo.partition.closed import close_pairs, closed_pairs
from geo.partition.graph import graph_of
from geo.service import editing
from geo.service.context import Service
from geo.service.partition import PartitionRequest, draw_plan
from geo.service.wishes import Surroundings, metric_crs
from tests.api.conftest import SOUTH, STEP, WEST, column, drawing
from tests.service.test_editing import act, at


def over_a_river() -> Drawing:
    """The lattice drawn anew in four grids, with a river between its second and third row that nothing crosses."""
    units = replace(drawing().units, grid=None)
    river = shapely.LineString([(WEST - STEP, SOUTH + 2 * STEP), (WEST + 5 * STEP, SOUTH + 2 * STEP)])
    target = metric_crs(units.geometry, units.crs)
    hard = crs_.project(np.array([river], dtype=object), source=units.crs, target=target)
    request = PartitionRequest(weight="households", grids=4, tolerance=0.05)
    return draw_plan(units, request, around=Surroundings(hard=hard))[0]


def test_a_closed_border_goes_with_the_plan_through_file_and_store(service: Service, tmp_path: Path) -> None:
    drawn = over_a_river()
    assert sorted(map(tuple, drawn.wishes["closed"])) == [(f"u{c}1", f"u{c}2") for c in range(4)]
    write_drawing(tmp_path / "plan.gpkg", drawn)
    read = read_drawing(str(tmp_path / "plan.gpkg"))
    plan = service.store.save_plan(read, name="河", actor="tester")
    draft = editing.start_draft(service, plan.id, name=None, actor="甲").id
    news = editing.tell_draft(service, draft, since=None, actor="甲", lang="zh")
    south, north = news["units"][at(0, 1)], news["units"][at(0, 2)]
    with pytest.raises(Conflict) as caught:
        act(service, draft, "move", 0, units=[at(0, 2)], grid=south)
    assert caught.value.code == "draft_units_apart"
    told = act(service, draft, "move", 0, units=[at(0, 2)], grid=south, contiguity="allow").news
    assert [f["label"] for f in told["faults"] if f["kind"] == "grid_in_pieces"] == [south]
    mended = act(service, draft, "repair", 1).news
    assert "grid_in_pieces" not in [f["kind"] for f in mended["faults"]]
    handed = editing.submit_draft(service, draft, revision=2, name=None, actor="甲", lang="zh")
    assert handed.wishes["closed"] == drawn.wishes["closed"]
    assert north != south


def test_the_check_of_a_file_knows_the_river() -> None:
    drawn = over_a_river()
    assert drawn.units.grid is not None
    code = dict(zip(drawn.units.ids.tolist(), drawn.units.grid.tolist(), strict=True))
    held = drawn.units.grid.copy()
    held[drawn.units.ids.tolist().index("u02")] = code["u01"]
    over = replace(drawn, units=replace(drawn.units, grid=held))
    kinds = {fault.kind for fault in check_drawing(over) if fault.grids == (code["u01"],)}
    assert "grid_in_pieces" in kinds
    bridged = replace(over, wishes={key: value for key, value in over.wishes.items() if key != "closed"})
    assert "grid_in_pieces" not in {fault.kind for fault in check_drawing(bridged)}


@pytest.mark.parametrize("pairs", [None, [], [["a", "b"]], [["u00"]], "u00", [None, 3], [["u00", "u00"], ["u33", "?"]]])
def test_pairs_that_no_unit_has_close_nothing(pairs: object) -> None:
    units = drawing().units
    graph = graph_of(units.geometry, units.weight, 0.0)
    assert closed_pairs(close_pairs(graph, units.ids, pairs), units.ids) == []  # type: ignore[arg-type]


def test_what_is_told_of_closed_borders_closes_them_again() -> None:
    units = drawing().units
    graph = graph_of(units.geometry, units.weight, 0.0)
    rng = np.random.default_rng(4)
    source, low = graph.source, rng.random(len(units)) < 0.4
    shut = replace(graph, closed=low[source] != low[graph.indices])
    again = close_pairs(graph, units.ids, closed_pairs(shut, units.ids))
    np.testing.assert_array_equal(again.closed, shut.closed)
    turned = [pair[::-1] for pair in closed_pairs(shut, units.ids)]
    np.testing.assert_array_equal(close_pairs(graph, units.ids, turned).closed, shut.closed)


def test_an_islet_that_a_plan_joined_stays_joined_in_a_draft(service: Service) -> None:
    units = replace(drawing().units, grid=None)
    islet = shapely.box(WEST + 8 * STEP, SOUTH + STEP / 4, WEST + 9 * STEP, SOUTH + STEP / 2)
    units = replace(
        units,
        ids=column([*units.ids, "v00"]),
        geometry=column([*units.geometry, islet]),
        weight=np.append(units.weight, 0.0),
        parent=column(["990101001001"] * 17),
    )
    drawn = draw_plan(units, PartitionRequest(weight="households", grids=4, tolerance=0.05))[0]
    assert drawn.wishes["joined"] == [["v00", "u30"]]
    plan = service.store.save_plan(drawn, name="岛", actor="tester")
    draft = editing.start_draft(service, plan.id, name=None, actor="甲").id
    news = editing.tell_draft(service, draft, since=None, actor="甲", lang="zh")
    assert "grid_in_pieces" not in [fault["kind"] for fault in news["faults"]]
    row = len(units) - 1  # the last by its id
    other = next(number for number in news["units"] if number != news["units"][row])
    with pytest.raises(Conflict) as caught:
        act(service, draft, "move", 0, units=[row], grid=other)
    assert caught.value.code == "draft_units_apart"
