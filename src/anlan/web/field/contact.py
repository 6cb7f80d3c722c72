"""Reaching the reporter: a call through the relay, which shows no number; the number only with a reason."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from anlan.cases import actions, rules
from anlan.cases import queries as cases
from anlan.kernel.actor import PLACE_ROLES
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.privacy import actions as privacy
from anlan.privacy.rules import Looked
from anlan.web.field.cases import render_case
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash


@policies.seated(*PLACE_ROLES)
@require_POST
def call(request: StaffRequest, case_id: UUID, signal_id: UUID) -> HttpResponse:
    """Have the relay call both; the look is written down like one at the number."""
    actions.call_reporter(
        actor=request.actor, case_id=case_id, signal_id=signal_id, at=now(),
        own_number=request.POST.get("own_number", "")[:40],
        reason=rules.read_reason(request.POST.get("reason", "")),
        has_relay=bool(settings.CALL_RELAY_URL),
    )  # fmt: skip
    _record(request, case_id)
    return flash.tell(
        redirect("field:case", case_id=case_id),
        gettext("Your phone will ring in a moment. Neither of you sees the other's number."),
    )


@policies.seated(*PLACE_ROLES)
@require_POST
def open_contact(request: StaffRequest, case_id: UUID, signal_id: UUID) -> HttpResponse:
    """Show who reported, to somebody who handles the case and says what for; the look is written down."""
    contact = actions.open_contact(
        actor=request.actor, case_id=case_id, signal_id=signal_id, at=now(),
        reason=rules.read_reason(request.POST.get("reason", "")),
    )  # fmt: skip
    if contact is not None:
        _record(request, case_id)
    case = cases.access_case(actor=request.actor, case_id=case_id)
    return render_case(request, case, contact=contact, contact_of=signal_id)


def _record(request: StaffRequest, case_id: UUID) -> None:
    case = cases.access_case(actor=request.actor, case_id=case_id)
    privacy.record_look(actor=request.actor, case=case, what=Looked.CONTACT, at=now())
