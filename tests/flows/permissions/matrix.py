"""The matrix of permissions: every door × everybody who may knock, and the answer that is due.

`doors.yaml` says what each door asks and is about, `rules.yaml` who sees what behind it; the moves come
from the procedure's own table. Nothing here calls the code that is tried: `test_cells_*.py` send the
requests and compare. `python -m tests.flows.permissions` writes the page and counts the cells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
PROCEDURE = FOLDER.parents[2] / "src/anlan/cases/procedures/case-1.yaml"
CHANNELS = ("API", "OPEN311", "POLICE_110")
WATCHING_CLIENT = "TOWN_DESK"
REPORTING_CLIENT = "RESIDENT"


class Cell(StrEnum):
    """What a door answers."""

    OPEN = "open"
    LISTED = "listed"
    EMPTY = "empty"
    HIDDEN = "hidden"
    ROLE = "role"
    SEAT = "seat"
    CHANNEL = "channel"
    SIGN_IN = "sign in"


@dataclass(frozen=True)
class Door:
    """A method of an address; `move` tells apart the moves that one address takes."""

    key: str
    policy: str
    about: str
    data: dict[str, Any] = field(hash=False, compare=False)
    move: str = ""

    @property
    def method(self) -> str:
        return self.key.partition(" ")[0]

    @property
    def address(self) -> str:
        return self.key.partition(" ")[2].removeprefix("/")

    @property
    def id(self) -> str:
        return f"{self.key} {self.move}".strip()

    @property
    def is_of_api(self) -> bool:
        return self.address.startswith(("api/", "open311/"))


@dataclass(frozen=True)
class Who:
    """Somebody who knocks: a person by his seat, a partner system by its channel too, or nobody."""

    role: str = ""
    in_place: bool = False
    in_department: bool = False
    channel: str = ""
    is_sent: bool = False
    is_sender: bool = False

    @property
    def key(self) -> str:
        if not self.role:
            return "anonymous"
        kind = f"{self.channel.lower()}-" if self.channel else ""
        tie = "-sent" if self.is_sent else "-sender" if self.is_sender else ""
        where = f"{'in' if self.in_place else 'out'}-{'in' if self.in_department else 'out'}"
        return f"{kind}{self.role.lower()}-{where}{tie}"

    @property
    def column(self) -> str:
        """Name the column of the page that this one stands in, with its other places."""
        if not self.role:
            return "nobody"
        if self.is_sent or self.is_sender:
            return "sent" if self.is_sent else "sender"
        return f"{self.channel}:{self.role}" if self.channel else self.role


PLACES = ((True, True), (True, False), (False, True), (False, False))


@cache
def get_rules() -> dict[str, Any]:
    return dict(yaml.safe_load((FOLDER / "rules.yaml").read_text(encoding="utf-8")))


@cache
def get_moves() -> dict[str, dict[str, Any]]:
    """Give the moves that a person chooses, as the table of the procedure has them."""
    table = yaml.safe_load(PROCEDURE.read_text(encoding="utf-8"))
    return {code: move for code, move in table["moves"].items() if not move.get("automatic")}


@cache
def list_lines() -> dict[str, dict[str, Any]]:
    """Give the lines of doors.yaml by "METHOD address"."""
    return dict(yaml.safe_load((FOLDER / "doors.yaml").read_text(encoding="utf-8")))


@cache
def list_doors() -> tuple[Door, ...]:
    found = []
    for key, line in list_lines().items():
        about, _, move = str(line["about"]).partition(" ")
        each_move = list(get_moves()) if about == "moves" else [move]
        about = "move" if about == "moves" else about
        found += [Door(key, line["policy"], about, line, move) for move in each_move]
    return tuple(found)


@cache
def list_everybody() -> tuple[Who, ...]:
    roles = [*get_rules()["watching"], "VOLUNTEER", "ENTERPRISE_SAFETY_OFFICER", "RESIDENT"]
    persons = [Who(role, *place) for role in roles for place in PLACES]
    clients = []
    for channel in CHANNELS:
        clients.append(Who(REPORTING_CLIENT, True, True, channel))
        clients += [Who(WATCHING_CLIENT, *place, channel) for place in PLACES]
    sent = Who("GRID_WORKER", False, True, is_sent=True)
    sender = Who(REPORTING_CLIENT, True, True, "API", is_sender=True)
    return (*persons, *clients, sent, sender, Who())


def expect(door: Door, who: Who) -> Cell:
    """Tell the answer that is due, from the declarations and the rules alone."""
    kind, _, channel = door.policy.partition(" ")
    # A partner system's token opens the API only, a person's cookie everything.
    is_known = bool(who.role) and (door.is_of_api or not who.channel)
    if kind != "public" and not is_known:
        return Cell.SIGN_IN
    if kind == "seated" and who.role not in (channel.split() or get_rules()["watching"]):
        return Cell.SEAT
    if kind == "token":
        if not who.channel:
            return Cell.SIGN_IN
        if who.channel != channel:
            return Cell.CHANNEL
    return _behind(door, who)


def _behind(door: Door, who: Who) -> Cell:
    rule = get_rules()["about"][door.about]
    if who.channel and "clients" in rule:
        return Cell(rule["clients"])
    if "all" in rule:
        return Cell(rule["all"])
    is_seen = who.role in get_rules()["watching"] and who.in_place and who.in_department
    if who.is_sender and "sender" in rule:
        return Cell(rule["sender"])
    if not is_seen and not who.is_sent:
        return Cell(rule["unseen"])
    if door.about == "move" and who.role in get_moves()[door.move]["roles"]:
        return Cell.OPEN
    if who.is_sent:
        return Cell(rule["sent"])
    if who.role in rule.get("allowed", ()):
        return Cell.OPEN
    if who.role in rule.get("refused", ()) or who.role in rule.get("knowing", ()):
        return Cell.ROLE
    return Cell(rule["seen"])


def plain(address: str) -> str:
    """Write an address of the URLconf as in doors.yaml: converters and patterns become {names}.

    >>> plain("api/v1/cases/<uuidstr:case_id>"), plain(r"open311/v2/^tokens/(?P<code>[^/]{1,9}?)\\.(?P<form>json|xml)$")
    ('api/v1/cases/{case_id}', 'open311/v2/tokens/{code}.{form}')
    """
    text = re.sub(r"\(\?P<(\w+)>.*?\)", r"{\1}", address)
    text = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", text)
    return text.replace("^", "").replace("$", "").replace("\\", "") or "/"
