"""Who answers for 100,000 issues of the sample district, with every step, owner and limit: CPU seconds.

Run ``make bench-routing``. The first figure keeps answers of matters that repeat themselves, the second asks anew.
"""

from __future__ import annotations

import time
from pathlib import Path
from zoneinfo import ZoneInfo

from geo.files import LocalFiles
from geo.locate import AssetIndex, Lying, Matter, RuleIndex, lint_rule_set
from geo.model import Report

PLACE = Path(__file__).resolve().parents[1] / "data" / "boundaries" / "chenguang"
ISSUES = 100_000


def main() -> None:
    """Print the figures."""
    files = LocalFiles()
    place = files.read_place(str(PLACE))
    rule_set = files.read_rule_set(files.list_rule_sets(str(PLACE))[-1])
    zone = ZoneInfo("Asia/Shanghai")
    rows = list(files.read_reports(str(PLACE / "issues.csv"), columns={}, crs=None, source="x"))
    reports = [r for r in rows if isinstance(r, Report) and r.reported_at and r.lon is not None]
    communities = [area.code for area in place.areas if area.level == "community"]
    asked = [reports[k % len(reports)] for k in range(ISSUES)]
    chains = [("990101", c[:9], c, f"{c}001") for c in communities]

    begun = time.process_time()
    index, assets = RuleIndex(rule_set, place.departments), AssetIndex(rule_set.assets)
    lying = assets.find(
        lon=[r.lon or 0.0 for r in asked], lat=[r.lat or 0.0 for r in asked], categories=[r.category for r in asked]
    )
    for k, (report, here) in enumerate(zip(asked, lying, strict=True)):
        at = report.reported_at.astimezone(zone) if report.reported_at else None
        found = tuple([Lying(item.layer, item.owner, item.tenure) for item in here])
        chain = chains[k % len(chains)]
        index.route(Matter(report.scheme, report.kind, report.category, chain, at, "normal", found))
    print(f"{ISSUES:,} routes: {time.process_time() - begun:.2f} s")

    begun = time.process_time()
    for k, report in enumerate(asked[:5_000]):
        index._answers.clear()
        index.route(Matter(report.scheme, report.kind, report.category, chains[k % len(chains)]))
    print(f"5,000 asked anew: {time.process_time() - begun:.2f} s")

    begun = time.process_time()
    faults = lint_rule_set(rule_set, place.categories, place.departments, place.areas)
    print(f"lint of {len(rule_set.rules)} rules: {time.process_time() - begun:.2f} s, {len(faults)} faults")


if __name__ == "__main__":
    main()
