"""Assessed places hear of their cards, those above of objections, the place of the answer; each once."""

from __future__ import annotations

import pytest

from anlan.assessment.actions import decide_objection, file_objection
from anlan.assessment.models import Card
from anlan.notices.models import Notice
from anlan.reports.actions import tell_cards, tell_objection
from tests.make import NOW, TOWN, World
from tests.worlds.assessed import published
from tests.worlds.figures import MONTH

pytestmark = pytest.mark.django_db


def people_told(world: World, cause: str) -> set[str]:
    names = {person: login for login, person in world.person_ids.items()}
    return {names[one.person_id] for one in Notice.objects.filter(cause=cause) if one.person_id}


def test_a_published_card_is_told_to_its_place_once(world: World) -> None:
    card = published()
    ids = list(Card.objects.values_list("pk", flat=True))
    told = tell_cards(card_ids=ids, at=NOW)
    assert told == tell_cards(card_ids=ids, at=NOW)
    assert people_told(world, f"card:{card.id}") == {"desk"}
    notice = Notice.objects.get(cause=f"card:{card.id}")
    assert notice.link.endswith(f"/desk/assessment/MONTHLY/{TOWN}/{MONTH}")
    assert "河东镇" in notice.subject or "Hedong" in notice.subject
    assert Notice.objects.count() == told


def test_an_objection_is_told_above_and_its_answer_to_the_place(world: World) -> None:
    card = published()
    one = file_objection(
        actor=world.actor("desk"), card_id=card.id, indicator="LATE", text="八件中有五件已按规定延期", value=15.0, at=NOW
    )  # fmt: skip
    tell_objection(objection_id=one.id, at=NOW)
    assert people_told(world, f"objection:{one.id}:FILED") == {"centre", "leader", "principal"}
    decided = decide_objection(
        actor=world.actor("leader"), objection_id=one.id, move="accept", note="台账核实,三件超期", value=15.0, at=NOW
    )  # fmt: skip
    tell_objection(objection_id=one.id, at=NOW)
    tell_objection(objection_id=one.id, at=NOW)
    assert people_told(world, f"objection:{one.id}:ACCEPTED") == {"desk"}
    notice = Notice.objects.get(cause=f"objection:{one.id}:ACCEPTED")
    assert notice.body == "台账核实,三件超期"
    assert decided.corrected
    tell_cards(card_ids=[decided.corrected.id], at=NOW)
    corrected = Notice.objects.get(cause=f"card:{decided.corrected.id}")
    assert "台账核实" in corrected.body
