"""Short texts from outside: codes, checkpoints, trace headers, search words, settings, addresses."""

from __future__ import annotations

import os
from functools import cache
from typing import Any
from unittest.mock import patch

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example
from hypothesis import strategies as st

from anlan.api.open311 import rules as open311
from anlan.backup import rules as backup
from anlan.cases.rules import pairs_of, read_words
from anlan.config import env
from anlan.config.database import address
from anlan.config.operating import traces
from anlan.kernel import codes
from anlan.kernel.reach import may_reach
from anlan.ledger.rules import note
from anlan.notices.rules import one_line
from anlan.people.rules import is_callback_url
from tests.fuzz.making import bitten
from tests.fuzz.running import fuzz, refusal_allowed
from tests.make import NOW

texts = st.text(max_size=80)
_key = Ed25519PrivateKey.from_private_bytes(bytes(32))
CHECKPOINT = note.sign_checkpoint(key=_key, size=230_000, root=bytes(range(32)), at=NOW)
VERIFIER = str(note.verifier_of(_key))


def near(text: str) -> st.SearchStrategy[str]:
    """Make texts near a good one."""
    return texts | bitten(text.encode()).map(lambda data: data.decode("utf-8", "replace"))


@fuzz(text=near(codes.tracking_code("7KQF92MX4T")) | st.text("0O1lIiL -–—\t7KQF", max_size=20))
def test_tracking_codes(text: str) -> None:
    with refusal_allowed():
        assert codes.read_tracking_code(text) in (None, codes.normalise(text)[: codes.CODE_LENGTH])


@fuzz(examples=100, text=near(CHECKPOINT))
def test_checkpoints(text: str) -> None:
    with refusal_allowed():
        found = note.read_checkpoint(text)
        # What is signed is what was read, or the text is another one
        if note.verifier_of(_key).has_signed(found):
            assert CHECKPOINT.startswith(found.text)


@fuzz(text=near(VERIFIER))
def test_verifier_keys(text: str) -> None:
    with refusal_allowed():
        assert str(note.read_verifier(text)) == text.strip()


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@cache
def silent_tracer() -> traces.Tracer:
    """Make a tracer that sends nothing."""
    tracer = traces.Tracer("http://127.0.0.1:9")
    tracer._provider._active_span_processor._span_processors = ()
    return tracer


@fuzz(text=near(TRACE))
def test_trace_headers(text: str) -> None:
    tracer = silent_tracer()
    with tracer.span("x", carrier={traces.CARRIED: text}):
        assert len(tracer.trace_id()) == 32


@fuzz(text=texts | st.text(max_size=2000))
def test_search_words(text: str) -> None:
    words = read_words(text)
    assert len(words) <= 6
    assert all(len(pair) == 2 for pair in pairs_of(words))


environment = st.characters(exclude_characters="\0", exclude_categories=["Cs"])


@fuzz(
    examples=150,
    name=st.sampled_from([variable.name for variable in env.VARIABLES]),
    value=st.text(environment, max_size=40)
    | st.sampled_from(["9" * 5000, "²", "yes", "10.0.0.0/8,", "::/0", "postgresql://[", "~nobody-such/x", "٣"]),
)  # fmt: skip
@example(name="ANLAN_PORT", value="9" * 5000)
@example(name="ANLAN_HOME", value="~nobody-such/x")
def test_settings(name: str, value: str) -> None:
    variable = next(each for each in env.VARIABLES if each.name == name)
    readers: dict[env.Kind, Any] = {
        env.Kind.NUMBER: env.get_number, env.Kind.FLAG: env.is_on,
        env.Kind.CHOICE: env.get_choice, env.Kind.NETWORKS: env.get_networks,
    }  # fmt: skip
    with patch.dict(os.environ, {name: value}), refusal_allowed():
        readers.get(variable.kind, env.get_text)(name)
        env.get_home(), env.get_secret_key_file(), env.get_backup_key_file()
        if name == "ANLAN_DATABASE_URL":
            address._outside_parameters()


@fuzz(
    url=near("https://110.example:8443/progress?x=1")
    | st.builds("http://{}/".format, st.text(max_size=20))
)
@example(url="http://a b/")
@example(url="http://x:99999/")
@example(url="http://\x00/")
def test_callback_addresses(url: str) -> None:
    if not is_callback_url(url):
        return
    try:
        target = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        # A few names of other scripts; the notice is then given up with that reason
        assert not url.isascii()
    else:
        assert target.host
        assert target.port is None or 0 < target.port < 65536


@fuzz(text=st.ip_addresses().map(str) | st.builds("{}%{}".format, st.ip_addresses(), texts))
def test_addresses_that_may_be_reached(text: str) -> None:
    assert may_reach(text) in (True, False)


@fuzz(text=texts)
def test_subjects(text: str) -> None:
    assert "\n" not in one_line(text)
    assert "\r" not in one_line(text)


NAMES = [
    "service_request_id",
    "service_code",
    "start_date",
    "end_date",
    "status",
    "page",
    "page_size",
    "lat",
    "long",
]


@fuzz(
    examples=150,
    query=st.dictionaries(
        st.sampled_from(NAMES),
        texts | st.sampled_from(["2026-03-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-12:00", "2200-12-31T00:00:00Z", "open,closed", "nan", "1e999", "9" * 5000, "²"]),
    ),
)  # fmt: skip
def test_queries_of_open311(query: dict[str, str]) -> None:
    with refusal_allowed():
        wanted = open311.read_wanted(query, at=NOW)
        assert wanted.from_at <= wanted.until_at
    for name in ("lat", "long"):
        with refusal_allowed():
            open311.read_degrees(query, name)
    with refusal_allowed():
        open311.read_line(query, "status", 100)


@fuzz(text=near("2026-11-27T09:30:00+08:00"))
def test_instants_to_return_to(text: str) -> None:
    with refusal_allowed():
        assert backup.read_instant(text).tzinfo is not None
