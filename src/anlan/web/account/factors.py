"""Setting up and removing an authenticator app, and recovery codes."""

from __future__ import annotations

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from anlan.kernel.actor import Actor
from anlan.kernel.clock import now
from anlan.people import actions, policies, rules
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash

CODE_CHARACTERS = 100


@policies.proved
@policies.signed_in
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def set_up_app(request: StaffRequest) -> HttpResponse:
    """Show the QR code of a fresh app, and take the first code that it shows."""
    fault = ""
    if request.method == "POST":
        codes, fault = take_first_code(request, request.actor)
        if codes:
            return render(request, "account/codes.html", {"codes": codes})
    else:
        try:
            shown = actions.begin_totp(actor=request.actor, at=now())
        except rules.FactorThere as there:
            return flash.tell(redirect("account:overview"), there.message)
        return render(request, "account/app.html", describe_app(shown))
    # The secret stays the one that was scanned: a wrong code is no reason to scan again.
    return render(request, "account/app.html", {"fault": fault}, status=422)


def take_first_code(request: HttpRequest, actor: Actor) -> tuple[list[str], str]:
    """Take the first code of an app; give the recovery codes, or what was wrong.

    Raises FactorMissing where no app was begun.
    """
    typed = request.POST.get("code", "")[:CODE_CHARACTERS]
    try:
        return actions.confirm_totp(actor=actor, code=typed, at=now()), ""
    except (rules.CodeExpected, rules.CodeWrong, rules.FactorThere) as wrong:
        return [], wrong.message


def describe_app(shown: rules.NewTotp) -> dict[str, str]:
    """Give what a page shows of a fresh app."""
    picture = segno.make(shown.uri, error="m").svg_data_uri(scale=5, border=2)
    return {"secret": shown.secret, "qr": picture, "fault": ""}


@policies.proved
@policies.signed_in
@require_POST
def remove_app(request: StaffRequest) -> HttpResponse:
    """Remove the authenticator app."""
    try:
        actions.remove_totp(actor=request.actor, at=now())
        said = gettext("The authenticator app is removed.")
    except (rules.LastFactor, rules.FactorMissing) as wrong:
        said = wrong.message
    return flash.tell(redirect("account:overview"), said)


@policies.proved
@policies.signed_in
@never_cache
@require_POST
def make_codes(request: StaffRequest) -> HttpResponse:
    """Show fresh recovery codes; the former ones are worth nothing."""
    codes = actions.make_recovery_codes(actor=request.actor, at=now())
    return render(request, "account/codes.html", {"codes": codes})
