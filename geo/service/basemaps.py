"""What the settings say about a base map from elsewhere: read strictly, since it opens the page to another host."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from geo import crs as crs_
from geo.errors import GeoError, InvalidInput
from geo.model import TileMap, TileSource

MOST_SOURCES: Final = 4
TIANDITU: Final = ("vec", "cva", "img", "cia", "ter", "cta")
_TIANDITU_URL: Final = (
    "https://t{{s}}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
    "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={{key}}"
)
_TIANDITU_HOST: Final = "tianditu.gov.cn"
_TIANDITU_NAME: Final = "天地图"
# Hosts whose maps are drawn in GCJ-02 by law, and the one whose grid of tiles is its own.
_SHIFTED: Final = ("autonavi.com", "amap.com", "gtimg.com", "qq.com", "google.cn")
_BAIDU: Final = ("baidu.com", "bdimg.com", "bdstatic.com", "bcebos.com")
_DATUMS: Final = (crs_.WGS84, crs_.CGCS2000, crs_.GCJ02, crs_.BD09)
# Placeholder of a template, in small letters -> ours. WMTS has names of its own.
_NAMES: Final = {
    "z": "z", "zoom": "z", "tilematrix": "z", "x": "x", "tilecol": "x", "y": "y", "tilerow": "y", "-y": "-y",
    "s": "s", "key": "key", "tk": "key", "token": "key", "style": "style", "tilematrixset": "set",
}  # fmt: skip
_KEYS: Final = frozenset(
    ("tk", "key", "ak", "sk", "token", "access_token", "accesstoken", "apikey", "api_key", "appkey", "app_key", "sig")
)
# Name of a tile matrix set -> squares of degrees or not, and what its levels differ by from ours.
_MATRICES: Final = {
    **dict.fromkeys(("w", "epsg:3857", "3857", "epsg:900913", "googlemapscompatible", "webmercatorquad"), (False, 0)),
    **dict.fromkeys(("c", "googlecrs84quad"), (True, 0)),
    **dict.fromkeys(("epsg:4326", "4326", "worldcrs84quad", "crs84"), (True, -1)),
}
_MOST_LEVEL: Final = 22
_PLACE: Final = re.compile(r"\{([^{}]*)\}")
_RANGE: Final = re.compile(r"([a-z0-9])-([a-z0-9])")
_URL_TEXT: Final = re.compile(r"[A-Za-z0-9\-._~:/?@!$&'()*+,;=%]*")
_LABEL: Final = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_HOST: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*(:[0-9]{{1,5}})?", re.IGNORECASE)


@dataclass(frozen=True)
class _Wishes:
    """The settings beside the templates, as they were written; "" for none."""

    key: str
    datum: str
    subdomains: str
    zoom: str
    matrix: str


def read_tile_map(
    sources: str,
    *,
    key: str = "",
    datum: str = "",
    subdomains: str = "",
    zoom: str = "",
    matrix: str = "",
    credit: str = "",
) -> TileMap | None:
    """The base map that the settings describe; None where `sources` is empty.

    Parameters
    ----------
    sources : templates of addresses or "tianditu:vec" and the like, parted by blanks, the bottom one first.
    key : fills {key}.
    datum : of all sources; by their hosts if empty (Tianditu CGCS2000, AMap and Tencent GCJ-02, all others WGS84).
    subdomains : what {s} stands for: "0-7" or "a,b,c".
    zoom : first and last level that the sources have, "1-18".
    matrix : name of the tile matrix set: w, c, EPSG:3857, EPSG:4326; as the address names it if empty.
    credit : source and approval number (审图号), shown on the map.

    Raises
    ------
    InvalidInput
        An address that is none, that cannot be drawn in its right place, or that would show the key.
    """
    templates = sources.split()
    if not templates:
        return None
    if len(templates) > MOST_SOURCES:
        raise InvalidInput("basemap_too_many", got=len(templates), most=MOST_SOURCES)
    wishes = _Wishes(key.strip(), datum.strip(), subdomains.strip(), zoom.strip(), matrix.strip())
    made = tuple(_source(template, wishes) for template in templates)
    return TileMap(sources=made, credit=credit.strip() or _credit(made), key=wishes.key)


def _source(text: str, wishes: _Wishes) -> TileSource:
    template = _template(text, wishes)
    host = _host(template, text)
    if "{key}" in template and not wishes.key:
        raise InvalidInput("basemap_key_missing", source=_shown(text))
    template, subdomains = _subdomains(template, wishes.subdomains, host)
    degrees, shift = _matrix(template, wishes.matrix)
    low, high = _levels(wishes.zoom, host)
    return TileSource(
        url=template,
        origins=_origins(template, subdomains),
        subdomains=subdomains,
        degrees=degrees,
        shift=shift,
        low=low - shift,
        high=high - shift,
        datum=_datum(wishes.datum, host),
    )


def _template(text: str, wishes: _Wishes) -> str:
    """The address with our names for its placeholders; keys that stand in it are refused before it is ever shown."""
    if text.casefold().startswith("tianditu:"):
        layer = text.partition(":")[2].casefold()
        if layer not in TIANDITU:
            raise InvalidInput("basemap_tianditu_unknown", layer=layer, known=", ".join(TIANDITU))
        return _TIANDITU_URL.format(layer=layer)
    template = re.sub("%7b", "{", re.sub("%7d", "}", text, flags=re.IGNORECASE), flags=re.IGNORECASE)
    for name, value in parse_qsl(template.partition("?")[2], keep_blank_values=True):
        if name.casefold() in _KEYS and value and not _PLACE.fullmatch(value):
            raise InvalidInput("basemap_key_in_source", parameter=name)
    template = _PLACE.sub(lambda found: _ours(found, text, wishes), template)
    plain = _PLACE.sub("", template)
    if "{" in plain or "}" in plain or not _URL_TEXT.fullmatch(plain):
        raise InvalidInput("basemap_text", source=_shown(text))
    has = set(_PLACE.findall(template))
    missing = [f"{{{name}}}" for name in ("z", "x", "y") if name not in has and f"-{name}" not in has]
    if missing:
        raise InvalidInput("basemap_placeholder_missing", source=_shown(text), missing=", ".join(missing))
    return template


def _ours(found: re.Match[str], text: str, wishes: _Wishes) -> str:
    name = found[1].strip().casefold()
    if _RANGE.fullmatch(name):
        return f"{{{name}}}"
    ours = _NAMES.get(name)
    if ours is None:
        known = ", ".join(f"{{{known}}}" for known in _NAMES)
        raise InvalidInput("basemap_placeholder_unknown", source=_shown(text), name=found[0], known=known)
    if ours == "style":
        return "default"
    if ours == "set":
        if not wishes.matrix:
            raise InvalidInput("basemap_matrix_missing", source=_shown(text))
        return wishes.matrix
    return f"{{{ours}}}"


def _host(template: str, text: str) -> str:
    """The host in small letters with {s} as it stands, "" for an address of this server's own."""
    if template.startswith("/") and not template.startswith("//"):
        return ""
    try:
        parts = urlsplit(template)
    except ValueError:
        raise InvalidInput("basemap_text", source=_shown(text)) from None
    if parts.scheme not in ("https", "http") or not template.startswith(f"{parts.scheme}://"):
        raise InvalidInput("basemap_scheme", source=_shown(text))
    # A label's worth of letters stands for what {s} will be.
    shown = _PLACE.sub(lambda found: "0" if found[1] == "s" or _RANGE.fullmatch(found[1]) else "{", parts.netloc)
    port = shown.rpartition(":")[2] if ":" in shown else "1"
    if not _HOST.fullmatch(shown) or not 0 < int(port) < 65536:
        raise InvalidInput("basemap_host", source=_shown(text), host=parts.netloc.rpartition("@")[2])
    host = parts.netloc.partition(":")[0].casefold()
    if _is_of(host, *_BAIDU):
        raise InvalidInput("basemap_baidu", host=host)
    return host


def _is_of(host: str, *domains: str) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _subdomains(template: str, wished: str, host: str) -> tuple[str, tuple[str, ...]]:
    """The template with {s} only, and what it stands for."""
    ranges = {place for place in _PLACE.findall(template) if _RANGE.fullmatch(place)}
    if not ranges and "{s}" not in template:
        return template, ()
    if len(ranges) > 1 or (ranges and "{s}" in template):
        raise InvalidInput("basemap_subdomains_two", names=", ".join(f"{{{r}}}" for r in sorted(ranges)))
    written = next(iter(ranges), wished or ("0-7" if _is_of(host, _TIANDITU_HOST) else ""))
    for place in ranges:
        template = template.replace(f"{{{place}}}", "{s}")
    found = _RANGE.fullmatch(written.casefold())
    names = [chr(k) for k in range(ord(found[1]), ord(found[2]) + 1)] if found else written.split(",")
    names = [name.strip() for name in names]
    if not names or not all(re.fullmatch(_LABEL, name, re.IGNORECASE) and len(name) < 64 for name in names):
        raise InvalidInput("basemap_subdomains", got=written)
    return template, tuple(names)


def _matrix(template: str, wished: str) -> tuple[bool, int]:
    """Squares of degrees or not, and what the service's levels differ by from ours."""
    asked = {name.casefold(): value for name, value in parse_qsl(template.partition("?")[2])}
    name = wished or asked.get("tilematrixset", "")
    if not name:
        return False, 0
    short = re.sub(r"^urn:ogc:def:crs:", "", name.casefold()).replace("::", ":")
    if short not in _MATRICES:
        raise InvalidInput("basemap_matrix_unknown", name=name, known=", ".join(("w", "c", "EPSG:3857", "EPSG:4326")))
    return _MATRICES[short]


def _levels(wished: str, host: str) -> tuple[int, int]:
    if not wished:
        return (1, 18) if _is_of(host, _TIANDITU_HOST) else (0, 18)
    found = re.fullmatch(r"([0-9]{1,2})\s*-\s*([0-9]{1,2})", wished)
    if not found or not int(found[1]) <= int(found[2]) <= _MOST_LEVEL:
        raise InvalidInput("basemap_zoom", got=wished, most=_MOST_LEVEL)
    return int(found[1]), int(found[2])


def _datum(wished: str, host: str) -> str:
    if not wished:
        if _is_of(host, _TIANDITU_HOST):
            return crs_.CGCS2000
        return crs_.GCJ02 if _is_of(host, *_SHIFTED) else crs_.WGS84
    try:
        name = crs_.canonical(wished)
    except GeoError:
        name = ""
    if name not in _DATUMS:
        raise InvalidInput("basemap_datum", got=wished, known="WGS84, CGCS2000, GCJ-02, BD-09")
    return name


def _origins(template: str, subdomains: tuple[str, ...]) -> tuple[str, ...]:
    if template.startswith("/"):
        return ()
    parts = urlsplit(template)
    origin = f"{parts.scheme}://{parts.netloc}".lower()
    return tuple(dict.fromkeys(origin.replace("{s}", name.lower()) for name in subdomains or ("",)))


def _credit(sources: tuple[TileSource, ...]) -> str:
    """Names that everybody can look up, where nobody has said how the source is to be named."""
    hosts = [urlsplit(source.origins[0]).hostname or "" for source in sources if source.origins]
    return " · ".join(dict.fromkeys(_TIANDITU_NAME if _is_of(host, _TIANDITU_HOST) else host for host in hosts))


def _shown(text: str) -> str:
    """A template as an error may tell it: without a name and password before the host."""
    return re.sub(r"//[^/@]*@", "//***@", text)[:200]
