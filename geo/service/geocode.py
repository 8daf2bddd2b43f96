"""A citizen's words → the grid: what a person has confirmed goes first, then the gazetteer under the plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from geo.errors import NotFound
from geo.model import Geocoded, GridPart, PlaceCandidate, TextFault
from geo.service.context import Net, Service, get_plan_in_force, net_of
from geo.service.corrections import CorrectionBook, Remembered, book
from geo.service.geocode_decide import decide, versions_of
from geo.service.geocode_location import location_of_text
from geo.service.places import Places, places_of

if TYPE_CHECKING:
    from geo.model import GeocodeLevel


@dataclass(frozen=True, eq=False)
class TextReader:
    """Everything that reading texts under one plan needs, fetched once: for one text or for a million.

    `book` is what persons have corrected.
    """

    net: Net
    places: Places
    book: CorrectionBook
    inside: frozenset[str] | None = None

    def remembered(self, text: str) -> Geocoded | None:
        """What a person confirmed for the same text, unless it lies outside what was asked for."""
        found = self.book.find(text) if text.strip() else None
        if found is None:
            return None
        answer = _of_remembered(self.places, self.net, found)
        return answer if self.inside is None or answer.grid in self.inside else None

    def read(self, text: str) -> Geocoded:
        """The typed outcome of a text, without its `location`."""
        return self.remembered(text) or decide(self.places, text, inside=self.inside)


def reader_of(service: Service, net: Net, scope: str | None = None) -> TextReader:
    """The reader of texts under the plan of `net`.

    Raises
    ------
    NotFound
        `scope` is no area of the plan.
    """
    places = places_of(service, net)
    return TextReader(net, places, book(service), scope_of(places, net, scope))


def geocode(
    service: Service, text: str, *, as_of: date | None = None, net: Net | None = None, scope: str | None = None
) -> Geocoded:
    """What `text` means in the plan in force on `as_of` (or in `net`), with its `location`.

    Any text gives a typed outcome, an empty one too. What a person has confirmed for the same text goes first.

    Parameters
    ----------
    scope : code or name of the area that the place has to lie in

    Raises
    ------
    NotFound
        No plan is in force on `as_of`, or `scope` is no area of it.
    """
    net = net or net_of(service, get_plan_in_force(service, as_of))
    found = reader_of(service, net, scope).read(text)
    return replace(found, location=location_of_text(net, found))


def scope_of(places: Places, net: Net, scope: str | None) -> frozenset[str] | None:
    """The grids of an area, by its code or its name; None where no area is named.

    Raises
    ------
    NotFound
        No such area is above a grid of the plan.
    """
    if not scope:
        return None
    codes = [scope] if scope in places.inside else [c for c in places.inside if net.names.get(c) == scope]
    if len(codes) != 1:
        # Names: a list of codes of twelve digits is masked as if it were telephone numbers.
        areas = [net.names.get(code, code) for code in sorted(places.inside) if code not in places.codes]
        raise NotFound("geocode_scope_unknown", scope=scope[:64], areas=", ".join(areas[:12]) or "-")
    return places.inside[codes[0]]


def _of_remembered(places: Places, net: Net, remembered: Remembered) -> Geocoded:
    """The match that a person confirmed for the same text."""
    k = net.index.locate_one(lon=remembered.lon, lat=remembered.lat)
    kind = next((str(e["kind"]) for e in places.register.entries if str(e["id"]) == str(remembered.entry)), "poi")
    level: GeocodeLevel = kind if kind in ("building", "compound", "number", "road", "community", "street") else "poi"  # type: ignore[assignment]
    grid = net.grids[k].code if k >= 0 else None
    candidate = PlaceCandidate(
        str(remembered.entry), kind, remembered.name, 1.0, grid, (grid,) if grid else (), remembered.lon, remembered.lat
    )
    at: dict[str, Any] = {"lon": remembered.lon, "lat": remembered.lat}
    if k >= 0:
        part = GridPart(net.grids[k].code, places.names[k], 1.0)
        at |= {"grid": part.grid, "grid_name": part.name, "chain": net.chains[k], "grids": (part,)}
    return Geocoded(
        "match",
        level,
        1.0,
        versions_of(places),
        candidates=(candidate,),
        correction=remembered.correction,
        faults=() if k >= 0 else (TextFault("geocode_outside", 0.0, {}),),
        **at,
    )
