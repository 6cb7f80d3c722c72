"""The recommendation in words: who is proposed and why, and why everybody else is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext, ngettext

from anlan.dispatch import rules
from anlan.kernel.actor import ROLE_LABELS
from anlan.places.queries import get_gazetteer
from anlan.web.staff import words

if TYPE_CHECKING:
    from anlan.dispatch.queries import Recommendation

SURE_FROM = 0.9
KILOMETRE = 1000


@dataclass(frozen=True, slots=True)
class Person:
    """One candidate: `why` is told as a list of short reasons."""

    duty_id: int
    name: str
    place: str
    why: list[str]


@dataclass(frozen=True, slots=True)
class Line:
    """One need of the card. `shortfall` is empty when nobody is missing."""

    role: str
    wanted: str
    chosen: list[Person]
    shortfall: str
    passed: list[Person]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The whole recommendation. `is_default`: the card is our own default, to be checked."""

    card: str
    source: str
    is_default: bool
    lines: list[Line]
    duty_ids: list[int]


def show_proposal(found: Recommendation, *, place_id: int, at: datetime) -> Proposal:
    """Put a recommendation into words. place_id: the case's place."""
    pace, zone = found.card.minutes_per_km, get_gazetteer().time_zone(place_id)
    return Proposal(
        card=found.card.code,
        source=found.card.source,
        is_default=found.card.confidence < SURE_FROM,
        lines=[_line(p, place_id=place_id, pace=pace, zone=zone, at=at) for p in found.proposals],
        duty_ids=found.duty_ids,
    )


def _line(proposal: rules.Proposal, *, place_id: int, pace: float, zone: str, at: datetime) -> Line:
    need = proposal.need
    role = words.from_pair(ROLE_LABELS[need.role])
    department = _department(place_id, need.department)
    return Line(
        role=f"{role} · {department}" if department else role,
        wanted=_wanted(proposal),
        chosen=[
            Person(c.duty_id, c.name, _place(c), tell_why(c, pace=pace, zone=zone, at=at))
            for c in proposal.chosen
        ],
        shortfall=_shortfall(proposal),
        passed=[
            Person(
                p.candidate.duty_id, p.candidate.name, _place(p.candidate),
                [tell_obstacle(p.obstacle), *_way(p.candidate, pace=pace)],
            )
            for p in proposal.passed
        ],
    )  # fmt: skip


def _department(place_id: int, code: str) -> str:
    unit = get_gazetteer().nearest_unit(place_id, code) if code else None
    return words.name(unit) if unit else code


def _place(candidate: rules.Candidate) -> str:
    return words.name(get_gazetteer().place(candidate.place_id))


def _wanted(proposal: rules.Proposal) -> str:
    need = proposal.need
    parts = [gettext("%(count)d wanted") % {"count": need.count}]
    if proposal.asked:
        parts.append(gettext("%(count)d asked already") % {"count": proposal.asked})
    if need.ack_minutes:
        parts.append(gettext("sign within %(minutes)d min") % {"minutes": need.ack_minutes})
    if need.arrive_minutes:
        parts.append(gettext("on site within %(minutes)d min") % {"minutes": need.arrive_minutes})
    return " · ".join(parts)


def tell_why(candidate: rules.Candidate, *, pace: float, zone: str, at: datetime) -> list[str]:
    """Say what speaks for somebody: duty, distance, no other case."""
    if candidate.on_until is None:
        duty = gettext("on duty")
    else:
        until = words.show_instant(candidate.on_until, zone=zone, at=at)
        duty = gettext("on duty until %(until)s") % {"until": until}
    return [duty, *_way(candidate, pace=pace), _load(candidate)]


def _load(candidate: rules.Candidate) -> str:
    if not candidate.waiting:
        return gettext("no open dispatch")
    return ngettext(
        "%(count)d open dispatch that waits", "%(count)d open dispatches that wait",
        candidate.waiting,
    ) % {"count": candidate.waiting}  # fmt: skip


def show_distance(metres: int) -> str:
    """Write a distance as people say it.

    >>> show_distance(400), show_distance(2300)
    ('400 m', '2.3 km')
    """
    if metres < KILOMETRE:
        return f"{metres} m" if metres else "< 100 m"
    return f"{metres / KILOMETRE:.1f} km"


def _way(candidate: rules.Candidate, *, pace: float) -> list[str]:
    metres, minutes = candidate.distance_m, candidate.travel_minutes(pace)
    if metres is None or minutes is None:
        return [gettext("distance unknown")]
    given = {"distance": show_distance(metres), "minutes": candidate.seen_minutes or 0}
    if candidate.is_seen:
        way = gettext("%(distance)s, position of %(minutes)d min ago") % given
    else:
        way = gettext("%(distance)s from the seat") % given
    return [way, gettext("about %(minutes)d min on the way") % {"minutes": max(1, minutes)}]


def tell_obstacle(obstacle: rules.Obstacle) -> str:
    """Say why somebody is not proposed."""
    return {
        rules.Obstacle.DEPARTMENT: gettext("stands for another department"),
        rules.Obstacle.HERE: gettext("has this case already"),
        rules.Obstacle.DECLINED: gettext("declined this case"),
        rules.Obstacle.LAPSED: gettext("did not sign for this case"),
        rules.Obstacle.RELEASED: gettext("was let off this case"),
        rules.Obstacle.OFF_DUTY: gettext("off duty"),
        rules.Obstacle.BUSY: gettext("at another case"),
        rules.Obstacle.TWICE: gettext("proposed in another role"),
        rules.Obstacle.FURTHER: gettext("others are nearer"),
    }[obstacle]


def tell_reasons(reasons: Mapping[str, int]) -> list[str]:
    """Say how many meet each obstacle."""
    return rules.tell_reasons(reasons, language="zh" if words.is_chinese() else "en")


def _shortfall(proposal: rules.Proposal) -> str:
    if not proposal.missing:
        return ""
    missing = gettext("%(missing)d of %(count)d cannot be found.") % {
 "missing": proposal.missing, "count": proposal.need.count,
    }  # fmt: skip
    if not proposal.holders:
        parts = [gettext("nobody holds this duty here")]
    else:
        held = ngettext(
            "%(count)d holds the duty here", "%(count)d hold the duty here", proposal.holders
        )
        parts = [held % {"count": proposal.holders}]
    if proposal.chosen:
        parts.append(gettext("%(count)d proposed") % {"count": len(proposal.chosen)})
    parts += tell_reasons({reason.value: count for reason, count in proposal.reasons.items()})
    return f"{missing}{_join(parts)}" if words.is_chinese() else f"{missing} {_join(parts)}"


def _join(parts: list[str]) -> str:
    return "，".join(parts) + "。" if words.is_chinese() else ", ".join(parts) + "."
