"""What an address was found to be, as a `Location` with its evidence."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from geo.model import Geocoded, Location
from geo.service.chain import levels_at
from geo.service.context import Net


def location_of_text(net: Net, found: Geocoded) -> Location:
    """The answer as a `Location`: located only where it is a match in one grid; `context` holds the evidence."""
    same: dict[str, Any] = {"plan": net.plan.id, "method": "address", "context": evidence(found)}
    if found.status != "match" or found.grid is None or found.lon is None or found.lat is None:
        return Location(status="unlocated", note=f"address_{found.status}", **same)
    k = number_of(net, found.grid)
    base = -1
    if net.grids[k].lies_over:
        base = int(net.base.locate(lon=np.array([found.lon]), lat=np.array([found.lat]))[0])
    return Location(
        status="located",
        grid=found.grid,
        grid_name=net.grids[k].name,
        chain=net.chains[k],
        levels=levels_at(net, k, base),
        lon=found.lon,
        lat=found.lat,
        border_m=net.index.border_one(lon=found.lon, lat=found.lat),
        **same,
    )


def number_of(net: Net, code: str) -> int:
    """The position of a grid in `Net.grids`."""
    numbers: dict[str, int] | None = net.prepared.get("numbers")
    if numbers is None:
        numbers = net.prepared["numbers"] = {grid.code: k for k, grid in enumerate(net.grids)}
    return numbers[code]


def evidence(found: Geocoded) -> dict[str, Any]:
    """Why, as plain data that goes into a database: what was understood, and the candidates."""
    context: dict[str, Any] = {
        "outcome": found.status,
        "level": found.level,
        "confidence": found.confidence,
        "explanation": {
            "spans": [asdict(span) for span in found.spans],
            "faults": [{**asdict(fault), "context": dict(fault.context)} for fault in found.faults],
        },
        "candidates": [
            {field: getattr(c, field) for field in ("id", "kind", "name", "score", "grid", "lon", "lat")}
            for c in found.candidates
        ],
        "grids": [asdict(part) for part in found.grids],
        "versions": asdict(found.versions),
    }
    if found.correction is not None:
        context["correction"] = found.correction
    return context
