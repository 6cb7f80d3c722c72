"""A copy of what is held about a member of staff, for himself."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from anlan.kernel.actor import ActorKind
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.privacy import actions
from anlan.privacy.rules import OwnDataOnly
from anlan.web.middleware import StaffRequest


@policies.signed_in
@never_cache
@require_POST
def export(request: StaffRequest) -> HttpResponse:
    """Give everything that is held about whoever asks, as a zip of JSON."""
    actor = request.actor
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        raise OwnDataOnly()
    packed = actions.export_person(actor=actor, person_id=actor.id, at=now())
    response = HttpResponse(packed, content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="anlan-own-data.zip"'
    return response
