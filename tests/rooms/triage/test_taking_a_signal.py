"""Taking one signal: how it is decided, what needs a person, and that a key is taken once."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from anlan.cases.models import Case, Step, Untold
from anlan.cases.rules import MatterUnknown
from anlan.intake.models import Contact, Signal
from anlan.intake.rules import (
    ContactDetails,
    ControlCharacters,
    IdempotencyKeyReused,
    PlaceMissing,
    PointMalformed,
    PointOutside,
    TextMissing,
    TextTooLong,
)
from anlan.kernel import sql
from anlan.kernel.actor import REPORTER
from anlan.ledger.models import LedgerEntry
from anlan.places.models import Jurisdiction, Unit, new_version
from anlan.places.rules import PlaceUnknown
from anlan.triage.actions import take_signal
from anlan.triage.queries import find_decision, suggest
from anlan.triage.rules import NoDesk
from tests.make import (
    COUNTY,
    GRID,
    JURISDICTION,
    NEAR_BORDER,
    NOW,
    OTHER_GRID,
    OUTSIDE,
    TOWN,
    VILLAGE,
    World,
    forget_memory,
)

UNCLEAR = "今天天气不错，想问一下几点开门"


def decided(world: World, text: str = "村口路灯坏了三天", **given):
    """Take a signal and give its case and decision."""
    taken = world.take(text, **given)
    decision = find_decision(case_id=taken.case_id)
    assert decision is not None
    assert taken.needs_person == decision.needs_person
    return Case.objects.get(pk=taken.case_id), decision


def test_a_keyword_lifts_and_is_written_into_the_reason(world: World) -> None:
    case, decision = decided(world)
    assert (case.matter.code, case.needs_person) == ("STREET_LAMP", False)
    matter = decision.reason["matter"]
    assert (matter["by"], matter["phrases"], matter["is_sure"]) == ("KEYWORDS", ["路灯"], True)
    assert matter["top"][0] == ["STREET_LAMP", round(decision.confidence, 4)]
    assert decision.reason["place"] == {"by": "POINT", "near_border": False, "neighbours": []}
    assert decision.reason["route"] == {"by": "SEAT", "department": "CONSTRUCTION"}
    assert case.unit_id == decision.unit_id == world.unit_id(TOWN, "CONSTRUCTION")
    assert case.desk_id == world.unit_id(TOWN, "DESK")
    assert decision.classifier_id is not None


def test_what_the_sender_states_is_taken_as_it_is(world: World) -> None:
    case, decision = decided(world, stated_matter="GARBAGE")
    assert (case.matter.code, decision.confidence, case.needs_person) == ("GARBAGE", 1.0, False)
    assert (decision.reason["matter"]["by"], decision.classifier_id) == ("STATED", None)
    assert case.unit_id == world.unit_id(VILLAGE, "GRID")
    assert decision.reason["route"]["by"] == "GRID"


def test_a_matter_that_does_not_exist_is_refused(world: World) -> None:
    with pytest.raises(MatterUnknown):
        world.take(stated_matter="MOON_LANDING")
    assert not Signal.objects.exists()


def test_an_unclear_text_is_put_before_a_person(world: World) -> None:
    case, decision = decided(world, UNCLEAR)
    assert case.needs_person
    assert decision.reason["matter"]["is_sure"] is False
    assert decision.confidence < 0.95


def test_a_point_near_a_border_is_put_before_a_person_with_its_neighbours(world: World) -> None:
    case, decision = decided(world, lon=NEAR_BORDER[0], lat=NEAR_BORDER[1])
    assert (case.place.code, case.needs_person) == (GRID, True)
    assert decision.reason["place"]["near_border"] is True
    assert "330999001201002" in decision.reason["place"]["neighbours"]


def test_a_point_outside_falls_back_to_the_named_place(world: World) -> None:
    case, decision = decided(world, lon=OUTSIDE[0], lat=OUTSIDE[1], place_code=OTHER_GRID)
    assert (case.place.code, case.needs_person) == (OTHER_GRID, True)
    assert decision.reason["place"]["by"] == "POINT_OUTSIDE"
    assert (case.lon, case.lat) == OUTSIDE


def test_a_point_inside_goes_before_the_named_place(world: World) -> None:
    case, decision = decided(world, place_code=OTHER_GRID)
    assert (case.place.code, decision.reason["place"]["by"]) == (GRID, "POINT")


def test_a_named_place_alone_is_enough(world: World) -> None:
    case, decision = decided(world, lon=None, lat=None, place_code=VILLAGE)
    assert (case.place.code, decision.reason["place"]["by"]) == (VILLAGE, "NAMED")
    assert not case.needs_person


@pytest.mark.parametrize("point", [(None, None), OUTSIDE])
def test_without_any_place_the_fallback_takes_it_or_it_is_refused(world: World, point) -> None:
    report = world.report(lon=point[0], lat=point[1])
    with pytest.raises(PlaceMissing if point[0] is None else PointOutside):
        take_signal(actor=REPORTER, report=report, at=NOW)
    taken = take_signal(
        actor=REPORTER, report=report, at=NOW, fallback_place_id=world.place_id(COUNTY)
    )
    assert taken.needs_person
    assert find_decision(case_id=taken.case_id).reason["place"]["by"] == "FALLBACK"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"text": "  "}, TextMissing),
        ({"text": "长" * 100_000}, TextTooLong),
        ({"text": "灯\x00坏"}, ControlCharacters),
        ({"lon": float("nan")}, PointMalformed),
        ({"lat": None}, PointMalformed),
        ({"place_code": "999"}, PlaceUnknown),
    ],
)
def test_a_bad_report_is_refused_and_leaves_nothing(world: World, given, error) -> None:
    with pytest.raises(error):
        world.take(**given)
    assert not Signal.objects.exists()
    assert not Untold.objects.exists()


def test_a_department_without_a_seat_leaves_it_to_the_desk(world: World) -> None:
    case, decision = decided(world, "城墙上的古墙掉了几块砖")
    assert case.matter.code == "OLD_WALL"
    assert case.unit_id == case.desk_id == world.unit_id(TOWN, "DESK")
    assert (decision.reason["route"]["by"], case.needs_person) == ("DESK", True)


def test_a_place_without_a_desk_refuses(world: World) -> None:
    Unit.objects.filter(department="DESK").delete()
    Jurisdiction.objects.update(version=new_version())
    forget_memory()
    with pytest.raises(NoDesk):
        world.take()


def test_a_key_is_taken_once(world: World) -> None:
    first = world.take(idempotency_key="k", sender="client:1")
    again = world.take(idempotency_key="k", sender="client:1")
    assert (first.is_new, again.is_new) == (True, False)
    assert (again.case_id, again.tracking_code) == (first.case_id, first.tracking_code)
    with pytest.raises(IdempotencyKeyReused), transaction.atomic():
        world.take("另一件事", idempotency_key="k", sender="client:1")
    assert world.take(idempotency_key="k", sender="client:2").is_new
    assert world.take().is_new
    assert world.take().is_new
    assert Signal.objects.count() == Case.objects.count() == Step.objects.count() == 4
    assert LedgerEntry.objects.filter(what="case.opened").count() == 4
    assert Untold.objects.count() == 4


def test_everything_is_written_in_one_statement_and_goes_back_whole(
    world: World, django_assert_num_queries
) -> None:
    world.take()
    with django_assert_num_queries(1):
        taken = world.take()
    assert Contact.objects.filter(signal__code=taken.code).exists()
    with transaction.atomic():
        lost = world.take()
        transaction.set_rollback(True)
    assert not Case.objects.filter(pk=lost.case_id).exists()
    assert Untold.objects.count() == 2


def test_without_contact_none_is_kept(world: World) -> None:
    world.take(contact=ContactDetails())
    assert not Contact.objects.exists()


def test_suggestions_come_likeliest_first(world: World) -> None:
    found = suggest(jurisdiction=JURISDICTION, text="路灯不亮")
    assert len(found) == 3
    assert found[0][0].code == "STREET_LAMP"
    assert [p for _, p in found] == sorted((p for _, p in found), reverse=True)


def test_the_function_in_the_database_is_the_one_in_the_file(db: None) -> None:
    body = sql.load("anlan.triage", "take_signal").split("$$")[1]
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'triage_take_signal'")
        assert cursor.fetchall() == [(body,)]
