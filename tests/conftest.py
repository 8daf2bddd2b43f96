"""Fixtures that every room uses."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.compiling", "tests.postgis", "tests.browser"]

ROOT = Path(__file__).resolve().parent.parent

# How long an example takes says how busy the machine is, and the first of them compiles loops. `make pytest` takes the
# same examples each time, so that what was seen to pass passes elsewhere; plain `pytest` goes on looking for others.
settings.register_profile("any", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", settings.get_profile("any"), derandomize=True, database=None)
settings.load_profile("any")

# Files that take eight seconds or more of a processor, nearly the longest first. Begun last, one of them would leave
# all other processors idle; beside the first, which compiles most loops, stand those of the browser, which need few.
LONG = (
    "journey/test_journey.py",
    "maps/test_maps_browser.py",
    "maps/test_maps_edit_states.py",
    "partition/test_partition_solve.py",
    "maps/test_maps_hotspots.py",
    "maps/test_maps_dispatch_states.py",
    "maps/test_maps_dispatch.py",
    "maps/test_maps_tiled.py",
    "service/test_service_cases.py",
    "maps/test_maps_coverage.py",
    "maps/test_maps_foreign.py",
    "partition/test_partition_redraw.py",
    "partition/test_partition_today.py",
    "maps/test_maps_dispatch_live.py",
    "maps/test_maps_edit.py",
    "service/test_service_demo.py",
    "api/test_api_schema.py",
    "partition/test_partition_promises.py",
    "service/test_service_hotspots.py",
    "api/test_api_publish.py",
    "maps/test_maps_dispatch_links.py",
    "maps/test_maps_sheet_card.py",
    "maps/test_maps_sheets.py",
    "maps/test_maps_alone.py",
    "maps/test_maps_edit_operations.py",
    "api/test_api_batch.py",
    "partition/test_partition_wishes.py",
    "service/test_service_board.py",
    "cli/test_cli_bad_input.py",
    "api/test_api_micro.py",
    "maps/test_maps_interface.py",
)


@pytest.hookimpl(trylast=True)  # after the order was shuffled
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files; the others, and the tests of a file, keep their random order."""
    place = {ROOT / "tests" / name: rank for rank, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path, len(place)))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data folder is not beside this checkout")
    return folder
