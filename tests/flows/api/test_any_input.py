"""Whatever is sent, the API answers in its own form and never with a fault of ours."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anlan.intake.models import Signal
from tests.flows.api.calls import Api
from tests.make import World

# One world for all examples of a test: they only add to it.
in_one_world = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
texts = st.text(max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def signals() -> st.SearchStrategy[dict[str, Any]]:
    """Make bodies that are nearly right: known fields with values of any kind."""
    fields = ("lon", "lat", "datum", "place_code", "place_text", "matter", "external_ref")
    known = {name: texts | st.floats() | values for name in fields}
    return st.fixed_dictionaries(
        {"text": texts | values}, optional=known | {"contact": values, "photos": values}
    )


@in_one_world
@given(body=signals())
def test_any_report(world: World, body: dict[str, Any]) -> None:
    app = Api(world, "app")
    before = Signal.objects.count()
    answer = app.post("/signals", json.dumps(body).encode())
    assert answer.status_code in (201, 400, 404, 422), answer.content
    assert answer.json()
    assert Signal.objects.count() == before + (answer.status_code == 201)


@in_one_world
@given(body=st.binary(max_size=200))
def test_any_bytes(world: World, body: bytes) -> None:
    answer = Api(world, "app").post("/signals", body)
    assert answer.status_code in (400, 422)
    assert answer["Content-Type"] == "application/problem+json"


@in_one_world
@given(query=st.dictionaries(st.sampled_from(["state", "light", "text", "after", "unit_id", "limit", "only_open"]), texts))  # fmt: skip
def test_any_query(world: World, query: dict[str, str]) -> None:
    answer = Api(world, "desk").get("/cases", query)
    assert answer.status_code in (200, 422), answer.content


@in_one_world
@given(move=st.fixed_dictionaries({"move": texts | st.sampled_from(["accept", "assign_down", "close", "reclassify"])}, optional={"note": texts, "unit_id": values, "matter": texts, "outcome": texts, "expected_seq": values}))  # fmt: skip
def test_any_move(world: World, move: dict[str, Any]) -> None:
    case_id = world.take(idempotency_key=str(uuid4())).case_id
    answer = Api(world, "desk").post(f"/cases/{case_id}/moves", json.dumps(move).encode())
    assert answer.status_code in (200, 400, 403, 409, 422), answer.content


@in_one_world
@given(form=st.dictionaries(st.sampled_from(["service_code", "lat", "long", "address_string", "description", "first_name", "phone"]), texts | st.sampled_from(["STREET_LAMP", "29.705", "120.01"])))  # fmt: skip
def test_any_form_of_open311(world: World, form: dict[str, str]) -> None:
    key = {"api_key": world.clients["open311"].token}
    answer = Api(world).client.post("/open311/v2/requests.json", form | key)
    assert answer.status_code in (201, 400, 404), answer.content
    assert isinstance(answer.json(), list)


@in_one_world
@given(code=texts.filter(lambda text: text.strip(". /?#")))
def test_any_tracking_code(world: World, code: str) -> None:
    answer = Api(world).get(f"/track/{quote(code.encode('utf-8', 'surrogatepass'))}")
    assert answer.status_code in (404, 422, 429), answer.content
