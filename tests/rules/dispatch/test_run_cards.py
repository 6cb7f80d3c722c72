"""Which run card a case gets, and what the shipped cards say."""

from __future__ import annotations

from importlib.resources import files
from itertools import permutations
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from anlan.cases.rules import Level, MatterClass, MatterInfo
from anlan.dispatch.rules import Need, RunCard, choose_card, needs_for
from anlan.kernel.actor import Role

ONE = (Need(Role.GRID_WORKER, 1),)


def matter(**given: Any) -> MatterInfo:
    fields: dict[str, Any] = {
        "id": 1, "jurisdiction": "X", "code": "TENANCY", "matter_class": "DISPUTE",
        "family": "HOME", "name": "", "name_en": "", "keywords": (), "department": "MEDIATION",
        "level": "ORDINARY",
    }  # fmt: skip
    return MatterInfo(**(fields | given))


LADDER = [
    RunCard("ANY", ONE),
    RunCard("LEVEL", ONE, level="ORDINARY"),
    RunCard("CLASS", ONE, matter_class="DISPUTE"),
    RunCard("CLASS_LEVEL", ONE, matter_class="DISPUTE", level="ORDINARY"),
    RunCard("FAMILY", ONE, family="HOME"),
    RunCard("MATTER", ONE, matter="TENANCY"),
    RunCard("MATTER_LEVEL", ONE, matter="TENANCY", level="ORDINARY"),
    RunCard("CHANNEL", ONE, channel="POLICE_110"),
]


@pytest.mark.parametrize("length", range(1, len(LADDER) + 1))
def test_the_more_specific_card_holds(length: int) -> None:
    chosen = choose_card(LADDER[:length], matter=matter(), level="ORDINARY", channel="POLICE_110")
    assert chosen.code == LADDER[length - 1].code


@pytest.mark.parametrize(
    ("level", "channel", "other", "code"),
    [
        ("URGENT", "WEB", {}, "MATTER"),
        ("ORDINARY", "WEB", {}, "MATTER_LEVEL"),
        ("URGENT", "WEB", {"code": "RENT"}, "FAMILY"),
        ("URGENT", "WEB", {"code": "RENT", "family": ""}, "CLASS"),
        ("URGENT", "WEB", {"code": "R", "family": "", "matter_class": "OTHER"}, "ANY"),
    ],
)
def test_a_card_for_something_else_does_not_fit(
    level: str, channel: str, other: dict[str, str], code: str
) -> None:
    assert choose_card(LADDER, matter=matter(**other), level=level, channel=channel).code == code


def test_the_order_of_the_file_does_not_matter() -> None:
    for cards in permutations(LADDER[:5]):
        assert choose_card(cards, matter=matter(), level="URGENT", channel="WEB").code == "FAMILY"


def test_the_matters_department_is_put_in_and_the_grid_team_sends_workers() -> None:
    card = RunCard("X", (Need(Role.DEPARTMENT, 2, "MATTER"), Need(Role.GRID_WORKER, 1)))
    assert needs_for(card, matter()) == (
        Need(Role.DEPARTMENT, 2, "MEDIATION"), Need(Role.GRID_WORKER, 1),
    )  # fmt: skip
    assert needs_for(card, matter(department="GRID")) == (Need(Role.GRID_WORKER, 2),)


@given(
    level=st.sampled_from(list(Level)), matter_class=st.sampled_from(list(MatterClass)),
    department=st.sampled_from(["GRID", "FIRE"]), chosen=st.sets(st.sampled_from(LADDER)),
)  # fmt: skip
def test_every_case_has_a_card_that_asks_for_somebody(
    level: Level, matter_class: MatterClass, department: str, chosen: set[RunCard]
) -> None:
    what = matter(matter_class=matter_class, department=department)
    card = choose_card(chosen, matter=what, level=level, channel="WEB")
    needs = needs_for(card, what)
    assert needs
    assert all(need.count > 0 and need.department != "MATTER" for need in needs)
    assert len({(need.role, need.department) for need in needs}) == len(needs)


def test_shipped_cards_say_where_they_come_from() -> None:
    folder = files("anlan") / "jurisdictions" / "cn-zhejiang"
    file = yaml.safe_load((folder / "runcards.yaml").read_text("utf-8"))
    for card in file["cards"]:
        source = card.get("source", file["source"])
        assert card.get("confidence", file["confidence"]) < 0.9
        assert "默认值(待核)" in source
