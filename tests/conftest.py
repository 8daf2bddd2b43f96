"""Fixtures that every room uses."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["tests.postgis", "tests.browser"]

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data folder is not beside this checkout")
    return folder
