"""Watches every request: gives it an id, counts it, writes its line, traces it when tracing is on.

The outermost middleware. What it tells of a request comes from closed lists: the route's name and
not the address (which may hold a tracking code), method, status, duration, kind and roles of the
actor. A request id is made here and sent back as X-Request-ID; one that a proxy sends is taken only
in the form of a UUID or of 32 hexadecimal digits, so that nobody writes a telephone number with it.
Cost: docs/reference/benchmarks.md, `watch`.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable
from time import perf_counter

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from anlan.config.operating import counts, logs, traces
from anlan.kernel.actor import Actor

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_ROUTE = "(none)"
STATIC = "(static)"
TOLD = frozenset({400, 401, 403, 413, 422, 429})
"""Refused, not taken, slowed down: always written, as whoever looks into an attack asks for them."""
BEAT_S = 0.01
_REQUEST_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

_log = logging.getLogger("anlan.request")

GetResponse = Callable[[HttpRequest], HttpResponse]


def watch(get_response: GetResponse) -> GetResponse:
    """Middleware: watch every request."""
    is_written, is_behind_proxy = settings.LOG_REQUESTS, settings.BEHIND_HTTPS
    tracer = traces.get_tracer()
    respond = get_response if tracer is None else _traced(get_response, tracer)

    def answer(request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        given = request.META.get("HTTP_X_REQUEST_ID", "") if is_behind_proxy else ""
        request_id = given if _REQUEST_ID.fullmatch(given) else os.urandom(16).hex()
        token = logs.context.set({"request": request_id})
        try:
            response = respond(request)
            response.headers["X-Request-ID"] = request_id
            took_s = perf_counter() - began
            route, method, status = name_route(request), name_method(request), response.status_code
            counts.count_request(route, method, status, took_s)
            if is_written or status >= 500 or status in TOLD:
                _write(request, route, method, status, took_s)
            if status == 404 and request.resolver_match is not None:
                time.sleep(left_of_beat(perf_counter() - began))
        finally:
            logs.context.reset(token)
        return response

    return answer


def left_of_beat(took_s: float) -> float:
    """Tell how long an answer "there is nothing here" still waits.

    The database looks at a row that is hidden for a tenth of a millisecond longer than at none. On
    the beat both take equally long (docs/decisions/0034-what-is-not-there-answers-on-a-beat.md).

    >>> [round(left_of_beat(took_s), 4) for took_s in (0.0034, 0.0199, 0.02)]
    [0.0066, 0.0001, 0.0]
    """
    return -took_s % BEAT_S


def _traced(get_response: GetResponse, tracer: traces.Tracer) -> GetResponse:
    is_behind_proxy = settings.BEHIND_HTTPS

    def respond(request: HttpRequest) -> HttpResponse:
        def answer() -> HttpResponse:
            (logs.context.get() or {})["trace"] = tracer.trace_id()
            return get_response(request)

        def describe(response: HttpResponse) -> dict[str, str | int]:
            actor = _actor_of(request)
            return {
                "http.request.method": name_method(request),
                "http.route": name_route(request),
                "http.response.status_code": response.status_code,
                "anlan.request": str((logs.context.get() or {}).get("request", "")),
                "anlan.actor": actor.kind.value if actor else "NOBODY",
            }

        sent = request.META.get("HTTP_TRACEPARENT", "") if is_behind_proxy else ""
        carrier = {traces.CARRIED: sent} if sent else {}
        answered: HttpResponse = tracer.follow_request(
            name_method(request), carrier, answer, describe
        )
        return answered

    return respond


def name_method(request: HttpRequest) -> str:
    """Name the method of a request: one of the usual ones, or OTHER."""
    method = request.method or ""
    return method if method in METHODS else "OTHER"


def name_route(request: HttpRequest) -> str:
    """Name the route of a request: its name, or the pattern when it has none; never the address."""
    match = request.resolver_match
    if match is None:
        return STATIC if request.path_info.startswith(_static_prefix()) else NO_ROUTE
    return match.view_name if match.url_name else match.route or NO_ROUTE


def _static_prefix() -> str:
    prefix = settings.STATIC_URL
    return prefix if prefix.startswith("/") else f"/{prefix}"


def _write(request: HttpRequest, route: str, method: str, status: int, took_s: float) -> None:
    actor = _actor_of(request)
    fields: logs.Fields = {
        "route": route,
        "method": method,
        "status": status,
        "ms": round(took_s * 1000, 1),
        "actor": actor.kind.value if actor else "NOBODY",
    }
    if actor and actor.seats:
        fields["roles"] = ",".join(sorted({seat.role.value for seat in actor.seats}))
    level = logging.ERROR if status >= 500 else logging.INFO
    _log.log(level, "request", extra={"fields": fields})


def _actor_of(request: HttpRequest) -> Actor | None:
    auth = request.__dict__.get("auth")
    found = getattr(auth, "actor", None) or request.__dict__.get("actor")
    return found if isinstance(found, Actor) else None
