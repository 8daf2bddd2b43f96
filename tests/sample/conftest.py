"""One small and one larger place for all tests of the room."""

from __future__ import annotations

import pytest

from geo.sample import SamplePlace, SampleSpec, generate


@pytest.fixture(scope="session")
def small() -> SamplePlace:
    """The place that is shipped."""
    return generate(SampleSpec())


@pytest.fixture(scope="session")
def larger() -> SamplePlace:
    """Twenty times as many buildings, another seed, no issues."""
    return generate(SampleSpec(buildings=20_000, seed=3, issues=0))


@pytest.fixture(scope="session", params=["small", "larger"])
def place(request: pytest.FixtureRequest) -> SamplePlace:
    """Both in turn."""
    return request.getfixturevalue(request.param)
