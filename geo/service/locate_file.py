"""Locate the rows of a file: every row comes back, in order, with its grid or its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType

import numpy as np
import shapely

from geo.errors import GeoError, InvalidCrs, NotFound
from geo.messages import Lang, catalogue, say
from geo.model import Layer, Location
from geo.service.context import Net, Service, get_plan_in_force, net_of
from geo.service.locate import locate_rows, net_of_drawing

# The columns that are added; a column of the input with such a name is kept under another.
ADDED = ("grid", "grid_name", "status", "plan", "shift_m", "border_m", "note")


def choose_net(service: Service, *, plan: str | None, as_of: date | None) -> Net:
    """The net to ask: a stored plan by id, a plan file, or the plan in force on `as_of`."""
    if plan is None:
        return net_of(service, get_plan_in_force(service, as_of))
    if plan.isdigit():
        return net_of(service, service.store.get_plan(int(plan), today=service.today()))
    if not Path(plan.partition(".gpkg:")[0]).suffix:
        raise NotFound("plan_unknown_name", plan=plan)
    return net_of_drawing(service, service.files.read_drawing(plan))


def locate_file(
    service: Service,
    net: Net,
    path: Path,
    *,
    out: Path,
    crs: str | None,
    lon: str | None,
    lat: str | None,
    lang: Lang = "zh",
) -> Mapping[str, int]:
    """Locate each point of `path` and write all its rows to `out`; returns counts of rows, located, outside, bad.

    The column `note` says in `lang` why a row has no grid.

    Raises
    ------
    InvalidCrs
        Neither the file nor `crs` names a reference system.
    """
    points = service.files.read_points(str(path), lon=lon, lat=lat)
    named = crs or points.crs
    if named is None:
        raise InvalidCrs("points_without_crs", path=path)
    x, y = shapely.get_x(points.geometry), shapely.get_y(points.geometry)
    answers = locate_rows(net, [(a, b, named) for a, b in zip(x.tolist(), y.tolist(), strict=True)])
    service.files.write_layers(str(out), {"located": _with_answers(points, named, answers, net.plan.id, lang)})
    counts = Counter("bad" if isinstance(answer, GeoError) else answer.status for answer in answers)
    return {
        "rows": len(answers),
        "located": counts["located"],
        "outside": counts["outside"],
        "bad": counts["bad"] + counts["unlocated"],
    }


def _with_answers(points: Layer, crs: str, answers: Sequence[Location | GeoError], plan: int, lang: Lang) -> Layer:
    fields = {(f"{name}_in" if name in ADDED else name): values for name, values in points.fields.items()}
    good = [None if isinstance(answer, GeoError) else answer for answer in answers]

    def text(values: list[str | None]) -> np.ndarray:
        column = np.empty(len(values), dtype=object)
        column[:] = values
        return column

    def number(values: list[float | None]) -> np.ndarray:
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)

    fields["grid"] = text([None if a is None else a.grid for a in good])
    fields["grid_name"] = text([None if a is None else a.grid_name for a in good])
    fields["status"] = text(["error" if a is None else a.status for a in good])
    fields["plan"] = np.full(len(answers), plan, dtype=np.int64)
    fields["shift_m"] = number([None if a is None else a.shift_m for a in good])
    fields["border_m"] = number([None if a is None else a.border_m for a in good])
    fields["note"] = text([_reason(answer, lang) for answer in answers])
    return Layer(geometry=points.geometry, fields=MappingProxyType(fields), crs=crs, source=points.source)


def _reason(answer: Location | GeoError, lang: Lang) -> str:
    if isinstance(answer, GeoError):
        # A cell without coordinates is no wrong coordinate.
        missing = (
            answer.code == "coordinate_not_finite" and np.isnan([answer.context["lon"], answer.context["lat"]]).all()
        )
        return say("point_missing", lang) if missing else answer.message(lang)
    return say(answer.note, lang, **answer.context) if answer.note in catalogue() else answer.note
