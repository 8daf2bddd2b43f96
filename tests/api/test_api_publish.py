"""`geo serve` with several workers while plans are published: answers of one whole plan each, and a clean end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from benchmarks import publish_under_load as load


@pytest.mark.parametrize("fault", ["", "grid", "age"])
def test_the_check_can_fail(fault: str) -> None:
    published = load.Published({1: 0, 2: 5}, {5: 10.0})
    k = 0 if fault == "age" else 5
    place = (2.5, 6.5)
    code = load.code(6 if fault == "grid" else k, *place)
    body = {"plan": 1 if k == 0 else 2, "grid": code, "grid_name": f"plan {k} grid {code[-1]}"}
    tally = load.Tally()
    load.check(body, [place], 11.5, published, tally)
    assert bool(tally.faults) == bool(fault)


def test_no_answer_mixes_plans_and_none_is_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_LOG_LEVEL", "error")
    ports: list[int] = []
    serving = load.serving

    @contextmanager
    def watched(url: str, workers: int) -> Iterator[int]:
        with serving(url, workers) as port:
            ports.append(port)
            yield port

    monkeypatch.setattr(load, "serving", watched)
    # Within a second on a machine that is not busy, as the bench of this name asks for; in the end on any.
    monkeypatch.setattr(load, "SEEN_S", 10.0)
    url = f"sqlite:///{tmp_path / 'geo.db'}"
    seen = load.run(url, seconds=2, workers=2, clients=4, pause_s=0.3, rest_s=0.02, least=13)
    assert not seen.faults, seen.faults[:3]
    assert seen.answers > 50
    assert len(seen.plans) >= 3
    assert list((tmp_path / "geo.db.index").iterdir())  # what workers mapped
    with pytest.raises(ConnectionRefusedError):  # the signal ended all workers
        HTTPConnection("127.0.0.1", ports[0]).request("GET", "/healthz")
