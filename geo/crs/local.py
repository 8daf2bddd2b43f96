"""Local systems (地方坐标系) that a deployment defines itself, as self-contained WKT.

A definition becomes the WKT of a system that PROJ and GIS programs know by themselves: a derived projected system with
an affine step (EPSG method 9624), or a bound system with seven parameters (EPSG methods 9606 and 9607). Whatever is
handed on is that WKT, so nothing has to be looked up later, in another process or on another day.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from geo.crs.names import canonical, proj_crs
from geo.errors import InvalidCrs

if TYPE_CHECKING:
    from pyproj import CRS

Matrix = tuple[tuple[float, float, float], tuple[float, float, float]]

KINDS: Final = ("affine", "similarity", "helmert")
DIRECTIONS: Final = ("base_to_local", "local_to_base")
CONVENTIONS: Final = ("position_vector", "coordinate_frame")
_LEAST_DETERMINANT: Final = 1e-6  # of the linear part: a millionth of the area and less is a mistake
_FIELDS: Final = {
    "affine": (("x", "y"), ("direction",)),
    "similarity": (("dx_m", "dy_m", "rotation_deg", "scale"), ("direction",)),
    "helmert": (("dx_m", "dy_m", "dz_m", "rx_s", "ry_s", "rz_s", "scale_ppm", "convention"), ()),
}


@dataclass(frozen=True)
class Systems:
    """The local systems of a deployment, by name."""

    wkt: Mapping[str, str] = field(default_factory=dict)

    def resolve(self, crs: str) -> str:
        """The self-contained definition if `crs` is the name of a local system, else `crs` as it came."""
        return self.wkt.get(_folded(crs), crs) if isinstance(crs, str) else crs


def read_systems(table: Mapping[str, Any], *, source: str) -> Systems:
    """Local systems from a table: name of a system → its definition, see `local_wkt`.

    Parameters
    ----------
    table : what a TOML file holds
    source : the file's name, for messages

    Raises
    ------
    InvalidCrs
        A definition is wrong, a name stands twice or means something else already; names system and field.
    """
    out: dict[str, str] = {}
    for name, definition in table.items():
        if not isinstance(definition, Mapping):
            raise InvalidCrs("local_no_table", source=source, system=name)
        if _folded(name) in out:
            raise InvalidCrs("local_name_taken", source=source, system=name)
        try:
            canonical(name)
        except InvalidCrs:
            out[_folded(name)] = local_wkt(name, definition, source=source)
        else:
            raise InvalidCrs("local_name_taken", source=source, system=name)
    return Systems(out)


def local_wkt(name: str, definition: Mapping[str, Any], *, source: str) -> str:
    """The WKT of one local system.

    Parameters
    ----------
    definition : field → value

        - ``base``: name of the system that it is built on, see `canonical`.
        - ``kind = "affine"``: ``x = [a0, a1, a2]``, ``y = [b0, b1, b2]``, so that local x = a0 + a1·E + a2·N and local
          y = b0 + b1·E + b2·N, of easting and northing in metres of the projected base.
        - ``kind = "similarity"``: ``dx_m``, ``dy_m``, ``rotation_deg``, ``scale``, so that local x = dx +
          scale·(E·cos r − N·sin r) and local y = dy + scale·(E·sin r + N·cos r).
        - both: ``direction = "local_to_base"`` if the parameters lead the other way.
        - ``kind = "helmert"``: ``dx_m dy_m dz_m rx_s ry_s rz_s scale_ppm`` (metres, arc seconds, millionths) from the
          datum of the base to WGS84, and ``convention = "position_vector"`` or ``"coordinate_frame"``, which differ in
          the sign of the rotations (IOGP Guidance Note 7-2, 4.3.3).
    source : for messages

    Raises
    ------
    InvalidCrs
        A field is missing, unknown or no number, the base is unknown or unfit, or the matrix has no inverse.
    """
    at = {"source": source, "system": name}
    kind = definition.get("kind")
    if kind not in KINDS:
        raise InvalidCrs("local_word_unknown", **at, field="kind", got=kind, known=", ".join(KINDS))
    needed, further = _FIELDS[kind]
    for wanted in ("base", *needed):
        if wanted not in definition:
            raise InvalidCrs("local_field_missing", **at, field=wanted, kind=kind)
    for given in definition:
        if given not in ("base", "kind", *needed, *further):
            known = ", ".join(("base", "kind", *needed, *further))
            raise InvalidCrs("local_field_unknown", **at, field=given, known=known)
    try:
        base = proj_crs(canonical(definition["base"]))
    except InvalidCrs as error:
        raise InvalidCrs("local_base_unknown", **at, base=str(definition["base"])[:80]) from error
    if kind == "helmert":
        return _bound(base, definition, at)
    matrix = _affine(definition, at) if kind == "affine" else _similarity(definition, at)
    if _word(definition, "direction", DIRECTIONS, at, "base_to_local") == "local_to_base":
        matrix = inverse(matrix)
    return _derived(name, base, matrix, at)


def inverse(matrix: Matrix) -> Matrix:
    """The affine map that leads back."""
    (a0, a1, a2), (b0, b1, b2) = matrix
    d = a1 * b2 - a2 * b1
    return ((a2 * b0 - a0 * b2) / d, b2 / d, -a2 / d), ((b1 * a0 - b0 * a1) / d, -b1 / d, a1 / d)


def _affine(definition: Mapping[str, Any], at: Mapping[str, Any]) -> Matrix:
    rows = []
    for name in ("x", "y"):
        row = definition[name]
        if not isinstance(row, list) or len(row) != 3:
            raise InvalidCrs("local_three_numbers", **at, field=name, got=str(row)[:80])
        rows.append(tuple(_number(value, name, at) for value in row))
    (a0, a1, a2), (b0, b1, b2) = rows
    if not abs(a1 * b2 - a2 * b1) > _LEAST_DETERMINANT:
        raise InvalidCrs("local_singular", **at, determinant=a1 * b2 - a2 * b1)
    return (a0, a1, a2), (b0, b1, b2)


def _similarity(definition: Mapping[str, Any], at: Mapping[str, Any]) -> Matrix:
    dx, dy, turn, scale = (_number(definition[f], f, at) for f in ("dx_m", "dy_m", "rotation_deg", "scale"))
    if not scale * scale > _LEAST_DETERMINANT:
        raise InvalidCrs("local_singular", **at, determinant=scale * scale)
    a, b = scale * math.cos(math.radians(turn)), scale * math.sin(math.radians(turn))
    return (dx, a, -b), (dy, b, a)


def _derived(name: str, base: CRS, matrix: Matrix, at: Mapping[str, Any]) -> str:
    units = {axis.unit_name for axis in base.axis_info}
    if not base.is_projected or base.is_bound or units != {"metre"}:
        raise InvalidCrs("local_base_not_plane", **at, base=base.name)
    inner = base.to_wkt("WKT2_2019").replace("PROJCRS[", "BASEPROJCRS[", 1)
    inner = inner[: inner.index(",CS[Cartesian")] + "]"
    (a0, a1, a2), (b0, b1, b2) = matrix
    if base.axis_info[0].direction.lower() == "north":
        # PROJ hands the affine step the base's own axes in their own order.
        a1, a2, b1, b2 = a2, a1, b2, b1
    number = {
        "A0": (a0, 8623),
        "A1": (a1, 8624),
        "A2": (a2, 8625),
        "B0": (b0, 8639),
        "B1": (b1, 8640),
        "B2": (b2, 8641),
    }
    parameters = "".join(
        f',PARAMETER["{key}",{value!r},'
        + ('LENGTHUNIT["metre",1]' if key.endswith("0") else 'SCALEUNIT["coefficient",1]')
        + f',ID["EPSG",{code}]]'
        for key, (value, code) in number.items()
    )
    quoted = name.replace('"', '""')
    wkt = (
        f'DERIVEDPROJCRS["{quoted}",{inner},DERIVINGCONVERSION["{quoted}",'
        f'METHOD["Affine parametric transformation",ID["EPSG",9624]]{parameters}],'
        'CS[Cartesian,2],AXIS["x",east,ORDER[1]],AXIS["y",north,ORDER[2]],LENGTHUNIT["metre",1]]'
    )
    return canonical(wkt)


def _bound(base: CRS, definition: Mapping[str, Any], at: Mapping[str, Any]) -> str:
    from pyproj.crs import BoundCRS
    from pyproj.crs.coordinate_operation import ToWGS84Transformation

    if base.is_bound or base.geodetic_crs is None or base.type_name.startswith("Derived"):
        raise InvalidCrs("local_base_bound", **at, base=base.name)
    values = [_number(definition[f], f, at) for f in _FIELDS["helmert"][0][:-1]]
    if _word(definition, "convention", CONVENTIONS, at, "") == "coordinate_frame":
        values[3:6] = [-value for value in values[3:6]]
    shift = ToWGS84Transformation(base.geodetic_crs, *values)
    return canonical(BoundCRS(source_crs=base, target_crs="EPSG:4326", transformation=shift).to_wkt())


def _number(value: Any, name: str, at: Mapping[str, Any]) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidCrs("local_no_number", **at, field=name, got=str(value)[:80])
    return float(value)


def _word(definition: Mapping[str, Any], name: str, known: tuple[str, ...], at: Mapping[str, Any], usual: str) -> str:
    word = definition.get(name, usual)
    if word not in known:
        raise InvalidCrs("local_word_unknown", **at, field=name, got=word, known=", ".join(known))
    return str(word)


def _folded(name: str) -> str:
    return name.strip().casefold()
