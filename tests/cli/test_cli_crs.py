"""geo crs: fit, show, and local systems by name and by file wherever --crs is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from geo import crs
from tests.cli.small_files import Run


@pytest.fixture
def control(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    base = np.array([500_000.0, 3_800_000.0]) + rng.uniform(0, 5_000, (8, 2))
    local = base @ np.array([[0.9998, -0.02], [0.02, 0.9998]]).T - [300_000.0, 3_700_000.0]
    lines = [
        f"K{k},{e!r},{n!r},{x!r},{y!r}"
        for k, (e, n, x, y) in enumerate(np.column_stack((base, local)).tolist(), start=1)
    ]
    path = tmp_path / "control.csv"
    path.write_text("id,x,y,local_x,local_y\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ["affine", "similarity"])
def test_a_fitted_system_is_usable_by_file_and_by_name(
    run: Run, control: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    out = tmp_path / "local.toml"
    ran = run("crs", "fit", control, "--base", "EPSG:4547", "--kind", kind, "--name", "晨光 坐标", "--out", out)
    assert ran.code == 0, ran.err
    assert "8 control points" in ran.out
    east, north = crs.from_wgs84(114.02, 34.33, crs="EPSG:4547")
    want = 0.9998 * east - 0.02 * north - 300_000.0, 0.02 * east + 0.9998 * north - 3_700_000.0
    by_file = run("crs", "show", out, "--lon", 114.02, "--lat", 34.33)
    x, y = map(float, by_file.out.splitlines()[-1].split())
    assert (x, y) == (pytest.approx(want[0], abs=1e-3), pytest.approx(want[1], abs=1e-3))
    monkeypatch.setenv("GEO_SYSTEMS", str(out))
    for name in ("晨光 坐标", f"{out}:晨光 坐标"):
        assert run("crs", "show", name, "--lon", 114.02, "--lat", 34.33).out == by_file.out
    assert run("crs", "show", "不是").code == 2


def test_a_point_is_located_in_a_local_system(run: Run, plan_file: Path, control: Path, tmp_path: Path) -> None:
    out = tmp_path / "local.toml"
    assert run("crs", "fit", control, "--base", "EPSG:4547", "--out", out).code == 0
    grid = json.loads(run("locate", "--plan", plan_file, "--lon", 500_150, "--lat", 3_400_150, "--crs", "EPSG:4547",
                          "--json").out)  # fmt: skip
    x = 0.9998 * 500_150 - 0.02 * 3_400_150 - 300_000.0
    y = 0.02 * 500_150 + 0.9998 * 3_400_150 - 3_700_000.0
    told = run("locate", "--plan", plan_file, f"--lon={x}", f"--lat={y}", "--crs", out).out
    assert "PROJCRS" not in told  # the system by its name
    ran = run("locate", "--plan", plan_file, f"--lon={x}", f"--lat={y}", "--crs", out, "--json")
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    assert found["grid"] == grid["grid"]
    assert found["lon"] == pytest.approx(grid["lon"], abs=1e-7)


def test_a_blunder_is_told(run: Run, control: Path, tmp_path: Path) -> None:
    lines = control.read_text(encoding="utf-8").splitlines()
    cells = lines[4].split(",")
    lines[4] = ",".join([*cells[:4], str(float(cells[4]) + 1.5)])
    control.write_text("\n".join(lines), encoding="utf-8")
    ran = run("crs", "fit", control, "--base", "EPSG:4547", "--out", tmp_path / "l.toml", "--json")
    assert "K4" in ran.err
    told = json.loads(ran.out)
    assert [point["id"] for point in told["points"] if point["blunder"]] == ["K4"]
    assert told["rms_m"] > 0.1


@pytest.mark.parametrize(
    ("text", "more", "word"),
    [
        ("x,y,local_x\n1,2,3\n", (), "local_y"),
        ("x,y,local_x,local_y\n1,2,3,4\n5,6,7,oops\n", (), "oops"),
        ("x,y,local_x,local_y\n1,2,3,4\n5,6,7,nan\n", (), "local_y"),
        ("x,y,local_x,local_y\n1,2,3,4\n", (), "2 or more"),
        ("x,y,local_x,local_y\n1,2,3,4\n5,6,7,8\n", ("--base", "WGS84"), "no projected system"),
        ("x,y,local_x,local_y\n1,2,3,4\n5,6,7,8\n", ("--name", "GCJ-02"), "another system"),
    ],
)
def test_what_does_not_suffice_is_said(run: Run, tmp_path: Path, text: str, more: tuple[str, ...], word: str) -> None:
    (tmp_path / "c.csv").write_text(text, encoding="utf-8")
    ran = run("crs", "fit", tmp_path / "c.csv", "--base", "EPSG:4547", *more, "--out", tmp_path / "l.toml")
    assert ran.code == 2
    assert word in ran.err
    assert not (tmp_path / "l.toml").exists()


@pytest.mark.parametrize("text", ["", "[a", '[a]\nbase = "EPSG:4547"\n', "a = 3\n"])
def test_files_that_define_nothing_usable(run: Run, tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text, encoding="utf-8")
    for name in (path, f"{path}:b", tmp_path / "missing.toml"):
        ran = run("crs", "show", name)
        assert ran.code == 2
        assert ".toml" in ran.err
    if text:
        monkeypatch.setenv("GEO_SYSTEMS", str(path))
        assert run("crs", "show", "WGS84").code == 2
