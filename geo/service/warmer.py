"""Makes ready what the pages of a large place ask for, in a thread beside the requests: nobody waits for it to be done.

At the start and whenever another net comes into force: the board of issues, the layers of tiles with what they compile,
the faults of the plan and the places of its labels. Whoever asks meanwhile waits for the one thing that they asked for.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from geo.service import board_file
from geo.service.board import board_of, keep_board
from geo.service.context import Net, Service, find_plan_in_force, net_of
from geo.service.pages import LATE, page_data
from geo.service.tiled import tiles_of
from geo.service.tiles import LAYERS, tile

log = logging.getLogger(__name__)

_EVERY_S: Final = 2.0
# One tile of each of these zooms of the map compiles and fills what all others need.
_ZOOMS: Final = (9, 11, 13, 15)


class Warmer:
    """Looks at the net in force now and then, and makes a new one ready."""

    def __init__(self, service: Service, *, every_s: float = _EVERY_S) -> None:
        self._service = service
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="geo-warmer", daemon=True)
        self._seen: Net | None = None
        self._kept = 0

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is under way (a process that ends does not wait for it)."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            try:
                self._look()
            except Exception:
                # What cannot be made ready now is made when it is asked for, and says then what is wrong.
                log.info("not made ready beforehand", exc_info=True)

    def _look(self) -> None:
        present = self._service.memory.present
        net = None if present is None else present.net
        if net is not None and net is not self._seen:
            self._seen = net
            warm_pages(self._service, self._stop)
        board = self._service.memory.last_board
        if net is None or board is None:
            return
        self._kept = self._kept or board.stamp
        if board.stamp - self._kept > board_file.BEHIND:
            self._kept = board.stamp
            keep_board(self._service, board, net)


def warm_pages(service: Service, stop: threading.Event | None = None) -> None:
    """Make the pages of a large place ready for the plan in force; between two steps `stop` ends it."""
    plan = find_plan_in_force(service)
    if plan is None or tiles_of(service, plan) is None:
        return
    grids = net_of(service, plan).grids
    middle = grids[len(grids) // 2].geometry.representative_point()
    steps: list[Callable[[], object]] = [partial(board_of, service)]
    for layer in LAYERS:
        steps += [partial(tile, service, layer, z, *_tile_at(z, middle.x, middle.y)) for z in _ZOOMS]
    steps += [partial(page_data, service, page, lang="zh") for page in LATE]
    for step in steps:
        if stop is not None and stop.is_set():
            return
        step()


def _tile_at(z: int, lon: float, lat: float) -> tuple[int, int]:
    y = 0.5 - math.asinh(math.tan(math.radians(lat))) / (2 * math.pi)
    return int((lon + 180) / 360 * 2**z), int(y * 2**z)
