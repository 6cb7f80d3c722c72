"""Back into an account at a counter: one colleague asks, another confirms, the person begins anew.

Confirmed, everything by which the person signed in is gone, and a password that opens only the choice
of one's own is shown once, to be handed over. Both acts are in the ledger; the person is told.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

from anlan.kernel import permits
from anlan.kernel.actor import Actor, ActorKind
from anlan.ledger import actions as ledger
from anlan.people import queries, rules
from anlan.people.actions.checks import tell_change
from anlan.people.actions.persons import forget_means
from anlan.people.models import Person, Recovery


@permits.scope
@transaction.atomic
def ask_recovery(*, actor: Actor, login: str, at: datetime) -> Recovery:
    """Ask to let somebody begin anew whose papers one has seen. Raises RecoveryNotYours."""
    if actor.id is None:
        raise rules.RecoveryNotYours()
    found = Person.objects.filter(login=rules.normal_login(login), is_active=True).first()
    if found is None or found.id == actor.id or not _may_help(actor, found.id, at):
        raise rules.RecoveryNotYours()
    asked = Recovery.objects.create(person=found, asked_by_id=actor.id, asked_at=at)
    ledger.write(
        actor=actor, what="recovery.asked", about_kind="person", about_id=found.id,
        data={"recovery_id": str(asked.id)}, at=at,
    )  # fmt: skip
    return asked


@permits.scope
@transaction.atomic
def confirm_recovery(*, actor: Actor, recovery_id: UUID, at: datetime) -> rules.Recovered:
    """Let somebody begin anew; give the password that opens the choice of his own, for a day.

    Raises RecoveryUnknown, AnotherPersonNeeded, RecoveryNotYours.
    """
    row = (
        Recovery.objects.select_for_update()
        .filter(
            id=recovery_id, confirmed_at__isnull=True,
            asked_at__gt=at - rules.RECOVERY_CONFIRM_WITHIN,
        )
        .first()
    )  # fmt: skip
    if row is None:
        raise rules.RecoveryUnknown()
    if not _may_help(actor, row.person_id, at):
        raise rules.RecoveryUnknown()
    if actor.id in (row.asked_by_id, row.person_id):
        raise rules.AnotherPersonNeeded()
    person = Person.objects.select_for_update().get(id=row.person_id)
    if not person.is_active:
        raise rules.RecoveryUnknown()
    password = rules.make_recovery_code()
    person.password = make_password(password)
    person.failed_count, person.locked_until, person.is_demo = 0, None, False
    person.initial_until = at + rules.RECOVERED_PASSWORD_LIMIT
    person.save()
    forget_means(person.id)
    row.confirmed_by_id, row.confirmed_at = actor.id, at
    row.save(update_fields=["confirmed_by", "confirmed_at"])
    change = rules.Change.RECOVERED
    tell_change(actor, person.id, what="person.recovered", change=change, at=at)
    return rules.Recovered(login=person.login, name=person.name, password=password)


def _may_help(actor: Actor, person_id: UUID, at: datetime) -> bool:
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        return False
    return rules.may_recover(actor.seats, queries.list_duty_paths(person_id, at=at))
