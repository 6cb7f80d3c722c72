"""Linking an account here to an account of an organisation: by its holder, the operator, or a named claim."""

from __future__ import annotations

import pytest
from django.test import Client

from anlan.ledger.models import LedgerEntry
from anlan.people import actions, rules
from anlan.people.models import OrganisationLink, SignIn
from tests.flows.web.test_organisations import (
    begin,
    browser,
    come_back,
    configure,
    link,
    linked,
    provider,
    running,
)  # fmt: skip
from tests.make import NOW, PASSWORD, World
from tests.worlds.provider import Provider

__all__ = ["browser", "linked", "provider", "running"]


def sign_in_by_password(browser: Client, login: str) -> None:
    assert browser.post("/sign-in", {"login": login, "password": PASSWORD}).status_code == 302


def test_one_links_ones_own_account_and_is_asked_first(
    world: World, browser: Client, provider: Provider
) -> None:
    sign_in_by_password(browser, "safety")
    assert "Not linked" in browser.get("/account/").content.decode()
    page = come_back(browser, provider, begin(browser, "/account/organisations/city/link"))
    assert page.status_code == 200
    assert "wang@example.cn" in page.content.decode()
    assert not OrganisationLink.objects.exists()  # nothing yet
    offer = page.context["offer"].offer_id
    stranger = Client()
    sign_in_by_password(stranger, "desk")
    stranger.post("/account/organisations/confirm", {"offer": str(offer)})
    assert not OrganisationLink.objects.exists()  # another's offer
    for _ in range(2):
        browser.post("/account/organisations/confirm", {"offer": str(offer)})
    made = OrganisationLink.objects.get()
    assert (made.person.login, made.subject) == ("safety", "wang-1")
    assert LedgerEntry.objects.filter(what="person.organisation_linked").count() == 1
    fresh = Client()
    assert come_back(fresh, provider)["Location"] == "/notices/"
    again = browser.get("/account/organisations/city/link", follow=True)
    assert "linked to an account of this organisation already" in again.content.decode()
    browser.post(f"/account/links/{made.id}/remove")
    assert not OrganisationLink.objects.exists()
    assert come_back(Client(), provider).status_code == 401


def test_an_account_of_the_organisation_belongs_to_one_account_here(
    world: World, browser: Client, linked: Provider
) -> None:
    sign_in_by_password(browser, "volunteer")
    page = come_back(browser, linked, begin(browser, "/account/organisations/city/link"))
    assert page.status_code == 302
    assert "linked to another account" in browser.get("/account/").content.decode()
    with pytest.raises(rules.LinkedElsewhere):
        link("volunteer")
    with pytest.raises(rules.LinkedAlready):
        link("safety", "wang-2")
    with pytest.raises(rules.SubjectUnusable):
        link("volunteer", "")


def test_a_link_that_was_begun_signs_nobody_in_and_the_other_way_round(
    world: World, browser: Client, linked: Provider
) -> None:
    sign_in_by_password(browser, "volunteer")
    path, query = linked.sign_in(begin(browser, "/account/organisations/city/link"))
    state = query["state"]
    with pytest.raises(rules.RequestWrong):
        actions.sign_in_through_organisation(
            code="city", state=state, answer=query["code"], back="http://x" + path, at=NOW
        )
    sign_ins = SignIn.objects.count()
    path, query = linked.sign_in(begin(browser))
    with pytest.raises(rules.RequestWrong):
        actions.offer_link(
            actor=world.actor("desk"), code="city", state=query["state"], answer=query["code"],
            back="http://x" + path, at=NOW,
        )  # fmt: skip
    assert SignIn.objects.count() == sign_ins + 1  # the one of world.actor


def test_a_claim_that_holds_the_login_links_only_where_it_is_named(
    world: World, browser: Client, provider: Provider
) -> None:
    provider.set(claims={"preferred_username": "Safety"})
    assert come_back(browser, provider).status_code == 401
    configure(provider, login_claim="preferred_username")
    assert come_back(browser, provider).status_code == 302
    assert OrganisationLink.objects.get().person.login == "safety"
    provider.set(claims={"preferred_username": "safety", "sub": "li-2"})
    assert come_back(Client(), provider).status_code == 401  # its account is taken
    provider.set(claims={"preferred_username": "nobody", "sub": "li-2"})
    assert come_back(Client(), provider).status_code == 401
