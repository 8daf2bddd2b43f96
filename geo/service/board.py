"""The dispatcher's board in memory: every issue as a few numbers, grown by what the log says has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import repeat
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.model.board import BoardRows
from geo.model.cases import QUEUES
from geo.service import board_file
from geo.service.context import Net, Service, find_plan_in_force, net_of

STATUSES: Final = ("to_confirm", "to_dispatch", "in_progress", "closed")
WHERES: Final = ("located", "outside", "unlocated")
CLOSED: Final = STATUSES.index("closed")
_COLUMNS: Final = (
    "id", "lon", "lat", "reported", "act", "status", "where", "queue", "grid", "department", "category",
)  # fmt: skip
# Later than any deadline: closed issues stand behind the open ones, the newest first.
_BEHIND: Final = 2**52


@dataclass(frozen=True, eq=False)
class Board:
    """Issues by ascending id under one net. Numbers of words point into `tables`; −1 is none.

    Attributes
    ----------
    status, where, queue : int8, numbers in `STATUSES`, `WHERES` and `QUEUES`.
    grid : int32, number of the grid in the net; department, category : int32, numbers in `tables`.
    tables : "department" -> codes, "category" -> (scheme, kind, code).
    """

    stamp: int
    key: tuple[Any, ...]
    id: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    reported: NDArray[np.int64]
    act: NDArray[np.int64]
    status: NDArray[np.int8]
    where: NDArray[np.int8]
    queue: NDArray[np.int8]
    grid: NDArray[np.int32]
    department: NDArray[np.int32]
    category: NDArray[np.int32]
    tables: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    @cached_property
    def rank(self) -> NDArray[np.int64]:
        """What the list is ordered by: the time left of open issues, then closed ones, the newest first."""
        return np.where(self.status == CLOSED, _BEHIND - self.reported, self.act)

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """Row numbers by `rank`, then by id."""
        return np.argsort(self.rank, kind="stable")


def board_of(service: Service) -> Board:
    """The board as of now under the plan in force (without grids where there is none)."""
    plan = find_plan_in_force(service)
    net = None if plan is None else net_of(service, plan)
    key = (0, 0) if net is None else (net.plan.id, net.plan.revision)
    memory = service.memory
    stamp = service.store.board_stamp()

    def build() -> Board:
        last = memory.last_board or _kept(service, net, key)
        if last is None or last.key != key or last.stamp > stamp:
            board = _board(service.store.read_board(), net, key, {})
            keep_board(service, board, net)
        else:
            board = _grown(last, service.store.read_board(after=last.stamp), net)
        memory.last_board = board
        return board

    return memory.boards.get((stamp, key), build)


def keep_board(service: Service, board: Board, net: Net | None) -> None:
    """Keep a board for the next start, if it is worth a file (`geo.service.board_file`)."""
    if net is not None and len(board.id) >= board_file.LEAST:
        columns = {name: getattr(board, name) for name in _COLUMNS}
        board_file.keep(service, net, board_file.Kept(board.stamp, columns, board.tables))


# Private functions


def _kept(service: Service, net: Net | None, key: tuple[Any, ...]) -> Board | None:
    kept = None if net is None else board_file.read_kept(service, net)
    return None if kept is None else Board(stamp=kept.stamp, key=key, tables=kept.tables, **kept.columns)


def _board(rows: BoardRows, net: Net | None, key: tuple[Any, ...], tables: Mapping[str, Sequence[Any]]) -> Board:
    words = rows.words
    where = _numbers(words["where"], WHERES)
    grid = _numbers(words["grid"], [] if net is None else [grid.code for grid in net.grids])
    if net is not None:
        _place(net, rows, where, grid)
    department, departments = _interned(list(words["department"]), tables.get("department", ()))
    triples = list(zip(words["scheme"], words["kind"], words["category"], strict=True))
    category, categories = _interned(triples, tables.get("category", ()))
    return Board(
        stamp=rows.stamp,
        key=key,
        id=rows.id,
        lon=rows.lon,
        lat=rows.lat,
        reported=rows.reported,
        act=rows.act,
        status=_numbers(words["status"], STATUSES).astype(np.int8),
        where=where.astype(np.int8),
        queue=_numbers(words["queue"], QUEUES).astype(np.int8),
        grid=grid,
        department=department,
        category=category,
        tables={"department": departments, "category": categories},
    )


def _grown(last: Board, rows: BoardRows, net: Net | None) -> Board:
    """`last` with the rows that have changed in place of the old ones, and the new ones after them."""
    fresh = _board(rows, net, last.key, last.tables)
    at = np.searchsorted(last.id, fresh.id)
    known = at < len(last.id)
    known[known] = last.id[at[known]] == fresh.id[known]
    merged = np.concatenate([last.id, fresh.id[~known]])
    # A row that another transaction has added late stands between others.
    sorted_ = bool((merged[1:] > merged[:-1]).all())
    order = slice(None) if sorted_ else np.argsort(merged, kind="stable")
    columns = {}
    for name in _COLUMNS:
        column = getattr(last, name).copy()
        column[at[known]] = getattr(fresh, name)[known]
        columns[name] = np.concatenate([column, getattr(fresh, name)[~known]])[order]
    return Board(stamp=rows.stamp, key=last.key, tables=fresh.tables, **columns)


def _place(net: Net, rows: BoardRows, where: NDArray[np.int32], grid: NDArray[np.int32]) -> None:
    """Put issues that came in under another plan into the grids of this one, as `placing.placed_in` does."""
    moved = np.flatnonzero((rows.plan != net.plan.id) & (where != WHERES.index("unlocated")) & np.isfinite(rows.lon))
    if len(moved):
        found = net.index.locate(lon=rows.lon[moved], lat=rows.lat[moved])
        grid[moved] = found
        where[moved] = np.where(found >= 0, WHERES.index("located"), WHERES.index("outside"))


def _numbers(words: NDArray[np.object_], known: Sequence[str]) -> NDArray[np.int32]:
    number = {word: k for k, word in enumerate(known)}
    return np.fromiter(map(number.get, words.tolist(), repeat(-1)), dtype=np.int32, count=len(words))


def _interned(values: Sequence[Any], known: Sequence[Any]) -> tuple[NDArray[np.int32], list[Any]]:
    """A number for each value, those of `known` first; empty ones get −1."""
    number = {value: k for k, value in enumerate(known)}
    for value in dict.fromkeys(values):
        if value[2] if isinstance(value, tuple) else value:
            number.setdefault(value, len(number))
    return np.fromiter(map(number.get, values, repeat(-1)), dtype=np.int32, count=len(values)), list(number)
