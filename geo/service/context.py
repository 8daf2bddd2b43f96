"""What every use case is given: the ports, the clock, and the nets in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Generic, TypeVar
from zoneinfo import ZoneInfo

from geo.errors import NotFound
from geo.model import Area, Drawing, Grid, Place, Plan, Violation
from geo.service.ports import Files, Pages, Store, TileEncoder

if TYPE_CHECKING:
    from geo.locate import Gazetteer, GridIndex

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


@dataclass(frozen=True, eq=False)
class Knowledge:
    """The place and its gazetteer, as of one `Store.place_stamp`."""

    place: Place
    gazetteer: Gazetteer


class Shelf(Generic[T]):
    """The last few values by key, each made once: whoever asks while one is being made waits for it."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._values: dict[Hashable, T] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of `key`, made by `make` if it is not here; the one unused for longest leaves."""
        with self._lock:
            value = self._values.pop(key) if key in self._values else make()
            self._values[key] = value
            while len(self._values) > self._room:
                del self._values[next(iter(self._values))]
            return value


@dataclass
class Memory:
    """What has been built and can be used again. A net is replaced as a whole, so no answer mixes two plans.

    Every key holds what the value was made from: (plan, revision, place stamp) of a net, (plan, revision) of a drawing
    and its faults, the place stamp of the knowledge.
    """

    net: tuple[tuple[int, int, str], Net] | None = None
    # Answers for old dates are rare: a few nets of other plans are kept beside the one in force.
    nets: Shelf[Net] = field(default_factory=lambda: Shelf(4))
    drawings: Shelf[Drawing] = field(default_factory=lambda: Shelf(2))
    faults: Shelf[tuple[Violation, ...]] = field(default_factory=lambda: Shelf(16))
    knowledge: Shelf[Knowledge] = field(default_factory=lambda: Shelf(1))


@dataclass(frozen=True, eq=False)
class Service:
    """The ports of a running program. Use cases are functions that take it first."""

    store: Store
    files: Files
    pages: Pages
    encode_tile: TileEncoder
    timezone: ZoneInfo
    clock: Callable[[], datetime]
    memory: Memory = field(default_factory=Memory)

    def now(self) -> datetime:
        """The present moment in the deployment's time zone."""
        return self.clock().astimezone(self.timezone)

    def today(self) -> date:
        """The present day in the deployment's time zone."""
        return self.now().date()


def knowledge(service: Service) -> Knowledge:
    """The place and its gazetteer, rebuilt when the place was saved anew."""
    stamp = service.store.place_stamp()
    return service.memory.knowledge.get(stamp, lambda: _read_knowledge(service, stamp))


def _read_knowledge(service: Service, stamp: str) -> Knowledge:
    from geo.locate import Gazetteer

    place = service.store.get_place() if stamp else EMPTY_PLACE
    return Knowledge(place=place, gazetteer=Gazetteer.build(list(place.entries)))


def net_of(service: Service, plan: Plan) -> Net:
    """The net of a plan, built at the first use."""
    key = (plan.id, plan.revision, service.store.place_stamp())
    memory = service.memory
    held = memory.net
    if held is not None and held[0] == key:
        return held[1]
    known = knowledge(service)
    net = memory.nets.get(key, lambda: build_net(plan, service.store.get_grids(plan.id), known.place))
    if plan.state == "active":
        memory.net = (key, net)
    return net


def find_plan_in_force(service: Service, as_of: date | None = None) -> Plan | None:
    """The plan in force on `as_of` (today if None), or None."""
    today = service.today()
    return service.store.find_plan_at(as_of or today, today=today)


def get_plan_in_force(service: Service, as_of: date | None = None) -> Plan:
    """The plan in force on `as_of`; `NotFound` says what there is instead."""
    plan = find_plan_in_force(service, as_of)
    if plan is not None:
        return plan
    published = [p.effective for p in service.store.list_plans(today=service.today()) if p.effective]
    if not published:
        raise NotFound("no_plan_published")
    raise NotFound("no_plan_at_date", date=as_of or service.today(), first=min(published))


def build_net(plan: Plan, grids: tuple[Grid, ...], place: Place) -> Net:
    """Index the grids (WGS84) of a plan, with the areas of `place` above them."""
    from geo.locate import GridIndex

    areas = {area.code: area for area in place.areas}
    shapes, codes = [grid.geometry for grid in grids], [grid.code for grid in grids]
    over = {k for k, grid in enumerate(grids) if grid.lies_over}
    index = GridIndex.build(shapes, codes, over=over)
    net = [k for k in range(len(grids)) if k not in over]
    return Net(
        plan=plan,
        grids=grids,
        index=index,
        base=GridIndex.build([shapes[k] for k in net], [codes[k] for k in net]) if over else index,
        chains=tuple((*area_chain(areas, grid.parent), grid.code) for grid in grids),
        names={area.code: area.name for area in place.areas} | {grid.code: grid.name for grid in grids},
    )


def area_chain(areas: Mapping[str, Area], code: str | None) -> tuple[str, ...]:
    """Codes from the topmost area down to `code`; a code that is no known area ends the chain above it."""
    chain: list[str] = []
    while code and code not in chain:
        chain.append(code)
        code = areas[code].parent if code in areas else None
    return tuple(reversed(chain))


EMPTY_PLACE = Place(
    code="", name="", areas=(), departments=(), categories=(), rules=(), staff=(), features=(), entries=()
)
