"""Passkeys and one's own account in a real browser, with Chromium's virtual authenticator."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.checks import check_page
from tests.browser.product import OpenPage
from tests.flows.run.instance import Instance

PICTURES = os.environ.get("PICTURES", "")


def open_here(open_page: OpenPage, product: Instance, **how: str) -> tuple[Page, str]:
    """Open a browser at the name of this machine, since passkeys know no numbers; sign in there."""
    page = open_page(**how)
    here = product.url.replace("127.0.0.1", "localhost")
    page.goto(f"{here}/sign-in")
    page.locator("#id_login").fill("grid")
    page.locator("#id_password").fill(product.password("grid"))
    with page.expect_navigation():
        page.locator("#id_password").press("Enter")
    language = {"name": "anlan_language", "value": how.get("language", "zh-hans"), "url": here}
    page.context.add_cookies([language])  # type: ignore[list-item]
    return page, here


def add_authenticator(page: Page) -> tuple[Any, str]:
    """Give a browser a device of its own that makes sure of its holder."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable", {"enableUI": False})
    made = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
                "hasUserVerification": True, "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip
    return session, made["authenticatorId"]


def take(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize(
    ("size", "language"), [("phone", "zh-hans"), ("desktop", "en"), ("phone", "en"), ("desktop", "zh-hans")]
)  # fmt: skip
def test_a_passkey_is_registered_named_used_and_removed(
    open_page: OpenPage, product: Instance, size: str, language: str
) -> None:
    page, here = open_here(open_page, product, size=size, language=language)
    session, device = add_authenticator(page)
    page.goto(f"{here}/account/")
    check_page(page)
    with page.expect_navigation():
        page.locator("form[data-passkey=create] button").click()
    (key,) = session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert key["isResidentCredential"]
    assert key["rpId"] == "localhost"
    name = page.locator("form[action$='/name'] input[name=name]")
    assert "Chrome" in name.input_value()
    name.fill("值班室电脑")
    with page.expect_navigation():
        page.locator("form[action$='/name'] button").click()
    assert page.locator("form[action$='/name'] input[name=name]").input_value() == "值班室电脑"
    check_page(page)
    take(page, f"account-{size}-{language}")

    page.context.clear_cookies(name="anlan_sign_in")
    page.goto(f"{here}/sign-in?next=/notices/")
    check_page(page)
    take(page, f"sign-in-{size}-{language}")
    with page.expect_navigation(url="**/notices/"):
        page.locator("form[data-passkey=get] button").click()

    page.goto(f"{here}/account/")
    with page.expect_navigation():
        page.locator("form[action$='/remove'] button").first.click()
    expect(page.locator("form[action$='/name']")).to_have_count(0)
    page.context.clear_cookies(name="anlan_sign_in")
    page.goto(f"{here}/sign-in")
    with page.expect_navigation():
        page.locator("form[data-passkey=get] button").click()
    assert page.url.endswith("/sign-in"), "a removed passkey opens nothing"


def test_a_device_that_does_not_know_its_holder_is_refused(
    open_page: OpenPage, product: Instance
) -> None:
    page, here = open_here(open_page, product, size="desktop", language="en")
    session, device = add_authenticator(page)
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.goto(f"{here}/account/")
    page.locator("form[data-passkey=create] button").click()
    page.locator("form[data-passkey=create] .fault").wait_for(state="visible")
    assert session.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"] == []


@pytest.mark.parametrize(("size", "language"), [("phone", "zh-hans"), ("desktop", "en")])
def test_the_other_pages_of_the_account(
    open_page: OpenPage, product: Instance, size: str, language: str
) -> None:
    page, here = open_here(open_page, product, size=size, language=language)
    for address in ("/account/password", "/account/app", "/account/prove"):
        page.goto(here + address)
        check_page(page)
        take(page, f"{address.rpartition('/')[2]}-{size}-{language}")
    page.goto(f"{here}/account/password")
    page.locator("#id_password").fill("ditch-copper-vapour")
    assert page.locator("#id_password-meter").is_visible()
    button = page.locator(".reveal:has(#id_password) button")
    button.click()
    assert page.locator("#id_password").get_attribute("type") == "text"
    assert button.get_attribute("aria-pressed") == "true"
    take(page, f"password-typed-{size}-{language}")


def test_elsewhere_the_page_says_where_passkeys_work(
    open_page: OpenPage, product: Instance
) -> None:
    page = open_page(size="desktop", language="en", login="grid")
    page.goto("/account/")
    here = product.url.replace("127.0.0.1", "localhost")
    expect(page.locator(f"a[href^='{here}']")).to_have_count(1)
    expect(page.locator("form[data-passkey]")).to_have_count(0)
