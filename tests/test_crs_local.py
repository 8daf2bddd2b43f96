"""Local systems: what a definition means, that it comes back, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import crs
from geo.crs.local import inverse
from geo.errors import GeoError, InvalidCrs, InvalidInput

AFFINE: dict[str, object] = {
    "base": "EPSG:4547",
    "kind": "affine",
    "x": [-500000.0, 1.0001, 0.01],
    "y": [-3800000.0, -0.01, 0.9999],
}
SIMILAR: dict[str, object] = {
    "base": "EPSG:4547",
    "kind": "similarity",
    "dx_m": 7.0,
    "dy_m": -9.0,
    "rotation_deg": 12.0,
    "scale": 1.0002,
}
HELMERT: dict[str, object] = {
    "base": "EPSG:2435", "kind": "helmert", "dx_m": 24.0, "dy_m": -123.0, "dz_m": -94.0, "rx_s": 0.02, "ry_s": -0.25,
    "rz_s": -0.13, "scale_ppm": 1.1, "convention": "position_vector",
}  # fmt: skip
POINTS = np.array([[114.0, 34.0], [114.3, 34.5], [113.6, 34.9]]).T


def wkt(definition: dict[str, object]) -> str:
    return crs.local_wkt("本地", definition, source="local.toml")


def test_affine_is_six_numbers_upon_easting_and_northing() -> None:
    east, north = crs.from_wgs84(*POINTS, crs="EPSG:4547")
    x, y = crs.from_wgs84(*POINTS, crs=wkt(AFFINE))
    np.testing.assert_allclose(x, -500000.0 + 1.0001 * east + 0.01 * north, atol=1e-6)
    np.testing.assert_allclose(y, -3800000.0 - 0.01 * east + 0.9999 * north, atol=1e-6)


def test_affine_upon_a_base_whose_easting_comes_first() -> None:
    east, north = crs.from_wgs84(*POINTS, crs="EPSG:32649")
    x, y = crs.from_wgs84(*POINTS, crs=wkt({**AFFINE, "base": "EPSG:32649"}))
    np.testing.assert_allclose(x, -500000.0 + 1.0001 * east + 0.01 * north, atol=1e-6)
    np.testing.assert_allclose(y, -3800000.0 - 0.01 * east + 0.9999 * north, atol=1e-6)


def test_similarity_turns_stretches_and_shifts() -> None:
    east, north = crs.from_wgs84(*POINTS, crs="EPSG:4547")
    x, y = crs.from_wgs84(*POINTS, crs=wkt(SIMILAR))
    turned = (east + 1j * north) * 1.0002 * np.exp(1j * math.radians(12.0)) + (7.0 - 9.0j)
    np.testing.assert_allclose(x + 1j * y, turned, atol=1e-6)


def test_direction_the_other_way() -> None:
    x, y = crs.from_wgs84(*POINTS, crs=wkt({**SIMILAR, "direction": "local_to_base"}))
    turned = (x + 1j * y) * 1.0002 * np.exp(1j * math.radians(12.0)) + (7.0 - 9.0j)
    east, north = crs.from_wgs84(*POINTS, crs="EPSG:4547")
    np.testing.assert_allclose(turned, east + 1j * north, atol=1e-6)


@pytest.mark.parametrize("convention", ["position_vector", "coordinate_frame"])
def test_seven_parameters_are_the_published_formula(convention: str) -> None:
    """IOGP 373-7-2, 4.3.3: X_t = M·R·X_s + T in space, here with the height on the ellipsoid kept at 0."""
    definition = {**HELMERT, "convention": convention}
    x, y = crs.from_wgs84(*POINTS, crs="EPSG:2435")  # any numbers will do
    lon, lat, _ = crs.to_wgs84(x, y, crs=wkt(definition))
    own = pyproj.Transformer.from_crs("EPSG:2435", "EPSG:4214", always_xy=True).transform(x, y)
    to_space = pyproj.Transformer.from_pipeline("+proj=cart +ellps=krass")
    space = np.array(to_space.transform(own[0], own[1], np.zeros(3)))
    sign = 1.0 if convention == "position_vector" else -1.0
    rx, ry, rz = (sign * math.radians(value / 3600) for value in (0.02, -0.25, -0.13))
    turn = np.array([[1, -rz, ry], [rz, 1, -rx], [-ry, rx, 1]])
    moved = 1.0000011 * turn @ space + np.array([[24.0], [-123.0], [-94.0]])
    to_degrees = pyproj.Transformer.from_pipeline("+proj=cart +ellps=WGS84")
    want = to_degrees.transform(moved[0], moved[1], moved[2], direction="INVERSE")
    assert crs.distance_m(lon, lat, want[0], want[1]).max() < 1e-4


@pytest.mark.parametrize("definition", [AFFINE, SIMILAR, HELMERT], ids=lambda d: str(d["kind"]))
def test_there_and_back(definition: dict[str, object]) -> None:
    name = wkt(definition)
    assert crs.canonical(name) == name
    assert not crs.is_geographic(name)
    x, y = crs.from_wgs84(*POINTS, crs=name)
    lon, lat, shift = crs.to_wgs84(x, y, crs=name)
    assert crs.distance_m(POINTS[0], POINTS[1], lon, lat).max() < 1e-5
    assert not shift.any()
    again = crs.from_wgs84(lon, lat, crs=name)
    np.testing.assert_allclose(again, (x, y), atol=1e-5)
    assert crs.fit(x, y, crs=name) == "fits"
    assert crs.one_to_wgs84(float(x[0]), float(y[0]), crs=name) == (lon[0], lat[0], 0.0)


numbers = st.floats(-3, 3)


@settings(max_examples=50)
@given(a=st.tuples(numbers, numbers, numbers), b=st.tuples(numbers, numbers, numbers))
def test_inverse_of_a_matrix(a: tuple[float, float, float], b: tuple[float, float, float]) -> None:
    if abs(a[1] * b[2] - a[2] * b[1]) < 0.1:
        return
    (c0, c1, c2), (d0, d1, d2) = inverse((a, b))
    x, y = 1.25, -0.5
    to_x, to_y = a[0] + a[1] * x + a[2] * y, b[0] + b[1] * x + b[2] * y
    assert c0 + c1 * to_x + c2 * to_y == pytest.approx(x)
    assert d0 + d1 * to_x + d2 * to_y == pytest.approx(y)


BAD: list[tuple[str, dict[str, object]]] = [
    ("local_word_unknown", {**AFFINE, "kind": "molodensky"}),
    ("local_word_unknown", {"base": "EPSG:4547"}),
    ("local_field_missing", {k: v for k, v in AFFINE.items() if k != "y"}),
    ("local_field_missing", {k: v for k, v in AFFINE.items() if k != "base"}),
    ("local_field_missing", {k: v for k, v in HELMERT.items() if k != "convention"}),
    ("local_field_unknown", {**SIMILAR, "rotation": 3.0}),
    ("local_base_unknown", {**AFFINE, "base": "EPSG:999999"}),
    ("local_base_unknown", {**AFFINE, "base": 4547}),
    ("local_base_not_plane", {**AFFINE, "base": "EPSG:4490"}),
    ("local_base_not_plane", {**AFFINE, "base": "EPSG:2263"}),
    ("local_singular", {**AFFINE, "x": [0.0, 1.0, 2.0], "y": [5.0, 2.0, 4.0]}),
    ("local_singular", {**SIMILAR, "scale": 0}),
    ("local_no_number", {**SIMILAR, "dx_m": "1"}),
    ("local_no_number", {**SIMILAR, "dx_m": True}),
    ("local_no_number", {**SIMILAR, "dx_m": math.nan}),
    ("local_three_numbers", {**AFFINE, "x": [1.0, 2.0]}),
    ("local_word_unknown", {**HELMERT, "convention": "bursa"}),
    ("local_word_unknown", {**AFFINE, "direction": "back"}),
]


@pytest.mark.parametrize(("code", "definition"), BAD)
def test_what_is_wrong_is_said(code: str, definition: dict[str, object]) -> None:
    with pytest.raises(InvalidCrs) as caught:
        wkt(definition)
    assert caught.value.code == code
    for language in ("zh", "en"):
        assert "本地" in caught.value.message(language)


def test_a_base_that_carries_a_transformation_takes_no_second() -> None:
    with pytest.raises(InvalidCrs) as caught:
        wkt({**HELMERT, "base": wkt(HELMERT)})
    assert caught.value.code == "local_base_bound"


def test_names_are_resolved_to_their_definition() -> None:
    systems = crs.read_systems({"晨光 A": AFFINE, "Old": HELMERT}, source="local.toml")
    assert systems.resolve(" 晨光 a") == wkt({**AFFINE}).replace("本地", "晨光 A")
    assert systems.resolve("OLD") == wkt(HELMERT)
    assert systems.resolve("EPSG:4547") == "EPSG:4547"
    with pytest.raises(InvalidCrs):
        crs.canonical("Old")  # there is no hidden list of names


@pytest.mark.parametrize("table", [{"GCJ02": AFFINE}, {"a": AFFINE, "A ": AFFINE}, {"a": 3}])
def test_a_name_means_one_thing(table: dict[str, object]) -> None:
    with pytest.raises(InvalidCrs) as caught:
        crs.read_systems(table, source="local.toml")
    assert caught.value.message("zh") != caught.value.message("en")


def points_and_truth(kind: str, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    base = np.array([500_000.0, 3_800_000.0]) + rng.uniform(0, 8_000, (count, 2))
    linear = (
        np.array([[1.0003, -0.02], [0.02, 1.0003]]) if kind == "similarity" else np.array([[1.01, 0.1], [-0.05, 2]])
    )
    return base, base @ linear.T + [-400_000.0, -3_700_000.0]


@pytest.mark.parametrize("kind", ["affine", "similarity"])
def test_a_fit_finds_what_the_points_were_made_with(kind: str) -> None:
    base, local = points_and_truth(kind, 6, 1)
    found = crs.fit_plane(base, local, kind=kind)  # type: ignore[arg-type]
    assert found.rms_m < 1e-7
    assert not found.blunder.any()
    (a0, a1, a2), (b0, b1, b2) = found.matrix
    fresh, want = points_and_truth(kind, 20, 2)
    np.testing.assert_allclose(a0 + fresh @ [a1, a2], want[:, 0], atol=1e-6)
    np.testing.assert_allclose(b0 + fresh @ [b1, b2], want[:, 1], atol=1e-6)


@pytest.mark.parametrize("kind", ["affine", "similarity"])
def test_a_fit_is_the_least_squares_one(kind: str) -> None:
    base, local = points_and_truth(kind, 9, 3)
    local = local + np.random.default_rng(4).normal(0, 0.02, local.shape)
    found = crs.fit_plane(base, local, kind=kind)  # type: ignore[arg-type]
    e, n = (base - base.mean(axis=0)).T
    zero, one = np.zeros(len(e)), np.ones(len(e))
    # the same by normal equations, both coordinates in one system
    if kind == "similarity":
        design = np.concatenate([np.column_stack((one, zero, e, -n)), np.column_stack((zero, one, n, e))])
    else:
        row = np.column_stack((one, e, n))
        design = np.block([[row, np.zeros_like(row)], [np.zeros_like(row), row]])
    aim = np.concatenate([local[:, 0], local[:, 1]])
    residual = aim - design @ np.linalg.solve(design.T @ design, design.T @ aim)
    np.testing.assert_allclose(found.residual_m.T.ravel(), residual, atol=1e-6)
    assert found.rms_m == pytest.approx(math.sqrt(float(np.sum(residual**2)) / 9), rel=1e-6)


@pytest.mark.parametrize("kind", ["affine", "similarity"])
@pytest.mark.parametrize("seed", range(10))
def test_one_blunder_is_named_and_no_other(kind: str, seed: int) -> None:
    base, local = points_and_truth(kind, 8, seed)
    local = local + np.random.default_rng(seed).normal(0, 0.01, local.shape)
    assert not crs.fit_plane(base, local, kind=kind).blunder.any()  # type: ignore[arg-type]
    local[seed % 8] += [0.6, -0.9]
    assert np.flatnonzero(crs.fit_plane(base, local, kind=kind).blunder).tolist() == [seed % 8]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "base"),
    [
        ("similarity", [[0, 0]]),
        ("similarity", [[5, 5], [5, 5]]),
        ("affine", [[0, 0], [1000, 0]]),
        ("affine", [[0, 0], [1000, 1000], [2000, 2000], [5000, 5000]]),
    ],
)
def test_points_that_do_not_suffice(kind: str, base: list[list[float]]) -> None:
    with pytest.raises(InvalidInput) as caught:
        crs.fit_plane(base, base, kind=kind)  # type: ignore[arg-type]
    assert isinstance(caught.value, GeoError)
    assert caught.value.message("zh") != caught.value.message("en")
