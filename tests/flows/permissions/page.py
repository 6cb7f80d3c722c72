"""The page of the matrix: docs/reference/permissions.md, written from the same data as the tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from anlan.kernel.permits import PERMIT_LABELS, Permit, find_permit
from tests.flows.permissions.declared import list_missing
from tests.flows.permissions.matrix import (
    CHANNELS,
    PLACES,
    REPORTING_CLIENT,
    WATCHING_CLIENT,
    Cell,
    Door,
    Who,
    expect,
    get_rules,
    list_doors,
    list_everybody,
)
from tests.house.test_permits import list_actions

MARKS = {
    Cell.OPEN: "✓",
    Cell.LISTED: "✓",
    Cell.EMPTY: "∅",
    Cell.HIDDEN: "–",
    Cell.ROLE: "r",
    Cell.SEAT: "s",
    Cell.CHANNEL: "c",
    Cell.SIGN_IN: "a",
}
NAMES = {
    "GRID_WORKER": "grid worker", "GRID_LEAD": "grid lead", "VILLAGE_CADRE": "village cadre",
    "TOWN_DESK": "town desk", "COUNTY_CENTRE": "county centre", "DEPARTMENT": "department",
    "MEDIATOR": "mediator", "ENFORCEMENT_OFFICER": "enforcement officer",
    "DUTY_LEADER": "duty leader", "PRINCIPAL": "principal", "VOLUNTEER": "volunteer",
    "ENTERPRISE_SAFETY_OFFICER": "enterprise safety officer", "RESIDENT": "resident",
    "sent": "who was sent", "sender": "system that reported", "nobody": "nobody",
    **{f"{c}:{REPORTING_CLIENT}": f"system {c}, reports" for c in CHANNELS},
    **{f"{c}:{WATCHING_CLIENT}": f"system {c}, with a desk's seat" for c in CHANNELS},
}  # fmt: skip

HEAD = """# Permissions

Made by `python -m tests.flows.permissions > docs/reference/permissions.md` from `tests/flows/permissions/doors.yaml` and `rules.yaml`, and
tried: `test_cells_api.py` and `test_cells_web.py` send the request of **every** cell to the product and compare its answer.
Why it is built like this, and how to add an address or an action: [permissions](../explanation/permissions.md).

{cells} cells: {doors} doors (a method of an address; each move of the case is one) × {everybody} who knock. {undeclared} undeclared.

Who knocks: every role at four seats, partner systems of every channel (one that only reports, one with a town desk's seat at the four
seats), somebody who was sent although his seat lies elsewhere, the system that sent the report, and nobody. The four seats are
inside both the matter's place and its departments; inside the place, in another department; outside the place, in its departments;
outside both. Where the four answers differ they stand in this order.

| mark | answer |
|---|---|
| ✓ | open; of a list: the matter stands in it |
| ∅ | a list without the matter |
| – | as if it did not exist (404) |
| r | it is seen, but this is for other roles (403) |
| s | this door is for other roles (403) |
| c | this door is for systems of another channel (403) |
| a | sign in first (401, or sent to the sign-in page) |
"""


def as_markdown() -> str:
    """Write the page."""
    doors, everybody = list_doors(), list_everybody()
    undeclared = len(list_missing()) + sum(
        find_permit(action) is None for action in list_actions().values()
    )
    text = HEAD.format(
        cells=len(doors) * len(everybody), doors=len(doors), everybody=len(everybody),
        undeclared=undeclared,
    )  # fmt: skip
    columns: dict[str, list[Who]] = {}
    for who in everybody:
        columns.setdefault(who.column, []).append(who)
    moves = [door for door in doors if door.about == "move" and door.is_of_api]
    free = [door for door in doors if {expect(door, who) for who in everybody} == {Cell.OPEN}]
    kept = [door for door in doors if door not in moves and door not in free]
    return "\n".join(
        [
            text,
            "## Open to everybody",
            "",
            "✓ for every one who knocks. Behind an address with a tracking code stands what the code proves.",
            "",
            *(f"- `{door.key}`" for door in free),
            "",
            "## Doors",
            "",
            *_table(kept, columns, lambda door: f"`{door.key}`"),
            "",
            "## Moves of a case",
            "",
            "At `POST api/v1/cases/{case_id}/moves`; the pages take the same moves by the same action.",
            "",
            *_table(moves, columns, lambda door: f"`{door.move}`"),
            "",
            "## What stands behind a door",
            "",
            "| about | |",
            "|---|---|",
            *(f"| {name} | {rule['says']} |" for name, rule in get_rules()["about"].items()),
            "",
            "## Actions",
            "",
            "Every write is an action, and every action declares whom it lets in (`anlan.kernel.permits`).",
            "",
            *_actions(),
            "",
        ]
    )


def _table(
    doors: Sequence[Door], columns: Mapping[str, Sequence[Who]], name: Callable[[Door], str]
) -> list[str]:
    """Draw doors × columns; columns that answer alike at every door are drawn once."""
    answers = {
        column: tuple(_cell([expect(door, who) for who in whos]) for door in doors)
        for column, whos in columns.items()
    }
    alike: dict[tuple[str, ...], list[str]] = {}
    for column, cells in answers.items():
        alike.setdefault(cells, []).append(NAMES[column])
    heads = [", ".join(names) for names in alike.values()]
    rows = [
        f"| {name(door)} | {_asks(door)} | " + " | ".join(cells[number] for cells in alike) + " |"
        for number, door in enumerate(doors)
    ]
    return [f"| | asks | {' | '.join(heads)} |", "|---|---|" + "---|" * len(heads), *rows]


def _asks(door: Door) -> str:
    return f"{door.policy}; {door.about}"


def _cell(found: Sequence[Cell]) -> str:
    marks = [MARKS[each] for each in found]
    assert len(marks) in (1, len(PLACES))
    return marks[0] if len(set(marks)) == 1 else " ".join(marks)


def _actions() -> list[str]:
    by_permit: dict[Permit, list[str]] = {}
    for name, action in list_actions().items():
        permit = find_permit(action)
        if permit is not None:
            room, short = name.split(".")[1], name.rpartition(".")[2]
            by_permit.setdefault(permit, []).append(f"`{room}.{short}`")
    return [
        "| permit | lets in | actions |",
        "|---|---|---|",
        *(
            f"| {permit} | {PERMIT_LABELS[permit]} | {', '.join(sorted(by_permit[permit]))} |"
            for permit in Permit
            if permit in by_permit
        ),
    ]
