"""The analysis paper: drafted by itself, signed by a second person, frozen, corrected, sent and read."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anlan import cli
from anlan.cli.reports import paper
from anlan.documents.printing import find_fonts
from anlan.documents.rules import FontMissing
from anlan.indicators.rules.months import MonthNotOver
from anlan.kernel.actor import SYSTEM
from anlan.kernel.canonical import digest
from anlan.ledger.models import LedgerEntry
from anlan.ledger.queries import get_root
from anlan.notices.models import Notice
from anlan.places.queries import get_gazetteer
from anlan.reports import queries
from anlan.reports.actions import (
    draft_all,
    draft_due,
    draft_report,
    mark_read,
    move_report,
    send_report,
    tell_drafted,
)
from anlan.reports.models import Report
from anlan.reports.queries import StandingPaper
from anlan.reports.rules.signing import (
    Kind,
    LevelWithoutReport,
    NothingChanged,
    OwnSubmission,
    ReasonUnfit,
    ReportUnknown,
)
from anlan.situation.queries import build_paper
from anlan.situation.rules.findings import FindingUnknown
from anlan.situation.rules.papers import MonthAhead, read_paper
from tests.make import COUNTY, GRID, NOW, OTHER_GRID, OTHER_TOWN, TOWN, VILLAGE, World
from tests.worlds.figures import fill_day
from tests.worlds.findings import make_finding

pytestmark = pytest.mark.django_db
MONTH = "2026-02"
FEBRUARY = date(2026, 2, 10)


@pytest.fixture
def february(world: World) -> World:
    fill_day(day=FEBRUARY, opened=12, closed=8, closed_late=2)
    fill_day(OTHER_GRID, day=FEBRUARY, opened=3, closed=3)
    return world


def draft(world: World, login: str = "centre", place: str = TOWN, **given: str) -> Report:
    return draft_report(
        actor=world.actor(login), place_code=place, month=MONTH, kind=Kind.PAPER, at=NOW, **given
    )


def sign(world: World, place: str = TOWN) -> Report:
    report = draft(world, place=place)
    move_report(actor=world.actor("centre"), report_id=report.id, move="submit", at=NOW)
    return move_report(actor=world.actor("leader"), report_id=report.id, move="sign", at=NOW)


def standing(
    world: World, login: str = "leader", place: str = TOWN, version: int | None = None
) -> StandingPaper:
    return queries.read_standing_paper(
        actor=world.actor(login), place_code=place, month=MONTH, version=version, at=NOW
    )


def test_signed_it_stays_as_it_was_with_the_ledgers_root(february: World) -> None:
    finding = make_finding(february, week_date=date(2026, 2, 9))
    report = sign(february)
    assert (report.state, report.kind, report.version) == ("SIGNED", "PAPER", 1)
    assert report.digest == digest(report.content)
    assert report.ledger_root == get_root(size=report.ledger_size).hex()
    told = LedgerEntry.objects.filter(about_id=str(report.id)).order_by("id")
    assert [one.what for one in told] == ["report.drafted", "report.submit", "report.sign"]
    fill_day(opened=8)  # late figures
    finding.delete()
    shown = standing(february)
    assert shown.report == report
    assert (shown.content.total.now, shown.content.total.closed_late) == (12, 2)
    assert [one.observed for one in shown.content.findings] == [21]
    assert shown.content.findings[0].matter.zh
    assert build_paper(place=shown.place, month=MONTH, at=NOW).total.now == 20


def test_what_is_stored_is_read_as_it_was(february: World) -> None:
    make_finding(
        february, state="ACCEPTED", note="逐灯排查", unit_id=february.unit_id(TOWN, "CONSTRUCTION")
    )
    made = build_paper(place=get_gazetteer().place_by_code(TOWN), month=MONTH, at=NOW)
    assert made.duties
    assert read_paper(made.as_json()) == made
    report = draft(february)
    report.refresh_from_db()
    assert queries.read_kept(report) == made


def test_a_correction_says_why_and_what_differs_and_takes_the_place(february: World) -> None:
    first = sign(february)
    assert queries.find_drift(report=first, at=NOW) == []
    with pytest.raises(ReasonUnfit):
        draft(february)
    with pytest.raises(NothingChanged):
        draft(february, reason="补录巡查数据")
    fill_day(opened=8)  # late figures
    second = draft(february, reason="补录二月巡查")
    kinds = {(one[0], one[3]): one[4:] for one in second.changes}
    assert kinds[("TOTAL", "opened")] == [12, 20]
    assert {what for what, _ in kinds} == {"TOTAL", "MATTER", "PLACE"}
    move_report(actor=february.actor("centre"), report_id=second.id, move="submit", at=NOW)
    move_report(actor=february.actor("principal"), report_id=second.id, move="sign", at=NOW)
    first.refresh_from_db()
    assert first.state == "REPLACED"
    assert standing(february).content.total.now == 20
    assert standing(february, version=1).content.total.now == 12
    with pytest.raises(ReportUnknown):
        standing(february, version=9)


def test_what_became_of_a_finding_is_no_correction(february: World) -> None:
    finding = make_finding(february, week_date=date(2026, 2, 9))
    report = sign(february)
    finding.state = "DISMISSED"
    finding.save()
    assert queries.find_drift(report=report, at=NOW) == []
    finding.delete()
    assert [one[0] for one in queries.find_drift(report=report, at=NOW)] == ["FINDING"]


def test_papers_are_drafted_on_the_third_and_those_who_sign_are_told(february: World) -> None:
    assert draft_due(at=datetime(2026, 3, 1, 23, 0, tzinfo=UTC)) == 0
    assert draft_due(at=datetime(2026, 3, 2, 23, 0, tzinfo=UTC)) == 3  # the third, in China
    assert draft_due(at=NOW) == 0
    report = Report.objects.get(place__code=TOWN)
    assert report.due_at == datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
    told = tell_drafted(place_code=COUNTY, month=MONTH, kind=Kind.PAPER, at=NOW)
    notices = {one.person_id: one for one in Notice.objects.all()}
    assert len(notices) == told
    desk = notices[february.person_ids["desk"]]
    assert desk.link.endswith(f"/desk/situation/paper?place={TOWN}&month={MONTH}")
    assert tell_drafted(place_code=COUNTY, month=MONTH, at=NOW) == 0  # no draft of the two reports


def test_a_place_without_a_case_is_not_drafted(world: World) -> None:
    fill_day(GRID, day=FEBRUARY, opened=1)
    assert draft_all(actor=SYSTEM, place_code=COUNTY, month=MONTH, kind=Kind.PAPER, at=NOW) == 2
    drafted = {one.place.code for one in Report.objects.select_related("place")}
    assert drafted == {COUNTY, TOWN}
    assert OTHER_TOWN not in drafted


def test_it_goes_to_its_readers_who_say_that_they_read_it(february: World) -> None:
    report = sign(february, COUNTY)
    assert send_report(report_id=report.id, at=NOW) == 3
    notice = Notice.objects.filter(cause=f"report:{report.id}").first()
    assert notice
    assert notice.link.endswith(f"/desk/situation/paper?place={COUNTY}&month={MONTH}&version=1")
    assert mark_read(actor=february.actor("principal"), report_id=report.id, at=NOW)
    assert not mark_read(actor=february.actor("principal"), report_id=report.id, at=NOW)


def test_both_kinds_of_a_month_stand_side_by_side(february: World) -> None:
    from tests.worlds.reports import fill_year, signed_report

    fill_year()
    two, mine = signed_report(february), sign(february)
    assert {(one.kind, one.state, one.version) for one in (two, mine)} == {
        ("TWO", "SIGNED", 1), ("PAPER", "SIGNED", 1),
    }  # fmt: skip
    seen = queries.list_versions(actor=february.actor("leader"), place=get_gazetteer().place_by_code(TOWN), month=MONTH)  # fmt: skip
    assert seen == [two]


def test_who_hands_it_in_does_not_sign_it(february: World) -> None:
    report = draft(february)
    move_report(actor=february.actor("centre"), report_id=report.id, move="submit", at=NOW)
    with pytest.raises(OwnSubmission):
        move_report(actor=february.actor("centre"), report_id=report.id, move="sign", at=NOW)


@pytest.mark.parametrize(
    ("login", "place", "obstacle"),
    [("other_desk", TOWN, ReportUnknown), ("desk", COUNTY, ReportUnknown), ("grid", TOWN, ReportUnknown),
     ("builder", TOWN, ReportUnknown), ("leader", "999", ReportUnknown), ("leader", VILLAGE, LevelWithoutReport)],
)  # fmt: skip
def test_elsewhere_none_is_drafted(
    february: World, login: str, place: str, obstacle: type[Exception]
) -> None:
    with pytest.raises(obstacle):
        draft(february, login, place)
    assert not Report.objects.exists()


def test_a_month_not_over_is_read_and_not_drafted(february: World) -> None:
    actor = february.actor("leader")
    shown = queries.read_standing_paper(actor=actor, place_code=TOWN, month="2026-03", at=NOW)
    assert not shown.content.is_over
    with pytest.raises(MonthAhead):
        queries.read_standing_paper(actor=actor, place_code=TOWN, month="2026-04", at=NOW)
    with pytest.raises(FindingUnknown):
        standing(february, "other_desk")
    with pytest.raises(MonthNotOver):
        draft_report(actor=SYSTEM, place_code=TOWN, month="2026-03", kind=Kind.PAPER, at=NOW)


def test_a_frozen_paper_takes_one_statement(february: World) -> None:
    sign(february)
    leader = february.actor("leader")
    with CaptureQueriesContext(connection) as caught:
        queries.read_standing_paper(actor=leader, place_code=TOWN, month=MONTH, at=NOW)
    assert len(caught) == 1
    for week in range(30):
        make_finding(february, week_date=NOW.date() - timedelta(days=7 * week))
    with CaptureQueriesContext(connection) as caught:
        build_paper(place=get_gazetteer().place_by_code(COUNTY), month=MONTH, at=NOW)
    assert len(caught) <= 4


def test_the_command_drafts_and_prints(
    february: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    try:
        find_fonts()
    except FontMissing:
        pytest.skip("no Chinese font: apt install fonts-noto-cjk")
    monkeypatch.setattr(cli, "database_running", contextlib.nullcontext)
    monkeypatch.setattr(cli, "set_up_django", lambda: None)
    monkeypatch.setattr("anlan.kernel.clock.now", lambda: NOW)
    given = ["--place", TOWN, "--month", MONTH, "--out", str(tmp_path)]
    run = CliRunner().invoke(paper, given)
    assert run.exit_code == 0, run.output
    assert not Report.objects.exists()
    run = CliRunner().invoke(paper, [*given, "--draft", "--language", "en"])
    assert run.exit_code == 0, run.output
    assert Report.objects.get().kind == "PAPER"
    (made,) = tmp_path.iterdir()
    assert made.name == f"analysis-{TOWN}-{MONTH}.pdf"
    assert made.read_bytes().startswith(b"%PDF")
    refused = CliRunner().invoke(paper, [*given, "--version", "7"])
    assert isinstance(refused.exception, ReportUnknown)
