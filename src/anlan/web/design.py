"""The design system on one page: tokens and components as they are, for whoever makes a page.

The page is put together from the style sheets' own names, so that what it shows is what the faces use;
`tests/house/test_design.py` holds that no token of colour, size or space and no component is left out.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from anlan.people import policies

TEXT_SIZES = ("xs", "s", "m", "l", "xl", "2xl", "3xl")
SPACES = tuple(range(1, 9))
COLOURS = {
    "ground": ("ground", "paper", "paper-sunken", "line", "line-strong"),
    "ink": ("ink", "ink-soft", "accent", "accent-strong", "accent-soft", "on-accent", "focus", "focus-halo"),
    "status": ("calm", "calm-soft", "soon", "soon-mark", "soon-soft", "late", "late-mark", "late-soft",
               "done", "done-soft", "quiet", "quiet-soft"),
    "map": ("map-ground", "map-land", "map-line", "map-line-strong"),
}  # fmt: skip


@policies.public
@require_safe
def show_design(request: HttpRequest) -> HttpResponse:
    """Show every token and every component, in the reader's language, light or dark as he has it."""
    context = {"text_sizes": TEXT_SIZES, "spaces": SPACES, "colours": COLOURS}
    return render(request, "design/system.html", context)
