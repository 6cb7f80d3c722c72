"""Telling: a signed report goes to its readers, who say when they have read it; units hear what they owe and what they are to do."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override

from anlan.cases.rules import local_date
from anlan.indicators.rules import months
from anlan.kernel import permits
from anlan.kernel.actor import SYSTEM, Actor, Role
from anlan.kernel.canonical import digest
from anlan.ledger import actions as ledger
from anlan.notices.actions import notify
from anlan.notices.rules import Channel
from anlan.people.queries import list_holders
from anlan.places.queries import get_gazetteer
from anlan.places.rules import DESK
from anlan.reports import queries
from anlan.reports.models import Receipt, Report
from anlan.reports.printing import words
from anlan.reports.rules import signing as rules
from anlan.reports.rules.signing import Kind


@permits.inside
@transaction.atomic
def send_report(*, report_id: UUID, at: datetime) -> int:
    """Send a signed report to those who read it at its place; give how many. Again sends to nobody twice."""
    report = queries.access_report(actor=SYSTEM, report_id=report_id, lock=True)
    if report.state != "SIGNED":
        return 0
    gazetteer = get_gazetteer()
    place = gazetteer.place(report.place_id)
    readers = list_holders(place_id=place.id, roles=rules.READERS, at=at)
    sent = set(Receipt.objects.filter(report_id=report.id).values_list("person_id", flat=True))
    new = [person for person in readers if person not in sent]
    Receipt.objects.bulk_create(
        Receipt(report_id=report.id, person_id=person, sent_at=at) for person in new
    )
    if not new:
        return 0
    month = months.name_of(report.month_date)
    with override(gazetteer.jurisdiction(place.id).locale):
        subject = _SUBJECTS[Kind(report.kind)] % {
            "place": words.pick(place.name, place.name_en), "month": words.show_month(month),
        }  # fmt: skip
        body = subject
        if report.version > 1:
            body = _("A corrected version (%(version)s). Why: %(reason)s") % {
                "version": report.version, "reason": report.reason,
            }  # fmt: skip
    notify(
        channel=Channel.IN_APP, person_ids=new, subject=subject, body=body, about_kind="report", about_id=report.id, at=at,
        link=f"{_address(Kind(report.kind), place.code, month)}version={report.version}", cause=f"report:{report.id}",
    )  # fmt: skip
    return len(new)


_SUBJECTS = {
    Kind.TWO: gettext_lazy("The two reports of %(place)s, %(month)s"),
    Kind.PAPER: gettext_lazy("The analysis paper of %(place)s, %(month)s"),
}
_LISTS = {Kind.TWO: "/desk/reports", Kind.PAPER: "/desk/situation/paper"}
_DRAFTS = {
    Kind.TWO: gettext_lazy("Drafts of the two reports, %(month)s"),
    Kind.PAPER: gettext_lazy("Drafts of the analysis paper, %(month)s"),
}


def _address(kind: Kind, place_code: str, month: str) -> str:
    """The page of a place and month, ready for a version behind it."""
    if kind is Kind.PAPER:
        return f"/desk/situation/paper?place={place_code}&month={month}&"
    return f"/desk/reports/two/{place_code}/{month}?"


@permits.inside
@transaction.atomic
def tell_drafted(*, place_code: str, month: str, kind: Kind = Kind.TWO, at: datetime) -> int:
    """Tell those who hand in and sign which drafts wait for them; give how many people. Once for each set of drafts.

    Where nobody at a place can sign, those of the nearest place above who can are told.
    """
    gazetteer = get_gazetteer()
    under = gazetteer.place_by_code(place_code)
    drafts = Report.objects.filter(
        kind=kind, place_path__gte=under.path, place_path__lt=under.path + "0", month_date=months.first_of(month), state="DRAFT",
    ).order_by("place_path")  # fmt: skip
    moves = rules.report_procedure().moves
    waiting: dict[UUID, list[Report]] = defaultdict(list)
    for report in drafts:
        told = list_holders(place_id=report.place_id, roles=moves["submit"].roles, at=at)
        signers: list[UUID] = []
        for place in reversed(gazetteer.lineage(report.place_id)):
            signers = list_holders(place_id=place.id, roles=moves["sign"].roles, at=at)
            if signers:
                break
        for person in dict.fromkeys([*told, *signers]):
            waiting[person].append(report)
    for person, reports in waiting.items():
        _tell_waiting(person, reports, month, at)
    return len(waiting)


def _tell_waiting(person: UUID, reports: list[Report], month: str, at: datetime) -> None:
    gazetteer, first, kind = get_gazetteer(), reports[0], Kind(reports[0].kind)
    place = gazetteer.place(first.place_id)
    due = min(one.due_at for one in reports if one.due_at) - timedelta(seconds=1)
    with override(gazetteer.jurisdiction(place.id).locale):
        subject = _DRAFTS[kind] % {"month": words.show_month(month)}
        body = ngettext(
            "The draft of %(place)s waits to be handed in and signed, by the end of %(day)s.",
            "%(count)s drafts wait to be handed in and signed, by the end of %(day)s; the first is that of %(place)s.",
            len(reports),
        ) % {
            "count": len(reports), "place": words.pick(place.name, place.name_en),
            "day": local_date(due, gazetteer.time_zone(place.id)),
        }  # fmt: skip
    one = digest({"reports": sorted(str(report.id) for report in reports)})[:16]
    notify(
        channel=Channel.IN_APP, person_ids=[person], subject=subject, body=body, at=at, about_kind="report", about_id=first.id,
        link=_address(kind, place.code, month)[:-1] if len(reports) == 1 else _LISTS[kind],
        cause=f"drafts:{month}:{person}:{one}",
    )  # fmt: skip


@permits.own
@transaction.atomic
def mark_read(*, actor: Actor, report_id: UUID, at: datetime) -> bool:
    """Note that a reader has read the version that was sent; False when nothing was sent, or it was read before.

    Raises ReportUnknown.
    """
    report = queries.access_report(actor=actor, report_id=report_id)
    if actor.id is None:
        return False
    done = Receipt.objects.filter(
        report_id=report.id, person_id=actor.id, read_at__isnull=True
    ).update(read_at=at)
    if done:
        ledger.write(
            actor=actor, what="report.read", about_kind="report", about_id=report.id, at=at,
            data={"version": report.version},
        )  # fmt: skip
    return bool(done)


@permits.inside
@transaction.atomic
def remind_late(
    *, place_id: int, department: str, month: str, missing: int, day: str, at: datetime
) -> int:
    """Remind a department's people at a place of the figures they owe; give how many. Once a day at most."""
    gazetteer = get_gazetteer()
    people = list_holders(place_id=place_id, roles=(Role.DEPARTMENT,), department=department, at=at)
    if not people:
        return 0
    with override(gazetteer.jurisdiction(place_id).locale):
        subject = _("Figures of %(month)s are late") % {"month": words.show_month(month)}
        body = ngettext(
            "%(count)s indicator of %(place)s is still to be returned.",
            "%(count)s indicators of %(place)s are still to be returned.",
            missing,
        ) % {"count": missing, "place": gazetteer.place(place_id).name}  # fmt: skip
    notify(
        channel=Channel.IN_APP, person_ids=people, subject=subject, body=body, link="/desk/reports/returns", at=at,
        about_kind="place", about_id=str(place_id), cause=f"returns:{place_id}:{department}:{month}:{day}",
    )  # fmt: skip
    return len(people)


@permits.inside
@transaction.atomic
def tell_duty(*, about: str, about_id: UUID, at: datetime) -> int:
    """Tell the people of a unit what it has been charged with, and by when; give how many. Once for each duty.

    about: FINDING or RESOLUTION.
    """
    unit_id, text, due_at = queries.read_duty(about=about, about_id=about_id)
    gazetteer = get_gazetteer()
    unit = gazetteer.unit(unit_id) if unit_id else None
    if unit is None or due_at is None:
        return 0
    is_desk = unit.department == DESK
    people = list_holders(
        place_id=unit.place_id, roles=rules.READERS if is_desk else (Role.DEPARTMENT,), at=at,
        department="" if is_desk else unit.department,
    )  # fmt: skip
    if not people:
        return 0
    with override(gazetteer.jurisdiction(unit.place_id).locale):
        subject = _("A duty for %(unit)s, due by the end of %(day)s") % {
            "unit": words.pick(unit.name, unit.name_en),
            "day": local_date(due_at - timedelta(seconds=1), gazetteer.time_zone(unit.place_id)),
        }  # fmt: skip
    notify(
        channel=Channel.IN_APP, person_ids=people, subject=subject, body=text, at=at, about_kind="duty", about_id=about_id,
        link="/desk/situation?tab=duties" if is_desk else "", cause=f"duty:{about_id}",
    )  # fmt: skip
    return len(people)
