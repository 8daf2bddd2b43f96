"""The tables of who and what: departments, categories, grid staff."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import Final

import numpy as np

from geo.model.catalogues import EDITION_2026, HOTLINE, read_catalogue
from geo.sample import names
from geo.sample.labels import Labels
from geo.sample.layout import Layout
from geo.sample.spec import DISTRICT_NAME, Table

ROLES: Final = ("网格长", "网格员", "网格辅助员")
VACANT: Final = 0.08


@cache
def read_data(name: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Header and rows of a table that comes with the generator."""
    text = (resources.files(__package__) / "data" / name).read_text(encoding="utf-8")
    header, *rows = csv.reader(text.splitlines())
    return tuple(header), tuple(tuple(row) for row in rows)


def department_table(layout: Layout, labels: Labels) -> Table:
    """District bureaus, then each street's office and enforcement team, then each community's committee."""
    _, bureaus = read_data("departments.csv")
    desk = 0

    def phone() -> str:
        nonlocal desk
        desk += 1
        return f"0190-{5_550_000 + desk}"  # 0190 is no area code

    rows = [
        (code, name.replace("区", DISTRICT_NAME, 1) if name.startswith("区") else name, parent, area, phone())
        for code, name, parent, area in bureaus
    ]
    for code, name in zip(layout.street_codes, labels.streets, strict=True):
        rows.append((f"JD-{code}", f"{name}办事处", "YGZX", code, phone()))
        rows.append((f"ZF-{code}", f"{name}综合行政执法队", f"JD-{code}", code, phone()))
    for k, (code, name) in enumerate(zip(layout.community_codes, labels.communities, strict=True)):
        street = layout.street_codes[layout.territory.street_of_community[k]]
        rows.append((f"JW-{code}", f"{name}居民委员会", f"JD-{street}", code, phone()))
    return Table(("code", "name", "parent", "area", "phone"), tuple(rows))


def category_table() -> Table:
    """The directory of parts and matters and the hotline topics, each row with its source and certainty."""
    header = ("scheme", "kind", "code", "name", "parent", "source", "certainty")
    rows = [row for scheme in (EDITION_2026, HOTLINE) for row in read_catalogue(scheme)]
    return Table(header, tuple(tuple(getattr(row, field) or "" for field in header) for row in rows))


def staff_table(layout: Layout) -> Table:
    """Three posts a grid; about one in twelve is vacant (empty name)."""
    rng = np.random.default_rng([layout.spec.seed, 95])
    count = len(layout.grid_codes) * len(ROLES)
    people = names.person_names(count, rng)
    vacant = rng.random(count) < VACANT
    rows = []
    for k in range(count):
        grid, role = layout.grid_codes[k // len(ROLES)], ROLES[k % len(ROLES)]
        name, phone = ("", "") if vacant[k] else (people[k], names.phone(20, k + 1))
        rows.append((grid, role, name, phone))
    return Table(("grid", "role", "name", "phone"), tuple(rows))
