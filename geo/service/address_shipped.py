"""The weights that the program ships with: fitted to its own generated texts about invented places alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from geo.sample.telling import Style, tell
from geo.sample.telling_city import city
from geo.sample.telling_map import map_points

if TYPE_CHECKING:
    from geo.locate.address.weights import Weights

# Style, entries and seed of each invented place, and how many texts are told about it.
PLACES: Final[tuple[tuple[Style, int, int], ...]] = (
    ("query", 4_000, 1),
    ("query", 12_000, 2),
    ("hotline", 3_000, 3),
    ("hotline", 6_000, 4),
)
TEXTS: Final = 4_000
SEED: Final = 1
_FIRST: Final = {"whole_near": 5.0, "main_near": 2.0}


def fit_shipped(
    *, texts: int = TEXTS, scale: float = 1.0, progress: Callable[[float, str], None] | None = None
) -> Weights:
    """Fit them anew, from nothing: the same program gives the same weights.

    Parameters
    ----------
    texts : told about each place. scale : of the number of entries of each place; less than 1 for a quick trial.
    """
    from geo.locate import Gazetteer
    from geo.locate.address.fit import fit_many
    from geo.locate.address.weights import RANK_COLUMNS, SURE_COLUMNS, Weights

    # From nothing but that a likely name counts: candidates must be in some order for the fit to begin.
    rank = dict.fromkeys(RANK_COLUMNS, 0.0) | {name: worth for name, worth in _FIRST.items() if name in RANK_COLUMNS}
    start = Weights(rank=rank, sure=dict.fromkeys(SURE_COLUMNS, 0.0), accept=0.5)
    sets: list[tuple[Gazetteer, list[tuple[str, Any]]]] = []
    for number, (style, entries, seed) in enumerate(PLACES):
        if progress is not None:
            progress(number / (len(PLACES) + 2), "")
        size = max(200, int(entries * scale))
        place = city(size, seed=seed) if style == "hotline" else map_points(size, seed=seed)
        told = tell(place, texts, seed=seed, style=style)
        pairs = [(one.text, one.ids[0] if one.status == "match" else None) for one in told]
        sets.append((Gazetteer.build(place, weights=start), pairs))
    return fit_many(sets, source=shipped_source(texts=texts, scale=scale), seed=SEED, start=start)


def shipped_source(*, texts: int = TEXTS, scale: float = 1.0) -> str:
    """What `fit_shipped` writes as the source of its weights."""
    made = {"hotline": "city", "query": "map_points"}
    places = ", ".join(f"{made[style]}({int(entries * scale)}, seed={seed})" for style, entries, seed in PLACES)
    return f"geo.sample.telling: {places}, {texts} texts each"
