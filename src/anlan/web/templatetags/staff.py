"""The menu of pages in the bar of the staff."""

from typing import Any

from django import template

from anlan.web.staff import pages

register = template.Library()


@register.simple_tag(takes_context=True)
def staff_pages(context: dict[str, Any]) -> list[tuple[pages.Page, bool]]:
    """Give the pages that whoever looks at this page may open, and whether he is there."""
    request = context["request"]
    return [
        (page, request.path.startswith(page.address))
        for page in pages.list_pages(getattr(request, "actor", None))
    ]
