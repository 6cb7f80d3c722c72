"""From a red figure to what was not done behind it: late cases, unusual counts still open, returns that wait, figures owed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from anlan.cases.models import Case
from anlan.indicators.actions import give_return
from anlan.indicators.models import Value
from anlan.kernel.actor import SYSTEM
from anlan.places.queries import get_gazetteer
from anlan.reports import queries
from anlan.triage.actions import take_signal
from tests.make import NOW, OTHER_GRID, OTHER_TOWN, REPORTER, TOWN
from tests.worlds.figures import MONTH, csv_of
from tests.worlds.findings import make_finding, matter_id
from tests.worlds.reports import fill_year

if TYPE_CHECKING:
    from tests.make import World

Browser = Callable[..., Client]
PAGE = f"/desk/reports/two/{TOWN}/{MONTH}"


@pytest.fixture
def year(world: World) -> World:
    fill_year()
    return world


def take_late(world: World, **given: object) -> Case:
    """A lamp reported in February and not seen to since."""
    taken = take_signal(
        actor=REPORTER, report=world.report(**given), at=NOW - timedelta(days=20)
    )  # fmt: skip
    return Case.objects.get(pk=taken.case_id)


def test_a_red_figure_leads_to_what_was_not_done(year: World, browser: Browser) -> None:
    take_late(year)
    year.take("村口路灯又坏了一盏")  # not late
    make_finding(year)
    make_finding(year, place=OTHER_GRID, observed=99)
    make_finding(year, matter_id=matter_id("GARBAGE"), observed=98)
    make_finding(year, state="DISMISSED", due_at=None, week_date="2026-02-23", observed=97)
    give_return(
        actor=SYSTEM, data=csv_of((TOWN, "LAMPS", MONTH, "", 12, 30000)), reason="夜巡补录", at=NOW
    )
    leader = browser("leader")
    page = leader.get(PAGE).content.decode()
    assert f'href="{PAGE}/LAMPS#undone">1 overdue · 1 unusual · 1 to be confirmed</a>' in page
    assert page.count("#undone") == 2  # the line, and the decision about it
    figure = leader.get(f"{PAGE}/LAMPS").content.decode()
    for words in (
        'id="undone"', "1 case is past its term", "村口路灯坏了", "21 where 3.4 are usual", "To be decided", "夜巡补录",
        "Returns to be confirmed",
    ):  # fmt: skip
        assert words in figure, words
    for hidden in ("99 where", "98 where", "97 where"):
        assert hidden not in figure
    assert browser("other_desk").get(f"{PAGE}/LAMPS").status_code == 404


def test_where_everything_was_done_that_is_said(year: World, browser: Browser) -> None:
    leader = browser("leader")
    assert ">nothing overdue</a>" in leader.get(PAGE).content.decode()
    figure = leader.get(f"{PAGE}/LAMPS").content.decode()
    assert "No: no case behind this figure is past its term" in figure
    assert "Was something not done?" not in leader.get(f"{PAGE}/DISPUTES").content.decode()


def test_a_figure_that_a_department_owes_is_told_with_its_owner(
    year: World, browser: Browser
) -> None:
    Value.objects.filter(place__code=TOWN, indicator__code="OUTPUT", month_date="2026-02-01").delete()  # fmt: skip
    figure = browser("leader").get(f"{PAGE}/OUTPUT").content.decode()
    assert "Not returned" in figure
    assert "2026" in figure


def test_counts_are_those_of_the_lists_and_respect_the_place(year: World) -> None:
    late = take_late(year)
    take_late(year, place_code=OTHER_GRID, lon=None, lat=None)
    make_finding(year, state="ACCEPTED")
    place = get_gazetteer().place_by_code(TOWN)
    for login, cases, findings in (("leader", 1, 1), ("desk", 1, 1), ("other_desk", 0, 0)):
        actor = year.actor(login)
        counted = queries.count_undone(actor=actor, place=place, codes=["LAMPS", "OUTPUT"], at=NOW)
        told = queries.read_undone(actor=actor, place=place, code="LAMPS", month=MONTH, at=NOW)
        assert (counted["LAMPS"].late, counted["LAMPS"].findings) == (cases, findings), login
        assert (told.late_count, len(told.findings)) == (cases, findings), login
        assert counted["OUTPUT"].is_nothing
        assert [case.id for case in told.late] == [late.id][:cases]
    other = get_gazetteer().place_by_code(OTHER_TOWN)
    assert queries.count_undone(
        actor=year.actor("leader"), place=other, codes=["LAMPS"], at=NOW
    )["LAMPS"].late == 1  # fmt: skip
    # What is paused before its term ran out is not late.
    paused_at = NOW - timedelta(days=19, hours=23)
    Case.objects.filter(pk=late.id).update(
        paused_at=paused_at, due_at=paused_at + timedelta(hours=1)
    )
    told = queries.read_undone(actor=year.actor("leader"), place=place, code="LAMPS", month=MONTH, at=NOW)  # fmt: skip
    assert told.late_count == 0
