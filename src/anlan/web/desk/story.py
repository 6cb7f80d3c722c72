"""What happened to a case and why: the timeline and the reason of its routing, in words."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext

from anlan.cases import queries as cases
from anlan.cases import rules as case_rules
from anlan.kernel import codes
from anlan.kernel.actor import ROLE_LABELS, ActorKind, Role
from anlan.places.queries import get_gazetteer
from anlan.triage import queries as triage
from anlan.triage.queries.proposals import propose
from anlan.web.desk import rule_words
from anlan.web.staff import words

if TYPE_CHECKING:
    from anlan.cases.models import Case, Step

PHRASES_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Event:
    """One step of the timeline."""

    seq: int
    what: str
    who: str
    role: str
    when: words.Instant
    note: str
    detail: str
    state: str
    is_told: bool
    photos: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Guess:
    """One matter that triage thought of, with its share in percent and what spoke for it.

    `may_take`: one click corrects the case to this matter.
    """

    name: str
    code: str
    percent: int
    spoke: tuple[str, ...] = ()
    is_present: bool = False
    may_take: bool = False


@dataclass(frozen=True, slots=True)
class Why:
    """Why a case was routed so."""

    by_matter: str
    phrases: tuple[str, ...]
    guesses: tuple[Guess, ...]
    percent: int
    by_place: str
    near: tuple[str, ...]
    by_route: str
    doubts: tuple[str, ...]


def tell_steps(
    case: Case,
    steps: list[Step],
    names: Mapping[UUID, str],
    *,
    at: datetime,
    photos: Collection[UUID] = (),
) -> list[Event]:
    """Put the steps of a case into words, the newest first.

    photos: those that the case has now; of them, each step shows those that came with it.
    """
    procedure = cases.get_procedure(case)
    zone = get_gazetteer().time_zone(case.place_id)
    events = []
    for step in steps:
        move = procedure.moves.get(step.move)
        state = procedure.states.get(step.to_state)
        role = Role(step.actor_role) if step.actor_role else None
        events.append(
            Event(
                seq=step.seq,
                what=words.label(move) if move else gettext("Reported"),
                who=name_actor(step, names),
                role=words.from_pair(ROLE_LABELS[role]) if role else "",
                when=words.show_instant(step.at, zone=zone, at=at),
                note=step.note,
                detail=_detail(step.data, zone=zone, at=at),
                state=words.label(state) if state and step.from_state != step.to_state else "",
                is_told=step.tells_reporter,
                photos=tuple(one for one in cases.list_photos_with(step) if one in photos),
            )
        )
    return events[::-1]


def name_actor(step: Step, names: Mapping[UUID, str]) -> str:
    """Name who made a step, as colleagues may know it."""
    match step.actor_kind:
        case ActorKind.PERSON if step.actor_id is not None:
            return names.get(step.actor_id, gettext("A former colleague"))
        case ActorKind.RESIDENT:
            return gettext("The reporter")
        case ActorKind.CLIENT:
            return gettext("A partner system")
        case _:
            return gettext("The system")


def _detail(data: Mapping[str, Any], *, zone: str, at: datetime) -> str:
    gazetteer, parts = get_gazetteer(), []
    if (unit := gazetteer.unit(data.get("to_unit") or data.get("unit") or 0)) is not None:
        parts.append(f"→ {words.name(unit)}")
    if data.get("outcome") in case_rules.Outcome.__members__:
        parts.append(
            words.from_pair(case_rules.OUTCOME_LABELS[case_rules.Outcome(data["outcome"])])
        )
    if data.get("to_place") and (to := gazetteer.find_place_by_code(data["to_place"])) is not None:
        parts.append(f"→ {words.name(to)}")
    others = ("part_code", "origin_code", "into_code", "out_of_code", "code")
    parts += [codes.show(data[key]) for key in others if data.get(key)]
    if data.get("to_matter"):
        named = {m.code: words.name(m) for m in cases.get_catalogue().matters.values()}
        was, is_now = data.get("from_matter", ""), data["to_matter"]
        parts.append(f"{named.get(was, was)} → {named.get(is_now, is_now)}")
    if data.get("said_at"):
        said = words.show_instant(datetime.fromisoformat(data["said_at"]), zone=zone, at=at)
        parts.append(gettext("said to have happened %(when)s, sent later") % {"when": said})
    return " · ".join(parts)


def _guess(case: Case, text: str, jurisdiction: str) -> tuple[Guess, ...]:
    """Guess afresh, with the phrases that speak for each matter: somebody may correct it now."""
    return tuple(
        Guess(
            name=words.name(found.matter),
            code=found.matter.code,
            percent=round(found.probability * 100),
            spoke=tuple(dict.fromkeys((*found.keywords, *found.phrases)))[:PHRASES_SHOWN],
            is_present=found.matter.id == case.matter_id,
            may_take=found.matter.id != case.matter_id,
        )
        for found in propose(jurisdiction=jurisdiction, text=text)
    )


ALL_BUT_CERTAIN = 0.999
"""A mark beyond this reads as 100 %: what nothing reaches is no mark that a reader could use."""


def _tell_doubt(matter: Mapping[str, Any], confidence: float) -> str:
    if matter.get("is_sure", True):
        return ""
    needed = matter.get("needed")
    if needed is None:
        return gettext("The matter is not certain.")
    if needed > ALL_BUT_CERTAIN:
        return gettext("The matter is not certain: the classifier has not proved itself yet.")
    # In tenths: "99 % sure, 100 % needed" would say of 99.4 and 99.6 what neither is.
    return gettext("The matter is not certain: %(percent)s %% sure, %(needed)s %% needed.") % {
        "percent": f"{math.floor(confidence * 1000) / 10:g}",
        "needed": f"{math.ceil(round(needed * 1000, 6)) / 10:g}",
    }  # fmt: skip


def tell_why(case: Case, *, text: str, may_correct: bool) -> Why | None:
    """Put triage's decision into words; None for a case that no decision opened.

    text: the report, empty when it has been erased. may_correct: the reader may correct the matter.
    """
    decision = triage.find_decision(case_id=case.id)
    if decision is None:
        return None
    reason = decision.reason
    matter, place, route = (reason.get(key, {}) for key in ("matter", "place", "route"))
    gazetteer = get_gazetteer()
    own = cases.get_catalogue().matters.get(decision.matter_id)
    jurisdiction = own.jurisdiction if own else ""
    if may_correct and text and matter.get("by") in ("MODEL", "KEYWORDS"):
        guesses = _guess(case, text, jurisdiction)
    else:
        guesses = tuple(
            Guess(words.name(info), code, round(share * 100))
            for code, share in matter.get("top", ())
            if (info := cases.get_catalogue().by_code.get((jurisdiction, code))) is not None
        )
    neighbours = (gazetteer.find_place_by_code(code) for code in place.get("neighbours", ()))
    near = tuple(words.name(found) for found in neighbours if found is not None)
    doubts = [
        _tell_doubt(matter, decision.confidence),
        gettext("The point lies within 30 m of another grid.") if place.get("near_border") else "",
        gettext("The point lies outside every grid; the named place was taken.")
        if place.get("by") == "POINT_OUTSIDE" else "",
        gettext("No place was found; the fallback place was taken.")
        if place.get("by") == "FALLBACK" else "",
        gettext("No unit of the responsible department serves this place.")
        if route.get("by") == "DESK" else "",
        *rule_words.tell_failures(route),
    ]  # fmt: skip
    return Why(
        by_matter={
            "STATED": gettext("The reporter chose the matter."),
            "KEYWORDS": gettext("Words of the catalogue stand in the text."),
            "MODEL": gettext("The classifier read the text."),
            "DESK": gettext("A desk split it off another case."),
        }.get(matter.get("by", ""), ""),
        phrases=tuple(matter.get("phrases", ())),
        guesses=guesses,
        percent=round(decision.confidence * 100),
        by_place={
            "POINT": gettext("The pin lies in this grid."),
            "NAMED": gettext("The reporter named the place."),
            "POINT_OUTSIDE": gettext("The reporter named the place."),
            "FALLBACK": gettext("It is not known; the case stays with the desk until it is."),
        }.get(place.get("by", ""), ""),
        near=near,
        by_route=rule_words.tell_route(route),
        doubts=tuple(doubt for doubt in doubts if doubt),
    )
