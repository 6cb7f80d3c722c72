"""The three things of a report that need the reader: each with an owner and a day.

Four kinds are looked for: a red light, cases of a unit that are late, something unusual that nobody has decided, figures that are owed. The most
pressing of each kind comes first, then the others, so that three of one kind never hide the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from anlan.indicators.rules.register import Side
from anlan.reports.rules.content import Decision, Line, Name

SHOWN = 3
KINDS = ("LIGHT", "LATE", "FINDING", "RETURN")


@dataclass(frozen=True, slots=True)
class LateUnit:
    """Cases of a unit past their term. oldest: local date on which the oldest was due."""

    unit: Name
    count: int
    oldest: date


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """Something unusual that waits to be decided."""

    id: str
    matter: Name
    place: Name
    observed: int
    due: date
    owner: Name | None


def choose(
    *, lines: Sequence[Line], late: Iterable[LateUnit], findings: Iterable[OpenFinding],
    owners: Mapping[str, Name], usual_owner: Name | None, today: date, decide_days: int,
) -> list[Decision]:  # fmt: skip
    """Choose up to three decisions. owners: units of the place by department; usual_owner: its desk."""
    usual_due = str(today + timedelta(days=decide_days))

    def owner(department: str) -> tuple[str, str]:
        name = owners.get(department) or usual_owner
        return (name.zh, name.en) if name else ("", "")

    by_kind: dict[str, list[Decision]] = {kind: [] for kind in KINDS}
    for line in sorted((one for one in lines if one.is_red), key=_badness):
        zh, en = owner(line.department)
        by_kind["LIGHT"].append(
            Decision("LIGHT", line.code, line.zh, line.en, owner_zh=zh, owner_en=en, due=usual_due)
        )
    for one in sorted(late, key=lambda one: (-one.count, one.oldest)):
        by_kind["LATE"].append(
            Decision("LATE", count=one.count, days=(today - one.oldest).days, owner_zh=one.unit.zh, owner_en=one.unit.en, due=usual_due)
        )  # fmt: skip
    for found in sorted(findings, key=lambda found: (found.due, -found.observed)):
        name = found.owner or usual_owner
        by_kind["FINDING"].append(
            Decision(
                "FINDING", found.matter.code, f"{found.place.zh} · {found.matter.zh}",
                f"{found.place.en} · {found.matter.en}", count=found.observed, owner_zh=name.zh if name else "",
                owner_en=name.en if name else "", due=str(found.due), finding=found.id,
            )
        )  # fmt: skip
    missing: dict[str, list[Line]] = {}
    for line in lines:
        if line.side == Side.ECONOMY and line.lack == "NOT_RETURNED":
            missing.setdefault(line.department, []).append(line)
    for department, owed in sorted(missing.items(), key=lambda item: -len(item[1])):
        zh, en = owner(department)
        by_kind["RETURN"].append(
            Decision("RETURN", owed[0].code, "、".join(line.zh for line in owed), ", ".join(line.en for line in owed),
                     count=len(owed), owner_zh=zh, owner_en=en, due=usual_due)
        )  # fmt: skip
    chosen: list[Decision] = []
    for turn in range(SHOWN):
        chosen += [by_kind[kind][turn] for kind in KINDS if turn < len(by_kind[kind])]
    return chosen[:SHOWN]


def _badness(line: Line) -> tuple[int, float]:
    """Safety first, then how far it lies from its peers' centre."""
    away = (
        abs((line.value or 0) - line.centre) / (abs(line.centre) or 1)
        if line.centre is not None
        else 0.0
    )
    return (line.side != Side.SAFETY, -away)
