"""Who was asked when, what came of it, and who is next and when: the escalation in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext, ngettext

from anlan.dispatch import queries, rules
from anlan.kernel.actor import ROLE_LABELS, Role
from anlan.web.desk import proposals
from anlan.web.staff import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anlan.dispatch.models import Dispatch, Handover
    from anlan.dispatch.queries import Recommendation

NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Sent:
    """Somebody who has been asked. `light` is that of his own clock; `next`: who follows, and when."""

    id: UUID
    name: str
    role: str
    state: str
    state_words: str
    how: str
    times: list[str]
    light: str
    remaining: str
    next: str
    note: str
    is_running: bool


@dataclass(frozen=True, slots=True)
class Centre:
    """A need that went to the county centre, with the reason."""

    role: str
    at: words.Instant
    why: str
    is_open: bool


def show_sent(
    sent: Sequence[Dispatch], found: Recommendation | None, *, zone: str, at: datetime
) -> list[Sent]:
    """Put all who were asked into words, in the order of asking."""
    names = {d.id: d.person.name for d in sent}
    return [_show(d, names, found, zone=zone, at=at) for d in sent]


def _show(
    d: Dispatch, names: dict[UUID, str], found: Recommendation | None, *, zone: str, at: datetime
) -> Sent:
    table = rules.dispatch_procedure(d.procedure_version)
    return Sent(
        id=d.id,
        name=d.person.name,
        role=words.from_pair(ROLE_LABELS[Role(d.role)]),
        state=d.state,
        state_words=words.label(table.states[d.state]),
        how=_tell_how(d, names),
        times=_tell_times(d, zone=zone, at=at),
        light="NONE" if d.due_at is None else "RED" if at >= d.due_at else "GREEN",
        remaining=words.show_remaining(d.due_at, at),
        next=_tell_next(d, found, zone=zone, at=at) if found else "",
        note=d.note,
        is_running=d.ended_at is None,
    )


def _tell_how(d: Dispatch, names: dict[UUID, str]) -> str:
    """Say how it came to somebody; nothing for whom the desk or a run card chose first."""
    given = {"name": names.get(d.follows_id, "") if d.follows_id else ""}
    if d.rung == rules.Rung.NEXT:
        return gettext("next after %(name)s") % given
    if d.rung == rules.Rung.LEAD:
        return gettext("as the lead, after %(name)s") % given
    return ""


def _tell_times(d: Dispatch, *, zone: str, at: datetime) -> list[str]:
    """Tell each step's time: when it was reported, and when it is said to have happened if that was before."""
    steps = [
        (gettext("asked %(time)s"), d.asked_at, ""),
        (gettext("signed %(time)s"), d.signed_at, "sign_for"),
        (gettext("set out %(time)s"), d.on_the_way_at, "set_out"),
        (gettext("on site %(time)s"), d.arrived_at, "arrive"),
        (gettext("ended %(time)s"), d.ended_at, "finish"),
    ]

    said = queries.list_said(d)

    def tell(text: str, instant: datetime, move: str) -> str:
        told = text % {"time": words.show_instant(instant, zone=zone, at=at)}
        before = said.get(move)
        if before is None:
            return told
        by_him = words.show_instant(before, zone=zone, at=at)
        return gettext("%(told)s (by his word %(time)s)") % {"told": told, "time": by_him}

    return [tell(text, instant, move) for text, instant, move in steps if instant is not None]


def _tell_next(d: Dispatch, found: Recommendation, *, zone: str, at: datetime) -> str:
    """Say who is asked when nobody signs, as things stand now."""
    if d.state != "OFFERED" or d.follow_at is None:
        return ""
    ladder = rules.list_next(
        queries.get_need(d), found.candidates, minutes_per_km=found.card.minutes_per_km
    )
    if d.rung == rules.Rung.LEAD:
        ladder = [step for step in ladder if step[0] is rules.Rung.LEAD]
    steps = [
        gettext("%(name)s (lead)") % {"name": who.name} if rung is rules.Rung.LEAD else who.name
        for rung, who in ladder[:NAMES_SHOWN]
    ]
    if len(ladder) > NAMES_SHOWN:
        more = len(ladder) - NAMES_SHOWN
        steps.append(ngettext("%(count)d more", "%(count)d more", more) % {"count": more})
    steps.append(gettext("county centre"))
    return gettext("If not signed for by %(time)s: %(steps)s") % {
        "time": words.show_instant(d.follow_at, zone=zone, at=at),
        "steps": " → ".join(steps),
    }


def show_centre(found: Sequence[Handover], *, zone: str, at: datetime) -> list[Centre]:
    """Put what went to the county centre into words."""
    return [
        Centre(
            role=words.from_pair(ROLE_LABELS[Role(h.role)]),
            at=words.show_instant(h.at, zone=zone, at=at),
            why=" · ".join(
                [
                    ngettext(
                        "%(count)d holds the duty here", "%(count)d hold the duty here", h.holders
                    )
                    % {"count": h.holders},
                    *proposals.tell_reasons(h.reasons),
                ]
            ),
            is_open=h.answered_at is None,
        )
        for h in found
    ]
