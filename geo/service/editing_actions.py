"""What people do in a draft: each action as a step of its drawing, asked for by plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from geo.errors import Conflict, GeoError, InvalidInput
from geo.partition.colours import colours
from geo.partition.edit.balance import rebalance
from geo.partition.edit.change import Step, apply
from geo.partition.edit.halve import split_grid
from geo.partition.edit.mend import repair_contiguity
from geo.partition.edit.moves import move_units, set_locks
from geo.partition.edit.reshape import dissolve_grid, grids_about, insert_around, insert_grid, merge_grids
from geo.partition.edit.session import towards
from geo.partition.edit.sketch import Sketch
from geo.service.editing_draft import OpenDraft

Action = Mapping[str, Any]


def perform(draft: OpenDraft, actor: str, action: Action) -> Step:
    """The step that an action is, on the drawing as it is; nothing is kept.

    Raises
    ------
    InvalidInput, Conflict, PartitionInfeasible
        As the operation says, with grids by name; the drawing is as it was.
    """
    op = str(action["op"])
    try:
        if op == "undo":
            return _back(draft, actor)
        if op == "redo":
            return _forth(draft, actor)
        if op == "restore":
            return _restored(draft, _get(action, "name"))
        return _OPERATIONS[op](draft.sketch, action)
    except GeoError as error:
        raise explained(draft, error) from None


def check_name(name: str) -> str:
    """The name of a checkpoint."""
    if not name.strip() or len(name) > _NAME_LIMIT:
        raise InvalidInput("edit_name_bad", limit=_NAME_LIMIT)
    return name.strip()


_NAME_LIMIT: Final = 200


def wash_of(draft: OpenDraft, step: Step) -> dict[int, int]:
    """Colours for the grids that a step made: unlike those of the grids around; all others keep theirs."""
    made = [label for label in step.made if label not in draft.colour]
    if not made:
        return {}
    graph, part = draft.ground.graph, step.sketch.grid_of_unit
    pairs = np.column_stack([part[graph.source], part[graph.indices]])
    pairs = np.unique(pairs[(pairs >= 0).all(axis=1) & (pairs[:, 0] < pairs[:, 1])], axis=0)
    kept = [draft.colour.get(label, -1) for label in range(step.sketch.next_label)]
    chosen = colours(step.sketch.next_label, pairs, kept)
    return {label: int(chosen[label]) for label in made}


def _get(action: Action, field: str) -> Any:
    value = action.get(field)
    if value is None or value == []:
        raise InvalidInput("draft_action_incomplete", op=str(action["op"]), field=field)
    return value


def _insert(sketch: Sketch, action: Action) -> Step:
    units = _get(action, "units")
    return insert_around(sketch, units[0]) if len(units) == 1 else insert_grid(sketch, units)


def _rebalance(sketch: Sketch, action: Action) -> Step:
    if action.get("grids"):
        return rebalance(sketch, action["grids"])
    label = sketch.take_grid(_get(action, "grid"))
    return rebalance(sketch, [label, *grids_about(sketch, label, int(action.get("rings") or 1))])


def _split(sketch: Sketch, action: Action) -> Step:
    """In even halves; with ``units`` along a line of them, or as ``by`` says: what lies on one side, or two seeds."""
    by = {"side": "part", "seeds": "seeds"}.get(str(action.get("by")), "along")
    if by != "along" or action.get("units"):
        return split_grid(sketch, _get(action, "grid"), **{by: _get(action, "units")})
    return split_grid(sketch, _get(action, "grid"))


def _locked(locked: bool) -> Callable[[Sketch, Action], Step]:
    def change(sketch: Sketch, action: Action) -> Step:
        units, grids = action.get("units") or [], action.get("grids") or []
        if not units and not grids:
            raise InvalidInput("draft_action_incomplete", op=str(action["op"]), field="grids")
        return set_locks(sketch, locked, units=units, grids=grids)

    return change


_OPERATIONS: Final[Mapping[str, Callable[[Sketch, Action], Step]]] = {
    "move": lambda sketch, action: move_units(
        sketch, _get(action, "units"), _get(action, "grid"), contiguity=action.get("contiguity") or "complete"
    ),
    "lock": _locked(True),
    "unlock": _locked(False),
    "split": _split,
    "merge": lambda sketch, action: merge_grids(sketch, _get(action, "grids"), into=action.get("grid")),
    "insert": _insert,
    "dissolve": lambda sketch, action: dissolve_grid(sketch, _get(action, "grid")),
    "repair": lambda sketch, action: repair_contiguity(sketch, action.get("grids") or None),
    "rebalance": _rebalance,
}


def _back(draft: OpenDraft, actor: str) -> Step:
    done, _ = draft.stacks(actor)
    if not done:
        raise Conflict("edit_undo_none")
    return _again(draft, actor, done[-1], "undo")


def _forth(draft: OpenDraft, actor: str) -> Step:
    _, undone = draft.stacks(actor)
    if not undone:
        raise Conflict("edit_redo_none")
    return _again(draft, actor, undone[-1], "redo")


def _again(draft: OpenDraft, actor: str, place: int, op: str) -> Step:
    """Take the step at `place` of the log back, or do it again: only where nobody else was at work on the same."""
    entry = draft.entries[place]
    wanted = entry.inverse() if op == "undo" else entry
    sketch = draft.sketch
    touched = {label for was, now, _ in entry.moves for label in (was, now)}
    units, grids = set(entry.lock_units), set(entry.lock_grids)
    for later in range(len(draft.log) - 1, place, -1):
        other = draft.entries[later]
        if draft.log[later].actor == actor:
            continue
        if units & set(other.lock_units) or grids & set(other.lock_grids) or touched & set(other.lock_grids):
            raise Conflict(f"draft_{op}_overtaken", who=draft.log[later].actor)
    try:
        return apply(sketch, wanted, op)
    except GeoError:
        moved = {unit for _, _, units in entry.moves for unit in units}
        others = (
            draft.log[k].actor
            for k in range(len(draft.log) - 1, place, -1)
            if draft.log[k].actor != actor
            and moved & {unit for _, _, units in draft.entries[k].moves for unit in units}
        )
        raise Conflict(f"draft_{op}_overtaken", who=next(others, actor)) from None


def _restored(draft: OpenDraft, name: str) -> Step:
    if name not in draft.marks:
        raise InvalidInput("edit_checkpoint_unknown", name=str(name)[:_NAME_LIMIT])
    step = towards(draft.sketch, draft.marks[name][0], name)
    return replace(step, entry=replace(step.entry, op="restore", name=name))


# Sentences that name rows of a file are said otherwise on a map.
_SAID: Final[Mapping[str, str]] = {
    "edit_units_locked": "draft_units_locked",
    "edit_line_elsewhere": "draft_split_elsewhere",
    "edit_units_cut_off": "draft_units_cut_off",
    "edit_units_apart": "draft_units_apart",
    "edit_other_area": "draft_other_area",
}


def explained(draft: OpenDraft, error: GeoError) -> GeoError:
    """The same error with grids and areas by name."""
    context = dict(error.context)
    if isinstance(context.get("grid"), int) and error.code != "edit_grid_unknown":
        context["grid"] = draft.name(context["grid"])
    if isinstance(context.get("grids"), list):
        context["grids"] = ", ".join(draft.name(label) for label in context["grids"])
    if isinstance(context.get("parent"), int):
        code = str(draft.ground.parents[context["parent"]])
        context["parent"] = draft.ground.names.get(code, code)
    if isinstance(context.get("areas"), list):
        codes = [str(draft.ground.parents[row]) for row in context["areas"]]
        context["areas"] = ", ".join(draft.ground.names.get(code, code) for code in codes)
    return type(error)(_SAID.get(error.code, error.code), **context)


def proposal(draft: OpenDraft, step: Step) -> dict[str, Any]:
    """What a step would do, for a preview: units by the grid that they would go to, figures before and after."""
    before = {row["label"]: row for row in draft.figures(_live(step.grids + step.gone, step.before), step.before)}
    for label in step.made:
        first = next(units[0] for _, now, units in step.entry.moves if now == label)
        draft.area_of[label] = int(draft.ground.parent[first])
    after = {row["label"]: row for row in draft.figures(step.grids, step.sketch)}
    for label in step.made:
        draft.area_of.pop(label, None)
    return {
        "op": step.entry.op,
        "units": [[now, list(units)] for _, now, units in step.entry.moves],
        "count": len(step.units),
        "weight": step.people,
        "households": step.households if draft.ground.households is not None else None,
        "grids": [
            {"label": label, "before": before.get(label), "after": after.get(label)}
            for label in sorted(before.keys() | after.keys())
        ],
        "solved": len(step.solved),
        "opened": len(step.opened),
    }


def _live(labels: Iterable[int], sketch: Sketch) -> list[int]:
    there = set(sketch.labels.tolist())
    return [label for label in labels if label in there]
