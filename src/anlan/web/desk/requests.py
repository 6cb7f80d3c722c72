"""A reporter who comes in person, or rings: a copy of his data, or its erasure, at the desk.

Whoever handles the case asks for the contact that was left and types it in; without one on file the
reporter shows the tracking code on its own page instead.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from anlan.kernel.actor import PLACE_ROLES
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.privacy import actions
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash


@policies.seated(*PLACE_ROLES)
@never_cache
@require_POST
def export(request: StaffRequest, case_id: UUID, signal_id: UUID) -> HttpResponse:
    """Give a reporter's data as a file, to be handed over."""
    packed = actions.export_at_desk(
        actor=request.actor, case_id=case_id, signal_id=signal_id, typed=_typed(request), at=now()
    )
    response = HttpResponse(packed, content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="anlan-personal-data.zip"'
    return response


@policies.seated(*PLACE_ROLES)
@require_POST
def erase(request: StaffRequest, case_id: UUID, signal_id: UUID) -> HttpResponse:
    """Erase a reporter's data at his request: the contact now, the rest when the case has ended."""
    is_done = actions.erase_at_desk(
        actor=request.actor, case_id=case_id, signal_id=signal_id, typed=_typed(request), at=now()
    )
    told = (
        gettext("Erased at the reporter's request.")
        if is_done
        else gettext("The contact is erased; words and photos go in the night after the close.")
    )
    return flash.tell(redirect("desk:case", case_id=case_id), told)


def _typed(request: StaffRequest) -> str:
    return request.POST.get("contact", "").replace("\0", "")
