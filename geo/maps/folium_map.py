"""The Folium side of a page: a map without tiles, the data beside it, and links that stay on this host."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink, MacroElement
from folium.template import Template


class SheetMap(folium.Map):
    """A Folium map that loads Leaflet only.

    Folium's own template forbids zooming the page and sets sizes that our style sheets set; its default links name
    five other hosts and libraries that we do not use.
    """

    # The addresses are folium's; `Page` replaces each by its name and knows no other.
    default_js = [link for link in folium.Map.default_js if link[0] == "leaflet"]  # noqa: RUF012 - folium's own form
    default_css = [link for link in folium.Map.default_css if link[0] == "leaflet_css"]  # noqa: RUF012
    _template = Template("""
        {% macro html(this, kwargs) %}<div id="{{ this.get_name() }}" class="map"></div>{% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }},
            {center: {{ this.location|tojson }}, crs: L.CRS.{{ this.crs }}, ...{{ this.options|tojavascript }}});
        {% endmacro %}
    """)


class SheetLayer(MacroElement):
    """Our own layers: the data as inert JSON, and the map handed to the page's module, which draws them."""

    _template = Template("""
        {% macro html(this, kwargs) %}
        <script type="application/json" id="page-data">{{ this.json }}</script>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        window.wangge = {map: {{ this._parent.get_name() }}};
        window.wangge.map.createPane("pins").style.zIndex = 600;
        {% endmacro %}
    """)

    def __init__(self, json: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca publishes no types for it
        self._name = "SheetLayer"
        self.json = json


class Page(Figure):
    """A figure with our own shell around the map.

    Parameters
    ----------
    shell : the page's HTML by named part, escaped already.
    links : name of a header link -> the HTML that loads it from this host (or holds it whole).
    """

    _template = Template(
        """<!DOCTYPE html>
<html lang="{{ this.shell.lang }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{{ this.shell.meta }}
<title>{{ this.shell.title }}</title>
{% for link in this.local_links() %}{{ link }}
{% endfor %}{{ this.shell.styles }}
</head>
<body class="page-{{ this.shell.page }}">
{{ this.shell.top }}
<main>
{{ this.shell.before }}
<section id="stage" class="stage" role="region" aria-label="{{ this.shell.map_label }}">
{{ this.html.render(**kwargs) }}
<div id="legend" class="legend"></div>
</section>
<aside id="panel" class="panel" aria-label="{{ this.shell.panel_label }}" tabindex="-1"></aside>
</main>
<div id="live" class="sr" role="status" aria-live="polite"></div>
<noscript><p class="noscript">{{ this.shell.noscript }}</p></noscript>
<script>
{{ this.script.render(**kwargs) }}
</script>
{{ this.shell.module }}
</body>
</html>
"""
    )

    def __init__(self, shell: Mapping[str, str], links: Mapping[str, Callable[[], str]]) -> None:
        super().__init__()
        self.shell = dict(shell)
        self._links = links

    def local_links(self) -> list[str]:
        """Every link that an element put into the header, mapped by its name; an unknown one is a `KeyError`."""
        return [
            self._links[name]()
            for name, child in self.header._children.items()
            if isinstance(child, JavascriptLink | CssLink)
        ]


def render(json: str, shell: Mapping[str, str], links: Mapping[str, Callable[[], str]], centre: list[float]) -> str:
    """The whole page as text; the same input gives the same bytes."""
    page = Page(shell, links)
    sheet = SheetMap(
        location=centre,
        zoom_start=14,
        tiles=None,
        zoom_control=False,
        attribution_control=False,
        zoom_snap=0.25,
        zoom_delta=1,
        min_zoom=9,
        max_zoom=20,
        wheel_px_per_zoom_level=90,
    )
    layer = SheetLayer(json)
    # Folium names its elements at random; a page has one map and one layer, so fixed names do.
    _fix_name(sheet, "sheet")
    _fix_name(layer, "data")
    page.add_child(sheet, name="sheet")
    sheet.add_child(layer, name="data")
    return str(page.render())


def _fix_name(element: Element, name: str) -> None:
    element._id = name
