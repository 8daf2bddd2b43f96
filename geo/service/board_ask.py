"""What the dispatch page asks of the board: counts, a page of the list, and what the map shows of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from geo.errors import InvalidInput
from geo.model import Issue
from geo.model.cases import Case
from geo.service.board import CLOSED, STATUSES, Board, board_of
from geo.service.board_options import offered, offered_ages
from geo.service.candidates import weigh
from geo.service.context import Service, find_plan_in_force, net_of

Tab = Literal["to_confirm", "to_dispatch", "in_progress", "overdue", "closed", "all"]
TABS: Final = ("to_confirm", "to_dispatch", "in_progress", "overdue", "closed", "all")
# The signs of pins: the four of the work, and overdue before them.
SIGNS: Final = (*STATUSES, "overdue")
# More than this many points in view come as counts by square instead.
POINTS_MOST: Final = 1_000
_SQUARE_PX: Final = 56
ROWS_MOST: Final = 200


@dataclass(frozen=True)
class Wish:
    """What a dispatcher wants to see; "" and None ask for nothing.

    `category` is scheme/kind/code with "/" between them, `grids` codes of grids, `community` the code of an area, `box`
    west, south, east, north in degrees, `days` the age at most, `since` and `until` the first and the last day of the
    place on which they were reported, `upto` the highest number (what came in later waits behind a banner). `follow`
    lists only what lies in `view` (the map without its margin). `only` and `hotspot` show just these issues, those of
    the grids, the category and the days of a stored hotspot: closed ones too.
    """

    tab: Tab = "all"
    category: str = ""
    department: str = ""
    grids: tuple[str, ...] = ()
    community: str = ""
    days: int | None = None
    since: date | None = None
    until: date | None = None
    closed: bool = False
    box: tuple[float, float, float, float] | None = None
    view: tuple[float, float, float, float] | None = None
    follow: bool = False
    zoom: float = 14.0
    after: str | None = None
    limit: int = 50
    only: tuple[int, ...] = ()
    hotspot: int | None = None
    upto: int | None = None


@dataclass(frozen=True)
class Row:
    """A row of the list with what its words need."""

    issue: Issue
    case: Case
    sign: str
    maybe: tuple[str, ...]


@dataclass
class Answer:
    """Counts of the tabs, what filters offer with counts, a page of rows, and points or squares of the map.

    `points` are (id, lon, lat, sign number, category number); `squares` (lon, lat, count by sign); `extent` is west,
    south, east, north of what has a place, where just these issues were asked for.
    """

    stamp: int
    now: int
    tabs: dict[str, int]
    total: int
    unplaced: int
    options: dict[str, list[tuple[str, int]]]
    rows: list[Row] = field(default_factory=list)
    newest: int = 0
    next: str | None = None
    points: list[tuple[int, float, float, int, int]] = field(default_factory=list)
    squares: list[tuple[float, float, list[int]]] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    extent: tuple[float, float, float, float] | None = None


def ask_board(service: Service, wish: Wish) -> Answer:
    """Everything that the page shows beside an open card.

    Raises
    ------
    InvalidInput
        `after` is no mark of ours.
    NotFound
        There is no such hotspot.
    """
    if wish.hotspot is not None:
        wish = _of_hotspot(service, wish, wish.hotspot)
    board = board_of(service)
    now = math.floor(service.now().timestamp())
    late = (board.act < now) & (board.status != CLOSED)
    just = bool(wish.only) or wish.hotspot is not None
    kept = np.ones(len(board.id), dtype=bool) if wish.closed or just else board.status != CLOSED
    newest = int(board.id[-1]) if len(board.id) else 0
    if wish.upto is not None:
        kept &= board.id <= wish.upto
    ages = offered_ages(board, kept, now)
    if wish.days is not None:
        kept &= board.reported >= now - wish.days * 86_400
    kept &= _in_days(service, board, wish)
    if wish.only:
        kept &= np.isin(board.id, np.array(wish.only, dtype=np.int64))
    options = offered(service, board, kept, grids=wish.grids, community=wish.community) | {"days": ages}
    some = kept & _wanted(service, board, wish)
    tabs = {name: int((some & (board.status == k)).sum()) for k, name in enumerate(STATUSES)}
    tabs |= {"overdue": int((some & late).sum()), "all": int(some.sum())}
    shown = some & _tab(board, wish.tab, late)
    placed = np.isfinite(board.lon)
    answer = Answer(
        stamp=board.stamp,
        now=now,
        tabs=tabs,
        total=int(shown.sum()),
        unplaced=int((shown & ~placed).sum()),
        options=options,
        newest=newest,
        categories=["/".join(triple) for triple in board.tables["category"]],
    )
    if just and (shown & placed).any():
        lon, lat = board.lon[shown & placed], board.lat[shown & placed]
        answer.extent = (float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max()))
    sign = np.where(late, SIGNS.index("overdue"), board.status)
    if wish.box is not None:
        _map(answer, board, np.flatnonzero(shown & _inside(board, wish.box)), sign, wish.zoom)
    listed = shown & _inside(board, wish.view) if wish.follow and wish.view is not None else shown
    _list(service, answer, board, listed, sign, wish)
    return answer


# Private functions


def _wanted(service: Service, board: Board, wish: Wish) -> NDArray[np.bool_]:
    mask = np.ones(len(board.id), dtype=bool)
    if wish.category:
        names = ["/".join(triple) for triple in board.tables["category"]]
        # A hotspot may be one of a whole branch of the directory: codes that begin with its own.
        fits = [
            k
            for k, name in enumerate(names)
            if name == wish.category or (wish.hotspot and name.startswith(wish.category))
        ]
        mask &= np.isin(board.category, fits)
    if wish.department:
        codes = board.tables["department"]
        mask &= board.department == (codes.index(wish.department) if wish.department in codes else -2)
    if wish.grids or wish.community:
        plan = find_plan_in_force(service)
        grids = () if plan is None else net_of(service, plan).grids
        wanted = set(wish.grids)
        if wanted:
            mask &= np.isin(board.grid, [k for k, grid in enumerate(grids) if grid.code in wanted])
        if wish.community:
            mask &= np.isin(board.grid, [k for k, grid in enumerate(grids) if grid.parent == wish.community])
    return mask


def _of_hotspot(service: Service, wish: Wish, number: int) -> Wish:
    """The wish for the issues that a stored hotspot was counted from."""
    found = service.store.get_hotspot(number)
    category = "/".join((found.scheme, found.kind, found.category)) if found.category else ""
    return replace(
        wish,
        category=category or wish.category,
        grids=found.members,
        community="",
        days=None,
        since=found.first,
        until=found.last,
    )


def _in_days(service: Service, board: Board, wish: Wish) -> NDArray[np.bool_]:
    """What was reported from the first of the wanted days to the last, by the clock of the place."""
    mask = np.ones(len(board.id), dtype=bool)
    if wish.since is not None:
        mask &= board.reported >= _midnight(service, wish.since)
    if wish.until is not None and wish.until < date.max:
        mask &= board.reported < _midnight(service, wish.until + timedelta(days=1))
    return mask


def _midnight(service: Service, day: date) -> int:
    """Seconds since 1970 (UTC) of the beginning of a day at the place."""
    days = (day - date(1970, 1, 1)).days
    try:
        return math.floor(datetime.combine(day, time(), service.timezone).timestamp())
    except (OverflowError, ValueError):  # the first day that there is, east of Greenwich
        return days * 86_400


def _tab(board: Board, tab: Tab, late: NDArray[np.bool_]) -> NDArray[np.bool_]:
    if tab == "all":
        return np.ones(len(board.id), dtype=bool)
    return late if tab == "overdue" else board.status == STATUSES.index(tab)


def _inside(board: Board, box: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    west, south, east, north = box
    return (board.lon >= west) & (board.lon <= east) & (board.lat >= south) & (board.lat <= north)


def _map(answer: Answer, board: Board, rows: NDArray[np.intp], sign: NDArray[Any], zoom: float) -> None:
    """Single points while they are few, else counts in squares that keep their size on the screen."""
    if len(rows) <= POINTS_MOST:
        columns = (board.id, board.lon, board.lat, sign, board.category)
        answer.points = list(zip(*(column[rows].tolist() for column in columns), strict=True))
        return
    side = _SQUARE_PX * 360.0 / (256.0 * 2.0**zoom)
    # A degree of latitude is longer on the screen (Web Mercator) the farther it lies from the equator.
    shrink = math.cos(math.radians(float(np.clip(board.lat[rows].mean(), -85.0, 85.0))))
    x = np.floor(board.lon[rows] / side).astype(np.int64)
    y = np.floor(board.lat[rows] / (side * shrink)).astype(np.int64)
    _, square = np.unique(x * 2**32 + y, return_inverse=True)
    most = int(square.max()) + 1
    counts = np.bincount(square * len(SIGNS) + sign[rows], minlength=most * len(SIGNS)).reshape(most, len(SIGNS))
    total = counts.sum(axis=1)
    lon = np.bincount(square, weights=board.lon[rows]) / total
    lat = np.bincount(square, weights=board.lat[rows]) / total
    answer.squares = list(zip(lon.round(6).tolist(), lat.round(6).tolist(), counts.tolist(), strict=True))


def _list(
    service: Service, answer: Answer, board: Board, listed: NDArray[np.bool_], sign: NDArray[Any], wish: Wish
) -> None:
    order = board.order[listed[board.order]]
    if wish.after is not None:
        rank, issue_id = _read_mark(wish.after)
        ranks, ids = board.rank[order], board.id[order]
        order = order[(ranks > rank) | ((ranks == rank) & (ids > issue_id))]
    limit = min(max(1, wish.limit), ROWS_MOST)
    page = order[:limit]
    if len(order) > limit:
        answer.next = f"{board.rank[page[-1]]}~{board.id[page[-1]]}"
    ids = board.id[page].tolist()
    issues = {issue.id: issue for issue in service.store.list_issues_by_id(ids)}
    cases = service.store.get_cases(ids)
    for row, issue_id in zip(page.tolist(), ids, strict=True):
        issue = issues[issue_id]
        maybe = () if issue.status != "to_confirm" else _maybe(issue)
        answer.rows.append(Row(issue, cases[issue_id], SIGNS[int(sign[row])], maybe))


def _maybe(issue: Issue) -> tuple[str, ...]:
    """Codes of the grids that an undecided issue may lie in, the likely ones first."""
    weighed = weigh(issue)
    codes = [*(one.grid for one in weighed.shares), *(one.grid for one in weighed.candidates)]
    return tuple(dict.fromkeys(code for code in codes if code))[:3]


def _read_mark(after: str) -> tuple[int, int]:
    rank, _, number = after.partition("~")
    try:
        read = int(rank), int(number)
    except ValueError:
        raise InvalidInput("queue_mark", value=after[:60]) from None
    if not all(-(2**62) < value < 2**62 for value in read):
        raise InvalidInput("queue_mark", value=after[:60])
    return read
