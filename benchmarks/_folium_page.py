"""The peer of our pages: what a plain Folium page of the same place, grids and issues looks like."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import folium
import shapely

from geo.maps.assets import VENDOR
from geo.model import Feature, Grid, Issue

_COLOURS: Final = ("#F3C7C4", "#EBCDA0", "#FBF0CC", "#D6E8BC", "#C4E6D7", "#B9D3DC", "#E4EBFD", "#DCCBF4")


class _Map(folium.Map):  # type: ignore[misc]
    """Leaflet alone, and that from this machine: there is no network."""

    default_js = [("leaflet", (VENDOR / "leaflet" / "leaflet.js").as_uri())]  # noqa: RUF012 - folium's own form
    default_css = [("leaflet_css", (VENDOR / "leaflet" / "leaflet.css").as_uri())]  # noqa: RUF012


def _features(rows: list[tuple[Any, dict[str, Any]]]) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": properties}
            for shape, properties in rows
            if shape is not None and not shape.is_empty
        ],
    }


def write_folium(path: Path, grids: tuple[Grid, ...], issues: tuple[Issue, ...], features: tuple[Feature, ...]) -> None:
    """One file: buildings, roads and water, the grids with a tooltip, a circle with a tooltip for each issue."""
    box = shapely.total_bounds([grid.geometry for grid in grids])
    page = _Map(location=[(box[1] + box[3]) / 2, (box[0] + box[2]) / 2], zoom_start=14, tiles=None)
    base = [(f.geometry, {"layer": f.layer, "name": f.name}) for f in features]
    folium.GeoJson(_features(base), style_function=lambda _: {"color": "#888", "weight": 1}).add_to(page)
    washes = [
        (g.geometry, {"code": g.code, "name": g.name, "households": g.households, "colour": _COLOURS[g.colour % 8]})
        for g in grids
    ]
    folium.GeoJson(
        _features(washes),
        style_function=lambda feature: {"fillColor": feature["properties"]["colour"], "fillOpacity": 0.8, "weight": 1},
        tooltip=folium.GeoJsonTooltip(["name", "code", "households"]),
    ).add_to(page)
    points = [
        (shapely.Point(i.location.lon, i.location.lat), {"text": i.text, "address": i.address, "status": i.status})
        for i in issues
        if i.location.lon is not None
    ]
    folium.GeoJson(
        _features(points), marker=folium.CircleMarker(radius=5), tooltip=folium.GeoJsonTooltip(["text", "status"])
    ).add_to(page)
    page.save(str(path))
