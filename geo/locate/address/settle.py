"""The last word: what the strict rules say and how sure the ranking is, as one typed outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from geo.locate.address.entries import Entry
from geo.locate.address.normalise import Normal
from geo.locate.address.outcome import LEVELS, Explanation, Fault, Level, Outcome, Span
from geo.locate.address.rank import Ranked
from geo.locate.address.weights import RANK_COLUMNS

_MOST: Final = 10
# Less probable than this is not worth a look.
_GUESS: Final = 0.02
_NEAR: Final = RANK_COLUMNS.index("main_near")
_CONTRADICTS: Final = RANK_COLUMNS.index("tokens_contradict")

@dataclass(frozen=True)
class Settling:
    """What an outcome is made from beside the rules and the ranking."""

    normal: Normal
    entries: Sequence[Entry]
    rows: Mapping[Any, int]
    accept: float
    grid_of: Callable[[Any], Any] | None = None


def settle(ruled: Outcome, ranked: Ranked | None, sure: float, by: Settling) -> Outcome:
    """One outcome. The rules' conflicts stand; where they and the ranking differ, the ranking must be sure enough."""
    if ranked is None:
        return replace(ruled, confidence=0.0, candidates=())
    keys = [by.entries[k].id for k in ranked.entries[:_MOST].tolist()]
    rest = max(1.0 - float(ranked.shares[0]), 1e-9)
    scores = [sure, *(min(sure, (1.0 - sure) * float(share) / rest) for share in ranked.shares[1:_MOST])]
    guesses = [(key, round(score, 4)) for key, score in zip(keys, scores, strict=True)]
    said = [key for key, _ in ruled.candidates]
    first = keys[0]
    if ruled.status == "conflict":
        return replace(ruled, confidence=round(sure, 4), candidates=_led(said, guesses, sure))
    if sure >= by.accept:
        return _match(first, guesses, sure, ruled, ranked, by)
    if ruled.status == "match":
        rivals = tuple(dict.fromkeys((said[0], *keys[:2])))
        return replace(ruled, status="ambiguous", confidence=guesses[0][1], candidates=tuple(guesses),
                       level=_level(first, ruled, by), rivals=rivals)
    if ruled.status == "ambiguous":
        return replace(ruled, confidence=guesses[0][1], candidates=_led(said, guesses, sure))
    if ruled.status == "area_only":
        return replace(ruled, confidence=guesses[0][1], candidates=_led(said, guesses, sure) if said else ())
    guesses = [one for one in guesses if one[1] >= _GUESS]
    return replace(ruled, confidence=guesses[0][1] if guesses else 0.0, candidates=tuple(guesses))


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
    )


def _level(first: Any, ruled: Outcome, by: Settling) -> Level:
    if ruled.candidates and ruled.candidates[0][0] == first and ruled.level:
        return ruled.level
    return LEVELS.get(by.entries[by.rows[first]].kind, "poi")


def _led(
    said: Sequence[Any], guesses: Sequence[tuple[Any, float]], sure: float
) -> tuple[tuple[Any, float], ...]:
    """The rules' candidates first, with one score, and then what else may be meant."""
    known = dict(guesses)
    mean = sum(known.get(key, 0.0) for key in said) / max(len(said), 1)
    others = [(key, min(score, mean)) for key, score in guesses if key not in set(said) and score >= _GUESS]
    return tuple([*((key, round(mean, 4)) for key in said), *others][:_MOST])


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
