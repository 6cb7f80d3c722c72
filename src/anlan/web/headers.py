"""What every answer tells the browser to refuse: the strict Content-Security-Policy and its kin.

Scripts, styles and pictures come from this server only and none stands inside a page, so no nonce
is needed. MapLibre starts its workers from blob: addresses; photos are shown before they are sent
from blob: addresses, too. Stands first, so that static files and refusals carry the headers as well.
HSTS, nosniff, Referrer-Policy and Cross-Origin-Opener-Policy are Django's own (config/settings.py).
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": (
        "geolocation=(self), camera=(), microphone=(), payment=(), usb=(), "
        "display-capture=(), browsing-topics=()"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
}


def guard(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Add the headers to every answer; a view that asks for stricter ones (photos) keeps its own."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return answer
