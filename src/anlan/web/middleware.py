"""What every request gets before its view: who acts, whether the door is open, what an obstacle looks like.

`find_actor` turns the sign-in cookie into `request.actor` in one SQL statement and sets the scope
that the request's statements run in (`kernel.scope`). `Doors` asks the
policy that the view declares, sends whoever has not signed in to do so, and turns an `AnlanError`
of a page into a page that says what happened and how to go on. The API answers for itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from anlan.kernel import scope
from anlan.kernel.actor import Actor
from anlan.kernel.clock import now
from anlan.kernel.errors import (
    AnlanError,
    Busy,
    StorageFull,
    Unavailable,
    find_race,
    is_storage_full,
)
from anlan.notices import queries as notices
from anlan.people import actions as people_actions
from anlan.people import policies
from anlan.people import queries as people
from anlan.people.policies import SIGN_IN_COOKIE
from anlan.people.rules import LiveSignIn
from anlan.web.errors import show_problem
from anlan.web.staff import flash

logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponse]
PERSONAL = frozenset({"desk", "field", "staff", "account", "command"})
"""Faces whose pages tell of persons and cases; a view that sets its own age of a cache keeps it."""


class StaffRequest(HttpRequest):
    """A request of somebody who has signed in."""

    actor: Actor
    sign_in: LiveSignIn
    flash: str
    unread_count: int


def find_actor(get_response: GetResponse) -> GetResponse:
    """Set `request.actor` (None without a sign-in), the flash message and the unread count."""

    def answer(request: HttpRequest) -> HttpResponse:
        token = request.COOKIES.get(SIGN_IN_COOKIE, "")
        try:
            found = _find_sign_in(request, token)
        except (OperationalError, InterfaceError):
            # Outside the view, so Doors does not hear of it. The sign-in itself is not lost.
            request.__dict__.update(actor=None, sign_in=None, flash="", unread_count=0)
            return show_problem(request, Unavailable())
        actor = found.actor if found else None
        # The count is asked for only by pages that show it.
        unread = SimpleLazyObject(lambda: notices.count_unread(actor) if actor else 0)
        request.__dict__.update(
            actor=actor, sign_in=found, flash=flash.read(request), unread_count=unread
        )
        with scope.acting(scope.of(actor) if actor else scope.NOTHING):
            response = get_response(request)
        if token and found is None and SIGN_IN_COOKIE not in response.cookies:
            response.delete_cookie(SIGN_IN_COOKIE, samesite="Lax")
        flash.clear_once_shown(request, response)
        if actor and _shows_persons(request):
            # Desks are shared and phones get lost: nothing of a case stays in a browser's cache. What a
            # phone keeps of cases is sealed by its own script.
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer


def _find_sign_in(request: HttpRequest, token: str) -> LiveSignIn | None:
    at = now()
    found = people.find_sign_in(token=token, at=at) if token else None
    # A page that only watches (`live.js`) does not keep its sign-in from idling out.
    if found is not None and found.is_stale and "X-Anlan-Poll" not in request.headers:
        people_actions.touch_sign_in(sign_in_id=found.sign_in_id, at=at)
    return found


class Doors:
    """Opens a page to whom its policy lets in, and answers obstacles with a page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Check the view's policy before it runs. A view without one opens to nobody."""
        if _is_api(request):
            return None
        actor: Actor | None = request.__dict__.get("actor")
        try:
            policies.get_policy(view).check(actor)
        except policies.SignInNeeded:
            return _send_to_sign_in(request)
        except policies.SeatNeeded as wrong:
            return show_problem(request, wrong)
        sign_in: LiveSignIn | None = request.__dict__.get("sign_in")
        if policies.needs_proof(view) and (sign_in is None or not sign_in.is_proved):
            return _send_to_prove(request)
        return None

    def process_exception(self, request: HttpRequest, wrong: Exception) -> HttpResponse | None:
        """Show what stood in the way; what nobody foresaw goes on to Django."""
        if _is_api(request):
            return None
        if is_storage_full(wrong):
            wrong = StorageFull()
        elif isinstance(wrong, IntegrityError | OperationalError) and (race := find_race(wrong)):
            logger.info("somebody was faster: %s", race)
            wrong = Busy()
        elif isinstance(wrong, OperationalError | InterfaceError):
            wrong = Unavailable()
        return show_problem(request, wrong) if isinstance(wrong, AnlanError) else None


def _shows_persons(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.app_name in PERSONAL


def _is_api(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and "ninja" in match.app_names


def _send_to_sign_in(request: HttpRequest) -> HttpResponse:
    address = reverse("staff:sign_in")
    if request.method in ("GET", "HEAD") and "HX-Request" not in request.headers:
        return redirect(f"{address}?{urlencode({'next': request.get_full_path()})}")
    if "HX-Request" in request.headers:
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": address})
    return redirect(address)


def _send_to_prove(request: HttpRequest) -> HttpResponse:
    """Ask once more who it is, and come back to the page that he was on."""
    wanted = request.get_full_path()
    if request.method not in ("GET", "HEAD"):
        # What was typed is lost; the page it was typed on is where to begin again.
        wanted = urlsplit(request.headers.get("Referer", "")).path or "/account/"
    address = f"{reverse('account:prove')}?{urlencode({'next': wanted})}"
    if "HX-Request" in request.headers:
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": address})
    return redirect(address)
