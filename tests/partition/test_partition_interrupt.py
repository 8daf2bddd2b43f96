"""Ctrl-C at a moment when no search is running: the plan is kept all the same."""

from __future__ import annotations

import signal

import numpy as np
import pytest

from geo.partition import PartitionSpec
from geo.partition.solver import solve as solving
from tests.partition.partition_runs import people
from tests.partition.partition_worlds import assert_sound, lattice


@pytest.fixture
def at_the_start(monkeypatch):
    """Press Ctrl-C so often when the grids are shared out, long before anything is cooled or mended."""
    # A run in the background of a shell ignores Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def press(times):
        share_out = solving.apportion

        def pressed(*given):
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
            return share_out(*given)

        monkeypatch.setattr(solving, "apportion", pressed)

    yield press
    signal.signal(signal.SIGINT, before)


def test_it_keeps_the_best_wherever_it_is_pressed(at_the_start):
    at_the_start(1)
    graph = lattice(30, 30, people(30, 30))
    before = signal.getsignal(signal.SIGINT)
    result = solving.solve(graph, PartitionSpec(grids=30), rng=np.random.default_rng(0))
    assert_sound(graph, result.grid_of_unit, 30)
    assert result.report.interrupted
    assert signal.getsignal(signal.SIGINT) is before


def test_pressed_twice_it_ends_the_run(at_the_start):
    at_the_start(2)
    graph = lattice(10, 10, people(10, 10))
    with pytest.raises(KeyboardInterrupt):
        solving.solve(graph, PartitionSpec(grids=5), rng=np.random.default_rng(0))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
