"""Photos of cases, given only to those who may see the case."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from anlan.cases import queries as cases
from anlan.cases import rules as case_rules
from anlan.documents import queries as documents
from anlan.kernel.actor import PLACE_ROLES
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.privacy import actions as privacy
from anlan.privacy.rules import Looked
from anlan.web.middleware import StaffRequest

CACHE_SECONDS = 3600


@policies.seated(*PLACE_ROLES)
@require_safe
def photo(request: StaffRequest, document_id: UUID, *, is_small: bool = False) -> HttpResponseBase:
    """Give a photo, or its small form, as a picture and as nothing else."""
    case = cases.find_case_of_photo(actor=request.actor, document_id=document_id)
    if case is None:
        raise case_rules.CaseNotVisible(case=document_id)
    if not is_small:
        privacy.record_look(actor=request.actor, case=case, what=Looked.PHOTO, at=now())
    return serve_photo(document_id, is_small=is_small)


def serve_photo(document_id: UUID, *, is_small: bool) -> HttpResponseBase:
    """Serve a photo that the caller has found open to the actor."""
    document = documents.get_document(document_id)
    opened = documents.open_thumbnail(document) if is_small else documents.open_document(document)
    response = FileResponse(opened, content_type=document.media_type)
    response["Content-Disposition"] = "inline"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = f"private, max-age={CACHE_SECONDS}, immutable"
    return response
