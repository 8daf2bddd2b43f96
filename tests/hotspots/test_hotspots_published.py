"""Every published answer of the method notes, to the printed digits; p within four standard errors of Monte Carlo."""

from __future__ import annotations

import numpy as np
import pytest

from geo.hotspots import (
    Around,
    TimeWindow,
    false_discovery,
    freeman_tukey,
    local_g,
    moran,
    scan_bernoulli,
    scan_permutation,
    scan_poisson,
    scan_space_time,
    standardised_rates,
)
from geo.hotspots.local_g import local_g_z
from tests.hotspots import published


@pytest.fixture(scope="module")
def folder(shared_data):
    found = shared_data / "hotspots"
    if not found.is_dir():
        pytest.skip("the published data sets are not beside this checkout")
    return found


def near(p, published_p, replicas):
    """The published p has an error of its own, from 999 replicas."""
    error = np.sqrt(published_p * (1 - published_p) * (1 / replicas + 1 / 999))
    return abs(p - published_p) <= 4 * error + 1 / replicas


def test_new_mexico_in_space_and_time(folder):
    names, place, cases, expected = published.new_mexico(folder)
    assert cases.sum() == 1175
    found = scan_space_time(cases=cases, expected=expected, **place, replicas=999, rng=1)
    best, second = found[0], found[1]
    assert f"{best.llr:.6f}" == "10.979758"
    assert best.observed == 236
    assert f"{best.expected:.2f}" == "176.22"
    assert (1973 + best.first, 1973 + best.last) == (1985, 1989)
    assert len(best.members) == 9
    assert {"Bernalillo", "SantaFe", "Valencia"} <= set(names[best.members])
    assert near(best.p, 0.0118, 999)
    assert near(best.p_gumbel, 0.0118, 999)
    assert names[second.members].tolist() == ["Chaves"]
    assert f"{second.llr:.6f}" == "5.684828"


def test_new_mexico_in_space(folder):
    _, place, cases, expected = published.new_mexico(folder)
    best = scan_poisson(cases=cases.sum(axis=1), expected=expected.sum(axis=1), **place, rng=1)[0]
    assert (f"{best.llr:.6f}", best.observed, f"{best.expected:.2f}") == ("6.890841", 576, "512.66")
    assert near(best.p, 0.0138, 999)


def test_north_humberside(folder):
    cases, controls, place = published.humberside(folder)
    best = scan_bernoulli(cases=cases, controls=controls, **place, rng=1)[0]
    assert (f"{best.llr:.6f}", best.observed, (cases + controls)[best.members].sum()) == ("4.836516", 4, 4)
    assert near(best.p, 0.42, 999)
    # Four of four is what chance often makes at best: the published p leaves these ties out.
    assert best.p == best.p_above < best.p_ties - 0.1


@pytest.mark.parametrize(
    ("prospective", "llr", "observed", "expected", "days", "zips", "p"),
    [(True, "3.845418", 4, "0.67", (22, 24), 9, 0.19), (False, "8.119521", 5, "0.40", (8, 8), 8, 0.0067)],
)
def test_new_york_fever(folder, prospective, llr, observed, expected, days, zips, p):
    _, place, cases = published.fever(folder)
    assert cases.sum() == 194
    time = TimeWindow(prospective=prospective, max_periods=7)
    best = scan_permutation(cases=cases, **place, max_radius=3000.0, time=time, rng=1)[0]
    assert (f"{best.llr:.6f}", best.observed, f"{best.expected:.2f}") == (llr, observed, expected)
    assert (best.first + 1, best.last + 1) == days
    assert len(best.members) == zips
    assert near(best.p, p, 999)
    assert best.radius <= 3000
    assert best.recurrence_days == pytest.approx(1 / best.p)


@pytest.mark.parametrize("place", [("lon", "lat"), ("east", "north")])
def test_north_carolina_both_periods(folder, place):
    data = published.columns(folder, "nc_sids.csv")
    where = dict(zip(("lon", "lat") if place[0] == "lon" else ("x", "y"), (data[key] for key in place), strict=True))
    found = scan_poisson(
        cases=data["SID74"] + data["SID79"], population=data["BIR74"] + data["BIR79"], **where, replicas=99, rng=1
    )
    best = found[0]
    assert (f"{best.llr:.6f}", best.observed, f"{best.expected:.2f}") == ("25.380685", 139, "72.67")
    assert sorted(data["name"][best.members]) == ["Bladen", "Columbus", "Hoke", "Robeson", "Scotland"]
    assert f"{found[1].llr:.6f}" == "12.484724"


def test_north_carolina_first_period(folder):
    data = published.columns(folder, "nc_sids.csv")
    best = scan_poisson(
        cases=data["SID74"], population=data["BIR74"], lon=data["lon"], lat=data["lat"], replicas=99, rng=1
    )[0]
    assert f"{best.llr:.6f}" == "15.487584"


def test_scottish_lips(folder):
    data = published.columns(folder, "scotland_lip.csv")
    best = scan_poisson(
        cases=data["cases"], population=np.round(10 * data["expected"]), x=data["x"], y=data["y"], replicas=99, rng=1
    )[0]
    assert (f"{best.llr:.6f}", best.observed, f"{best.expected:.2f}") == ("99.000986", 175, "54.98")
    assert len(best.members) == 14


def test_getis_and_ord(folder):
    data = published.columns(folder, "getisord_xyz.csv")
    point = np.column_stack((data["x"], data["y"]))
    apart = np.sqrt(((point[:, None] - point) ** 2).sum(axis=2))
    for distance, z in [(30, "1.2220"), (60, "1.7481"), (90, "1.9861"), (120, "1.8934"), (150, "1.2375")]:
        around = Around.of_pairs(np.argwhere((apart <= distance) & (apart > 0)), len(point), starred=False)
        assert f"{local_g_z(data['val'], around)[119]:.4f}" == z
    starred = Around.of_pairs(np.argwhere((apart <= 30) & (apart > 0)), len(point))
    assert f"{local_g(data['val'], starred).z[119]:.5f}" == "1.45078"


def test_north_carolina_as_spdep_has_it(folder):
    data = published.columns(folder, "nc_sids.csv")
    cases, births = data["SID74"], data["BIR74"]
    touching = published.pairs(folder, "nc_sids_ncCR85_nb.csv")
    alone = Around.of_pairs(touching, len(cases), starred=False)
    assert f"{moran(freeman_tukey(cases, births), alone):.6f}" == "0.247193"
    assert f"{moran(standardised_rates(cases, births), alone, by_row=False):.6f}" == "0.229437"
    found = local_g(cases / births, Around.of_pairs(touching, len(cases)))
    hot = found.z > 0
    assert (hot & (found.p < 0.05)).sum() == 8
    assert (hot & (found.q < 0.05)).sum() == 2
    assert (found.q == false_discovery(found.p)).all()
