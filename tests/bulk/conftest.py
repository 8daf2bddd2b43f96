"""The service on the lattice of `tests/api`, and its net."""

from __future__ import annotations

import pytest

from geo.service.context import Net, Service, get_plan_in_force, net_of
from tests.service.conftest import clock, empty, lattice_template, service

__all__ = ["clock", "empty", "lattice_template", "net", "service"]


@pytest.fixture
def net(service: Service) -> Net:
    return net_of(service, get_plan_in_force(service))
