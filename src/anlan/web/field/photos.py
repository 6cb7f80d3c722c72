"""Photos on the phone: of cases in one's places, and of cases one was sent to."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from anlan.kernel.actor import PLACE_ROLES
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.privacy import actions as privacy
from anlan.privacy.rules import Looked
from anlan.web.desk.photos import serve_photo
from anlan.web.field import access
from anlan.web.middleware import StaffRequest


@policies.seated(*PLACE_ROLES)
@require_safe
def photo(request: StaffRequest, document_id: UUID, *, is_small: bool = False) -> HttpResponseBase:
    """Give a photo, or its small form, to whoever may see its case."""
    case = access.access_case_of_photo(actor=request.actor, document_id=document_id)
    if not is_small:
        privacy.record_look(actor=request.actor, case=case, what=Looked.PHOTO, at=now())
    response = serve_photo(document_id, is_small=is_small)
    response["Cache-Control"] = "no-store"  # a phone keeps those of its errands sealed (store.js)
    return response
