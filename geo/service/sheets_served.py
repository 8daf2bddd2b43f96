"""Sheets and the page of a grid as a server gives them: one at a time, made from what it has in memory."""

from __future__ import annotations

from collections.abc import Hashable
from typing import cast

from geo.errors import NotFound
from geo.messages import Lang
from geo.model import Plan
from geo.service.context import Service, get_plan_in_force, timetable
from geo.service.sheets import view_sheets
from geo.service.sheets_view import SheetPress, SheetSet, SheetsView


def sheet_pdf(service: Service, press: SheetPress, code: str, *, plan_id: int | None, lang: Lang, lookup: str) -> bytes:
    """The sheet of a grid of a plan (the one in force if None) as a PDF.

    Raises
    ------
    NotFound
        No such plan or grid, or no Chinese font on this machine.
    """
    plan = get_plan_in_force(service) if plan_id is None else service.store.get_plan(plan_id, today=service.today())
    view = _view(service, plan, lookup)
    row = _row(view, code)
    if row is None:
        raise NotFound("sheet_grid_unknown", codes=code, plan=plan.id)
    sheets = service.memory.sheets.get((*_key(service, plan, lookup), lang), lambda: press.open(view, lang=lang))
    return cast(SheetSet, sheets).draw(row)


def grid_card(service: Service, press: SheetPress, code: str, *, lang: Lang, lookup: str) -> tuple[str, bool]:
    """What holds for a grid now, as HTML, and whether the plan in force has it: where the QR code of a sheet leads.

    Raises
    ------
    NotFound
        No plan is in force.
    """
    view = _view(service, get_plan_in_force(service), lookup)
    row = _row(view, code)
    return press.card(view, row, code, lang=lang), row is not None


def _view(service: Service, plan: Plan, lookup: str) -> SheetsView:
    view = service.memory.sheets.get(_key(service, plan, lookup), lambda: view_sheets(service, plan.id, lookup=lookup))
    return cast(SheetsView, view)


def _key(service: Service, plan: Plan, lookup: str) -> tuple[Hashable, ...]:
    return (plan.id, plan.revision, plan.created_at, plan.retired, timetable(service).place_stamp, lookup)


def _row(view: SheetsView, code: str) -> int | None:
    return next((k for k, grid in enumerate(view.grids) if grid.code == code), None)
