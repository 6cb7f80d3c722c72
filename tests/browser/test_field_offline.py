"""A worker without a network: everything waits on the phone, and is sent by itself, in order, exactly once.

The browser is a real one with a folder of its own: it is cut off, killed with SIGKILL, started again, and its
clock is two hours wrong.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.browser.checks import check_page
from tests.browser.errands import (
    BOTH,
    MAINLY_CHINESE,
    MAINLY_ENGLISH,
    WORDS,
    Send,
    Staff,
    acts_of,
    close_as_others,
    finish,
    press,
    take,
    waiting,
)
from tests.browser.phone import Phone, wait_until_sent
from tests.browser.product import find_spot, make_photo, query, sign_in
from tests.flows.run.instance import Instance, wait_until

COUNT_SIGN_INS = """
    SELECT count(*) FROM people_signin one JOIN people_person person ON person.id = one.person_id WHERE person.login = 'grid'
"""


@BOTH
def test_a_whole_errand_offline_and_the_app_killed_in_between(
    product: Instance, send_grid: Send, phone: Phone, language: str, tmp_path: Path
) -> None:
    words = WORDS[language]
    case_id, dispatch_id = send_grid("路边井盖松动,走上去会响")
    phone.language = language
    page = phone.sign_in()
    check_page(page)
    take(page, f"field-today-{language}")
    phone.cut()
    page.goto(f"/field/cases/{case_id}")
    expect(page.locator("#outbox [data-part=offline]")).to_be_visible()
    for number, name in enumerate((words["sign"], words["go"], words["there"]), 1):
        press(page, name)
        wait_until(lambda number=number: waiting(page) == number, within_s=10, what=name)
        expect(
            page.get_by_role("button", name=name, exact=True).locator("visible=true")
        ).to_have_count(0)
    check_page(page)
    take(page, f"field-offline-{language}")
    note = "已把井盖垫平并固定"
    finish(page, note, make_photo(tmp_path / "lid.jpg"), make_photo(tmp_path / "road.jpg"))
    assert waiting(page) == 4
    expect(page.locator(f"article[data-errand='{dispatch_id}']")).to_be_hidden()
    phone.kill()
    assert acts_of(product, dispatch_id) == []
    for text in (note, "井盖松动"):
        assert not phone.holds(text), "what is kept on the phone is sealed"

    page = phone.start(offline=True)
    page.goto("/field/")
    expect(page.locator("#outbox [data-part=waiting]")).to_contain_text(words["waiting"])
    assert waiting(page) == 4
    check_page(page)
    take(page, f"field-waiting-{language}")
    phone.cut(off=False)
    wait_until_sent(page)

    acts = acts_of(product, dispatch_id)
    assert [act[:3] for act in acts] == [
        (1, "sign_for", "TAKEN"), (2, "set_out", "TAKEN"), (3, "arrive", "TAKEN"),
        (4, "finish", "TAKEN"),
    ]  # fmt: skip
    assert all(act[4] for act in acts), "the phone's clock was right: what is said is sure"
    assert query(product, "SELECT state FROM cases_case WHERE id = %s", case_id) == [("HANDLED",)]
    steps = query(product, "SELECT move FROM cases_step WHERE case_id = %s ORDER BY seq", case_id)
    assert [move for (move,) in steps].count("handle") == 1
    photos = query(product, "SELECT count(*) FROM cases_casephoto WHERE case_id = %s", case_id)
    assert photos == [(2,)], "the second photo took nothing from the first"
    page.reload()
    expect(page.locator(f"article[data-errand='{dispatch_id}']")).to_have_count(0)


@MAINLY_CHINESE
def test_somebody_else_closed_it_meanwhile(
    product: Instance, desk: Staff, send_grid: Send, phone: Phone, language: str
) -> None:
    words = WORDS[language]
    case_id, dispatch_id = send_grid("巷口堆了几袋建筑垃圾")
    phone.language = language
    page = phone.sign_in()
    page.goto(f"/field/cases/{case_id}")
    press(page, words["sign"])
    # The page comes again by itself when the act is taken; whoever goes on before cuts it short.
    expect(page.locator("#outbox [data-part=sent]")).to_be_visible()
    assert len(acts_of(product, dispatch_id)) == 1
    page.goto("/field/")
    phone.settle(page)
    expect(page.locator("#outbox")).to_be_hidden()
    phone.cut()
    page.goto(f"/field/cases/{case_id}")
    finish(page, "垃圾已清走")
    close_as_others(product, desk, case_id)
    phone.cut(off=False)
    wait_until_sent(page)
    card = page.locator(".refused")
    expect(card).to_contain_text(words["closed"])
    expect(card).to_contain_text("垃圾已清走")
    assert card.get_attribute("data-code") == "CLOSED_MEANWHILE"
    check_page(page)
    take(page, f"field-conflict-{language}")
    notes = query(product, "SELECT count(*) FROM cases_step WHERE note = '垃圾已清走'")
    assert notes == [(0,)]
    card.locator("[data-aside]").click()
    card.locator("[data-aside]").click()
    expect(card).to_have_count(0)
    page.reload()
    expect(page.locator("#outbox")).to_be_hidden()


@MAINLY_ENGLISH
def test_the_desk_took_the_worker_off_meanwhile(
    product: Instance, desk: Staff, send_grid: Send, phone: Phone, language: str
) -> None:
    case_id, dispatch_id = send_grid("桥栏杆晃动")
    phone.language = language
    page = phone.sign_in()
    phone.cut()
    page.goto(f"/field/cases/{case_id}")
    press(page, WORDS[language]["sign"])
    wait_until(lambda: waiting(page) == 1, within_s=10, what="kept")
    desk.post(f"/desk/cases/{case_id}/dispatches/{dispatch_id}/recall", note="改派他人")
    phone.cut(off=False)
    wait_until_sent(page)
    expect(page.locator(".refused")).to_contain_text(WORDS[language]["recalled"])


def test_an_answer_that_is_lost_leads_to_no_second_act(
    product: Instance, send_grid: Send, phone: Phone
) -> None:
    case_id, dispatch_id = send_grid("水管渗水")
    page = phone.sign_in()
    assert phone.context is not None
    lost: list[int] = []
    is_back: list[bool] = []

    def lose(route: Any) -> None:
        if is_back:
            route.continue_()
            return
        if not lost:
            lost.append(route.fetch().status)
        route.abort()  # also what the phone tries again by itself, until it was looked at

    page.goto(f"/field/cases/{case_id}")
    page.route("**/field/acts", lose)
    press(page, "签收")
    # Asking the page also lets the route above be answered, which is done in this thread.
    wait_until(lambda: page.evaluate("true") and lost, within_s=30, what="lost")
    is_back.append(True)
    # No event says that the network is well again: the page tries by itself, or its service worker does.
    wait_until_sent(page)
    assert lost == [200]
    assert [act[1:3] for act in acts_of(product, dispatch_id)] == [("sign_for", "TAKEN")]


@pytest.mark.parametrize("wrong_hours", [2, -2])
def test_a_clock_two_hours_wrong_changes_no_term(
    product: Instance, send_grid: Send, phone: Phone, wrong_hours: int
) -> None:
    case_id, dispatch_id = send_grid("树枝压着电线")
    phone.set_clock(wrong_hours * 3600)
    page = phone.sign_in()
    off = page.evaluate("Date.now()") / 1000 - datetime.now(UTC).timestamp()
    assert abs(off - wrong_hours * 3600) < 60, "the phone's clock is wrong"
    phone.cut()
    page.goto(f"/field/cases/{case_id}")
    before = datetime.now(UTC)
    press(page, "签收")
    wait_until(lambda: waiting(page) == 1, within_s=10, what="kept")
    after = datetime.now(UTC)
    phone.kill()
    page = phone.start(offline=True)
    page.goto("/field/")
    phone.cut(off=False)
    wait_until_sent(page)
    ((_, _, outcome, _, is_sure, clock_off_s, at, said_at),) = acts_of(product, dispatch_id)
    assert (outcome, is_sure) == ("TAKEN", True)
    assert abs(clock_off_s + wrong_hours * 3600) < 60
    slack = timedelta(seconds=20)
    assert before - slack <= said_at <= after + slack
    assert after <= at <= datetime.now(UTC)
    ((signed_at,),) = query(
        product, "SELECT signed_at FROM dispatch_dispatch WHERE id = %s", dispatch_id
    )
    assert signed_at == at, "the server's time rules"


def test_a_clock_that_is_set_right_in_between_is_told_as_unsure(
    product: Instance, send_grid: Send, phone: Phone
) -> None:
    case_id, dispatch_id = send_grid("路灯闪烁")
    phone.set_clock(2 * 3600)
    page = phone.sign_in()
    phone.cut()
    page.goto(f"/field/cases/{case_id}")
    done = datetime.now(UTC)
    press(page, "签收")
    wait_until(lambda: waiting(page) == 1, within_s=10, what="kept")
    phone.kill()
    phone.set_clock(0)
    page = phone.start(offline=True)
    page.goto("/field/")
    phone.cut(off=False)
    wait_until_sent(page)
    ((*_, is_sure, clock_off_s, _at, said_at),) = acts_of(product, dispatch_id)
    assert not is_sure
    assert abs(clock_off_s) < 60
    assert abs(said_at - done) < timedelta(seconds=30)


def test_whoever_was_signed_out_meanwhile_is_asked_to_sign_in_and_loses_nothing(
    product: Instance, send_grid: Send, phone: Phone
) -> None:
    case_id, dispatch_id = send_grid("健身器材松动")
    page = phone.sign_in()
    phone.cut()
    page.goto(f"/field/cases/{case_id}")
    press(page, "签收")
    wait_until(lambda: waiting(page) == 1, within_s=10, what="kept")
    assert phone.context is not None
    phone.context.clear_cookies(name="anlan_sign_in")
    phone.cut(off=False)
    expect(page.locator("#outbox [data-part=SIGNED_OUT]")).to_be_visible()
    kept = "p => anlanStore.findPage(p).then(Boolean)"
    assert not page.evaluate(kept, f"/field/cases/{case_id}"), "no case is shown from this phone"
    page.locator("#outbox [data-part=SIGNED_OUT] a").click()
    page.locator("#id_login").fill("grid")
    page.locator("#id_password").fill(product.password("grid"))
    page.locator("#id_password").press("Enter")
    page.wait_for_url("**/field/")
    wait_until_sent(page)
    assert [act[1:3] for act in acts_of(product, dispatch_id)] == [("sign_for", "TAKEN")]


def test_what_another_person_did_is_not_sent_under_ones_own_name(
    product: Instance, send_grid: Send, phone: Phone
) -> None:
    case_id, dispatch_id = send_grid("下水道冒水")
    page = phone.sign_in()
    phone.cut()
    page.goto(f"/field/cases/{case_id}")
    press(page, "签收")
    wait_until(lambda: waiting(page) == 1, within_s=10, what="kept")
    assert phone.context is not None
    phone.context.clear_cookies(name="anlan_sign_in")
    phone.cut(off=False)
    sign_in(page, "lead", product.password("lead"))
    page.goto("/field/")
    expect(page.locator("#outbox [data-part=OTHER]")).to_be_visible()
    assert waiting(page) == 1
    assert acts_of(product, dispatch_id) == []


@MAINLY_ENGLISH
def test_a_report_on_the_spot_waits_for_the_network(
    product: Instance, phone: Phone, language: str, tmp_path: Path
) -> None:
    spot = find_spot(product, "grid")
    phone.language, phone.position = language, (spot.lon, spot.lat)
    page = phone.sign_in()
    phone.cut()
    page.goto("/field/report")
    text = f"河边护栏缺了一段 {uuid4().hex[:8]}"
    page.locator("#id_text").fill(text)
    page.set_input_files("#id_photos", make_photo(tmp_path / "rail.jpg"))
    expect(page.locator("#position")).to_contain_text("8 m")
    check_page(page)
    take(page, f"field-report-{language}")
    with page.expect_navigation(url="**/field/"):
        page.locator("form[data-act=REPORT] button.button--main").click()
    assert waiting(page) == 1
    phone.cut(off=False)
    wait_until_sent(page)
    found = query(product, "SELECT channel, lon FROM intake_signal WHERE text = %s", text)
    assert found == [("FIELD", pytest.approx(spot.lon, abs=1e-5))]


def test_signing_out_asks_first_and_leaves_nothing_on_the_phone(
    product: Instance, send_grid: Send, phone: Phone
) -> None:
    case_id, _dispatch_id = send_grid("广告牌松动")
    page = phone.sign_in()
    page.route("**/field/keep", lambda route: route.abort())  # nothing is sent any more
    page.goto(f"/field/cases/{case_id}")
    press(page, "签收")
    wait_until(lambda: waiting(page) == 1, within_s=10, what="kept")
    page.locator("form[data-leave] button").click()
    dialog = page.locator("#leaving")
    expect(dialog).to_contain_text("1")
    take(page, "field-leaving-zh-hans")
    dialog.locator("[data-stay]").click()
    assert waiting(page) == 1
    page.locator("form[data-leave] button").click()
    with page.expect_navigation(url="**/sign-in"):
        dialog.locator("[data-go]").click()
    assert page.evaluate("indexedDB.databases().then((all) => all.length)") == 0
    assert page.evaluate("caches.keys()") == []
    assert (
        page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    )


@MAINLY_ENGLISH
def test_signing_out_without_a_network_empties_the_phone_and_ends_the_sign_in_later(
    product: Instance, send_grid: Send, phone: Phone, language: str
) -> None:
    case_id, _dispatch_id = send_grid("公交站牌倒了")
    phone.language = language
    page = phone.sign_in()
    ((before,),) = query(product, COUNT_SIGN_INS)
    phone.cut()
    page.goto(f"/field/cases/{case_id}")
    page.locator("form[data-leave] button").click()
    page.wait_for_url("**/field/left")
    expect(page.locator("h1")).to_have_text(
        {"en": "Signed out on this phone"}.get(language, "已在本机退出登录")
    )
    check_page(page)
    take(page, f"field-left-{language}")
    assert not phone.holds("公交站牌")
    for path in ("/field/", f"/field/cases/{case_id}"):
        page.goto(path)
        expect(page.locator("[data-left]")).to_be_visible()
    assert query(product, COUNT_SIGN_INS) == [(before,)]
    phone.cut(off=False)
    page.wait_for_url("**/sign-in")
    assert query(product, COUNT_SIGN_INS) == [(before - 1,)]
    assert page.evaluate("caches.keys()") == []
    page.goto("/field/")
    page.wait_for_url("**/sign-in?**")


def test_the_sign_in_ends_though_the_app_was_killed_while_signing_out(
    product: Instance, send_grid: Send, phone: Phone
) -> None:
    send_grid("防撞桶移位")
    page = phone.sign_in()
    ((before,),) = query(product, COUNT_SIGN_INS)
    page.route("**/health/live", lambda route: None)  # is it there? No answer comes
    page.locator("form[data-leave] button").click()
    kept = "indexedDB.databases().then((all) => all.map((one) => one.name))"
    wait_until(lambda: "anlan-leaving" in page.evaluate(kept), within_s=10, what="remembered")
    phone.kill()
    page = phone.start(is_away=True)
    page.goto("/field/")
    expect(page.locator("[data-left]")).to_be_visible()
    wait_until(lambda: page.evaluate(kept) == ["anlan-leaving"], within_s=10, what="wiped")
    assert query(product, COUNT_SIGN_INS) == [(before,)]
    phone.put_away()
    page = phone.start()
    page.goto("/field/")
    page.wait_for_url("**/sign-in**")
    wait_until(lambda: query(product, COUNT_SIGN_INS) == [(before - 1,)], within_s=20, what="ended")
    wait_until(lambda: page.evaluate(kept) == [], within_s=20, what="forgotten")
    assert page.evaluate("caches.keys()") == []


def test_it_can_be_installed_and_stays_within_the_budget(product: Instance, phone: Phone) -> None:
    page = phone.start()
    sizes: list[tuple[str, int]] = []
    sign_in(page, "grid", product.password("grid"))
    page.on("requestfinished", lambda request: sizes.append(
        (request.url, request.sizes()["responseBodySize"])))  # fmt: skip
    page.goto("/field/", wait_until="load")
    first = [(url, size) for url, size in sizes if not re.search("/field/(keep|cases|sw)", url)]
    loaded = [each for each in first if "/static/" in each[0] or "/field/" in each[0]]
    page_loads = [each for each in loaded if not each[0].endswith(("/field/report", "/keep"))]
    assert len(page_loads) <= 12, page_loads
    assert sum(size for _, size in page_loads) <= 300_000
    phone.wait_for_worker(page)
    assert phone.context is not None
    session = phone.context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"].endswith("/field/manifest.webmanifest")
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
