"""What an address was found to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypedDict

Status = Literal["match", "ambiguous", "conflict", "area_only", "none"]
Level = Literal["building", "compound", "poi", "number", "road", "community", "street", ""]

# Of an entry's kind; any other kind is a poi.
LEVELS: Final[dict[str, Level]] = {
    "building": "building",
    "compound": "compound",
    "poi": "poi",
    "road": "road",
    "community": "community",
    "street": "street",
}


class Span(TypedDict):
    """A piece of the original text, ``text[start:end]``: what it was taken for, and in which normal form."""

    kind: str
    start: int
    end: int
    value: str


class Fault(TypedDict):
    """What speaks against an answer: a message key, its values, and what it cost (0–1)."""

    key: str
    penalty: float
    context: dict[str, Any]


class Explanation(TypedDict):
    """Why, as plain data: what was understood, in order of the text, and the faults. Room numbers are left out."""

    spans: list[Span]
    faults: list[Fault]


@dataclass(frozen=True)
class Outcome:
    """The typed answer of `Gazetteer.match`.

    Attributes
    ----------
    status : "match": one entry · "ambiguous": several that the text cannot tell apart · "conflict": a place whose name
        is clear but that does not lie where the text says · "area_only": an area or road is known, the place in it
        is not · "none": no place.
    confidence : the probability that the first candidate is the place meant (with `grid_of`: that its grid is),
        whatever the status; 0 without a candidate.
    level : how exact the first candidate is; "" without one, and under "none", where candidates are mere guesses.
    candidates : (entry id, score 0–1), best first, at most 10. The score is the probability of each; the rivals of an
        ambiguous outcome score the same.
    explanation : spans and faults.
    rivals : ids of the entries that the text cannot tell apart; empty unless several.
    point : lon, lat in WGS84 degrees of a house number between known ones, where the entry is the whole road.
    """

    status: Status
    confidence: float
    level: Level = ""
    candidates: tuple[tuple[Any, float], ...] = ()
    explanation: Explanation = field(default_factory=lambda: Explanation(spans=[], faults=[]))
    rivals: tuple[Any, ...] = ()
    point: tuple[float, float] | None = None

    @property
    def pinpoints(self) -> bool:
        """Whether the candidates are points; a road, community or street may spread over several grids."""
        return self.level in ("building", "compound", "poi", "number")
