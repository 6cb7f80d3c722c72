"""What a reader sees when something stands in the way: a plain page in his language, with a code.

`show_problem` makes the page of an `AnlanError`; the functions below it answer what Django itself
refuses (settings: ROOT_URLCONF's handlers and CSRF_FAILURE_VIEW). The page of an unforeseen error
needs no database. Pages of the API answer for themselves.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy

from anlan.kernel import counting
from anlan.kernel.errors import AnlanError, TooMany

RETRY_SECONDS = 5

TITLES = {
    400: gettext_lazy("We do not understand this request"),
    401: gettext_lazy("Sign in first"),
    403: gettext_lazy("This is not for you"),
    404: gettext_lazy("There is nothing here"),
    405: gettext_lazy("This page cannot be opened like this"),
    409: gettext_lazy("Somebody was faster"),
    413: gettext_lazy("That was too much at once"),
    422: gettext_lazy("Something is missing or not right"),
    429: gettext_lazy("One moment, please"),
    500: gettext_lazy("Something broke, and it is our fault"),
    503: gettext_lazy("Not available just now"),
    507: gettext_lazy("There is no room left"),
}
ADVICE = {
    400: gettext_lazy("Go back and try again. Nothing was changed."),
    403: gettext_lazy("If it should be, ask whoever gave you your duty."),
    404: gettext_lazy("The address may be mistyped, or what was here has been moved."),
    409: gettext_lazy("Nothing of yours was written. Look at it as it stands now, and try again."),
    413: gettext_lazy("Send fewer or smaller photos. Nothing was changed."),
    500: gettext_lazy(
        "It has been recorded. What you did just now was not written; try it again later."
    ),
    503: gettext_lazy("Nothing was lost. Try again in a moment."),
    507: gettext_lazy("What was sent before is safe. Keep what you wrote, and try again later."),
}


def show_problem(request: HttpRequest, problem: AnlanError) -> HttpResponse:
    """Make the page of an obstacle."""
    counting.count("obstacles", 1, problem.code)
    response = _show(request, problem.status, code=problem.code, message=problem.message)
    if isinstance(problem, TooMany):
        response["Retry-After"] = str(problem.data.get("wait_seconds", RETRY_SECONDS))
    return response


def show_bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django finds suspicious, too large among it."""
    is_large = isinstance(exception, RequestDataTooBig | TooManyFilesSent)
    return _show(request, 413 if is_large else 400)


def show_forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a refusal."""
    return _show(request, 403)


def show_missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that leads nowhere."""
    return _show(request, 404)


def show_broken(request: HttpRequest) -> HttpResponse:
    """Answer an error that nobody foresaw; it is in the log."""
    return _show(request, 500)


def show_expired_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose protection against forged requests does not fit."""
    message = gettext(
        "The form was open for too long, or your browser keeps no cookies. Load the page again, and "
        "send it again."
    )
    return _show(request, 403, code="FORM_EXPIRED", message=message, advice="")


def _show(
    request: HttpRequest,
    status: int,
    *,
    code: str = "",
    message: str = "",
    advice: str | None = None,
) -> HttpResponse:
    context = {
        "status": status,
        "code": code or re.sub(r"\W+", "_", HTTPStatus(status).phrase).upper(),
        "title": TITLES.get(status, TITLES[400]),
        "message": message,
        "advice": ADVICE.get(status, "") if advice is None else advice,
        "back": request.headers.get("Referer", "") if request.method == "POST" else "",
        "may_retry": status in (429, 500, 503, 507) and request.method == "GET",
    }
    response = render(request, "errors/problem.html", context, status=status)
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.INSUFFICIENT_STORAGE):
        response["Retry-After"] = str(RETRY_SECONDS)
    return response
