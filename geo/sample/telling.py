"""Labelled texts for any gazetteer: what people tell a hotline or type into a map, and what they mean by it.

A deployment has no labelled texts on its first day. These are made from its own entries: the wording is that of
`data/telling.toml`, the names are the gazetteer's, so nothing is taken from anybody's reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from geo.sample import telling_places, telling_queries
from geo.sample.names import phone
from geo.sample.telling_book import Book, plain
from geo.sample.telling_noise import slip, traditional, wide
from geo.sample.telling_places import Draft, Scenario, Status
from geo.sample.telling_words import chance, phrases, pick

Style = Literal["hotline", "query"]
_HOTLINE: Final[dict[str, tuple[Scenario, float]]] = {
    "named": (telling_places.named, 0.52),
    "ambiguous": (telling_places.ambiguous, 0.09),
    "absent": (telling_places.absent, 0.11),
    "conflict": (telling_places.conflict, 0.06),
    "road": (telling_places.road, 0.05),
    "door": (telling_places.door, 0.06),
    "absent door": (telling_places.absent_door, 0.02),
    "area": (telling_places.area, 0.03),
    "crossing": (telling_places.crossing, 0.01),
    "none": (telling_places.nothing, 0.05),
}
_TRIES: Final = 60


@dataclass(frozen=True)
class Told:
    """A text and the truth about it.

    Attributes
    ----------
    text : as told, with slips. clean : the same without slips of name and writing.
    status : "match": it means one entry · "ambiguous": it fits several alike · "absent": it names a place that no
        entry is · "conflict": a known name in an area where it does not lie · "none": it names no place.
    ids : the entries that fit, none for absent and none. also : entries that hold them, right but coarser.
    name : the name as it stands in `clean`; "" without a place.
    level : building, compound, poi, number, road, community, street; "" where nothing is meant.
    style : "hotline" or "query". tags : what was done to it.
    """

    text: str
    clean: str
    status: Status
    ids: tuple[Any, ...]
    also: tuple[Any, ...]
    name: str
    level: str
    style: Style
    tags: tuple[str, ...]


def tell(
    entries: Iterable[Mapping[str, Any]],
    count: int,
    *,
    seed: int,
    style: Style = "hotline",
    slips: float = 0.3,
    only: Sequence[str] = (),
) -> list[Told]:
    """`count` texts about a gazetteer; the same entries in any order and the same seed give the same texts.

    Parameters
    ----------
    entries : dicts as `geo.locate.Gazetteer.build` takes them.
    count : how many; fewer where the gazetteer has nothing that could be told.
    style : "hotline" (whole sentences, also about what is not here) or "query" (what is typed into a map).
    slips : share of the texts in which the name is misspelt, 0–1.
    only : keep to these topics ("named", "ambiguous", "absent", "conflict", "road", "door", "absent door", "area",
        "crossing", "none"; of queries those of `telling_queries.QUERIES`); all of them by default.
    """
    book = Book(entries)
    chapters = _HOTLINE if style == "hotline" else telling_queries.QUERIES
    names = [name for name in chapters if not only or name in only]
    weights = np.array([chapters[name][1] for name in names])
    told = []
    for k in range(count):
        rng = np.random.default_rng([seed, 57, k])
        for _ in range(_TRIES):
            name = names[int(rng.choice(len(names), p=weights / weights.sum()))]
            draft = chapters[name][0](book, rng)
            one = draft and _tell(draft, book, rng, style, slips)
            if one:
                told.append(one)
                break
    return told


def _tell(draft: Draft, book: Book, rng: np.random.Generator, style: Style, slips: float) -> Told | None:
    """The draft in a frame, with slips; None where something else can be heard in it."""
    name, tags = draft.name, draft.tags
    if draft.slips and chance(slips, rng):
        name, kind = slip(draft.name, rng)
        # A slip that makes it another place, or just as near to another, is no slip.
        others = [key for key in book.close_to(plain(name)) if key != plain(draft.name)]
        if not name or plain(name) in book.by_name or others:
            return None
        tags = (*tags, kind)
    frame = _frame(draft, rng) if style == "hotline" else telling_queries.frame(rng)
    clean = frame.replace("{p}", draft.before + draft.name + draft.after)
    if _misheard(draft, clean, book):
        return None
    text, more = _written(frame.replace("{p}", draft.before + name + draft.after), rng)
    said = draft.name if draft.status != "none" else ""
    return Told(text, clean, draft.status, draft.ids, draft.also, said, draft.level, style, (*tags, *more))


def _frame(draft: Draft, rng: np.random.Generator) -> str:
    """A sentence with {p} where the place stands."""
    if draft.status == "none":
        return "{p}"
    words = phrases()["hotline"]
    problem = pick(phrases()["problems"][draft.topic], rng)
    if chance(0.15, rng):
        problem = pick(phrases()["problems"]["any"], rng)
    ending = pick(words["endings"], rng)
    if chance(0.06, rng):
        ending += pick(words["phones"], rng).replace(
            "{t}", phone(int(rng.integers(0, 99)), int(rng.integers(0, 10**6)))
        )
    made = pick(words["frames"], rng)
    if chance(0.05, rng):
        made = made.replace("{p}", pick(words["fillers"], rng) + "{p}")
    return str(made).replace("{o}", pick(words["openings"], rng)).replace("{x}", problem).replace("{e}", ending)


def _written(text: str, rng: np.random.Generator) -> tuple[str, tuple[str, ...]]:
    """The text as it arrives: at times in traditional or wide signs, with emoji, blanks or without punctuation."""
    roll = float(rng.random())
    if roll < 0.03:
        return traditional(text), ("traditional",)
    if roll < 0.06:
        return wide(text), ("wide",)
    if roll < 0.08:
        return text + pick(phrases()["hotline"]["emoji"], rng), ("emoji",)
    if roll < 0.11:
        return text.replace("，", "").replace("。", ""), ("bare",)
    if roll < 0.13:
        return text.replace("，", " ").replace("。", " "), ("blanks",)
    return text, ()


def _misheard(draft: Draft, clean: str, book: Book) -> bool:
    """Whether the clean text holds a name, area or road that was not meant to stand in it."""
    meant = plain(draft.before + draft.name + draft.after)
    name = plain(draft.name)
    text = plain(clean)
    at = text.find(meant) + len(plain(draft.before))
    for start, end, _ in book.spoken(clean):
        inside = at <= start and end <= at + len(name)
        if draft.status == "none" and end - start > 1:
            return True
        # A longer name over its borders, or any name in the frame, is something else than was said.
        over = (
            start < at + len(name)
            and at < end
            and not inside
            and (start < at - len(plain(draft.before)) or end > at + len(name))
        )
        apart = end - start > 2 and (
            end <= at - len(plain(draft.before)) or start >= at + len(name) + len(plain(draft.after))
        )
        if over or apart:
            return True
    return False
