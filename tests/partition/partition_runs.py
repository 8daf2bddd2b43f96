"""The solver as tests ask it, and towns of people to ask about."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, settings

from geo.partition import PartitionSpec, solve

RELAXED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def run(graph, seed=0, **wishes):
    return solve(graph, PartitionSpec(**wishes), rng=np.random.default_rng(seed))


def people(width, height, seed=1, low=5, high=60):
    rng = np.random.default_rng(seed)
    weight = rng.integers(low, high, width * height).astype(float)
    weight[rng.random(width * height) < 0.1] = 0
    return weight
