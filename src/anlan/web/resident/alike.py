"""Is it one of these? Shown while a report is typed, and after it was sent; joining one of them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError
from anlan.people import policies
from anlan.people.actions import count_likeness
from anlan.triage import actions as triage
from anlan.web.resident import draft as drafts
from anlan.web.resident import known, track
from anlan.web.resident.draft import Draft


@policies.public
@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """Show what the report that is being typed may be about; for htmx."""
    at = now()
    address = policies.address_of(request.META, is_behind_proxy=settings.BEHIND_HTTPS)
    count_likeness(address=address, at=at)
    found = known.find_alike(drafts.read(request), at=at)
    chosen = request.POST.get("join", "")
    return render(
        request, "resident/alike.html", {"alike": found, "chosen": chosen, "new": known.NEW}
    )


def join_chosen(draft: Draft, tracking_code: str, *, at: datetime) -> bool:
    """Join what was chosen while typing; the report stands by itself where that is not possible any more."""
    if draft.join in ("", known.NEW):
        return False
    try:
        triage.join_case(tracking_code=tracking_code, code=draft.join, at=at)
    except AnlanError:
        return False
    return True


@policies.public
@never_cache
@require_POST
def join(request: HttpRequest, tracking_code: str) -> HttpResponse:
    """Join one of the cases that the page after sending has shown."""
    signal, _ = track.find_report(request, tracking_code)
    code = track.show_code(signal)
    answer = redirect(reverse("reported", args=[code]))
    try:
        triage.join_case(
            tracking_code=code, code=request.POST.get("code", "").replace("\0", ""), at=now()
        )
    except AnlanError as wrong:
        if wrong.status not in (409, 422):
            raise
        answer = redirect(reverse("reported", args=[code]) + "?late")
    return answer
