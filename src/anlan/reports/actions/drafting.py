"""Drafts: made from the figures as they are, made anew while they are drafts, and after a signed version as a correction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from anlan.cases.rules import local_date
from anlan.indicators.queries import get_register
from anlan.indicators.rules import months
from anlan.kernel import events, permits
from anlan.kernel.actor import SYSTEM, Actor
from anlan.kernel.canonical import digest
from anlan.kernel.procedure import MoveNotYours
from anlan.ledger import actions as ledger
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo
from anlan.reports import queries
from anlan.reports.models import Report
from anlan.reports.queries.kinds import AnyContent, find_place
from anlan.reports.queries.one import build_now
from anlan.reports.rules import signing as rules
from anlan.reports.rules.signing import Kind


@permits.scope
@transaction.atomic
def draft_report(
    *,
    actor: Actor,
    place_code: str,
    month: str,
    kind: Kind = Kind.TWO,
    reason: str = "",
    at: datetime,
) -> Report:
    """Draft a month's reports or analysis paper, or make the draft anew; where one is signed, a corrected version that says why and in what it differs.

    Raises ReportUnknown, LevelWithoutReport, RegisterEmpty, MonthMalformed, MonthNotOver, MoveNotYours, ReportChanged (one waits to be signed),
    ReasonUnfit, NothingChanged.
    """
    place = find_place(actor=actor, place_code=place_code, kind=kind)
    _check_drafter(actor, place)
    content = build_now(place=place, month=month, kind=kind, at=at)
    return _draft(actor, place, kind, content, reason, at)


def _check_drafter(actor: Actor, place: PlaceInfo) -> None:
    drafters = rules.report_procedure().moves["submit"].roles
    if actor is SYSTEM:
        return
    if not any(
        seat.role in drafters and not seat.department and seat.covers(place.path, ())
        for seat in actor.seats
    ):
        raise MoveNotYours(move="draft", roles=", ".join(sorted(drafters)))


def _draft(
    actor: Actor, place: PlaceInfo, kind: Kind, content: AnyContent, reason: str, at: datetime
) -> Report:
    before = list(
        Report.objects.select_for_update()
        .filter(kind=kind, place_id=place.id, month_date=months.first_of(content.month))
        .order_by("-version")
    )
    if any(one.state == "SUBMITTED" for one in before):
        raise rules.ReportChanged()
    signed = next((one for one in before if one.state == "SIGNED"), None)
    draft = next((one for one in before if one.state == "DRAFT"), None)
    changes: list[Any] = []
    if signed is not None:
        reason = rules.check_reason(reason or (draft.reason if draft else ""))
        changes = queries.list_changes(queries.read_kept(signed), content)
        if not changes:
            raise rules.NothingChanged(month=content.month)
    body = content.as_json()
    report = draft or Report(
        kind=kind, place_id=place.id, place_path=place.path, month_date=months.first_of(content.month),
        version=before[0].version + 1 if before else 1, procedure_version=rules.PROCEDURE_VERSION,
        state=rules.report_procedure().initial,
        due_at=_due_at(place, content.month, kind),
    )  # fmt: skip
    report.content, report.digest, report.changes = (
        body,
        digest(body),
        [list(one) for one in changes],
    )
    report.reason, report.drafted_at = reason if signed else "", at
    report.save()
    ledger.write(
        actor=actor, what="report.drafted", about_kind="report", about_id=report.id, at=at,
        data={
            "kind": kind, "place": place.code, "month": content.month, "version": report.version, "digest": report.digest,
            "changes": len(changes),
        },
    )  # fmt: skip
    return report


def _last_due(jurisdiction: str, month: str, kind: Kind) -> int:
    """The day of the next month until whose end figures may still come."""
    if kind is Kind.PAPER:
        return rules.PAPER_DAYS
    return queries.last_due_day(jurisdiction=jurisdiction, month=month)


def _due_at(place: PlaceInfo, month: str, kind: Kind) -> datetime:
    last = _last_due(place.jurisdiction, month, kind)
    return rules.due_at(month, last_due=last, zone=get_gazetteer().time_zone(place.id))


@permits.installation
@transaction.atomic
def draft_all(
    *, actor: Actor, place_code: str, month: str, kind: Kind = Kind.TWO, at: datetime
) -> int:
    """Draft the month of a place and of all below it that have none, where something is known of it; give how many. Those who sign are told.

    Reports: a place a statement would take hours; a family of peers is one. Papers take three statements each. Raises InstallationOnly, ReportUnknown, LevelWithoutReport, RegisterEmpty, MonthMalformed, MonthNotOver.
    """
    under = find_place(actor=actor, place_code=place_code, kind=kind)
    drafted = Report.objects.filter(kind=kind, month_date=months.first_of(month))
    have = set(drafted.values_list("place_id", flat=True))
    months.check_over(month, today=local_date(at, get_gazetteer().time_zone(under.id)))
    known = queries.list_known_places(kind=kind, under=under, month=month)
    places = [one for one in known if one.id not in have]
    if not places:
        return 0
    by_code = {one.code: one for one in places}
    reports, entries = [], []
    due = _due_at(under, month, kind)
    for content in queries.build_all(kind=kind, under=under, places=places, month=month, at=at):
        place, body = by_code[content.place.code], content.as_json()
        report = Report(
            kind=kind, place_id=place.id, place_path=place.path, month_date=months.first_of(month), version=1, content=body,
            digest=digest(body), procedure_version=rules.PROCEDURE_VERSION, state=rules.report_procedure().initial,
            due_at=due, drafted_at=at,
        )  # fmt: skip
        reports.append(report)
        entries.append(
            (report.id, {"kind": kind, "place": place.code, "month": month, "version": 1, "digest": report.digest, "changes": 0})
        )  # fmt: skip
    Report.objects.bulk_create(reports, batch_size=200)
    ledger.write_many(
        actor=actor, what="report.drafted", about_kind="report", entries=entries, at=at
    )
    events.emit(rules.ReportsDrafted(under.code, month, kind))
    return len(reports)


@permits.inside
def draft_due(*, at: datetime) -> int:
    """Draft the newest month that is over, everywhere; give how many reports and papers. Again drafts nothing twice.

    Papers two days after the month, reports once its last return is due.
    """
    gazetteer, drafted = get_gazetteer(), 0
    for root in gazetteer.roots:
        today = local_date(at, gazetteer.time_zone(root.id))
        month = months.newest_over(today)
        for kind in Kind:
            if kind is Kind.TWO and not get_register(root.jurisdiction).indicators:
                continue
            last = _last_due(root.jurisdiction, month, kind)
            if today >= rules.draft_date(month, last_due=last):
                drafted += draft_all(
                    actor=SYSTEM, place_code=root.code, month=month, kind=kind, at=at
                )
    return drafted
