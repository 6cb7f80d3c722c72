"""A report that waits on the device of whoever writes it, because he has asked for that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

from tests.browser.checks import check_page
from tests.browser.test_resident import TEXT, photo
from tests.flows.run.instance import wait_until

if TYPE_CHECKING:
    from tests.make import World

__all__ = ["photo"]


def test_a_report_is_kept_on_the_device_if_asked_and_until_it_is_sent(
    open_browser: Callable[..., Page], lasting_world: World, photo: Path
) -> None:
    from anlan.intake.models import Signal
    from tests.make import VILLAGE

    kept = "indexedDB.databases().then((all) => all.map((one) => one.name))"
    whole = """new Promise((resolve) => {
      const asked = indexedDB.open("anlan-draft", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("draft");
      asked.onsuccess = () => {
        const got = asked.result.transaction("draft").objectStore("draft").get("report");
        got.onsuccess = () => { asked.result.close(); resolve(JSON.stringify(got.result?.fields ?? {}) + (got.result?.photos.length ?? 0)); };
      };
    })"""
    page = open_browser(language="en")
    page.goto("/")
    page.set_input_files("#photos", photo)
    page.locator("#place_text").fill("东湾")
    page.locator(f"#place-choices [value='{VILLAGE}']").check()
    page.locator("#text").fill(TEXT)
    page.locator("#suggestions input").first.check()
    page.locator("#who").click()
    page.locator("#contact_phone").fill("13800001111")
    assert page.evaluate(kept) == [], "nothing is kept before somebody asks for it"
    page.locator("#keep-draft").check()
    wait_until(lambda: page.evaluate(whole).endswith("}1"), within_s=15, what="kept with its photo")
    assert "13800001111" not in page.evaluate(whole)
    matter = page.locator("#suggestions input:checked").input_value()
    context = page.context
    page.close()

    page = context.new_page()
    page.goto("/")
    expect(page.locator("#draft")).to_contain_text("Not sent yet")
    expect(page.locator("#text")).to_have_value(TEXT)
    expect(page.locator(".photos__item img")).to_have_count(1)
    expect(page.locator(f"#place-choices [value='{VILLAGE}']")).to_be_checked()
    expect(page.locator(f"#suggestions [value='{matter}']")).to_be_checked()
    expect(page.locator("#contact_phone")).to_have_value("")
    check_page(page)
    page.get_by_role("button", name="Send the report", exact=True).click()
    page.wait_for_url("**/reported/*")
    wait_until(lambda: page.evaluate(kept) == [], within_s=15, what="wiped when it is sent")
    assert Signal.objects.get().stated_matter == matter

    page.goto("/")
    page.locator("#text").fill(TEXT)
    page.locator("#keep-draft").check()
    wait_until(lambda: TEXT in page.evaluate(whole), within_s=15, what="kept")
    page.reload()
    with page.expect_navigation():
        page.locator("#draft [data-drop]").click()
    expect(page.locator("#text")).to_have_value("")
    expect(page.locator("#draft")).to_be_hidden()
    assert page.evaluate(kept) == []
