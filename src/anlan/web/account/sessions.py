"""Where one is signed in, and which of one's duties one works in."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from anlan.kernel.clock import now
from anlan.people import actions, policies
from anlan.people.policies import SIGN_IN_COOKIE
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash
from anlan.web.staff.sign_in import home_of, let_out


@policies.signed_in
@require_POST
def end(request: StaffRequest, sign_in_id: UUID) -> HttpResponse:
    """Sign out one browser, this one among them."""
    actions.end_sign_in(actor=request.actor, sign_in_id=sign_in_id, at=now())
    if sign_in_id == request.sign_in.sign_in_id:
        return flash.tell(let_out(redirect("staff:sign_in")), gettext("You have signed out."))
    return flash.tell(redirect("account:overview"), gettext("That browser is signed out."))


@policies.signed_in
@require_POST
def end_others(request: StaffRequest) -> HttpResponse:
    """Sign out all browsers but this one."""
    token = request.COOKIES.get(SIGN_IN_COOKIE, "")
    actions.end_other_sign_ins(actor=request.actor, token=token, at=now())
    said = gettext("All other browsers are signed out.")
    return flash.tell(redirect("account:overview"), said)


@policies.signed_in
@require_POST
def choose_duty(request: StaffRequest) -> HttpResponse:
    """Work in one duty, or in all of them, in this browser."""
    text = request.POST.get("duty", "")
    actions.choose_duty(
        actor=request.actor,
        token=request.COOKIES.get(SIGN_IN_COOKIE, ""),
        duty_id=int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None,
        at=now(),
    )
    return redirect(home_of(request.actor))
