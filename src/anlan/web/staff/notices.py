"""A person's own notices."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from anlan.kernel.clock import now
from anlan.notices import actions, queries
from anlan.people import policies
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash, words
from anlan.web.staff.cases import zone_of

PAGE_SIZE = 50


@policies.signed_in
@require_safe
def list_notices(request: StaffRequest) -> HttpResponse:
    """Show the newest notices, the unread ones marked."""
    at, zone = now(), zone_of(request.actor)
    offset = max(0, int(text)) if (text := request.GET.get("after", "")).isdecimal() else 0
    found = queries.list_notices(request.actor, limit=PAGE_SIZE + 1, offset=offset)
    notices = [
        {
            "notice": notice,
            "when": words.show_instant(notice.created_at, zone=zone, at=at),
            "ago": words.show_ago(notice.created_at, at),
        }
        for notice in found[:PAGE_SIZE]
    ]
    after = offset + PAGE_SIZE if len(found) > PAGE_SIZE else None
    context = {
        "notices": notices,
        "after": after,
        "until": found[0].created_at.isoformat() if found else "",
    }
    return render(request, "staff/notices.html", context)


@policies.signed_in
@require_POST
def mark_read(request: StaffRequest) -> HttpResponse:
    """Mark as read what had come in up to the instant of the newest notice that was shown."""
    until_at = _read_instant(request.POST.get("until", ""))
    count = actions.mark_read(actor=request.actor, until_at=until_at, at=now())
    response = redirect("staff:notices")
    return flash.tell(response, gettext("Marked as read.")) if count else response


@policies.signed_in
@require_POST
def open_notice(request: StaffRequest, notice_id: UUID) -> HttpResponse:
    """Mark one notice as read and go where it points."""
    mine = {n.id: n for n in queries.list_notices(request.actor, limit=500)}
    notice = mine.get(notice_id)
    actions.mark_read(actor=request.actor, notice_ids=[notice_id], at=now())
    is_inside = notice is not None and notice.link.startswith("/") and notice.link[1:2] != "/"
    return redirect(notice.link if notice is not None and is_inside else "staff:notices")


def _read_instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else None
