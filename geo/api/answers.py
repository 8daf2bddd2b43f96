"""What the routes that locate share: the net to ask without making others wait, and the body of an answer."""

from __future__ import annotations

from datetime import date

from anyio import to_thread

from geo.api.schemas import LocationOut
from geo.messages import Lang, say
from geo.model import Location
from geo.service.context import Net, Service, find_net_ready, get_plan_in_force, net_of, timetable
from geo.service.timetable import get_plan_on


async def net_at(service: Service, as_of: date | None) -> Net:
    """The net of the plan in force on `as_of` (today if None); one that has to be built is built in a thread.

    Raises
    ------
    NotFound
        No plan is in force on that day.
    """
    if service.memory.present is not None:  # then neither line below asks the database
        table, today = timetable(service), service.today()
        net = find_net_ready(service, get_plan_on(table, as_of or today, today=today), table)
        if net is not None:
            return net
    return await to_thread.run_sync(lambda: net_of(service, get_plan_in_force(service, as_of)))


def describe(net: Net, location: Location, lang: Lang) -> LocationOut:
    """The body for a location of the net, with its note as a sentence."""
    note = say(location.note, lang, **location.context) if location.note else ""
    return LocationOut.of(location, net.names, note)
