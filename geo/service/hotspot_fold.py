"""Reports that tell of one incident: the same topic at one place, nearby, or from one reporter, close in time."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geo.hotspots import find_repeats
from geo.model import Issue

# (scheme, kind, category): codes of several directories may be the same.
Topic = tuple[str, str, str]
# A coordinate that agrees to so many decimals (about a metre) is the same place told twice.
_DECIMALS: Final = 5
_DEGREE_M: Final = 111_195.0


@dataclass(frozen=True)
class FoldBy:
    """What makes reports of one topic one incident.

    Attributes
    ----------
    days : each is at most so many days after the one before; always, with one of:
        the same address (with a number in it), the same coordinate,
    metres : coordinates at most so far apart (0: not asked),
    reporter : the same reporter, wherever (of those whose telephone is known).
    """

    days: float = 3.0
    metres: float = 0.0
    reporter: bool = False


def topic_of(issue: Issue) -> Topic:
    """What an issue is about."""
    return (issue.scheme, issue.kind, issue.category)


def fold(
    issues: Sequence[Issue], day: NDArray[np.float64], by: FoldBy, *, reporters: Mapping[int, str] | None = None
) -> NDArray[np.int64]:
    """The incident of each issue, int64 (n,), numbered from 0.

    An address without any number names a road or an area, where many things happen.

    Parameters
    ----------
    day : (n,) days, with fractions.
    reporters : tokens that stand for reporters, by issue.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(issues)
    if not n:
        return np.empty(0, dtype=np.int64)
    topic = ["\t".join(topic_of(i)) for i in issues]
    keys = [[address_of(i) for i in issues], [point_of(i) for i in issues]]
    if by.reporter:
        keys.append([(reporters or {}).get(i.id, "") for i in issues])
    links = [np.empty((0, 2), dtype=np.int64)]
    for key in keys:
        found = find_repeats(np.column_stack((np.array(key), np.array(topic))), day, within_days=by.days)
        links.append(np.column_stack((np.arange(n), found.first[found.chain])))
    if by.metres > 0:
        links.append(_near(issues, np.unique(topic, return_inverse=True)[1].reshape(-1), day, by))
    edges = np.concatenate(links)
    graph = coo_array((np.ones(len(edges), dtype=np.int8), (edges[:, 0], edges[:, 1])), shape=(n, n))
    _, chain = connected_components(graph, directed=False)
    return np.asarray(chain, dtype=np.int64)


def _near(issues: Sequence[Issue], topic: NDArray[np.int64], day: NDArray[np.float64], by: FoldBy) -> NDArray[np.int64]:
    """Pairs of rows of one topic whose points and times are close; none where a time is not asked to differ at all."""
    rows = np.array([k for k, issue in enumerate(issues) if point_of(issue)], dtype=np.int64)
    if not len(rows):
        return np.empty((0, 2), dtype=np.int64)
    lon = np.array([issues[k].location.lon for k in rows.tolist()], dtype=np.float64)
    lat = np.array([issues[k].location.lat for k in rows.tolist()], dtype=np.float64)
    plane = np.column_stack((lon * np.cos(np.radians(lat.mean())), lat)) * _DEGREE_M
    pause = max(by.days, 1e-9)
    rows, plane = _first_and_last(rows, plane, topic, day, pause)
    # One more axis keeps topics apart, so that one search finds all.
    space = np.column_stack((plane / by.metres, day[rows] / pause, 3.0 * topic[rows]))
    pairs = cKDTree(space).query_pairs(1.0 + 1e-9, p=np.inf, output_type="ndarray")
    apart = np.hypot(*(plane[pairs[:, 0]] - plane[pairs[:, 1]]).T)
    return np.asarray(rows[pairs[apart <= by.metres]], dtype=np.int64)


def _first_and_last(
    rows: NDArray[np.int64],
    plane: NDArray[np.float64],
    topic: NDArray[np.int64],
    day: NDArray[np.float64],
    pause: float,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The first and last report of a point and topic in each span of the pause: who is near one of them is near both.

    All between are linked to them already, and of a place that a thousand people name there are few pairs.
    """
    group = np.column_stack((np.round(plane, 1), topic[rows], np.floor(day[rows] / pause)))
    _, group_of = np.unique(group, axis=0, return_inverse=True)
    order = np.lexsort((day[rows], group_of.reshape(-1)))
    change = np.diff(group_of.reshape(-1)[order]) != 0
    ends = np.concatenate(([True], change)) | np.concatenate((change, [True]))
    kept = order[ends]
    return rows[kept], plane[kept]


def address_of(issue: Issue) -> str:
    """An address that names one house, as all write it; "" for others."""
    text = unicodedata.normalize("NFKC", issue.address or "")
    plain = "".join(text.split()).casefold()
    return plain if any(c.isnumeric() for c in plain) else ""


def point_of(issue: Issue) -> str:
    """A coordinate to about a metre; "" where there is none of its own."""
    where = issue.location
    if where.lon is None or where.lat is None or (where.method == "address" and not address_of(issue)):
        return ""
    return f"{where.lon:.{_DECIMALS}f} {where.lat:.{_DECIMALS}f}"
