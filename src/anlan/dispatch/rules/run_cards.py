"""Run cards: which roles a case needs, how many of each, and how soon; most specific card first.

A card is data (`runcards.yaml` of a jurisdiction). It may name a channel, a class, family or matter,
and a level; what it leaves empty it does not ask. Of the cards that fit a case, one that names its
channel goes before one that does not, then matter before family before class before none, then
one that names the level. Two cards may not ask for the same things, so that there is one answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from anlan.cases.rules import MatterInfo
from anlan.kernel.actor import Role
from anlan.kernel.errors import Invalid
from anlan.places.rules import GRID_TEAM

MATTERS_DEPARTMENT = "MATTER"
"""Stands on a card for the department that the case's matter belongs to."""

MINUTES_PER_KM = 4.0
"""P, our own default: a way 1.4 times the straight line at 21 km/h. A card may say otherwise."""

COUNT_LIMIT, MINUTES_LIMIT = 50, 7 * 24 * 60


class RunCardsBroken(Invalid):
    """{file}, card {card}: {problem}"""


@dataclass(frozen=True, slots=True)
class Need:
    """So many people of a role. Empty minutes: the terms of the case's level count instead.

    department: whom they must stand for; empty: anybody of the role.
    """

    role: Role
    count: int
    department: str = ""
    ack_minutes: int | None = None
    arrive_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class RunCard:
    """Who is to come, and whether the first who signs is enough."""

    code: str
    needs: tuple[Need, ...]
    channel: str = ""
    matter_class: str = ""
    family: str = ""
    matter: str = ""
    level: str = ""
    one_is_enough: bool = False
    minutes_per_km: float = MINUTES_PER_KM
    source: str = ""
    confidence: float = 0.0

    def fits(self, *, matter: MatterInfo, level: str, channel: str) -> bool:
        """Tell whether a card is meant for such a case."""
        asked = (
            (self.channel, channel), (self.matter_class, matter.matter_class),
            (self.family, matter.family), (self.matter, matter.code), (self.level, level),
        )  # fmt: skip
        return all(not wanted or wanted == found for wanted, found in asked)

    @property
    def rank(self) -> tuple[bool, bool, bool, bool, bool]:
        """Tell how specific a card is; the highest goes first."""
        return (
            bool(self.channel), bool(self.matter), bool(self.family), bool(self.matter_class),
            bool(self.level),
        )  # fmt: skip


def choose_card(
    cards: Iterable[RunCard], *, matter: MatterInfo, level: str, channel: str
) -> RunCard:
    """Choose the most specific card of a case; without any, one of the matter's own department.

    >>> heating = MatterInfo(1, "CN", "NO_HEAT", "SERVICE", "HEAT", "", "", (), "GRID", "ORDINARY")
    >>> anybody = RunCard("ANY", (Need(Role.GRID_WORKER, 1),))
    >>> service = RunCard("SERVICE", (Need(Role.VILLAGE_CADRE, 1),), matter_class="SERVICE")
    >>> choose_card([anybody, service], matter=heating, level="ORDINARY", channel="WEB").code
    'SERVICE'
    >>> plain = choose_card([], matter=heating, level="ORDINARY", channel="WEB")
    >>> [(need.role.value, need.count) for need in needs_for(plain, heating)]
    [('GRID_WORKER', 1)]
    """
    fitting = [c for c in cards if c.fits(matter=matter, level=level, channel=channel)]
    return max(fitting, key=lambda card: card.rank, default=_plain_card(matter))


def _plain_card(matter: MatterInfo) -> RunCard:
    """Ask for one person of whoever handles the matter; P, our own default."""
    need = Need(Role.DEPARTMENT, 1, MATTERS_DEPARTMENT)
    return RunCard("", (need,), source="默认值(待核)", confidence=0.3)


TRANSFER_CARD = RunCard(
    "",
    (Need(Role.GRID_WORKER, 1), Need(Role.VILLAGE_CADRE, 1)),
    source="默认值(待核)",
    confidence=0.3,
)
"""Who is sent at once when 110 hands a matter over and no card speaks of it (domain page, scene 2)."""


def needs_for(card: RunCard, matter: MatterInfo) -> tuple[Need, ...]:
    """Give a card's needs for a matter: its department in place of MATTER, each role named once.

    The grid team has no clerks: whoever of it handles a matter is a grid worker.
    """
    found: dict[tuple[Role, str], Need] = {}
    for need in card.needs:
        if need.department == MATTERS_DEPARTMENT:
            need = replace(need, department=matter.department)
        if need.department == GRID_TEAM:
            role = Role.GRID_WORKER if need.role is Role.DEPARTMENT else need.role
            need = replace(need, role=role, department="")
        before = found.get((need.role, need.department))
        if before is None or before.count < need.count:
            found[need.role, need.department] = need
    return tuple(found.values())
