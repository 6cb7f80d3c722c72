"""A procedure table that could leave a matter stuck, unowned or uncited is refused at start."""

from typing import Any

import pytest
import yaml

from anlan.kernel.actor import Role
from anlan.kernel.procedure import (
    MoveIncomplete,
    MoveNotAllowed,
    MoveNotYours,
    ProcedureBroken,
    load,
    parse,
)

DESK = frozenset({Role.TOWN_DESK})


def table() -> dict[str, Any]:
    """Give a small sound table; each test breaks one thing of it."""
    return {
        "code": "LEAVE",
        "version": 1,
        "initial": "ASKED",
        "deadlines": {"ANSWER": {"zh": "答复", "en": "Answer", "source": "domain page §4"}},
        "states": {
            "ASKED": {"zh": "已申请", "en": "Asked", "deadline": "ANSWER"},
            "GRANTED": {"zh": "已同意", "en": "Granted", "no_deadline": "Nothing is owed."},
            "ENDED": {"zh": "已结束", "en": "Ended", "final": True},
        },
        "moves": {
            "grant": {
                "zh": "同意", "en": "Grant", "from": ["ASKED"], "to": "GRANTED",
                "roles": ["TOWN_DESK"], "needs": ["note", "unit"],
            },
            "remark": {"zh": "备注", "en": "Remark", "from": ["ASKED"], "roles": ["TOWN_DESK"]},
            "lapse": {
                "zh": "失效", "en": "Lapse", "from": ["ASKED"], "to": "ENDED", "automatic": True,
            },
            "end": {
                "zh": "结束", "en": "End", "from": "OPEN", "to": "ENDED",
                "roles": ["DUTY_LEADER"], "offline": True,
            },
        },
    }  # fmt: skip


def read(raw: dict[str, Any]) -> Any:
    return parse(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False))


def test_a_sound_table_is_read_whole() -> None:
    found = read(table())
    assert (found.code, found.version, found.initial) == ("LEAVE", 1, "ASKED")
    assert found.moves["end"].sources == {"ASKED", "GRANTED"}
    assert found.moves["remark"].to is None
    assert [move.code for move in found.moves_from("ASKED")] == ["grant", "remark", "end"]
    assert found.moves_from("ENDED") == []


def change(path: str, value: Any) -> Any:
    """Make a function that sets (or, for None, drops) one entry of the table."""

    def apply(raw: dict[str, Any]) -> None:
        *parents, last = path.split("/")
        for name in parents:
            raw = raw[name]
        if value is None:
            del raw[last]
        else:
            raw[last] = value

    return apply


LOST = {"zh": "丢失", "en": "Lost", "deadline": "ANSWER"}
BROKEN = {
    "starts nowhere": (change("initial", "NOWHERE"), "starts in an unknown state NOWHERE"),
    "state nothing leads to": (change("states/LOST", LOST), "no move leads to LOST"),
    "move from an unknown state": (
        change("moves/grant/from", ["ASKED", "LIMBO"]), "grant names an unknown state LIMBO",
    ),
    "move to an unknown state": (
        change("moves/grant/to", "LIMBO"), "grant names an unknown state LIMBO",
    ),
    "move out of a final state": (
        change("moves/remark/from", ["ENDED"]), "remark leaves a final state",
    ),
    "move for nobody": (change("moves/remark/roles", None), "either automatic or for some roles"),
    "automatic move for somebody": (
        change("moves/lapse/roles", ["TOWN_DESK"]), "either automatic or for some roles",
    ),
    "unknown role": (change("moves/grant/roles", ["EMPEROR"]), "EMPEROR"),
    "no deadline and no reason": (
        change("states/GRANTED/no_deadline", None), "GRANTED has no deadline and does not say why",
    ),
    "unknown deadline": (
        change("states/ASKED/deadline", "SOON"), "ASKED names an unknown deadline SOON",
    ),
    "no way out offline": (change("moves/end/offline", None), "has no offline exit"),
    "deadline without source": (
        change("deadlines/ANSWER/source", None), "ANSWER does not cite its source",
    ),
    "legal deadline without article": (
        change("deadlines/ANSWER", {"zh": "答", "en": "A", "law": True, "source": "some statute"}),
        "ANSWER does not cite its source",
    ),
    "no label": (change("states/ASKED/zh", None), "KeyError('zh')"),
    "version that is no number": (change("version", "first"), "ValueError"),
    "states missing": (change("states", None), "KeyError('states')"),
    "states that are no table": (change("states", ["ASKED"]), "AttributeError"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_table_is_refused_with_its_reason(name: str) -> None:
    apply, reason = BROKEN[name]
    raw = table()
    apply(raw)
    with pytest.raises(ProcedureBroken) as refused:
        read(raw)
    assert refused.value.data["procedure"] == "LEAVE"
    assert reason in refused.value.message


@pytest.mark.parametrize("text", ["", "[]", "just words", "code: [unclosed"])
def test_what_is_no_table_at_all_is_refused(text: str) -> None:
    with pytest.raises(ProcedureBroken):
        parse(text)


def test_a_legal_deadline_with_its_article_stands() -> None:
    raw = table()
    raw["deadlines"]["ANSWER"] |= {"law": True, "source": "信访工作条例 art. 23"}
    assert read(raw).deadlines["ANSWER"].is_law


def test_refusals_come_in_order_state_role_fields() -> None:
    found = read(table())
    with pytest.raises(MoveNotAllowed) as state:
        found.check("GRANTED", "grant", roles=())
    assert state.value.data == {"move": "grant", "state": "Granted"}
    with pytest.raises(MoveNotAllowed):
        found.check("ASKED", "no such move", roles=DESK)
    with pytest.raises(MoveNotYours) as role:
        found.check("ASKED", "grant", roles={Role.GRID_WORKER})
    assert role.value.data["roles"] == "TOWN_DESK"
    with pytest.raises(MoveIncomplete) as missing:
        found.check("ASKED", "grant", roles=DESK, given={"note"})
    assert missing.value.data["missing"] == "unit"
    assert found.check("ASKED", "grant", roles=DESK, given={"note", "unit"}).to == "GRANTED"
    assert found.check("ASKED", "lapse", roles=()).is_automatic


def test_the_drawing_shows_every_state_and_move_once_a_source() -> None:
    drawing = read(table()).to_mermaid().splitlines()
    assert drawing[0] == "stateDiagram-v2"
    assert "    [*] --> ASKED" in drawing
    assert "    ASKED --> ASKED: remark" in drawing
    assert "    GRANTED --> ENDED: end" in drawing
    assert "    ENDED --> [*]" in drawing
    assert len(drawing) == len(set(drawing)) == 2 + 3 + 5 + 1


def test_the_product_s_own_tables_load_by_version() -> None:
    assert load("anlan.cases", "case", 1).code == "CASE"
    assert load("anlan.dispatch", "dispatch", 1).code == "DISPATCH"
    with pytest.raises(FileNotFoundError):
        load("anlan.cases", "case", 99)
