"""The place's directory: listed beside the shipped ones, extended, imported, and suggestions of the service."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from geo.errors import Conflict, InvalidInput, NotFound
from geo.model import Category, Report
from geo.model.catalogues import EDITION_2013, EDITION_2026, HOTLINE, read_all, read_catalogue
from geo.service.categories import (
    add_category,
    add_to_file,
    check_file,
    get_category,
    import_file,
    list_categories,
    open311_services,
    own_categories,
)
from geo.service.categories_suggest import suggest_category
from geo.service.categories_train import CaseColumns, read_cases, stored_cases, train_model
from geo.service.context import Service
from geo.service.issues import report_issue
from tests.locate.test_categories_suggest import made_cases


def write(path: Path, rows: list[dict[str, str]]) -> str:
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def directory(path: Path) -> str:
    rows = [
        {"scheme": r.scheme, "kind": r.kind, "code": r.code, "name": r.name, "parent": r.parent or ""}
        for r in read_catalogue(EDITION_2026)
    ]
    return write(path, rows)


def test_a_place_is_listed_beside_the_shipped_directories(service: Service) -> None:
    rows = list_categories(own_categories(service))
    assert len({row.key for row in rows}) == len(rows)
    by_key = {row.key: row for row in rows}
    assert {row.key for row in rows if row.in_use} == {(HOTLINE, "hotline", "0101"), (HOTLINE, "hotline", "0201")}
    # The place's own name wins.
    assert by_key[HOTLINE, "hotline", "0101"].name == "路灯不亮"
    assert set(read_all()) <= set(by_key)


def test_lists_are_narrowed() -> None:
    majors = list_categories((), scheme=EDITION_2026, kind="event", parent="")
    assert [row.code for row in majors] == [f"{k:02d}" for k in range(1, 11)]
    assert [row.code for row in list_categories((), scheme=EDITION_2026, kind="event", parent="10")] == [
        "10001",
        "10002",
    ]
    assert {row.name for row in list_categories((), q="暴露垃圾")} == {"暴露垃圾"}
    assert all(row.code.startswith("0600") for row in list_categories((), scheme=EDITION_2026, kind="event", q="0600"))
    with pytest.raises(NotFound):
        get_category((), (EDITION_2026, "event", "99999"))


def test_a_local_category_is_added_with_the_next_number_and_journalled(service: Service, tmp_path: Path) -> None:
    import_file(service, directory(tmp_path / "c.csv"), actor="tester")
    first = add_category(service, scheme=EDITION_2026, kind="event", under="06", name="飞线充电（自定义）", actor="李")
    second = add_category(service, scheme=EDITION_2026, kind="event", under="06", name="甲（自定义）", actor="李")
    assert (first.code, second.code, first.parent) == ("06999", "06998", "06")
    assert own_categories(service)[-2:] == (first, second)
    line = service.store.get_journal(subject="place", limit=1)[0]
    assert (line["actor"], line["action"]) == ("李", "save_categories")
    # It can be reported at once.
    report = Report(text="飞线", lon=114.0005, lat=33.0005, crs="WGS84", scheme=EDITION_2026, kind="event",
                    category="06999")  # fmt: skip
    assert report_issue(service, report, actor="tester")[0].category == "06999"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "飞线充电"}, "category_name_suffix"),
        ({"name": "（自定义）"}, "category_name_suffix"),
        ({"under": "06010"}, "category_under_minor"),
        ({"under": "66"}, "category_major_unknown"),
        ({"kind": "hotline"}, "category_kind_of_scheme"),
        ({"scheme": EDITION_2013, "under": "06"}, "category_edition_closed"),
        ({"scheme": "none"}, "category_scheme_unknown"),
    ],
)
def test_a_local_category_that_breaks_the_rules_is_refused(
    service: Service, tmp_path: Path, change: dict[str, str], code: str
) -> None:
    path = directory(tmp_path / "c.csv")
    before = Path(path).read_bytes()
    given = {"scheme": EDITION_2026, "kind": "event", "under": "06", "name": "甲（自定义）"} | change
    with pytest.raises((InvalidInput, NotFound)) as error:
        add_to_file(service.files, path, **given)
    assert error.value.code == code
    assert Path(path).read_bytes() == before


def test_a_file_takes_local_categories_too(service: Service, tmp_path: Path) -> None:
    path = directory(tmp_path / "c.csv")
    added = add_to_file(service.files, path, scheme=EDITION_2026, kind="part", under="01", name="机井盖（自定义）")
    assert added == Category(EDITION_2026, "part", "01999", "机井盖（自定义）", "01")
    count, faults = check_file(service.files, path)
    assert count == len(read_catalogue(EDITION_2026)) + 1
    assert [fault.key for fault in faults] == ["category_mirror_missing"]
    with pytest.raises(InvalidInput, match="01999"):
        add_to_file(service.files, path, scheme=EDITION_2026, kind="part", under="01", name="机井盖（自定义）")


def test_a_file_with_errors_changes_nothing(service: Service, tmp_path: Path) -> None:
    before = own_categories(service)
    bad = {"scheme": EDITION_2026, "kind": "event", "code": "06999", "name": "甲", "parent": "07"}
    path = write(tmp_path / "bad.csv", [bad])
    with pytest.raises(InvalidInput) as error:
        import_file(service, path, actor="tester")
    assert error.value.code == "category_file_faults"
    assert own_categories(service) == before
    with pytest.raises(InvalidInput) as error:
        check_file(service.files, write(tmp_path / "less.csv", [{"scheme": "a", "code": "b"}]))
    assert error.value.code == "category_columns_missing"


def test_a_row_that_cannot_be_read_is_told_by_its_number(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("scheme,kind,code,name,parent\nhotline,hotline,01,物业,\na,b,c,d,e,f,g\n", encoding="utf-8")
    count, faults = check_file(service.files, str(path))
    assert (count, [(f.row, f.level) for f in faults]) == (2, [(1, "hint"), (2, "error")])


def test_two_writers_do_not_overwrite_each_other(service: Service) -> None:
    stamp = service.store.place_stamp()
    service.store.save_categories([Category("ours", "hotline", "1", "甲")], stamp=stamp, actor="a")
    with pytest.raises(Conflict):
        service.store.save_categories([Category("ours", "hotline", "2", "乙")], stamp=stamp, actor="b")
    assert [c.code for c in own_categories(service)] == ["1"]


def test_services_of_open311() -> None:
    rows = open311_services(())
    codes = [row["service_code"] for row in rows]
    assert len(set(codes)) == len(codes)
    assert f"{HOTLINE}/hotline/0702" in codes
    assert not any("/part/" in code for code in codes)
    row = next(row for row in rows if row["service_code"] == f"{EDITION_2026}/event/06010")
    assert (row["service_name"], row["group"], row["type"], row["metadata"]) == (
        "暴露垃圾", "市容环境类", "realtime", False,
    )  # fmt: skip


# --- suggestions ---


def case_file(path: Path, *, code: str = "category") -> str:
    rows = [
        {"text": c.text.replace(",", "，"), "scheme": c.key[0], "kind": c.key[1], code: c.key[2],
         "reported_at": c.at.isoformat() if c.at else ""}
        for c in made_cases()
    ]  # fmt: skip
    return write(path, rows)


def test_cases_are_read_from_csv_and_json_and_bad_rows_named(service: Service, tmp_path: Path) -> None:
    cases, broken = read_cases(service.files, case_file(tmp_path / "c.csv"), CaseColumns())
    assert [(c.text, c.key, c.at) for c in cases] == [(c.text, c.key, c.at) for c in made_cases()]
    assert broken == []
    path = tmp_path / "c.json"
    path.write_text(json.dumps([{"body": "路灯不亮", "c": "0901"}, {"body": "", "c": "0901"}, 7]), encoding="utf-8")
    columns = CaseColumns(text="body", code="c", scheme=HOTLINE, kind="hotline")
    cases, broken = read_cases(service.files, str(path), columns)
    assert [c.key for c in cases] == [(HOTLINE, "hotline", "0901")]
    assert [error.context["row"] for error in broken] == [2, 3]
    with pytest.raises(InvalidInput) as error:
        read_cases(service.files, str(path), CaseColumns())
    assert error.value.code == "suggest_columns"


def test_issues_with_a_category_are_cases(service: Service) -> None:
    for k, code in enumerate(("0101", "", "0201")):
        scheme = HOTLINE if code else ""
        report = Report(text=f"文{k}", lon=114.0005, lat=33.0005, crs="WGS84", scheme=scheme,
                        kind="hotline" if code else "", category=code)  # fmt: skip
        report_issue(service, report, actor="tester")
    assert [(c.text, c.key[2]) for c in stored_cases(service)] == [("文0", "0101"), ("文2", "0201")]


def test_a_model_is_taken_up_when_it_is_written_anew(service: Service, tmp_path: Path) -> None:
    from geo.locate.categories.train import TrainSpec

    words = suggest_category(service, "灯坏了，路灯不亮")
    assert (words.method, words.candidates[0].code) == ("terms", "0101")
    out = tmp_path / "m.npz"
    asked = replace(service, suggest_model=out)
    with pytest.raises(NotFound):
        suggest_category(asked, "路灯不亮")
    cases, _ = read_cases(service.files, case_file(tmp_path / "c.csv"), CaseColumns())
    train_model(
        service.files, cases, own_categories(service), TrainSpec(least=10), out=out, source="c.csv", at=service.now(),
        progress=lambda share, step: None,
    )  # fmt: skip
    got = suggest_category(asked, "文昌胡同3号，路灯不亮")
    assert (got.method, got.candidates[0].code) == ("model", "0901")
    assert [c.scheme for c in suggest_category(asked, "电梯坏了", scheme=HOTLINE).candidates] == [HOTLINE] * 3
    out.write_bytes(b"no model")
    with pytest.raises(InvalidInput):
        suggest_category(asked, "路灯不亮")


def test_training_on_nothing_says_so(service: Service, tmp_path: Path) -> None:
    from geo.locate.categories.train import TrainSpec

    with pytest.raises(InvalidInput) as error:
        train_model(
            service.files, [], (), TrainSpec(), out=tmp_path / "m.npz", source="database", at=service.now(),
            progress=lambda share, step: None,
        )  # fmt: skip
    assert error.value.code == "suggest_no_cases"
    assert not (tmp_path / "m.npz").exists()
