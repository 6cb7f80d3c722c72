"""A leader reads what is unusual, makes it a duty; the desk says when it is done. Elsewhere nothing is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from anlan.documents.printing import find_fonts
from anlan.documents.rules import FontMissing
from anlan.kernel.actor import SYSTEM
from anlan.ledger.models import LedgerEntry
from anlan.reports.actions import draft_report, send_report
from anlan.reports.models import Report
from anlan.reports.rules.signing import Kind
from anlan.situation.actions import review_week
from anlan.situation.models import Finding, Minute, Resolution
from anlan.web.desk.curves import draw
from tests.make import COUNTY, NOW, OTHER_GRID, TOWN
from tests.worlds.figures import fill_day
from tests.worlds.findings import WEEK, fill_weeks, make_finding

if TYPE_CHECKING:
    from tests.make import World

Browser = Callable[..., Client]
STATEMENTS_LIMIT = 8


@pytest.fixture
def unusual(world: World) -> World:
    fill_weeks([3, 2, 4, 3, 3, 2, 4, 3, 2, 3, 4, 3, 19])
    review_week(at=NOW)
    return world


def test_a_finding_becomes_a_duty_and_is_done(unusual: World, browser: Browser) -> None:
    leader, desk = browser("leader"), browser("desk")
    assert 'href="/desk/situation"' in leader.get("/desk/").content.decode()
    page = leader.get("/desk/situation").content.decode()
    for words in (
        "19 cases; usual are 3.0",
        "2 Mar – 8 Mar",
        "Make it a duty",
        "2 series of place and matter",
        "<svg",
    ):
        assert words in page, words
    finding = Finding.objects.get()
    assert "Make it a duty" not in desk.get("/desk/situation").content.decode()
    given = {
        "unit": unusual.unit_id(TOWN, "CONSTRUCTION"), "due_date": "2026-03-20", "note": "逐灯排查线路",
    }  # fmt: skip
    answer = leader.post(f"/desk/situation/{finding.id}/accept", given, follow=True)
    assert "It is a duty now." in answer.content.decode()
    duties = desk.get("/desk/situation?tab=duties").content.decode()
    assert "逐灯排查线路" in duties
    assert "What was done" in duties
    desk.post(f"/desk/situation/{finding.id}/finish", {"note": "已更换十二盏", "tab": "duties"})
    closed = leader.get("/desk/situation?tab=closed").content.decode()
    assert "已更换十二盏" in closed


@pytest.mark.parametrize(
    "given",
    [{}, {"note": "x", "unit": "1"}, {"note": "逐灯排查", "unit": "abc", "due_date": "2026-03-20"},
     {"note": "逐灯排查", "unit": "999999", "due_date": "2026-03-20"}, {"note": "逐灯排查", "unit": "1", "due_date": "soon"}],
)  # fmt: skip
def test_an_incomplete_form_says_what_is_missing(
    unusual: World, browser: Browser, given: dict[str, str]
) -> None:
    finding = Finding.objects.get()
    answer = browser("leader").post(f"/desk/situation/{finding.id}/accept", given, follow=True)
    assert answer.status_code == 200
    assert "It is a duty now." not in answer.content.decode()
    finding.refresh_from_db()
    assert finding.state == "PROPOSED"


def test_elsewhere_nothing_is_told(unusual: World, browser: Browser) -> None:
    finding = Finding.objects.get()
    other = browser("other_desk")
    assert "19 cases" not in other.get("/desk/situation").content.decode()
    assert (
        other.post(f"/desk/situation/{finding.id}/dismiss", {"note": "再看一看"}).status_code == 404
    )
    assert browser("grid").get("/desk/situation").status_code == 403
    assert (
        browser("desk")
        .post(f"/desk/situation/{finding.id}/dismiss", {"note": "再看一看"})
        .status_code
        == 403
    )


def test_an_unknown_move_is_refused(unusual: World, browser: Browser) -> None:
    finding = Finding.objects.get()
    answer = browser("leader").post(
        f"/desk/situation/{finding.id}/burn", {"note": "再看一看"}, follow=True
    )
    assert answer.status_code == 200
    finding.refresh_from_db()
    assert finding.state == "PROPOSED"


def test_the_page_takes_as_many_statements_for_forty_as_for_one(
    world: World, browser: Browser
) -> None:
    leader = browser("leader")
    leader.get("/desk/situation")
    for week in range(40):
        make_finding(world, week_date=WEEK - timedelta(days=7 * week))
    with CaptureQueriesContext(connection) as caught:
        assert leader.get("/desk/situation").status_code == 200
    assert len(caught) <= STATEMENTS_LIMIT


def test_before_the_first_review_the_page_says_so(world: World, browser: Browser) -> None:
    page = browser("leader").get("/desk/situation").content.decode()
    assert "No week was judged yet" in page


def test_a_curve_stays_in_its_box() -> None:
    past = [(count, None if count % 3 else count + 1.5) for count in range(52)]
    curve = draw(past, first="a", last="b")
    for x, y, width, height in curve.bars:
        assert curve.left <= x
        assert x + width <= curve.right
        assert 0 <= y <= curve.base
        assert y + height == pytest.approx(curve.base, abs=0.2)
    assert curve.top_value >= 52
    assert draw([(0, None)], first="a", last="a").top_value == 2


def test_the_paper_counts_a_month_and_names_what_is_open(unusual: World, browser: Browser) -> None:
    fill_weeks([2, 5, 0, 0, 0, 0, 0, 1, 1], place=OTHER_GRID, matter="GARBAGE")
    page = browser("leader").get("/desk/situation/paper?month=2026-02").content.decode()
    # Wednesdays of February 2026: 4, 11, 18, 25
    assert "<strong>" not in page.split('id="h-open"')[1].split("</section>")[0]
    # Months are named in the reader's language, whatever the browser's is.
    assert '<option value="2026-02" selected>February 2026</option>' in page
    assert '<option value="2024-03">' in page
    page = browser("leader").get("/desk/situation/paper?month=2026-03").content.decode()
    for words in ("Qinghe County: analysis of March 2026", "This month is not over", "20 cases were opened.", "Not decided yet.", "Hedong Town"):  # fmt: skip
        assert words in page, words


def test_the_paper_of_a_town_is_for_those_over_it(unusual: World, browser: Browser) -> None:
    town = f"/desk/situation/paper?month=2026-03&place={TOWN}"
    page = browser("leader").get(town).content.decode()
    assert "19 cases were opened." in page
    assert browser("desk").get(town).status_code == 200
    assert browser("other_desk").get(town).status_code == 404
    assert (
        browser("desk").get("/desk/situation/paper?month=2026-03&place=330999").status_code == 404
    )


@pytest.mark.parametrize("month", ["2026-13", "2026-04", "x", "0000-01"])
def test_a_month_that_cannot_be_told_is_said(unusual: World, browser: Browser, month: str) -> None:
    answer = browser("leader").get(f"/desk/situation/paper?month={month}")
    assert answer.status_code == 422
    assert "empty" in answer.content.decode()


def test_the_paper_takes_few_statements(unusual: World, browser: Browser) -> None:
    leader = browser("leader")
    leader.get("/desk/situation/paper")
    for week in range(4):
        make_finding(unusual, week_date=WEEK - timedelta(days=7 * week))
    with CaptureQueriesContext(connection) as caught:
        assert leader.get("/desk/situation/paper?month=2026-02").status_code == 200
    assert len(caught) <= STATEMENTS_LIMIT


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_paper_prints(unusual: World, browser: Browser, language: str) -> None:
    try:
        find_fonts()
    except FontMissing:
        pytest.skip("no Chinese font here; Debian: apt install fonts-noto-cjk")
    leader = browser("leader", language)
    answer = leader.get(f"/desk/situation/paper.pdf?place={TOWN}&month=2026-03")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert len(answer.content) > 10_000
    assert leader.get(f"/desk/situation/paper.pdf?place={TOWN}&month=2027-03").status_code == 422
    assert (
        browser("other_desk")
        .get(f"/desk/situation/paper.pdf?place={TOWN}&month=2026-03")
        .status_code
        == 404
    )
    assert (
        f'/desk/situation/paper.pdf?place={TOWN}&amp;month=2026-03"'
        in leader.get(f"/desk/situation/paper?place={TOWN}&month=2026-03").content.decode()
    )


def test_a_meeting_is_noted_with_the_paper_and_a_late_duty_shows(
    unusual: World, browser: Browser
) -> None:
    leader = browser("leader")
    finding = Finding.objects.get()
    leader.post(
        f"/desk/situation/{finding.id}/accept",
        {
            "unit": unusual.unit_id(TOWN, "CONSTRUCTION"),
            "due_date": "2026-03-20",
            "note": "逐灯排查线路",
        },
    )
    Finding.objects.update(due_at=NOW - timedelta(days=1))
    address = f"/desk/situation/paper?place={TOWN}&month=2026-03"
    page = leader.get(address).content.decode()
    assert "Follow-up" in page
    assert page.count("chip--late") >= 2
    assert "No meeting was noted yet" in page
    given = {
        "place": TOWN,
        "month": "2026-03",
        "held": "2026-03-10",
        "present": "指挥室主任、村镇建设办",
        "decided": "三日内换完十九盏灯",
    }
    said = leader.post("/desk/situation/paper/minutes", given, follow=True).content.decode()
    assert "The minutes are kept with the paper." in said
    assert "三日内换完十九盏灯" in said
    for wrong in (
        {"held": "soon"},
        {"held": "2026-02-27"},
        {"held": "2026-03-11"},
        {"present": ""},
        {"decided": "x" * 2001},
        {"month": "2026-13"},
    ):
        leader.post("/desk/situation/paper/minutes", given | wrong, follow=True)
    # A decision without its day is refused, and nothing has to be written twice.
    half = {"decided": "另定一事", "task": ["", "复查变压器负荷"], "unit": ["1", str(unusual.unit_id(COUNTY, "FIRE"))], "due": ["", ""]}  # fmt: skip
    refused = leader.post("/desk/situation/paper/minutes", given | half)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "needs what is to be done" in page
    for typed in (
        'value="指挥室主任、村镇建设办"',
        ">另定一事</textarea>",
        'value="复查变压器负荷"',
    ):
        assert typed in page, typed
    assert f'value="{unusual.unit_id(COUNTY, "FIRE")}" selected' in page
    assert Minute.objects.count() == 1
    assert LedgerEntry.objects.filter(what="minute.noted").count() == 1
    assert browser("other_desk").post("/desk/situation/paper/minutes", given).status_code == 404


def test_a_paper_is_drafted_signed_read_and_corrected_on_its_page(
    world: World, browser: Browser
) -> None:
    fill_day(opened=12, closed=9, closed_late=2)
    address = f"/desk/situation/paper?place={TOWN}&month=2026-02"
    desk, leader = browser("desk"), browser("leader")
    page = desk.get(address).content.decode()
    assert "Draft it for signature" in page
    assert "Not signed: figures as of" in page
    given = {"place": TOWN, "month": "2026-02"}
    page = desk.post("/desk/situation/paper/draft", given, follow=True).content.decode()
    assert "Version 1, not signed yet" in page
    report = Report.objects.get()
    desk.post(f"/desk/reports/{report.id}/submit")
    page = leader.post(f"/desk/reports/{report.id}/sign", follow=True).content.decode()
    assert "Version 1, signed" in page
    assert "SHA-256" in page
    send_report(report_id=report.id, at=NOW)
    page = desk.get(address).content.decode()
    assert "I have read it" in page
    page = desk.post(f"/desk/reports/{report.id}/read", follow=True).content.decode()
    assert "Noted as read." in page
    assert "I have read it" not in page
    fill_day(day=date(2026, 2, 12), opened=7)
    assert "12 cases were opened." in desk.get(address).content.decode()
    page = desk.get(address + "&compare=1").content.decode()
    assert "figures have changed since" in page
    assert "12 → 19" in page
    refused = desk.post("/desk/situation/paper/draft", given, follow=True).content.decode()
    assert "To correct it, say why" in refused
    page = desk.post(
        "/desk/situation/paper/draft", given | {"reason": "补录二月巡查"}, follow=True
    ).content.decode()
    assert "What this version corrects" in page
    assert "补录二月巡查" in page
    other = browser("other_desk")
    assert other.post("/desk/situation/paper/draft", given).status_code == 404
    assert (
        leader.post("/desk/situation/paper/draft", given | {"month": "2026-3"}).status_code == 403
    )


def test_a_frozen_paper_takes_few_statements(world: World, browser: Browser) -> None:
    fill_day(opened=12)
    leader = browser("leader")
    draft_report(actor=SYSTEM, place_code=TOWN, month="2026-02", kind=Kind.PAPER, at=NOW)
    address = f"/desk/situation/paper?place={TOWN}&month=2026-02"
    leader.get(address)
    with CaptureQueriesContext(connection) as caught:
        assert leader.get(address).status_code == 200
    assert len(caught) <= STATEMENTS_LIMIT


def test_what_a_meeting_decided_is_a_duty_on_the_page_and_done_there(
    world: World, browser: Browser
) -> None:
    leader, desk = browser("leader"), browser("desk")
    unit = str(world.unit_id(TOWN, "CONSTRUCTION"))
    given = {
        "place": TOWN, "month": "2026-02", "held": "2026-03-10", "present": "指挥室主任", "decided": "路灯专项整治",
        "task": ["换完十九盏灯", "", ""], "unit": [unit, unit, unit], "due": ["2026-03-20", "", ""],
    }  # fmt: skip
    page = leader.post("/desk/situation/paper/minutes", given, follow=True).content.decode()
    assert "The minutes are kept with the paper." in page
    assert (
        page.count("换完十九盏灯") == 2
    )  # in the follow-up as figures are now, and in the minutes
    one = Resolution.objects.get()
    duties = desk.get("/desk/situation?tab=duties").content.decode()
    assert "Decided at the meeting of 10 Mar" in duties
    done = desk.post(
        f"/desk/situation/decided/{one.id}/finish", {"note": "已换完十九盏"}, follow=True
    ).content.decode()
    assert "Done; it is kept with the minutes." in done
    assert "换完十九盏灯" in desk.get("/desk/situation?tab=closed").content.decode()
    assert browser("other_desk").post(f"/desk/situation/decided/{one.id}/finish", {"note": "邻镇来办结"}).status_code == 404  # fmt: skip
    half = leader.post(
        "/desk/situation/paper/minutes", given | {"due": ["", "", ""]}, follow=True
    ).content.decode()
    assert "Decision 1 needs what is to be done" in half
    assert Minute.objects.count() == 1
