"""Passkeys on the pages: the browser's script asks for a challenge, and sends the answer as a form."""

from __future__ import annotations

import json
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from anlan.kernel.clock import now
from anlan.people import actions, policies, rules
from anlan.people.policies import SIGN_IN_COOKIE
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash
from anlan.web.staff.sign_in import let_in


@policies.proved
@policies.signed_in
@never_cache
@require_POST
def begin_registration(request: StaffRequest) -> HttpResponse:
    """Draw a challenge for a new passkey."""
    return _show(actions.begin_registration(actor=request.actor, at=now()))


@policies.proved
@policies.signed_in
@require_POST
def register(request: StaffRequest) -> HttpResponse:
    """Keep the passkey that was made."""
    device = rules.device_of(request.headers.get("User-Agent", ""))
    try:
        actions.register_passkey(
            actor=request.actor,
            challenge_id=_challenge(request),
            answer=request.POST.get("answer", ""),
            name=request.POST.get("name", ""),
            device=device or gettext("Passkey"),
            at=now(),
        )
        said = gettext("The passkey is registered. It signs you in without a password.")
    except (rules.PasskeyRefused, rules.PasskeyThere) as wrong:
        said = wrong.message
    return flash.tell(redirect("account:overview"), said)


@policies.signed_in
@require_POST
def rename(request: StaffRequest, passkey_id: UUID) -> HttpResponse:
    """Give a passkey another name."""
    name = request.POST.get("name", "").replace("\0", "")
    actions.rename_passkey(actor=request.actor, passkey_id=passkey_id, name=name, at=now())
    return flash.tell(redirect("account:overview"), gettext("The passkey has its new name."))


@policies.proved
@policies.signed_in
@require_POST
def remove(request: StaffRequest, passkey_id: UUID) -> HttpResponse:
    """Remove a passkey."""
    try:
        actions.remove_passkey(actor=request.actor, passkey_id=passkey_id, at=now())
        said = gettext("The passkey is removed.")
    except rules.LastFactor as wrong:
        said = wrong.message
    return flash.tell(redirect("account:overview"), said)


@policies.signed_in
@never_cache
@require_POST
def begin_proof(request: StaffRequest) -> HttpResponse:
    """Draw a challenge for showing once more who one is."""
    return _show(actions.begin_passkey_proof(actor=request.actor, at=now()))


@policies.signed_in
@require_POST
def prove(request: StaffRequest) -> HttpResponse:
    """Take the passkey of somebody who is signed in."""
    try:
        actions.prove_with_passkey(
            actor=request.actor,
            token=request.COOKIES.get(SIGN_IN_COOKIE, ""),
            challenge_id=_challenge(request),
            answer=request.POST.get("answer", ""),
            at=now(),
        )
    except rules.PasskeyRefused as wrong:
        return flash.tell(redirect("account:prove"), wrong.message)
    wanted = request.POST.get("next", "")
    is_own = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return redirect(wanted if is_own else "account:overview")


@policies.public
@never_cache
@require_POST
def begin_sign_in(request: HttpRequest) -> HttpResponse:
    """Draw a challenge for signing in."""
    address = policies.address_of(request.META, is_behind_proxy=settings.BEHIND_HTTPS)
    actions.count_sign_in_try(address=address, at=now())
    return _show(actions.begin_passkey_sign_in(at=now()))


@policies.public
@never_cache
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in whoever's passkey signed the challenge."""
    try:
        signed_in = actions.sign_in_with_passkey(
            challenge_id=_challenge(request),
            answer=request.POST.get("answer", ""),
            at=now(),
            user_agent=request.headers.get("User-Agent", ""),
        )
    except rules.PasskeyRefused as wrong:
        return flash.tell(redirect("staff:sign_in"), wrong.message)
    return let_in(request, signed_in, wanted=request.POST.get("next", ""))


def _challenge(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("challenge", ""))
    except ValueError:
        raise rules.PasskeyRefused() from None


def _show(ceremony: rules.Ceremony) -> JsonResponse:
    return JsonResponse(
        {"challenge": str(ceremony.challenge_id), "options": json.loads(ceremony.options)}
    )
