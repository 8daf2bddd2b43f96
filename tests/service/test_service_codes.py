"""Codes of plan files: checked by a scheme, written by another, and never given twice over several redraws."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources

import numpy as np
import pytest
import shapely

from geo.errors import InvalidInput, NotFound
from geo.files import LocalFiles
from geo.model import Units
from geo.service.codes import check_codes_file, recode, recode_file, scheme_of
from geo.service.partition import draw_plan
from geo.service.wishes import PartitionRequest

AREA = "110101001001"


def drawn(grids: int, *, seed: int = 0, earlier=None):
    corners = [(500_000 + 50 * (k % 6), 4_000_000 + 50 * (k // 6)) for k in range(24)]
    shapes = np.array([shapely.box(x, y, x + 50, y + 50) for x, y in corners], dtype=object)
    units = Units(
        np.array([f"u{k:02d}" for k in range(24)], dtype=object), shapes, np.ones(24), "EPSG:4548",
        parent=np.full(24, AREA, dtype=object),
    )  # fmt: skip
    request = PartitionRequest(weight="weight", grids=grids, tolerance=0.5, seed=seed, within="parent")
    return draw_plan(units, request, earlier=earlier)[0]


def test_codes_of_a_new_plan_pass_and_a_wrong_one_is_named(tmp_path):
    files, drawing, path = LocalFiles(), drawn(4), str(tmp_path / "plan.gpkg")
    files.write_drawing(path, drawing)
    scheme = scheme_of("unit-grid-15")
    assert check_codes_file(files, path, scheme, areas={AREA: "望河社区"}) == ()
    assert [f.kind for f in check_codes_file(files, path, scheme, areas={})] == ["code_area_unknown"]
    wrong = replace(drawing, wishes={**drawing.wishes, "retired": [drawing.grids[0].code]})
    files.write_drawing(path, wrong)
    assert [f.kind for f in check_codes_file(files, path, scheme)] == ["code_retired"]


def test_another_scheme_renames_grids_and_units_alike_and_once(tmp_path):
    files, drawing, path = LocalFiles(), drawn(4), str(tmp_path / "plan.gpkg")
    files.write_drawing(path, drawing)
    scheme = scheme_of("social-grid-16")
    renamed = recode_file(files, path, scheme, out=tmp_path / "new.gpkg")
    fresh = files.read_drawing(str(tmp_path / "new.gpkg"))
    assert sorted(renamed) == [grid.code for grid in drawing.grids]
    assert [grid.code for grid in fresh.grids] == [f"{AREA}1{k:03d}" for k in range(1, 5)]
    assert [renamed[str(code)] for code in drawing.units.grid] == fresh.units.grid.tolist()
    assert check_codes_file(files, str(tmp_path / "new.gpkg"), scheme) == ()
    again, changed = recode(fresh, scheme)
    assert changed == {}
    assert again.wishes["retired"] == fresh.wishes["retired"] == sorted(renamed)


def test_no_code_comes_back_over_a_chain_of_redraws():
    plan, ever = drawn(6), set()
    for step, grids in enumerate((3, 6, 4, 8)):
        ever |= {grid.code for grid in plan.grids}
        before = {grid.code for grid in plan.grids}
        plan = drawn(grids, seed=step, earlier=plan)
        now = {grid.code for grid in plan.grids}
        assert not (now - before) & ever
        assert plan.wishes["retired"] == sorted(ever - now)


def test_schemes_by_name_and_file(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('name="own"\nzh="本地"\nen="own"\n[sequence]\nwidth=2\n[kinds.base]\nfirst=1\n', encoding="utf-8")
    assert scheme_of(str(own)).name == "own"
    with pytest.raises(NotFound, match="no scheme file"):
        scheme_of(str(tmp_path / "none.toml"))
    with pytest.raises(InvalidInput, match="unit-grid-15"):
        scheme_of("none")


def test_a_scheme_file_in_another_encoding_is_named(tmp_path):
    """Office editors write GBK, or UTF-8 with a mark at its head: the one is refused in words, the other is read."""
    shipped = resources.files("geo.partition.schemes").joinpath("unit-grid-15.toml").read_text(encoding="utf-8")
    path = tmp_path / "own.toml"
    path.write_text(shipped, encoding="utf-8-sig")
    assert scheme_of(str(path)).name == "unit-grid-15"
    path.write_bytes(b"# \xb1\xe0\xc2\xeb\n")
    with pytest.raises(InvalidInput) as error:
        scheme_of(str(path))
    assert error.value.code == "scheme_not_utf8"
