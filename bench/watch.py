"""What watching costs a request: the id, the counts, the log context, and a line when it is wanted.

The middleware alone, around a view that does nothing, against that view alone; and the smallest answer of
the product (/health/live) through the whole frame, for a scale. Figures are processor time of the
thread, the least of many short rounds, so that other work on the machine counts as little as it can.
Tracing is off, as by default. `ratio` is what watching adds to that smallest answer; `line_us` what the
JSON line of a request adds when every request is written (ANLAN_LOG_REQUESTS).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from io import StringIO
from time import thread_time
from typing import Any

from bench import world

ROUNDS, REQUESTS = 60, 500


def run() -> dict[str, Any]:
    """Measure in one process."""
    with world.instance() as home:
        (home / "static").mkdir()
        from django.core.handlers.exception import convert_exception_to_response
        from django.http import HttpRequest, HttpResponse
        from django.test import RequestFactory, override_settings
        from django.urls import resolve

        from anlan.config.operating.requests import watch

        _write_nowhere()
        response, match = HttpResponse(), resolve("/health/live")

        def view(request: HttpRequest) -> HttpResponse:
            request.resolver_match = match
            return response

        bare = convert_exception_to_response(view)
        quiet = convert_exception_to_response(watch(bare))
        with override_settings(LOG_REQUESTS=True):
            talking = convert_exception_to_response(watch(bare))
        whole = _whole_frame()
        request = RequestFactory().get("/health/live", HTTP_HOST="localhost")
        bare_us, quiet_us, talking_us, whole_us = _least(
            [bare, quiet, talking, whole.get_response], request
        )
    return {
        "bench": "watch",
        "ratio": round((whole_us + quiet_us - bare_us) / whole_us, 3),
        "cost_us": round(quiet_us - bare_us, 1),
        "line_us": round(talking_us - quiet_us, 1),
        "smallest_answer_us": round(whole_us, 1),
        "data": "none",
    }


def _least(answers: list[Callable[[Any], Any]], request: Any) -> list[float]:
    """Answer in turns; give each one's least microseconds a request."""
    least = [float("inf")] * len(answers)
    for _ in range(ROUNDS):
        for number, answer in enumerate(answers):
            began = thread_time()
            for _ in range(REQUESTS):
                answer(request)
            least[number] = min(least[number], (thread_time() - began) / REQUESTS * 1e6)
    return least


def _whole_frame() -> Any:
    """Build Django's frame without the middleware that is measured."""
    from django.conf import settings
    from django.core.handlers.base import BaseHandler
    from django.test import override_settings

    watched = "anlan.config.operating.requests.watch"
    with override_settings(MIDDLEWARE=[name for name in settings.MIDDLEWARE if name != watched]):
        frame = BaseHandler()
        frame.load_middleware()
    return frame


def _write_nowhere() -> None:
    """Have lines written, as JSON, into memory."""
    from anlan.config.operating.logs import JsonLines

    handler = logging.StreamHandler(StringIO())
    handler.setFormatter(JsonLines())
    log = logging.getLogger("anlan.request")
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    log.propagate = False
