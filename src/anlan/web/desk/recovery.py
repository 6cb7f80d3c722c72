"""Helping a colleague back into his account, two together at a counter."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from anlan.kernel.clock import now
from anlan.people import actions, policies, queries
from anlan.people.rules import RECOVERY_ROLES
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash, words

ROLES = sorted(RECOVERY_ROLES)
LOGIN_CHARACTERS = 100


@policies.proved
@policies.seated(*ROLES)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: StaffRequest) -> HttpResponse:
    """Ask for somebody; show what waits for a second person."""
    at = now()
    if request.method == "POST":
        login = request.POST.get("login", "").replace("\0", "")[:LOGIN_CHARACTERS]
        actions.ask_recovery(actor=request.actor, login=login, at=at)
        said = gettext("Asked. Another colleague confirms it on this page within the hour.")
        return flash.tell(redirect("desk:recovery"), said)
    waiting = [
        {"one": row, "is_own": row.asked_by_id == request.actor.id,
         "ago": words.show_ago(row.asked_at, at)}
        for row in queries.list_recoveries(request.actor, at=at)
    ]  # fmt: skip
    return render(request, "desk/recovery.html", {"waiting": waiting})


@policies.proved
@policies.seated(*ROLES)
@never_cache
@require_POST
def confirm(request: StaffRequest, recovery_id: UUID) -> HttpResponse:
    """Confirm as the second person, and show the password to hand over, once."""
    done = actions.confirm_recovery(actor=request.actor, recovery_id=recovery_id, at=now())
    return render(request, "desk/recovery.html", {"done": done})
