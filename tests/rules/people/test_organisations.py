"""Reading which organisations sign people in, and what they send: whatever is wrong is refused in words."""

from __future__ import annotations

import json
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.people import rules
from anlan.people.rules.organisations import is_own_address

GOOD = """
organisations:
  - code: city
    name: {zh: 市统一身份, en: City identity}
    issuer: https://id.example.cn
    client_id: anlan
    client_secret_file: city.secret
    email_domains: ["@Example.cn"]
    strong_amr: [mfa]
    hours: 8
    networks: [10.20.0.0/16]
"""


def read(text: str) -> list[tuple[rules.Organisation, str]]:
    return rules.read_organisations(text, file="organisations.yaml")


def test_a_file_is_read() -> None:
    ((city, secret),) = read(GOOD)
    assert secret == "city.secret"
    assert (city.issuer, city.email_domains, city.hours) == (
        "https://id.example.cn",
        ("example.cn",),
        8,
    )
    assert city.scopes == ("openid", "email")
    assert city.networks == (ip_network("10.20.0.0/16"),)
    assert "client_secret" not in repr(city)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("code: city", "code: City!", "code"),
        ("code: city", "kode: city", "unknown field kode"),
        ("{zh: 市统一身份, en: City identity}", "City", "name"),
        ("https://id.example.cn", "http://id.example.cn", "issuer"),
        ("https://id.example.cn", "https://user:pass@id.example.cn", "issuer"),
        ("https://id.example.cn", "https://id.example.cn/?a=1", "issuer"),
        ("https://id.example.cn", "https://id.example.cn:x", "issuer"),
        ("client_id: anlan", "client_id: 7", "client_id"),
        ("hours: 8", "hours: 0", "hours"),
        ("hours: 8", "hours: true", "hours"),
        ("hours: 8", "scopes: [email]", "openid"),
        ("strong_amr: [mfa]", "strong_amr: mfa", "strong_amr"),
        ("10.20.0.0/16", "10.20.0.1/16", "host bits"),
        ("organisations:", "organizations:", "no list"),
        ("organisations:", "organisations: [", "line"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, said: str) -> None:
    with pytest.raises(rules.OrganisationsUnreadable) as wrong:
        read(GOOD.replace(old, new))
    assert said in wrong.value.message


def test_two_of_one_name_or_issuer_are_refused() -> None:
    row = GOOD.partition("\n  -")[2]
    with pytest.raises(rules.OrganisationsUnreadable):
        read(GOOD + "  -" + row)
    with pytest.raises(rules.OrganisationsUnreadable):
        read(GOOD + "  -" + row.replace("code: city", "code: other"))


def test_plain_http_only_to_this_machine_and_only_where_it_is_named() -> None:
    here = (ip_network("127.0.0.0/8"),)
    assert is_own_address("http://127.0.0.1:8080/x", here)
    assert not is_own_address("http://127.0.0.1:8080/x", ())
    assert not is_own_address("http://10.0.0.1/x", (ip_network("10.0.0.0/8"),))
    assert not is_own_address("http://127.0.0.1.evil.example/", here)
    assert not is_own_address(None, here)


ORGANISATION = read(GOOD)[0][0]


@given(st.one_of(st.binary(max_size=200), st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["keys", "issuer", "kty", "kid", "n", "e", "jwks_uri"]), inner),
    max_leaves=12,
).map(lambda tree: json.dumps(tree).encode())))  # fmt: skip
def test_whatever_an_organisation_publishes_is_read_or_refused(body: bytes) -> None:
    for reader in (rules.read_metadata, rules.read_keys):
        try:
            reader(body, ORGANISATION)
        except rules.OrganisationAway:
            continue


@given(
    st.text(max_size=60)
    | st.builds(".".join, st.lists(st.text(max_size=20), min_size=3, max_size=3))
)
def test_whatever_is_sent_as_a_token_is_refused(token: str) -> None:
    keys: list[dict[str, Any]] = [{"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "1"}]
    from tests.make import NOW

    with pytest.raises((rules.TokenWrong, rules.KeyUnknown)):
        rules.read_token(token, keys=keys, organisation=ORGANISATION, nonce="n", at=NOW)


def test_keys_for_something_else_are_left_out() -> None:
    keys = [{"kty": "RSA", "use": "enc"}, {"kty": "oct", "k": "c2VjcmV0"}, {"kty": "EC"}, "no"]
    assert rules.read_keys(json.dumps({"keys": keys}).encode(), ORGANISATION) == [{"kty": "EC"}]
