"""Loading the catalogue again: entries change in place, those left out stay for old cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from anlan.cases import actions, queries
from anlan.cases.actions.catalogue import CatalogueBroken
from anlan.cases.models import DeadlineProfile, Matter
from anlan.cases.rules import Given, MatterUnknown
from anlan.triage.queries import get_trained
from tests.make import FOLDER, JURISDICTION, NOW, World, forget_memory


def change(folder: Path, apply: Any) -> Path:
    """Write the small world's catalogue with something changed."""
    file = yaml.safe_load((FOLDER / "matters.yaml").read_text(encoding="utf-8"))
    apply(file["matters"])
    text = yaml.safe_dump(file, allow_unicode=True)
    (folder / "matters.yaml").write_text(text, encoding="utf-8")
    return folder


def load(folder: Path) -> int:
    count = actions.load_catalogue(
        jurisdiction=JURISDICTION, folder=folder, at_date=NOW.date()
    )  # fmt: skip
    forget_memory()
    return count


def test_a_matter_left_out_stays_for_its_cases_and_is_offered_no_more(
    world: World, tmp_path: Path
) -> None:
    taken = world.take()
    lamp = Matter.objects.get(code="STREET_LAMP")

    def apply(matters: list[dict[str, Any]]) -> None:
        matters[:] = [m for m in matters if m["code"] != "STREET_LAMP"]
        matters[0]["name_en"] = "Broken road"

    assert load(change(tmp_path, apply)) == 6
    lamp.refresh_from_db()
    assert not lamp.is_active
    catalogue = queries.get_catalogue()
    assert catalogue.matter(JURISDICTION, "ROAD_DAMAGE").name_en == "Broken road"
    with pytest.raises(MatterUnknown):
        catalogue.matter(JURISDICTION, "STREET_LAMP")
    assert "STREET_LAMP" not in {m.code for m in get_trained(JURISDICTION).matters}
    assert world.take().matter_id != lamp.id

    # The old case lives on: it can be accepted, and given a matter that is still offered.
    case = queries.access_case(actor=world.actor("desk"), case_id=taken.case_id)
    assert case.matter_id == lamp.id
    actions.move_case(
        actor=world.actor("desk"), case_id=case.id, move="reclassify",
        given=Given(matter="ROAD_DAMAGE"), at=NOW,
    )  # fmt: skip

    assert load(FOLDER) == 7
    lamp.refresh_from_db()
    assert lamp.is_active


def test_loading_twice_changes_nothing_but_the_number(world: World) -> None:
    before = list(Matter.objects.order_by("id").values())
    profiles = list(DeadlineProfile.objects.order_by("id").values())
    number = queries.get_catalogue().number
    load(FOLDER)
    assert list(Matter.objects.order_by("id").values()) == before
    assert list(DeadlineProfile.objects.order_by("id").values()) == profiles
    assert queries.get_catalogue().number != number


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [("class", "WEATHER", "WEATHER"), ("level", "SOON", "SOON"), ("name", None, "name")],
)
def test_a_broken_entry_is_named_and_nothing_is_changed(
    world: World, tmp_path: Path, field: str, value: Any, problem: str
) -> None:
    def apply(matters: list[dict[str, Any]]) -> None:
        if value is None:
            del matters[2][field]
        else:
            matters[2][field] = value

    before = list(Matter.objects.order_by("id").values())
    with pytest.raises(CatalogueBroken) as refused:
        load(change(tmp_path, apply))
    assert refused.value.data["entry"] == "GARBAGE"
    assert problem in refused.value.data["problem"]
    assert list(Matter.objects.order_by("id").values()) == before


def test_a_later_profile_takes_the_place_of_an_earlier_one(world: World, tmp_path: Path) -> None:
    change(tmp_path, lambda matters: None)
    terms = {
        level: {
            "accept": [1, "HOUR"], "update": [1, "HOUR"], "close": [2, "HOUR"],
            "extension": [1, "HOUR"], "extensions_limit": 2, "pause": [4, "HOUR"], "source": "county notice 7", "confidence": 1.0,
            "valid_from": NOW.date(),
        }
        for level in ("URGENT", "ORDINARY", "COMPLEX")
    }  # fmt: skip
    (tmp_path / "deadlines.yaml").write_text(yaml.safe_dump(terms), encoding="utf-8")
    load(tmp_path)
    catalogue = queries.get_catalogue()
    profile = catalogue.profile(catalogue.matter(JURISDICTION, "STREET_LAMP"))
    assert (profile.ack.amount, profile.ack.unit, profile.extensions_limit) == (1, "HOUR", 2)
    assert DeadlineProfile.objects.filter(code="ORDINARY").count() == 2
