"""geo map sheet from the shell: a plan without a place, what is said, and what stands in the folder."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from geo.files import LocalFiles
from geo.maps.sheets import find_font
from tests.cli.small_files import Run
from tests.maps.sheet_town import cut_font, text_of


@pytest.fixture
def font(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GEO_SHEET_FONT", str(cut_font(tmp_path / "cut.otf", "")))


def title_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path.read_bytes())
    try:
        return str(document.get_metadata_dict()["Title"])
    finally:
        document.close()


@pytest.mark.usefixtures("font")
def test_a_sheet_of_every_grid_in_one_run(run: Run, plan_file: Path, tmp_path: Path) -> None:
    assert run("import", plan_file).code == 0
    ran = run("map", "sheet", "--plan", 1, "--out", tmp_path / "new" / "sheets", "--dpi", 72)
    assert ran.code == 0, ran.err
    assert "Plan 1: sheets of 4 grids" in ran.out
    assert "QR codes hold bare grid codes" in ran.err
    codes = [grid.code for grid in LocalFiles().read_drawing(str(plan_file)).grids]
    files = sorted((tmp_path / "new" / "sheets").iterdir())
    assert len(files) == 9
    pdfs = [path for path in files if path.suffix == ".pdf" and path.name != "plan-1.pdf"]
    assert {path.stem for path in pdfs} == set(codes)
    assert [title_of(path) for path in pdfs] == [path.stem for path in pdfs]
    assert "Draft, not in force" in text_of(pdfs[0].read_bytes())
    with Image.open(pdfs[0].with_suffix(".png")) as picture:
        assert picture.size == (1191, 842)
    book = pypdfium2.PdfDocument((tmp_path / "new" / "sheets" / "plan-1.pdf").read_bytes())
    assert len(book) == 4
    book.close()
    # Again, over what is there, in Chinese, with a place to look grids up.
    before = {path.name: path.read_bytes() for path in pdfs}
    ran = run("map", "sheet", "--plan", 1, "--out", tmp_path / "new" / "sheets", "--format", "pdf", "--no-book")
    assert ran.code == 0
    assert before == {path.name: path.read_bytes() for path in pdfs}
    ran = run(
        "map", "sheet", "--plan", 1, "--out", "zh", "--grid", codes[0], "--lang", "zh", "--format", "png",
        "--lookup-url", "https://grid.example.cn",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert "QR" not in ran.err
    assert [path.suffix for path in (tmp_path / "zh").iterdir()] == [".png"]


def test_what_cannot_be_done_is_said(
    run: Run, plan_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("import", plan_file).code == 0
    ran = run("map", "sheet", "--out", "s")
    assert ran.code == 3
    ran = run("map", "sheet", "--plan", 1, "--out", "s", "--grid", "nowhere")
    assert ran.code == 3
    assert "no grid nowhere" in ran.err
    ran = run("map", "sheet", "--plan", 1, "--out", plan_file)
    assert ran.code == 2
    monkeypatch.setattr(find_font, "font_folders", lambda: (tmp_path / "no",))
    ran = run("map", "sheet", "--plan", 1, "--out", "s")
    assert ran.code == 3
    assert "fonts-noto-cjk" in ran.err
    monkeypatch.setenv("GEO_SHEET_FONT", "missing.otf")
    ran = run("map", "sheet", "--plan", 1, "--out", "s")
    assert ran.code == 2
    assert "GEO_SHEET_FONT names missing.otf" in ran.err
    assert not list((tmp_path / "s").glob("*.p*"))
