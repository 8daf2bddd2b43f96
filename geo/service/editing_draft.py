"""A draft in memory: the drawing now, the steps that led to it, and what a page is told of them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import Conflict
from geo.messages import Lang, say
from geo.model import Draft, DraftStep
from geo.partition.edit.change import Entry, apply
from geo.partition.edit.sketch import Fault, Sketch
from geo.service.editing_ground import Ground
from geo.service.plans import ADVICE, short_area

# How many steps of one person can be taken back.
UNDO_MOST: Final = 100
_ADVICE: Final = ADVICE | {"edit_load_outside"}


class OpenDraft:
    """A draft that people work on. Whoever changes or reads it holds `lock`.

    It is made of nothing but its plan and its steps: any process builds the same one from the database.
    """

    def __init__(self, draft: Draft, ground: Ground) -> None:
        self.draft = draft
        self.ground = ground
        self.sketch = ground.first_sketch()
        self.log: list[DraftStep] = []
        self.entries: list[Entry] = []
        self.marks: dict[str, tuple[Sketch, DraftStep]] = {}
        self.colour = {k: grid.colour for k, grid in enumerate(ground.grids)}
        self.area_of: dict[int, int] = {}
        self.lock = threading.Lock()

    @property
    def revision(self) -> int:
        """How many steps were taken."""
        return len(self.log)

    def append(self, step: DraftStep, sketch: Sketch | None = None) -> None:
        """Take a kept step in; `sketch` is the drawing after it, if that is known.

        Raises
        ------
        Conflict
            A step is missing before it.
        """
        if step.revision != self.revision + 1:
            raise Conflict("edit_revision_stale", got=step.revision, now=self.revision)
        entry = Entry.from_dict(step.entry["entry"])
        if step.op == "checkpoint":
            self.marks.pop(entry.name, None)
            self.marks[entry.name] = (self.sketch, step)
        else:
            self.sketch = sketch if sketch is not None else apply(self.sketch, entry).sketch
        self.colour |= {int(label): int(colour) for label, colour in step.entry.get("colours", {}).items()}
        self.log.append(step)
        self.entries.append(entry)

    def stacks(self, actor: str) -> tuple[list[int], list[int]]:
        """Places in the log of the steps that `actor` can take back, and of those that he can do again."""
        done: list[int] = []
        undone: list[int] = []
        for place, step in enumerate(self.log):
            if step.actor != actor or step.op == "checkpoint":
                continue
            if step.op == "undo":
                undone.append(done.pop())
            elif step.op == "redo":
                done.append(undone.pop())
            else:
                done.append(place)
                undone.clear()
        return done[-UNDO_MOST:], undone

    # --- names ---

    def name(self, label: int) -> str:
        """A grid as people call it; new ones are numbered within the draft."""
        if label < 0:
            return "–"
        if label < len(self.ground.grids):
            grid = self.ground.grids[label]
            return grid.name or grid.code
        return f"{short_area(self.area(label))}{self.number(label)}"

    def number(self, label: int) -> str:
        """What stands on the map far out for a new grid."""
        return f"新{label - len(self.ground.grids) + 1}"

    def area(self, label: int) -> str:
        """Name of the area that a grid lies in."""
        code = self.area_code(label)
        return self.ground.names.get(code, code)

    def area_code(self, label: int) -> str:
        """Code of the area that a grid lies in, that of its first unit ever."""
        if label < len(self.ground.grids):
            return self.ground.grids[label].parent
        if label not in self.area_of:
            first = next(units[0] for entry in self.entries for _, now, units in entry.moves if now == label and units)
            self.area_of[label] = int(self.ground.parent[first])
        return str(self.ground.parents[self.area_of[label]])

    # --- what a page is told ---

    def news(self, since: int | None, actor: str, lang: Lang) -> dict[str, Any]:
        """All that a page needs that has seen the draft at revision `since` (None: never).

        Units are numbered in the order of their ids, grids by label: those of the plan by code from 0, new ones after.
        """
        full = since is None
        sketch = self.sketch
        part = sketch.grid_of_unit
        changed = self._changed(since or 0)
        if full:
            labels = sketch.labels.tolist()
            moves: Any = part.tolist()
        else:
            labels = self._touched(since or 0)
            moves = _by_label(changed, part[changed])
        live = set(sketch.labels.tolist())
        done, undone = self.stacks(actor)
        told = None if not self.log else self.log[-1]
        return {
            "draft": self.draft.id,
            "plan": self.draft.plan,
            "name": self.draft.name,
            "submitted": self.draft.submitted,
            "revision": self.revision,
            "since": since,
            "units": moves,
            "grids": self.figures([label for label in labels if label in live]),
            "gone": [label for label in range(sketch.next_label) if label not in live],
            "locked_grids": sorted(sketch.locked_grids),
            "locked_units": sketch.locked_units.tolist(),
            "faults": [self.fault(fault, lang) for fault in _ordered(sketch.faults.values())],
            "totals": self.totals(),
            "band": [float(sketch.board.low[0]), float(sketch.board.high[0])],
            "undo": self.describe(done[-1], lang) if done else None,
            "redo": self.describe(undone[-1], lang) if undone else None,
            "checkpoints": [
                {"name": name, "by": step.actor, "at": int(step.at.timestamp())}
                for name, (_, step) in self.marks.items()
            ],
            "steps": [self.told(place, lang) for place in range(since or 0, self.revision)] if not full else [],
            "saved_at": int((told.at if told else self.draft.created_at).timestamp()),
        }

    def figures(self, labels: Iterable[int], sketch: Sketch | None = None) -> list[dict[str, Any]]:
        """Figures of some grids, for JSON."""
        sketch = sketch or self.sketch
        ground, part = self.ground, sketch.grid_of_unit
        rows = sketch.next_label
        found = sketch.figures(labels)
        compact = ground.compactness(part, rows)
        residents = None
        if ground.residents is not None:
            residents = np.bincount(part[part >= 0], ground.residents[part >= 0], minlength=rows)
        return [
            {
                "label": label,
                "name": self.name(label),
                "number": self.number(label) if label >= len(ground.grids) else None,
                "parent": self.area_code(label),
                "colour": self.colour.get(label, 0),
                "weight": weight,
                "households": None if ground.households is None else households,
                "residents": None if residents is None else float(residents[label]),
                "units": units,
                "pieces": pieces,
                "compactness": round(float(compact[label]), 4),
            }
            for label, weight, households, units, pieces in zip(
                found.label.tolist(),
                found.weight.tolist(),
                found.households.tolist(),
                found.units.tolist(),
                found.pieces.tolist(),
                strict=True,
            )
        ]

    def totals(self) -> dict[str, Any]:
        """Figures of the whole drawing."""
        ground, sketch = self.ground, self.sketch
        compact = ground.compactness(sketch.grid_of_unit, sketch.next_label)[sketch.labels]
        people = None if ground.residents is None else float(ground.residents[sketch.grid_of_unit >= 0].sum())
        more = {"residents": people, "compactness": round(float(compact.mean()), 4) if len(compact) else None}
        return {**asdict(sketch.totals()), **more}

    def fault(self, fault: Fault, lang: Lang) -> dict[str, Any]:
        """A fault as a sentence, with what it concerns."""
        context = dict(fault.context)
        label = context.get("grid", -1)
        if "grid" in context:
            context["grid"] = self.name(context["grid"])
        if "unit" in context:
            context["unit"] = str(self.ground.units.ids[context["unit"]])
        if "group" in context:
            context["group"] = str(self.ground.groups[context["group"]])
            grids = sorted({int(self.sketch.grid_of_unit[unit]) for unit in fault.units})
            context["grids"] = "、".join(map(self.name, grids)) if lang == "zh" else ", ".join(map(self.name, grids))
        if "parent" in context:
            code = str(self.ground.parents[context["parent"]])
            context["parent"] = self.ground.names.get(code, code)
            rows = sorted({int(self.ground.parent[unit]) for unit in fault.units})
            codes = [str(self.ground.parents[row]) for row in rows]
            context["others"] = ", ".join(self.ground.names.get(code, code) for code in codes)
        return {
            "kind": fault.kind,
            "must": fault.kind not in _ADVICE,
            "label": int(label),
            "units": list(fault.units[:500]),
            "count": len(fault.units),
            "text": say(fault.kind, lang, **context),
        }

    def told(self, place: int, lang: Lang) -> dict[str, Any]:
        """A step of the log: who, when, what, and which units."""
        step, entry = self.log[place], self.entries[place]
        units = sorted(unit for _, _, moved in entry.moves for unit in moved)
        return {
            "revision": step.revision,
            "by": step.actor,
            "at": int(step.at.timestamp()),
            "op": step.op,
            "text": self.describe(place, lang),
            "units": units,
        }

    def describe(self, place: int, lang: Lang) -> str:
        """What a step did, for people."""
        op, entry = self.log[place].op, self.entries[place]
        targets = sorted({now for _, now, _ in entry.moves})
        count = sum(len(units) for _, _, units in entry.moves)
        grids = ("、" if lang == "zh" else ", ").join(map(self.name, entry.lock_grids))
        subject = targets[0] if targets else -1
        if op in ("split", "insert"):
            base = len(self.ground.grids)
            fresh = [label for label in targets if label >= base]
            old = {was for was, _, _ in entry.moves} | set(targets)
            subject = (fresh or targets)[-1] if op == "insert" else min(old)
        elif op == "dissolve":
            subject = min(was for was, _, _ in entry.moves)
        key = "draft_step_move_far" if op == "move" and len(targets) != 1 else f"draft_step_{op}"
        if entry.lock_units and not entry.lock_grids and op in ("lock", "unlock"):
            key, count = f"{key}_units", len(entry.lock_units)
        values = {"count": count, "grid": self.name(subject), "grids": grids, "name": entry.name}
        return say(key, lang, **values)

    def _changed(self, since: int) -> NDArray[np.int64]:
        moved = [unit for entry in self.entries[since:] for _, _, units in entry.moves for unit in units]
        return np.unique(np.array(moved, dtype=np.int64))

    def _touched(self, since: int) -> list[int]:
        entries = self.entries[since:]
        return sorted({label for entry in entries for was, now, _ in entry.moves for label in (was, now)} - {-1})


def _ordered(faults: Iterable[Fault]) -> list[Fault]:
    """Those that block first, then by kind and grid; far out of the band before near."""
    return sorted(faults, key=lambda fault: (fault.kind in _ADVICE, fault.kind, -_off(dict(fault.context)), fault.key))


def _off(context: Mapping[str, Any]) -> float:
    weight = context.get("weight")
    return 0.0 if weight is None else max(weight - context["max"], context["min"] - weight)


def _by_label(units: NDArray[np.int64], label: NDArray[np.int32]) -> list[list[Any]]:
    return [[int(k), units[label == k].tolist()] for k in np.unique(label)]
