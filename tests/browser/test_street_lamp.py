"""The acceptance story on the real product: its own processes, its demo county, its command line.

A broken street lamp is reported with a photo and a pin, found by the town desk in the right grid,
sent to the grid worker, handled, closed, rated unsatisfied, handled and closed again, rated
satisfied; then the month's figures show it and the ledger proves it.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.checks import check_page
from tests.browser.product import (
    TOWN,
    OpenPage,
    Spot,
    find_spot,
    local_month,
    make_photo,
    move,
    press,
    query,
)
from tests.flows.run.instance import Instance, wait_until

TEXT = "晒谷场边上的路灯坏了三天，晚上看不清路"
CODE = re.compile(r"[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{5}")
COUNTED = ("opened", "closed", "reopened", "satisfied", "unsatisfied")


@pytest.fixture(scope="module")
def spot(product: Instance) -> Spot:
    return find_spot(product, "grid")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return make_photo(tmp_path / "路灯.jpg")


def report(page: Page, text: str, photo: Path, send: str) -> str:
    """Fill in the form where one stands, send it, and give the code."""
    page.goto("/")
    page.locator("#text").fill(text)
    page.set_input_files("#photos", photo)
    expect(page.locator(".photos__item img")).to_have_count(1)
    page.locator("#locate").click()
    expect(page.locator("#spot strong")).to_be_visible()
    page.get_by_role("button", name=send, exact=True).click()
    page.wait_for_url("**/reported/*")
    code = page.locator(".code--big").inner_text()
    assert CODE.fullmatch(code)
    return code


def count_month(product: Instance, spot: Spot) -> dict[str, list[int]]:
    """Give the month's figures of the grid by matter, checked against a recount."""
    return read_month(product.anlan(*ask_month(spot)))


def ask_month(spot: Spot) -> list[str]:
    return ["report", "month", "--place", spot.code, "--month", local_month(), "--csv", "--check"]


def read_month(printed: str) -> dict[str, list[int]]:
    rows = csv.DictReader(io.StringIO(printed))
    return {row["matter"]: [int(row[name]) for name in COUNTED] for row in rows}


def close(desk: Page, case: str, note: str) -> None:
    desk.goto(case)
    move(desk, "verify")
    desk.goto(case)
    move(desk, "close", outcome="SOLVED", note=note)


def rate(resident: Page, address: str, answer: str, comment: str = "") -> None:
    resident.goto(address)
    expect(resident.get_by_role("heading", level=1)).to_have_text("已办结")
    resident.locator(f"input[name=satisfied][value={answer}]").check()
    resident.locator("#comment").fill(comment)
    press(resident, resident.locator("form[action$='/rate'] button"))
    expect(resident.locator("#rating")).to_be_visible()


def test_a_street_lamp_from_the_report_to_the_proof(
    product: Instance, open_page: OpenPage, spot: Spot, photo: Path, tmp_path: Path
) -> None:
    printed, note, located = product.anlan_each(
        ask_month(spot),
        ["ledger", "checkpoint"],
        ["places", "locate", f"{spot.lon:.6f}", f"{spot.lat:.6f}"],
    )
    before = read_month(printed)
    checkpoint = tmp_path / "before.checkpoint"
    checkpoint.write_text(note, encoding="utf-8")

    resident = open_page(here=spot)
    code = report(resident, TEXT, photo, "提交")
    tracking = f"/track/{code}"
    resident.goto(tracking)
    expect(resident.locator(".photos img")).to_have_count(1)

    # The desk: routed to the grid that the command line names, and told why.
    desk = open_page(size="desktop", login="desk")
    desk.wait_for_url("**/desk/")
    desk.locator("#search").fill("晒谷场")
    desk.locator("#search").press("Enter")
    desk.get_by_role("link", name=TEXT).first.click()
    desk.wait_for_url("**/desk/cases/*")
    case = desk.url
    lines = [line for line in located.splitlines() if not line.startswith("near")]
    assert lines[-1].startswith(f"{spot.code} ")
    lineage = desk.locator(".lineage span:not([aria-hidden])").all_inner_texts()
    assert lineage[-1] == spot.name
    assert [name in line for name, line in zip(lineage, lines[-len(lineage) :], strict=True)] == [
        True
    ] * len(lineage)
    expect(desk.locator(".why")).to_contain_text("路灯")
    expect(desk.locator("[aria-labelledby=h-photos] img")).to_have_count(1)
    check_page(desk)

    people = desk.locator("section:has(#h-people) > details")
    if people.get_attribute("open") is None:
        people.locator("> summary").click()
    nearest = people.locator("label", has_text="网格员小何").first
    expect(nearest).to_contain_text(spot.name)
    nearest.locator("input").check()
    press(desk, people.get_by_role("button", name="派出"))
    expect(desk.locator(".sent")).to_contain_text("网格员小何")

    worker = open_page(login="grid", here=spot)
    worker.wait_for_url("**/field/")
    errand = worker.locator("article.errand", has_text=TEXT)
    press(worker, errand.locator("form[action$='/sign_for'] button"))
    field = worker.url
    check_page(worker)
    press(worker, worker.locator("form[action$='/arrive'] button").filter(visible=True))
    worker.goto(field)
    worker.locator("#finish-note").fill("换了灯泡")
    worker.set_input_files("#finish-photos", photo)
    press(worker, worker.locator("form[action$='/finish'] button.button--main"))
    expect(worker.locator("article.errand", has_text=TEXT)).to_have_count(0)

    close(desk, case, "路灯已修好")
    rate(resident, tracking, "no", "还是不亮")
    expect(resident.get_by_role("heading", level=1)).to_have_text("处置中")

    # It is back with the grid worker, its clock runs, and the desk sees it in its queue.
    desk.goto("/desk/?q=晒谷场")
    expect(desk.get_by_role("link", name=TEXT).first).to_be_visible()
    worker.goto(field)
    expect(worker.locator("header .chip--calm")).to_be_visible()
    move(worker, "handle", note="换了整个灯头")
    close(desk, case, "已复查，亮了")
    rate(resident, tracking, "yes")
    expect(resident.locator("#rating")).to_contain_text("满意")
    check_page(resident)

    after = count_month(product, spot)
    changed = {matter: row for matter, row in after.items() if row != before.get(matter)}
    assert list(changed) == ["STREET_LAMP"]
    was = before.get("STREET_LAMP", [0] * len(COUNTED))
    grown = [now - then for now, then in zip(changed["STREET_LAMP"], was, strict=True)]
    # One case: opened once and closed, though it took two closings.
    assert grown == [1, 1, 1, 1, 1]

    check_ledger(product, case.rpartition("/")[2], checkpoint, tmp_path)
    check_photos(product, case.rpartition("/")[2])


def check_ledger(product: Instance, case_id: str, checkpoint: Path, folder: Path) -> None:
    """Prove that nothing was rewritten since the checkpoint, and that the closing is in the log."""
    wait_until(
        lambda: re.search(r"^pending +0$", product.anlan("ledger", "status"), re.MULTILINE),
        within_s=20, what="everything in the tree",
    )  # fmt: skip
    written = query(
        product,
        "SELECT id, what FROM ledger_entry WHERE about_kind = 'case' AND about_id = %s ORDER BY id",
        case_id,
    )
    assert [what for _, what in written].count("case.close") == 2
    closing = next(number for number, what in reversed(written) if what == "case.close")
    proof = folder / "closing.json"
    told, proven = product.anlan_each(
        ["ledger", "verify", "--checkpoint", str(checkpoint)], ["ledger", "prove", str(closing)]
    )
    assert "unchanged since the checkpoint" in told
    assert told.rstrip().endswith("intact")
    proof.write_text(proven, encoding="utf-8")
    assert f"entry {closing} is leaf" in product.anlan("ledger", "check-proof", str(proof))


def check_photos(product: Instance, case_id: str) -> None:
    """Look at the files: two photos, and no file of the instance tells where it was taken."""
    assert query(
        product, "SELECT count(*) FROM cases_casephoto WHERE case_id = %s", case_id
    ) == [(2,)]  # fmt: skip
    files = [path for path in (product.home / "files").rglob("*") if len(path.name) == 64]
    assert len(files) >= 2
    for path in files:
        assert b"Exif" not in path.read_bytes()
        with Image.open(path) as kept:
            assert not kept.getexif()


def test_a_street_lamp_in_english(
    product: Instance, open_page: OpenPage, spot: Spot, photo: Path
) -> None:
    page = open_page(language="en", here=spot)
    text = "The street lamp at the bus stop has been out for three days 路灯不亮"
    code = report(page, text, photo, "Send the report")
    check_page(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    page.goto("/track")
    page.locator("#code").fill(code.lower().replace("-", " "))
    page.locator("#code").press("Enter")
    page.wait_for_url(f"**/track/{code}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Received")
    expect(page.locator(".photos img")).to_have_count(1)
    check_page(page)
    ((grid,),) = query(
        product, "SELECT p.code FROM intake_signal s JOIN places_place p ON p.id = s.place_id "
        "WHERE s.text = %s", text,
    )  # fmt: skip
    assert grid == spot.code
    assert spot.code.startswith(TOWN)


def test_the_first_start_tells_the_address_and_every_account(product: Instance) -> None:
    told = product.log(0)
    assert product.url in told
    for login in ("desk", "grid", "cadre", "leader", "resident"):
        assert re.search(rf"^ +{login} +{product.password(login)} ", told, re.MULTILINE)
