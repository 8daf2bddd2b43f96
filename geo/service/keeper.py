"""Keeps what a server answers from up to date, in a thread of its own: no request waits for a new plan."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from typing import Final

from geo.errors import GeoError
from geo.service.context import Memory, Present, Service, clean_indexes, net_of
from geo.service.timetable import find_plan_on

log = logging.getLogger(__name__)

# How often the database is asked whether anything has changed: a new plan is to be seen within a second.
_EVERY_S: Final = 0.25
# However long a look took, this part of the time between two is left to others.
_LEAST_REST: Final = 8
# While the database does not answer, what was last read is good for so long; later on requests say that it is away.
_PATIENCE_S: Final = 60.0


class Keeper:
    """Reads the timetable again and again and makes the net of a new plan ready before anyone is answered from it.

    The net of tomorrow's plan is made ready too, so that midnight is no different from any other moment.
    """

    def __init__(self, service: Service, *, every_s: float = _EVERY_S) -> None:
        self._service = service
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="geo-keeper", daemon=True)
        self._said = ""

    def start(self) -> None:
        """Read for the first time, so that the first request finds everything ready, then go on beside the requests."""
        self._try()
        self._thread.start()

    def stop(self) -> None:
        """End; use cases read the timetable themselves again."""
        self._stop.set()
        self._thread.join()
        self._service.memory.present = None

    def _run(self) -> None:
        rest_s = self._every_s
        while not self._stop.wait(rest_s):
            begun = time.monotonic()
            self._try()
            # On a busy machine a look takes as long as the rest between two: counted from its end they would add up.
            rest_s = max(self._every_s - (time.monotonic() - begun), self._every_s / _LEAST_REST)

    def _try(self) -> None:
        try:
            refresh(self._service)
            self._said = ""
        except Exception as error:  # a thread that ends would leave the server with old plans for ever
            said = str(error)
            if said != self._said:  # not three times a second
                trace = None if isinstance(error, GeoError) else error
                log.error("the plans could not be read; answers come from those known: %s", said, exc_info=trace)
            self._said = said


def refresh(service: Service) -> None:
    """Read what is published now and answer from it, once the net of the plan in force is ready."""
    memory: Memory = service.memory
    now = service.now()
    today, midnight = now.date(), _midnight_after(now)
    # Before the table: what is published between the two is looked at again the next time.
    mark = service.store.timetable_mark()
    held, old = memory.present, None
    if held is not None and held.mark == mark and held.until == midnight:
        net, table = held.net, held.table
    else:
        old, table = held, service.store.timetable(today=today)
        tomorrow = today + timedelta(days=1)
        plan, next_plan = (find_plan_on(table, day, today=today) for day in (today, tomorrow))
        net = None if plan is None else net_of(service, plan, table)
        if next_plan is not None and plan is not None and next_plan.id != plan.id:
            net_of(service, next_plan, table)
    fresh_until = time.monotonic() + _PATIENCE_S
    memory.present = Present(table=table, net=net, until=midnight, fresh_until=fresh_until, mark=mark)
    if old is not None:  # nobody waits for the new plan meanwhile
        clean_indexes(service, table)


def _midnight_after(now: datetime) -> datetime:
    """The first moment of the next day on the clock of the deployment."""
    return datetime.combine(now.date() + timedelta(days=1), clock_time(), tzinfo=now.tzinfo).astimezone(UTC)
