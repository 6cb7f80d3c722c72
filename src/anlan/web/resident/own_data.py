"""What is held about a reporter, who looked at it, a copy of it, and its erasure; by tracking code.

Reading needs the code. A copy or an erasure needs, besides, the contact that was left with the report:
a code may have been read out to somebody.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from anlan.intake.queries import has_contact
from anlan.kernel.actor import ROLE_LABELS, Role
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError
from anlan.people import policies
from anlan.places.queries import get_gazetteer
from anlan.privacy import actions, queries
from anlan.privacy.rules import GROUND_LABELS, LOOKED_LABELS, Ground, Looked
from anlan.web.resident.track import find_report, show_code, show_instant
from anlan.web.staff import words

if TYPE_CHECKING:
    from anlan.cases.models import Case
    from anlan.intake.models import Signal
    from anlan.privacy.models import Look


@policies.public
@never_cache
@require_safe
def show(request: HttpRequest, tracking_code: str) -> HttpResponse:
    """What is held, for how long, and who looked at it."""
    signal, case = find_report(request, tracking_code)
    return _show(request, signal, case)


@policies.public
@never_cache
@require_POST
def export(request: HttpRequest, tracking_code: str) -> HttpResponse:
    """Give everything as a file: JSON and the photos, zipped."""
    signal, case = find_report(request, tracking_code)
    try:
        packed = actions.export_by_code(
            tracking_code=show_code(signal), typed=_typed(request), at=now()
        )
    except AnlanError as wrong:
        if wrong.status not in (422, 429):
            raise
        return _show(request, signal, case, fault=wrong, of="export")
    response = HttpResponse(packed, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="anlan-{signal.code}.zip"'
    return response


@policies.public
@never_cache
@require_POST
def erase(request: HttpRequest, tracking_code: str) -> HttpResponse:
    """Erase what is held: the contact at once, the rest when the case has ended."""
    signal, case = find_report(request, tracking_code)
    try:
        actions.erase_by_code(tracking_code=show_code(signal), typed=_typed(request), at=now())
    except AnlanError as wrong:
        if wrong.status not in (422, 429):
            raise
        return _show(request, signal, case, fault=wrong, of="erase")
    return redirect(reverse("own_data", args=[show_code(signal)]) + "#erase")


def _typed(request: HttpRequest) -> str:
    return request.POST.get("contact", "").replace("\0", "")


def _show(
    request: HttpRequest,
    signal: Signal,
    case: Case,
    *,
    fault: AnlanError | None = None,
    of: str = "",
) -> HttpResponse:
    at = now()
    zone = get_gazetteer().time_zone(case.place_id)
    asked = queries.find_request(signal_id=signal.id)
    context = {
        "code": show_code(signal),
        "looks": [_tell(look, zone, at) for look in queries.list_looks(case_id=case.id)],
        "held": _list_held(),
        "has_contact": has_contact(signal_id=signal.id),
        "asked": show_instant(asked.asked_at, zone, at) if asked else None,
        "is_erased": asked is not None and asked.done_at is not None,
        "fault": fault.message if fault else "",
        "fault_of": of,
    }
    return render(request, "resident/own_data.html", context, status=fault.status if fault else 200)


def _tell(look: Look, zone: str, at: datetime) -> dict[str, Any]:
    place = get_gazetteer().find_place_by_code(look.place_path.rpartition(".")[2])
    role = words.from_pair(ROLE_LABELS[Role(look.role)]) if look.role else gettext("Partner system")
    return {
        "who": f"{role} · {words.name(place)}" if place is not None else role,
        "what": words.from_pair(LOOKED_LABELS[Looked(look.what)]),
        "why": words.from_pair(GROUND_LABELS[Ground(look.why)]),
        "when": show_instant(look.last_at, zone, at),
        "times": look.times,
    }


def _list_held() -> list[dict[str, Any]]:
    """Group what is held by purpose and term: a resident reads kinds of data, not columns."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for held in queries.list_held_about_reporters():
        term = held["terms"][0]
        purpose = words.from_pair(held["purpose"])
        group = found.setdefault(
            (purpose, term["code"]),
            {
                "purpose": purpose,
                "basis": words.from_pair(held["basis"]),
                "days": term["days"],
                "since": words.from_pair(term["since"]),
                "is_default": "默认值" in term["source"],
                "kinds": {},
                "seen_by": {},
            },
        )
        group["kinds"][words.from_pair(held["kind"])] = True
        group["seen_by"][words.from_pair(held["seen_by"])] = True
    return [
        group
        | {
            "kinds": gettext(", ").join(group["kinds"]),
            "seen_by": gettext("; ").join(group["seen_by"]),
        }
        for group in found.values()
    ]
