"""Looking up who reported a case."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from anlan.cases import queries, rules
from anlan.intake import actions as intake
from anlan.intake.rules import ContactDetails
from anlan.kernel import permits
from anlan.kernel.actor import Actor


@permits.scope
@transaction.atomic
def open_contact(
    *, actor: Actor, case_id: UUID, signal_id: UUID, at: datetime
) -> ContactDetails | None:
    """Show who sent a signal to somebody who handles its case; the look is written down.

    Raises CaseNotVisible, also for a signal of another case, and ContactClosed.
    """
    case = queries.access_case(actor=actor, case_id=case_id)
    if signal_id not in queries.list_signal_ids(case_id=case_id):
        raise rules.CaseNotVisible(case=case_id)
    if not queries.may_open_contact(actor=actor, case=case):
        raise rules.ContactClosed()
    return intake.open_contact(actor=actor, signal_id=signal_id, at=at)
