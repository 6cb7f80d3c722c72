"""Where streams are: a process of its own, for one thread of the web server could serve but one."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from anlan.web.headers import CONTENT_SECURITY_POLICY


def get_stream(request: HttpRequest, code: str, *, is_public: bool) -> str:
    """Give the address of a place's stream; empty where no such process runs: the page then asks again."""
    return _get(request, f"/live/{'public' if is_public else 'command'}/{code}")


def get_desk_stream(request: HttpRequest, case_id: UUID | None = None) -> str:
    """Give the address of the stream for the own queue, or for one case; empty where no such process runs."""
    return _get(request, f"/live/desk/{case_id}" if case_id else "/live/desk")


def _get(request: HttpRequest, path: str) -> str:
    base = settings.LIVE_URL
    if not base:
        if not settings.LIVE_PORT:
            return ""
        host = urlsplit(f"//{request.get_host()}").hostname or "localhost"
        host = f"[{host}]" if ":" in host else host
        base = f"{request.scheme}://{host}:{settings.LIVE_PORT}"
    return base + path


def let_listen(response: HttpResponse, stream: str) -> HttpResponse:
    """Let a page open its stream, which may lie on another port."""
    if origin := get_origin(stream):
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
            "connect-src 'self'", f"connect-src 'self' {origin}"
        )
    return response


def get_origin(address: str) -> str:
    """Give the origin of an address, as a Content-Security-Policy names it."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
