"""What the OpenAPI description says about obstacles, told once for all calls.

A call names what it gives when all goes well. What stands in the way of any call (a body that is
no JSON, a token that is unknown, a database that is away) follows from what the call is: guarded or
open, with a body or without, with something in its address or not. Every obstacle is
problem+json; the codes of the rooms' own come under the same status and are told by their `code`.
"""

from __future__ import annotations

from typing import Any

from anlan.api import problems
from anlan.kernel.errors import AnlanError, Busy, StorageFull, TooMany
from anlan.people.policies import ChannelNeeded, SeatNeeded, SignInNeeded

PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "An obstacle (RFC 9457). `code` is for programs, `detail` for people, in the "
    "language of Accept-Language; `data` holds what the detail names.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "data"],
    "properties": {
        "type": {"type": "string", "pattern": "^urn:anlan:problem:[A-Z0-9_]+$"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "pattern": "^[A-Z0-9_]+$"},
        "detail": {"type": "string"},
        "data": {"type": "object"},
    },
}
_WAIT = {
    "Retry-After": {
        "description": "Seconds to wait before the next try.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    }
}

_Errors = tuple[type[AnlanError], ...]
_ALWAYS: dict[int, tuple[str, _Errors]] = {
    400: ("The request cannot be read", (problems.BodyMalformed,)),
    422: ("It cannot be taken as it is", (problems.FieldsInvalid, problems.ValueRefused)),
    500: ("Something went wrong on our side", (problems.Failure,)),
    503: ("It cannot be answered just now", (problems.DatabaseAway,)),
}
_GUARDED: dict[int, tuple[str, _Errors]] = {
    401: ("No valid token or sign-in", (SignInNeeded, problems.TokenUnknown)),
    403: ("Not for this caller", (SeatNeeded, ChannelNeeded, problems.CrossSiteRequest)),
    429: ("Too many calls of one account, or too many photos", (TooMany,)),
}
_NAMING: dict[int, tuple[str, _Errors]] = {
    404: ("It does not exist, or not for this caller", (problems.AddressUnknown,)),
}
_CHANGING: dict[int, tuple[str, _Errors]] = {
    404: ("What is named does not exist, or not for this caller", ()),
    409: ("It stands differently now", (Busy,)),
    413: ("Too large", (problems.BodyTooLarge,)),
    507: ("No room is left on the disk; nothing was kept", (StorageFull,)),
}
_COUNTED: dict[int, tuple[str, _Errors]] = {
    429: ("Too many looks at tracking codes", (TooMany,)),
}


def complete(description: dict[str, Any]) -> dict[str, Any]:
    """Add to every call of an OpenAPI description the obstacles that may meet it."""
    description["components"]["schemas"]["Problem"] = PROBLEM
    for address, methods in description["paths"].items():
        for method, call in methods.items():
            for status, (meaning, errors) in _obstacles_of(address, method, call).items():
                call["responses"].setdefault(status, _answer(status, meaning, errors))
            call["responses"] = dict(sorted(call["responses"].items(), key=lambda r: int(r[0])))
    return description


def obstacle(meaning: str, *errors: type[AnlanError]) -> dict[str, Any]:
    """Describe an obstacle of one call alone, for its `openapi_extra`; all errors have one status."""
    status = errors[0].status
    return {"responses": {status: _answer(status, meaning, errors)}}


def _obstacles_of(
    address: str, method: str, call: dict[str, Any]
) -> dict[int, tuple[str, _Errors]]:
    found = dict(_ALWAYS)
    if method != "get":
        found |= _CHANGING
    if "{" in address:
        found |= _NAMING
    if call.get("security"):
        found |= _GUARDED
    if "{tracking_code}" in address:
        found |= _COUNTED
    return found


def _answer(status: int, meaning: str, errors: _Errors) -> dict[str, Any]:
    codes = ", ".join(error.code for error in errors)
    answer: dict[str, Any] = {
        "description": f"{meaning}: {codes}." if codes else f"{meaning}.",
        "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in (429, 503, 507):
        answer["headers"] = _WAIT
    return answer
