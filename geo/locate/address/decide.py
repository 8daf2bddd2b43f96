"""From candidates and what a text states to one typed outcome. Name and area are scored apart, so a conflict shows."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from geo.locate.address.anchors import Anchor
from geo.locate.address.entries import Entry, number_key
from geo.locate.address.normalise import Normal
from geo.locate.address.outcome import LEVELS, Explanation, Fault, Level, Outcome, Span, Status
from geo.locate.address.reading import Named, Stated

_MOST: Final = 10
# 文三路与学院路, 文三路、学院路, 文三路学院路.
_BETWEEN: Final = 2
# Rivals closer than this (in characters explained, or stated facts) cannot be told apart.
_MARGIN: Final = 1.0
# A clear name in the wrong area outweighs another name in the right one by this much.
_CLEARER: Final = 2.0
# A building beyond the known count only orders candidates: counts are often out of date.
_TOWN, _COMMUNITY, _ROAD, _NUMBER, _TOO_FEW, _OTHER_ROAD = 1.0, 2.0, 1.0, 1.5, 0.9, 0.5


@dataclass
class Evidence:
    """What was read, for the explanation. `unknown` holds the ends of names that are in no entry."""

    normal: Normal
    anchors: Sequence[Anchor]
    truncated: bool = False
    unknown: list[str] = field(default_factory=list)

    def span(self, kind: str, start: int, end: int, value: str) -> Span:
        """A span of the normalised text as one of the original."""
        first, last = self.normal.origin(start, end)
        return Span(kind=kind, start=first, end=last, value=value)


@dataclass(frozen=True)
class Candidate:
    """An entry that a name in the text may mean."""

    entry: Entry
    named: Named
    stated: Stated


@dataclass(frozen=True)
class _Scored:
    candidate: Candidate
    total: float
    contradicts: bool
    faults: list[Fault]


def decide_names(candidates: Sequence[Candidate], evidence: Evidence) -> Outcome | None:
    """The outcome for names that stand in the text; None if what they say is too weak for any."""
    scored = [_score(candidate) for candidate in candidates if not candidate.named.needs_area or _there(candidate)]
    clean = [one for one in scored if not one.contradicts]
    against = [one for one in scored if one.contradicts]
    best = max((one.total for one in clean), default=-1e9)
    clearest = max((one.total for one in against), default=-1e9)
    if against and clearest >= best + (_CLEARER if clean else 0.0):
        exact = [one for one in against if one.candidate.named.hit.cost == 0]
        return _outcome("conflict", exact, evidence) if exact else None
    if not clean:
        return None
    rivals = [one for one in clean if one.total > best - _MARGIN]
    return _outcome("match" if len(rivals) == 1 else "ambiguous", clean, evidence)


def decide_numbers(
    exact: Sequence[Entry],
    segments: Sequence[Entry],
    stated: Stated,
    evidence: Evidence,
    *,
    span: tuple[int, int],
    number: str,
) -> Outcome:
    """The outcome for a road and number: places with this very number, else segments of the road that hold it."""
    spans = [evidence.span("number", *span, number)]
    found = list(exact) or list(segments)
    fitting = [entry for entry in found if not _elsewhere(entry, stated)]
    if not found:
        faults = [_fault("match_number_unknown", 0.5, number=number)]
        return Outcome("area_only", 0.3, "road", (), _explain(evidence, spans, faults))
    if not fitting:
        faults = [_fault("match_other_area", 0.5, area=_area(found[0]))]
        return Outcome("conflict", 0.6, "number", _flat(found, 0.5), _explain(evidence, spans, faults))
    if len(fitting) == 1:
        level: Level = "building" if fitting[0].kind == "building" else "number"
        point = None if exact else _point(fitting[0], number)
        explanation = _explain(evidence, spans, [])
        return Outcome("match", 0.9 if exact else 0.8, level, _flat(fitting, 0.9), explanation, point=point)
    faults = [_fault("match_same_name", 0.5, count=len(fitting))]
    explanation = _explain(evidence, spans, faults)
    return Outcome("ambiguous", 0.5, "number", _flat(fitting, 0.5), explanation, rivals=_ids(fitting))


def decide_stated(
    roads: Sequence[Entry],
    communities: Sequence[Entry],
    towns: Sequence[Entry],
    stated: Stated,
    evidence: Evidence,
    *,
    named: bool,
) -> Outcome:
    """The outcome where only roads and areas are known."""
    faults = [_fault("match_unknown_place", 0.5, ending=rest) for rest in evidence.unknown[:3]]
    if not named:
        return Outcome("none", 0.9 if not evidence.unknown else 0.6, "", (), _explain(evidence, [], faults))
    if stated.towns:
        roads = [entry for entry in roads if not entry.town or entry.town in stated.towns]
        communities = [entry for entry in communities if not entry.town or entry.town in stated.towns]
    if stated.districts:
        roads = [entry for entry in roads if not entry.district or entry.district in stated.districts]
        communities = [entry for entry in communities if not entry.district or entry.district in stated.districts]
    if stated.communities:
        roads = [entry for entry in roads if not entry.community or entry.community in stated.communities]
    exactest: tuple[tuple[Sequence[Entry], Level], ...] = (
        (roads, "road"),
        (communities, "community"),
        (towns, "street"),
    )
    nothing: tuple[Sequence[Entry], Level] = ((), "")
    found, level = next((one for one in exactest if one[0]), nothing)
    explanation = _explain(evidence, _crossings(evidence), faults)
    if evidence.unknown or not found:
        return Outcome("area_only", 0.4, level, _flat(found, 0.4), explanation)
    if len(found) == 1:
        return Outcome("match", 0.85, level, _flat(found, 0.85), explanation)
    explanation["faults"].append(_fault("match_same_name", 0.5, count=len(found)))
    return Outcome("ambiguous", 0.5, level, _flat(found, 0.5), explanation, rivals=_ids(found))


def _crossings(evidence: Evidence) -> list[Span]:
    """Where two roads are named one right after the other, as crossings are."""
    roads = [anchor for anchor in evidence.anchors if anchor.kind == "road" and anchor.full]
    pairs = [(a, b) for a, b in itertools.pairwise(roads) if a.name != b.name and 0 <= b.start - a.end <= _BETWEEN]
    return [evidence.span("crossing", a.start, b.end, f"{a.name}|{b.name}") for a, b in pairs]


def _point(entry: Entry, number: str) -> tuple[float, float] | None:
    """Where a number stands between the lowest and the highest of a road's side; never beyond them."""
    if entry.ends is None or entry.low is None or entry.high is None or not number.isdigit():
        return None
    lon, lat, far_lon, far_lat = entry.ends
    share = (int(number) - entry.low) / max(entry.high - entry.low, 1)
    return lon + share * (far_lon - lon), lat + share * (far_lat - lat)


def _score(candidate: Candidate) -> _Scored:
    """Characters of the name explained, plus what the text states about the place that holds for it."""
    entry, named, stated = candidate.entry, candidate.named, candidate.stated
    total, faults = named.gain, []
    if named.hit.cost:
        slips = round(named.hit.cost, 2)
        faults.append(_fault("match_slip", min(0.5, 0.6 * named.hit.cost / named.length), slips=slips))
    total += _TOWN * (entry.town in stated.towns) + _COMMUNITY * (entry.community in stated.communities)
    if stated.road and entry.road:
        if entry.road == stated.road:
            total += _ROAD + _NUMBER * (entry.number == number_key(stated.number))
        else:
            total -= _OTHER_ROAD
            faults.append(_fault("match_other_road", 0.1, road=entry.road))
    number = named.slots.building
    if number and number.isdigit() and entry.buildings and int(number) > entry.buildings:
        total -= _TOO_FEW
        faults.append(_fault("match_too_few_buildings", 0.15, building=number, buildings=entry.buildings))
    contradicts = _elsewhere(entry, stated)
    if contradicts:
        faults.append(_fault("match_other_area", 0.5, area=_area(entry)))
    return _Scored(candidate, total, contradicts, faults)


def _there(candidate: Candidate) -> bool:
    """Whether the text states the candidate's community, or its road and number."""
    entry, stated = candidate.entry, candidate.stated
    at_door = entry.road == stated.road and entry.number == number_key(stated.number)
    return entry.community in stated.communities or bool(stated.road and stated.number and at_door)


def _elsewhere(entry: Entry, stated: Stated) -> bool:
    """Whether the text states, in full and before the place, an area that is not the entry's."""
    other_town = bool(stated.must_towns and entry.town and entry.town not in stated.must_towns)
    other_community = bool(
        stated.must_communities and entry.community and entry.community not in stated.must_communities
    )
    # Lists of points bear districts of another year; only where the areas below it are known does it count.
    known = bool(entry.town or entry.community)
    other_district = bool(stated.districts and entry.district and entry.district not in stated.districts)
    return other_town or other_community or (known and other_district)


def _outcome(status: Status, scored: Sequence[_Scored], evidence: Evidence) -> Outcome:
    ordered = sorted(scored, key=lambda one: (-one.total, str(one.candidate.entry.id)))
    first = ordered[0]
    named = first.candidate.named
    top = 1.0 - 0.5 * named.hit.cost / named.length
    candidates = []
    for one in ordered[:_MOST]:
        behind = first.total - one.total
        # Rivals stay within 0.1 of the first, all others fall behind by more.
        candidates.append(
            (one.candidate.entry.id, round(max(top - (0.09 if behind < _MARGIN else 0.12) * behind, 0), 4))
        )
    near = tuple(one.candidate.entry.id for one in ordered if one.total > first.total - _MARGIN)
    faults = list(first.faults)
    if status == "ambiguous":
        faults.append(_fault("match_same_name", 1 - 1 / len(near), count=len(near)))
    confidence = 0.98
    for fault in faults:
        confidence *= 1.0 - (fault["penalty"] if status != "conflict" or fault["key"] != "match_other_area" else 0.0)
    spans = [evidence.span(first.candidate.entry.kind, named.hit.start, named.hit.end, first.candidate.entry.names[0])]
    after = (named.hit.end, max(named.slots.end, named.hit.end))
    spans += [
        evidence.span(kind, *after, value)
        for kind, value in (("building", named.slots.building), ("unit", named.slots.unit))
        if value and after[1] > after[0]
    ]
    level = LEVELS.get(first.candidate.entry.kind, "poi")
    explanation = _explain(evidence, spans, faults)
    rivals = near if status == "ambiguous" else ()
    return Outcome(status, round(confidence, 4), level, tuple(candidates), explanation, rivals=rivals)


def _explain(evidence: Evidence, spans: Sequence[Span], faults: Sequence[Fault]) -> Explanation:
    stated = [evidence.span(a.kind, a.start, a.end, a.name) for a in evidence.anchors if a.full]
    taken = [(span["start"], span["end"]) for span in spans]
    free = [s for s in stated if all(s["end"] <= start or end <= s["start"] for start, end in taken)]
    told = [*faults, _fault("match_truncated", 0.1)] if evidence.truncated else list(faults)
    return Explanation(spans=sorted([*free, *spans], key=lambda span: (span["start"], span["end"])), faults=told)


def _fault(key: str, penalty: float, **context: Any) -> Fault:
    return Fault(key=key, penalty=round(penalty, 4), context=context)


def _flat(entries: Sequence[Entry], score: float) -> tuple[tuple[Any, float], ...]:
    return tuple((entry.id, score) for entry in sorted(entries, key=lambda e: str(e.id))[:_MOST])


def _ids(entries: Sequence[Entry]) -> tuple[Any, ...]:
    return tuple(entry.id for entry in sorted(entries, key=lambda e: str(e.id)))


def _area(entry: Entry) -> str:
    return " ".join(part for part in (entry.town, entry.community) if part)
