"""Hot topics of a world: found anew as a whole, counted and named from what an actor may see."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from click.testing import Result
from django.db import connections

from anlan.cases.models import Case, CaseSignal
from anlan.intake.models import Signal
from anlan.kernel import scope
from anlan.kernel.actor import REPORTER, SYSTEM
from anlan.triage.actions import refresh_topics, take_signal
from anlan.triage.models import Topic, TopicMember
from anlan.triage.queries.topics import TopicUnknown, list_topic_cases, list_topics
from anlan.triage.rules.topics import Trend
from tests.make import COUNTY, IN_OTHER_GRID, NOW, TOWN, VILLAGE, World

MIXER = (
    "和畅家园旁边的搅拌站夜里开工太吵",
    "搅拌站就在和畅家园边上噪音很大",
    "和畅家园小区附近违建搅拌站谁来管",
    "请查一查和畅家园北面的搅拌站",
    "和畅家园的老人被搅拌站吵得睡不着",
    "和畅家园门口搅拌站车辆太多",
)


def say(world: World, texts: tuple[str, ...], *, days_ago: float = 1, **given: Any) -> list[Any]:
    """Let reports of neighbours' noise come in, an hour apart."""
    given = {"stated_matter": "NEIGHBOUR_NOISE"} | given
    return [
        take_signal(
            actor=REPORTER,
            report=world.report(text, **given),
            at=NOW - timedelta(days=days_ago) + timedelta(hours=n),
        )
        for n, text in enumerate(texts)
    ]


@pytest.fixture
def loud(world: World) -> World:
    """A village that complains of a mixer, and a town beyond that complains of it once."""
    say(world, MIXER)
    lon, lat = IN_OTHER_GRID
    say(world, ("和畅家园的搅拌站灰也飘到我们这里",), lon=lon, lat=lat)
    refresh_topics(at=NOW)
    return world


def seen(world: World, login: str = "desk", days: int = 7) -> list[Any]:
    return list_topics(actor=world.actor(login), days=days, at=NOW)


def test_a_topic_has_label_place_period_count_and_trend(loud: World) -> None:
    (topic,) = seen(loud)
    assert topic.phrases == ("和畅家园", "搅拌站")
    assert topic.place_id == loud.place_id("330999001201001")
    assert (topic.count, topic.before, topic.trend, topic.cases_count) == (6, 0, Trend.NEW, 6)
    assert topic.first_at == NOW - timedelta(days=1)
    assert topic.last_at == NOW - timedelta(hours=19)
    (stored,) = Topic.objects.all()
    assert (stored.family, stored.found_at) == ("NEIGHBOUR", NOW)


def test_what_a_file_brings_counts_from_when_its_case_was_opened(world: World) -> None:
    taken = say(world, MIXER)
    old = CaseSignal.objects.filter(case_id__in=[one.case_id for one in taken[:4]])
    old.update(joined_at=NOW - timedelta(days=200))  # as an import writes it
    refresh_topics(at=NOW)
    assert seen(world, days=30) == [], "two reports of late are no topic"


def test_each_sees_what_lies_in_his_places(loud: World) -> None:
    (at_county,) = seen(loud, "leader")
    assert at_county.count == 7
    assert at_county.place_id == loud.place_id(COUNTY)
    assert at_county.key == seen(loud)[0].key
    assert seen(loud, "other_desk") == [], "one report is no topic"
    assert seen(loud, "volunteer") == seen(loud, "resident") == []


def test_the_database_keeps_topics_to_those_who_see_a_report_of_it(loud: World) -> None:
    with scope.acting(scope.of(loud.actor("desk"))):
        assert TopicMember.objects.count() == 6
        assert Topic.objects.count() == 1
    with scope.acting(scope.of(loud.actor("volunteer"))):
        assert not TopicMember.objects.exists()
        assert not Topic.objects.exists()


def test_a_phrase_is_shown_to_whoever_sees_enough_of_those_who_say_it(world: World) -> None:
    say(world, MIXER[:5])
    lon, lat = IN_OTHER_GRID
    say(world, tuple(f"{text}，望江楼那边也是" for text in MIXER), lon=lon, lat=lat)
    refresh_topics(at=NOW)
    assert any("望江楼" in " ".join(topic.phrases) for topic in seen(world, "other_desk"))
    assert any("望江楼" in " ".join(topic.phrases) for topic in seen(world, "leader"))
    assert seen(world)
    assert not any("望江楼" in " ".join(topic.phrases) for topic in seen(world))


def test_windows_and_trend(world: World) -> None:
    say(world, MIXER, days_ago=5)
    say(world, MIXER[:3], days_ago=10)
    say(world, MIXER[3:], days_ago=40)
    refresh_topics(at=NOW)
    (week,) = seen(world)
    (month,) = seen(world, days=30)
    assert (week.count, week.before, week.trend) == (6, 3, Trend.RISING)
    assert (month.count, month.before, month.trend) == (9, 3, Trend.RISING)
    assert list_topics(actor=world.actor("desk"), days=7, at=NOW + timedelta(days=30)) == []


def test_found_anew_as_a_whole_and_the_same_again(loud: World) -> None:
    before = list(Topic.objects.values_list("key", "family", "phrases"))
    members = set(TopicMember.objects.values_list("signal_id", flat=True))
    assert refresh_topics(at=NOW) == 1
    assert list(Topic.objects.values_list("key", "family", "phrases")) == before
    assert set(TopicMember.objects.values_list("signal_id", flat=True)) == members
    Signal.objects.update(text="")
    assert refresh_topics(at=NOW) == 0, "erased reports are heard no more"
    assert not TopicMember.objects.exists()


def test_declined_cases_and_other_families_are_not_counted(world: World) -> None:
    taken = say(world, MIXER)
    Case.objects.filter(pk__in=[one.case_id for one in taken[:2]]).update(state="DECLINED")
    refresh_topics(at=NOW)
    assert seen(world) == []
    say(world, MIXER[:2], stated_matter="GARBAGE")
    refresh_topics(at=NOW)
    assert seen(world) == []


def test_later_signals_are_not_heard(world: World) -> None:
    say(world, MIXER)
    assert refresh_topics(at=NOW - timedelta(days=2)) == 0


def test_a_topics_cases_are_those_that_one_may_see(loud: World) -> None:
    key = seen(loud)[0].key
    cases = list_topic_cases(actor=loud.actor("desk"), key=key, days=7, at=NOW)
    assert len(cases) == 6
    assert [case.opened_at for case in cases] == sorted(
        (case.opened_at for case in cases), reverse=True
    )
    assert len(list_topic_cases(actor=loud.actor("leader"), key=key, days=7, at=NOW)) == 7
    with pytest.raises(TopicUnknown):
        list_topic_cases(actor=loud.actor("volunteer"), key=key, days=7, at=NOW)
    with pytest.raises(TopicUnknown):
        list_topic_cases(actor=SYSTEM, key=cases[0].id, days=7, at=NOW)


def test_a_list_costs_one_statement(loud: World, django_assert_num_queries: Any) -> None:
    actor = loud.actor("desk")
    list_topics(actor=actor, days=7, at=NOW)
    with django_assert_num_queries(1):
        list_topics(actor=actor, days=30, at=NOW)


def test_a_place_high_up_has_no_town_and_no_village(world: World) -> None:
    say(world, MIXER, lon=None, lat=None, place_code=COUNTY)
    say(world, MIXER[:1], lon=None, lat=None, place_code=TOWN)
    say(world, MIXER[:1], lon=None, lat=None, place_code=VILLAGE)
    refresh_topics(at=NOW)
    (topic,) = seen(world, "leader")
    assert topic.place_id == world.place_id(COUNTY)


def test_job_and_operator_at_once_find_them_one_after_the_other(lasting_world: World) -> None:
    say(lasting_world, MIXER)

    def refresh(number: int) -> int:
        try:
            return refresh_topics(at=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(refresh, range(4))) == [1, 1, 1, 1]
    assert Topic.objects.count() == 1
    assert TopicMember.objects.count() == len(MIXER)


def test_the_command_finds_and_lists_them(world: World, run: Callable[..., Result]) -> None:
    nothing = run("topics")
    assert "No topic" in nothing.output, nothing.output
    say(world, MIXER)
    listed = run("topics", "--days", "30")
    assert "和畅家园 · 搅拌站" in listed.output
    assert "NEW" in listed.output
    assert run("topics", "--days", "8").exit_code == 2
