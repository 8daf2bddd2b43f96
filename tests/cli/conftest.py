"""Run `geo` in this process as the shell would: arguments in, exit code and texts out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from geo.cli import main
from geo.cli.console import settings
from geo.files import LocalFiles
from geo.model import Layer
from tests.cli.small_files import Ran, Run, lattice


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GEO_DATABASE_URL", f"sqlite:///{tmp_path / 'geo.db'}")
    monkeypatch.setenv("GEO_LANG", "en")

    def run(*arguments: object) -> Ran:
        settings.cache_clear()
        monkeypatch.setattr(sys, "argv", ["geo", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def units_file(tmp_path: Path) -> Path:
    geometry, fields = lattice()
    path = tmp_path / "units.gpkg"
    LocalFiles().write_layers(str(path), {"units": Layer(geometry, fields, "EPSG:4547", "test")})
    return path


@pytest.fixture
def plan_file(run: Run, units_file: Path, tmp_path: Path) -> Path:
    path = tmp_path / "plan.gpkg"
    ran = run("partition", units_file, "--weight", "people", "--grids", 4, "--tolerance", 0.1, "--out", path)
    assert ran.code == 0, ran.err
    return path
