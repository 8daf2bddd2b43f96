"""Who answers in the invented district: two dated rule sets with their lists and layers, and a plain table of answers.

The table of answers is the truth for tests; it is written down by itself and not worked out from the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import shapely

from geo.model import Layer
from geo.sample.directories import read_data
from geo.sample.layout import Layout
from geo.sample.spec import Table
from geo.sample.topics import Topic

Answer = Callable[[Topic, str], str]

EARLY: Final = "2022.1"
LATE: Final = "2025.1"
EFFECTIVE: Final[Mapping[str, str]] = {EARLY: "2022-01-01", LATE: "2025-01-01"}
OWNERS: Final = f"rules/{LATE}/owners.gpkg"
SOURCE: Final = "晨光区责任清单（样例，自拟）"
_MANAGERS: Final = ("WY-01", "WY-02", "WY-03")
# One compound in four has no manager; a trustee answers for it.
_TRUSTEE: Final = "WY-00"
_UNMANAGED_EVERY: Final = 4
_ROAD_OWNERS: Final = {"arterial": ("SZYH", 16.0), "secondary": ("SZYH", 11.0), "local": ("ZJJ", 7.0)}
_SPECIAL: Final = {"industrial": "YQ-GW", "commercial": "SQ-GW", "market": "SQ-GW"}
_REACH_M: Final = 25.0


def rule_tables() -> dict[str, Table]:
    """The tables of both rule sets by their path in the place folder."""
    header, rows = read_data("rules.csv")
    since, columns = header.index("since"), [k for k, name in enumerate(header) if name != "since"]
    names = (*(header[k] for k in columns), "version", "source")
    tables = {}
    for version in EFFECTIVE:
        own = [row for row in rows if row[since] in ("", EARLY, version)]
        cells = tuple((*(row[k] for k in columns), version, SOURCE) for row in own)
        tables[f"rules/{version}/rules.csv"] = Table(names, cells)
    for name in ("negative.csv", "levels.csv", "calendar.csv"):
        for version in (EARLY, LATE) if name == "levels.csv" else (LATE,):
            tables[f"rules/{version}/{name}"] = Table(*read_data(name))
    return tables


def rule_heads() -> dict[str, str]:
    """The texts of ruleset.toml."""
    layers = "".join(
        f'\n[layers.{name}]\nfile = "owners.gpkg:{name}"\n' for name in ("facility", "property", "road", "special")
    )
    return {
        f"rules/{version}/ruleset.toml": (
            f'version = "{version}"\nname = "晨光区派单规则 {version}"\nsource = "{SOURCE}"\neffective = {day}\n'
            'tie = "first_receiver"\n\n[calendar]\nhours = ["08:30-12:00", "13:30-17:30"]\nweekdays = [1, 2, 3, 4, 5]\n'
            + (layers if version == LATE else "")
        )
        for version, day in EFFECTIVE.items()
    }


def owner_layers(layers: Mapping[str, Layer]) -> dict[str, Layer]:
    """What has an owner: compounds and their managers, roads, charging and power facilities, parks of enterprises."""
    compounds, roads, uses = layers["compounds"], layers["roads"], layers["landuse"]
    count = len(compounds.geometry)
    managed = np.arange(count) % _UNMANAGED_EVERY != _UNMANAGED_EVERY - 1
    managers = [_MANAGERS[k % len(_MANAGERS)] if managed[k] else _TRUSTEE for k in range(count)]
    kept = np.flatnonzero([kind in _ROAD_OWNERS for kind in roads.fields["class"]])
    parks = np.flatnonzero([kind in _SPECIAL for kind in uses.fields["kind"]])
    classes = roads.fields["class"][kept].tolist()
    # A charger and a transformer at one corner each of every fifth compound.
    corners = [(k, box) for k, box in enumerate(shapely.bounds(compounds.geometry).tolist()) if k % 5 == 0]
    points = [shapely.Point(round(b[0] + 6, 2), round(b[1] + 6, 2)) for _, b in corners]
    points += [shapely.Point(round(b[2] - 6, 2), round(b[3] - 6, 2)) for _, b in corners]
    chargers = len(corners)
    return {
        "property": _layer(
            compounds,
            compounds.geometry,
            id=[f"W{k + 1:04d}" for k in range(count)],
            name=compounds.fields["name"].tolist(),
            owner=managers,
            tenure=["managed" if yes else "unmanaged" for yes in managed],
        ),
        "road": _layer(
            roads,
            roads.geometry[kept],
            id=roads.fields["id"][kept].tolist(),
            name=roads.fields["name"][kept].tolist(),
            owner=[_ROAD_OWNERS[kind][0] for kind in classes],
            reach_m=[_ROAD_OWNERS[kind][1] for kind in classes],
        ),
        "facility": _layer(
            compounds,
            np.array(points, dtype=object),
            id=[f"F{k + 1:04d}" for k in range(len(points))],
            name=["充电桩" if k < chargers else "变压器" for k in range(len(points))],
            owner=["CDGS" if k < chargers else "GDGS" for k in range(len(points))],
            category=["01054" if k < chargers else "01028" for k in range(len(points))],
            reach_m=[_REACH_M] * len(points),
        ),
        "special": _layer(
            uses,
            uses.geometry[parks],
            id=uses.fields["id"][parks].tolist(),
            name=uses.fields["name"][parks].tolist(),
            owner=[_SPECIAL[kind] for kind in uses.fields["kind"][parks].tolist()],
        ),
    }


def answer_of(layout: Layout) -> Answer:
    """Who answers for a topic in a community, by the plain table alone."""
    _, rows = read_data("answers.csv")
    table = {(scheme, kind, category, street): name for scheme, kind, category, street, name in rows}
    first = layout.street_codes[0]

    def answer(topic: Topic, community: str) -> str:
        street = layout.street_codes[layout.territory.street_of_community[layout.community_codes.index(community)]]
        key = (topic.scheme, topic.kind, topic.category)
        name = table[(*key, "")]
        if street == first:
            name = table.get((*key, "1"), name)
        return name.format(street=street, community=community)

    return answer


def _layer(like: Layer, geometry: Any, **fields: Any) -> Layer:
    columns = {name: np.array(values, dtype=object) for name, values in fields.items()}
    return Layer(np.asarray(geometry, dtype=object), columns, like.crs, "sample")
