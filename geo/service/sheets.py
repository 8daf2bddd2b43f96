"""A printed sheet of every grid of a plan, in one run."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote, urlsplit

import numpy as np
import shapely

from geo.errors import InvalidInput, NotFound
from geo.messages import Lang
from geo.model import Area, Department, Place, Plan, Staff
from geo.service.chain import area_chain
from geo.service.context import Net, Service, get_plan_in_force, knowledge, net_of
from geo.service.pages import LEADER, backdrop
from geo.service.sheets_view import PlaceName, Post, SheetFacts, SheetPress, SheetsView

Formats = Literal["pdf", "png", "both"]
# A longer address makes a code whose squares no telephone reads from a wall.
_ADDRESS_MAX: Final = 200
# What people call by a name on the map, of all that the gazetteer knows.
_NAMED: Final = "compound"


@dataclass(frozen=True)
class SheetsWritten:
    """What a run wrote.

    Attributes
    ----------
    sheets : how many grids have a sheet now.
    files : of all files, in the order they were written.
    bytes : of all files.
    missing : characters that the font cannot write.
    lookup : whether the QR codes hold an address (else bare codes).
    """

    plan: Plan
    sheets: int
    files: tuple[Path, ...]
    bytes: int
    missing: tuple[str, ...]
    lookup: bool


def write_sheets(
    service: Service,
    press: SheetPress,
    folder: Path,
    *,
    plan_id: int | None = None,
    grids: Sequence[str] = (),
    area: str | None = None,
    formats: Formats = "both",
    book: bool = True,
    dpi: int = 150,
    lang: Lang,
    lookup: str = "",
    progress: Callable[[float, str], None] = lambda share, step: None,
) -> SheetsWritten:
    """Write `CODE.pdf` and `CODE.png` of every grid, and all PDFs as one book `plan-ID.pdf`, into a folder.

    Each file is whole or not there: a run that is stopped leaves the sheets it has finished. The same plan gives the
    same bytes.

    Parameters
    ----------
    plan_id : the plan in force if None.
    grids : codes of the grids to draw, all if empty.
    area : code or name of a community, street or district; only its grids.
    dpi : of the pictures.
    lookup : where the QR codes lead, see `target_of`; "" for bare codes.

    Raises
    ------
    NotFound
        No such plan, grid or area, or no Chinese font on this machine.
    InvalidInput
        `lookup` is no web address, the font cannot be used, or the folder cannot be written to.
    """
    view = view_sheets(service, plan_id, lookup=lookup)
    rows = chosen_rows(service, view, grids, area)
    sheets = press.open(view, lang=lang)
    names = file_names([grid.code for grid in view.grids])
    files: list[Path] = []
    size = 0

    def write(name: str, data: bytes) -> None:
        nonlocal size
        service.files.write_bytes(folder / name, data)
        files.append(folder / name)
        size += len(data)

    for done, row in enumerate(rows):
        pdf = sheets.draw(row)
        if formats != "png":
            write(f"{names[row]}.pdf", pdf)
        if formats != "pdf":
            write(f"{names[row]}.png", press.picture(pdf, dpi=dpi))
        progress((done + 1) / (len(rows) + 1), view.grids[row].name)
    if book and formats != "png" and len(rows) > 1:
        write(f"plan-{view.plan.id}.pdf", sheets.book(rows))
    progress(1.0, "")
    return SheetsWritten(view.plan, len(rows), tuple(files), size, tuple(sheets.missing), bool(lookup))


def view_sheets(service: Service, plan_id: int | None = None, *, lookup: str = "") -> SheetsView:
    """What the sheets of a plan (the one in force if None) show."""
    check_lookup(lookup)
    plan = get_plan_in_force(service) if plan_id is None else service.store.get_plan(plan_id, today=service.today())
    net = net_of(service, plan)
    place = knowledge(service).place
    return SheetsView(plan, net.grids, _facts(net, place, lookup), _names(place), backdrop(service))


def chosen_rows(service: Service, view: SheetsView, grids: Sequence[str], area: str | None) -> list[int]:
    """The rows of the grids that were asked for, in order of the plan."""
    known = {grid.code: k for k, grid in enumerate(view.grids)}
    unknown = [code for code in dict.fromkeys(grids) if code not in known]
    if unknown:
        raise NotFound("sheet_grid_unknown", codes=", ".join(unknown), plan=view.plan.id)
    rows = sorted({known[code] for code in grids}) if grids else list(range(len(view.grids)))
    if area is None:
        return rows
    areas = view.backdrop.areas
    meant = {a.code for a in areas if area in (a.code, a.name)}
    chains = net_of(service, view.plan).chains
    inside = [row for row in rows if meant & set(chains[row][:-1]) or view.grids[row].parent == area]
    if not inside:
        raise NotFound("sheet_area_empty", area=area, plan=view.plan.id)
    return inside


def check_lookup(lookup: str) -> None:
    """Refuse what is no web address.

    Raises
    ------
    InvalidInput
        No ``http://`` or ``https://`` with a host, a blank or control within, or too long for a code on a wall.
    """
    if not lookup:
        return
    try:
        parts = urlsplit(lookup)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        sound = False
    if not sound or len(lookup) > _ADDRESS_MAX or re.search(r"[\s\x00-\x1f\x7f<>\"\\]", lookup):
        raise InvalidInput("sheet_lookup_invalid", value=lookup, most=_ADDRESS_MAX)


def target_of(lookup: str, code: str) -> str:
    """What the QR code of a grid says: `lookup` with its ``{code}`` filled in, else the grid's page below it."""
    if not lookup:
        return code
    named = quote(code, safe="")
    return lookup.replace("{code}", named) if "{code}" in lookup else f"{lookup.rstrip('/')}/maps/grids/{named}"


def file_names(codes: Sequence[str]) -> list[str]:
    """Names for files: the codes, where any file system takes them; else what it takes of them, and a mark."""
    out: list[str] = []
    for code in codes:
        plain = re.sub(r"[^\w-]", "_", code)[:60]
        # Two codes that differ by letter size alone are one file on many machines.
        if plain != code or plain.lower() != plain or not plain[:1].isdigit():
            plain += "-" + blake2b(code.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
        out.append(plain)
    return out


def office_of(departments: Sequence[Department], chain: Sequence[str]) -> Department | None:
    """The office that answers for the lowest area of a chain that has one with a telephone.

    Of several in one area it is the one that the others are under; of those, the first by code.
    """
    for code in reversed(chain):
        here = {d.code: d for d in departments if d.area == code and d.phone}
        heads = [d for d in here.values() if d.parent not in here]
        if heads:
            return min(heads, key=lambda d: d.code)
    return None


def _facts(net: Net, place: Place, lookup: str) -> tuple[SheetFacts, ...]:
    areas = {area.code: area for area in place.areas}
    posts: dict[str, list[Staff]] = {}
    for post in place.staff:
        if post.role == LEADER:
            posts.setdefault(post.grid, []).append(post)
    counts = _buildings(net, place)
    out = []
    for k, grid in enumerate(net.grids):
        chain = area_chain(areas, grid.parent)
        held = posts.get(grid.code, [])
        names = tuple(dict.fromkeys(post.name for post in held if post.name))
        state: Post = "held" if names else "vacant" if held else "unknown"
        office = office_of(place.departments, chain)
        out.append(
            SheetFacts(
                community=_named(areas, chain, "community"),
                street=_named(areas, chain, "street"),
                buildings=None if counts is None else counts[k],
                post=state,
                leaders=names,
                office="" if office is None else office.name,
                phone="" if office is None else office.phone or "",
                target=target_of(lookup, grid.code),
                is_url=bool(lookup),
            )
        )
    return tuple(out)


def _named(areas: dict[str, Area], chain: Sequence[str], level: str) -> str:
    return next((areas[code].name for code in reversed(chain) if code in areas and areas[code].level == level), "")


def _buildings(net: Net, place: Place) -> list[int] | None:
    """How many buildings lie in each grid; None where the place has none at all."""
    shapes = [f.geometry for f in place.features if f.layer == "building" and not f.geometry.is_empty]
    if not shapes:
        return None
    inside = shapely.point_on_surface(np.array(shapes, dtype=object))
    home = net.index.locate(lon=shapely.get_x(inside), lat=shapely.get_y(inside))
    counts: list[int] = np.bincount(home[home >= 0], minlength=len(net.grids)).tolist()
    return counts


def _names(place: Place) -> tuple[PlaceName, ...]:
    """The compounds that the gazetteer knows the place of."""
    out = []
    for entry in place.entries:
        lon, lat, name = entry.get("lon"), entry.get("lat"), entry.get("name")
        if entry.get("kind") == _NAMED and name and lon is not None and lat is not None:
            out.append(PlaceName(str(name), float(lon), float(lat)))
    return tuple(out)
