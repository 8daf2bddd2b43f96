"""The seed decides everything, and the shipped folder is what the generator makes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from geo.files import LocalFiles
from geo.model import Layer
from geo.sample import SamplePlace, SampleSpec, generate
from geo.service.sample import write_sample

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "boundaries" / "chenguang"


def _same_layer(a: Layer, b: Layer) -> None:
    assert a.fields.keys() == b.fields.keys()
    assert len(a.geometry) == len(b.geometry)
    assert all(one.equals_exact(other, 0.0) for one, other in zip(a.geometry, b.geometry, strict=True))
    for name, values in a.fields.items():
        assert values.tolist() == b.fields[name].tolist(), name


def test_sample_same_seed_same_place(small: SamplePlace) -> None:
    again = generate(SampleSpec())
    assert again.layers.keys() == small.layers.keys()
    for name, layer in small.layers.items():
        _same_layer(layer, again.layers[name])
    assert again.tables == small.tables
    assert again.source == small.source
    assert [grid.code for grid in again.drawing.grids] == [grid.code for grid in small.drawing.grids]
    assert again.drawing.units.grid.tolist() == small.drawing.units.grid.tolist()
    assert np.array_equal(again.grid_pairs, small.grid_pairs)


def test_sample_other_seed_other_place(small: SamplePlace) -> None:
    other = generate(SampleSpec(seed=small.spec.seed + 1, issues=0))
    mine, theirs = (place.layers["buildings"].fields["households"] for place in (small, other))
    assert len(mine) != len(theirs) or (mine != theirs).any()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "chenguang"
    write_sample(LocalFiles(), SampleSpec(), folder)
    return folder


def test_sample_shipped_folder_is_regenerated(written: Path) -> None:
    ours = sorted(str(path.relative_to(SHIPPED)) for path in SHIPPED.rglob("*") if path.is_file())
    assert ours == sorted(str(path.relative_to(written)) for path in written.rglob("*") if path.is_file())
    files = LocalFiles()
    for name in ours:
        if not name.endswith(".gpkg"):
            assert (SHIPPED / name).read_bytes() == (written / name).read_bytes(), name
    layers = ("areas", "buildings", "compounds", "gates", "roads", "water", "railways", "walls", "landuse", "pois")
    names = [f"place.gpkg:{layer}" for layer in layers] + ["current_plan.gpkg:grids", "current_plan.gpkg:units"]
    for name in names:
        _same_layer(files.read_layer(str(SHIPPED / name)), files.read_layer(str(written / name)))


def test_sample_shipped_folder_is_small_and_says_that_it_is_invented() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.rglob("*") if path.is_file()) < 5_000_000
    source = tomllib.loads((SHIPPED / "SOURCE.toml").read_text(encoding="utf-8"))
    assert source["invented"] is True
    assert source["code"] == "990101"
    assert source["crs"] == "EPSG:4547"
    assert "虚构" in source["note"]
    assert "invented" in source["note"]
    listed = set(source["files"])
    assert listed == {str(p.relative_to(SHIPPED)) for p in SHIPPED.rglob("*") if p.is_file()} - {"SOURCE.toml"}


def test_sample_written_plan_has_colours_that_neighbours_do_not_share(written: Path) -> None:
    drawing = LocalFiles().read_drawing(str(written / "current_plan.gpkg"))
    place = generate(SampleSpec(issues=0))
    colour = [grid.colour for grid in drawing.grids]
    assert [grid.code for grid in drawing.grids] == [grid.code for grid in place.drawing.grids]
    assert all(colour[a] != colour[b] for a, b in place.grid_pairs.tolist())
    # Independent of the lattice: pairs are those whose outlines share a line.
    for a, b in place.grid_pairs[:40].tolist():
        one, other = (place.drawing.grids[k].geometry for k in (a, b))
        assert one.boundary.intersection(other.boundary).length > 0.5


def test_sample_place_folder_reads_back(written: Path) -> None:
    place = LocalFiles().read_place(str(written))
    assert (place.code, place.name) == ("990101", "晨光区")
    assert len(place.areas) == 11
    grids = LocalFiles().read_drawing(str(written / "current_plan.gpkg")).grids
    assert {post.grid for post in place.staff} == {grid.code for grid in grids}
    assert len(place.staff) == 3 * len(grids)
