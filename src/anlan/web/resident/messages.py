"""Writing to whoever handles a report, on the page that follows it; what comes back stands there, too."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError
from anlan.people import policies
from anlan.people.actions import count_message
from anlan.ratings import actions as ratings
from anlan.web.resident import track


@policies.public
@never_cache
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, tracking_code: str) -> HttpResponse:
    """Take a message to the unit, and lead back to the page that shows it."""
    signal, case = track.find_report(request, tracking_code)
    code = track.show_code(signal)
    if request.method == "GET":  # come back to after a fault, or after switching the language
        return redirect("tracking", tracking_code=code)
    text, at = request.POST.get("message", ""), now()
    try:
        count_message(code=signal.code, at=at)
        ratings.write_to_unit(
            tracking_code=code, text=text, key=_read_key(request.POST.get("key", "")), at=at
        )
    except AnlanError as wrong:
        if wrong.status not in (409, 422, 429):
            raise
        return track.show(
            request, signal, case, message=text, message_fault=wrong.message, status=wrong.status
        )
    return redirect(reverse("tracking", args=[code]) + "#message")


def _read_key(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return str(uuid4())
