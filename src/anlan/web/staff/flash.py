"""One sentence that survives a redirect, in a signed cookie: there are no sessions.

The cookie is written with the redirect and cleared by the first whole page that follows.
"""

from __future__ import annotations

from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE = "anlan_flash"
SALT = "anlan.web.flash"
LIFE_SECONDS = 60


def tell(response: HttpResponse, text: str) -> HttpResponse:
    """Show `text` on the next page."""
    response.set_cookie(
        COOKIE, signing.dumps(text, salt=SALT), max_age=LIFE_SECONDS, httponly=True, samesite="Lax"
    )
    return response


def read(request: HttpRequest) -> str:
    """Read the sentence that came with the last redirect; empty without or when forged."""
    sealed = request.COOKIES.get(COOKIE)
    if not sealed:
        return ""
    try:
        return str(signing.loads(sealed, salt=SALT, max_age=LIFE_SECONDS))
    except signing.BadSignature:
        return ""


def clear_once_shown(request: HttpRequest, response: HttpResponse) -> None:
    """Forget the sentence once a whole page has shown it; fragments, photos and redirects do not."""
    is_page = (
        response.get("Content-Type", "").startswith("text/html") and response.status_code < 300
    )
    if COOKIE in request.COOKIES and is_page and "HX-Request" not in request.headers:
        response.delete_cookie(COOKIE, samesite="Lax")
