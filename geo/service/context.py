"""What every use case is given: the ports, the clock, and the nets in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from geo.errors import NotFound
from geo.model import Area, Grid, Place, Plan
from geo.service.ports import Files, Pages, Store, TileEncoder

if TYPE_CHECKING:
    from geo.locate import Gazetteer, GridIndex


@dataclass(frozen=True, eq=False)
class Net:
    """One plan ready to be asked: its grids by code, the index over them and the chain of areas above each grid."""

    plan: Plan
    grids: tuple[Grid, ...]
    index: GridIndex
    chains: tuple[tuple[str, ...], ...]
    names: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Knowledge:
    """The place and its gazetteer, as of one `Store.place_stamp`."""

    place: Place
    gazetteer: Gazetteer


@dataclass
class Memory:
    """What has been built and can be used again. A net is replaced as a whole, so no answer mixes two plans."""

    net: tuple[tuple[int, int, str], Net] | None = None
    older: dict[tuple[int, int, str], Net] = field(default_factory=dict)
    knowledge: tuple[str, Knowledge] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


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


# Answers for old dates are rare: a few nets of other plans are kept beside the one in force.
_OLDER_NETS = 4


def knowledge(service: Service) -> Knowledge:
    """The place and its gazetteer, rebuilt when the place was saved anew."""
    from geo.locate import Gazetteer

    stamp = service.store.place_stamp()
    with service.memory.lock:
        held = service.memory.knowledge
        if held is None or held[0] != stamp:
            place = service.store.get_place() if stamp else EMPTY_PLACE
            held = (stamp, Knowledge(place=place, gazetteer=Gazetteer.build(list(place.entries))))
            service.memory.knowledge = held
        return held[1]


def net_of(service: Service, plan: Plan) -> Net:
    """The net of a plan, built at the first use."""
    key = (plan.id, plan.revision, service.store.place_stamp())
    memory = service.memory
    held = memory.net
    if held is not None and held[0] == key:
        return held[1]
    known = knowledge(service)
    with memory.lock:
        net = memory.older.get(key) or build_net(plan, service.store.get_grids(plan.id), known.place)
        memory.older[key] = net
        while len(memory.older) > _OLDER_NETS:
            del memory.older[next(iter(memory.older))]
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
    return Net(
        plan=plan,
        grids=grids,
        index=GridIndex.build([grid.geometry for grid in grids], [grid.code for grid in grids]),
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
