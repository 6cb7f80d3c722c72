"""One's own account on one page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from anlan.people import policies
from anlan.web.middleware import StaffRequest


@policies.signed_in
@never_cache
@require_safe
def show(request: StaffRequest) -> HttpResponse:
    """Show how one signs in and what can be changed about it."""
    return render(request, "account/overview.html")
