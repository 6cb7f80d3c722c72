"""Which teams a plan looks at when more are on duty than it can take: in turn, one for each skill."""

from __future__ import annotations

from collections.abc import Sequence

from anlan.dispatch.rules.storm.model import Team


def choose_teams(teams: Sequence[Team], limit: int) -> list[int]:
    """Give the numbers of the teams that a plan looks at, in their order.

    Skills take turns, and each takes whoever is free first, so that no role crowds out another that stands
    further down; who has no skill that is asked for comes last.
    """
    if len(teams) <= limit:
        return list(range(len(teams)))
    waiting: dict[str, list[int]] = {}
    for number in sorted(range(len(teams)), key=lambda n: (teams[n].free_minutes, n)):
        for skill in teams[number].skills or ("",):
            waiting.setdefault(skill, []).append(number)
    rest = waiting.pop("", [])
    lines = [waiting[skill] for skill in sorted(waiting)]
    chosen: dict[int, None] = {}
    place = 0
    while len(chosen) < limit and any(place < len(line) for line in lines):
        for line in lines:
            if place < len(line) and len(chosen) < limit:
                chosen[line[place]] = None
        place += 1
    for number in rest[: limit - len(chosen)]:
        chosen[number] = None
    return sorted(chosen)
