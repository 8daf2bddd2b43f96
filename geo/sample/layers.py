"""The layers of `place.gpkg`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.model import Layer
from geo.sample import names
from geo.sample.kinds import Parcel
from geo.sample.labels import Labels
from geo.sample.layout import Layout
from geo.sample.pieces import rectangles, unions
from geo.sample.pois import Pois, Sites
from geo.sample.spec import CRS, DISTRICT_CODE, DISTRICT_NAME
from geo.sample.stations import find_stations
from geo.sample.streets import NAMED_BLOCKS, railways, river_water

GATE_GAP_M: Final = 4.0


def make_layers(layout: Layout, labels: Labels, sites: Sites, pois: Pois) -> dict[str, Layer]:
    """All layers by name; ids are the kind's letter and a running number."""
    compounds = rectangles(layout.lattice, layout.blocks.parcels[labels.compounds, :4])
    gates, gate_compound, gate_road = _gates(layout, labels)
    return {
        "areas": _areas(layout, labels),
        "buildings": _buildings(layout, labels),
        "compounds": _compounds(layout, labels, compounds),
        "gates": _layer(
            _points(gates),
            id=_ids("G", len(gates)), compound=_ids_of("C", gate_compound), road=gate_road,
        ),
        "roads": _roads(layout),
        "water": _water(layout, sites),
        "railways": _railways(layout),
        "walls": _walls(compounds, gates, gate_compound),
        "landuse": _layer(sites.polygon, id=_ids("L", len(sites.name)), name=sites.name, kind=sites.kind),
        "pois": _layer(
            _points(np.round(pois.point, 2)),
            id=_ids("P", len(pois.name)), name=pois.name, kind=pois.kind, road=pois.road, number=_numbers(pois.number),
            community=[layout.community_codes[c] for c in pois.community],
        ),
        "stations": _stations(layout, labels),
    }  # fmt: skip


def _stations(layout: Layout, labels: Labels) -> Layer:
    points, fields = find_stations(layout, labels)
    return _layer(points, id=_ids("N", len(points)), **fields)


def _layer(geometry: NDArray[np.object_], **fields: Sequence[Any] | NDArray[Any]) -> Layer:
    made = {
        name: values if isinstance(values, np.ndarray) else np.array(values, dtype=object)
        for name, values in fields.items()
    }
    return Layer(np.asarray(geometry, dtype=object), made, CRS, "sample")


def _points(xy: NDArray[np.float64]) -> NDArray[np.object_]:
    return np.asarray(shapely.points(xy), dtype=object).reshape(len(xy))


def _ids(letter: str, count: int) -> list[str]:
    width = max(4, len(str(count)))
    return [f"{letter}{k + 1:0{width}d}" for k in range(count)]


def _ids_of(letter: str, index: NDArray[np.int64]) -> list[str]:
    top = max(4, len(str(int(index.max()) + 1))) if len(index) else 4
    return [f"{letter}{k + 1:0{top}d}" for k in index.tolist()]


def building_ids(layout: Layout) -> list[str]:
    """Ids of the buildings, in their order."""
    return _ids("B", len(layout.buildings.cell))


def compound_ids(labels: Labels) -> list[str]:
    """Ids of the compounds, in their order."""
    return _ids("C", len(labels.compounds))


def _numbers(values: Sequence[int]) -> list[str]:
    return [str(v) if v > 0 else "" for v in values]


def _areas(layout: Layout, labels: Labels) -> Layer:
    """District, streets and communities; each level is made of the same block borders."""
    blocks, territory = layout.blocks, layout.territory
    rect = np.stack(
        [layout.lattice.gx[blocks.i], layout.lattice.gy[blocks.j],
         layout.lattice.gx[blocks.i + 1], layout.lattice.gy[blocks.j + 1]], axis=1,
    )  # fmt: skip
    squares = rectangles(layout.lattice, rect)
    communities = unions(squares, territory.community_of_block, len(layout.community_codes))
    streets = unions(communities, territory.street_of_community, len(layout.street_codes))
    district = unions(streets, np.zeros(len(streets), dtype=np.int64), 1)
    street_of = [layout.street_codes[s] for s in territory.street_of_community.tolist()]
    return _layer(
        np.concatenate([district, streets, communities]),
        code=[DISTRICT_CODE, *layout.street_codes, *layout.community_codes],
        name=[DISTRICT_NAME, *labels.streets, *labels.communities],
        level=["district"] + ["street"] * len(streets) + ["community"] * len(communities),
        parent=["", *[DISTRICT_CODE] * len(streets), *street_of],
    )


def _buildings(layout: Layout, labels: Labels) -> Layer:
    buildings, people = layout.buildings, layout.people
    compound = labels.compound_of_parcel[layout.blocks.cells[buildings.cell, 5]]
    ids = np.array([*compound_ids(labels), ""], dtype=object)
    codes = np.array(layout.community_codes, dtype=object)
    return _layer(
        buildings.outline,
        id=building_ids(layout),
        name=labels.building_names,
        compound=ids[compound],
        community=codes[layout.community_of_building],
        road=layout.addresses.building_road,
        number=_numbers(layout.addresses.building_number.tolist()),
        kind=buildings.kind,
        stairwells=people.stairwells,
        floors=people.floors,
        height_m=people.height_m,
        households=people.households,
        residents=people.residents,
    )


def _compounds(layout: Layout, labels: Labels, polygon: NDArray[np.object_]) -> Layer:
    at = labels.compounds
    compound = labels.compound_of_parcel[layout.blocks.cells[layout.buildings.cell, 5]]
    homes = (compound >= 0) & (layout.people.households > 0)
    return _layer(
        polygon,
        id=compound_ids(labels),
        name=labels.compound_names,
        aliases=labels.compound_aliases,
        community=[layout.community_codes[c] for c in layout.community_of_parcel[at].tolist()],
        road=layout.addresses.parcel_road[at],
        number=_numbers(layout.addresses.parcel_number[at].tolist()),
        district=[""] * len(at),
        buildings=np.bincount(compound[homes], minlength=len(at)),
        walled=np.ones(len(at), dtype=np.int64),
    )


def _gates(layout: Layout, labels: Labels) -> tuple[NDArray[np.float64], NDArray[np.int64], list[str]]:
    """The main gate of each compound, and a side gate where a road passes its western or eastern side."""
    at, blocks = labels.compounds, layout.blocks
    rect, block = blocks.parcels[at], blocks.parcel_block[at]
    i, j = blocks.i[block], blocks.j[block]
    points, owner = [layout.addresses.parcel_gate[at]], [np.arange(len(at))]
    road = [str(r) for r in layout.addresses.parcel_road[at]]
    middle = (rect[:, 1] + rect[:, 3]) / 2
    for side, edge, line in ((0, layout.lattice.gx[i] + 1, i), (2, layout.lattice.gx[i + 1] - 1, i + 1)):
        has = (rect[:, side] == edge) & layout.network.has_x[line, j]
        which = np.nonzero(has)[0]
        points.append(layout.lattice.at(rect[which, side].astype(np.float64), middle[which]))
        owner.append(which)
        # The stretch of the road that passes this block gives its name.
        stretch = (j[which] // NAMED_BLOCKS).tolist()
        road += [layout.network.name_x[a][b] for a, b in zip(line[which].tolist(), stretch, strict=True)]
    return np.round(np.concatenate(points), 3).astype(np.float64), np.concatenate(owner), road


def _walls(compounds: NDArray[np.object_], gates: NDArray[np.float64], owner: NDArray[np.int64]) -> Layer:
    """Compound outlines, open at the gates."""
    openings = np.full(len(compounds), shapely.Point(), dtype=object)
    order = np.argsort(owner, kind="stable")
    edges = np.searchsorted(owner[order], np.arange(len(compounds) + 1))
    holes = shapely.buffer(_points(gates), GATE_GAP_M, quad_segs=2)
    for k in range(len(compounds)):
        openings[k] = shapely.union_all(holes[order[edges[k] : edges[k + 1]]])
    lines = shapely.line_merge(shapely.difference(shapely.boundary(compounds), openings))
    return _layer(lines, id=_ids("W", len(lines)), compound=_ids_of("C", np.arange(len(lines))))


def _roads(layout: Layout) -> Layer:
    roads = layout.network.roads
    fields: dict[str, Any] = {
        "id": _ids("R", len(roads.line)),
        "name": roads.name,
        "class": roads.kind,
        "bridge": np.array(roads.bridge, dtype=np.int64),
    }
    return _layer(np.array(roads.line, dtype=object), **fields)


def _water(layout: Layout, sites: Sites) -> Layer:
    """Rivers, and a pond in every park."""
    rivers = river_water(layout.lattice, layout.keep)
    ponds = []
    for k, parcel in enumerate(sites.parcel.tolist()):
        if layout.blocks.parcels[parcel, 4] == Parcel.PARK:
            ponds.append((_pond(layout, layout.blocks.parcels[parcel, :4]), sites.name[k]))
    river = names.word_list()["river"]
    return _layer(
        np.array([*rivers, *(p for p, _ in ponds)], dtype=object),
        id=_ids("S", len(rivers) + len(ponds)),
        name=[river if k == 0 else f"{river}{k + 1}支流" for k in range(len(rivers))] + [f"{n}湖" for _, n in ponds],
        kind=["river"] * len(rivers) + ["pond"] * len(ponds),
    )


def _pond(layout: Layout, rect: NDArray[np.int64]) -> shapely.Polygon:
    turn = np.linspace(0, 2 * np.pi, 33)[:-1]
    wobble = 1 + 0.18 * np.sin(3 * turn + 0.7) + 0.1 * np.cos(2 * turn)
    x = rect[0] + (rect[2] - rect[0]) * (0.72 + 0.17 * wobble * np.cos(turn))
    y = rect[1] + (rect[3] - rect[1]) * (0.44 + 0.21 * wobble * np.sin(turn))
    return shapely.Polygon(np.round(layout.lattice.at(x, y), 2))


def _railways(layout: Layout) -> Layer:
    lines = railways(layout.lattice, layout.keep)
    name = names.word_list()["railway"]
    return _layer(np.array(lines, dtype=object), id=_ids("T", len(lines)), name=[name] * len(lines))
