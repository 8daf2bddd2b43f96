"""The places that an undecided issue may mean, on one scale: shares that add up to 1 with what lies elsewhere.

A position with an error gives each grid a probability p (`geo.locate.accuracy`). Of words alone that fit several places
(`Geocoded.grids`) there are shares among these: the text cannot tell them apart, and how probable it is that none of
them is meant nobody has reckoned (`among_named`). Where words name none so clearly, each candidate has its probability
s (`Outcome.candidates`; divided by their sum where that is more than 1), and the rest lies elsewhere. Where an issue
has both, either the words mean one of their candidates (with the probability m, the sum of s), and then each counts
s·p; or they do not, and the position decides alone:

    P(candidate) = m · s·p / Σ s·p        P(grid) = (1 − m) · p

A candidate in several grids (a road) counts in each by the shares that were told of it.
Where the words and the position contradict each other (`both_conflict`), which of the two is wrong is what nobody has
reckoned, and there are no shares.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from geo.model import Issue

_CONFLICT: Final = "both_conflict"
# Less than this is what rounding leaves.
_NOTHING: Final = 1e-9


@dataclass(frozen=True)
class Candidate:
    """A place that may be meant.

    `probability` is a share of 1 over all candidates of an issue and what lies elsewhere; None where nobody has
    reckoned it. None as `grid` is outside all grids, or, of an entry, in several of them.
    """

    grid: str | None
    grid_name: str = ""
    entry: str | None = None
    name: str = ""
    probability: float | None = None
    distance_m: float | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True)
class GridShare:
    """How probable it is that an issue lies in a grid; None is outside all grids."""

    grid: str | None
    grid_name: str
    share: float


@dataclass(frozen=True)
class Weighed:
    """Candidates, the most probable first; shares of grids, the greatest first; and the share of all other places.

    `shares` is empty, and `elsewhere` None, where nobody has reckoned them. With `among_named` they hold if one of the
    places that the words name is meant.
    """

    candidates: tuple[Candidate, ...]
    shares: tuple[GridShare, ...] = ()
    elsewhere: float | None = None
    among_named: bool = False


def weigh(issue: Issue) -> Weighed:
    """The places that an issue may mean: of its words, of its coordinate, and the nearest grid."""
    context = issue.location.context
    words = _part(context) or _part(context.get("address")) or {}
    position = [_candidate(row, "probability") for row in _rows(context.get("candidates")) if "probability" in row]
    named = [_candidate(row, "score") for row in _rows(words.get("candidates"))]
    rest = _places_without_share(context, issue)
    if issue.location.note == _CONFLICT:
        return Weighed(_once([*(replace(one, probability=None) for one in (*named, *position)), *rest]))
    named = _times(named, 1.0 / max(1.0, _sum(named)))
    told = _told(words)
    if told and not position:
        return _among(named, rest, words)
    chance = {one.grid: one.probability or 0.0 for one in position}
    joint = [_joint(one, told, chance) for one in named]
    whole = sum(sum(part.values()) for part in joint)
    if position:
        right = _sum(named) if whole > 0.0 else 0.0
        factor = right / whole if whole > 0.0 else 0.0
        named = [
            replace(one, probability=sum(part.values()) * factor if whole > 0.0 else None)
            for one, part in zip(named, joint, strict=True)
        ]
        position = _times(position, 1.0 - right)
    else:
        factor = 1.0
    sums: dict[str | None, float] = defaultdict(float)
    for part in joint:
        for grid, share in part.items():
            sums[grid] += share * factor
    for one in position:
        sums[one.grid] += one.probability or 0.0
    found = _once([*named, *position, *rest])
    return _answer(found, sums, _names(found, words))


# Private functions


def _part(value: Any) -> Mapping[str, Any] | None:
    """What the words were found to be, if this is it."""
    return value if isinstance(value, Mapping) and "outcome" in value else None


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list | tuple) else []


def _candidate(row: Mapping[str, Any], share: str) -> Candidate:
    entry, number = row.get("id"), row.get(share)
    return Candidate(
        grid=row.get("grid"),
        grid_name=str(row.get("grid_name") or ("" if entry is not None else row.get("name")) or ""),
        entry=None if entry is None else str(entry),
        name=str(row.get("name") or ""),
        probability=float(number) if isinstance(number, int | float) else None,
        distance_m=row.get("distance_m"),
        lon=row.get("lon"),
        lat=row.get("lat"),
    )


def _places_without_share(context: Mapping[str, Any], issue: Issue) -> list[Candidate]:
    """The grid of a coordinate that is not believed, and the nearest grid to a point outside."""
    found = []
    point = context.get("coordinate")
    if isinstance(point, Mapping) and isinstance(point.get("grid"), str):
        name = str(point.get("grid_name") or "")
        found.append(Candidate(point["grid"], name, lon=point.get("lon"), lat=point.get("lat")))
    place = issue.location
    if place.nearest_grid is not None:
        found.append(Candidate(place.nearest_grid, distance_m=place.nearest_m, lon=place.lon, lat=place.lat))
    return found


def _names(found: Iterable[Candidate], words: Mapping[str, Any]) -> dict[str | None, str]:
    told = {row.get("grid"): str(row.get("name") or "") for row in _rows(words.get("grids"))}
    return told | {one.grid: one.grid_name for one in found if one.grid_name}


def _answer(found: tuple[Candidate, ...], sums: Mapping[str | None, float], names: Mapping[str | None, str]) -> Weighed:
    whole = sum(sums.values())
    if whole <= 0.0:
        return Weighed(found)
    scale = 1.0 / max(1.0, whole)  # what was kept of a position is rounded
    shares = [GridShare(grid, names.get(grid, ""), share * scale) for grid, share in sums.items() if share > _NOTHING]
    shares.sort(key=lambda one: (-one.share, one.grid is None, one.grid or ""))
    rest = 1.0 - whole * scale
    return Weighed(found, tuple(shares), rest if rest > _NOTHING else 0.0)


def _among(named: list[Candidate], rest: list[Candidate], words: Mapping[str, Any]) -> Weighed:
    """Shares among the places that the words name, divided within a grid as the candidates are."""
    told: dict[str | None, float] = {
        str(row["grid"]): float(row["share"]) for row in _rows(words["grids"]) if row.get("grid")
    }
    inside: dict[str | None, float] = defaultdict(float)
    for one in named:
        inside[one.grid] += one.probability or 0.0
    shared = [
        replace(one, probability=told[one.grid] * one.probability / inside[one.grid])
        if one.grid in told and one.probability
        else replace(one, probability=None)
        for one in named
    ]
    found = _once([*shared, *rest])
    return replace(_answer(found, {**told}, _names(found, words)), among_named=True)


def _told(words: Mapping[str, Any]) -> dict[str, float]:
    """The shares of the grids over all candidates of the words; they add up to 1."""
    told = {str(row["grid"]): float(row["share"]) for row in _rows(words.get("grids")) if row.get("grid")}
    whole = sum(told.values())
    return {grid: share / whole for grid, share in told.items()} if whole > 0.0 else {}


def _joint(one: Candidate, told: Mapping[str, float], chance: Mapping[str | None, float]) -> dict[str, float]:
    """How probable a candidate of the words is in each grid, times the position's probability where there is one."""
    grids = told if one.grid is None else {one.grid: 1.0}
    meant = one.probability or 0.0
    return {grid: meant * share * (chance.get(grid, 0.0) if chance else 1.0) for grid, share in grids.items()}


def _sum(found: Iterable[Candidate]) -> float:
    return sum(one.probability or 0.0 for one in found)


def _times(found: Iterable[Candidate], factor: float) -> list[Candidate]:
    return [one if one.probability is None else replace(one, probability=one.probability * factor) for one in found]


def _once(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """The most probable first, each grid and entry once."""
    kept: dict[tuple[str | None, str | None], Candidate] = {}
    for one in sorted(found, key=lambda c: -(c.probability or 0.0)):
        kept.setdefault((one.grid, one.entry), one)
    return tuple(kept.values())
