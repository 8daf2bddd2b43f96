"""The interface keeps what its OpenAPI document promises, on requests made from that document."""

from __future__ import annotations

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

OPERATIONS = [
    "GET /v1/locate",
    "GET /v1/locate/explain",
    "POST /v1/locate",
    "POST /v1/locate/shape",
    "GET /v1/geocode",
    "POST /v1/geocode",
    "GET /v1/gazetteer/{entry_id}",
    "POST /v1/issues",
    "GET /v1/issues",
    "GET /v1/issues/{issue_id}",
    "GET /v1/queues",
    "GET /v1/queues/{name}",
    "GET /v1/corrections",
    "POST /v1/corrections/{correction}/withdraw",
    "GET /v1/proposals",
    "POST /v1/proposals/{proposal}/{verdict}",
    "GET /v1/issues/{issue_id}/case",
    "GET /v1/issues/{issue_id}/log",
    "GET /v1/issues/{issue_id}/reporter",
    "POST /v1/issues/{issue_id}/confirm",
    "POST /v1/issues/{issue_id}/override",
    "POST /v1/issues/{issue_id}/return",
    "POST /v1/issues/{issue_id}/merge",
    "POST /v1/issues/{issue_id}/extend",
    "POST /v1/issues/{issue_id}/close",
    "POST /v1/issues/{issue_id}/reopen",
    "POST /v1/issues/{issue_id}/{step}",
    "GET /v1/categories",
    "GET /v1/categories/suggest",
    "POST /v1/categories/suggest",
    "GET /v1/categories/{scheme}/{kind}/{code}",
    "GET /open311/v2/services.json",
    "GET /v1/issues/{issue_id}/route",
    "POST /v1/route",
    "GET /v1/rules",
    "GET /v1/hotspots",
    "GET /v1/hotspots/clusters",
    "GET /v1/hotspots/export.{kind}",
    "GET /v1/hotspots/picture",
    "GET /v1/hotspots/step",
    "GET /v1/hotspots/themes",
    "POST /v1/hotspots/themes",
    "GET /v1/hotspots/themes/ranking",
    "GET /v1/hotspots/themes/{theme_id}",
    "GET /v1/hotspots/themes/{theme_id}/report",
    "GET /v1/hotspots/{hotspot_id}",
    "GET /v1/plans",
    "GET /v1/plans/{plan_id}",
    "GET /v1/plans/{plan_id}/grids",
    "GET /v1/plans/{plan_id}/lineage",
    "POST /v1/plans/{plan_id}/publish",
    "GET /v1/drafts",
    "POST /v1/drafts",
    "GET /v1/drafts/{draft_id}",
    "POST /v1/drafts/{draft_id}/steps",
    "POST /v1/drafts/{draft_id}/submit",
    "GET /v1/grids/{code}",
    "GET /healthz",
    "GET /readyz",
]
# HTML, tiles and Prometheus text have tests of their own.
ELSEWHERE = ("/maps/", "/tiles/", "/metrics")


def operations(client: TestClient) -> dict[str, schemathesis.schemas.APIOperation]:
    schema = schemathesis.openapi.from_asgi("/openapi.json", client.app)
    return {operation.label: operation for operation in (found.ok() for found in schema.get_all_operations())}


def test_no_operation_is_forgotten(client: TestClient) -> None:
    labels = {label for label in operations(client) if label != "GET /" and not any(p in label for p in ELSEWHERE)}
    assert labels == set(OPERATIONS)


@pytest.mark.parametrize("label", OPERATIONS)
def test_requests_from_the_schema(client: TestClient, label: str) -> None:
    operation = operations(client)[label]

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(case=operation.as_strategy())
    def keeps_its_promise(case: schemathesis.Case) -> None:
        # A schema cannot say which systems, categories and dates there are: a 422 that names the fault keeps it.
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    keeps_its_promise()


def test_every_fault_has_a_form_and_every_operation_its_own(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    for label, operation in ((f"{m} {p}", o) for p, ms in document["paths"].items() for m, o in ms.items()):
        faults = {int(status): told for status, told in operation["responses"].items() if int(status) >= 400}
        assert 503 in faults, label
        assert (413 in faults) == (415 in faults) == ("requestBody" in operation), label
        for status, told in faults.items():
            media = told["content"]["application/problem+json"]
            assert media["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert media["example"]["status"] == status
            assert {"type", "title", "status", "detail", "code"} <= media["example"].keys()
    answers = {
        path: set(methods["get"]["responses"]) for path, methods in document["paths"].items() if "get" in methods
    }
    assert {"403", "409"}.isdisjoint(answers["/v1/locate"])
    assert "403" in answers["/v1/issues/{issue_id}/reporter"]
    assert "304" in answers["/v1/plans/{plan_id}/grids"]


def test_examples_are_questions_and_answers_of_this_interface(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]

    def example(path: str, method: str) -> dict:
        return paths[path][method]["responses"]["200"]["content"]["application/json"]["example"]

    for path in ("/v1/locate", "/v1/locate/explain"):
        params = {part["name"]: part["example"] for part in paths[path]["get"]["parameters"] if "example" in part}
        assert params.keys() == {"lon", "lat", "crs", "as_of"}
        answer = client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        assert answer.json().keys() == example(path, "get").keys()
        assert all(level.keys() == {"level", "code", "name"} for level in example(path, "get")["levels"])
    body = paths["/v1/locate"]["post"]["requestBody"]["content"]["application/json"]["example"]
    answer = client.post("/v1/locate", json=body)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == list(example("/v1/locate", "post"))
