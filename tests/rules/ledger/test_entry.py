"""The text of an entry: one form, no names, no naive time."""

import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.kernel.actor import SYSTEM, Actor, ActorKind
from anlan.ledger import rules

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
PERSON = Actor(ActorKind.PERSON, UUID(int=7), "王芳")


def body(**changed: object) -> str:
    values: dict[str, object] = {
        "actor": PERSON,
        "what": "case.closed",
        "about_kind": "case",
        "about_id": UUID(int=1),
        "data": {"outcome": "DONE"},
        "at": NOW,
    }
    return rules.entry_body(**(values | changed))  # type: ignore[arg-type]


def test_exact_text() -> None:
    assert body() == (
        '{"about":{"id":"00000000-0000-0000-0000-000000000001","kind":"case"},'
        '"actor":{"id":"00000000-0000-0000-0000-000000000007","kind":"PERSON"},'
        '"at":"2026-11-24T08:00:00+00:00","data":{"outcome":"DONE"},"v":1,"what":"case.closed"}'
    )


def test_names_stay_out() -> None:
    assert "王芳" not in body()


def test_system_has_no_id() -> None:
    assert json.loads(body(actor=SYSTEM))["actor"] == {"id": None, "kind": "SYSTEM"}


def test_same_instant_same_text() -> None:
    assert body(at=NOW.astimezone(timezone(timedelta(hours=8)))) == body()


def test_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        body(at=NOW.replace(tzinfo=None))


def test_value_without_canonical_form_is_refused() -> None:
    with pytest.raises(TypeError):
        body(data={"x": object()})


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.booleans() | st.none()))
def test_order_of_data_does_not_matter(data: dict[str, object]) -> None:
    assert body(data=data) == body(data=dict(reversed(data.items())))
    assert json.loads(body(data=data))["data"] == data
