"""The places whose pages are measured: files that stand alone, and servers of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

from benchmarks._big_place import make_big_place, settings_of
from benchmarks._folium_page import write_folium
from geo.sample import SampleSpec
from geo.service import editing
from geo.service.context import Service
from geo.service.issues import import_issues
from geo.service.pages import PAGES, render_page, view_issues
from geo.service.plans import import_place, import_plan, publish_plan
from geo.service.sample import write_sample
from geo.wiring import build_service

# So many buildings have a place of about so many grids and units.
_BUILDINGS_PER_GRID: Final = 9.0


def _service(folder: Path, *, buildings: int, issues: int) -> Service:
    """An invented place with its plan in force, in a database in `folder`."""
    service = build_service(settings_of(folder), create=True)
    if not service.store.place_stamp():
        where = folder / "place"
        write_sample(service.files, SampleSpec(buildings=buildings, issues=issues), where)
        import_place(service, where, actor="bench")
        plan = import_plan(service, where / "current_plan.gpkg", name="2022", actor="bench").plan
        publish_plan(service, plan.id, effective=date(2022, 1, 1), actor="bench")
        if issues:
            rows = service.files.read_reports(str(where / "issues.csv"), columns={}, crs=None, source="issues")
            import_issues(service, rows, actor="bench")
    return service


def files_alone(folder: Path, *, grids: int, issues: int) -> tuple[str, dict[str, str]]:
    """What is in them, and the addresses of the pages as files, the peer's at the end."""
    service = _service(folder, buildings=round(grids * _BUILDINGS_PER_GRID), issues=issues)
    made = {}
    for page in PAGES:
        path = folder / f"{page}.html"
        path.write_text(render_page(service, page, lang="zh", standalone=True), encoding="utf-8")
        made[page] = path.as_uri()
    view = view_issues(service)
    write_folium(folder / "folium.html", view.grids, view.issues, view.backdrop.features)
    made["folium"] = (folder / "folium.html").as_uri()
    told = f"{len(view.grids):,} grids, {len(view.issues):,} issues, {len(view.backdrop.features):,} features"
    service.store.close()
    return told, made


def draft_of(folder: Path, *, units: int) -> tuple[str, str]:
    """What is in it, and the path of the page of a draft."""
    service = _service(folder, buildings=units, issues=0)
    plan = service.store.list_plans(today=service.today())[0]
    draft = editing.start_draft(service, plan.id, name="调整", actor="bench")
    service.store.close()
    return f"{plan.units:,} units in {plan.grids:,} grids", f"/maps/drafts/{draft.id}"


def big_place(folder: Path, *, grids: int, issues: int) -> None:
    """A database of a large place, unless it is there."""
    if not (folder / "geo.db").exists():
        make_big_place(folder, grids=grids, issues=issues)


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """`geo serve` on the database in `folder`; its address when it is ready."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "GEO_DATABASE_URL": f"sqlite:///{folder / 'geo.db'}", "GEO_LANG": "zh"}
    command = [str(Path(sys.executable).with_name("geo")), "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/readyz", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + 600
    while time.monotonic() < until and process.poll() is None:
        try:
            with opener.open(url, timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError("the server did not become ready")
