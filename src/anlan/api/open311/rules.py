"""What is wrong with a GeoReport request, and how its parameters are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from anlan.kernel.errors import AnlanError, Invalid, NotFound

SPAN_LIMIT = timedelta(days=90)
PAGE_SIZE, PAGE_SIZE_LIMIT = 100, 500
IDS_LIMIT = 100
_KNOWN_STATUS = {"open": True, "closed": False}


class ApiKeyWrong(AnlanError):
    """A valid api_key is needed to send a request. Ask those who run this installation."""

    status = 403


class JurisdictionUnknown(NotFound):
    """There is no jurisdiction_id {jurisdiction}."""


class ServiceUnknown(NotFound):
    """There is no service_code {service}."""


class RequestUnknown(NotFound):
    """There is no service_request_id {request}."""


class ParameterMissing(Invalid):
    """The parameter {parameter} is missing."""


class ParameterWrong(Invalid):
    """The parameter {parameter} cannot be read: {value}."""


class SpanTooLong(Invalid):
    """start_date and end_date may be at most {days} days apart, start first."""


@dataclass(frozen=True, slots=True)
class RequestsWanted:
    """What a list of requests asks for; `is_open` None: both."""

    ids: tuple[str, ...]
    services: tuple[str, ...]
    is_open: bool | None
    from_at: datetime
    until_at: datetime
    page: int
    page_size: int


def read_wanted(query: Mapping[str, str], *, at: datetime) -> RequestsWanted:
    """Read the parameters of GET /requests. Raises ParameterWrong, SpanTooLong."""
    from_at, until_at = _read_span(query, at)
    return RequestsWanted(
        ids=_read_list(query, "service_request_id")[:IDS_LIMIT],
        services=_read_list(query, "service_code"),
        is_open=_read_status(query),
        from_at=from_at,
        until_at=until_at,
        page=_read_number(query, "page", 1, 10_000),
        page_size=_read_number(query, "page_size", PAGE_SIZE, PAGE_SIZE_LIMIT),
    )


def _read_span(query: Mapping[str, str], at: datetime) -> tuple[datetime, datetime]:
    start, end = _read_instant(query, "start_date"), _read_instant(query, "end_date")
    until_at = end or (start + SPAN_LIMIT if start else at)
    from_at = start or until_at - SPAN_LIMIT
    if not timedelta(0) <= until_at - from_at <= SPAN_LIMIT:
        raise SpanTooLong(days=SPAN_LIMIT.days)
    return from_at, until_at


def _read_instant(query: Mapping[str, str], name: str) -> datetime | None:
    value = query.get(name, "")
    if not value:
        return None
    try:
        # A "+" of the offset that was not escaped arrives as a space
        read = datetime.fromisoformat(value.replace(" ", "+"))
    except ValueError:
        read = None
    if read is None or read.tzinfo is None or not 2000 <= read.year <= 2200:
        raise ParameterWrong(parameter=name, value=value[:40])
    return read


def _read_list(query: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in query.get(name, "").split(",") if part.strip())


def _read_status(query: Mapping[str, str]) -> bool | None:
    wanted = _read_list(query, "status")
    for value in wanted:
        if value not in _KNOWN_STATUS:
            raise ParameterWrong(parameter="status", value=value[:40])
    return _KNOWN_STATUS[wanted[0]] if len(set(wanted)) == 1 else None


def _read_number(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    value = query.get(name, "")
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= most):
        raise ParameterWrong(parameter=name, value=value[:40])
    return int(value)


def read_degrees(query: Mapping[str, str], name: str) -> float | None:
    """Read a longitude or latitude, if there is one. Raises ParameterWrong."""
    value = query.get(name, "").strip()
    if not value:
        return None
    try:
        return float(value)
    except ValueError:
        raise ParameterWrong(parameter=name, value=value[:40]) from None


def read_line(query: Mapping[str, str], name: str, limit: int) -> str:
    """Read one line of text of limited length. Raises ParameterWrong."""
    value = query.get(name, "").strip()
    if len(value) > limit or not value.isprintable():
        raise ParameterWrong(parameter=name, value=value[:40])
    return value
