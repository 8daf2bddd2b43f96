"""What a text may be about: candidates with reasons, never a decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Reason:
    """Characters that speak for a category: `text[start:end]`, and how strongly, in the unit of the method."""

    words: str
    start: int
    end: int
    weight: float


@dataclass(frozen=True)
class Suggestion:
    """A category that a text may be about; `confidence` None where the method knows no probability."""

    scheme: str
    kind: str
    code: str
    name: str
    confidence: float | None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Suggestions:
    """What was made of a text.

    Attributes
    ----------
    method : `model` (trained on this place's own cases) or `terms` (words of the directory; no model is there).
    accepted : the first candidate is at least as sure as `threshold`, which holds the precision that was asked for at
        training. A person still decides: nothing sets a category by itself.
    note : a message key that says why not, or what was missing; "" if nothing.
    """

    method: Literal["model", "terms"]
    accepted: bool
    threshold: float | None
    candidates: tuple[Suggestion, ...]
    note: str = ""
