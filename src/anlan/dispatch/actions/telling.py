"""What people are told of dispatches, and what is erased of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from anlan.cases.actions.telling import tell_desk
from anlan.dispatch import queries, rules
from anlan.dispatch.models import Dispatch
from anlan.kernel import permits
from anlan.kernel.actor import ROLE_LABELS, Role
from anlan.notices.actions import notify
from anlan.notices.rules import Channel
from anlan.people.queries import list_on_duty
from anlan.places.queries import get_gazetteer


@permits.inside
@transaction.atomic
def tell_dispatched(*, dispatch_id: UUID, at: datetime) -> None:
    """Tell a responder that a case waits to be signed for."""
    dispatch = queries.get_dispatch(dispatch_id=dispatch_id)
    with override(dispatch.person.locale):
        subject = _("Sign for: {title}").format(title=dispatch.case.title)
        notify(
            channel=Channel.IN_APP, person_ids=[dispatch.person_id], subject=subject,
            body=dispatch.note, link="/field/", about_kind="case", about_id=dispatch.case_id,
            at=at, cause=f"dispatch.asked:{dispatch_id}",
        )  # fmt: skip


@permits.inside
@transaction.atomic
def tell_desk_unsigned(*, dispatch_id: UUID, at: datetime) -> None:
    """Tell the desk, and the person, that somebody declined or did not sign in time, and who is asked now."""
    dispatch = queries.get_dispatch(dispatch_id=dispatch_id)
    follower = queries.find_follower(dispatch_id=dispatch_id)
    names = {
        "name": dispatch.person.name, "title": dispatch.case.title,
        "next": follower.person.name if follower else "",
    }  # fmt: skip
    with override(get_gazetteer().jurisdiction(dispatch.case.place_id).locale):
        if dispatch.state == "DECLINED" and follower:
            text = _("{name} cannot go, {next} has been asked: {title}")
        elif dispatch.state == "DECLINED":
            text = _("{name} cannot go: {title}")
        elif follower:
            text = _("Not signed for in time by {name}, {next} has been asked: {title}")
        else:
            text = _("Not signed for in time by {name}: {title}")
        cause = f"dispatch.unsigned:{dispatch_id}"
        tell_desk(case_id=dispatch.case_id, text=text.format(**names), at=at, cause=cause)
    if dispatch.state == "LAPSED":
        with override(dispatch.person.locale):
            text = _("Not signed for in time, it went to others: {title}").format(**names)
            _tell_person(dispatch, text, at, cause=f"dispatch.lapsed:{dispatch_id}")


def _tell_person(dispatch: Dispatch, subject: str, at: datetime, *, cause: str) -> None:
    notify(
        channel=Channel.IN_APP, person_ids=[dispatch.person_id], subject=subject, body="",
        link="/field/", about_kind="case", about_id=dispatch.case_id, at=at, cause=cause,
    )  # fmt: skip


@permits.inside
@transaction.atomic
def tell_stood_down(*, dispatch_id: UUID, at: datetime) -> None:
    """Tell somebody who was asked that he is not needed any more."""
    dispatch = queries.get_dispatch(dispatch_id=dispatch_id)
    with override(dispatch.person.locale):
        text = _("Not needed any more: {title}").format(title=dispatch.case.title)
        _tell_person(dispatch, text, at, cause=f"dispatch.stood_down:{dispatch_id}")


@permits.inside
@transaction.atomic
def tell_centre(*, handover_id: int, at: datetime) -> None:
    """Tell the county centre and the desk that nobody is left to send, and why."""
    handover = queries.get_handover(handover_id=handover_id)
    case = handover.case
    locale = get_gazetteer().jurisdiction(case.place_id).locale
    language = "zh" if locale.startswith("zh") else "en"
    with override(locale):
        subject = _("Nobody left to send ({role}): {title}").format(
            role=ROLE_LABELS[Role(handover.role)][language], title=case.title
        )
        held = _("{count} hold the duty here").format(count=handover.holders)
        body = " · ".join([held, *rules.tell_reasons(handover.reasons, language=language)])
        cause = f"dispatch.handed_over:{handover_id}"
        persons = _centre_persons(case.place_path, at)
        if persons:
            notify(
                channel=Channel.IN_APP, person_ids=persons, subject=subject, body=body,
                link=f"/desk/cases/{case.id}", about_kind="case", about_id=case.id, at=at,
                cause=cause,
            )  # fmt: skip
        tell_desk(case_id=case.id, text=subject, at=at, cause=f"{cause}:desk")


def _centre_persons(place_path: str, at: datetime) -> list[UUID]:
    """Find who stands duty at the county centre; the duty leader where nobody does."""
    for role in (Role.COUNTY_CENTRE, Role.DUTY_LEADER):
        holders = list_on_duty(place_path=place_path, role=role, at=at)
        if holders:
            return list(dict.fromkeys(holder.person_id for holder in holders))
    return []


@permits.inside
def erase_notes(*, case_ids: Collection[UUID]) -> None:
    """Erase the words that were given along with dispatches; for `privacy`."""
    Dispatch.objects.filter(case_id__in=case_ids).exclude(note="").update(note="")
