"""What merging nets found, as a plan, as layers and tables, and as figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from geo.model import Drawing, Layer
from geo.service.assemble import assemble

if TYPE_CHECKING:
    from geo.partition.nets.clean import Repair
    from geo.partition.nets.conflicts import Amount
    from geo.service.nets import NetsMade

CROSSWALK = ("layer", "old", "grid", "area_m2", "weight", "share_area", "share_weight")


def drawing_of(made: NetsMade) -> Drawing:
    """The base net as a plan of atoms: `geo check`, `geo import` and `geo map` take it as any other."""
    request, units = made.request, made.units
    wishes = {
        "name": request.name,
        "weight_field": request.weight,
        "within": request.within,
        "unit_count": len(units),
        "total": float(units.weight.sum()),
        "nets": [layer.name for layer in made.ref.layers],
        "nets_method": "plan" if request.plan is not None else request.method,
        "nets_tolerance_m": request.tolerance_m,
        "nets_least_m2": request.least_m2,
    }
    return assemble(units, made.base.grid_of_atom, made.base.codes, wishes=wishes)


def further_layers(made: NetsMade) -> dict[str, Layer]:
    """Layers and tables beside those of the plan; every one is there, an empty one has no rows."""
    return {
        "conflicts": _conflict_layer(made),
        "crosswalk": _table(CROSSWALK, crosswalk_rows(made)[1]),
        "nets": _table(*_net_rows(made)),
        "pairs": _table(*_pair_rows(made)),
        "overlaps": _table(("layer", "codes", "area_m2", "weight"), _overlap_rows(made)),
        "carried": _table(("layer", "field", "grid", "value"), _carried_rows(made)),
    }


def crosswalk_rows(made: NetsMade) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Header and rows from old to base code; shares with six decimals that sum to 1 for each old grid."""
    walk, names = made.crosswalk, [layer.name for layer in made.ref.layers]
    rows = [
        (names[layer], old, base, area / 100, _plain(milli), share_area / 1e6, share_weight / 1e6)
        for layer, old, base, area, milli, share_area, share_weight in zip(
            walk.layer.tolist(),
            walk.old.tolist(),
            walk.base.tolist(),
            walk.area_dm2.tolist(),
            walk.weight_milli.tolist(),
            walk.share_area.tolist(),
            walk.share_weight.tolist(),
            strict=True,
        )
    ]
    return CROSSWALK, rows


def report_of(made: NetsMade) -> dict[str, Any]:
    """All figures, for programs and for the files."""
    ref, base, conflicts = made.ref, made.base, made.conflicts
    header, rows = _net_rows(made)
    pair_header, pairs = _pair_rows(made)
    snap = ref.snap
    at = None if snap.at is None else _place(made, snap.at)
    return {
        "nets": [dict(zip(header, row, strict=True)) for row in rows],
        "pairs": [dict(zip(pair_header, row, strict=True)) for row in pairs],
        "overlaps": [
            dict(zip(("layer", "codes", "area_m2", "weight"), row, strict=True)) for row in _overlap_rows(made)
        ],
        "repairs": [_repair_row(made, repair) for repair in ref.repairs],
        "in_several_rows": [
            {"layer": layer.name, "codes": [c for c, rows in zip(layer.codes, layer.rows, strict=True) if rows > 1]}
            for layer in ref.layers
            if (layer.rows > 1).any()
        ],
        "atoms": ref.atoms.inside,
        "atoms_outside": len(ref.atoms) - ref.atoms.inside,
        "area_m2": int(ref.atoms.area_dm2[: ref.atoms.inside].sum()) / 100,
        "weight": _plain(int(ref.atoms.weight_milli[: ref.atoms.inside].sum())),
        "weight_outside": _plain(int(ref.atoms.weight_milli[ref.atoms.inside :].sum()) + ref.atoms.outside_milli),
        "grids": len(base.codes),
        "method": "plan" if made.request.plan is not None else made.request.method,
        "merged": base.merged,
        "merged_m2": base.merged_m2,
        "left_small": base.left_small,
        "grids_of_no_net": [str(base.codes[k]) for k in base.unclaimed],
        "agreement": base.mean_agreement,
        "best_net": base.best_layer[0],
        "best_net_agreement": base.best_layer[1],
        "contested_m2": conflicts.contested.area_dm2 / 100,
        "contested_weight": _plain(conflicts.contested.weight_milli),
        "incomplete_m2": conflicts.incomplete.area_dm2 / 100,
        "incomplete_weight": _plain(conflicts.incomplete.weight_milli),
        "tolerance_m": made.request.tolerance_m,
        "slivers": snap.pieces,
        "slivers_m2": round(snap.area_m2, 2),
        "slivers_weight": snap.weight,
        "largest_sliver_m2": round(snap.largest_m2, 2),
        "largest_sliver_at": at,
        "gaps_filled_m2": round(snap.filled_m2, 2),
        "slivers_outside": snap.dropped,
        "slivers_outside_m2": round(snap.dropped_m2, 2),
        "noding_grid_m": ref.grid_m,
    }


def _repair_row(made: NetsMade, repair: Repair) -> dict[str, Any]:
    """A polygon that crossed itself, and where: in the system of the result, not in the plane of the overlay."""
    kind, _, place = repair.reason.partition("[")
    xy = [float(value) for value in place.rstrip("]").split()[:2]]
    at = _place(made, (xy[0], xy[1])) if len(xy) == 2 else None
    reason = kind if at is None else f"{kind} ({at[0]:.10g} {at[1]:.10g})"
    return {"layer": repair.layer, "row": repair.row + 1, "code": repair.code, "reason": reason, "at": at}


def _place(made: NetsMade, at: tuple[float, float]) -> list[float]:
    import shapely

    point = made.plane.unflatten(np.array([shapely.Point(at)], dtype=object))[0]
    return [float(point.x), float(point.y)]


def _conflict_layer(made: NetsMade) -> Layer:
    """One row for each atom about which anything is to be settled, the most disputed first."""
    ref, conflicts, units = made.ref, made.conflicts, made.units
    open_ = (conflicts.disagreeing > 0) | conflicts.dissent.any(axis=1) | conflicts.overlap.any(axis=1)
    open_ |= conflicts.gap.any(axis=1)
    rows = np.flatnonzero(open_)
    rows = rows[np.lexsort((rows, -ref.atoms.weight_milli[rows], -conflicts.disagreeing[rows]))]
    names = [layer.name for layer in ref.layers]

    def listed(flags: NDArray[np.bool_]) -> NDArray[np.object_]:
        return _objects([", ".join(names[k] for k in np.flatnonzero(flags[row]).tolist()) for row in rows.tolist()])

    assert units.grid is not None
    fields: dict[str, NDArray[Any]] = {
        "unit": units.ids[rows],
        "grid": units.grid[rows],
        "pairs": conflicts.disagreeing[rows].astype(np.int64),
        "area_m2": ref.atoms.area_dm2[rows] / 100,
        "weight": ref.atoms.weight_milli[rows] / 1000,
        "dissent": listed(conflicts.dissent),
        "gaps": listed(conflicts.gap),
        "overlaps": listed(conflicts.overlap),
    }
    for name in names:
        fields[_free(name, fields)] = units.fields[name][rows]
    return Layer(units.geometry[rows], fields, units.crs, "conflicts")


def _net_rows(made: NetsMade) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    header = (
        "layer",
        "codes",
        "rows",
        "repaired",
        "trust",
        "area_m2",
        "weight",
        "outside_m2",
        "outside_weight",
        "gap_m2",
        "gap_weight",
        "overlap_m2",
        "overlap_weight",
        "dissent_m2",
        "dissent_weight",
        "agreement",
        "sliver_m2",
        "sliver_weight",
    )
    ref, conflicts = made.ref, made.conflicts
    rows = []
    for k, layer in enumerate(ref.layers):
        walk = made.crosswalk.layer == k
        own = walk & (made.crosswalk.old != "")
        beyond = own & (made.crosswalk.base == "")
        twice = [overlap.amount for overlap in conflicts.overlaps if overlap.layer == k]
        rows.append(
            (
                layer.name,
                len(layer.codes),
                int(layer.rows.sum()),
                sum(repair.layer == layer.name for repair in ref.repairs),
                layer.trust / 1000,
                int(made.crosswalk.area_dm2[own].sum()) / 100,
                int(made.crosswalk.weight_milli[own].sum()) / 1000,
                int(made.crosswalk.area_dm2[beyond].sum()) / 100,
                int(made.crosswalk.weight_milli[beyond].sum()) / 1000,
                *_both(conflicts.gaps[k]),
                sum(amount.area_dm2 for amount in twice) / 100,
                sum(amount.weight_milli for amount in twice) / 1000,
                *_both(conflicts.dissents[k]),
                float(made.base.agreement[k]),
                round(float(ref.snap.changed_m2[k]), 2),
                float(ref.snap.changed_weight[k]),
            )
        )
    return header, rows


def _pair_rows(made: NetsMade) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    kinds = ("agree", "disagree", "only_a", "only_b", "neither", "crossing_a", "crossing_b")
    header = ("a", "b", "matched", *(f"{kind}_{unit}" for kind in kinds for unit in ("m2", "weight")))
    names = [layer.name for layer in made.ref.layers]
    rows = [
        (names[pair.a], names[pair.b], pair.matched, *(x for kind in kinds for x in _both(getattr(pair, kind))))
        for pair in made.conflicts.pairs
    ]
    return header, rows


def _overlap_rows(made: NetsMade) -> list[tuple[Any, ...]]:
    layers = made.ref.layers
    found = sorted(made.conflicts.overlaps, key=lambda one: (one.layer, -one.amount.area_dm2, one.codes))
    return [
        (layers[one.layer].name, ", ".join(layers[one.layer].codes[k] for k in one.codes), *_both(one.amount))
        for one in found
    ]


def _carried_rows(made: NetsMade) -> list[tuple[Any, ...]]:
    from geo.partition.nets import carry

    rows: list[tuple[Any, ...]] = []
    for k in sorted(made.values):
        for name in sorted(made.values[k]):
            carried = carry(made.crosswalk, k, made.values[k][name])
            rows += [(made.ref.layers[k].name, name, code, float(value)) for code, value in carried.items()]
    return rows


def _both(amount: Amount) -> tuple[float, float]:
    return amount.area_dm2 / 100, amount.weight_milli / 1000


def _plain(milli: int) -> int | float:
    """Thousandths as a number, whole where it is whole."""
    return milli // 1000 if milli % 1000 == 0 else milli / 1000


def _free(name: str, fields: dict[str, Any]) -> str:
    taken = {field.casefold() for field in fields}
    while name.casefold() in taken:
        name += "_code"
    return name


def _table(header: Sequence[str], rows: list[tuple[Any, ...]]) -> Layer:
    fields: dict[str, NDArray[Any]] = {}
    for k, name in enumerate(header):
        cells = [row[k] for row in rows]
        if cells and all(isinstance(cell, int | float) for cell in cells):
            fields[name] = np.array(cells)
        else:
            fields[name] = _objects(cells)
    return Layer(_objects([None] * len(rows)), fields, None, "")


def _objects(cells: list[Any]) -> NDArray[np.object_]:
    out = np.empty(len(cells), dtype=object)
    out[:] = cells
    return out
