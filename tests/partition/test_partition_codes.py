"""Codes: reading order, schemes as data, stability, and what the validator rejects."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InvalidInput
from geo.messages import say
from geo.partition.codes import assign_codes, retired_codes
from geo.partition.reading import reading_order
from geo.partition.schemes import check_codes, find_scheme, parse_scheme, scheme_names

AREA = "110101001001"
UNIT_GRID = find_scheme("unit-grid-15")


def blocks(width, height, per=4):
    """A lattice of grids, each of per × per units; returns grid of unit (rows from the south) and points."""
    x, y = np.meshgrid(np.arange(width * per), np.arange(height * per))
    return ((y // per) * width + x // per).ravel(), np.column_stack([x.ravel(), y.ravel()]).astype(float)


def test_codes_read_like_a_page():
    grid, xy = blocks(3, 2)
    codes = assign_codes(grid, xy, [AREA] * 6)
    # Grids 3 4 5 are the northern row.
    assert [codes[g][-3:] for g in (3, 4, 5, 0, 1, 2)] == ["001", "002", "003", "004", "005", "006"]
    assert all(code.startswith(AREA) and len(code) == 15 for code in codes)


def test_codes_start_anew_in_each_area_and_ignore_the_order_of_rows():
    grid, xy = blocks(4, 2)
    areas = [AREA if g % 4 < 2 else "110101001002" for g in range(8)]
    codes = assign_codes(grid, xy, areas)
    assert sorted(codes) == [f"{area}{k:03d}" for area in sorted(set(areas)) for k in range(1, 5)]
    order = np.random.default_rng(0).permutation(len(grid))
    assert assign_codes(grid[order], xy[order], areas).tolist() == codes.tolist()


@given(st.sets(st.integers(1, 40)), st.integers(1, 12))
def test_codes_are_never_used_again(taken, count):
    used = {f"{AREA}{k:03d}" for k in taken}
    codes = assign_codes(
        np.arange(count), np.random.default_rng(0).uniform(size=(count, 2)), [AREA] * count, taken=used
    )
    assert len(set(codes)) == count
    assert not used & set(codes)


def test_a_grid_that_goes_on_keeps_its_code_and_a_new_one_gets_a_new_one():
    grid, xy = blocks(4, 1)
    first = assign_codes(grid, xy, [AREA] * 4)
    # Grid 1 gives a column to 0; half of 3 becomes a grid of its own.
    now = grid.copy()
    now[xy[:, 0] == 4] = 0
    now[(grid == 3) & (xy[:, 1] == 0)] = 4
    codes = assign_codes(now, xy, [AREA] * 5, previous=first[grid], taken={f"{AREA}005"})
    assert codes.tolist() == [*first.tolist(), f"{AREA}006"]


def test_an_area_can_run_out_of_codes():
    taken = {f"{AREA}{k:03d}" for k in range(1, 899)}
    with pytest.raises(InvalidInput, match="needs 2 grid codes"):
        assign_codes(np.arange(2), np.zeros((2, 2)), [AREA] * 2, taken=taken, scheme=find_scheme("unit-grid-15"))


def test_a_plain_code_grows_where_three_digits_do_not_suffice():
    codes = assign_codes(np.arange(1200), np.random.default_rng(0).uniform(size=(1200, 2)), [""] * 1200)
    assert sorted(codes) == sorted(f"{k:04d}" for k in range(1, 1201))


# --- reading order ---


def spread_of(levels, bands):
    return sum(((levels[bands == b] - levels[bands == b].mean()) ** 2).sum() for b in set(bands.tolist()))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=9), st.integers(1, 5))
def test_bands_are_the_best_of_all_groupings(northing, tall):
    # One band is as high as the area is wide / tall, so their number is about √(k · tall).
    y = np.array(northing, float)
    extent = np.array([[0.0, 0.0], [1024 / tall, 1024.0]])
    centre = np.column_stack([np.arange(len(y)) / len(y), y * 20])
    count = min(len(y), max(1, round(float(np.sqrt(len(y) * tall)))))
    order = reading_order(centre, extent)
    assert sorted(order.tolist()) == list(range(len(y)))
    values = sorted(set(y.tolist()), reverse=True)

    # Brute force over all cuts of the distinct northings.
    def bands_of(cuts):
        return np.array([sum(values.index(v) >= c for c in cuts) for v in y.tolist()])

    groupings = [bands_of(cuts) for cuts in itertools.combinations(range(1, len(values)), min(count, len(values)) - 1)]
    least = min(spread_of(y, bands) for bands in groupings)
    best = [bands for bands in groupings if spread_of(y, bands) <= least + 1e-6]
    expected = [sorted(range(len(y)), key=lambda i, b=b: (b[i], centre[i, 0])) for b in best]
    assert order.tolist() in expected


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 99))
def test_uneven_and_jittered_rows_are_read_row_by_row(width, height, seed):
    rng = np.random.default_rng(seed)
    heights = rng.uniform(0.7, 1.4, height)
    bottom = np.concatenate([[0], np.cumsum(heights)])
    y = (bottom[:-1] + bottom[1:]) / 2
    rows = np.repeat(np.arange(height), width)
    centre = np.column_stack([np.tile(np.arange(width) + 0.5, height), y[rows]])
    centre[:, 1] += rng.uniform(-0.08, 0.08, len(centre))
    centre[:, 0] += rng.uniform(-0.08, 0.08, len(centre))
    # As many bands as rows: round(√(k · h / w)) of this area is `height`.
    extent = np.array([[0.0, 0.0], [width * bottom[-1] / height, bottom[-1]]])
    expected = sorted(range(len(centre)), key=lambda i: (-rows[i], centre[i, 0]))
    assert reading_order(centre, extent).tolist() == expected


# --- stability ---


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=4, max_size=30), st.data())
def test_a_second_run_gives_the_same_codes_and_no_code_ever_comes_back(before, data):
    rng = np.random.default_rng(1)
    xy = rng.uniform(0, 1000, (len(before), 2))

    def drawn(labels):
        return np.unique(labels, return_inverse=True)[1]

    first_grid = drawn(before)
    first = assign_codes(first_grid, xy, [AREA] * (first_grid.max() + 1), scheme=UNIT_GRID)
    again = assign_codes(
        first_grid, xy, [AREA] * len(first), previous=first[first_grid], taken=first.tolist(), scheme=UNIT_GRID
    )
    assert again.tolist() == first.tolist()
    ever, now, grid = set(first.tolist()), first, first_grid
    for _ in range(3):
        after = drawn(data.draw(st.lists(st.integers(0, 5), min_size=len(before), max_size=len(before))))
        codes = assign_codes(after, xy, [AREA] * (after.max() + 1), previous=now[grid], taken=ever, scheme=UNIT_GRID)
        retired = retired_codes(ever, now)
        assert len(set(codes)) == len(codes)
        assert not set(codes) & set(retired)
        assert not check_codes(codes.tolist(), [AREA] * len(codes), UNIT_GRID, retired=retired)
        ever |= set(codes.tolist())
        now, grid = codes, after


def test_a_code_is_carried_on_in_its_own_area_only():
    # "11001" is number 001 of area 11, not number 1001 of area 1.
    codes = assign_codes(np.array([0, 1]), np.zeros((2, 2)), ["1", "11"], previous=np.array(["11001", "11001"], object))
    assert codes.tolist() == ["1001", "11001"]


# --- schemes ---


@pytest.mark.parametrize("name", scheme_names())
def test_every_scheme_writes_codes_that_it_accepts(name):
    scheme = find_scheme(name)
    assert scheme.name == name
    assert scheme.title["zh"] != scheme.title["en"]
    for kind, parent in (("base", AREA), ("special", AREA), ("micro", scheme.write(AREA, 1))):
        numbers = scheme.numbers(kind)
        some = list(itertools.islice(numbers, 3000))
        codes = [scheme.write(parent, n, kind) for n in some]
        assert len(set(codes)) == len(codes)
        assert [scheme.number_of(code, parent, kind) for code in codes] == some
        assert codes == sorted(codes) or scheme.widen
    base = scheme.write(AREA, 1)
    assert not check_codes(
        [base, scheme.write(AREA, scheme.numbers("special").first, "special"), scheme.write(base, 1, "micro")],
        [AREA, AREA, base],
        scheme,
        kinds=["base", "special", "micro"],
    )


def test_published_structures():
    assert UNIT_GRID.write(AREA, 1) == "110101001001001"
    assert UNIT_GRID.write(AREA, 901, "special") == "110101001001901"
    assert UNIT_GRID.write("110101001001001", 7, "micro") == "110101001001001-07"
    letters = find_scheme("unit-grid-15-letters")
    assert [letters.write(AREA, n)[-3:] for n in (899, 1000, 1099, 1100, 3399)] == ["899", "A00", "A99", "B00", "Z99"]
    twenty = find_scheme("professional-grid-20")
    assert len(twenty.write(AREA, 1)) == 20
    assert find_scheme("social-grid-16").write(AREA, 3, "special") == f"{AREA}2003"


def test_a_community_that_is_not_split_has_the_number_zero():
    scheme = find_scheme("professional-grid-20")
    one = assign_codes(np.array([0, 0]), np.zeros((2, 2)), [AREA], scheme=scheme)
    assert one.tolist() == [f"000000{AREA}00"]
    two = assign_codes(np.array([0, 1]), np.array([[0.0, 0], [1, 0]]), [AREA] * 2, previous=one[[0, 0]], scheme=scheme)
    assert two.tolist() == [f"000000{AREA}01", f"000000{AREA}02"]
    assert [f.kind for f in check_codes([one[0], two[1]], [AREA] * 2, scheme)] == ["code_zero_of_many"]


def test_special_and_micro_grids_have_numbers_of_their_own():
    xy = np.array([[0.0, 0], [1, 0], [2, 0]])
    special = assign_codes(np.arange(3), xy, [AREA] * 3, scheme=UNIT_GRID, kind="special")
    assert special.tolist() == [f"{AREA}901", f"{AREA}902", f"{AREA}903"]
    micro = assign_codes(np.arange(3), xy, [f"{AREA}001"] * 3, scheme=UNIT_GRID, kind="micro")
    assert micro.tolist() == [f"{AREA}001-01", f"{AREA}001-02", f"{AREA}001-03"]


KNOWN = {"110101": "某区", "110101001": "望河街道", "110101001001": "望河社区", "110101001002": "河西村"}


@pytest.mark.parametrize(
    ("code", "parent", "kind", "fault"),
    [
        ("110101001001001", AREA, "base", None),
        ("110101001002001", AREA, "base", "code_parent_differs"),
        ("11010100100101", AREA, "base", "code_form_wrong"),
        ("1101010010010A1", AREA, "base", "code_form_wrong"),
        ("110101001001950", AREA, "base", "code_of_other_kind"),
        ("110101001001001", AREA, "special", "code_of_other_kind"),
        ("110101601001001", "110101601001", "base", "code_area_bad"),
        ("110100001001001", "110100001001", "base", "code_area_bad"),
        ("1101010010", "1101010", "base", "code_area_bad"),
        ("110101001003001", "110101001003", "base", "code_area_unknown"),
        ("110101001002001", "110101001002", "base", "code_name_differs"),
        ("110101001001777-01", "110101001001777", "micro", "code_micro_without_grid"),
        ("110101001001888", AREA, "base", "code_retired"),
    ],
)
def test_the_validator_names_the_fault(code, parent, kind, fault):
    found = check_codes([code], [parent], UNIT_GRID, kinds=[kind], areas=KNOWN, retired={"110101001001888"})
    assert [f.kind for f in found] == ([] if fault is None else [fault])
    for violation in found:
        assert code in say(violation.kind, "zh", **violation.context) or violation.kind.startswith("code_")


def test_a_code_that_occurs_twice_is_named_once():
    found = check_codes([f"{AREA}001"] * 2, [AREA] * 2, UNIT_GRID)
    assert [(f.kind, f.context["count"]) for f in found] == [("grid_code_repeated", 2)]


def test_areas_that_a_scheme_does_not_know_get_no_codes():
    with pytest.raises(InvalidInput, match="does not fit") as caught:
        assign_codes(np.array([0]), np.zeros((1, 2)), ["110101"], scheme=UNIT_GRID)
    assert caught.value.context["level"] == "street"


def test_a_place_brings_its_own_scheme():
    scheme = parse_scheme(
        """
        name = "ours"
        zh = "本地"
        en = "ours"
        [[area]]
        name = "village"
        width = 4
        [sequence]
        width = 2
        [kinds.base]
        marker = "-G"
        first = 1
        """
    )
    assert assign_codes(np.array([0]), np.zeros((1, 2)), ["0417"], scheme=scheme).tolist() == ["0417-G01"]
    with pytest.raises(InvalidInput, match="special"):
        assign_codes(np.array([0]), np.zeros((1, 2)), ["0417"], scheme=scheme, kind="special")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name =", "Invalid value"),
        ('name = "x"', "'sequence' is missing"),
        ('name="x"\nzh="x"\nen="x"\n[sequence]\nwidth=2\n[kinds.base]\nfirst=1\nlast=100', "1-100 do not fit"),
        (
            'name="x"\nzh="x"\nen="x"\n[[area]]\nname="a"\nwidth=3\n[[area.range]]\nfirst="1"\nlast="099"\n'
            "[sequence]\nwidth=2\n[kinds.base]\nfirst=1",
            "does not have 3 digits",
        ),
    ],
)
def test_a_scheme_that_cannot_be_used_says_why(text, problem):
    with pytest.raises(InvalidInput, match="cannot be used") as caught:
        parse_scheme(text)
    assert problem in caught.value.context["problem"]


def test_an_unknown_scheme_names_the_known_ones():
    with pytest.raises(InvalidInput) as caught:
        find_scheme("gb-0")
    assert "unit-grid-15" in caught.value.message("en")
    assert replace(UNIT_GRID, name="other") != UNIT_GRID
