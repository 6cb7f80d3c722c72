"""Which cases open on the phone: those in one's places, and those one was sent to."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from anlan.cases import queries as cases
from anlan.cases.rules import CaseNotVisible
from anlan.dispatch import queries as dispatch
from anlan.kernel.actor import Actor

if TYPE_CHECKING:
    from anlan.cases.models import Case


def access_case(*, actor: Actor, case_id: UUID) -> Case:
    """Fetch a case that lies in the actor's places or that he has been sent to.

    A grid worker may be sent beyond the own grid; until the errand ends its case is open to him.
    Raises CaseNotVisible.
    """
    try:
        return cases.access_case(actor=actor, case_id=case_id)
    except CaseNotVisible:
        for errand in dispatch.list_running_for(actor=actor):
            if errand.case_id == case_id:
                return errand.case
        raise


def access_case_of_photo(*, actor: Actor, document_id: UUID) -> Case:
    """Fetch the case of a photo, if that case is open to the actor. Raises CaseNotVisible."""
    found = cases.find_case_of_photo(actor=actor, document_id=document_id)
    if found is not None:
        return found
    for errand in dispatch.list_running_for(actor=actor):
        if document_id in cases.list_photo_ids(case_id=errand.case_id):
            return errand.case
    raise CaseNotVisible(case=document_id)
