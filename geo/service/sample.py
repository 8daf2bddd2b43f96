"""Write an invented place as a place folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.model import Drawing
from geo.partition.colours import colours
from geo.sample import SamplePlace, SampleSpec, generate
from geo.sample.responsibility import OWNERS
from geo.service.ports import Files


def write_sample(files: Files, spec: SampleSpec, folder: Path) -> SamplePlace:
    """Generate a place and write its folder: `place.gpkg`, `current_plan.gpkg`, the tables, and SOURCE.toml last.

    Parameters
    ----------
    files : writes beside and renames; the same spec gives the same bytes.
    spec : size and seed.
    folder : the place folder; files in it that the place does not have are left alone.

    Returns
    -------
    SamplePlace
        What was written.
    """
    place = generate(spec)
    drawing = None if place.drawing is None else _coloured(place.drawing, place.grid_pairs)
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    files.write_layers(str(folder / "place.gpkg"), place.layers)
    if drawing is not None:
        files.write_drawing(str(folder / "current_plan.gpkg"), drawing)
    for name, table in place.tables.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        files.write_rows(folder / name, table.header, table.rows)
    for name, text in place.heads.items():
        files.write_text(folder / name, text)
    files.write_layers(str(folder / OWNERS), place.owners)
    files.write_text(folder / "SOURCE.toml", place.source)
    return replace(place, drawing=drawing)


def _coloured(drawing: Drawing, pairs: NDArray[np.int64]) -> Drawing:
    """The drawing with a wash for each grid."""
    wash = colours(len(drawing.grids), pairs)
    grids = tuple(replace(grid, colour=int(colour)) for grid, colour in zip(drawing.grids, wash, strict=True))
    return replace(drawing, grids=grids)
