"""The last word: what the strict rules say and how sure the ranking is, as one typed outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from geo.locate.address.entries import Entry
from geo.locate.address.normalise import Normal
from geo.locate.address.outcome import LEVELS, Explanation, Fault, Level, Outcome, Span
from geo.locate.address.rank import Columns, Ranked, is_bare
from geo.locate.address.weights import RANK_COLUMNS, Weights

_MOST: Final = 10
# Less probable than this is not worth a look.
_GUESS: Final = 0.00005
# With a first guess less probable than this a text without a place names none.
_LEAST: Final = 0.02
_COARSENESS: Final[tuple[Level, ...]] = ("", "building", "poi", "number", "compound", "road", "community", "street")
_AREAS: Final[tuple[Level, ...]] = ("community", "street")
_HALF: Final = 0.5
_MOSTLY: Final = 0.6
_SHORT: Final = 2
_HELD: Final = RANK_COLUMNS.index("name_held")
_COVERED: Final = RANK_COLUMNS.index("main_covered")
_NEAR: Final = RANK_COLUMNS.index("main_near")
_CONTRADICTS: Final = RANK_COLUMNS.index("tokens_contradict")


@dataclass(frozen=True)
class Settling:
    """What an outcome is made from beside the rules and the ranking."""

    normal: Normal
    entries: Sequence[Entry]
    rows: Mapping[Any, int]
    weights: Weights
    grid_of: Callable[[Any], Any] | None = None


def settle(ruled: Outcome, ranked: Ranked | None, sure: float, by: Settling) -> Outcome:
    """One outcome: of entries, and then, where grids are known, of grids."""
    outcome = _settle(ruled, ranked, sure, by)
    return outcome if by.grid_of is None else _by_grid(outcome, ruled, by)


def _by_grid(outcome: Outcome, ruled: Outcome, by: Settling) -> Outcome:
    """Grid first: what lies in one grid need not be told apart."""
    assert by.grid_of is not None
    grids = {key: by.grid_of(key) for key in (*(key for key, _ in outcome.candidates), *outcome.rivals)}
    grid = grids[outcome.candidates[0][0]] if outcome.candidates else None
    if grid is None or outcome.status not in ("match", "ambiguous", "none"):
        return outcome
    sure = min(sum(score for key, score in outcome.candidates if grids[key] == grid), 1.0)
    if outcome.status == "match":
        return replace(outcome, confidence=round(sure, 4))
    one = bool(ruled.rivals) and all(grids.get(key) == grid for key in outcome.rivals)
    if not one and sure < by.weights.accept:
        return outcome
    # Rivals that differ in nothing the text says are as sure as a single place that the rules find.
    sure = max(sure, by.weights.accept_ruled) if one else sure
    shared = [_level(key, ruled, by) for key, _ in outcome.candidates if grids[key] == grid and key in outcome.rivals]
    level = max(shared or [_level(outcome.candidates[0][0], ruled, by)], key=_COARSENESS.index)
    return replace(outcome, status="match", confidence=round(sure, 4), level=level, rivals=())


def _settle(ruled: Outcome, ranked: Ranked | None, sure: float, by: Settling) -> Outcome:
    """The rules' conflicts stand; where they and the ranking differ, the ranking must be sure enough."""
    if ranked is None:
        return replace(ruled, confidence=0.0, candidates=())
    keys = [by.entries[k].id for k in ranked.entries[:_MOST].tolist()]
    said = [key for key, _ in ruled.candidates]
    first = keys[0]
    if first not in said and not (ranked.columns[0, _HELD] or ranked.columns[0, _COVERED]):
        # Nothing of the name stands in the text, only something of the address.
        sure = 0.0
    rest = max(1.0 - float(ranked.shares[0]), 1e-9)
    scores = [sure, *(min(sure, (1.0 - sure) * float(share) / rest) for share in ranked.shares[1:_MOST])]
    every = zip(keys, scores, strict=True)
    guesses = [(key, round(score, 4)) for k, (key, score) in enumerate(every) if k == 0 or score >= _GUESS]
    if ruled.status == "conflict":
        led = _led(said, guesses)
        return replace(ruled, confidence=led[0][1], candidates=led)
    entry = by.entries[by.rows[first]]
    agreed = ruled.status == "match" and said[0] == first and not is_bare(entry)
    # With an area alone there is often a place beside it that is not registered: the ranking must be sure.
    enough = by.weights.accept_ruled if agreed else by.weights.accept
    if agreed and ruled.level in _AREAS:
        enough = (enough + by.weights.accept) / 2
    if sure >= enough and (agreed or _stands(entry, ranked.columns[0])):
        return _match(first, guesses, sure, ruled, ranked, by)
    if ruled.status in ("match", "ambiguous"):
        rivals = ruled.rivals or (said[0], *keys[:2])
        level = _level(first, ruled, by)
        return replace(
            ruled,
            status="ambiguous",
            confidence=guesses[0][1],
            level=level,
            candidates=tuple(guesses),
            rivals=tuple(dict.fromkeys((first, *rivals))),
        )
    if ruled.status == "area_only":
        led = _led(said, guesses) if said else ()
        return replace(ruled, confidence=led[0][1] if led else 0.0, candidates=led)
    guesses = guesses if sure >= _LEAST else []
    return replace(ruled, confidence=guesses[0][1] if guesses else 0.0, candidates=tuple(guesses))


def _stands(entry: Entry, columns: Columns) -> bool:
    """Whether so much of a name stands in the text that it can be meant at all, however likely it looks."""
    if is_bare(entry):
        return bool(columns[_COVERED] > 0 or columns[_NEAR] >= _HALF)
    # Two signs stand in many texts by chance: the rules look at what surrounds them.
    return bool(columns[_NEAR] >= _MOSTLY and max(map(len, entry.names or (entry.road,))) > _SHORT)


def _match(
    first: Any, guesses: Sequence[tuple[Any, float]], sure: float, ruled: Outcome, ranked: Ranked, by: Settling
) -> Outcome:
    """The ranking's first candidate as the answer, with the rules' explanation where they say the same."""
    explanation = ruled.explanation
    if not (ruled.status == "match" and ruled.candidates[0][0] == first):
        explanation = _explain(first, ruled, ranked, by)
    return replace(
        ruled,
        status="match",
        confidence=round(sure, 4),
        level=_level(first, ruled, by),
        candidates=tuple(guesses),
        explanation=explanation,
        rivals=(),
        point=ruled.point if ruled.candidates and ruled.candidates[0][0] == first else None,
    )


def _level(first: Any, ruled: Outcome, by: Settling) -> Level:
    if ruled.candidates and ruled.candidates[0][0] == first and ruled.level:
        return ruled.level
    return LEVELS.get(by.entries[by.rows[first]].kind, "poi")


def _led(said: Sequence[Any], guesses: Sequence[tuple[Any, float]]) -> tuple[tuple[Any, float], ...]:
    """The rules' candidates first, and then what else may be meant; no score is above the one before."""
    known = dict(guesses)
    first = sorted(((key, known.get(key, 0.0)) for key in said), key=lambda one: -one[1])
    others = [(key, score) for key, score in guesses if key not in set(said)]
    led = [*first, *others][:_MOST]
    least = np.minimum.accumulate([score for _, score in led])
    return tuple((key, float(score)) for (key, _), score in zip(led, least, strict=True))


def _explain(first: Any, ruled: Outcome, ranked: Ranked, by: Settling) -> Explanation:
    """The place of the name in the text, and what speaks against it."""
    entry = by.entries[by.rows[first]]
    name = entry.names[0] if entry.names else entry.road
    start, end = by.normal.origin(int(ranked.where[0, 0]), int(ranked.where[0, 1]))
    spans = [span for span in ruled.explanation["spans"] if span["end"] <= start or end <= span["start"]]
    spans = [span for span in spans if span["kind"] in ("town", "community", "district", "road")]
    faults = [fault for fault in ruled.explanation["faults"] if fault["key"] == "match_truncated"]
    near, against = float(ranked.columns[0, _NEAR]), float(ranked.columns[0, _CONTRADICTS])
    if near < 1.0:
        slips = round((1.0 - near) * len(name), 2)
        faults.append(Fault(key="match_slip", penalty=round(min(0.5, 0.6 * (1.0 - near)), 4), context={"slips": slips}))
    if against > 0.0:
        faults.append(Fault(key="match_other_figure", penalty=round(0.3 * against, 4), context={"name": name}))
    if end > start:
        spans.append(Span(kind=entry.kind, start=start, end=end, value=name))
    return Explanation(spans=sorted(spans, key=lambda span: (span["start"], span["end"])), faults=faults)
