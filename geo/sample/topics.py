"""What people report: the topics of `data/topics.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Topic:
    """One thing that people report, at one kind of place."""

    scheme: str
    kind: str
    category: str
    where: str
    weight: float
    season: tuple[float, ...]
    texts: tuple[str, ...]
    plain: bool = False


@dataclass(frozen=True)
class Phrases:
    """How citizens begin and end, and how patrols begin."""

    openings: tuple[str, ...]
    endings: tuple[str, ...]
    patrol: tuple[str, ...]


@cache
def read_topics() -> tuple[tuple[Topic, ...], Phrases]:
    """The topics and the phrases around their texts."""
    data = tomllib.loads((resources.files(__package__) / "data" / "topics.toml").read_text(encoding="utf-8"))
    seasons = data["seasons"]
    topics = tuple(
        Topic(
            row.get("scheme", "hotline"), row.get("kind", "hotline"), row["category"], row["where"], row["weight"],
            tuple(float(v) for v in seasons[row.get("season", "flat")]), tuple(row["texts"]),
            row.get("plain", False),
        )
        for row in data["topic"]
    )  # fmt: skip
    return topics, Phrases(tuple(data["openings"]), tuple(data["endings"]), tuple(data["patrol"]))


def find_topic(topics: tuple[Topic, ...], scheme: str, category: str) -> int:
    """Index of the first topic of a category."""
    return next(k for k, topic in enumerate(topics) if (topic.scheme, topic.category) == (scheme, category))


def monthly_weights(topics: tuple[Topic, ...], possible: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weight (12, n_topics) of each topic in each calendar month; 0 where the place lacks what it needs."""
    weight = np.array([topic.weight for topic in topics]) * possible
    return np.asarray(np.array([topic.season for topic in topics]).T * weight[None, :])
