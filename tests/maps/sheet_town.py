"""The town of the editor with all that a sheet shows: staff, offices, compounds, water, park, rail, wall."""

from __future__ import annotations

import ctypes
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pypdfium2.raw as raw
import shapely
from fontTools import subset
from fontTools.ttLib import TTFont

from geo.maps.sheets import find_font
from geo.messages import LANGS, catalogue
from geo.model import Department, Feature, Place, Staff
from geo.service.context import Service
from tests.maps.town import COLUMNS, COMMUNITIES, SOUTH, STEP, WEST, square, town_place, town_service

PERSONAL = "10220000077"
LOOKUP = "https://grid.example.cn"
MM = 72 / 25.4


def sheet_place() -> Place:
    place = town_place()
    first = f"{COMMUNITIES[0]}001"
    across = shapely.LineString([(WEST, SOUTH + 5.5 * STEP), (WEST + COLUMNS * STEP, SOUTH + 5.5 * STEP)])
    features = (
        Feature("water", "w", "清河", "river", square(0, 9.4, COLUMNS, 0.8)),
        Feature("landuse", "p", "东园公园", "park", square(2, 1, 1, 1)),
        Feature("rail", "r", "晨明铁路", "rail", across),
        Feature("wall", "m", "", "wall", shapely.boundary(square(0.1, 0.1, 6, 1.5))),
    )
    return replace(
        place,
        features=(*place.features, *features),
        staff=(
            Staff(first, "网格长", "彭洋", PERSONAL),
            Staff(first, "网格员", "王雪梅", PERSONAL),
            Staff(f"{COMMUNITIES[0]}002", "网格长", None),
        ),
        departments=(
            Department("Z", "河湾街道执法队", "J", "990101001", "0190-5550002"),
            Department("J", "河湾街道办事处", None, "990101001", "0190-5550001"),
            Department("W", "柳溪社区居民委员会", "J", COMMUNITIES[0], "0190-5550003"),
        ),
        entries=(
            {"id": "c", "kind": "compound", "name": "安居里", "lon": WEST + 1.5 * STEP, "lat": SOUTH + 1.5 * STEP},
        ),
    )


def sheet_service(folder: Path) -> Service:
    """A service whose plan 1 came into force on 1 March 2026."""
    service = town_service(folder, sheet_place())
    service.store.publish_plan(
        1, effective=date(2026, 3, 1), lineage=[], predecessor=None, actor="tester", today=service.today()
    )
    return service


def cut_font(path: Path, texts: str) -> Path:
    """The Chinese font of this machine with the characters of the town, of the sheets and of `texts` alone."""
    source = find_font.find_fonts()[0]
    words = "".join(text[lang] for key, text in catalogue().items() if key.startswith("sheet_") for lang in LANGS)
    names = (
        "".join(f"{f.name}" for f in sheet_place().features) + "柳溪望河湾区街道社区居民委员会执法队办事处彭洋安里小"
    )
    options = subset.Options()
    options.set(layout_features=[], hinting=False, desubroutinize=True, notdef_outline=True)
    with TTFont(source.path, fontNumber=source.face, lazy=True) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(text=find_font._NEEDED + words + names + texts + "〔〕")
        cutter.subset(font)
        font.save(path)
    return path


def text_of(pdf: bytes) -> str:
    """What somebody who searches or copies finds."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def sizes_of(pdf: bytes) -> list[float]:
    """The size of every text of the first page, points on paper."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        found = []
        for item in document[0].get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
            size = ctypes.c_float()
            assert raw.FPDFTextObj_GetFontSize(item, ctypes.byref(size))
            matrix = item.get_matrix()
            found.append(size.value * (matrix.c**2 + matrix.d**2) ** 0.5)
        return found
    finally:
        document.close()


def strokes_of(pdf: bytes) -> list[tuple[str, float, list[list[tuple[float, float]]]]]:
    """Every stroke of the first page, its colour, its width and its lines, mm."""
    found = []
    with pikepdf.open(io.BytesIO(pdf)) as document:
        colour, width = "", 0.0
        lines: list[list[tuple[float, float]]] = []
        for operands, operator in pikepdf.parse_content_stream(document.pages[0]):
            values = [float(v) for v in operands if isinstance(v, int | float | Decimal)]
            match str(operator):
                case "RG":
                    colour = "#" + "".join(f"{round(255 * v):02X}" for v in values)
                case "w":
                    width = values[0] / MM
                case "m":
                    lines.append([(values[0] / MM, values[1] / MM)])
                case "l":
                    lines[-1].append((values[0] / MM, values[1] / MM))
                case "h":
                    lines[-1].append(lines[-1][0])
                case "S":
                    found.append((colour, width, lines))
                    lines = []
                case "f" | "f*" | "n":
                    lines = []
                case _:
                    pass
    return found


def named(view: Any, name: str) -> int:
    """The row of a grid."""
    return next(k for k, grid in enumerate(view.grids) if grid.name == name)
