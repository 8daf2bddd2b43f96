"""Reports as columns in memory, grown by what the log says has changed, and folded into incidents of some days."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from geo.hotspots import find_repeats
from geo.model.report_rows import ReportRows
from geo.service.context import Net, Service, net_key, timetable

# Transactions end in another order than they took their numbers: this many lines back are read again.
_OVERLAP: Final = 500
_FOLD_DAYS: Final = 3.0
# A chain of duplicates that goes on for longer than this before the first day begins anew.
_LEAD: Final = 30
_COLUMNS: Final = ("id", "plan", "lon", "lat", "reported", "placed", "grid", "department", "topic", "address", "point")
# A coordinate that agrees to five decimals (about a metre) is the same place told twice.
_STEPS: Final = 1e5
_QUARTER: Final = 900


@dataclass(frozen=True, eq=False)
class Reports:
    """Reports by ascending id. Numbers of words point into `tables`; −1 is none.

    Attributes
    ----------
    plan, grid : the plan that a report came in under, and number of the code of its grid there.
    placed : bool, whether it has a place.
    topic, department, address : numbers in `tables`; an address without any number names no place.
    point : int64, one number for each place of about a metre; −1 for none.
    tables : "grid", "department", "address" -> texts, "topic" -> (scheme, kind, code).
    """

    stamp: int
    id: NDArray[np.int64]
    plan: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    reported: NDArray[np.int64]
    placed: NDArray[np.bool_]
    grid: NDArray[np.int64]
    department: NDArray[np.int64]
    topic: NDArray[np.int64]
    address: NDArray[np.int64]
    point: NDArray[np.int64]
    tables: Mapping[str, Sequence[Any]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Counted:
    """Incidents of some days in a net, each where and when its first report is.

    Attributes
    ----------
    grid : int64, row of the grid in the net; −1 for none. day : ordinals of local days.
    topic, department : numbers in `tables` of the reports. count : reports of the incident.
    """

    grid: NDArray[np.int64]
    day: NDArray[np.int64]
    topic: NDArray[np.int64]
    department: NDArray[np.int64]
    count: NDArray[np.int64]


def reports_of(service: Service) -> Reports:
    """All reports as of now."""
    memory = service.memory
    stamp = service.store.board_stamp()

    def build() -> Reports:
        last: Reports | None = memory.last_reports
        if last is None or last.stamp > stamp:
            reports = _columns(service.store.read_report_rows(), {})
        else:
            reports = _grown(last, service.store.read_report_rows(after=max(last.stamp - _OVERLAP, 0)))
        memory.last_reports = reports
        return reports

    found: Reports = memory.reports.get(stamp, build)
    return found


def incidents_of(service: Service, reports: Reports, net: Net, first: dt.date, last: dt.date, *, then: bool) -> Counted:
    """Incidents whose first report came in from `first` to `last`, both included.

    Parameters
    ----------
    then : leaves out what came in under another plan than that of `net`; else all are restated on it.

    Notes
    -----
    Two reports are one incident if they have the same topic and the same address or the same coordinate, and follow one
    another within three days, as in `geo.service.hotspot_counts.fold`. An incident counts once, where it began.
    """
    key = (reports.stamp, net_key(net.plan, timetable(service).place_stamp), first, last, then)
    found: Counted = service.memory.incidents.get(
        key, lambda: _incidents(service.timezone, reports, net, first, last, then)
    )
    return found


def days_of(seconds: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int64]:
    """Ordinals of the local days of moments; zones change their offset at a quarter of an hour at the finest."""
    quarter, which = np.unique(seconds // _QUARTER, return_inverse=True)
    days = [dt.datetime.fromtimestamp(q * _QUARTER, zone).toordinal() for q in quarter.tolist()]
    return np.array(days, dtype=np.int64)[which] if len(seconds) else np.empty(0, dtype=np.int64)


# Private functions


def _incidents(zone: ZoneInfo, reports: Reports, net: Net, first: dt.date, last: dt.date, then: bool) -> Counted:
    begin = first - dt.timedelta(days=min(_LEAD, first.toordinal() - 1))
    bounds = [dt.datetime.combine(day, dt.time(), tzinfo=zone).timestamp() for day in (begin, last)]
    # A day and a bit more than the last one: what is too late is left out by its day.
    some = np.flatnonzero((reports.reported >= bounds[0]) & (reports.reported < bounds[1] + 2 * 86_400))
    day = days_of(reports.reported[some], zone)
    some, day = some[day <= last.toordinal()], day[day <= last.toordinal()]
    chain = _fold(reports, some)
    order = np.lexsort((reports.id[some], reports.reported[some], chain))
    heads = order[np.flatnonzero(np.diff(chain[order], prepend=-1))]
    count = np.bincount(chain, minlength=len(heads))
    rows = _rows(reports, some[heads], net, then)
    kept = day[heads] >= first.toordinal()
    if then:
        # -2: of another plan.
        kept &= rows != -2
    heads, whole = heads[kept], some[heads[kept]]
    return Counted(rows[kept], day[heads], reports.topic[whole], reports.department[whole], count[kept])


def _fold(reports: Reports, some: NDArray[np.int64]) -> NDArray[np.int64]:
    """The incident of each of some reports, numbered from 0."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(some)
    if not n:
        return np.empty(0, dtype=np.int64)
    moment, links = reports.reported[some] / 86_400, []
    for place in (reports.address[some], reports.point[some]):
        # A topic of its own for reports without one, as `find_repeats` takes −1 for unknown.
        found = find_repeats(np.column_stack((place, reports.topic[some] + 1)), moment, within_days=_FOLD_DAYS)
        links.append(np.column_stack((np.arange(n), found.first[found.chain])))
    edges = np.concatenate(links)
    graph = coo_array((np.ones(len(edges), dtype=np.int8), (edges[:, 0], edges[:, 1])), shape=(n, n))
    _, chain = connected_components(graph, directed=False)
    return np.asarray(chain, dtype=np.int64)


def _rows(reports: Reports, which: NDArray[np.int64], net: Net, then: bool) -> NDArray[np.int64]:
    """Row of the grid of each report in the net; −1 for none, −2 for one of another plan that is not restated."""
    number = {grid.code: row for row, grid in enumerate(net.grids)}
    table = np.array([number.get(code, -1) for code in reports.tables["grid"]] or [-1], dtype=np.int64)
    grid = reports.grid[which]
    rows = np.where(grid >= 0, table[grid], -1)
    other = reports.plan[which] != net.plan.id
    if then:
        return np.where(other, -2, rows)
    moved = np.flatnonzero(other & reports.placed[which])
    if len(moved):
        rows[moved] = net.index.locate(lon=reports.lon[which[moved]], lat=reports.lat[which[moved]])
    rows[other & ~reports.placed[which]] = -1
    return rows


def _columns(rows: ReportRows, tables: Mapping[str, Sequence[Any]]) -> Reports:
    words = rows.words
    triples = list(zip(words["scheme"], words["kind"], words["category"], strict=True))
    topic, topics = _interned([t if t[2] else "" for t in triples], tables.get("topic", ()))
    grid, grids = _interned(words["grid"], tables.get("grid", ()))
    department, departments = _interned(words["department"], tables.get("department", ()))
    names = {text: _place_name(text) for text in set(words["address"].tolist())}
    address, addresses = _interned([names[text] for text in words["address"]], tables.get("address", ()))
    placed = (words["where"] != "unlocated") & np.isfinite(rows.lon) & np.isfinite(rows.lat)
    # A place that was taken from an address without a number is that of a road or an area.
    vague = (words["method"] == "address") & (address < 0)
    known = np.isfinite(rows.lon) & np.isfinite(rows.lat) & ~vague.astype(bool)
    whole = np.zeros((2, len(rows.id)), dtype=np.int64)
    whole[0, known], whole[1, known] = np.rint(rows.lon[known] * _STEPS), np.rint(rows.lat[known] * _STEPS)
    point = np.where(known, (whole[0] + int(180 * _STEPS)) * int(400 * _STEPS) + whole[1] + int(90 * _STEPS), -1)
    return Reports(
        stamp=rows.stamp, id=rows.id, plan=rows.plan, lon=rows.lon, lat=rows.lat, reported=rows.reported,
        placed=placed.astype(bool), grid=grid, department=department, topic=topic, address=address, point=point,
        tables={"grid": grids, "department": departments, "topic": topics, "address": addresses},
    )  # fmt: skip


def _grown(last: Reports, rows: ReportRows) -> Reports:
    """`last` with the rows that have changed in place of the old ones, and the new ones after them."""
    fresh = _columns(rows, last.tables)
    at = np.searchsorted(last.id, fresh.id)
    known = at < len(last.id)
    known[known] = last.id[at[known]] == fresh.id[known]
    order = np.argsort(np.concatenate([last.id, fresh.id[~known]]), kind="stable")
    columns: dict[str, Any] = {}
    for name in _COLUMNS:
        column = getattr(last, name).copy()
        column[at[known]] = getattr(fresh, name)[known]
        columns[name] = np.concatenate([column, getattr(fresh, name)[~known]])[order]
    return Reports(stamp=rows.stamp, tables=fresh.tables, **columns)


def _interned(values: Sequence[Any] | NDArray[np.object_], known: Sequence[Any]) -> tuple[NDArray[np.int64], list[Any]]:
    """A number for each value, those of `known` first; empty ones get −1."""
    number = {value: k for k, value in enumerate(known)}
    found = (number.setdefault(value, len(number)) if value else -1 for value in values)
    return np.fromiter(found, dtype=np.int64, count=len(values)), list(number)


def _place_name(address: str) -> str:
    plain = "".join(unicodedata.normalize("NFKC", address).split()).casefold()
    return plain if any(c.isnumeric() for c in plain) else ""
