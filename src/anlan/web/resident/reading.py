"""Larger text on every page of the resident's face, kept in a cookie; works without a script."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from anlan.people import policies

TEXT_COOKIE = "anlan_text"
LARGE = "large"
KEPT_SECONDS = 365 * 24 * 3600


@policies.public
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Keep how large the text is to be, and go back to the page."""
    wanted = request.POST.get("next", "")
    is_own = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    response = redirect(wanted if is_own else reverse("home"))
    if request.POST.get("text") == LARGE:
        response.set_cookie(
            TEXT_COOKIE, LARGE, max_age=KEPT_SECONDS, httponly=True, samesite="Lax",
            secure=request.is_secure() or settings.BEHIND_HTTPS,
        )  # fmt: skip
    else:
        response.delete_cookie(TEXT_COOKIE, samesite="Lax")
    return response
