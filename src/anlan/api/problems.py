"""Everything that goes wrong at the API, as one kind of answer: problem+json (RFC 9457).

    {"type": "urn:anlan:problem:POINT_OUTSIDE", "title": "Unprocessable Entity", "status": 422,
     "code": "POINT_OUTSIDE", "detail": "…in the reader's language…", "data": {"lon": 121.0, …}}

`find_problem` turns whatever was raised into an AnlanError; `net` is the middleware that catches
what never reached a call: unknown addresses, wrong methods, bodies too large.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import psycopg
from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja.errors import HttpError, ValidationError

from anlan.api.open311 import wire as open311
from anlan.kernel import counting
from anlan.kernel.errors import (
    AnlanError,
    Busy,
    Invalid,
    NotAllowed,
    NotFound,
    StorageFull,
    TooMany,
    Unavailable,
    find_race,
    is_storage_full,
)

PREFIX, OPEN311_PREFIX = "/api/", "/open311/"
MEDIA_TYPE = "application/problem+json"
BODY_LIMIT_BYTES = 1_000_000
RETRY_AFTER_SECONDS = 5

logger = logging.getLogger(__name__)


class BodyMalformed(Invalid):
    """The body is not well-formed. Send JSON in UTF-8 (or the form the call asks for)."""

    status = 400


class FieldsInvalid(Invalid):
    """Some fields cannot be taken as they are: {summary}"""


class ValueRefused(Invalid):
    """A value is out of the range that can be stored."""


class BodyTooLarge(Invalid):
    """The body is larger than {limit_bytes} bytes."""

    status = 413


class AddressUnknown(NotFound):
    """There is nothing at this address. The calls are listed in /api/v1/openapi.json."""


class MethodNotAllowed(Invalid):
    """This address does not know the method {method}."""

    status = 405


class TokenUnknown(AnlanError):
    """The token is unknown, has expired or was revoked. Ask those who run this installation."""

    status = 401


class CrossSiteRequest(NotAllowed):
    """A change with the sign-in cookie needs the page's CSRF token in the header X-CSRFToken."""


class DatabaseAway(Unavailable):
    """The database cannot be reached. Nothing was kept; send the same request again in a moment."""


class Failure(AnlanError):
    """Something went wrong on our side; it has been written to the log."""


def find_problem(raised: BaseException) -> AnlanError:
    """Tell what an exception means to the caller; what nobody foresaw goes to the log."""
    match raised:
        case AnlanError():
            return raised
        case ValidationError():
            return _describe_fields(raised)
        case OSError() | OperationalError() if is_storage_full(raised):
            logger.warning("the disk is full: %s", raised)
            return StorageFull()
        case OperationalError() | IntegrityError() if race := find_race(raised):
            logger.info("somebody was faster: %s", race)
            return Busy()
        case OperationalError() | InterfaceError() | psycopg.OperationalError():
            logger.warning("the database did not answer", exc_info=raised)
            return DatabaseAway()
        case DataError():
            return ValueRefused()
        case RequestDataTooBig():
            return BodyTooLarge(limit_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        case MultiPartParserError() | SuspiciousOperation() | UnreadablePostError() | BadRequest():
            return BodyMalformed()
        case Http404():
            return AddressUnknown()
        case HttpError():
            return _problem_of_status(raised.status_code, "")
    logger.error("an API call failed", exc_info=raised)
    return Failure()


def _describe_fields(raised: ValidationError) -> FieldsInvalid:
    fields = [
        {"field": ".".join(str(part) for part in each["loc"][1:]), "problem": each["msg"]}
        for each in raised.errors
    ]
    # The whole body counts as one field of the call; its name means nothing to the caller
    for each in fields:
        each["field"] = each["field"].removeprefix("body.")
    summary = "; ".join(f"{each['field']}: {each['problem']}" for each in fields[:5])
    return FieldsInvalid(summary=summary, fields=fields)


def _problem_of_status(status: int, method: str) -> AnlanError:
    match status:
        case 400:
            return BodyMalformed()
        case 401:
            return TokenUnknown()
        case 403:
            return NotAllowed()
        case 404:
            return AddressUnknown()
        case 405:
            return MethodNotAllowed(method=method)
        case 413:
            return BodyTooLarge(limit_bytes=BODY_LIMIT_BYTES)
        case 503:
            return DatabaseAway()
    return Failure()


def _plain(value: Any) -> Any:
    """Bring error data to JSON: numbers that JSON does not know and other types as text."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case dict():
            return {str(key): _plain(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(each) for each in value]
    return str(value)


def answer(error: AnlanError) -> HttpResponse:
    """Write an error as problem+json in the reader's language."""
    counting.count("obstacles", 1, error.code)
    body = {
        "type": f"urn:anlan:problem:{error.code}",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "code": error.code,
        "detail": error.message,
        "data": _plain(error.data),
    }
    response = HttpResponse(json.dumps(body), content_type=MEDIA_TYPE, status=error.status)
    _add_headers(response, error)
    return response


def _add_headers(response: HttpResponse, error: AnlanError) -> None:
    if isinstance(error, TooMany):
        response["Retry-After"] = str(error.data["wait_seconds"])
    elif isinstance(error, Unavailable):
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    elif error.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    response["Vary"] = "Accept-Language"


def handle(request: HttpRequest, raised: Exception | type[Exception]) -> HttpResponse:
    """Answer an exception that a call raised."""
    return answer(find_problem(raised if isinstance(raised, Exception) else raised()))


def net(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], Any]:
    """Middleware: answer in the API's own form whatever did not reach a call, or left none.

    Stands after LocaleMiddleware, so that the reader's language is known. All but pages say that they
    are attachments, so that no browser takes data for a page, however it was brought to open it.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        path = request.path_info
        write: Callable[[AnlanError], HttpResponse]
        if path.startswith(PREFIX):
            write = answer
        elif path.startswith(OPEN311_PREFIX):
            write = open311.error_writer(request)
        else:
            return get_response(request)
        response = _answer_in_form(request, write)
        # Nearly every answer tells of cases or persons: no cache on the way keeps one.
        response.headers.setdefault("Cache-Control", "no-store")
        kind = response.get("Content-Type", "")
        if not kind.startswith("text/html"):
            name = "api.xml" if kind.startswith("text/xml") else "api.json"
            response.headers.setdefault("Content-Disposition", f'attachment; filename="{name}"')
        return response

    def _answer_in_form(
        request: HttpRequest, write: Callable[[AnlanError], HttpResponse]
    ) -> HttpResponse:
        limit = _limit_of(request)
        if _length_of(request) > limit:
            return write(BodyTooLarge(limit_bytes=limit))
        response = get_response(request)
        if response.status_code < 400 or response.get("Content-Type", "").startswith(
            (MEDIA_TYPE, "application/json", "text/xml")
        ):
            return response
        problem = write(_problem_of_status(response.status_code, request.method or ""))
        if response.has_header("Allow"):
            problem["Allow"] = response["Allow"]
        return problem

    return respond


def _length_of(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _limit_of(request: HttpRequest) -> int:
    if request.content_type == "multipart/form-data":
        return settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
    return BODY_LIMIT_BYTES
