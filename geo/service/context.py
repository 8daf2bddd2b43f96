"""What every use case is given: the ports, the clock, and the nets in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from geo.crs import Systems
from geo.model import Drawing, Grid, Level, Place, Plan, Timetable, Violation
from geo.service.chain import area_chain, grid_levels
from geo.service.index_files import IndexFolder
from geo.service.ports import Files, Pages, Store
from geo.service.tiles_memory import Drawn
from geo.service.tiles_port import TileLayer, TileMaker
from geo.service.timetable import find_plan_on, get_plan_on

if TYPE_CHECKING:
    from geo.locate import GridIndex
    from geo.locate.address.weights import Weights
    from geo.service.board import Board
    from geo.service.corrections import CorrectionBook
    from geo.service.places import Places, Register

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Net:
    """One plan ready to be asked: its grids by code, the index over them and the chain of areas above each grid.

    In `index` the grids that lie over the net (专属网格) win; `base` knows the net alone, its answers count in its own
    codes.
    """

    plan: Plan
    grids: tuple[Grid, ...]
    index: GridIndex
    base: GridIndex
    chains: tuple[tuple[str, ...], ...]
    names: Mapping[str, str]
    # Of each grid by itself; `geo.service.chain.levels_at` puts a special grid after the base grid beneath it.
    levels: tuple[tuple[Level, ...], ...]
    # What a door has prepared for this net (bodies by grid); goes with the net.
    prepared: dict[Hashable, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Knowledge:
    """The place, as of one `Store.place_stamp`; its gazetteer is in `geo.service.places`."""

    place: Place


class Shelf(Generic[T]):
    """The last few values by key, each made once: whoever asks for one while it is being made waits for it alone."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._values: dict[Hashable, T] = {}
        self._makers: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def find(self, key: Hashable) -> T | None:
        """The value of `key` if it is here; nobody waits and nothing is made."""
        return self._values.get(key)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of `key`, made by `make` if it is not here; the one unused for longest leaves."""
        with self._lock:
            if key in self._values:
                return self._use(key, self._values[key])
            maker = self._makers.setdefault(key, threading.Lock())
        with maker:
            with self._lock:
                if key in self._values:  # somebody else has made it meanwhile
                    return self._use(key, self._values[key])
            value = make()
            with self._lock:
                self._makers.pop(key, None)
                return self._use(key, value)

    def _use(self, key: Hashable, value: T) -> T:
        self._values.pop(key, None)
        self._values[key] = value
        while len(self._values) > self._room:
            del self._values[next(iter(self._values))]
        return value


@dataclass(frozen=True, eq=False)
class Present:
    """What a server answers from at this moment; a new one takes its place as a whole.

    Attributes
    ----------
    table : the published plans.
    net : of the plan in force, None where there is none.
    until : the next midnight of the deployment, when another plan may be in force.
    fresh_until : by `time.monotonic`; later on the database has not been heard of for too long.
    mark : `Store.timetable_mark` from just before the table was read.
    """

    table: Timetable
    net: Net | None
    until: datetime
    fresh_until: float
    mark: str


@dataclass
class Memory:
    """What has been built and can be used again. A net is replaced as a whole, so no answer mixes two plans.

    Every key holds what the value was made from: plan, revision, day of making and place stamp of a net, (plan,
    revision) of a drawing and its faults, the place stamp of the knowledge; that of the gazetteer, and of the places
    of a plan, also the stamp of the corrections.
    """

    # Set by a `geo.service.keeper.Keeper` alone; without one every use case reads the timetable anew.
    present: Present | None = None
    # Answers for old dates are rare: a few nets of other plans are kept beside the one in force.
    nets: Shelf[Net] = field(default_factory=lambda: Shelf(6))
    drawings: Shelf[Drawing] = field(default_factory=lambda: Shelf(2))
    faults: Shelf[tuple[Violation, ...]] = field(default_factory=lambda: Shelf(16))
    knowledge: Shelf[Knowledge] = field(default_factory=lambda: Shelf(1))
    # By the place stamp and the rules stamp: who answers (`geo.service.routing.Router`).
    routers: Shelf[Any] = field(default_factory=lambda: Shelf(1))
    # By the model's file as it is (or the place stamp): a model that was trained anew is taken at the next question.
    suggesters: Shelf[Any] = field(default_factory=lambda: Shelf(2))
    # Drafts under work and what they are drawn on (`geo.service.editing`).
    grounds: Shelf[Any] = field(default_factory=lambda: Shelf(2))
    drafts: Shelf[Any] = field(default_factory=lambda: Shelf(8))
    # An old gazetteer may still be asked while the new one is being built.
    registers: Shelf[Register] = field(default_factory=lambda: Shelf(2))
    places: Shelf[Places] = field(default_factory=lambda: Shelf(4))
    # What persons have corrected, by its stamp, and the last stamp that was read.
    books: Shelf[CorrectionBook] = field(default_factory=lambda: Shelf(2))
    last_book: str = ""
    # Issues as columns, by the last line of the log and the net (`geo.service.board`); an old one grows into a new one.
    boards: Shelf[Board] = field(default_factory=lambda: Shelf(2))
    last_board: Board | None = None
    # Reports as columns by the last line of the log, incidents and pictures made of them (`geo.service.hotspot_page`).
    reports: Shelf[Any] = field(default_factory=lambda: Shelf(1))
    last_reports: Any = None
    incidents: Shelf[Any] = field(default_factory=lambda: Shelf(3))
    pictures: Shelf[Any] = field(default_factory=lambda: Shelf(8))
    # Layers of tiles by what they were made from (issues change with every report: one alone), and tiles as sent.
    tile_shapes: Shelf[TileLayer] = field(default_factory=lambda: Shelf(12))
    tile_points: Shelf[TileLayer] = field(default_factory=lambda: Shelf(1))
    last_points: TileLayer | None = None
    tiles: Drawn = field(default_factory=Drawn)
    # Sheets of a plan, ready to be drawn (`geo.service.sheets`).
    sheets: Shelf[Any] = field(default_factory=lambda: Shelf(4))


@dataclass(frozen=True, eq=False)
class Service:
    """The ports of a running program. Use cases are functions that take it first."""

    store: Store
    files: Files
    pages: Pages
    tiles: TileMaker
    timezone: ZoneInfo
    clock: Callable[[], datetime]
    memory: Memory = field(default_factory=Memory)
    indexes: IndexFolder = field(default_factory=lambda: IndexFolder(None))
    systems: Systems = field(default_factory=Systems)
    suggest_model: Path | None = None
    address_weights: Weights | None = None
    # A coordinate and an address farther apart than this contradict each other.
    conflict_m: float = 150.0

    def now(self) -> datetime:
        """The present moment in the deployment's time zone."""
        return self.clock().astimezone(self.timezone)

    def today(self) -> date:
        """The present day in the deployment's time zone."""
        return self.now().date()


def timetable(service: Service) -> Timetable:
    """The published plans: those in memory where a keeper reads them several times a second, else read now."""
    present = service.memory.present
    if present is not None and time.monotonic() < present.fresh_until:
        return present.table
    return service.store.timetable(today=service.today())


def knowledge(service: Service) -> Knowledge:
    """The place, read again when it was saved anew."""
    stamp = timetable(service).place_stamp
    return service.memory.knowledge.get(stamp, lambda: _read_knowledge(service, stamp))


def _read_knowledge(service: Service, stamp: str) -> Knowledge:
    return Knowledge(place=service.store.get_place() if stamp else EMPTY_PLACE)


def net_of(service: Service, plan: Plan, table: Timetable | None = None) -> Net:
    """The net of a plan, built at the first use; the areas above it are those of `table` (None: of now)."""
    stamp = (table or timetable(service)).place_stamp

    def build() -> Net:
        place = service.memory.knowledge.get(stamp, lambda: _read_knowledge(service, stamp)).place
        # A draft may change; its index is not worth a file.
        indexes = None if plan.effective is None else service.indexes
        return build_net(plan, service.store.get_grids(plan.id), place, indexes)

    return service.memory.nets.get(net_key(plan, stamp), build)


def find_net_ready(service: Service, plan: Plan, table: Timetable) -> Net | None:
    """The net of a plan if it is in memory already: for those who must not wait for one to be built."""
    return service.memory.nets.find(net_key(plan, table.place_stamp))


def net_key(plan: Plan, stamp: str) -> Hashable:
    """What the net of a plan was made from; `stamp` is that of the place."""
    # The moment of making tells apart plans of a database that was made anew, with the same numbers.
    return (plan.id, plan.revision, plan.created_at, stamp)


def find_plan_in_force(service: Service, as_of: date | None = None) -> Plan | None:
    """The plan in force on `as_of` (today if None), or None."""
    today = service.today()
    return find_plan_on(timetable(service), as_of or today, today=today)


def get_plan_in_force(service: Service, as_of: date | None = None) -> Plan:
    """The plan in force on `as_of`; `NotFound` says what there is instead."""
    today = service.today()
    return get_plan_on(timetable(service), as_of or today, today=today)


def clean_indexes(service: Service, table: Timetable) -> None:
    """Remove saved indexes that nobody will ask for any more."""
    today = service.today()
    past = [plan for plan in table.plans if plan.retired is not None and plan.retired <= today]
    service.indexes.clean([plan for plan in table.plans if plan not in past], past)


def build_net(plan: Plan, grids: tuple[Grid, ...], place: Place, indexes: IndexFolder | None = None) -> Net:
    """Index the grids (WGS84) of a plan, with the areas of `place` above them; `indexes` may hold the index already."""
    areas = {area.code: area for area in place.areas}
    index, base = build_indexes(plan, grids, indexes or IndexFolder(None))
    return Net(
        plan=plan,
        grids=grids,
        index=index,
        base=base,
        chains=tuple((*area_chain(areas, grid.parent), grid.code) for grid in grids),
        names={area.code: area.name for area in place.areas} | {grid.code: grid.name for grid in grids},
        levels=grid_levels(areas, grids),
    )


def build_indexes(plan: Plan, grids: Sequence[Grid], indexes: IndexFolder) -> tuple[GridIndex, GridIndex]:
    """The index in which the grids that lie over the net win, and that of the net alone (the same where none do)."""
    from geo.locate import GridIndex

    over = {k for k, grid in enumerate(grids) if grid.lies_over}

    def get(part: str, chosen: list[int], above: set[int]) -> GridIndex:
        codes = [grids[k].code for k in chosen]
        return indexes.get(
            plan, part, codes, lambda: GridIndex.build([grids[k].geometry for k in chosen], codes, over=above)
        )

    index = get("all", list(range(len(grids))), over)
    return index, get("net", [k for k in range(len(grids)) if k not in over], set()) if over else index


EMPTY_PLACE = Place(
    code="", name="", areas=(), departments=(), categories=(), rules=(), staff=(), features=(), entries=()
)
