"""What lies between units, as the layers `adjacency` and `crossings` that a planner sees and edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from geo.model import Layer, Units
from geo.service.barriers import MIDDLE_CLASS, Divides
from geo.service.plane import Plane

if TYPE_CHECKING:
    from geo.partition.units import Borders, Crossings, UnitsResult

_KINDS_TO_CROSS = ("rail", "water", "wall")
_SHOWN = 5


@dataclass(frozen=True, eq=False)
class Between:
    """The borders of units with their lines, and the crossings.

    Attributes
    ----------
    borders : one row a pair and class.
    lines, places : object, lines of the borders and places of the crossings, in the units' CRS.
    hard : bool (b,), never to be crossed but at a crossing.
    """

    borders: Borders
    lines: NDArray[np.object_]
    hard: NDArray[np.bool_]
    crossings: Crossings
    places: NDArray[np.object_]
    divides: Divides

    def lost(self) -> dict[str, list[str]]:
        """Gates and bridges that lead across nothing, by id."""
        gates = self.divides.gate_ids[self.crossings.gates_lost]
        bridges = self.divides.bridge_ids[self.crossings.bridges_lost]
        return {"gates": sorted(map(str, gates)), "bridges": sorted(map(str, bridges))}

    def account(self) -> dict[str, Any]:
        """Plain values for the report."""
        metres: dict[str, float] = {}
        for number, length in zip(self.borders.barrier.tolist(), self.borders.length_m.tolist(), strict=True):
            kind, name, _ = self.divides.classes[number]
            word = f"{kind}:{name}" if name else kind
            metres[word] = metres.get(word, 0.0) + length
        lost = self.lost()
        return {
            "between_m": {word: round(total, 1) for word, total in sorted(metres.items())},
            "hard_m": round(float(self.borders.length_m[self.hard].sum()), 1),
            "crossings": {
                "gates": int((self.crossings.kind == 0).sum()),
                "bridges": int((self.crossings.kind == 1).sum()),
                "bridged_apart": int((self.crossings.border < 0).sum()),
                "unmatched_gates": {"count": len(lost["gates"]), "ids": lost["gates"]},
                "unmatched_bridges": {"count": len(lost["bridges"]), "ids": lost["bridges"]},
            },
            "left_out": {word: {"count": len(ids), "ids": list(ids)} for word, ids in self.divides.left_out.items()},
            "unknown_classes": dict(self.divides.unknown),
        }

    def notes(self) -> list[tuple[str, Mapping[str, Any]]]:
        """What a person should know."""
        told: list[tuple[str, Mapping[str, Any]]] = []
        counts = {word: len(ids) for word, ids in self.divides.left_out.items()}
        if counts:
            values = {"tunnels": counts.get("tunnel", 0), "bridges": counts.get("bridge", 0)}
            told.append(("units_note_left_out", {**values, "others": counts.get("none", 0)}))
        strange = self.divides.unknown
        if strange:
            more = f" … (+{len(strange) - _SHOWN})" if len(strange) > _SHOWN else ""
            listed = ", ".join(list(strange)[:_SHOWN]) + more
            told.append(("units_note_unknown_class", {"count": sum(strange.values()), "classes": listed}))
        if len(self.crossings.kind):
            gates, bridges = (int((self.crossings.kind == k).sum()) for k in (0, 1))
            told.append(("units_note_crossings", {"gates": gates, "bridges": bridges}))
        for word, ids in self.lost().items():
            if ids:
                more = f" … (+{len(ids) - _SHOWN})" if len(ids) > _SHOWN else ""
                told.append((f"units_note_{word}_lost", {"count": len(ids), "ids": ", ".join(ids[:_SHOWN]) + more}))
        return told


def find_between(result: UnitsResult, divides: Divides, plane: Plane) -> Between:
    """The borders of the units, what runs along them, and where one gets across."""
    from geo.partition.units import Ground, draw_borders, find_crossings
    from geo.partition.units.result import WATER

    borders, lines = draw_borders(result.polygons, result.lines, result.line_class)
    wet = result.kind == WATER
    # Water belongs to the units at its bank: what parts them runs in the middle of it, not along the shore.
    shore, in_water = wet[borders.left] != wet[borders.right], wet[borders.left] & wet[borders.right]
    shore &= borders.barrier != divides.number(MIDDLE_CLASS)
    hard = (divides.hard[borders.barrier] & ~shore) | (in_water & divides.split_water)
    to_cross = np.array([kind in _KINDS_TO_CROSS for kind, _, _ in divides.classes], dtype=bool)
    ground = Ground(result.polygons, wet, borders, lines, hard | (to_cross[borders.barrier] & ~shore))
    crossings = find_crossings(ground, plane.flatten(divides.gates), plane.flatten(divides.bridges))
    return Between(
        borders=borders,
        lines=plane.unflatten(lines),
        hard=hard,
        crossings=crossings,
        places=plane.unflatten(crossings.geometry),
        divides=divides,
    )


def adjacency_layer(between: Between, units: Units, source: str) -> Layer:
    """One line a pair of units and class: `left`, `right`, `metres`, `kind`, `class`, `strength`, `hard`, `crossing`.

    A pair that touches along a road and a wall has two lines.
    """
    borders = between.borders
    crossed = np.zeros(len(borders.left), dtype=bool)
    crossed[between.crossings.border[between.crossings.border >= 0]] = True
    kinds, names, strengths = (np.array(column, dtype=object) for column in zip(*between.divides.classes, strict=True))
    fields = {
        "left": units.ids[borders.left],
        "right": units.ids[borders.right],
        "metres": borders.length_m,
        "kind": kinds[borders.barrier],
        "class": names[borders.barrier],
        "strength": strengths[borders.barrier].astype(np.float64),
        "hard": between.hard,
        "crossing": crossed,
    }
    return Layer(between.lines, MappingProxyType(fields), units.crs, source)


def crossings_layer(between: Between, units: Units, source: str) -> Layer:
    """One gate or bridge a row: `kind`, `left`, `right`, `over` (what is crossed), `touching`, `sources` (ids)."""
    from geo.partition.units import BRIDGE, CROSSING_NAMES

    crossings, divides = between.crossings, between.divides
    over = [
        divides.classes[between.borders.barrier[row]][0] if row >= 0 else "water" for row in crossings.border.tolist()
    ]
    sources = [
        "+".join(sorted({str((divides.bridge_ids if kind == BRIDGE else divides.gate_ids)[row]) for row in rows}))
        for kind, rows in zip(crossings.kind.tolist(), crossings.rows, strict=True)
    ]
    pairs = set(zip(between.borders.left.tolist(), between.borders.right.tolist(), strict=True))
    touching = [pair in pairs for pair in zip(crossings.left.tolist(), crossings.right.tolist(), strict=True)]
    fields: dict[str, NDArray[Any]] = {
        "kind": np.array(CROSSING_NAMES, dtype=object)[crossings.kind],
        "left": units.ids[crossings.left],
        "right": units.ids[crossings.right],
        "over": np.array(over, dtype=object),
        "touching": np.array(touching, dtype=bool),
        "sources": np.array(sources, dtype=object),
    }
    return Layer(between.places, MappingProxyType(fields), units.crs, source)
