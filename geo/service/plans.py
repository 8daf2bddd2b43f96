"""The life of a plan: import a drawing as a draft, publish it with a date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import shapely

from geo import crs as crs_
from geo.errors import InvalidInput
from geo.messages import Lang, Sentence, say
from geo.model import Area, Drawing, Grid, MicroEdition, Plan, Violation
from geo.partition.check import check_drawing
from geo.service.context import Service, build_indexes, find_plan_in_force, knowledge, net_of
from geo.service.locate import net_of_drawing
from geo.service.micro_store import check_micro
from geo.service.rules import read_place_rules


@dataclass(frozen=True)
class ImportedPlan:
    """What came of importing a plan file.

    `same` is the newest plan in the database with the very same content, if there is one. If that is a draft of the
    same name, `plan` is that draft: importing twice adds nothing. `micro` are its micro-grids, where they came along.
    """

    plan: Plan
    same: Plan | None = None
    micro: MicroEdition | None = None
    left_out: int = 0

    @property
    def known(self) -> bool:
        """Whether the plan was in the database already."""
        return self.same is not None and self.same.id == self.plan.id


def import_plan(
    service: Service, path: Path, *, name: str | None, actor: str, micro: str | None = None, again: bool = False
) -> ImportedPlan:
    """Store a plan file as a draft. A draft may have faults; publishing will refuse them.

    Parameters
    ----------
    micro : a file of micro-grids of this plan, which come into force with it.
    again : make another draft even of a file that is there as one already.
    """
    drawing = name_grids(service.files.read_drawing(str(path)), knowledge(service).place.areas)
    grids = None if micro is None else service.files.read_micro(micro)
    if grids is not None:
        # Before anything is stored: a file of another plan leaves no draft behind.
        check_micro(net_of_drawing(service, drawing), grids, plan=str(path))
    today, wanted = service.today(), name or path.stem
    same = service.store.find_same_plan(drawing, today=today)
    if same is not None and not again and same.state == "draft" and same.name == wanted:
        plan = same
    else:
        plan = service.store.save_plan(drawing, name=wanted, actor=actor)
    if grids is None:
        return ImportedPlan(plan, same)
    return ImportedPlan(plan, same, service.store.save_micro(plan.id, grids, actor=actor), grids.left_out)


def name_grids(drawing: Drawing, areas: Sequence[Area]) -> Drawing:
    """Grids without a name of their own get one that people say: the community's, and their number in it (望河07)."""
    names = {area.code: area.name for area in areas}

    def name(grid: Grid) -> str:
        if grid.name not in ("", grid.code) or grid.parent not in names or not grid.code.startswith(grid.parent):
            return grid.name
        number = grid.code.removeprefix(grid.parent)
        return (
            f"{short_area(names[grid.parent])}{number[1:] if len(number) == 3 and number.startswith('0') else number}"
        )

    return replace(drawing, grids=tuple(replace(grid, name=name(grid)) for grid in drawing.grids))


def short_area(name: str) -> str:
    """望河社区 → 望河: how an area is named before a grid's number."""
    return name.removesuffix("居民委员会").removesuffix("社区").removesuffix("村")


def publish_plan(service: Service, plan_id: int, *, effective: date, actor: str) -> Plan:
    """Approve a draft and set the day from which it is in force, in one transaction.

    Raises
    ------
    InvalidInput
        The plan has faults that block: gaps, overlaps, pieces, units without a grid …
    Conflict
        It is published already, or another plan is in force from that day or a later one.
    """
    today = service.today()
    plan = service.store.get_plan(plan_id, today=today)
    drawing = stored_drawing(service, plan)
    blocking = [fault for fault in stored_faults(service, plan) if fault.kind not in ADVICE]
    if blocking:
        first = Sentence(blocking[0].kind, blocking[0].context)
        raise InvalidInput("plan_has_faults", plan=plan_id, count=len(blocking), first=first)
    before = find_plan_in_force(service, effective)
    # The saved index first: when the plan comes into force, serving processes only have to map it. Publishing counts as
    # a revision.
    build_indexes(replace(plan, revision=plan.revision + 1), drawing.grids, service.indexes)
    return service.store.publish_plan(
        plan_id,
        effective=effective,
        lineage=_lineage(service, drawing, before),
        predecessor=None if before is None else before.id,
        actor=actor,
        today=today,
    )


# Faults of size, not of shape: a planner may publish them knowingly (look: amber, not red).
ADVICE = frozenset({"grid_too_heavy", "grid_too_light"})


def describe(fault: Violation, lang: Lang) -> str:
    """A violation as a sentence."""
    return say(fault.kind, lang, **fault.context)


def stored_drawing(service: Service, plan: Plan) -> Drawing:
    """A stored plan as a drawing again, in WGS84; the last ones asked for are kept in memory."""

    def read() -> Drawing:
        return Drawing(
            grids=service.store.get_grids(plan.id),
            units=service.store.get_units(plan.id),
            crs="EPSG:4326",
            wishes=plan.wishes,
        )

    return service.memory.drawings.get((plan.id, plan.revision), read)


def stored_faults(service: Service, plan: Plan) -> tuple[Violation, ...]:
    """The faults of a stored plan: a check takes longer than all the rest of a page, and a plan does not change."""
    return service.memory.faults.get((plan.id, plan.revision), lambda: check_drawing(stored_drawing(service, plan)))


def _lineage(service: Service, drawing: Drawing, old: Plan | None) -> list[tuple[str, str, float]]:
    """Who came from where: weight by (old grid, new grid), "" where the old plan had no grid."""
    units = drawing.units
    assert units.grid is not None
    sums: dict[tuple[str, str], float] = {}
    if old is None:
        origin = [""] * len(units)
    else:
        net = net_of(service, old)
        inside = shapely.point_on_surface(crs_.project(units.geometry, source=units.crs, target="EPSG:4326"))
        # Units go from base grid to base grid: what lies over the net has no units.
        found = net.base.locate(lon=shapely.get_x(inside), lat=shapely.get_y(inside))
        origin = [net.base.codes[k] if k >= 0 else "" for k in found.tolist()]
    for before, after, weight in zip(origin, units.grid, units.weight, strict=True):
        sums[before, str(after)] = sums.get((before, str(after)), 0.0) + float(weight)
    return [(before, after, weight) for (before, after), weight in sorted(sums.items())]


def import_place(service: Service, folder: Path, *, actor: str) -> str:
    """Store a place folder: areas, departments, categories, rules, staff, base map, gazetteer. Returns its name.

    Its dated rule sets are checked first, so that a fault in them leaves everything as it was. Gazetteer entries that
    came from other sources stay.
    """
    place = service.files.read_place(str(folder))
    sets = read_place_rules(service, folder, place)
    if service.store.place_stamp():
        own = {str(entry["id"]) for entry in place.entries}
        held = service.store.get_place().entries
        others = tuple(entry for entry in held if entry.get("source") and str(entry["id"]) not in own)
        place = replace(place, entries=(*place.entries, *others))
    service.store.save_place(place, actor=actor)
    for rule_set in sets:
        service.store.save_rule_set(rule_set, actor=actor)
    return place.name


def tolerance_of(plan: Plan) -> float:
    """The tolerance that the plan was drawn with, ±5 % where it names none.

    A plan drawn for the least deviation (tolerance 0) allows the deviation that it was drawn with.
    """
    value = plan.wishes.get("tolerance")
    if value == 0:
        value = plan.wishes.get("max_deviation")
    return float(value) if value is not None else 0.05


def band_of(plan: Plan) -> tuple[float, float] | None:
    """The least and greatest weight of a grid that the plan was drawn with, if it was drawn with a band."""
    low, high = plan.wishes.get("min"), plan.wishes.get("max")
    return None if low is None and high is None else (float(low or 0), float(high if high is not None else np.inf))
