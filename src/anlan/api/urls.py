"""Addresses under /api/v1: the calls, their description (OpenAPI 3.1) and a page that shows it.

The page is rendered here from the description: nothing is loaded from elsewhere.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from anlan.api import (
    alike,
    assessment,
    cases,
    description,
    dispatch,
    health,
    intake,
    places,
    ratings,
    returns,
    wire,
)
from anlan.api.door import PolicyRouter
from anlan.api.problems import AddressUnknown, answer, handle
from anlan.people import policies

api = NinjaAPI(
    title="anlan",
    version="1",
    description="Signals in, cases and their moves, tracking. Errors are problem+json (RFC 9457).",
    openapi_url=None,
    docs_url=None,
    urls_namespace="api-v1",
    parser=wire.StrictParser(),
    default_router=PolicyRouter(),
)
for kind in (Exception, ValidationError, HttpError, Http404):
    api.add_exception_handler(kind, handle)
for router in (
    intake.router,
    alike.router,
    cases.router,
    dispatch.router,
    ratings.router,
    returns.router,
    assessment.router,
    places.router,
    health.router,
):
    api.add_router("", router)


@cache
def get_description() -> dict[str, Any]:
    """Describe all calls as OpenAPI, with every answer that they may give."""
    return description.complete(dict(api.get_openapi_schema(path_prefix="/api/v1/")))


@policies.public
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Give the description for programs."""
    return wire.reply(get_description())


@policies.public
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the description to people."""
    found = get_description()
    schemas = found["components"]["schemas"]
    calls = [
        {"address": address, "method": method.upper(), "id": call["operationId"], **call}
        for address, methods in found["paths"].items()
        for method, call in methods.items()
    ]
    return render(request, "api/page.html", {"api": found, "calls": calls, "schemas": schemas})


@policies.public
def unknown(request: HttpRequest) -> HttpResponse:
    """Answer for addresses that are none."""
    return answer(AddressUnknown())


calls, app_name, _ = api.urls  # by this name the web's middleware leaves these calls to the API
urlpatterns: list[URLPattern | URLResolver] = [
    # The framework's own root page would be a call without a policy
    *(each for each in calls if getattr(each, "name", "") != "api-root"),
    path("openapi.json", openapi, name="openapi"),
    path("docs", page, name="docs"),
    re_path("", unknown),
]
