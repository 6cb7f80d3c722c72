"""Bodies sent to Open311: forms, files, JSON, XML and bytes, under any content type."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client
from hypothesis import example
from hypothesis import strategies as st

from tests.fuzz.making import bitten, nested, texts
from tests.fuzz.running import fuzz
from tests.make import World
from tests.worlds.fixtures import quick_passwords, still_clock, world

__all__ = ["quick_passwords", "still_clock", "world"]

FORM = b"service_code=STREET_LAMP&lat=29.705&long=120.01&description=%E7%81%AF&first_name=a"
PARTS = (
    b'--b\r\nContent-Disposition: form-data; name="service_code"\r\n\r\nSTREET_LAMP\r\n'
    b'--b\r\nContent-Disposition: form-data; name="lat"\r\n\r\n29.705\r\n'
    b'--b\r\nContent-Disposition: form-data; name="long"\r\n\r\n120.01\r\n'
    b'--b\r\nContent-Disposition: form-data; name="media"; filename="x.png"\r\n\r\n\x89PNG\r\n'
    b"--b--\r\n"
)
TYPES = [
    "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=gb18030",
    "application/x-www-form-urlencoded; charset=none-such", "multipart/form-data; boundary=b",
    "multipart/form-data", "application/json", "text/xml", "", "x",
]  # fmt: skip
bodies = (
    st.binary(max_size=200) | bitten(FORM) | st.just(FORM) | bitten(PARTS) | st.just(PARTS)
    | st.dictionaries(texts, texts, max_size=3).map(lambda d: json.dumps(d).encode())
    | nested.map(str.encode)
)  # fmt: skip


@fuzz(
    needs=("world",),
    body=bodies,
    kind=st.sampled_from(TYPES) | st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=30),
    form=st.sampled_from(["json", "xml"]),
)  # fmt: skip
@example(body=FORM, kind=TYPES[1], form="xml")
@example(body=FORM, kind=TYPES[2], form="json")
def test_bodies_sent_to_open311(world: World, body: bytes, kind: str, form: str) -> None:
    address = f"/open311/v2/requests.{form}?api_key={world.clients['open311'].token}"
    answer: Any = Client().generic("POST", address, body, content_type=kind)
    assert answer.status_code in (201, 400, 403, 404, 413, 422, 429), answer.content
    if form == "json":
        assert isinstance(answer.json(), list)


@fuzz(
    needs=("world",),
    what=st.sampled_from(["requests", "services", "tokens"]),
    code=st.text(st.characters(exclude_characters="/?#", exclude_categories=["Cs"]), min_size=1, max_size=40),
    query=st.dictionaries(st.sampled_from(["jurisdiction_id", "api_key", "service_code", "page"]), texts),
)  # fmt: skip
def test_lookups_in_open311(world: World, what: str, code: str, query: dict[str, str]) -> None:
    from urllib.parse import quote, urlencode

    asked = urlencode({k: v.encode("utf-8", "replace") for k, v in query.items()})
    answer = Client().get(f"/open311/v2/{what}/{quote(code, safe='')}.json?{asked}")
    assert answer.status_code in (400, 403, 404, 422, 429), answer.content
