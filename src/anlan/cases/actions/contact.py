"""Looking up who reported a case, and calling without seeing the number."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime
from uuid import UUID

from django.db import transaction

from anlan.cases import queries, rules
from anlan.cases.models import Case
from anlan.intake import actions as intake
from anlan.intake.queries import find_contact
from anlan.intake.rules import ContactDetails
from anlan.kernel import events, permits, seal
from anlan.kernel.actor import Actor
from anlan.ledger import actions as ledger


@permits.scope
@transaction.atomic
def open_contact(
    *,
    actor: Actor,
    case_id: UUID,
    signal_id: UUID,
    at: datetime,
    reason: rules.ContactReason | None = None,
) -> ContactDetails | None:
    """Show who sent a signal to somebody who handles its case; the look is written down, and its reason.

    Raises CaseNotVisible, also for a signal of another case, and ContactClosed.
    """
    _access(actor, case_id, signal_id)
    return intake.open_contact(
        actor=actor, signal_id=signal_id, at=at, reason=reason.value if reason else ""
    )


@permits.scope
@transaction.atomic
def call_reporter(
    *,
    actor: Actor,
    case_id: UUID,
    signal_id: UUID,
    own_number: str,
    reason: rules.ContactReason,
    has_relay: bool,
    at: datetime,
) -> None:
    """Have the relay connect the actor with who sent a signal; neither sees the other's number.

    For whoever handles the case, and, since no number is shown, for whoever was sent to it.
    own_number: where the actor is called; sealed until the relay has it, kept nowhere. has_relay: whether
    the installation has one.
    Raises CaseNotVisible, also for a signal of another case, ContactClosed, NoRelay, NumberWrong, NoNumber.
    """
    _access(actor, case_id, signal_id, or_sent=True)
    if not has_relay:
        raise rules.NoRelay()
    number = rules.read_number(own_number)
    contact = find_contact(signal_id=signal_id)
    if contact is None or not contact.phone:
        raise rules.NoNumber()
    sealed = seal.seal(number.encode(), rules.call_context(signal_id))
    ledger.write(
        actor=actor, what="contact.called", about_kind="signal", about_id=signal_id,
        data={"reason": reason.value}, at=at,
    )  # fmt: skip
    events.emit(
        rules.CallAsked(
            signal_id=str(signal_id), case_id=str(case_id), person_id=str(actor.id),
            caller=b64encode(sealed).decode(),
        )
    )  # fmt: skip


def _access(actor: Actor, case_id: UUID, signal_id: UUID, *, or_sent: bool = False) -> Case:
    case = queries.access_case(actor=actor, case_id=case_id)
    if signal_id not in queries.list_signal_ids(case_id=case_id):
        raise rules.CaseNotVisible(case=case_id)
    is_sent = or_sent and actor.id in case.responders
    if not (is_sent or queries.may_open_contact(actor=actor, case=case)):
        raise rules.ContactClosed()
    return case


@permits.inside
def read_call(*, signal_id: UUID, caller: str) -> tuple[str, str] | None:
    """Open the two numbers of a call that was asked for; None when the reporter's is gone meanwhile."""
    contact = find_contact(signal_id=signal_id)
    if contact is None or not contact.phone:
        return None
    own = seal.unseal(b64decode(caller), rules.call_context(signal_id)).decode()
    return own, contact.phone
