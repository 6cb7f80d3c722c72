"""Signing in through an organisation, against a real OpenID Connect provider in a process of its own.

Each bad thing alone: whatever is wrong about an answer, nobody is signed in by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client

from anlan.kernel.actor import SYSTEM
from anlan.ledger.models import LedgerEntry
from anlan.people import actions, queries, rules
from anlan.people.adapters import ask
from anlan.people.models import Challenge, OrganisationLink, Person, SignIn
from tests.flows.web.test_second_factor import code_of
from tests.make import NOW, World
from tests.worlds.provider import CLIENT, SECRET, Provider

HERE = ip_network("127.0.0.0/8")


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with Provider.start(at=NOW) as provider:
        yield provider


def configure(provider: Provider, **more: Any) -> rules.Organisation:
    organisation = rules.Organisation(
        code="city", name={"zh": "市统一身份", "en": "City identity"}, issuer=provider.issuer,
        client_id=CLIENT, client_secret=SECRET, networks=(HERE,), **more,
    )  # fmt: skip
    queries.connect_organisations([organisation], ask=ask)
    return organisation


@pytest.fixture
def provider(running: Provider) -> Iterator[Provider]:
    running.set(rotate=True)
    configure(running)
    yield running
    queries.connect_organisations([], ask=ask)


@pytest.fixture
def browser() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def linked(world: World, provider: Provider) -> Provider:
    link("safety")  # needs no second factor
    return provider


def link(login: str, subject: str = "wang-1") -> None:
    actions.map_account(actor=SYSTEM, login=login, code="city", subject=subject, at=NOW)


def begin(browser: Client, path: str = "/sign-in/through/city") -> str:
    answer = browser.get(path)
    assert answer.status_code == 302, answer.content
    return str(answer["Location"])


def come_back(browser: Client, provider: Provider, address: str = "", **changed: str) -> Any:
    path, query = provider.sign_in(address or begin(browser))
    return browser.get(path, query | changed)


def is_signed_in(browser: Client) -> bool:
    return browser.get("/account/").status_code == 200


def test_who_is_linked_is_let_in_and_goes_where_he_wanted(
    browser: Client, linked: Provider
) -> None:
    page = browser.get("/sign-in?next=/notices/").content.decode()
    assert "Sign in through City identity" in page
    assert '/sign-in/through/city?next=/notices/"' in page
    answer = come_back(browser, linked, begin(browser, "/sign-in/through/city?next=/notices/"))
    assert (answer.status_code, answer["Location"]) == (302, "/notices/")
    assert is_signed_in(browser)
    sign_in = SignIn.objects.get()
    assert (sign_in.means, sign_in.organisation) == ("ORGANISATION", "city")
    assert (sign_in.expires_at - NOW).total_seconds() == 12 * 3600
    assert OrganisationLink.objects.get().last_used_at == NOW
    assert LedgerEntry.objects.filter(what="person.signed_in").exists()


def test_nobody_is_sent_to_a_stranger_afterwards(browser: Client, linked: Provider) -> None:
    address = begin(browser, "/sign-in/through/city?next=https://evil.example/")
    assert come_back(browser, linked, address)["Location"] == "/notices/"


LIES: dict[str, tuple[dict[str, Any], str]] = {
    "issuer": ({"claims": {"iss": "https://evil.example"}}, "issuer"),
    "audience": ({"claims": {"aud": "another-client"}}, "audience"),
    "one of several audiences": ({"claims": {"aud": [CLIENT, "another"]}}, "audience"),
    "party": ({"claims": {"aud": [CLIENT, "another"], "azp": "another"}}, "audience"),
    "nonce": ({"claims": {"nonce": "from-another-sign-in"}}, "nonce"),
    "no nonce": ({"claims": {"nonce": None}}, "nonce"),
    "expired": ({"clock": -301, "claims": {"exp": int(NOW.timestamp()) - 61}}, "expired"),
    "never expires": ({"claims": {"exp": None}}, "expired"),
    "old": ({"claims": {"iat": int(NOW.timestamp()) - 3600}}, "time"),
    "of tomorrow": ({"claims": {"iat": int(NOW.timestamp()) + 61}}, "time"),
    "not yet good": ({"claims": {"nbf": int(NOW.timestamp()) + 61}}, "time"),
    "no subject": ({"claims": {"sub": None}}, "subject"),
    "subject of another kind": ({"claims": {"sub": ["wang-1"]}}, "subject"),
    "alg none": ({"alg": "none"}, "algorithm"),
    "alg HS256 by the public key": ({"alg": "HS256"}, "algorithm"),
    "forged": ({"forged": True}, "signature"),
    "unknown key": ({"kid": "never-seen"}, "unknown key"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_lies_signs_nobody_in(browser: Client, linked: Provider, lie: str) -> None:
    how, why = LIES[lie]
    linked.set(**how)
    answer = come_back(browser, linked)
    assert answer.status_code == 401
    page = answer.content.decode()
    assert f"cannot be trusted ({why})" in page
    assert "City identity" in page
    assert not is_signed_in(browser)
    assert not SignIn.objects.exists()


def test_a_clock_that_is_half_a_minute_off_is_fine(browser: Client, linked: Provider) -> None:
    linked.set(clock=30)
    assert come_back(browser, linked).status_code == 302
    linked.set(clock=-330)
    assert come_back(Client(), linked).status_code == 302


def test_keys_rotate_without_a_restart_and_are_not_asked_for_in_a_loop(
    browser: Client, linked: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert come_back(browser, linked).status_code == 302
    monkeypatch.setattr(rules, "KEYS_AGAIN_AFTER", rules.KEYS_AGAIN_AFTER * 0)
    linked.set(rotate=True)
    assert come_back(Client(), linked).status_code == 302
    monkeypatch.undo()
    before = linked.counts()["/keys"]
    linked.set(kid="made-up")
    for _ in range(3):
        assert come_back(Client(), linked).status_code == 401
    assert linked.counts()["/keys"] == before


@pytest.mark.parametrize(
    "changed",
    [{"state": "0" * 32 + ".x"}, {"state": ""}, {"state": "路"}, {"iss": "https://evil.example"}],
    ids=["another state", "no state", "odd state", "another issuer"],
)
def test_an_answer_that_was_not_asked_for_is_refused(
    browser: Client, linked: Provider, changed: dict[str, str]
) -> None:
    answer = come_back(browser, linked, **changed)
    assert answer.status_code == 401
    assert "begun elsewhere" in answer.content.decode()
    assert not SignIn.objects.exists()


def test_a_state_serves_once_in_one_browser_and_not_for_long(
    browser: Client, linked: Provider
) -> None:
    path, query = linked.sign_in(begin(browser))
    kept = browser.cookies["anlan_organisation"].value
    stranger = Client()
    assert stranger.get(path, query).status_code == 401  # his cookie is not there
    assert browser.get(path, query).status_code == 302
    browser.cookies["anlan_organisation"] = kept
    assert browser.get(path, query).status_code == 401  # replayed
    path, query = linked.sign_in(begin(stranger))
    Challenge.objects.update(expires_at=NOW)
    assert stranger.get(path, query).status_code == 401
    assert SignIn.objects.count() == 1


def test_a_code_of_somebody_else_does_not_fit_the_verifier(
    browser: Client, linked: Provider
) -> None:
    _, stolen = linked.sign_in(begin(Client()))
    answer = come_back(browser, linked, code=stolen["code"])
    assert answer.status_code == 401
    assert "did not sign you in (invalid_grant)" in answer.content.decode()


def test_the_organisation_may_say_no(browser: Client, linked: Provider) -> None:
    answer = come_back(browser, linked, error="access_denied")
    assert "did not sign you in (access_denied)" in answer.content.decode()
    answer = come_back(browser, linked, error="<script>")
    assert "(refused)" in answer.content.decode()


def test_whoever_is_not_linked_is_not_let_in_and_no_account_is_made(
    world: World, browser: Client, provider: Provider
) -> None:
    before = Person.objects.count()
    answer = come_back(browser, provider)
    assert answer.status_code == 401
    assert "No open account here is linked" in answer.content.decode()
    assert Person.objects.count() == before
    assert not SignIn.objects.exists()


def test_an_account_that_has_ended_is_not_let_in(
    world: World, browser: Client, linked: Provider
) -> None:
    Person.objects.filter(login="safety").update(is_active=False)
    answer = come_back(browser, linked)
    assert answer.status_code == 401
    assert "No open account here is linked" in answer.content.decode()
    actions.close_person(actor=SYSTEM, person_id=world.person_ids["safety"], at=NOW)
    assert not OrganisationLink.objects.exists()


@pytest.mark.parametrize(
    ("claims", "is_in"),
    [
        ({}, True),
        ({"email_verified": False}, False),
        ({"email_verified": "true"}, False),
        ({"email": "wang@example.cn.evil.example"}, False),
        ({"email": None}, False),
        ({"email": "wang@EXAMPLE.cn"}, True),
    ],
)
def test_only_confirmed_addresses_of_the_named_domains(
    browser: Client, linked: Provider, claims: dict[str, Any], is_in: bool
) -> None:
    configure(linked, email_domains=("example.cn",))
    linked.set(claims=claims)
    answer = come_back(browser, linked)
    assert answer.status_code == (302 if is_in else 401)
    assert (
        is_in
        or "signs in only confirmed e-mail addresses of: example.cn" in answer.content.decode()
    )


def test_staff_show_their_second_factor_unless_the_organisation_may_answer_for_it(
    world: World, browser: Client, provider: Provider
) -> None:
    Person.objects.filter(login="desk").update(is_demo=False)
    link("desk")
    provider.set(claims={"amr": ["pwd", "mfa"], "acr": "gold"})
    assert come_back(browser, provider)["Location"] == "/sign-in/enrol"  # whatever it says
    assert not is_signed_in(browser)
    configure(provider, strong_amr=frozenset({"mfa"}))
    provider.set(claims={"amr": ["pwd"], "acr": "gold"})
    assert come_back(browser, provider)["Location"] == "/sign-in/enrol"
    provider.set(claims={"amr": "mfa"})  # no list
    assert come_back(browser, provider)["Location"] == "/sign-in/enrol"
    provider.set(claims={"amr": ["pwd", "mfa"]})
    assert come_back(browser, provider)["Location"] == "/desk/"
    assert is_signed_in(browser)
    assert SignIn.objects.filter(means="ORGANISATION_STRONG").count() == 1


def test_a_factor_that_was_set_up_here_is_asked_for(
    world: World, browser: Client, provider: Provider
) -> None:
    person = queries.get_person(login="desk")
    desk = world.actor("desk")
    shown = actions.begin_totp(actor=desk, at=NOW)
    actions.confirm_totp(actor=desk, code=code_of(shown), at=NOW)
    link("desk")
    assert come_back(browser, provider)["Location"] == "/sign-in/factor"
    assert not SignIn.objects.filter(person=person, step="", organisation="city").exists()


BROKEN: dict[str, dict[str, Any]] = {
    "down": {"status": 500},
    "another issuer": {"metadata": {"issuer": "https://evil.example"}},
    "token by http": {"metadata": {"token_endpoint": "http://evil.example/token"}},
    "keys by ftp": {"metadata": {"jwks_uri": "ftp://evil.example/keys"}},
    "no page to sign in": {"metadata": {"authorization_endpoint": None}},
}


@pytest.mark.parametrize("how", BROKEN)
def test_an_organisation_that_is_broken_is_said_to_be(
    browser: Client, linked: Provider, how: str
) -> None:
    linked.set(**BROKEN[how])
    answer = browser.get("/sign-in/through/city")
    assert answer.status_code == 503
    assert "City identity does not answer as it should" in answer.content.decode()


@pytest.mark.parametrize("path", ["/moved", "/endless", "/nothing"])
def test_keys_that_are_moved_endless_or_not_there(
    browser: Client, linked: Provider, path: str
) -> None:
    linked.set(metadata={"jwks_uri": linked.issuer + path})
    assert come_back(browser, linked).status_code == 503


def test_inner_addresses_are_not_reached_unless_named(browser: Client, linked: Provider) -> None:
    organisation = configure(linked)
    queries.connect_organisations(
        [replace(organisation, networks=(ip_network("10.0.0.0/8"),))], ask=ask
    )
    before = linked.counts()
    assert browser.get("/sign-in/through/city").status_code == 503
    after = linked.counts()
    assert {**before, "/test": 0} == {**after, "/test": 0}  # nothing was asked


def test_after_signing_out_the_way_out_there_is_shown(browser: Client, linked: Provider) -> None:
    come_back(browser, linked)
    page = browser.post("/sign-out", follow=True).content.decode()
    assert "You are still signed in at City identity" in page
    assert f"{linked.issuer}/out?client_id=anlan&amp;post_logout_redirect_uri=" in page
    assert not is_signed_in(browser)
    assert "still signed in" not in browser.get("/sign-in?left=nobody").content.decode()


def test_an_unknown_organisation_is_no_page(world: World, browser: Client) -> None:
    for path in ("/sign-in/through/nobody", "/sign-in/through/nobody/back?state=1"):
        assert browser.get(path).status_code == 404
