"""Reports as columns, alike on every database: all of them, and those with a line of the log after a stamp."""

from __future__ import annotations

import numpy as np

from geo.store import SqlStore
from tests.store.samples import drawing, place, reported


def test_columns_say_what_the_issues_say_and_what_is_new(store: SqlStore) -> None:
    empty = store.read_report_rows()
    assert (empty.stamp, len(empty.id), empty.lon.dtype) == (0, 0, np.float64)
    store.save_place(place(), actor="a")
    store.save_plan(drawing(), name="p", actor="a")
    store.save_issues([reported("a"), reported("b")], actor="a")
    rows = store.read_report_rows()
    issues = store.list_issues()
    assert rows.id.tolist() == [issue.id for issue in issues]
    assert rows.reported.tolist() == [int(issue.reported_at.timestamp()) for issue in issues]
    assert rows.plan.tolist() == [issue.location.plan or 0 for issue in issues]
    for lon, issue in zip(rows.lon.tolist(), issues, strict=True):
        assert np.isnan(lon) if issue.location.lon is None else lon == issue.location.lon
    told = {
        "grid": [issue.location.grid or "" for issue in issues],
        "address": [issue.address or "" for issue in issues],
        "category": [issue.category for issue in issues],
        "department": [issue.route.department or "" for issue in issues],
        "where": [issue.location.status for issue in issues],
    }
    assert {name: rows.words[name].tolist() for name in told} == told
    store.save_issues([reported("c")], actor="a")
    fresh = store.read_report_rows(after=rows.stamp)
    assert fresh.id.tolist() == [store.list_issues()[-1].id]
    assert fresh.stamp > rows.stamp
    assert not len(store.read_report_rows(after=fresh.stamp).id)
