"""From what the matcher says of a text to one typed outcome under a plan: grid first, refused rather than guessed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, Final

from geo.model import Geocoded, GridPart, PlaceCandidate, TextFault, TextSpan, Versions
from geo.service.places import Parts, Places

if TYPE_CHECKING:
    from geo.locate import Outcome

_AREAS: Final = frozenset({"street", "community", "road"})
_SURE: Final = 0.99
_GRIDS_TOLD: Final = 12


def decide(places: Places, text: str, *, inside: Collection[str] | None = None) -> Geocoded:
    """The outcome for a text under one plan; asks no port, so that it runs in any process.

    Parameters
    ----------
    inside : the grids that the place may lie in; None is any.
    """
    versions = versions_of(places)
    if not text.strip():
        return Geocoded("none", "", 1.0, versions, faults=(TextFault("geocode_empty", 0.0, {}),))
    outcome = places.gazetteer.match(text)
    spans = tuple(TextSpan(**span) for span in outcome.explanation["spans"])
    faults = tuple(TextFault(f["key"], f["penalty"], f["context"]) for f in outcome.explanation["faults"])
    number = next((span.value for span in spans if span.kind == "number"), "")
    rows = _candidates(places, outcome, number)
    same: dict[str, Any] = {
        "versions": versions,
        "spans": spans,
        "stairwell": next((span.value for span in spans if span.kind == "unit"), ""),
        "candidates": tuple(candidate for candidate, _ in rows),
        "faults": faults,
    }
    if outcome.status in ("match", "ambiguous"):
        return _by_grid(places, outcome, rows, inside, same)
    parts = _weighed([(c, p) for c, p in rows if c.kind in _AREAS]) if outcome.status == "area_only" else ()
    return Geocoded(outcome.status, outcome.level, outcome.confidence, grids=_parts(places, parts), **same)


def versions_of(places: Places) -> Versions:
    """What an answer from these places was made with."""
    register = places.register
    return Versions(places.plan, register.version, register.weights, register.normaliser)


_Row = tuple[PlaceCandidate, Parts]


def _by_grid(
    places: Places, outcome: Outcome, rows: Sequence[_Row], inside: Collection[str] | None, same: dict[str, Any]
) -> Geocoded:
    """Grid first: candidates that all lie in one grid are a match, one that lies in several is none."""
    survivors = _survivors(outcome, rows)
    confidence = outcome.confidence
    if inside is not None:
        within = [row for row in survivors if any(grid in inside for grid in row[0].grids)]
        if survivors and not within:
            fault = TextFault("geocode_outside_scope", 0.5, {"name": survivors[0][0].name})
            same["faults"] = (*same["faults"], fault)
            return Geocoded("conflict", outcome.level, confidence, **same)
        survivors = within
    parts = _weighed(survivors)
    told = _parts(places, parts)
    lowest = {number for number, _ in parts}
    if len(lowest) == 1 and -1 not in lowest:
        k = parts[0][0]
        if outcome.status == "ambiguous":
            confidence = _together(outcome, survivors)
        # Places of one name are no fault of a text that means one grid.
        same["faults"] = tuple(fault for fault in same["faults"] if fault.key != "match_same_name")
        best = survivors[0][0]
        at: dict[str, Any] = {"grid": places.codes[k], "grid_name": places.names[k], "chain": places.chains[k]}
        return Geocoded("match", outcome.level, confidence, lon=best.lon, lat=best.lat, grids=told, **at, **same)
    if not survivors or lowest <= {-1}:
        fault = TextFault("geocode_outside" if survivors else "geocode_no_point", 0.0, {})
        return Geocoded(outcome.status, outcome.level, confidence, **{**same, "faults": (*same["faults"], fault)})
    if len(survivors) == 1 or outcome.level in _AREAS:
        area = outcome.level in _AREAS
        fault = TextFault("geocode_several_grids", 0.0, {"name": survivors[0][0].name, "count": len(lowest)})
        same["faults"] = (*same["faults"], fault)
        return Geocoded("area_only" if area else "ambiguous", outcome.level, confidence, grids=told, **same)
    return Geocoded("ambiguous", outcome.level, confidence, grids=told, **same)


def _survivors(outcome: Outcome, rows: Sequence[_Row]) -> list[_Row]:
    """The candidates that the text cannot tell apart."""
    chosen = list(rows[:1])
    if outcome.status == "ambiguous":
        rivals = {str(key) for key in outcome.rivals}
        chosen = [row for row in rows if row[0].id in rivals]
    return chosen


def _together(outcome: Outcome, survivors: Sequence[_Row]) -> float:
    """The confidence in a grid that all survivors share: that of the first, and of its rivals by their scores."""
    first = outcome.candidates[0][1]
    total = sum(candidate.score for candidate, _ in survivors)
    return round(min(_SURE, outcome.confidence * total / first), 4) if first > 0 else outcome.confidence


def _candidates(places: Places, outcome: Outcome, number: str) -> list[_Row]:
    """The candidates with where they lie, in the order of the outcome."""
    rows = []
    for key, score in outcome.candidates:
        entry = places.gazetteer.entry(key)
        parts, at = places.parts.get(str(key), ()), (entry.get("lon"), entry.get("lat"))
        if outcome.level == "number" and entry["kind"] == "road":
            known = _between(places.sides.get(str(key), ()), number)
            if known is not None:
                parts, at = known
            elif key == outcome.candidates[0][0] and outcome.point is not None:
                parts, at = ((places.grid_at(*outcome.point), 1.0),), outcome.point
        grids = tuple(places.codes[k] for k, _ in parts if k >= 0)
        candidate = PlaceCandidate(
            id=str(key),
            kind=str(entry["kind"]),
            name=str(entry.get("name") or entry.get("address") or ""),
            score=score,
            grid=grids[0] if len(grids) == 1 == len(parts) else None,
            grids=grids,
            lon=at[0],
            lat=at[1],
        )
        rows.append((candidate, parts))
    return rows


def _between(numbers: Sequence[tuple[int, float, float, int]], number: str) -> tuple[Parts, tuple[float, float]] | None:
    """Where `number` is between known ones: the grids of both, the nearer with the greater share, and the point."""
    if not number.isdecimal():
        return None
    wanted = int(number)
    below = [row for row in numbers if row[0] <= wanted]
    above = [row for row in numbers if row[0] >= wanted]
    if not below or not above:
        return None
    low, high = below[-1], above[0]
    share = (wanted - low[0]) / (high[0] - low[0]) if high[0] > low[0] else 0.0
    point = (low[1] + share * (high[1] - low[1]), low[2] + share * (high[2] - low[2]))
    if low[3] == high[3]:
        return ((low[3], 1.0),), point
    return tuple(sorted(((low[3], 1.0 - share), (high[3], share)), key=lambda row: -row[1])), point


def _weighed(rows: Sequence[_Row]) -> Parts:
    """Shares of the grids over all candidates, by their scores; greatest first."""
    sums: dict[int, float] = defaultdict(float)
    for candidate, parts in rows:
        for grid, share in parts:
            sums[grid] += share * max(candidate.score, 1e-6)
    whole = sum(sums.values())
    return tuple(sorted(((k, v / whole) for k, v in sums.items()), key=lambda row: (-row[1], row[0])))


def _parts(places: Places, parts: Parts) -> tuple[GridPart, ...]:
    return tuple(GridPart(places.codes[k], places.names[k], round(share, 4)) for k, share in parts if k >= 0)[
        :_GRIDS_TOLD
    ]
