"""One value, one text: whatever order it came in, and nothing that has no one text."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.kernel.canonical import digest, to_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


def turned(value: object) -> object:
    """Give the same value with the keys of every table in the opposite order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


@given(VALUES)
def test_the_order_of_keys_makes_no_difference(value: object) -> None:
    assert to_json(turned(value)) == to_json(value)
    assert digest(turned(value)) == digest(value)
    assert json.loads(to_json(value)) == value


def test_instants_dates_ids_and_amounts_have_their_texts() -> None:
    value = {
        "id": UUID(int=1), "at": datetime(2026, 3, 10, 2, tzinfo=UTC), "day": date(2026, 3, 10),
        "price": Decimal("1.50"), "text": "澜\n",
    }  # fmt: skip
    assert to_json(value) == (
        '{"at":"2026-03-10T02:00:00+00:00","day":"2026-03-10",'
        '"id":"00000000-0000-0000-0000-000000000001","price":"1.50","text":"澜\\n"}'
    )


@pytest.mark.parametrize("value", [{1, 2}, b"bytes", object()])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no canonical form"):
        to_json({"value": value})


def test_no_number_is_not_a_number() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        to_json(float("nan"))


def test_the_digest_is_sha256_of_the_text() -> None:
    assert digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
