"""Registers of households: floors as people write them, places from points, polygons and columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.errors import InvalidInput
from geo.files import LocalFiles
from geo.model import HouseholdColumns, Layer


def column(values) -> np.ndarray:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def read(path: Path, crs: str | None = None, **columns):
    return LocalFiles().read_households(str(path), HouseholdColumns(**columns), crs=crs)


@pytest.mark.parametrize(
    ("written", "floor"),
    [("3", 3), ("3层", 3), ("12F", 12), ("F12", 12), ("３楼", 3), ("-1", -1), ("B2", -2), ("地下1层", -1), ("", None)],
)
def test_floors_as_people_write_them(tmp_path: Path, written: str, floor: int | None) -> None:
    path = tmp_path / "h.csv"
    path.write_text(f"id,楼层\na,{written}\nb,9层\n", "utf-8")
    found = read(path).floor
    assert np.isnan(found[0]) if floor is None else found[0] == floor
    assert found[1] == 9


@pytest.mark.parametrize("written", ["顶层", "3.5", "1-2"])
def test_a_floor_that_is_none_is_named(tmp_path: Path, written: str) -> None:
    path = tmp_path / "h.csv"
    path.write_text(f"id,floor\na,1\nb,{written}\n", "utf-8")
    with pytest.raises(InvalidInput) as error:
        read(path)
    assert (error.value.code, error.value.context["row"]) == ("household_floor_bad", 2)


def test_polygons_give_a_point_inside_and_columns_win(tmp_path: Path) -> None:
    path = tmp_path / "b.gpkg"
    shapes = [shapely.box(500_000, 3_650_000, 500_020, 3_650_010), None]
    fields = {"id": column(["a", "b"]), "x": np.array([500_100.0, 500_200.0]), "y": np.full(2, 3_650_000.0)}
    LocalFiles().write_layers(str(path), {"buildings": Layer(column(shapes), fields, "EPSG:4547", "t")})
    rows = read(path)
    assert shapes[0].contains(rows.point[0])
    assert rows.point[1] is None
    assert rows.crs == "EPSG:4547"
    named = read(path, lon="x", lat="y")
    assert shapely.get_x(named.point).tolist() == [500_100.0, 500_200.0]


def test_numbers_of_households(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text("id,n,s\na,12,0\nb,,3\n", "utf-8")
    rows = read(path, count="n", stairwells="s")
    assert (rows.count.tolist(), rows.stairwells.tolist()) == ([12, 0], [1, 3])
    assert rows.floors is None
    path.write_text("id,n\na,12\nb,2.5\n", "utf-8")
    with pytest.raises(InvalidInput) as error:
        read(path, count="n")
    assert error.value.context["row"] == 2


def test_names_keep_their_zeros_and_ids_their_kind(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    path.write_text("id,building,stairwell\n1,007,1\n2,007,2\n", "utf-8")
    rows = read(path)
    assert rows.building.tolist() == ["007", "007"]
    assert rows.ids.tolist() == ["1", "2"]
