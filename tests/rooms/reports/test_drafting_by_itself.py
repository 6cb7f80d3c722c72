"""The month's drafts are made by themselves once the last return is due, once, and those who sign hear of it."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from anlan import cli
from anlan.cli.reports import draft
from anlan.indicators.models import Value
from anlan.indicators.rules.months import MonthNotOver
from anlan.notices.models import Notice
from anlan.reports.actions import draft_due, draft_report, move_report, tell_drafted
from anlan.reports.models import Report
from anlan.reports.queries import last_due_day
from anlan.reports.rules.signing import Kind
from tests.make import COUNTY, JURISDICTION, NOW, OTHER_TOWN, TOWN, World
from tests.worlds.figures import MONTH
from tests.worlds.reports import fill_year

pytestmark = pytest.mark.django_db
DUE = datetime(2026, 3, 20, 23, 0, tzinfo=UTC)
"""In China it is the 21st: sales of February were due by the end of the 20th."""


def test_drafts_wait_for_the_last_return_and_are_made_once(world: World) -> None:
    fill_year()
    assert last_due_day(jurisdiction=JURISDICTION, month=MONTH) == 20
    assert draft_due(at=NOW) == 3  # papers, which wait for no return
    assert draft_due(at=datetime(2026, 3, 20, 15, 0, tzinfo=UTC)) == 0
    assert draft_due(at=DUE) == 3
    assert draft_due(at=DUE) == 0
    report = Report.objects.get(place__code=TOWN, kind=Kind.TWO)
    assert (report.state, report.version, report.month_date.month) == ("DRAFT", 1, 2)
    # Three days after the last return is due, in local time.
    assert report.due_at == datetime(2026, 3, 23, 16, 0, tzinfo=UTC)


def test_a_place_of_which_nothing_is_known_is_not_drafted_and_one_drafted_by_hand_stays(
    world: World,
) -> None:
    fill_year()
    by_hand = draft_report(actor=world.actor("centre"), place_code=TOWN, month=MONTH, at=NOW)
    Value.objects.filter(place__code=OTHER_TOWN).delete()
    draft_due(at=DUE)
    drafted = Report.objects.filter(kind=Kind.TWO).select_related("place")
    assert {one.place.code for one in drafted} == {COUNTY, TOWN}
    assert drafted.get(place__code=TOWN).id == by_hand.id


def test_those_who_hand_in_and_sign_are_told_once(world: World) -> None:
    fill_year()
    draft_due(at=DUE)
    told = tell_drafted(place_code=COUNTY, month=MONTH, at=DUE)
    assert told == tell_drafted(place_code=COUNTY, month=MONTH, at=DUE)
    notices = {one.person_id: one for one in Notice.objects.filter(about_kind="report")}
    assert len(notices) == told
    assert Notice.objects.filter(about_kind="report").count() == told
    leader, desk = (notices[world.person_ids[login]] for login in ("leader", "desk"))
    # The leader signs the county's, and both towns', where nobody can; the desk hands in its own.
    assert "3" in leader.body
    assert "2026-03-23" in leader.body
    assert leader.link.endswith("/desk/reports")
    assert desk.link.endswith(f"/desk/reports/two/{TOWN}/{MONTH}")
    assert world.person_ids["builder"] not in notices
    report = Report.objects.get(place__code=TOWN, kind=Kind.TWO)
    move_report(actor=world.actor("desk"), report_id=report.id, move="submit", at=DUE)
    tell_drafted(place_code=TOWN, month=MONTH, at=DUE)
    assert Notice.objects.filter(about_kind="report").count() == told


def test_the_command_drafts_a_place_and_refuses_a_month_that_is_not_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "database_running", contextlib.nullcontext)
    monkeypatch.setattr(cli, "set_up_django", lambda: None)
    monkeypatch.setattr("anlan.kernel.clock.now", lambda: NOW)
    fill_year()
    run = CliRunner().invoke(draft, ["--month", MONTH, "--place", TOWN])
    assert run.exit_code == 0, run.output
    assert f"1 reports of {MONTH} drafted, 1 papers" in run.output
    assert {(one.kind, one.place.code) for one in Report.objects.all()} == {
        ("TWO", TOWN),
        ("PAPER", TOWN),
    }
    refused = CliRunner().invoke(draft, ["--month", "2026-03"])
    assert isinstance(refused.exception, MonthNotOver)
