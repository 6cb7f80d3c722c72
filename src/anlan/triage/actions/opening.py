"""From a report to the rows that open its case: place, matter, route, clocks, codes.

The same preparation serves the single write (one SQL statement) and the bulk import (COPY), so
that a signal is treated alike whichever way it came.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from anlan.cases.queries import get_catalogue
from anlan.cases.rules import CASE_PROCEDURE_VERSION, Clocks, local_date, set_clocks
from anlan.intake import rules as intake
from anlan.intake.rules import ContactDetails, Report
from anlan.kernel import codes, seal
from anlan.kernel.actor import Actor
from anlan.kernel.canonical import digest
from anlan.kernel.ids import new_id
from anlan.ledger.rules import entry_body
from anlan.places.queries import get_gazetteer
from anlan.places.rules import Gazetteer, PlaceInfo
from anlan.triage import queries, rules
from anlan.triage.queries import routing

TITLE_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a report lies, and how that is known: POINT, NAMED, FALLBACK or POINT_OUTSIDE."""

    place: PlaceInfo
    by: str
    near_border: bool = False
    neighbours: tuple[int, ...] = ()

    @property
    def needs_person(self) -> bool:
        return self.near_border or self.by in ("FALLBACK", "POINT_OUTSIDE")


@dataclass(frozen=True, slots=True)
class Opening:
    """All that is decided for a report before anything is written."""

    signal_id: UUID
    case_id: UUID
    code: str
    report: Report
    text: str
    spot: Spot
    choice: rules.Choice
    route: rules.Route
    clocks: Clocks
    classifier_id: int | None
    time_zone: str

    @property
    def needs_person(self) -> bool:
        return self.spot.needs_person or not self.choice.is_sure or self.route.needs_person

    def reason(self, gazetteer: Gazetteer) -> dict[str, Any]:
        """Write down why: the matter, the place, the route."""
        return {
            "matter": self.choice.as_reason(),
            "place": {
                "by": self.spot.by,
                "near_border": self.spot.near_border,
                "neighbours": [gazetteer.place(n).code for n in self.spot.neighbours],
            },
            "route": self.route.as_reason(),
        }


def find_spot(gazetteer: Gazetteer, report: Report, fallback_place_id: int | None) -> Spot:
    """Find the place of a report: its point's grid, else the place it names, else the fallback.

    Raises PointMalformed, PlaceUnknown, PointOutside, PlaceMissing.
    """
    point = intake.check_point(report.lon, report.lat)
    named = gazetteer.place_by_code(report.place_code) if report.place_code else None
    if point is not None:
        located = gazetteer.locate(*point)
        if located is not None:
            grid = gazetteer.place(located.place_id)
            return Spot(grid, "POINT", located.near_border, located.neighbours)
    if named is not None:
        return Spot(named, "NAMED" if point is None else "POINT_OUTSIDE")
    if fallback_place_id is not None:
        return Spot(gazetteer.place(fallback_place_id), "FALLBACK")
    if point is not None:
        raise intake.PointOutside(lon=point[0], lat=point[1])
    raise intake.PlaceMissing()


def prepare(report: Report, *, at: datetime, fallback_place_id: int | None = None) -> Opening:
    """Decide everything about a report; nothing is written.

    at: UTC instant of receipt, where the clocks start. Raises the errors of `find_spot` and
    `intake.rules.check_text`, MatterUnknown, NoDesk, NoMatters.
    """
    text = intake.check_text(report.text)
    gazetteer, catalogue = get_gazetteer(), get_catalogue()
    spot = find_spot(gazetteer, report, fallback_place_id)
    jurisdiction = spot.place.jurisdiction
    if report.stated_matter:
        choice = rules.Choice(catalogue.matter(jurisdiction, report.stated_matter), 1.0, "STATED")
        classifier_id = None
    else:
        trained = queries.get_trained(jurisdiction)
        choice, classifier_id = trained.choose(text), trained.version_id
    calendar = gazetteer.calendar(spot.place.id)
    time_zone = gazetteer.time_zone(spot.place.id)
    return Opening(
        signal_id=new_id(),
        case_id=new_id(),
        code=codes.new_code(),
        report=report,
        text=text,
        spot=spot,
        choice=choice,
        route=rules.route_by_rules(
            gazetteer,
            routing.get_rules(jurisdiction),
            rules.Facts(
                choice.matter,
                spot.place.id,
                spot.place.path,
                report.channel,
                text,
                at,
                calendar,
                time_zone,
            ),
        ),
        clocks=set_clocks(
            at, catalogue.profile(choice.matter), calendar=calendar, time_zone=time_zone
        ),
        classifier_id=classifier_id,
        time_zone=time_zone,
    )


def make_title(text: str) -> str:
    """Give the first words of a text as a case's title.

    >>> make_title("门口路灯坏了\\n已经三天")
    '门口路灯坏了 已经三天'
    """
    line = " ".join(text.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1] + "…"


def seal_contact(contact: ContactDetails, signal_id: UUID) -> bytes | None:
    """Seal a contact for its signal; None when there is none."""
    if not contact:
        return None
    data = json.dumps([contact.name, contact.phone, contact.email], ensure_ascii=False)
    return seal.seal(data.encode(), intake.contact_context(signal_id))


def parameters(
    opening: Opening, *, actor: Actor, at: datetime, photos: tuple[UUID, ...] = ()
) -> dict[str, Any]:
    """Give what `sql/take_signal.sql` takes for an opening, to be written as JSON."""
    report, spot, choice, route = (
        opening.report,
        opening.spot,
        opening.choice,
        opening.route,
    )
    opened_date = local_date(at, opening.time_zone)
    sealed = seal_contact(report.contact, opening.signal_id)
    ledger_data = {
        "signal": opening.signal_id,
        "code": opening.code,
        "channel": report.channel,
        "matter": choice.matter.code,
        "place": spot.place.code,
        "unit": route.unit.id,
        "text_digest": digest(opening.text),
        "photos": list(photos),
    }
    return {
        "signal_id": opening.signal_id,
        "case_id": opening.case_id,
        "code": opening.code,
        "channel": report.channel.value,
        "text": opening.text,
        "stated_matter": report.stated_matter,
        "place_id": spot.place.id,
        "place_path": spot.place.path,
        "place_text": report.place_text,
        "lon": report.lon,
        "lat": report.lat,
        "at": at,
        "sender": report.sender,
        "idempotency_key": report.idempotency_key,
        "body_digest": report.body_digest(),
        "external_ref": report.external_ref,
        "contact": f"\\x{sealed.hex()}" if sealed else None,
        "erase_after_date": opened_date + timedelta(days=intake.CONTACT_RETENTION_DAYS),
        "procedure_version": CASE_PROCEDURE_VERSION,
        "state": "RECEIVED",
        "matter_id": choice.matter.id,
        "level": choice.matter.level,
        "unit_id": route.unit.id,
        "desk_id": route.desk.id,
        "department": route.unit.department,
        "title": make_title(opening.text),
        "needs_person": opening.needs_person,
        "opened_date": opened_date,
        "due_at": opening.clocks.ack_due_at,
        "amber_at": opening.clocks.ack_amber_at,
        "update_due_at": opening.clocks.update_due_at,
        "close_due_at": opening.clocks.close_due_at,
        "close_amber_at": opening.clocks.close_amber_at,
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "step_data": {
            "response_due_at": opening.clocks.ack_due_at.isoformat(),
            "close_due_at": opening.clocks.close_due_at.isoformat(),
        },
        "classifier_id": opening.classifier_id,
        "confidence": choice.confidence,
        "reason": opening.reason(get_gazetteer()),
        "photos": list(photos),
        "ledger_body": entry_body(
            actor=actor, what="case.opened", about_kind="case", about_id=opening.case_id,
            data=ledger_data, at=at,
        ),
    }  # fmt: skip
