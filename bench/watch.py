"""What watching costs a request: the id, the counts, the log context, and a line when it is wanted.

The smallest answer of the product (/health/live) goes through the whole frame without a socket, with
and without the middleware, in turns; figures are processor time of the thread, so that other work on the
machine does not count. Tracing is off, as by default; `line_us` is what the JSON line adds.
"""

from __future__ import annotations

import logging
from io import StringIO
from statistics import median
from time import thread_time
from typing import Any

from bench import world

ROUNDS, REQUESTS = 15, 2000
WATCH = "anlan.config.operating.requests.watch"


def run() -> dict[str, Any]:
    """Measure in one process."""
    with world.instance():
        from django.test import override_settings

        from anlan.config.operating.logs import JsonLines

        handler = logging.StreamHandler(StringIO())
        handler.setFormatter(JsonLines())
        log = logging.getLogger("anlan.request")
        log.addHandler(handler)
        log.propagate = False
        bare = _frame(without=True)
        quiet = _frame()
        with override_settings(LOG_REQUESTS=True):
            talking = _frame()
        for frame in (bare, quiet, talking):
            _press(frame)
        log.setLevel(logging.INFO)
        rounds = [(_press(bare), _press(quiet), _press(talking)) for _ in range(ROUNDS)]
    return {
        "bench": "watch",
        "ratio": round(median(quiet / bare for bare, quiet, _ in rounds), 3),
        "cost_us": round(median(quiet - bare for bare, quiet, _ in rounds), 1),
        "line_us": round(median(talking - quiet for _, quiet, talking in rounds), 1),
        "bare_us": round(median(bare for bare, _, _ in rounds), 1),
        "data": "none",
    }


def _frame(*, without: bool = False) -> Any:
    """Build Django's frame anew, as the settings stand."""
    from django.conf import settings
    from django.core.handlers.base import BaseHandler
    from django.test import override_settings

    middleware = [name for name in settings.MIDDLEWARE if not (without and name == WATCH)]
    with override_settings(MIDDLEWARE=middleware):
        frame = BaseHandler()
        frame.load_middleware()
    return frame


def _press(frame: Any) -> float:
    """Answer many requests; give microseconds of processor time for one."""
    from django.test import RequestFactory

    requests = [
        RequestFactory().get("/health/live", HTTP_HOST="localhost") for _ in range(REQUESTS)
    ]
    began = thread_time()
    for request in requests:
        frame.get_response(request)
    return (thread_time() - began) / REQUESTS * 1e6
