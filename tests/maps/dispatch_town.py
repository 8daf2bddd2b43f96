"""The town of `tests/maps/town.py` with what a dispatcher needs: departments, rules, leaders, an issue of each kind."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from geo.model import Category, Department, Place, Report, Rule, Staff
from geo.service.context import Memory, Service
from geo.service.issues import report_issue
from geo.service.plans import publish_plan
from geo.store import SqlStore
from tests.maps.town import SOUTH, STEP, WEST, served, town_drawing, town_place, town_service

LAMP = {"scheme": "hotline", "kind": "hotline", "category": "0101"}
LITTER = {"scheme": "hotline", "kind": "hotline", "category": "0201"}


def at(c: float, r: float) -> dict[str, Any]:
    """A place of the town, as a report gives it."""
    return {"lon": WEST + c * STEP, "lat": SOUTH + r * STEP, "crs": "WGS84"}


def entry(key: str, name: str, community: str, c: float, r: float) -> dict[str, Any]:
    place = {"lon": WEST + c * STEP, "lat": SOUTH + r * STEP}
    return {"id": key, "kind": "compound", "name": name, "town": "河湾街道", "community": community, **place}


def worked_place(word: str = "") -> Place:
    """The town with departments, categories, rules, leaders and compounds; `word` is added to every name."""
    return replace(
        town_place(),
        departments=(
            Department("cg", f"城管中队{word}"),
            Department("ld", f"路灯所{word}"),
            Department("jd", f"河湾街道办{word}", area="990101001"),
        ),
        categories=(
            Category("hotline", "hotline", "01", f"市政{word}"),
            Category("hotline", "hotline", "0101", f"路灯不亮{word}", "01"),
            Category("hotline", "hotline", "02", f"环卫{word}"),
            Category("hotline", "hotline", "0201", f"暴露垃圾{word}", "02"),
        ),
        rules=(
            Rule("R-1", "hotline", "hotline", "01", "", "ld", deadline_hours=24),
            Rule("R-2", "hotline", "hotline", "02", "", "cg", deadline_hours=48, with_departments=("jd",)),
        ),
        staff=(Staff("990101001001001", "网格长", f"李梅{word}"), Staff("990101001001002", "网格长", "王海燕")),
        entries=(
            entry("c1", "阳光小区", "柳溪社区", 3.5, 1.0),
            entry("c2", "阳光小区", "望河社区", 10.5, 1.0),
            entry("c3", "和平苑", "望河社区", 10.5, 9.0),
        ),
    )


def worked_town(folder: Path, word: str = "", name: str = "") -> Service:
    drawing = town_drawing()
    if name:
        drawing = replace(drawing, grids=tuple(replace(grid, name=name) for grid in drawing.grids))
    service = town_service(folder, worked_place(word), drawing)
    publish_plan(service, 1, effective=date(2024, 1, 1), actor="tester")
    return service


def seeded(service: Service) -> dict[str, int]:
    """One issue of each kind that a dispatcher meets; numbers by name."""
    told = {
        "lamp": Report(text="路灯不亮，晚上看不见", **LAMP, **at(2.5, 2.6)),
        "litter": Report(text="垃圾桶满溢三天", **LITTER, **at(11.5, 6.8)),
        "border": Report(text="路灯闪烁", **LAMP, **at(3.5, 2.08), accuracy_m=60.0),
        "twice": Report(text="阳光小区路灯坏了", address="阳光小区", **LAMP),
        "nowhere": Report(text="有人吵架", **LITTER),
        "plain": Report(text="没有类别的事", **at(9.5, 8.4)),
    }
    return {name: report_issue(service, report, actor="tester")[0].id for name, report in told.items()}


class DispatchSite:
    """A server over the seeded town; `fresh` puts a copy of its database in the place of what a test has changed."""

    def __init__(self, folder: Path, service: Service, address: str, ids: dict[str, int]) -> None:
        self.folder, self.service, self.address, self.ids = folder, service, address, ids
        self._copies = 0

    def fresh(self) -> Service:
        self._copies += 1
        path = self.folder / f"copy{self._copies}.db"
        shutil.copyfile(self.folder / "master.db", path)
        self.service.store.close()  # type: ignore[attr-defined]
        # What is kept in memory is of another database, though its numbers are the same.
        for name, value in (("store", SqlStore(f"sqlite:///{path}")), ("memory", Memory())):
            object.__setattr__(self.service, name, value)
        return self.service

    def report(self, **body: Any) -> None:
        """A report that comes in by itself."""
        told = json.dumps(body).encode()
        ask = urllib.request.Request(f"{self.address}/v1/issues", told, {"Content-Type": "application/json"})
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(ask).close()


@contextmanager
def dispatch_site_in(folder: Path) -> Iterator[DispatchSite]:
    """The one server of a module's tests."""
    service = worked_town(folder)
    ids = seeded(service)
    service.store.close()  # type: ignore[attr-defined]
    shutil.copyfile(folder / "geo.db", folder / "master.db")
    with served(service, folder) as address:
        yield DispatchSite(folder, service, address, ids)
    service.store.close()  # type: ignore[attr-defined]


def row(page: Any, text: str) -> Any:
    return page.locator("li.issue", has=page.locator(".issue-text", has_text=text)).locator("button")


def tab(page: Any, name: str) -> Any:
    return page.locator(f".tab-{name}")


def opened(page: Any, text: str) -> Any:
    """The card, once it shows an issue with this text."""
    page.locator(".card-text", has_text=text).wait_for()
    return page.locator("#panel")


def asked_anew(page: Any) -> None:
    """The page asks at once what has happened, as it does when somebody looks at it again."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
