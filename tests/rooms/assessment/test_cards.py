"""A month of towns: scored, published, objected to by the place, decided above it, corrected openly."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from anlan.assessment import queries
from anlan.assessment.actions import (
    decide_objection,
    file_objection,
    load_schemes,
    publish_cards,
    record_results,
)
from anlan.assessment.models import Card, Objection
from anlan.assessment.rules.cards import PersonInCard, read_card
from anlan.assessment.rules.objections import (
    AlreadyPublished,
    CardChanged,
    CardUnknown,
    IndicatorNotOnCard,
    NotAbove,
    NothingCorrected,
    NothingToPublish,
    NotTheAssessed,
    ObjectionLate,
    ObjectionOpen,
    TextUnfit,
    ValueUnfit,
)
from anlan.assessment.rules.periods import PeriodNotOver
from anlan.assessment.rules.schemes import SchemeBroken, SchemeChanged, SchemeUnknown
from anlan.indicators.actions import count_month
from anlan.kernel.actor import SYSTEM
from anlan.kernel.canonical import digest
from anlan.kernel.procedure import MoveIncomplete, MoveNotYours
from anlan.ledger.models import LedgerEntry
from anlan.ledger.queries import get_root
from tests.make import COUNTY, FOLDER, JURISDICTION, NOW, OTHER_TOWN, TOWN, World
from tests.worlds.assessed import fill_month, published
from tests.worlds.figures import MONTH, fill_day

pytestmark = pytest.mark.django_db


def objected(world: World, card: Card, **given: object) -> Objection:
    fields = {
        "indicator": "LATE",
        "text": "八件中有五件已按规定延期,不应计为超期",
        "value": 15.0,
    } | given
    return file_objection(actor=world.actor("desk"), card_id=card.id, at=NOW, **fields)  # type: ignore[arg-type]


def cards_now(world: World, login: str = "centre") -> dict[str, object]:
    group = queries.find_group(
        actor=world.actor(login), code="MONTHLY", place_code=COUNTY, period=MONTH
    )
    return {card.place: card for card in queries.read_cards(group=group, period=MONTH, at=NOW)}


def test_cards_come_from_the_months_figures(
    world: World, django_assert_max_num_queries: object
) -> None:
    fill_month()
    cards_now(world)
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        found = cards_now(world)
    worse, better = found[TOWN], found[OTHER_TOWN]
    # Lamps 10 and 2.5 a ten thousand; late 40 % and 5 %; satisfied 90 % and 85.7 %; three steps beyond 10 % late
    assert worse.score == pytest.approx(0.4 * 0 + 0.4 * 20 + 0.2 * 80 - 6)
    assert better.score == pytest.approx(0.4 * 100 + 0.4 * 90 + 0.2 * 100 * (600 / 7 - 50) / 50)
    assert (worse.rank, better.rank) == (2, 1)
    assert worse.last == 2
    assert [loss.indicator for loss in worse.losses] == ["LAMPS", "LATE", "SATISFIED", "LATE"]


def test_a_published_card_is_frozen_and_later_figures_do_not_change_it(world: World) -> None:
    card = published()
    assert card.digest == digest(card.content)
    assert card.ledger_root == get_root(size=card.ledger_size).hex()
    assert card.objections_until > NOW + timedelta(days=7)
    assert LedgerEntry.objects.filter(what="card.published").count() == 2
    fill_day(opened=500)
    count_month(jurisdiction=JURISDICTION, month=MONTH)
    assert read_card(Card.objects.get(pk=card.pk).content).score == read_card(card.content).score
    with pytest.raises(AlreadyPublished):
        publish_cards(actor=SYSTEM, scheme="MONTHLY", place_code=COUNTY, period=MONTH, at=NOW)


def test_the_place_objects_the_level_above_decides_and_the_card_says_what_changed(
    world: World,
) -> None:
    card = published()
    one = objected(world, card)
    assert one.due_at is not None
    assert one.due_at > NOW + timedelta(days=4)
    assert queries.list_moves(actor=world.actor("desk"), one=one) == ["withdraw"]
    assert "accept" in queries.list_moves(actor=world.actor("leader"), one=one)
    assert queries.list_moves(actor=world.actor("other_desk"), one=one) == []
    decided = decide_objection(
        actor=world.actor("leader"),
        objection_id=one.id,
        move="accept",
        note="台账核实,三件超期",
        value=15.0,
        at=NOW,
    )
    corrected = decided.corrected
    assert corrected is not None
    assert (corrected.version, corrected.reason, corrected.is_current) == (
        2,
        "台账核实,三件超期",
        True,
    )
    assert ["VALUE", "LATE", 40, 15] in corrected.changes
    assert read_card(corrected.content).score == pytest.approx(0.4 * 70 + 0.2 * 80 - 2)
    card.refresh_from_db()
    assert not card.is_current
    assert (decided.state, decided.answer, decided.due_at) == (
        "ACCEPTED",
        "台账核实,三件超期",
        None,
    )
    assert LedgerEntry.objects.filter(what="objection.accept").count() == 1
    with pytest.raises(CardChanged):
        decide_objection(
            actor=world.actor("leader"), objection_id=one.id, move="refuse", note="不予采纳", at=NOW
        )
    # The other town's values stand; if the ranks open to it changed, its card says so and nothing else
    other = Card.objects.get(place__code=OTHER_TOWN, is_current=True)
    assert {change[0] for change in other.changes} <= {"FIRST", "LAST", "RANK"}


def test_without_a_value_the_figure_that_stands_now_counts(world: World) -> None:
    card = published()
    one = objected(world, card, value=None)
    with pytest.raises(NothingCorrected):
        decide_objection(
            actor=world.actor("centre"),
            objection_id=one.id,
            move="accept",
            note="以最新数据为准",
            at=NOW,
        )
    fill_day(opened=0, closed=20)
    count_month(jurisdiction=JURISDICTION, month=MONTH)
    decided = decide_objection(
        actor=world.actor("centre"),
        objection_id=one.id,
        move="accept",
        note="以最新数据为准",
        at=NOW,
    )
    assert decided.corrected is not None
    assert ["VALUE", "LATE", 40, 20] in decided.corrected.changes


def test_a_refusal_needs_a_reason_and_keeps_the_card(world: World) -> None:
    card = published()
    one = objected(world, card)
    with pytest.raises(MoveIncomplete):
        decide_objection(actor=world.actor("leader"), objection_id=one.id, move="refuse", at=NOW)
    with pytest.raises(TextUnfit):
        decide_objection(
            actor=world.actor("leader"), objection_id=one.id, move="refuse", note="不", at=NOW
        )
    with pytest.raises(MoveNotYours):
        decide_objection(
            actor=world.actor("desk"), objection_id=one.id, move="accept", note="我们说了算", at=NOW
        )
    decide_objection(
        actor=world.actor("leader"), objection_id=one.id, move="refuse", note="延期手续不全", at=NOW
    )
    assert Card.objects.filter(place__code=TOWN).count() == 1


@pytest.mark.parametrize(
    ("given", "obstacle"),
    [
        ({"indicator": "OUTPUT"}, IndicatorNotOnCard),
        ({"text": "不"}, TextUnfit),
        ({"text": "请联系13800000000"}, PersonInCard),
        ({"value": -1.0}, ValueUnfit),
        ({"value": 1e16}, ValueUnfit),
    ],
)
def test_an_objection_that_cannot_be_used_is_refused(
    world: World, given: dict[str, object], obstacle: type[Exception]
) -> None:
    card = published()
    with pytest.raises(obstacle):
        objected(world, card, **given)
    assert not Objection.objects.exists()


def test_objections_end_with_their_day_and_come_one_at_a_time(world: World) -> None:
    card = published()
    objected(world, card)
    with pytest.raises(ObjectionOpen):
        objected(world, card)
    with pytest.raises(ObjectionLate):
        file_objection(
            actor=world.actor("desk"),
            card_id=card.id,
            indicator="LAMPS",
            text="路灯已修复",
            at=card.objections_until,
        )
    with pytest.raises(NotTheAssessed):
        file_objection(
            actor=world.actor("centre"), card_id=card.id, indicator="LAMPS", text="代为申诉", at=NOW
        )
    with pytest.raises(CardUnknown):
        file_objection(
            actor=world.actor("other_desk"),
            card_id=card.id,
            indicator="LAMPS",
            text="邻镇来看",
            at=NOW,
        )


def test_who_may_publish_what(world: World) -> None:
    fill_month()
    with pytest.raises(NotAbove):
        publish_cards(
            actor=world.actor("desk"), scheme="MONTHLY", place_code=COUNTY, period=MONTH, at=NOW
        )
    with pytest.raises(CardUnknown):
        publish_cards(
            actor=world.actor("grid"), scheme="MONTHLY", place_code=COUNTY, period=MONTH, at=NOW
        )
    with pytest.raises(SchemeUnknown):
        publish_cards(
            actor=world.actor("leader"), scheme="NONE", place_code=COUNTY, period=MONTH, at=NOW
        )
    with pytest.raises(PeriodNotOver):
        publish_cards(
            actor=world.actor("leader"),
            scheme="MONTHLY",
            place_code=COUNTY,
            period="2026-03",
            at=NOW,
        )
    with pytest.raises(NothingToPublish):
        publish_cards(
            actor=world.actor("leader"),
            scheme="MONTHLY",
            place_code=COUNTY,
            period="2025-09",
            at=NOW,
        )
    assert (
        publish_cards(
            actor=world.actor("leader"), scheme="MONTHLY", place_code=COUNTY, period=MONTH, at=NOW
        )
        == 2
    )


def test_years_of_before_count_for_the_ladder(world: World) -> None:
    fill_month()
    record_results(
        actor=SYSTEM,
        scheme="YEARLY",
        place_code=OTHER_TOWN,
        years={2024: True, 2025: True},
        source="试点文件",
        at=NOW,
    )
    at = NOW.replace(year=2027)
    publish_cards(actor=SYSTEM, scheme="YEARLY", place_code=COUNTY, period="2026", at=at)
    runs = {one.place.code: one.content["run"] for one in Card.objects.select_related("place")}
    assert runs == {OTHER_TOWN: 3, TOWN: 0}


def test_a_version_in_force_is_never_changed(world: World, tmp_path: Path) -> None:
    text = (FOLDER / "assessment.yaml").read_text(encoding="utf-8")
    assert load_schemes(jurisdiction=JURISDICTION, folder=FOLDER, at=NOW) == 0
    (tmp_path / "assessment.yaml").write_text(
        text.replace("passes_at: 60", "passes_at: 70"), encoding="utf-8"
    )
    with pytest.raises(SchemeChanged):
        load_schemes(jurisdiction=JURISDICTION, folder=tmp_path, at=NOW)
    for broken in ("schemes: [", "schemes: 7", text.replace("weight: 40", "weight: 41")):
        (tmp_path / "assessment.yaml").write_text(broken, encoding="utf-8")
        with pytest.raises(SchemeBroken):
            load_schemes(jurisdiction=JURISDICTION, folder=tmp_path, at=NOW)


def test_no_table_of_the_room_names_a_person() -> None:
    for model in apps.get_app_config("assessment").get_models():
        for field in model._meta.concrete_fields:
            target = getattr(field, "related_model", None)
            assert target is None or target._meta.app_label in ("assessment", "places"), field
            assert not isinstance(field, models.UUIDField) or field.primary_key, field
            assert not field.name.endswith("_by"), field
