"""Two plans side by side: what moved, found by ids and by place, and which open issues change grid."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from geo.errors import InvalidInput, NotFound
from geo.model import Report
from geo.service import editing
from geo.service.context import Service
from geo.service.issues import report_issue
from geo.service.pages_edit import view_compare
from geo.service.plans import stored_drawing
from tests.api.conftest import SOUTH, STEP, WEST

MOVED = [8, 9]  # u20 and u21: the western column of grid 2


def moved_draft(service: Service) -> str:
    draft = editing.start_draft(service, 1, name="d", actor="a").id
    action: dict[str, Any] = {"op": "move", "units": MOVED, "grid": 0}
    editing.take_step(service, draft, action, revision=0, client="compare-1", actor="a", lang="zh")
    return f"d{draft}"


def test_a_draft_against_the_plan_in_force(service: Service) -> None:
    key = moved_draft(service)
    view = view_compare(service)
    assert (view.a.key, view.b.key) == ("1", key)
    assert view.units.ids.tolist() == ["u20", "u21"]
    assert (view.from_grid.tolist(), view.to_grid.tolist()) == ([1, 1], [0, 0])
    assert (view.weight, view.households) == ((50.0, 400.0), (50.0, 400.0))
    assert view.b.side.tolist() == [1, -1, 0, 0]
    assert view_compare(service, "1", "1").units.ids.tolist() == []


def test_plans_of_other_units_are_compared_by_place_and_other_codes_move_nobody(service: Service) -> None:
    plan = service.store.get_plan(1, today=service.today())
    drawn = stored_drawing(service, plan)
    assert drawn.units.grid is not None
    new = {grid.code: f"{grid.code[:12]}{k + 11:03d}" for k, grid in enumerate(drawn.grids)}
    units = replace(
        drawn.units,
        ids=np.array([f"x{unit}" for unit in drawn.units.ids], dtype=object),
        grid=np.array([new[str(code)] for code in drawn.units.grid], dtype=object),
    )
    grids = tuple(replace(grid, code=new[grid.code]) for grid in drawn.grids)
    other = service.store.save_plan(replace(drawn, units=units, grids=grids), name="other", actor="a")
    view = view_compare(service, "1", str(other.id))
    assert len(view.units) == 0
    back = view_compare(service, str(other.id), moved_draft(service))
    assert sorted(back.units.ids.tolist()) == ["u20", "u21"]


def test_open_issues_that_change_grid_are_counted(service: Service) -> None:
    key = moved_draft(service)
    for c, r in ((2.5, 0.5), (2.5, 1.5), (0.5, 0.5)):
        report = Report(
            text="x",
            lon=WEST + c * STEP,
            lat=SOUTH + r * STEP,
            crs="WGS84",
            reported_at=datetime(2025, 5, 1, tzinfo=UTC),
        )
        report_issue(service, report, actor="a")
    view = view_compare(service, "1", key)
    assert view.open_issues == (3, 2)
    assert view.moved_issues == ((1, 0, 2),)


@pytest.mark.parametrize(
    ("key", "error"), [("x", InvalidInput), ("d", InvalidInput), ("99", NotFound), ("d99", NotFound)]
)
def test_names_that_name_nothing(service: Service, key: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        view_compare(service, "1", key)


def test_nothing_to_compare(empty: Service) -> None:
    with pytest.raises(NotFound):
        view_compare(empty)
