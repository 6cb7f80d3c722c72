"""The two reports: built, drafted, signed by a second person, frozen, corrected, sent and read."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anlan.indicators.actions import count_month
from anlan.indicators.rules.months import MonthNotOver
from anlan.kernel import scope
from anlan.kernel.canonical import digest
from anlan.kernel.procedure import MoveIncomplete, MoveNotYours
from anlan.ledger.models import LedgerEntry
from anlan.ledger.queries import get_root
from anlan.notices.models import Notice
from anlan.places.queries import get_gazetteer
from anlan.reports import queries
from anlan.reports.actions import (
    draft_all,
    draft_report,
    mark_read,
    move_report,
    remind_late,
    send_report,
)
from anlan.reports.models import Receipt, Report
from anlan.reports.rules.content import read_content
from anlan.reports.rules.signing import (
    LevelWithoutReport,
    NothingChanged,
    OwnSubmission,
    ReasonUnfit,
    RegisterEmpty,
    ReportChanged,
    ReportUnknown,
)
from anlan.rollup.rules import MonthMalformed
from tests.make import COUNTY, JURISDICTION, NOW, OTHER_TOWN, TOWN, VILLAGE, World
from tests.worlds.figures import MONTH, fill_day
from tests.worlds.findings import make_finding
from tests.worlds.reports import fill_year, signed_report

pytestmark = pytest.mark.django_db


def standing(
    world: World, login: str = "leader", place: str = TOWN, **given: object
) -> queries.Standing:
    return queries.read_standing(
        actor=world.actor(login), place_code=place, month=MONTH, at=NOW, **given
    )  # type: ignore[arg-type]


def test_a_report_tells_level_change_rank_and_light(world: World) -> None:
    fill_year()
    content = standing(world).content
    lamps, output, investment = (content.find(code) for code in ("LAMPS", "OUTPUT", "INVESTMENT"))
    assert lamps
    assert output
    assert investment
    assert (lamps.value, lamps.before, lamps.year_before) == (20, 2, 2)
    assert (lamps.change, lamps.light, lamps.why) == (900, "RED", "YEAR")
    assert (lamps.change_chance or 0) < 1e-9
    assert (lamps.rank, lamps.of, lamps.is_told_apart) == (2, 2, True)
    assert (output.value, output.year_change, output.rank, output.light) == (
        113,
        pytest.approx(11.88, abs=0.01),
        1,
        "GREEN",
    )
    assert (investment.change, investment.rank, len(investment.series)) == (0, 1, 13)
    sales = content.find("SALES")
    assert sales
    assert (sales.value, sales.lack, sales.light) == (None, "NOT_RETURNED", "NONE")


def test_three_things_to_decide_have_owner_and_day(world: World) -> None:
    fill_year()
    world.take()
    make_finding(world, place=TOWN)
    at = NOW + timedelta(days=30)  # the case is late by now
    content = queries.read_standing(
        actor=world.actor("leader"), place_code=TOWN, month=MONTH, at=at
    ).content
    kinds = [one.kind for one in content.decisions]
    assert kinds == ["LIGHT", "LATE", "FINDING"]
    assert all(one.owner_zh and one.due for one in content.decisions)
    assert content.decisions[0].about == "LAMPS"
    assert content.decisions[1].count == 1
    assert content.behind["LAMPS"] == (1, 1)
    # The other town has nothing of it.
    other = queries.read_standing(
        actor=world.actor("leader"), place_code=OTHER_TOWN, month=MONTH, at=at
    ).content
    assert {one.kind for one in other.decisions}.isdisjoint({"LATE", "FINDING"})
    county = queries.read_standing(
        actor=world.actor("leader"), place_code=COUNTY, month=MONTH, at=at
    ).content
    assert county.behind["LAMPS"] == (1, 1)


def test_it_is_signed_by_a_second_person_frozen_and_in_the_ledger(world: World) -> None:
    fill_year()
    centre, leader = world.actor("centre"), world.actor("leader")
    report = draft_report(actor=centre, place_code=TOWN, month=MONTH, at=NOW)
    assert (report.version, report.state) == (1, "DRAFT")
    assert report.due_at
    assert report.due_at.isoformat() == "2026-03-24T00:00:00+08:00"
    with pytest.raises(ReportChanged):
        move_report(actor=leader, report_id=report.id, move="sign", at=NOW)
    move_report(actor=centre, report_id=report.id, move="submit", at=NOW)
    assert "sign" not in queries.list_moves(actor=centre, report=Report.objects.get())
    with pytest.raises(OwnSubmission):
        move_report(actor=centre, report_id=report.id, move="sign", at=NOW)
    with pytest.raises(ReportChanged):
        draft_report(actor=centre, place_code=TOWN, month=MONTH, at=NOW)
    done = move_report(actor=leader, report_id=report.id, move="sign", at=NOW)
    assert (done.state, done.signed_by, done.due_at) == ("SIGNED", world.person_ids["leader"], None)
    assert (
        queries.list_moves(actor=leader, report=done) == []
    )  # signed on paper is no way out of it
    assert done.digest == digest(done.content)
    assert done.ledger_root == get_root(size=done.ledger_size).hex()
    told = LedgerEntry.objects.filter(about_id=str(report.id)).order_by("id")
    assert [one.what for one in told] == ["report.drafted", "report.submit", "report.sign"]
    assert done.digest in told[2].body
    # Late figures come; what was signed stays as it was.
    fill_day(opened=7)
    count_month(jurisdiction=JURISDICTION, month=MONTH)
    shown = standing(world)
    assert shown.report
    assert shown.report.state == "SIGNED"
    assert shown.content.find("LAMPS").value == 20  # type: ignore[union-attr]


def test_a_correction_says_why_and_what_differs_and_takes_the_place(world: World) -> None:
    fill_year()
    first = signed_report(world)
    centre = world.actor("centre")
    assert queries.find_drift(report=first, at=NOW) == []
    with pytest.raises(ReasonUnfit):
        draft_report(actor=centre, place_code=TOWN, month=MONTH, at=NOW)
    with pytest.raises(NothingChanged):
        draft_report(actor=centre, place_code=TOWN, month=MONTH, reason="补录数据", at=NOW)
    fill_day(opened=30)
    count_month(jurisdiction=JURISDICTION, month=MONTH)
    assert [one[0] for one in queries.find_drift(report=first, at=NOW)] == ["LAMPS"]
    second = draft_report(actor=centre, place_code=TOWN, month=MONTH, reason="补录二月巡查", at=NOW)
    assert (second.version, second.reason, second.changes) == (
        2,
        "补录二月巡查",
        [["LAMPS", 20, 30, "RED", "RED"]],
    )
    assert standing(world).report.version == 1  # type: ignore[union-attr]
    move_report(actor=centre, report_id=second.id, move="submit", at=NOW)
    move_report(actor=world.actor("principal"), report_id=second.id, move="sign", at=NOW)
    first.refresh_from_db()
    assert first.state == "REPLACED"
    assert standing(world).report.version == 2  # type: ignore[union-attr]
    assert standing(world, version=1).content == read_content(first.content)
    with pytest.raises(ReportUnknown):
        standing(world, version=9)


def test_a_draft_is_made_anew_and_a_sent_back_one_keeps_the_note(world: World) -> None:
    fill_year()
    centre = world.actor("centre")
    report = draft_report(actor=centre, place_code=TOWN, month=MONTH, at=NOW)
    fill_day(opened=30)
    count_month(jurisdiction=JURISDICTION, month=MONTH)
    again = draft_report(actor=centre, place_code=TOWN, month=MONTH, at=NOW)
    assert (again.id, again.version) == (report.id, 1)
    assert again.digest != report.digest
    move_report(actor=centre, report_id=report.id, move="submit", at=NOW)
    with pytest.raises(MoveIncomplete):
        move_report(actor=world.actor("leader"), report_id=report.id, move="send_back", at=NOW)
    back = move_report(
        actor=world.actor("leader"),
        report_id=report.id,
        move="send_back",
        note="请核实路灯数",
        at=NOW,
    )
    assert (back.state, back.note) == ("DRAFT", "请核实路灯数")


def test_it_goes_to_its_readers_once_and_they_say_that_they_read_it(world: World) -> None:
    fill_year()
    report = signed_report(world, COUNTY)
    assert send_report(report_id=report.id, at=NOW) == 3  # centre, leader, principal of the county
    assert send_report(report_id=report.id, at=NOW) == 0
    assert Notice.objects.filter(cause=f"report:{report.id}").count() == 3
    assert (
        Notice.objects.filter(cause=f"report:{report.id}")
        .first()
        .link.startswith(f"/desk/reports/two/{COUNTY}/{MONTH}")
    )  # type: ignore[union-attr]
    assert mark_read(actor=world.actor("principal"), report_id=report.id, at=NOW)
    assert not mark_read(
        actor=world.actor("principal"), report_id=report.id, at=NOW + timedelta(days=1)
    )
    read = {one.name: one.read_at for one in queries.list_readers(report=report)}
    assert read["principal 同志"] == NOW
    assert read["leader 同志"] is None
    with pytest.raises(ReportUnknown):
        mark_read(actor=world.actor("other_desk"), report_id=report.id, at=NOW)


def test_a_draft_is_sent_to_nobody(world: World) -> None:
    fill_year()
    report = draft_report(actor=world.actor("centre"), place_code=TOWN, month=MONTH, at=NOW)
    assert send_report(report_id=report.id, at=NOW) == 0
    assert not Receipt.objects.exists()


def test_who_owes_figures_is_reminded_once_a_day(world: World) -> None:
    place = world.place_id(TOWN)
    given = {
        "place_id": place,
        "department": "CONSTRUCTION",
        "month": MONTH,
        "missing": 2,
        "at": NOW,
    }
    assert remind_late(day="2026-03-10", **given) == 1  # type: ignore[arg-type]
    remind_late(day="2026-03-10", **given)  # type: ignore[arg-type]
    remind_late(day="2026-03-12", **given)  # type: ignore[arg-type]
    assert Notice.objects.filter(person_id=world.person_ids["builder"]).count() == 2


@pytest.mark.parametrize(
    ("login", "place", "month", "obstacle"),
    [("other_desk", TOWN, MONTH, ReportUnknown), ("desk", COUNTY, MONTH, ReportUnknown), ("grid", TOWN, MONTH, ReportUnknown),
     ("builder", TOWN, MONTH, ReportUnknown), ("resident", TOWN, MONTH, ReportUnknown), ("leader", "999", MONTH, ReportUnknown),
     ("leader", VILLAGE, MONTH, LevelWithoutReport), ("centre", TOWN, "2026-03", MonthNotOver), ("centre", TOWN, "2031-01", MonthNotOver),
     ("centre", TOWN, "2026-3", MonthMalformed)],
)  # fmt: skip
def test_what_cannot_be_reported_is_told(
    world: World, login: str, place: str, month: str, obstacle: type[Exception]
) -> None:
    with pytest.raises(obstacle):
        queries.read_standing(actor=world.actor(login), place_code=place, month=month, at=NOW)
    with pytest.raises(obstacle):
        draft_report(actor=world.actor(login), place_code=place, month=month, at=NOW)
    assert not Report.objects.exists()


def test_without_a_register_there_is_no_report(world: World) -> None:
    from anlan.indicators.models import Indicator, RegisterVersion
    from anlan.indicators.queries import forget_register

    Indicator.objects.all().delete()
    RegisterVersion.objects.all().delete()
    forget_register()
    with pytest.raises(RegisterEmpty):
        standing(world)


def test_readers_do_not_draft_and_a_town_desk_signs_nothing(world: World) -> None:
    fill_year()
    with pytest.raises(MoveNotYours):
        draft_report(actor=world.actor("principal"), place_code=TOWN, month=MONTH, at=NOW)
    report = draft_report(actor=world.actor("desk"), place_code=TOWN, month=MONTH, at=NOW)
    move_report(actor=world.actor("desk"), report_id=report.id, move="submit", at=NOW)
    with pytest.raises(MoveNotYours):
        move_report(actor=world.actor("desk"), report_id=report.id, move="sign", at=NOW)


def test_the_second_wall_shows_reports_of_ones_places_only(world: World) -> None:
    fill_year()
    report = signed_report(world)
    send_report(report_id=report.id, at=NOW)
    for login, is_seen in (
        ("leader", True),
        ("desk", True),
        ("other_desk", False),
        ("builder", False),
        ("resident", False),
    ):
        with scope.acting(scope.of(world.actor(login))):
            assert Report.objects.count() == is_seen, login
            assert bool(Receipt.objects.count()) == is_seen, login
    with pytest.raises(ReportUnknown):
        queries.access_report(actor=world.actor("leader"), report_id=uuid4())


def test_all_places_are_drafted_at_once_and_equal_what_is_drafted_alone(world: World) -> None:
    from anlan.kernel.actor import SYSTEM

    fill_year()
    alone = draft_report(actor=world.actor("centre"), place_code=TOWN, month=MONTH, at=NOW)
    content, _ = alone.content, alone.delete()
    assert draft_all(actor=SYSTEM, place_code=COUNTY, month=MONTH, at=NOW) == 3
    assert draft_all(actor=SYSTEM, place_code=COUNTY, month=MONTH, at=NOW) == 0
    assert read_content(Report.objects.get(place__code=TOWN).content) == read_content(content)
    assert LedgerEntry.objects.filter(what="report.drafted").count() == 4


def test_statements_do_not_grow_with_places(world: World) -> None:
    fill_year()
    gazetteer = get_gazetteer()
    county = gazetteer.place_by_code(COUNTY)
    places = queries.list_reported_places(under=county)
    assert [one.code for one in places] == [COUNTY, TOWN, OTHER_TOWN]
    with CaptureQueriesContext(connection) as caught:
        open_now = queries.read_open(under=county, places=places, at=NOW)
        assert (
            len(list(queries.build_contents(places=places, month=MONTH, open_now=open_now, at=NOW)))
            == 3
        )
    assert len(caught) <= 3 + 2  # three of what is open, one a family of peers
