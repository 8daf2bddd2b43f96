"""Today's plan as a drawing."""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.model import Drawing, Grid, Units
from geo.sample.labels import Labels
from geo.sample.layers import compound_ids
from geo.sample.layout import Layout
from geo.sample.pieces import rectangles, unions
from geo.sample.spec import CRS, HOUSEHOLDS_PER_GRID


def make_drawing(layout: Layout, labels: Labels) -> Drawing | None:
    """Units are the cells with their share of the roads around them; grids are unions of units."""
    grids = layout.grids
    if grids is None:
        return None
    blocks = layout.blocks
    polygons = rectangles(layout.lattice, blocks.units)
    count = len(grids.community)
    outlines = unions(polygons, grids.of_cell, count)
    households = np.bincount(grids.of_cell, weights=layout.cell_households, minlength=count).astype(np.int64)
    residents = np.bincount(grids.of_cell, weights=layout.cell_residents, minlength=count).astype(np.int64)
    size = np.bincount(grids.of_cell, minlength=count)
    codes = np.array(layout.grid_codes, dtype=object)
    community = layout.territory.community_of_block[blocks.cell_block]
    areas = np.array(layout.community_codes, dtype=object)
    compound = labels.compound_of_parcel[blocks.cells[:, 5]]
    ids = np.array([*compound_ids(labels), ""], dtype=object)
    order = np.lexsort((blocks.units[:, 0], -blocks.units[:, 1], community))
    serial = np.arange(len(order)) - np.searchsorted(community[order], community[order]) + 1
    names = [f"U{areas[c]}{s:04d}" for c, s in zip(community[order].tolist(), serial.tolist(), strict=True)]
    buildings = np.bincount(layout.buildings.cell, minlength=len(blocks.cells)).astype(np.int64)
    units = Units(
        ids=np.array(names, dtype=object),
        geometry=polygons[order],
        weight=layout.cell_households[order].astype(np.float64),
        crs=CRS,
        grid=codes[grids.of_cell[order]],
        parent=areas[community[order]],
        fields={
            "compound": ids[compound[order]],
            "buildings": buildings[order],
            "residents": layout.cell_residents[order],
        },
        weight_field="households",
    )
    made = tuple(
        Grid(
            code=layout.grid_codes[k],
            name=f"{labels.stems[grids.community[k]]}{grids.sequence[k]:02d}",
            parent=layout.community_codes[grids.community[k]],
            weight=float(households[k]),
            units=int(size[k]),
            geometry=outlines[k],
            households=int(households[k]),
            residents=int(residents[k]),
        )
        for k in range(count)
    )
    return Drawing(made, units, CRS, _wishes(layout, int(households.sum()), count))


def _wishes(layout: Layout, total: int, count: int) -> dict[str, Any]:
    """The settings that the plan was drawn with."""
    return {
        "ideal": total / count,
        "grids": count,
        "min": 300,
        "max": 500,
        "tolerance": 0.25,
        "within": "parent",
        "weight_field": "households",
        "total": total,
        "unit_count": len(layout.blocks.cells),
        "seed": layout.spec.seed,
        "norm_households": HOUSEHOLDS_PER_GRID,
    }
