"""A batch in a wrong datum is refused with a hint at the doors that take batches; `force` lets it in."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo import crs
from geo.errors import InvalidCoordinate, InvalidCrs
from geo.files import LocalFiles
from geo.locate import GridIndex
from geo.model import Report
from geo.service.context import Service, get_plan_in_force, net_of
from geo.service.datum import known_places, refuse_wrong_datum
from geo.service.issues import import_issues, read_issue_file, report_issue


class OneGrid:
    """Something that has an index, with the ground it covers."""

    def __init__(self) -> None:
        self.ground = shapely.box(114.10, 34.38, 114.13, 34.40)
        self.index = GridIndex.build([self.ground], ["a"])


def all_over(ground: shapely.Geometry, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    west, south, east, north = ground.bounds
    rng = np.random.default_rng(seed)
    return rng.uniform(west, east, count), rng.uniform(south, north, count)


def test_the_error_says_what_was_found_in_both_languages() -> None:
    net = OneGrid()
    lon, lat = all_over(net.ground, 1000)
    x, y = crs.from_wgs84(lon, lat, crs="GCJ-02")
    with pytest.raises(InvalidCrs) as caught:
        refuse_wrong_datum(net, x, y, crs="WGS84")
    error = pickle.loads(pickle.dumps(caught.value))
    assert error.code == "batch_wrong_crs"
    assert (error.context["crs"], error.context["better"]) == ("EPSG:4326", "GCJ-02")
    assert error.context["share"] < error.context["better_share"] == 100
    assert error.context["near_m"] is None
    for lang in ("zh", "en"):
        assert "GCJ-02" in error.message(lang)
        assert "--force" in error.message(lang)
        assert "WGS84" in error.message(lang)  # as people call it
        assert "4326" not in error.message(lang)
        assert ("抽查" if lang == "zh" else "sampled") in error.message(lang)
    assert refuse_wrong_datum(net, x, y, crs="WGS84", force=True) is None
    verdict = refuse_wrong_datum(net, x, y, crs="GCJ-02")
    assert verdict is not None
    assert (verdict.fits, verdict.share) == (True, 1.0)


@pytest.mark.parametrize(("factor", "code"), [(1.0, "batch_swapped"), (1 / 0.3048, "batch_wrong_unit")])
def test_other_faults_have_other_sentences(factor: float, code: str) -> None:
    net = OneGrid()
    x, y = crs.from_wgs84(*all_over(net.ground, 30), crs="EPSG:4547")
    with pytest.raises(InvalidCrs) as caught:
        refuse_wrong_datum(net, *((y, x) if factor == 1.0 else (x * factor, y * factor)), crs="EPSG:4547")
    assert caught.value.code == code
    assert caught.value.message("zh") != caught.value.message("en")


def reports(lon: np.ndarray, lat: np.ndarray, name: str) -> Iterator[Report]:
    for number, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
        yield Report(
            text="路灯不亮", source="file", source_id=str(number), reported_at=datetime(2025, 5, 1, tzinfo=UTC),
            lon=x, lat=y, crs=name,
        )  # fmt: skip


def ground_of(service: Service) -> shapely.Geometry:
    net = net_of(service, get_plan_in_force(service))
    return shapely.union_all([grid.geometry for grid in net.grids])


def test_an_import_in_a_wrong_datum_stores_nothing(service: Service) -> None:
    lon, lat = all_over(ground_of(service), 600)
    x, y = crs.from_wgs84(lon, lat, crs="BD-09")
    with pytest.raises(InvalidCrs) as caught:
        import_issues(service, reports(x, y, "WGS84"), actor="tester")
    assert caught.value.context["better"] == "BD-09"
    assert not service.store.list_issues()
    summary = import_issues(service, reports(x, y, "BD-09"), actor="tester")
    assert summary.added == summary.rows == 600
    assert summary.located == 600
    forced = import_issues(service, reports(x, y, "WGS84"), actor="tester", force=True)
    assert forced.known == 600


def test_a_file_of_swapped_rows_is_refused_as_a_whole(service: Service) -> None:
    lon, lat = all_over(ground_of(service), 40)
    rows = [
        InvalidCoordinate("row_swapped", row=k + 1, lon=repr(b), lat=repr(a), crs="EPSG:4326")
        for k, (a, b) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True))
    ]
    with pytest.raises(InvalidCrs) as caught:
        import_issues(service, rows, actor="tester")
    assert caught.value.code == "batch_swapped"
    assert import_issues(service, rows[:3], actor="tester").rejected == {"row_swapped": 3}


LOCAL = {"base": "EPSG:4547", "kind": "affine", "x": [-400000.0, 1.0, 0.01], "y": [9.0, -0.01, 1.0]}


def test_a_local_system_by_name_in_a_report_and_in_rows_of_a_file(service: Service, tmp_path: Path) -> None:
    systems = crs.read_systems({"本地": LOCAL}, source="local.toml")
    service = replace(service, systems=systems, files=LocalFiles(systems=systems))
    lon, lat = all_over(ground_of(service), 40)
    x, y = crs.from_wgs84(lon, lat, crs=systems.resolve("本地"))
    issue, new = report_issue(service, next(reports(x, y, "本地")), actor="tester")
    assert new
    assert issue.location.status == "located"
    assert issue.location.lon == pytest.approx(lon[0], abs=1e-8)
    path = tmp_path / "rows.csv"
    rows = [f"{k},灯坏,{a!r},{b!r},本地" for k, (a, b) in enumerate(zip(x.tolist(), y.tolist(), strict=True))]
    path.write_text("source_id,text,lon,lat,crs\n" + "\n".join(rows) + "\n", encoding="utf-8")
    summary = read_issue_file(service, path, columns={}, crs=None, source="rows", actor="tester")
    assert (summary.located, summary.rejected.total()) == (40, 0)
    other = read_issue_file(
        replace(service, files=LocalFiles()), path, columns={}, crs=None, source="again", actor="tester"
    )
    assert other.rejected == {"row_crs_unknown": 40}


def test_what_is_known_to_stand_somewhere(service: Service) -> None:
    known = known_places(service)
    assert known is None or (known.ndim == 2 and known.shape[1] == 2 and np.isfinite(known).all())
