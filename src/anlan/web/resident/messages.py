"""Writing to whoever handles a report, on the page that follows it; what comes back stands there, too."""

from __future__ import annotations

from functools import partial
from uuid import UUID, uuid4

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from anlan.cases.rules import read_message
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError, Invalid, TooMany
from anlan.people import policies
from anlan.people.actions import count_message
from anlan.ratings import actions as ratings
from anlan.web.resident import photos, track


@policies.public
@never_cache
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, tracking_code: str) -> HttpResponse:
    """Take a message to the unit, with photos, and lead back to the page that shows it."""
    signal, case = track.find_report(request, tracking_code)
    code = track.show_code(signal)
    if request.method == "GET":  # come back to after a fault, or after switching the language
        return redirect("tracking", tracking_code=code)
    try:
        text, files = request.POST.get("message", ""), photos.read_photos(request)
    except (RequestDataTooBig, TooManyFilesSent):
        fault = gettext("That was too much to send at once.")
        return track.show(request, signal, case, photos_fault=fault, status=413)
    at = now()
    show_again = partial(track.show, request, signal, case, message=text, had_photos=bool(files))
    try:
        count_message(code=signal.code, at=at)
        read_message(text)  # before any photo is decoded
    except (TooMany, Invalid) as wrong:
        return show_again(message_fault=wrong.message, status=wrong.status)
    try:
        kept = photos.keep_photos(files, at=at)
    except Invalid as wrong:
        return show_again(photos_fault=wrong.message, status=wrong.status)
    try:
        is_new = ratings.write_to_unit(
            tracking_code=code, text=text, key=_read_key(request.POST.get("key", "")), at=at,
            photos=tuple(kept),
        )  # fmt: skip
    except AnlanError as wrong:
        photos.drop_photos(kept, at=at)
        if wrong.status not in (409, 422):
            raise
        return show_again(message_fault=wrong.message, status=wrong.status)
    if not is_new:
        photos.drop_photos(kept, at=at)
    return redirect(reverse("tracking", args=[code]) + "#message")


def _read_key(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return str(uuid4())
