"""What makes the field installable and usable without a network: manifest, service worker, script, shell.

The service worker is served from /field/, so it reaches no further. Its version is made of everything that it
keeps: a new release, or another language, is another worker, which replaces the old one's cache whole.
None of this holds anything personal; what a phone keeps of cases is `acts.keep` and field/store.js.
"""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.text import compress_string
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from anlan.people import policies

FOLDER = Path(__file__).parents[1] / "static" / "web"
PAGE_PARTS = (
    "field/store", "field/outbox", "field/phone", "js/photos", "field/way", "field/nearest",
    "field/position", "field/report",
)  # fmt: skip
WORKER_PARTS = ("field/leave", "field/store", "field/outbox", "field/worker")
SHELL = (
    "web/page.css", "web/desk/staff.css", "web/field/field.css", "web/page.js", "web/img/mark.svg",
)  # fmt: skip
ICONS = (("192", "any"), ("512", "any"), ("512", "maskable"))
YEAR_SECONDS = 365 * 24 * 3600


@cache
def _join(parts: tuple[str, ...]) -> str:
    return "\n".join((FOLDER / f"{part}.js").read_text(encoding="utf-8") for part in parts)


def script_address() -> str:
    """Give the address of the one script of the field's pages; it changes with what it holds."""
    digest = sha256(_join(PAGE_PARTS).encode()).hexdigest()[:12]
    return reverse("field:script", args=[digest])


@policies.public
@require_safe
def script(request: HttpRequest, version: str) -> HttpResponse:
    """Give the scripts of the field's pages as one file: one request instead of eight."""
    is_present = request.path == script_address()
    age = f"public, max-age={YEAR_SECONDS}, immutable" if is_present else "no-cache"
    return _javascript(request, _join(PAGE_PARTS), age)


@policies.public
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Give the service worker of this version and language."""
    assets = [*map(static, SHELL), script_address()]
    offline, left = reverse("field:offline"), reverse("field:left")
    parts = [*assets, _join(WORKER_PARTS), get_language() or ""]
    version = sha256("\n".join(parts).encode()).hexdigest()[:12]
    head = "\n".join(
        f"const {name} = {json.dumps(value)};"
        for name, value in (
            ("VERSION", version),
            ("ASSETS", assets),
            ("OFFLINE", offline),
            ("LEFT", left),
        )
    )
    return _javascript(request, f"{head}\n{_join(WORKER_PARTS)}", "no-cache")


def _javascript(request: HttpRequest, text: str, age: str) -> HttpResponse:
    content = text.encode()
    headers = {"Cache-Control": age, "Vary": "Accept-Encoding, Cookie"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        # The same for everybody, so its length tells nothing (BREACH).
        content, headers["Content-Encoding"] = compress_string(content), "gzip"
    return HttpResponse(content, content_type="text/javascript; charset=utf-8", headers=headers)


@policies.public
@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """Tell a browser how the field is installed."""
    home = reverse("field:today")
    return JsonResponse(
        {
            "id": home,
            "name": gettext("Anlan – Field"),
            "short_name": gettext("Anlan"),
            "lang": get_language(),
            "start_url": home,
            "scope": home,
            "display": "standalone",
            "background_color": "#ffffff",
            "theme_color": "#0b5a6b",
            "icons": [
                {
                    "src": static(f"web/field/icon-{purpose}-{size}.png"),
                    "sizes": f"{size}x{size}",
                    "type": "image/png",
                    "purpose": purpose,
                }
                for size, purpose in ICONS
            ],
            "shortcuts": [{"name": gettext("Report on the spot"), "url": reverse("field:report")}],
        },
        content_type="application/manifest+json",
        headers={"Cache-Control": "no-cache", "Vary": "Cookie, Accept-Language"},
    )


@policies.public
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Show what a phone without a network shows in place of a page that it does not keep."""
    return render(request, "field/offline.html")


@policies.public
@require_safe
def left(request: HttpRequest) -> HttpResponse:
    """Show whoever signed out without a network that the phone is empty, and what is still to come."""
    return render(request, "field/left.html")
