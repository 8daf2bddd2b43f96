"""What one process of `geo serve` runs: the application, with everything ready before its port takes a request."""

from __future__ import annotations

import gc
import sys
from typing import Final

from fastapi import FastAPI

from geo.api import batch
from geo.api.app import create_app
from geo.service.context import Service
from geo.service.ready import warm_up
from geo.service.warmer import Warmer

_SWITCH_S: Final = 0.001


def create_worker() -> FastAPI:
    """The application from the settings of the environment."""
    return create_app(on_start=make_ready)


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
