"""A picture as plain values: what the page is given and what the interface answers, for readers and for the public."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.hotspots import PATTERNS
from geo.hotspots.tails import ratio_interval
from geo.messages import Lang, say
from geo.model import Category
from geo.service.context import Service, knowledge
from geo.service.hotspot_counts import LEAST_SHOWN
from geo.service.hotspot_page import ALPHA, Picture, whole_step
from geo.service.hotspot_page_base import PAST, bases_of
from geo.service.hotspot_page_clusters import Told, stored_clusters, withheld_figures
from geo.service.hotspot_page_public import BREAKS, Withheld, class_of, nothing_withheld, withheld
from geo.service.hotspot_words import in_words, is_hidden

# A byte a grid and step: the class of the ratio (0 to 5) or one of these two; 8 is added where it is significant.
TOO_FEW: Final = 6
NOT_TOLD: Final = 7
SIGNIFICANT: Final = 8
# q of the public stands for all up to the next of these: q itself would tell a neighbourhood's count.
_Q_STEPS: Final = (0.001, 0.01, 0.05, 1.0)


def picture_body(
    service: Service, picture: Picture, *, lang: Lang, public: bool, steps: Sequence[int] | None = None
) -> dict[str, Any]:
    """All that the page shows; `steps` (the last whole one if None) are those whose figures it has at once.

    Raises
    ------
    InvalidInput
        There is no such step.
    """
    hold = withheld(picture) if public else nothing_withheld(picture)
    question = picture.question
    return {
        "question": {
            "category": question.category,
            "department": question.department,
            "period": question.period,
            "steps": question.steps,
            "until": _iso(question.until),
            "denominator": question.denominator,
            "plan": question.plan,
        },
        "public": public,
        "least": LEAST_SHOWN,
        "plan": picture.net.plan.id,
        "plan_name": picture.net.plan.name,
        "breaks": list(BREAKS),
        "alpha": ALPHA,
        "periods": [
            [picture.periods.first_day(k).isoformat(), picture.periods.last_day(k).isoformat()]
            for k in range(picture.periods.count)
        ],
        "days": [int(days) for days in picture.days],
        "classes": _packed(class_bytes(picture, hold)),
        "changes": _packed(change_bytes(picture, hold)),
        "patterns": None if picture.pattern is None else [PATTERNS[k] for k in picture.pattern.tolist()],
        "totals": [_totals(picture, k, hold, public=public) for k in range(picture.periods.count)],
        "per": None if picture.per is None else [picture.per[0], [_plain(v) for v in picture.per[1]]],
        "details": [
            step_body(picture, k, public=public, hold=hold)
            for k in (steps if steps is not None else [whole_step(picture)])
        ],
        "clusters": [cluster_body(told, lang) for told in stored_clusters(service, picture, public=public)],
        "choices": _choices(service, picture),
    }


def step_body(picture: Picture, step: int, *, public: bool, hold: Withheld | None = None) -> dict[str, Any]:
    """The figures of one step, a column each in order of the grids; None where they are withheld or there are none.

    Raises
    ------
    InvalidInput
        There is no such step.
    """
    if not 0 <= step < picture.periods.count:
        raise InvalidInput("hotspot_page_step", value=step, count=picture.periods.count)
    hold = hold or (withheld(picture) if public else nothing_withheld(picture))
    f = picture.figures
    count, near, total = hold.count[step], hold.near[step], bool(hold.total[step])
    expected, around = _expected(picture, step, public=public)
    low, high = ratio_interval(f.around_observed[step].astype(np.float64), around)
    apart = np.zeros(len(count), dtype=bool) | total
    both = count | hold.before[step] | (f.before[step] < 0)
    ratio = f.around_observed[step] / np.where(around > 0, around, np.nan)
    return {
        "step": step,
        "observed": _column(f.observed[step], count, 0),
        "expected": _column(expected, apart, 0 if _is_past(picture) and public else 2),
        # The shrunk ratio depends on all counts; the public has its class.
        "ratio": _column(f.ratio[step], apart | public, 3),
        "around_observed": _column(f.around_observed[step], near | apart, 0),
        "around_expected": _column(around, near | apart, 2),
        "around_ratio": _column(ratio, near | apart, 3),
        "low": _column(low, near | apart, 3),
        "high": _column(high, near | apart, 3),
        "q": _column(_q(f.q[step], public=public), ~f.judged[step], 4),
        "z": _column(f.z[step], (near | apart) if public else near, 1 if public else 2),
        "z_q": _column(_q(f.z_q[step], public=public), np.zeros(len(count), dtype=bool), 4),
        "before": _column(f.before[step], hold.before[step] | (f.before[step] < 0), 0),
        "change": _column(f.change[step], both | public | ~f.change_judged[step], 3),
        "change_q": _column(_q(f.change_q[step], public=public), ~f.change_judged[step], 4),
    }


def class_bytes(picture: Picture, hold: Withheld) -> NDArray[np.uint8]:
    """uint8 (steps, n_grids): the class of the shrunk ratio, and 8 where it is significant."""
    f = picture.figures
    byte = np.where(f.judged, np.where(hold.colour, NOT_TOLD, class_of(f.ratio)), TOO_FEW)
    return np.asarray(byte + SIGNIFICANT * (f.judged & (f.q <= ALPHA)), dtype=np.uint8)


def change_bytes(picture: Picture, hold: Withheld) -> NDArray[np.uint8]:
    """The same for this period against the one before."""
    f = picture.figures
    byte = np.where(f.change_judged, np.where(hold.change, NOT_TOLD, class_of(f.change)), TOO_FEW)
    return np.asarray(byte + SIGNIFICANT * (f.change_judged & (f.change_q <= ALPHA)), dtype=np.uint8)


def cluster_body(told: Told, lang: Lang) -> dict[str, Any]:
    """One cluster with its sentence; the id is 0 where it is of no run."""
    h = withheld_figures(told)
    days = (h.last - h.first).days + 1
    few = told.hidden and not is_hidden(told.hotspot)
    sentence = (
        say("hotspot_page_withheld", lang, days=days) if few else in_words(told.hotspot, lang, public=told.hidden)
    )
    return {
        "id": h.id,
        "as_of": _iso(h.as_of),
        "plan": h.plan,
        "topic": "/".join((h.scheme, h.kind, h.category)) if h.category else "",
        "name": h.category_name or h.category,
        "sentence": sentence,
        "rows": list(told.rows),
        "grids": list(h.members),
        "lon": round(h.lon, 6),
        "lat": round(h.lat, 6),
        "radius_m": round(h.radius_m),
        "shape": told.shape,
        "first": _iso(h.first),
        "last": _iso(h.last),
        "hidden": told.hidden,
        "observed": None if told.hidden else h.observed,
        "expected": None if told.hidden else round(h.expected, 2),
        "relative_risk": None if h.relative_risk is None else round(h.relative_risk, 2),
        "llr": None if told.hidden else round(h.llr, 3),
        "p": None if told.hidden else float(f"{h.p:.2g}"),
        "recurrence_days": None if h.recurrence_days is None else round(h.recurrence_days),
    }


# Private functions


def _is_past(picture: Picture) -> bool:
    return picture.question.denominator == PAST


def _expected(picture: Picture, step: int, *, public: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Expected by grid and by neighbourhood; by past issues the public gets whole numbers, which tell no past count."""
    expected, around = picture.figures.expected[step], picture.figures.around_expected[step]
    return (np.rint(expected), np.rint(around)) if public and _is_past(picture) else (expected, around)


def _q(q: NDArray[np.float64], *, public: bool) -> NDArray[np.float64]:
    if not public:
        return q
    limits = np.array(_Q_STEPS)
    return limits[np.minimum(np.searchsorted(limits, q, side="left"), len(limits) - 1)]


def _totals(picture: Picture, step: int, hold: Withheld, *, public: bool) -> dict[str, Any]:
    f, total = picture.figures, bool(hold.total[step])
    rest = {"without_grid": int(picture.without_grid[step]), "left_out": int(picture.left_out[step])}
    told = {name: None if public and 0 < value < LEAST_SHOWN else value for name, value in rest.items()}
    # Reports of hidden incidents are told only with those of all.
    lacks = total or told["without_grid"] is None
    return {
        "observed": None if total else int(f.observed[step].sum()),
        "reports": None if lacks else int(picture.reports[step]),
        "hidden": int(hold.count[step].sum()),
        **told,
    }


def _choices(service: Service, picture: Picture) -> dict[str, Any]:
    place = knowledge(service).place
    names = {department.code: department.name for department in place.departments}
    return {
        "categories": _category_tree(place.categories, picture),
        "departments": [[code, names.get(code, code)] for code in picture.departments],
        "denominators": [*bases_of(service, picture.net), PAST],
    }


def _category_tree(categories: Sequence[Category], picture: Picture) -> list[list[Any]]:
    """[value, name, depth] of what occurs and what is above it, parents before their children."""
    known: Mapping[tuple[str, str, str], Category] = {(c.scheme, c.kind, c.code): c for c in categories}
    wanted = set(picture.topics)
    if picture.question.category:
        wanted.add(tuple(picture.question.category.split("/")))  # type: ignore[arg-type]
    paths: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for topic in wanted:
        path = list(_path(topic, known))
        for k in range(len(path)):
            paths[topic[0], topic[1], path[k]] = tuple(path[: k + 1])
    ordered = sorted(paths, key=lambda key: (key[0], key[1], paths[key]))
    return [
        ["/".join(key), (known[key].name if key in known else "") or key[2], len(paths[key]) - 1] for key in ordered
    ]


def _path(topic: tuple[str, str, str], known: Mapping[tuple[str, str, str], Category]) -> Iterable[str]:
    """Codes from the top down to a topic's own."""
    found = [topic[2]]
    while len(found) < 9:
        above = known.get((topic[0], topic[1], found[0]))
        if above is None or not above.parent or above.parent in found:
            break
        found.insert(0, above.parent)
    return found


def _column(values: NDArray[Any], without: NDArray[np.bool_], digits: int) -> list[Any]:
    rounded = np.round(values.astype(np.float64), digits)
    told = [
        None if not np.isfinite(v) or hide else v for v, hide in zip(rounded.tolist(), without.tolist(), strict=True)
    ]
    return told if digits else [None if v is None else int(v) for v in told]


def _packed(table: NDArray[np.uint8]) -> str:
    return base64.b64encode(np.ascontiguousarray(table).tobytes()).decode("ascii")


def _plain(value: float) -> float | int:
    return int(value) if value == int(value) else round(float(value), 2)


def _iso(day: Any) -> str | None:
    return None if day is None else day.isoformat()
