"""What persons confirmed becomes cases, and the weights of a file are what the service reads texts with."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from geo.errors import InvalidInput, NotFound
from geo.locate.address.weights import VERSION, shipped
from geo.model import Report
from geo.service.address_cases import AddressCase, confirmed_cases, entries_without_names_of_persons
from geo.service.address_fit import weights_in_use
from geo.service.address_shipped import PLACES, SEED, TEXTS, shipped_source
from geo.service.case_actions import confirm
from geo.service.context import Memory, Service
from geo.service.issues import report_issue
from geo.service.person_place import Choice
from geo.service.places import register_of
from geo.service.plans import publish_plan
from geo.settings import read_settings
from geo.wiring import build_service
from tests.api.conftest import drawing, place


@pytest.fixture
def served(empty: Service) -> Service:
    empty.store.save_place(place(), actor="tester")
    plan = empty.store.save_plan(drawing(), name="first", actor="tester")
    publish_plan(empty, plan.id, effective=date(2024, 1, 1), actor="tester")
    return empty


def test_a_confirmed_text_is_a_case_that_its_own_new_name_does_not_answer(served: Service) -> None:
    issue, _ = report_issue(served, Report("老粮站家属院3号楼漏水", scheme="hotline", kind="hotline"), actor="intake")
    chosen = Choice(entry="c1")
    confirm(served, issue.id, chosen, revision=1, actor="a", remember=True, alias="老粮站家属院")
    entries = entries_without_names_of_persons(served)
    assert {entry["id"] for entry in entries} == {entry["id"] for entry in place().entries}
    assert not any("老粮站" in str(entry) for entry in entries)
    found = confirmed_cases(served, [str(entry["id"]) for entry in entries])
    assert found.cases == (AddressCase(1, found.cases[0].text, "match", ("c1",)),)
    assert "老粮站" in found.cases[0].text
    unknown = confirmed_cases(served, ["c2"])
    assert not unknown.cases
    assert unknown.errors[0].context["value"] == "c1"


def test_without_a_gazetteer_there_is_nothing_to_learn(empty: Service) -> None:
    with pytest.raises(NotFound, match="no gazetteer yet"):
        entries_without_names_of_persons(empty)


def test_the_service_reads_texts_with_the_weights_of_a_file(served: Service, tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    given = json.loads(weights_in_use(None).to_json()) | {"source": "confirmed issues", "seed": 7}
    path.write_text(json.dumps(given), encoding="utf-8")
    own = replace(served, address_weights=weights_in_use(path), memory=Memory())
    register = register_of(own)
    assert register.gazetteer.weights.source == "confirmed issues"
    assert register.weights != register_of(served).weights
    # Another process builds its own with the same weights, whatever has become of the file meanwhile.
    path.write_text("{}", encoding="utf-8")
    assert pickle.loads(pickle.dumps(register)).weights == register.weights


def test_weights_that_change_under_a_running_server_count_at_its_next_start(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    given = json.loads(weights_in_use(None).to_json())
    path.write_text(json.dumps(given | {"seed": 7}), encoding="utf-8")
    settings = read_settings(database_url=f"sqlite:///{tmp_path / 'geo.db'}", address_weights=path)
    service = build_service(settings, create=True)
    service.store.save_place(place(), actor="a")
    plan = service.store.save_plan(drawing(), name="p", actor="a")
    publish_plan(service, plan.id, effective=date(2024, 1, 1), actor="a")
    path.write_text("half a fi", encoding="utf-8")
    assert register_of(service).gazetteer.weights.seed == 7
    report_issue(service, Report("阳光小区漏水", scheme="hotline", kind="hotline"), actor="a")
    service.store.close()
    with pytest.raises(InvalidInput):
        build_service(settings)


def test_a_wrong_file_of_weights_is_said_before_the_first_report(tmp_path: Path) -> None:
    settings = read_settings(database_url=f"sqlite:///{tmp_path / 'geo.db'}", address_weights=tmp_path / "no.json")
    with pytest.raises(NotFound, match="GEO_ADDRESS_WEIGHTS"):
        build_service(settings, create=True)


def test_the_shipped_weights_are_what_the_command_writes() -> None:
    """Of the long fit only what it says of itself is compared: the source, the seed, the cases, the version."""
    weights = shipped()
    told = (shipped_source(), SEED, len(PLACES) * TEXTS, VERSION)
    assert (weights.source, weights.seed, weights.cases, weights.version) == told
