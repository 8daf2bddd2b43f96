"""What a picture shows of one period, as a file: CSV for offices, GeoPackage and GeoJSON for GIS programs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import shapely

from geo.hotspots import PATTERNS
from geo.messages import Lang, say
from geo.model import Layer
from geo.service.context import Service, knowledge
from geo.service.hotspot_page import ALPHA, Picture
from geo.service.hotspot_page_body import cluster_body, step_body
from geo.service.hotspot_page_clusters import stored_clusters

FileKind = Literal["csv", "gpkg", "geojson"]
# Columns of a grid besides those that name it; `geo.maps` words them on the page and in the CSV.
FIGURES: Final = (
    "observed", "expected", "ratio", "around_observed", "around_expected", "around_ratio", "low", "high", "q",
    "before", "change", "change_q", "z", "z_q",
)  # fmt: skip


def export_picture(service: Service, picture: Picture, step: int, kind: FileKind, *, lang: Lang, public: bool) -> bytes:
    """The grids of one period with their figures; the GeoPackage holds the clusters of the runs besides.

    Raises
    ------
    InvalidInput
        There is no such step.
    """
    columns = grid_columns(service, picture, step, lang=lang, public=public)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"hotspots.{kind}"
        if kind == "csv":
            header = [say(f"word_hs_{name}", lang) for name in columns]
            service.files.write_rows(path, header, zip(*columns.values(), strict=True))
        else:
            shapes = np.array([grid.geometry for grid in picture.net.grids], dtype=object)
            layers = {"hotspots": _layer(columns, shapes)}
            if kind == "gpkg":
                layers |= _clusters(service, picture, lang=lang, public=public)
            service.files.write_layers(str(path), layers)
        return path.read_bytes()


def grid_columns(service: Service, picture: Picture, step: int, *, lang: Lang, public: bool) -> dict[str, list[Any]]:
    """Column -> a value a grid; None where nothing is told."""
    told = step_body(picture, step, public=public)
    grids, question = picture.net.grids, picture.question
    areas = {area.code: area.name for area in knowledge(service).place.areas}
    n, figures = len(grids), picture.figures
    first, days = picture.periods.first_day(step), int(picture.days[step])
    last = type(first).fromordinal(first.toordinal() + days - 1)
    judged = figures.judged[step]
    same: dict[str, Any] = {
        "first": first.isoformat(), "last": last.isoformat(), "plan": picture.net.plan.id,
        "category": question.category, "department": question.department, "denominator": question.denominator,
    }  # fmt: skip
    columns: dict[str, list[Any]] = {
        "code": [grid.code for grid in grids],
        "name": [grid.name for grid in grids],
        "community": [areas.get(grid.parent, grid.parent) for grid in grids],
        **{name: [value] * n for name, value in same.items()},
        "observed": told["observed"],
        "rate": _rates(picture, told["observed"]),
        **{name: told[name] for name in FIGURES[1:]},
        "judged": [int(value) for value in judged],
        "significant": [int(value) for value in judged & (figures.q[step] <= ALPHA)],
    }
    if picture.pattern is not None:
        columns["pattern"] = [say(f"word_pattern_{PATTERNS[k]}", lang) for k in picture.pattern.tolist()]
    return columns


def _rates(picture: Picture, observed: list[int | None]) -> list[float | None]:
    """Incidents per 1,000 of what rates are told by."""
    if picture.per is None:
        return [None] * len(observed)
    return [
        None if n is None or not base > 0 else round(1000 * n / base, 3)
        for n, base in zip(observed, picture.per[1].tolist(), strict=True)
    ]


def _layer(columns: dict[str, list[Any]], shapes: Any) -> Layer:
    fields = {}
    for name, cells in columns.items():
        fields[name] = np.empty(len(cells), dtype=object)
        fields[name][:] = cells
        if all(cell is None for cell in cells):
            fields[name] = np.full(len(cells), np.nan)
    return Layer(geometry=shapes, fields=fields, crs="EPSG:4326", source="hotspots")


def _clusters(service: Service, picture: Picture, *, lang: Lang, public: bool) -> dict[str, Layer]:
    found = [cluster_body(told, lang) for told in stored_clusters(service, picture, public=public)]
    if not found:
        return {}
    names = ("id", "topic", "name", "sentence", "first", "last", "radius_m", "observed", "expected", "p", "plan")
    columns = {name: [cluster[name] for cluster in found] for name in names}
    columns["grids"] = [" ".join(cluster["grids"]) for cluster in found]
    centres = np.array([shapely.Point(cluster["lon"], cluster["lat"]) for cluster in found], dtype=object)
    return {"clusters": _layer(columns, centres)}
