"""What one process of `geo serve` runs: the application, with everything ready before its port takes a request."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from multiprocessing import connection, parent_process
from typing import Final

from fastapi import FastAPI

from geo.api import batch
from geo.api.app import create_app
from geo.service.context import Service
from geo.service.ready import warm_up
from geo.service.warmer import Warmer

_SWITCH_S: Final = 0.001
# Requests that are being answered when the keeper of the workers has died may take so long.
_GRACE_S: Final = 10.0


def create_worker() -> FastAPI:
    """The application from the settings of the environment."""
    _end_with_parent()
    return create_app(on_start=make_ready)


def _end_with_parent() -> None:
    """End this process when the one that started it is gone.

    A keeper that is killed outright ends no worker: they would hold the port, and nobody would replace or stop them.
    """
    parent = parent_process()
    if parent is None:  # the only process, or one that somebody else looks after
        return

    def watch() -> None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_GRACE_S)
        os._exit(1)

    threading.Thread(target=watch, name="geo-parent", daemon=True).start()


def make_ready(service: Service) -> None:
    """Load compiled code, and take what there is out of the garbage collector's sight.

    Bodies of batches are many small objects, which set the collector off; it would look through all nets and modules
    each time (a third of the time of a batch of pairs).
    """
    warm_up()
    batch.warm_up()
    # A batch in a thread lets go of the interpreter sooner for a single point, and for the keeper's look at the plans.
    sys.setswitchinterval(_SWITCH_S)
    gc.collect()
    gc.freeze()
    # Pages of a large place are made ready while points are answered already.
    Warmer(service).start()
