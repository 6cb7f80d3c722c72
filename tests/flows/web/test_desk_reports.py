"""The centre drafts the month, the leader signs it, both read it; figures come in by file; strangers see nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from anlan.indicators.actions import count_month
from anlan.indicators.models import Return
from anlan.reports.actions import send_report
from anlan.reports.models import Report
from tests.make import COUNTY, JURISDICTION, NOW, TOWN, VILLAGE
from tests.worlds.figures import MONTH, csv_of, fill_day
from tests.worlds.reports import fill_year

if TYPE_CHECKING:
    from tests.make import World

Browser = Callable[..., Client]
PAGE = f"/desk/reports/two/{TOWN}/{MONTH}"
STATEMENTS_LIMIT = 14
"""A page of a whole month: what is open (3), the cube, versions, readers, sign-in, scope."""


@pytest.fixture
def year(world: World) -> World:
    fill_year()
    return world


def test_a_month_is_drafted_signed_corrected_and_read(year: World, browser: Browser) -> None:
    centre, leader, principal = browser("centre"), browser("leader"), browser("principal")
    answer = centre.get("/desk/reports", follow=True)
    assert answer.redirect_chain[-1][0] == f"/desk/reports/two/{COUNTY}/{MONTH}"
    page = centre.get(PAGE).content.decode()
    for words in (
        "Economic report",
        "Safety report",
        "Lamps out",
        "Three things for you to decide",
        "Lamps out is red",
        "Draft it for signature",
    ):
        assert words in page, words
    assert f'href="{PAGE}/LAMPS"' in page
    assert "Draft it for signature" not in leader.get(PAGE).content.decode()
    drafted = centre.post(f"{PAGE}/draft", follow=True)
    assert "Drafted from the figures" in drafted.content.decode()
    report = Report.objects.get()
    centre.post(f"/desk/reports/{report.id}/submit", follow=True)
    signed = leader.post(f"/desk/reports/{report.id}/sign", follow=True)
    assert "Signed. It is frozen" in signed.content.decode()
    report.refresh_from_db()
    assert report.digest in signed.content.decode()
    send_report(report_id=report.id, at=NOW)
    # The town's own desk is its reader.
    desk = browser("desk")
    assert "I have read it" in desk.get(PAGE).content.decode()
    assert (
        "Noted as read."
        in desk.post(f"/desk/reports/{report.id}/read", follow=True).content.decode()
    )
    assert "I have read it" not in desk.get(PAGE).content.decode()
    fill_day(opened=30)
    count_month(jurisdiction=JURISDICTION, month=MONTH)
    page = centre.get(PAGE).content.decode()
    assert "1 figure has changed" in page
    assert "Correct it" in page
    refused = centre.post(f"{PAGE}/draft", {"reason": "补"}, follow=True)
    assert "signed already" in refused.content.decode()
    corrected = centre.post(
        f"{PAGE}/draft", {"reason": "补录二月巡查"}, follow=True
    ).content.decode()
    assert "补录二月巡查" in corrected
    assert "Lamps out: 20.0 → 30.0" in corrected
    assert "Version 1" in principal.get(PAGE).content.decode()


def test_a_figure_is_followed_down_to_its_open_cases(year: World, browser: Browser) -> None:
    year.take()
    page = browser("leader").get(f"{PAGE}/LAMPS").content.decode()
    for words in (
        "Beside its peers",
        "What was counted",
        "Still open behind it",
        "村口路灯坏了",
        "chance explains",
    ):
        assert words in page, words
    assert "Still open behind it" not in browser("leader").get(f"{PAGE}/OUTPUT").content.decode()
    assert browser("leader").get(f"{PAGE}/NOTHING").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "cause", "code"),
    [
        (IntegrityError("duplicate key"), psycopg.errors.UniqueViolation(), "23505"),
        (OperationalError("deadlock detected"), psycopg.errors.DeadlockDetected(), "40P01"),
    ],
)
def test_whoever_was_slower_is_told_so_and_not_that_something_broke(
    year: World, browser: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    wrong: Exception, cause: Exception, code: str,
) -> None:  # fmt: skip
    caplog.set_level(logging.INFO)

    def be_slower(**_: object) -> None:
        raise wrong from cause

    monkeypatch.setattr("anlan.reports.actions.draft_report", be_slower)
    answer = browser("centre").post(f"{PAGE}/draft")
    assert answer.status_code == 409
    assert "Somebody was faster" in answer.content.decode()
    assert f"somebody was faster: {code}" in caplog.text, "an operator can find what refused it"


@pytest.mark.parametrize("form", ["pdf", "xlsx"])
def test_it_is_taken_along(year: World, browser: Browser, form: str) -> None:
    answer = browser("leader").get(f"{PAGE}/file.{form}")
    if form == "pdf" and answer.status_code == 503:
        pytest.skip("no Chinese font: apt install fonts-noto-cjk")
    assert answer.status_code == 200
    assert (
        answer["Content-Disposition"] == f'attachment; filename="two-reports-{TOWN}-{MONTH}.{form}"'
    )
    assert answer.content[:4] == {"pdf": b"%PDF", "xlsx": b"PK\x03\x04"}[form]


def test_what_cannot_be_shown_is_told_and_what_is_not_ones_own_does_not_exist(
    year: World, browser: Browser
) -> None:
    leader = browser("leader")
    over = leader.get(f"/desk/reports/two/{TOWN}/2026-03")
    assert over.status_code == 422
    assert "not over yet" in over.content.decode()
    assert leader.get(f"/desk/reports/two/{VILLAGE}/{MONTH}").status_code == 422
    assert leader.get(f"{PAGE}?version=7").status_code == 404
    other = browser("other_desk")
    for address in (
        PAGE,
        f"{PAGE}/LAMPS",
        f"{PAGE}/file.xlsx",
        f"/desk/reports/two/{COUNTY}/{MONTH}",
    ):
        assert other.get(address).status_code == 404, address
    assert leader.get(f"{PAGE}/file.exe").status_code == 404


def test_a_department_hands_in_and_a_second_person_confirms(world: World, browser: Browser) -> None:
    builder, centre = browser("builder"), browser("centre")
    assert "Owed and late" in builder.get("/desk/reports/returns").content.decode()

    def hand_in(*rows: tuple[object, ...], reason: str = "") -> str:
        file = SimpleUploadedFile("figures.csv", csv_of(*rows))
        return builder.post(
            "/desk/reports/returns", {"file": file, "reason": reason}, follow=True
        ).content.decode()

    bad = hand_in((TOWN, "OUTPUT", MONTH, "twelve"), (TOWN, "INVESTMENT", MONTH, -99))
    assert "Line 2" in bad
    assert "Line 3" in bad
    assert not Return.objects.exists()
    assert "1 figures taken" in hand_in((TOWN, "OUTPUT", MONTH, 12.5))
    given = Return.objects.get()
    own = builder.post(f"/desk/reports/returns/{given.id}/confirm")
    assert own.status_code == 403
    done = centre.post(f"/desk/reports/returns/{given.id}/confirm", follow=True)
    assert "the figures count now" in done.content.decode()
    assert "was returned before" in hand_in((TOWN, "OUTPUT", MONTH, 13))
    assert (
        "Choose a file first" in builder.post("/desk/reports/returns", follow=True).content.decode()
    )


def test_the_page_takes_few_statements(year: World, browser: Browser) -> None:
    leader = browser("leader")
    leader.get(PAGE)
    with CaptureQueriesContext(connection) as caught:
        leader.get(PAGE)
    own = [
        query
        for query in caught
        if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "SELECT set_config"))
    ]
    assert len(own) <= STATEMENTS_LIMIT, [query["sql"][:80] for query in own]


def test_without_long_curves_the_page_says_so(world: World, browser: Browser) -> None:
    assert (
        "There are no long curves" in browser("leader").get("/desk/reports/curves").content.decode()
    )
