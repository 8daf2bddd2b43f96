"""The sets of texts that the address bench asks: generated, of the sample district, and real ones where they are."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from geo import crs
from geo.files import LocalFiles
from geo.model import Plan, Report
from geo.sample.telling import Style, tell
from geo.sample.telling_city import city
from geo.sample.telling_map import map_points
from geo.service.address_cases import AddressCase
from geo.service.address_figures import Answer
from geo.service.context import build_net
from geo.service.corrections import CorrectionBook
from geo.service.geocode import TextReader
from geo.service.places import build_places, build_register
from geo.service.placing_reports import read_words

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "address"
# Seeds that nothing else of the project uses: not the shipped weights, not the tests.
CITY_SEED, MAP_SEED, TRAIN_SEED, TEST_SEED = 88_001, 88_002, 88_003, 88_004
ENTITIES = 13_600

Entries = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Texts:
    """A gazetteer and texts about it.

    `train` is what peers tune their threshold on; `fitted` says whether ours may be fitted to it too.
    `grid_of` makes places in one grid the same place. `ask` is how ours is asked where that is not the matcher alone.
    """

    name: str
    entries: Entries
    test: list[AddressCase]
    train: list[AddressCase]
    fitted: bool = False
    grid_of: Mapping[str, str | None] | None = None
    ask: Callable[[Sequence[AddressCase]], list[Answer]] | None = None


def told(entries: Entries, count: int, seed: int, style: Style) -> list[AddressCase]:
    """Generated texts as cases."""
    return [
        AddressCase(k, one.text, one.status, tuple(map(str, one.ids)), tuple(map(str, one.also)))
        for k, one in enumerate(tell(entries, count, seed=seed, style=style), start=1)
    ]


def generated(style: Style, count: int, entities: int = ENTITIES) -> Texts:
    """A fresh invented city, or map of points."""
    entries = city(entities, seed=CITY_SEED) if style == "hotline" else map_points(entities, seed=MAP_SEED)
    name = "generated hotline reports" if style == "hotline" else "generated map queries"
    return Texts(
        f"{name}, {len(entries):,} entries",
        entries,
        told(entries, count, TEST_SEED, style),
        told(entries, count, TRAIN_SEED, style),
    )


def sample_district(count: int) -> Texts:
    """The reports of the sample district that have an address: right is the grid of the building they came from.

    Ours is asked as the service asks: the address, then the text where the address does not tell one grid.
    """
    folder = ROOT / "data" / "boundaries" / "chenguang"
    files = LocalFiles()
    place = files.read_place(str(folder))
    drawing = files.read_drawing(str(folder / "current_plan.gpkg"))
    shapes = crs.project(
        np.array([grid.geometry for grid in drawing.grids], dtype=object), source=drawing.crs, target=crs.WGS84
    )
    grids = tuple(replace(grid, geometry=shape) for grid, shape in zip(drawing.grids, shapes, strict=True))
    made = datetime(2026, 1, 1, tzinfo=UTC)
    plan = Plan(0, "sample", "draft", 0, None, None, len(grids), 0, 0.0, crs.WGS84, made, "bench")
    net = build_net(plan, grids, place)
    places = build_places(build_register(place.entries), net, place)
    reader = TextReader(net, places, CorrectionBook(""))
    truth = {row["source_id"]: row for row in _rows(folder / "truth" / "issues_truth.csv")}
    grid_of: dict[str, str | None] = {code: code for code in places.codes}
    for key, parts in places.parts.items():
        grid_of[key] = places.codes[parts[0][0]] if parts[0][0] >= 0 else None
    cases, told_as = [], {}
    for number, row in enumerate(_rows(folder / "issues.csv"), start=1):
        true = truth.get(row["source_id"])
        if true is None or not true["lon"] or not row["address"] or len(cases) == count:
            continue
        found = net.index.locate(lon=[float(true["lon"])], lat=[float(true["lat"])])
        words = "，".join(part for part in (row["address"], row["text"]) if part)
        cases.append(AddressCase(number, words, "match", (places.codes[int(found[0])],)))
        told_as[number] = (row["address"], row["text"])

    def ask(asked: Sequence[AddressCase]) -> list[Answer]:
        answers = []
        for case in asked:
            address, text = told_as[case.row]
            report = Report(source="sample", text=text, address=address)
            found = read_words(reader, report)
            at = [part.grid for part in found.grids] if found else []
            answers.append(Answer(found.status if found else "none", found.confidence if found else 0.0, tuple(at)))
        return answers

    train = told(place.entries, count, TRAIN_SEED, "hotline")
    return Texts("reports of the sample district, by grid", place.entries, cases, train, False, grid_of, ask)


def real_queries(data: Path) -> Texts | None:
    """Real queries of a city's points (CC BY-NC): the dev half is asked, the other half is what may be fitted to."""
    path = data / "hangzhou_pois_and_queries.json"
    if not path.is_file():
        return None
    given = json.loads(path.read_text(encoding="utf-8"))
    entries = [
        {"id": p["id"], "kind": "poi", "name": p["name"], "address": p["addr"], "district": p["district"]}
        for p in given["pois"]
    ]

    def half(name: str) -> list[AddressCase]:
        rows = [q for q in given["queries"] if q["split"] == name]
        return [AddressCase(k, q["q"], "match", (str(q["gold"]),)) for k, q in enumerate(rows, start=1)]

    return Texts(f"real map queries, {len(entries):,} points", entries, half("dev"), half("train"), fitted=True)


def dev_reports(data: Path) -> Texts | None:
    """Noisy hotline reports of another maker, with answers."""
    path = data / "hotline_reports_dev.json"
    if not path.is_file():
        return None
    given = json.loads(path.read_text(encoding="utf-8"))
    entries = [_dev_entry(e) for e in given["entities"]]
    cases = [_dev_case(k, r) for k, r in enumerate(given["reports"], start=1)]
    return Texts(
        f"hotline reports, {len(entries):,} entries", entries, cases, told(entries, 2500, TRAIN_SEED, "hotline")
    )


def _dev_entry(given: Mapping[str, Any]) -> dict[str, Any]:
    number = given.get("no") if "no" in given else (given["lo"], given["hi"]) if "lo" in given else None
    return {
        "id": given["id"],
        "kind": given["kind"],
        "name": given["name"],
        "aliases": [given["alias"]] if given["alias"] else [],
        "town": given["town"],
        "community": given["comm"],
        "road": given["road"],
        "buildings": given["nb"] or None,
        "number": number,
    }


def _dev_case(number: int, given: Mapping[str, Any]) -> AddressCase:
    entries = () if given["gold"] is None else (str(given["gold"]),)
    return AddressCase(number, given["q"], given["status"], entries if given["status"] in ("match", "conflict") else ())


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
