"""geo check on a file of polygons that is no plan: a net is held against itself."""

from __future__ import annotations

import json
import re

import pytest
import shapely

from tests.cli.small_files import Run


def write(path, shapes, crs=4490):
    features = [
        {"type": "Feature", "properties": {"code": code}, "geometry": json.loads(shapely.to_geojson(shape))}
        for code, shape in shapes.items()
    ]
    name = f"urn:ogc:def:crs:EPSG::{crs}"
    path.write_text(
        json.dumps(
            {"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": name}}, "features": features}
        )
    )
    return path


SOUND = {"甲": shapely.box(121.0, 31.0, 121.01, 31.01), "乙": shapely.box(121.01, 31.0, 121.02, 31.01)}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_sound_net_says_so(run: Run, tmp_path, monkeypatch, language):
    monkeypatch.setenv("GEO_LANG", language)
    ran = run("check", write(tmp_path / "net.geojson", SOUND))
    assert ran.code == 0
    assert ("no overlaps" if language == "en" else "不重叠") in ran.out + ran.err


def test_every_fault_of_a_net_is_named_with_a_place(run: Run, tmp_path):
    bow = shapely.Polygon([(121.1, 31), (121.2, 31.1), (121.2, 31), (121.1, 31.1)])
    shapes = SOUND | {"丙": shapely.box(121.015, 31.005, 121.03, 31.02), "丁": bow}
    ran = run("check", write(tmp_path / "net.geojson", shapes), "--json")
    assert ran.code == 1
    told = {fault["kind"]: fault for fault in json.loads(ran.out)}
    assert told["fault_overlap"]["grids"] == ["丙", "乙"]
    lon, lat = told["fault_overlap"]["at"]
    assert shapely.box(121.015, 31.005, 121.02, 31.01).contains(shapely.Point(lon, lat))
    assert told["fault_crosses_itself"]["grids"] == ["丁"]
    assert all(fault["message"] for fault in told.values())


@pytest.mark.parametrize("width", [1e-2, 1e-4, 3e-12])
def test_sizes_are_plain_numbers(run: Run, tmp_path, width):
    shapes = SOUND | {"乙": shapely.box(121.01 - width, 31.0, 121.02, 31.01)}
    ran = run("check", write(tmp_path / "net.geojson", shapes))
    assert ran.code == 1
    assert not re.search(r"[0-9]e[+-]?[0-9]", ran.out)
    sizes = re.findall(r"overlap by (\S+) m²", ran.out)
    assert len(sizes) == 1
    area = width * 0.01 * 95_500 * 110_870  # metres a degree at 31° N
    assert sizes == ["<0.001"] if area < 0.001 else float(sizes[0].replace(",", "")) == pytest.approx(area, rel=0.01)


def test_rows_without_a_polygon_are_told_in_one_line(run: Run, tmp_path):
    points = {f"p{k}": shapely.Point(121.001 + k * 1e-5, 31.001) for k in range(200)}
    ran = run("check", write(tmp_path / "net.geojson", SOUND | points))
    assert ran.code == 1
    lines = [line for line in ran.out.splitlines() if "no polygon" in line]
    assert len(lines) == 1
    assert "200 rows" in lines[0]
    assert "3 (p0), 4 (p1)" in lines[0]
    assert "p9 " not in lines[0]
    ran = run("check", write(tmp_path / "net.geojson", points))
    assert ran.code == 1
    assert len(ran.out.splitlines()) == 2


def test_real_districts_are_checked_as_a_net(run: Run, shared_data):
    assert run("check", shared_data / "china" / "districts.gpkg").code == 0
