"""Existing nets made ready: valid polygons, in an order that does not depend on the files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.partition.nets.inputs import NetLayer
from geo.partition.units.order import canonical_order


@dataclass(frozen=True)
class Repair:
    """A polygon that crossed itself: the row in the caller's order (from 0), its code, and why it was no polygon."""

    layer: str
    row: int
    code: str
    reason: str


@dataclass(frozen=True, eq=False)
class CleanLayer:
    """A net ready for the overlay.

    Attributes
    ----------
    name, trust : as given; `trust` in whole thousandths.
    codes : the distinct codes, sorted.
    polygons : object (m,), valid Polygon or MultiPolygon in canonical order.
    code_of : int32 (m,), index into `codes`.
    rows : int (k,), how many rows each code had.
    """

    name: str
    trust: int
    codes: tuple[str, ...]
    polygons: NDArray[np.object_]
    code_of: NDArray[np.int32]
    rows: NDArray[np.int64]


def clean_layers(layers: list[NetLayer]) -> tuple[tuple[CleanLayer, ...], tuple[Repair, ...]]:
    """Repair each net by itself; nets come out by name.

    A ring that crosses itself is taken apart at the crossing, and what it encloses an odd number of times stays
    (`shapely.make_valid`, method "structure"). What collapses to a line leaves no polygon, but its code stays known.
    """
    done, repairs = [], []
    for layer in sorted(layers, key=lambda one: one.name):
        shapes = shapely.force_2d(np.asarray(layer.polygons, dtype=object))
        names = np.array([code.strip() for code in layer.codes], dtype=object)
        bad = np.flatnonzero(~shapely.is_valid(shapes))
        repairs += [
            Repair(layer.name, int(row), names[row], str(shapely.is_valid_reason(shapes[row]))) for row in bad.tolist()
        ]
        shapes = shapes.copy()
        shapes[bad] = shapely.make_valid(shapes[bad], method="structure", keep_collapsed=False)
        shapes = shapely.normalize(shapes)
        codes, code_of, rows = np.unique(names.astype(str), return_inverse=True, return_counts=True)
        order = canonical_order(shapes, names)
        order = order[~shapely.is_empty(shapes[order])]
        done.append(
            CleanLayer(
                name=layer.name,
                trust=max(1, round(layer.trust * 1000)),
                codes=tuple(codes.tolist()),
                polygons=shapes[order],
                code_of=code_of[order].astype(np.int32),
                rows=rows.astype(np.int64),
            )
        )
    order_of_repair = sorted(repairs, key=lambda one: (one.layer, one.code, one.reason))
    return tuple(done), tuple(order_of_repair)
