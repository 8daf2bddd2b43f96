"""Drafts: working copies of plans, and the steps that were taken in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from geo.model.words import NOTHING


@dataclass(frozen=True)
class Draft:
    """The record of a draft.

    Attributes
    ----------
    plan : id of the plan that it is a working copy of.
    revision : how many steps were taken.
    submitted : id of the plan that was made of it; None while people work on it.
    """

    id: int
    plan: int
    name: str
    revision: int
    created_at: datetime
    created_by: str
    submitted: int | None = None


@dataclass(frozen=True)
class DraftStep:
    """One step of a draft; `revision` is that of the draft after it, `client` the name that its sender gave it."""

    revision: int
    client: str
    at: datetime
    actor: str
    op: str
    entry: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
