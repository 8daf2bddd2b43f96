"""The strict rules: a name that stands in the text, a road and number, an area. Refused rather than guessed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from geo.locate.address.anchors import Anchor, AnchorKind, Anchors
from geo.locate.address.decide import Candidate, Evidence, decide_names, decide_numbers, decide_stated
from geo.locate.address.entries import Entry, number_key
from geo.locate.address.names import Names
from geo.locate.address.normalise import Normal
from geo.locate.address.outcome import Outcome
from geo.locate.address.reading import Named, continuation, read_named, stated_around, without_overlaps
from geo.locate.address.slots import has_building, read_number
from geo.locate.address.strangers import stranger

_SHORTEST: Final = 2
# A text that holds this share of a name means something like it, even if not that place.
_RESEMBLES: Final = 0.45


class Strict:
    """What the strict rules look things up in; immutable."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        named: dict[str, list[Entry]] = defaultdict(list)
        self._buildings: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        self._numbers: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        self._roads: dict[str, list[Entry]] = defaultdict(list)
        self._areas: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        areas: set[tuple[AnchorKind, str]] = set()
        for entry in _with_addresses(entries):
            areas |= {("town", entry.town), ("community", entry.community), ("road", entry.road)}
            areas.add(("district", entry.district))
            if entry.kind in ("street", "community"):
                self._areas[entry.kind, entry.names[0]].append(entry)
                continue
            if entry.kind == "road":
                for name in dict.fromkeys((entry.road, *entry.names)):
                    self._roads[name].append(entry)
                    areas.add(("road", name))
                continue
            # The number of a compound is looked up at the compound, not at each of its buildings.
            if entry.road and entry.number and not (entry.building and entry.names):
                self._numbers[entry.road, entry.number].append(entry)
            for name in entry.names:
                if entry.building:
                    self._buildings[name, entry.building].append(entry)
                if len(name) >= _SHORTEST:
                    named[name].append(entry)
        self._anchors = Anchors((kind, name) for kind, name in areas if len(name) >= _SHORTEST)
        self._names = Names(sorted(named))
        self._named = [_whole(named[name]) for name in self._names.names]

    def anchors(self, text: str) -> list[Anchor]:
        """The areas and roads in a normalised text."""
        return self._anchors.find(text)

    def judge(self, normal: Normal, anchors: Sequence[Anchor], *, truncated: bool) -> Outcome:
        """What the rules say to a text."""
        words = normal.text
        evidence = Evidence(normal, anchors, truncated=truncated)
        found = [
            read_named(hit, self._names.names[hit.name], words, anchors, self._names.finals)
            for hit in self._names.find(words)
        ]
        believed = without_overlaps([one for one in found if one.believed])
        if believed and (outcome := decide_names(self._candidates(believed, words, anchors), evidence)):
            return outcome
        last = max((a.end for a in anchors if a.full and a.kind != "road"), default=0)
        # What lies in the name of an area or a road is no other place.
        spans = [(a.start, a.end) for a in anchors if a.full]
        evidence.unknown = [
            words[one.hit.start : one.hit.end]
            for one in found
            if one.length > _SHORTEST and one.hit.start >= last
            if (one.hit.cost == 0 and one.continues)
            or one.needs_area
            or (one.length > _SHORTEST + 1 and one.hit.shared >= _RESEMBLES)
            if all(one.hit.end <= start or end <= one.hit.start for start, end in spans)
        ]
        if outcome := self._by_number(words, anchors, evidence):
            return outcome
        return self._by_area(words, anchors, evidence)

    def _candidates(self, believed: Sequence[Named], text: str, anchors: Sequence[Anchor]) -> list[Candidate]:
        """Every entry that a believed name may mean, with what the text states about it."""
        candidates = []
        for one in believed:
            stated = stated_around(one.hit.start, one.hit.end, text, anchors)
            name = self._names.names[one.hit.name]
            exact = self._buildings.get((name, one.slots.building), []) if one.slots.building else []
            for entry in self._named[one.hit.name]:
                same = [b for b in exact if (b.community, b.town) == (entry.community, entry.town)]
                if entry.kind == "building" and exact and not same:
                    continue
                candidates += [Candidate(e, one, stated) for e in (same or [entry])]
        return list({candidate.entry.id: candidate for candidate in candidates}.values())

    def _by_number(self, text: str, anchors: Sequence[Anchor], evidence: Evidence) -> Outcome | None:
        """Road and house number: exactly that number, or a range that holds it; never another one."""
        for anchor in anchors:
            found = read_number(text, anchor.end) if anchor.kind == "road" else None
            if not found:
                continue
            number = number_key(found[0])
            stated = stated_around(anchor.start, found[1], text, anchors)
            exact = self._numbers.get((anchor.name, number), [])
            plain = int(number) if number.isdigit() else None
            segments = [
                road
                for road in self._roads.get(anchor.name, [])
                if plain is not None and road.low is not None and road.high is not None
                if road.low <= plain <= road.high and road.side in ("", "even" if plain % 2 == 0 else "odd")
            ]
            return decide_numbers(exact, segments, stated, evidence, span=(anchor.start, found[1]), number=number)
        return None

    def _by_area(self, text: str, anchors: Sequence[Anchor], evidence: Evidence) -> Outcome:
        """Nothing but an area or a road is known; it is the answer only if the text names no place in it."""
        stated = stated_around(len(text), len(text), text, anchors)
        full = [a for a in anchors if a.full and a.kind != "district"]
        for anchor in full[-1:]:
            after = anchor.end + (text[anchor.end : anchor.end + 1] == " " and anchor.kind != "road")
            if rest := continuation(text, after, anchors, self._names.finals):
                evidence.unknown.append(rest)
        if not evidence.unknown and (rest := stranger(text, anchors, self._names.finals)):
            evidence.unknown.append(rest)
        if has_building(text):
            evidence.unknown.append("")
        roads = {a.name for a in full if a.kind == "road"}
        # The whole road rather than its sides and stretches, where it is an entry of its own.
        of_road = [
            entry
            for every in (self._roads.get(name, []) for name in sorted(roads))
            for entry in ([one for one in every if one.low is None] or every)
        ]
        communities = [e for name in sorted(stated.communities) for e in self._areas.get(("community", name), [])]
        towns = [e for name in sorted(stated.towns) for e in self._areas.get(("street", name), [])]
        named = bool(roads or stated.communities or stated.towns)
        return decide_stated(of_road, communities, towns, stated, evidence, named=named)


def _with_addresses(entries: Sequence[Entry]) -> list[Entry]:
    """Buildings without a road take that of their compound: the only one of that name in the community."""
    compounds: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        if not entry.building:
            for name in entry.names:
                compounds[name, entry.community, entry.town].append(entry)
    read = []
    for entry in entries:
        if entry.building and entry.names and not entry.road:
            owner = compounds.get((entry.names[0], entry.community, entry.town), [])
            read.append(replace(entry, road=owner[0].road, number=owner[0].number) if len(owner) == 1 else entry)
        else:
            read.append(entry)
    return read


def _whole(entries: list[Entry]) -> list[Entry]:
    """Compounds and points; their buildings only where no compound of that name and community is an entry itself."""
    whole = [entry for entry in entries if not entry.building]
    places = {(entry.community, entry.town) for entry in whole}
    return whole + [entry for entry in entries if entry.building and (entry.community, entry.town) not in places]
