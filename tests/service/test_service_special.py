"""A plan with special grids in the store: published, asked, shown and followed by another."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import shapely

from geo.errors import InvalidInput
from geo.files import LocalFiles
from geo.model import Drawing, Units
from geo.service.context import Service, get_plan_in_force, net_of
from geo.service.coverage import view_coverage
from geo.service.locate import locate_point
from geo.service.pages import render_page, view_plan
from geo.service.plans import publish_plan, stored_faults
from geo.service.special import SpecialRequest, draw_special
from tests.api.conftest import SOUTH, STEP, WEST, drawing, square


def outlines(*boxes: tuple[str, float, float, float, float]) -> Units:
    """Boxes in steps of the lattice."""
    shapes = [
        shapely.box(WEST + a * STEP, SOUTH + b * STEP, WEST + c * STEP, SOUTH + d * STEP) for _, a, b, c, d in boxes
    ]
    ids, geometry = np.empty(len(boxes), dtype=object), np.empty(len(boxes), dtype=object)
    ids[:], geometry[:] = [box[0] for box in boxes], shapes
    return Units(ids, geometry, np.zeros(len(boxes)), "EPSG:4326", fields={"name": ids})


def overlaid(mode="over") -> Drawing:
    return draw_special(drawing(), outlines(("科技园", 1.2, 1.2, 2.9, 1.9)), SpecialRequest(mode=mode))[0]


@pytest.fixture
def special_plan(service: Service) -> Service:
    plan = service.store.save_plan(overlaid(), name="with a park", actor="tester")
    publish_plan(service, plan.id, effective=date(2025, 1, 1), actor="tester")
    return service


def test_a_stored_special_grid_wins_and_names_the_base_grid(special_plan: Service) -> None:
    inside = locate_point(special_plan, lon=WEST + 1.5 * STEP, lat=SOUTH + 1.5 * STEP, crs="WGS84")
    assert inside.grid == "990101001001Z001"
    assert inside.context["base_grid"] == "990101001001001"
    assert inside.chain[-2:] == ("990101001001", "990101001001Z001")
    beside = locate_point(special_plan, lon=WEST + 0.5 * STEP, lat=SOUTH + 0.5 * STEP, crs="WGS84")
    assert beside.grid == "990101001001001"
    assert "base_grid" not in beside.context
    # The years before the park keep their answers.
    before = locate_point(
        special_plan, lon=WEST + 1.5 * STEP, lat=SOUTH + 1.5 * STEP, crs="WGS84", as_of=date(2024, 6, 1)
    )
    assert before.grid == "990101001001001"


def test_lineage_goes_from_base_grid_to_base_grid(special_plan: Service) -> None:
    after = special_plan.store.save_plan(drawing(), name="without", actor="tester")
    publish_plan(special_plan, after.id, effective=date(2025, 3, 1), actor="tester")
    assert {(old, new) for old, new, _ in special_plan.store.get_lineage(after.id)} == {
        (f"99010100100100{k}", f"99010100100100{k}") for k in range(1, 5)
    }


def test_pages_show_it_and_count_no_ground_twice(special_plan: Service) -> None:
    view = view_plan(special_plan)
    kinds = {grid.code: grid.kind for grid in view.grids}
    assert kinds["990101001001Z001"] == "special"
    assert stored_faults(special_plan, get_plan_in_force(special_plan)) == ()
    assert view.deviation.tolist() == [0.0] * 5
    plain = view_coverage(special_plan, special_plan.store.list_plans(today=special_plan.today())[-1].id)
    assert view_coverage(special_plan).overlap_m2 == pytest.approx(plain.overlap_m2, abs=0.1)
    page = render_page(special_plan, "plan", lang="zh", standalone=True)
    assert "科技园" in page


def test_base_index_is_the_net_alone(special_plan: Service) -> None:
    net = net_of(special_plan, get_plan_in_force(special_plan))
    assert len(net.base.codes) == 4
    assert len(net.index.codes) == 5


def test_carved_grids_are_parts_of_the_net(service: Service) -> None:
    drawn = draw_special(drawing(), outlines(("园区", 0.1, 0.1, 0.9, 1.9)), SpecialRequest(mode="carve"))[0]
    assert {grid.code: grid.weight for grid in drawn.grids}["990101001001Z001"] == 50.0
    plan = service.store.save_plan(drawn, name="carved", actor="tester")
    publish_plan(service, plan.id, effective=date(2025, 1, 1), actor="tester")
    found = locate_point(service, lon=WEST + 0.5 * STEP, lat=SOUTH + 0.5 * STEP, crs="WGS84")
    assert found.grid == "990101001001Z001"
    assert dict(found.context) == {}
    shapes = [grid.geometry for grid in drawn.grids]
    assert shapely.coverage_is_valid(shapes)
    assert shapely.union_all(shapes).equals(shapely.union_all([square(c, r) for c in range(4) for r in range(4)]))


def test_a_redraw_takes_no_code_from_what_lies_over(tmp_path, service: Service) -> None:
    from geo.service.assemble import previous_codes

    earlier = overlaid()
    # A code that is lower than every base code would win among equals.
    lowest = replace(earlier, grids=tuple(replace(g, code="0") if g.kind == "special" else g for g in earlier.grids))
    path = tmp_path / "earlier.gpkg"
    LocalFiles().write_drawing(str(path), lowest)
    units = drawing().units
    assert previous_codes(units, LocalFiles().read_drawing(str(path)), False).tolist() == units.grid.tolist()


def test_codes_of_grids_that_are_gone_are_never_given_again() -> None:
    whole = draw_special(drawing(), outlines(("全部", -1, -1, 9, 9)), SpecialRequest(mode="carve"))[0]
    assert [grid.code for grid in whole.grids] == ["990101001001Z001"]
    assert whole.wishes["retired"] == [f"99010100100100{k}" for k in range(1, 5)]
    earlier = replace(drawing(), wishes={"retired": ["990101001001Z001"]})
    for mode in ("over", "carve"):
        made, _ = draw_special(earlier, outlines(("园", 0.1, 0.1, 1.9, 1.9)), SpecialRequest(mode=mode))
        assert [grid.code for grid in made.grids if grid.kind == "special"] == ["990101001001Z002"]
        assert "990101001001Z001" in made.wishes["retired"]
    coded = replace(outlines(("园", 0.1, 0.1, 1.9, 1.9)))
    coded = replace(coded, fields={**coded.fields, "no": np.array(["990101001001Z001"], dtype=object)})
    with pytest.raises(InvalidInput) as error:
        draw_special(earlier, coded, SpecialRequest(code="no"))
    assert error.value.code == "special_code_taken"


def test_what_lies_beyond_the_net_is_told() -> None:
    _, figures = draw_special(drawing(), outlines(("园", 2, 0, 7, 1), ("里", 1, 1, 2, 2)), SpecialRequest())
    beyond = {row["name"]: row["outside_net_m2"] / row["area_m2"] for row in figures["special_grids"]}
    assert beyond == {"园": pytest.approx(3 / 5, abs=1e-3), "里": 0}
