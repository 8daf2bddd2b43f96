"""The address bench on a small set: every engine answers, and columns are counted alike."""

from __future__ import annotations

import pytest

from benchmarks._address_peers import Fts5, Fuzzy, Judge, TfIdf, start
from benchmarks._address_sets import generated, sample_district
from geo.service.address_figures import measure

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def texts():
    return generated("query", 60, 150)


@pytest.mark.parametrize("make", [TfIdf, Fts5, Fuzzy])
def test_a_peer_ranks_and_is_judged(texts, make):
    engine = start(make, texts.entries, texts.train)
    found = engine.find([case.text for case in texts.train])
    assert all(len(one) <= 5 and [s for _, s in one] == sorted((s for _, s in one), reverse=True) for one in found)
    judge = Judge(texts.train, found)
    figures = measure(texts.test, judge.answers(engine.find([case.text for case in texts.test])))
    assert figures.cases == 60
    assert figures.top5 >= figures.top1 > 0.5
    assert figures.accepted <= 1


def test_the_sample_district_is_asked_by_grid():
    texts = sample_district(15)
    assert len(texts.test) == 15
    answers = texts.ask(texts.test)
    figures = measure(texts.test, answers, grid_of=texts.grid_of)
    assert figures.match == 15
    assert figures.top1 > 0.6
