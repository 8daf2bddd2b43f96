"""The sentence of each row: why it has no grid, or what of its answer is not sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from geo import crs as crs_
from geo.bulk.points import is_text, plain
from geo.errors import GeoError
from geo.messages import Lang, say
from geo.service.columns import OUTSIDE, UNLOCATED, Columns, contested_rows

if TYPE_CHECKING:
    from geo.bulk.arrow import Asked
    from geo.bulk.grids import Grids

# Positions int32 (n,) in sentences, of which the first is "".
Notes = tuple[Any, Sequence[str]]


def written_notes(batch: Any, asked: Asked, found: Columns, bad: Mapping[int, GeoError], more: Sequence[Notes]) -> Any:
    """The column `note`: what is wrong with a row, and of others what `more` says, one sentence after another."""
    which, sentences = np.zeros(len(found), dtype=np.int32), [""]
    for part in more:
        which, sentences = _joined(which, sentences, part)
    cells = _cells(batch, asked)
    known: dict[str, int] = {}
    for row, error in found.errors.items():
        text = _reason(
            bad.get(row, error), asked.lang, None if cells is None else [column[row].as_py() for column in cells]
        )
        which[row] = known.setdefault(text, len(sentences))
        if which[row] == len(sentences):
            sentences.append(text)
    return pa.DictionaryArray.from_arrays(pa.array(which), pa.array(sentences)).dictionary_decode()


def outside_notes(
    grids: Grids, found: Columns, x: Any, y: Any, systems: Sequence[tuple[str, Any]], lang: Lang
) -> Notes:
    """Why points lie in no grid; `systems` are those that occur with their rows (None: all)."""
    from geo.service.outside import OUTSIDE_NOTES, why_outside_rows

    which = np.where(found.status == OUTSIDE, np.int32(1), np.int32(0))
    for crs, chosen in systems:
        if crs_.is_geographic(crs):
            continue
        rows = np.flatnonzero(found.status == OUTSIDE) if chosen is None else chosen[found.status[chosen] == OUTSIDE]
        which[rows] = 1 + why_outside_rows(grids.index, x[rows], y[rows], crs=crs)
    return which, ["", *(say(key, lang) for key in OUTSIDE_NOTES)]


def overlap_notes(grids: Grids, found: Columns, lang: Lang) -> Notes:
    """Points that several grids claim, a fault of the plan: which ones."""
    which, known = np.zeros(len(found), dtype=np.int32), {"": 0}
    for row, claims in contested_rows(grids, found).items():
        text = say("grids_overlap", lang, grids=", ".join(grids.index.codes[k] for k in claims))
        which[row] = known.setdefault(text, len(known))
    return which, list(known)


def coarse_notes(found: Columns, accuracy_m: Any, lang: Lang) -> Notes:
    """Points whose error is so large that no grid is told."""
    which = np.zeros(len(found), dtype=np.int32)
    rows = np.flatnonzero(found.status == UNLOCATED)
    radii, number = np.unique(np.round(accuracy_m[rows]), return_inverse=True)
    which[rows] = 1 + number
    return which, ["", *(say("accuracy_too_coarse", lang, accuracy_m=radius) for radius in radii.tolist())]


def _joined(which: Any, sentences: list[str], part: Notes) -> tuple[Any, list[str]]:
    """Both notes of each row in one; most rows have one of them at most."""
    other, told = part
    both = np.flatnonzero((which > 0) & (other > 0))
    out = np.where(other > 0, other + np.int32(len(sentences) - 1), which)
    sentences = [*sentences, *told[1:]]
    if len(both):
        pairs, number = np.unique(np.column_stack((which[both], other[both])), axis=0, return_inverse=True)
        out[both] = len(sentences) + number.reshape(-1)
        sentences += [f"{sentences[first]} {told[second]}" for first, second in pairs.tolist()]
    return out, sentences


def _cells(batch: Any, asked: Asked) -> tuple[Any, Any] | None:
    """The columns of coordinates if one is text: the cells are told then, since their numbers are only NaN."""
    if asked.lon is None or asked.lat is None:
        return None
    columns = plain(batch.column(asked.lon)), plain(batch.column(asked.lat))
    return columns if any(is_text(column.type) for column in columns) else None


def _reason(error: GeoError, lang: Lang, cells: Sequence[Any] | None = None) -> str:
    if error.code != "coordinate_not_finite":
        return error.message(lang)
    # Cells without coordinates are no wrong coordinate; of others people know what stands in the file.
    values = cells or (error.context.get("lon"), error.context.get("lat"))
    if all(value != value or value is None or not str(value).strip() for value in values):
        return say("point_missing", lang)
    lon, lat = ("-" if value is None or value != value else str(value).strip() or "-" for value in values)
    return say("coordinate_not_finite", lang, lon=lon, lat=lat)
