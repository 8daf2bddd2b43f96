"""What the page of many nets in one shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geo import crs as crs_
from geo.model import Area, Drawing
from geo.service.views import Backdrop, NetConflict, NetFigures, NetsView

if TYPE_CHECKING:
    from geo.partition.nets.conflicts import Amount
    from geo.service.nets import NetsMade


def view_nets(made: NetsMade, drawing: Drawing) -> NetsView:
    """The base net of `drawing` and its conflicts in WGS84, the most disputed pieces first."""
    ref, conflicts, units = made.ref, made.conflicts, made.units
    shapes = _wgs84(np.array([grid.geometry for grid in drawing.grids], dtype=object), drawing.crs)
    grids = tuple(replace(grid, geometry=shape) for grid, shape in zip(drawing.grids, shapes, strict=True))
    number = {str(code): k for k, code in enumerate(made.base.codes)}
    rows = np.flatnonzero((conflicts.disagreeing > 0) | conflicts.overlap.any(axis=1) | conflicts.gap.any(axis=1))
    weight = ref.atoms.weight_milli
    rows = rows[np.lexsort((rows, -ref.atoms.area_dm2[rows], -weight[rows], -conflicts.disagreeing[rows]))]
    names = [layer.name for layer in ref.layers]
    assert units.grid is not None
    pieces = tuple(
        NetConflict(
            geometry=shape,
            grid=str(units.grid[row]),
            pairs=int(conflicts.disagreeing[row]),
            area_m2=int(ref.atoms.area_dm2[row]) / 100,
            weight=int(weight[row]) / 1000,
            codes=tuple(str(units.fields[name][row]) for name in names),
            overlaps=tuple(names[k] for k in np.flatnonzero(conflicts.overlap[row]).tolist()),
        )
        for row, shape in zip(rows.tolist(), _wgs84(units.geometry[rows], units.crs), strict=True)
    )
    parents = sorted({grid.parent for grid in grids if grid.parent})
    return NetsView(
        grids=grids,
        layers=tuple(_figures(made, k, name) for k, name in enumerate(names)),
        conflicts=pieces,
        contested=_both(conflicts.contested),
        incomplete=_both(conflicts.incomplete),
        by_grid=tuple(_both(conflicts.by_grid[number[grid.code]]) for grid in grids),
        weight_field=made.request.weight,
        backdrop=Backdrop(
            name=made.request.name,
            areas=tuple(Area(code=code, name=code, level="community", parent=None) for code in parents),
            features=(),
        ),
    )


def _figures(made: NetsMade, layer: int, name: str) -> NetFigures:
    twice = [_both(overlap.amount) for overlap in made.conflicts.overlaps if overlap.layer == layer]
    return NetFigures(
        name=name,
        dissent=_both(made.conflicts.dissents[layer]),
        gap=_both(made.conflicts.gaps[layer]),
        overlap=(sum(area for area, _ in twice), sum(weight for _, weight in twice)),
        agreement=float(made.base.agreement[layer]),
    )


def _wgs84(shapes: NDArray[np.object_], crs: str) -> NDArray[np.object_]:
    moved: NDArray[np.object_] = crs_.project(shapes, source=crs, target=crs_.WGS84)
    return moved


def _both(amount: Amount) -> tuple[float, float]:
    return amount.area_dm2 / 100, amount.weight_milli / 1000
