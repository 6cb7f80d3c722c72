"""Loading run cards, refusing broken ones by name, and the card of a case."""

from __future__ import annotations

from pathlib import Path

import pytest

from anlan.cases.models import Case
from anlan.cases.queries import get_catalogue
from anlan.dispatch import actions, queries, rules
from anlan.dispatch.models import RunCard
from anlan.intake.rules import Channel
from anlan.kernel.actor import Role
from tests.make import FOLDER, JURISDICTION, World

HEAD = 'source: "默认值(待核)"\nconfidence: 0.4\ncards:\n'
GOOD = "  - {code: A, needs: [{role: GRID_WORKER, count: 1}]}\n"


def load(folder: Path, text: str) -> int:
    (folder / "runcards.yaml").write_text(text, encoding="utf-8")
    return actions.load_run_cards(jurisdiction=JURISDICTION, folder=folder)


def test_a_case_gets_the_most_specific_card(world: World) -> None:
    quarrel = Case.objects.get(pk=world.take("房东不退押金").case_id)
    lamp = Case.objects.get(pk=world.take().case_id)
    assert queries.get_run_card(case=quarrel).code == "TENANCY"
    plain = queries.get_run_card(case=lamp)
    assert (plain.code, plain.source) == ("", "默认值(待核)")
    (need,) = rules.needs_for(plain, get_catalogue().matters[lamp.matter_id])
    assert (need.role, need.department, need.count) == (Role.DEPARTMENT, "CONSTRUCTION", 1)
    report = world.report("房东不退押金", channel=Channel.POLICE_110, sender="client:police")
    taken = actions.take_transfer(
        actor=world.partner("police"), report=report, at=quarrel.opened_at,
        fallback_place_id=quarrel.place_id,
    )  # fmt: skip
    handed_over = Case.objects.get(pk=taken.case_id)
    assert queries.get_run_card(case=handed_over).code == "TRANSFER_110"


def test_loading_again_puts_the_new_cards_in_place_of_the_old(world: World, tmp_path: Path) -> None:
    assert load(tmp_path, HEAD + GOOD) == 1
    queries.forget_run_cards()
    (card,) = queries.list_run_cards(jurisdiction=JURISDICTION)
    assert card == rules.RunCard(
        "A", (rules.Need(Role.GRID_WORKER, 1),), source="默认值(待核)", confidence=0.4
    )
    assert actions.load_run_cards(jurisdiction=JURISDICTION, folder=FOLDER) == 3


def test_another_process_sees_new_cards(world: World, tmp_path: Path) -> None:
    before = queries.run_cards._version()
    load(tmp_path, HEAD + GOOD)
    one = queries.run_cards._version()
    load(tmp_path, HEAD + GOOD)
    assert len({before, one, queries.run_cards._version()}) == 3


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "-"),
        ("cards: 3\n", "-"),
        ("[", "runcards.yaml"),
        (HEAD + "  - {code: A}\n", "'card': 'A'"),
        (HEAD + "  - {code: A, needs: []}\n", "'card': 'A'"),
        (HEAD + "  - {needs: [{role: GRID_WORKER, count: 1}]}\n", "'card': 1"),
        (HEAD + GOOD + GOOD, "twice"),
        (HEAD + GOOD + GOOD.replace("A,", "B,"), "same cases as A"),
        (HEAD + GOOD.replace("GRID_WORKER", "WIZARD"), "WIZARD"),
        (HEAD + GOOD.replace("GRID_WORKER", "PRINCIPAL"), "not sent"),
        (HEAD + GOOD.replace("count: 1", "count: 0"), "from 1 to"),
        (HEAD + GOOD.replace("count: 1", "count: true"), "from 1 to"),
        (HEAD + GOOD.replace("count: 1", "count: 1, ack_minutes: -5"), "from 1 to"),
        (HEAD + GOOD.replace("count: 1", "count: 1, ack_minute: 5"), "unknown fields"),
        (HEAD + GOOD.replace("count: 1", "count: 1, department: MOON"), "MOON"),
        (HEAD + GOOD.replace("A,", "A, matter: NO_SUCH,"), "NO_SUCH"),
        (HEAD + GOOD.replace("A,", "A, family: NO_SUCH,"), "NO_SUCH"),
        (HEAD + GOOD.replace("A,", "A, class: NO_SUCH,"), "NO_SUCH"),
        (HEAD + GOOD.replace("A,", "A, level: SOON,"), "SOON"),
        (HEAD + GOOD.replace("A,", "A, channel: PIGEON,"), "PIGEON"),
        (HEAD + GOOD.replace("A,", "A, one_is_enough: perhaps,"), "perhaps"),
        (HEAD + GOOD.replace("A,", 'A, source: "",'), "source"),
        (HEAD + GOOD.replace("A,", "A, confidence: .nan,"), "confidence"),
        (HEAD + GOOD.replace("A,", "A, colour: red,"), "unknown fields"),
    ],
)
def test_a_broken_card_is_refused_by_name_and_changes_nothing(
    world: World, tmp_path: Path, text: str, names: str
) -> None:
    with pytest.raises(rules.RunCardsBroken) as refused:
        load(tmp_path, text)
    assert names in str(refused.value.data)
    assert set(RunCard.objects.values_list("code", flat=True)) == {
        "TRANSFER_110",
        "TENANCY",
        "FIRE",
    }


def test_a_missing_file_is_named(world: World, tmp_path: Path) -> None:
    with pytest.raises(rules.RunCardsBroken, match=r"runcards\.yaml"):
        actions.load_run_cards(jurisdiction=JURISDICTION, folder=tmp_path)
