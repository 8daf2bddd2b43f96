"""What an address was found to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

Status = Literal["match", "ambiguous", "conflict", "area_only", "none"]
Level = Literal["building", "compound", "poi", "number", "road", "community", "street", ""]


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
    confidence : 0–1, how sure the answer is; a plain score, not yet a calibrated probability.
    level : how exact the first candidate is; "" without one.
    candidates : (entry id, score 0–1), best first, at most 10. Rivals score within 0.1 of the first.
    explanation : spans and faults.
    """

    status: Status
    confidence: float
    level: Level = ""
    candidates: tuple[tuple[Any, float], ...] = ()
    explanation: Explanation = field(default_factory=lambda: Explanation(spans=[], faults=[]))

    @property
    def pinpoints(self) -> bool:
        """Whether the candidates are points; a road, community or street may spread over several grids."""
        return self.level in ("building", "compound", "poi", "number")
