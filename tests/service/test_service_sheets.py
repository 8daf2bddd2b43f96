"""Which sheets are written, what they are told, and what is there when a run is stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import GeoError, InvalidInput, NotFound
from geo.messages import Lang
from geo.model import Department, Feature, Staff
from geo.service.context import Service
from geo.service.sheets import check_lookup, file_names, office_of, target_of, view_sheets, write_sheets
from geo.service.sheets_view import SheetsView
from tests.api.conftest import place, square

CODES = [f"99010100100100{k}" for k in range(1, 5)]


class Printed:
    """Sheets that say which grid they are of."""

    missing: Sequence[str] = ("\U0001f600",)

    def __init__(self, view: SheetsView) -> None:
        self.view = view

    def draw(self, row: int) -> bytes:
        return f"pdf {self.view.grids[row].code}".encode()

    def book(self, rows: Sequence[int]) -> bytes:
        return b"\n".join(self.draw(row) for row in rows)


class Printer:
    def open(self, view: SheetsView, *, lang: Lang) -> Printed:
        return Printed(view)

    def picture(self, pdf: bytes, *, dpi: int) -> bytes:
        return b"png " + pdf

    def card(self, view: SheetsView, row: int | None, code: str, *, lang: Lang) -> str:
        return code


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_grid_has_its_sheet(service: Service, tmp_path: Path) -> None:
    told: list[float] = []
    out = tmp_path / "out"
    out.mkdir()
    done = write_sheets(service, Printer(), out, lang="zh", progress=lambda share, step: told.append(share), book=True)
    expected = {f"{code}.pdf": f"pdf {code}".encode() for code in CODES}
    expected |= {f"{code}.png": f"png pdf {code}".encode() for code in CODES}
    expected["plan-1.pdf"] = b"\n".join(f"pdf {code}".encode() for code in CODES)
    assert written(out) == expected
    assert done.sheets == 4
    assert {path.name for path in done.files} == set(expected)
    assert done.bytes == sum(map(len, expected.values()))
    assert done.missing == ("\U0001f600",)
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.parametrize(
    ("wishes", "files"),
    [
        ({"formats": "pdf", "book": False}, {f"{code}.pdf" for code in CODES}),
        ({"formats": "png"}, {f"{code}.png" for code in CODES}),
        (
            {"grids": [CODES[2], CODES[0], CODES[2]], "formats": "pdf"},
            {f"{CODES[0]}.pdf", f"{CODES[2]}.pdf", "plan-1.pdf"},
        ),
        ({"grids": [CODES[1]], "formats": "pdf"}, {f"{CODES[1]}.pdf"}),
        ({"area": "晨光社区", "formats": "png"}, {f"{code}.png" for code in CODES}),
        ({"area": "990101001", "grids": [CODES[3]], "formats": "png"}, {f"{CODES[3]}.png"}),
    ],
)
def test_what_was_asked_for_is_written(
    service: Service, tmp_path: Path, wishes: dict[str, object], files: set[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    write_sheets(service, Printer(), out, lang="en", **wishes)  # type: ignore[arg-type]
    assert set(written(out)) == files


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"grids": ["99"]}, "sheet_grid_unknown"),
        ({"area": "别处"}, "sheet_area_empty"),
        ({"plan_id": 7}, "plan_not_found"),
        ({"lookup": "ftp://grid"}, "sheet_lookup_invalid"),
    ],
)
def test_what_is_not_there_is_said_before_anything_is_written(
    service: Service, tmp_path: Path, wishes: dict[str, object], code: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(GeoError) as caught:
        write_sheets(service, Printer(), out, lang="zh", **wishes)  # type: ignore[arg-type]
    assert isinstance(caught.value, NotFound | InvalidInput)
    if code != "plan_not_found":
        assert caught.value.code == code
    assert written(out) == {}


@pytest.mark.parametrize("after", [1, 3])
def test_a_run_that_is_stopped_leaves_whole_files_alone(service: Service, tmp_path: Path, after: int) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / f"{CODES[3]}.pdf").write_bytes(b"of an earlier run")

    class Stopped(Printer):
        drawn = 0

        def picture(self, pdf: bytes, *, dpi: int) -> bytes:
            self.drawn += 1
            if self.drawn > after:
                raise KeyboardInterrupt
            return super().picture(pdf, dpi=dpi)

    with pytest.raises(KeyboardInterrupt):
        write_sheets(service, Stopped(), out, lang="zh")
    files = written(out)
    assert {name for name in files if name.endswith(".png")} == {f"{code}.png" for code in CODES[:after]}
    assert files[f"{CODES[0]}.pdf"] == f"pdf {CODES[0]}".encode()
    assert files[f"{CODES[3]}.pdf"] == (b"of an earlier run" if after < 3 else f"pdf {CODES[3]}".encode())
    assert "plan-1.pdf" not in files
    assert all(name.startswith("9") for name in files)


def test_a_disk_that_refuses_leaves_the_earlier_sheet(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"{CODES[0]}.pdf").write_bytes(b"of an earlier run")

    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InvalidInput, match="No space"):
        write_sheets(service, Printer(), tmp_path, lang="zh")
    assert (tmp_path / f"{CODES[0]}.pdf").read_bytes() == b"of an earlier run"
    assert not list(tmp_path.glob(".writing-*"))


def test_facts_of_a_grid(service: Service) -> None:
    staff = (
        Staff(CODES[0], "网格长", "李梅", "10220000001"),
        Staff(CODES[0], "网格长", "王强", "10220000002"),
        Staff(CODES[1], "网格长", None, "10220000003"),
        Staff(CODES[2], "网格员", "赵敏", "10220000004"),
    )
    buildings = tuple(
        Feature("building", f"b{k}", f"{k}号楼", "residential", square(c, r, 0.2))
        for k, (c, r) in enumerate(((0.1, 0.1), (1.5, 0.5), (3.2, 0.3), (9.0, 9.0)))
    )
    known = replace(place(), staff=staff, features=buildings, departments=OFFICES)
    service.store.save_place(known, actor="tester")
    view = view_sheets(service, None, lookup="https://x.cn/g?c={code}")
    assert [fact.post for fact in view.facts] == ["held", "vacant", "unknown", "unknown"]
    assert view.facts[0].leaders == ("李梅", "王强")
    assert [fact.buildings for fact in view.facts] == [2, 1, 0, 0]
    assert {(fact.community, fact.street) for fact in view.facts} == {("晨光社区", "测试街道")}
    assert {(fact.office, fact.phone) for fact in view.facts} == {("晨光居委会", "0190-5550003")}
    assert view.facts[0].target == f"https://x.cn/g?c={CODES[0]}"
    assert [name.name for name in view.names] == ["阳光小区"]
    # Telephone numbers of persons are not even told to whoever draws.
    assert "1022000" not in repr(view.facts) + repr(view.names)


OFFICES = (
    Department("A", "执法队", "J", "990101001", "0190-5550002"),
    Department("J", "街道办事处", None, "990101001", "0190-5550001"),
    Department("W", "晨光居委会", "J", "990101001001", "0190-5550003"),
    Department("V", "没有电话的站", "J", "990101001001"),
)


@pytest.mark.parametrize(
    ("chain", "name"),
    [
        (("990101", "990101001", "990101001001"), "晨光居委会"),
        (("990101", "990101001", "990101001002"), "街道办事处"),
        (("990101", "990101002"), None),
        ((), None),
    ],
)
def test_the_office_of_the_lowest_area_that_has_one(chain: tuple[str, ...], name: str | None) -> None:
    office = office_of(OFFICES, chain)
    assert (None if office is None else office.name) == name


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(codes=st.lists(st.text(min_size=1, max_size=90), unique=True, max_size=8))
def test_any_codes_are_names_of_files(codes: list[str]) -> None:
    every = list(dict.fromkeys([*codes, "990101001001001", "..", "CON", "a", "A", "a/b", "a_b"]))
    names = file_names(every)
    assert names[every.index("990101001001001")] == "990101001001001"
    assert len({name.casefold() for name in names}) == len(every)
    for name in names:
        assert not set(name) & set('/\\:*?"<>|.\x00\n')
        assert 0 < len(name.encode()) <= 250
        assert name.casefold() not in {"con", "prn", "aux", "nul"}


@pytest.mark.parametrize(
    "lookup",
    [
        "grid.example.cn",
        "javascript:alert(1)",
        "https://",
        "http://a b",
        "https://x/<",
        "https://x/" + "9" * 200,
        "https://[",
        "https://x/\u2028",
    ],
)
def test_what_is_no_address_is_refused(lookup: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_lookup(lookup)
    assert caught.value.code == "sheet_lookup_invalid"


@pytest.mark.parametrize(
    ("lookup", "code", "target"),
    [
        ("", "99", "99"),
        ("https://grid.example.cn", "9901", "https://grid.example.cn/maps/grids/9901"),
        ("http://10.0.0.1:8000/geo/", "a/b?", "http://10.0.0.1:8000/geo/maps/grids/a%2Fb%3F"),
        ("https://x.cn/{code}/card", "望河", "https://x.cn/%E6%9C%9B%E6%B2%B3/card"),
    ],
)
def test_where_a_code_leads(lookup: str, code: str, target: str) -> None:
    check_lookup(lookup)
    assert target_of(lookup, code) == target
