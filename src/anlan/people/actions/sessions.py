"""One's own sign-ins: ending them, and which duty one works in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from anlan.kernel import permits
from anlan.kernel.actor import Actor
from anlan.ledger import actions as ledger
from anlan.people import rules
from anlan.people.actions.checks import own_person
from anlan.people.models import Duty, SignIn


@permits.own
@transaction.atomic
def end_sign_in(*, actor: Actor, sign_in_id: UUID, at: datetime) -> None:
    """End one of one's own sign-ins, wherever that browser is.

    Raises NotYourAccount, SignInUnknown.
    """
    person = own_person(actor)
    if not SignIn.objects.filter(id=sign_in_id, person=person).delete()[0]:
        raise rules.SignInUnknown()
    ledger.write(
        actor=actor, what="person.sign_in_ended", about_kind="person", about_id=person.id,
        data={"sign_in_id": str(sign_in_id)}, at=at,
    )  # fmt: skip


@permits.own
@transaction.atomic
def end_other_sign_ins(*, actor: Actor, token: str, at: datetime) -> int:
    """End all of one's own sign-ins but that of `token`, and give how many. Raises NotYourAccount."""
    person = own_person(actor)
    others = SignIn.objects.filter(person=person).exclude(token_digest=rules.digest_token(token))
    count = others.delete()[0]
    if count:
        ledger.write(
            actor=actor, what="person.other_sign_ins_ended", about_kind="person",
            about_id=person.id, data={"count": count}, at=at,
        )  # fmt: skip
    return count


@permits.own
@transaction.atomic
def choose_duty(*, actor: Actor, token: str, duty_id: int | None, at: datetime) -> None:
    """Work in one of one's own duties only, in this browser; None: in all of them.

    It narrows what one sees and may do, never widens it. Raises NotYourAccount, DutyUnknown.
    """
    person = own_person(actor)
    if duty_id is not None and not Duty.objects.filter(id=duty_id, person=person).exists():
        raise rules.DutyUnknown(duty_id=duty_id)
    mine = SignIn.objects.filter(person=person, token_digest=rules.digest_token(token))
    if mine.update(duty_id=duty_id):
        ledger.write(
            actor=actor, what="person.duty_chosen", about_kind="person", about_id=person.id,
            data={"duty_id": duty_id}, at=at,
        )  # fmt: skip
