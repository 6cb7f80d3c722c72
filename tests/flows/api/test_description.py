"""The API describes itself, to programs and to people, without loading anything from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

CALLS = {
    "/api/v1/signals": {"post"},
    "/api/v1/signals/alike": {"post"},
    "/api/v1/track/{tracking_code}/join": {"post"},
    "/api/v1/signals/{code}/photos": {"post"},
    "/api/v1/transfers": {"post"},
    "/api/v1/photos": {"post"},
    "/api/v1/cases": {"get"},
    "/api/v1/cases/{case_id}": {"get"},
    "/api/v1/cases/{case_id}/moves": {"get", "post"},
    "/api/v1/cases/{case_id}/recommendation": {"get"},
    "/api/v1/cases/{case_id}/responders": {"get"},
    "/api/v1/cases/{case_id}/dispatches": {"get", "post"},
    "/api/v1/dispatches/{dispatch_id}/moves": {"post"},
    "/api/v1/track/{tracking_code}": {"get"},
    "/api/v1/track/{tracking_code}/rating": {"post"},
    "/api/v1/assessment/{scheme}/{place_code}/{period}": {"get"},
    "/api/v1/returns": {"get", "post"},
    "/api/v1/places/locate": {"get"},
    "/api/v1/matters": {"get"},
    "/api/v1/health": {"get"},
}


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


def test_the_description_lists_every_call_and_who_may_use_it(client: Client) -> None:
    found = client.get("/api/v1/openapi.json").json()
    assert {path: set(methods) for path, methods in found["paths"].items()} == CALLS
    assert found["paths"]["/api/v1/signals"]["post"]["security"] == [
        {"TokenDoor": []},
        {"SignInDoor": []},
    ]
    assert "security" not in found["paths"]["/api/v1/track/{tracking_code}"]["get"]
    assert found["components"]["securitySchemes"]["TokenDoor"] == {
        "type": "http",
        "scheme": "bearer",
    }


def test_the_reference_page_names_every_call() -> None:
    page = Path(__file__).parents[3].joinpath("docs/reference/api.md").read_text(encoding="utf-8")
    missing = [
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, methods in CALLS.items()
        for method in methods
        if f"`{method.upper()} {path.removeprefix('/api/v1')}`" not in page
    ]
    assert not missing


def test_people_read_it_on_a_page_that_loads_nothing(client: Client) -> None:
    answer = client.get("/api/v1/docs")
    text = answer.content.decode()
    assert answer.status_code == 200
    for path in CALLS:
        assert path in text
    assert not re.findall(r"""(?:src|href)=["']?(?:https?:)?//""", text)
    assert "<script" not in text


@pytest.mark.django_db
def test_health(client: Client) -> None:
    answer = client.get("/api/v1/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
