"""Where a board's stream is: a process of its own, for one thread of the web server could serve but one."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest


def get_stream(request: HttpRequest, code: str, *, is_public: bool) -> str:
    """Give the address of a place's stream; empty where no such process runs: the page then asks again."""
    base = settings.LIVE_URL
    if not base:
        if not settings.LIVE_PORT:
            return ""
        host = urlsplit(f"//{request.get_host()}").hostname or "localhost"
        host = f"[{host}]" if ":" in host else host
        base = f"{request.scheme}://{host}:{settings.LIVE_PORT}"
    return f"{base}/live/{'public' if is_public else 'command'}/{code}"


def get_origin(address: str) -> str:
    """Give the origin of an address, as a Content-Security-Policy names it."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
