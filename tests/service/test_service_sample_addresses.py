"""The reports of the sample district: of what is accepted, the grid is the true one."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date

from geo.model import Location, Report
from geo.service import plans
from geo.service.context import Service, get_plan_in_force, net_of
from geo.service.placing_reports import place_reports
from geo.wiring import shipped_place

EVERY = 12  # a twelfth of the reports, spread over the year
# Every report without a grid has one of these reasons, by which a person finds it.
REASONS = {
    "both_conflict", "near_border_ambiguous", "no_coordinate", "address_ambiguous", "address_conflict",
    "address_area_only", "address_match", "coordinate_rounded",
}  # fmt: skip


def test_accepted_grids_are_right(empty: Service) -> None:
    folder = shipped_place()
    plans.import_place(empty, folder, actor="tester")
    plan = plans.import_plan(empty, folder / "current_plan.gpkg", name="2022", actor="tester").plan
    plans.publish_plan(empty, plan.id, effective=date(2022, 1, 1), actor="tester")
    net = net_of(empty, get_plan_in_force(empty))
    with (folder / "truth" / "issues_truth.csv").open(encoding="utf-8-sig") as file:
        truth = {row["source_id"]: row for row in csv.DictReader(file)}
    reports = list(empty.files.read_reports(str(folder / "issues.csv"), columns={}, crs=None, source="x"))[::EVERY]
    right: Counter[bool] = Counter()
    for report, found in zip(reports, place_reports(empty, net, reports), strict=True):  # type: ignore[arg-type]
        assert isinstance(report, Report)
        assert isinstance(found, Location)
        if found.status != "located":
            assert found.status == "outside" or found.note in REASONS
            continue
        there = truth[report.source_id or ""]
        k = net.index.locate_one(lon=float(there["lon"]), lat=float(there["lat"])) if there["lon"] else -1
        right[k >= 0 and net.grids[k].code == found.grid] += 1
    assert right[True] / right.total() >= 0.97
    assert right.total() >= 0.88 * len(reports)
