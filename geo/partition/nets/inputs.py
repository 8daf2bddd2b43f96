"""What `refine` is given, and the checks before any work is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import InvalidBoundary, InvalidCoordinate, InvalidInput

Progress = Callable[[float, str], None]

# Weights are counted in thousandths, so that sums are exact and no order of rows can change them.
MILLI = 1000
# The greatest sum of weights that keeps every product of the reckoning in whole numbers.
_MOST_WEIGHT = 1e12


@dataclass(frozen=True, eq=False)
class NetLayer:
    """One existing net: polygons with codes, as they were drawn.

    Attributes
    ----------
    name : what the net is called ("综治"); unique.
    polygons : object (n,), Polygon or MultiPolygon in metres; they may overlap, leave gaps or cross themselves.
    codes : object (n,), non-empty strings; rows with the same code are parts of one grid.
    trust : how much the net counts where nets are weighed against one another, > 0.
    """

    name: str
    polygons: NDArray[np.object_]
    codes: NDArray[np.object_]
    trust: float = 1.0


@dataclass(frozen=True)
class NetsSettings:
    """The numbers of the overlay.

    Attributes
    ----------
    tolerance_m : faces that no disc of this diameter fits into are taken for noise of drawing one border several
        times; 0 keeps them all.
    min_border_m : two pieces that share less border than this are no neighbours.
    grids_m : noding grids that are tried in turn; 0 is plain floating point and moves nothing.
    """

    tolerance_m: float = 1.0
    min_border_m: float = 0.5
    grids_m: tuple[float, ...] = (0.0, 1e-6, 0.01)


@dataclass(frozen=True, eq=False)
class People:
    """Who lives where: `points` object (b,), Point in metres or None; `weight` float64 (b,), ≥ 0."""

    points: NDArray[np.object_]
    weight: NDArray[np.float64]

    @classmethod
    def nobody(cls) -> People:
        """No people: only areas are told."""
        return cls(np.empty(0, dtype=object), np.empty(0))


@dataclass(frozen=True, eq=False)
class Within:
    """The areas to be covered: `polygons` object (a,), disjoint; `codes` (a,), no base grid lies in two of them."""

    polygons: NDArray[np.object_]
    codes: Sequence[str]


@dataclass(frozen=True, eq=False)
class NetsInputs:
    """Everything in one projected system, metres, x before y.

    Attributes
    ----------
    layers : one or more nets; their order means nothing.
    people : whose weight is counted.
    within : the areas that the result covers exactly; None means the union of all nets.
    settings : the numbers of the overlay.
    """

    layers: Sequence[NetLayer]
    people: People
    within: Within | None = None
    settings: NetsSettings = NetsSettings()


def check_inputs(inputs: NetsInputs) -> None:
    """Refuse what no overlay can be made of; names the net and the row.

    Raises
    ------
    InvalidInput, InvalidBoundary, InvalidCoordinate
    """
    if not inputs.layers:
        raise InvalidInput("nets_no_layer")
    names: set[str] = set()
    for layer in inputs.layers:
        if not layer.name or layer.name in names:
            raise InvalidInput("nets_name_twice", layer=layer.name)
        names.add(layer.name)
        _check_layer(layer)
    tolerance = inputs.settings.tolerance_m
    if not (np.isfinite(tolerance) and 0 <= tolerance <= 100):
        raise InvalidInput("nets_tolerance_bad", value=tolerance)
    _check_people(inputs.people)
    if inputs.within is not None:
        shapes = np.asarray(inputs.within.polygons, dtype=object)
        if not len(shapes) or not float(shapely.area(shapes).sum()) > 0:
            raise InvalidBoundary("nets_boundary_empty")
        if not shapely.is_valid(shapes).all():
            row = int(np.flatnonzero(~shapely.is_valid(shapes))[0])
            raise InvalidBoundary("nets_boundary_crosses", row=row + 1, reason=shapely.is_valid_reason(shapes[row]))


def _check_layer(layer: NetLayer) -> None:
    shapes = np.asarray(layer.polygons, dtype=object)
    if not len(shapes):
        raise InvalidInput("nets_layer_empty", layer=layer.name)
    if len(layer.codes) != len(shapes):
        raise InvalidInput("nets_codes_length", layer=layer.name, got=len(layer.codes), wanted=len(shapes))
    if not (np.isfinite(layer.trust) and 0 < layer.trust <= 1e6):
        raise InvalidInput("nets_trust_bad", layer=layer.name, value=layer.trust)
    _refuse(
        [not isinstance(code, str) or not code.strip() for code in layer.codes],
        "nets_code_missing",
        layer,
        InvalidInput,
    )
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    _refuse(empty, "nets_geometry_missing", layer, InvalidBoundary)
    _refuse(~np.isin(shapely.get_type_id(shapes), (3, 6)), "nets_geometry_no_polygon", layer, InvalidBoundary)
    xy, row = shapely.get_coordinates(shapes, return_index=True)
    broken = np.zeros(len(shapes), dtype=bool)
    broken[row[~np.isfinite(xy).all(axis=1)]] = True
    _refuse(broken, "nets_not_finite", layer, InvalidCoordinate)


def _refuse(bad: Any, key: str, layer: NetLayer, error: type[InvalidInput]) -> None:
    rows = np.flatnonzero(np.asarray(bad, dtype=bool))
    if len(rows):
        row = int(rows[0])
        raise error(key, layer=layer.name, row=row + 1, code=str(layer.codes[row]), count=len(rows))


def _check_people(people: People) -> None:
    weight = np.asarray(people.weight, dtype=np.float64)
    if len(weight) != len(people.points):
        raise InvalidInput("nets_people_length", got=len(weight), wanted=len(people.points))
    bad = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))
    if len(bad):
        raise InvalidInput("nets_weight_bad", row=int(bad[0]) + 1, value=float(weight[bad[0]]), count=len(bad))
    if float(weight.sum()) > _MOST_WEIGHT:
        raise InvalidInput("nets_weight_too_large", value=float(weight.sum()))
