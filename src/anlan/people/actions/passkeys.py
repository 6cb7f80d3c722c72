"""Passkeys: registering, naming, removing them, signing in with one, proving oneself with one.

1. A challenge is drawn and kept for five minutes, for one purpose (`_draw`).
2. The browser has it signed by a device that has made sure of its holder.
3. The answer uses the challenge up, whatever it holds (`_use_up`): none serves twice.
4. py_webauthn checks origin, relying party, signature and user verification; the counter is compared
   here, because a counter that went back means that somebody has copied the key, and its owner is told.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from anlan.kernel import permits
from anlan.kernel.actor import Actor, ActorKind
from anlan.kernel.reading import read_json
from anlan.ledger import actions as ledger
from anlan.people import queries, rules
from anlan.people.actions.checks import own_person, tell_change
from anlan.people.actions.factors import lose_factor, note_proof
from anlan.people.actions.sign_ins import continue_sign_in
from anlan.people.models import Challenge, Passkey, Person


@permits.own
@transaction.atomic
def begin_registration(*, actor: Actor, at: datetime) -> rules.Ceremony:
    """Ask this browser for a new passkey. Raises NotYourAccount, TooManyPasskeys."""
    import webauthn
    from webauthn.helpers import structs

    person = own_person(actor)
    held = queries.list_passkeys(person.id)
    if len(held) >= rules.PASSKEYS_ALLOWED:
        raise rules.TooManyPasskeys(limit=rules.PASSKEYS_ALLOWED)
    rp_id, _ = rules.relying_party(settings.PUBLIC_URL)
    drawn = _draw(rules.Purpose.REGISTER, person=person, at=at)
    options = webauthn.generate_registration_options(
        rp_id=rp_id,
        rp_name=rules.ISSUER,
        user_id=person.id.bytes,
        user_name=person.login,
        user_display_name=person.name,
        challenge=bytes(drawn.challenge),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(id=bytes(key.credential_id)) for key in held
        ],
    )
    return rules.Ceremony(challenge_id=drawn.id, options=webauthn.options_to_json(options))


@permits.own
def register_passkey(
    *, actor: Actor, challenge_id: UUID, answer: str, name: str, device: str, at: datetime
) -> Passkey:
    """Keep a new passkey. Raises NotYourAccount, PasskeyRefused, PasskeyThere."""
    challenge = _use_up(challenge_id, rules.Purpose.REGISTER, at=at, person_id=actor.id)
    verified = _verify_registration(answer, challenge)
    with transaction.atomic():
        person = own_person(actor)
        if Passkey.objects.filter(credential_id=verified.credential_id).exists():
            raise rules.PasskeyThere()
        kept = Passkey.objects.create(
            person=person,
            credential_id=verified.credential_id,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            name=rules.name_passkey(name, device=device),
            created_at=at,
        )
        change = rules.Change.PASSKEY_ADDED
        tell_change(actor, person.id, what="person.passkey_added", change=change, at=at)
    return kept


@permits.own
@transaction.atomic
def rename_passkey(*, actor: Actor, passkey_id: UUID, name: str, at: datetime) -> None:
    """Give one of one's own passkeys another name. Raises NotYourAccount, FactorMissing, NameMissing."""
    person = own_person(actor)
    chosen = rules.name_passkey(name, device="")
    if not chosen:
        raise rules.NameMissing()
    if not Passkey.objects.filter(id=passkey_id, person=person).update(name=chosen):
        raise rules.FactorMissing()
    ledger.write(
        actor=actor, what="person.passkey_renamed", about_kind="person", about_id=person.id,
        data={"passkey_id": str(passkey_id)}, at=at,
    )  # fmt: skip


@permits.own
@transaction.atomic
def remove_passkey(*, actor: Actor, passkey_id: UUID, at: datetime) -> None:
    """Remove one of one's own passkeys. Raises NotYourAccount, FactorMissing, LastFactor."""
    person = own_person(actor)
    lose_factor(
        actor, person, Passkey.objects.filter(id=passkey_id, person=person),
        what="person.passkey_removed", change=rules.Change.PASSKEY_REMOVED, at=at,
    )  # fmt: skip


@permits.anybody
@transaction.atomic
def begin_passkey_sign_in(*, at: datetime) -> rules.Ceremony:
    """Ask this browser to sign in with a passkey; it says itself whose."""
    return _ask(_draw(rules.Purpose.SIGN_IN, person=None, at=at))


@permits.own
@transaction.atomic
def begin_passkey_proof(*, actor: Actor, at: datetime) -> rules.Ceremony:
    """Ask somebody who is signed in for his passkey. Raises NotYourAccount."""
    return _ask(_draw(rules.Purpose.PROVE, person=own_person(actor), at=at))


@permits.proof
def sign_in_with_passkey(
    *, challenge_id: UUID, answer: str, at: datetime, user_agent: str = ""
) -> rules.SignedIn:
    """Sign in whoever's passkey has signed the challenge; no password and no second factor are asked.

    A lock by wrong passwords does not keep a passkey out: nobody guesses a key.
    Raises PasskeyRefused.
    """
    challenge = _use_up(challenge_id, rules.Purpose.SIGN_IN, at=at, person_id=None)
    passkey = _verify(answer, challenge, at=at)
    with transaction.atomic():
        person = Person.objects.select_for_update().filter(id=passkey.person_id).first()
        if person is None or not person.is_active:
            raise rules.PasskeyRefused()
        means = rules.Means.PASSKEY
        return continue_sign_in(person=person, at=at, user_agent=user_agent, means=means)


@permits.own
def prove_with_passkey(
    *, actor: Actor, token: str, challenge_id: UUID, answer: str, at: datetime
) -> None:
    """Show once more that it is oneself, by a passkey of one's own. Raises PasskeyRefused."""
    challenge = _use_up(challenge_id, rules.Purpose.PROVE, at=at, person_id=actor.id)
    passkey = _verify(answer, challenge, at=at)
    if actor.kind is not ActorKind.PERSON or passkey.person_id != actor.id:
        raise rules.PasskeyRefused()
    with transaction.atomic():
        note_proof(actor=actor, person_id=passkey.person_id, token=token, at=at)


def _draw(purpose: rules.Purpose, *, person: Person | None, at: datetime) -> Challenge:
    return Challenge.objects.create(
        purpose=purpose.value,
        person=person,
        challenge=secrets.token_bytes(rules.CHALLENGE_BYTES),
        expires_at=at + rules.CHALLENGE_LASTS,
    )


def _ask(drawn: Challenge) -> rules.Ceremony:
    import webauthn
    from webauthn.helpers import structs

    rp_id, _ = rules.relying_party(settings.PUBLIC_URL)
    options = webauthn.generate_authentication_options(
        rp_id=rp_id,
        challenge=bytes(drawn.challenge),
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return rules.Ceremony(challenge_id=drawn.id, options=webauthn.options_to_json(options))


def _use_up(
    challenge_id: UUID, purpose: rules.Purpose, *, at: datetime, person_id: UUID | None
) -> bytes:
    """Take a challenge away for good, in a transaction of its own; give what was to be signed."""
    with transaction.atomic():
        row = Challenge.objects.select_for_update().filter(id=challenge_id).first()
        if row is not None:
            row.delete()
    if row is None or row.expires_at <= at or row.purpose != purpose or row.person_id != person_id:
        raise rules.PasskeyRefused()
    return bytes(row.challenge)


def _verify_registration(answer: str, challenge: bytes) -> Any:
    # Loaded with the first passkey only: it brings pyOpenSSL, which nothing else needs.
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    rp_id, origin = rules.relying_party(settings.PUBLIC_URL)
    try:
        return webauthn.verify_registration_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as wrong:
        raise rules.PasskeyRefused() from wrong


def _verify(answer: str, challenge: bytes, *, at: datetime) -> Passkey:
    """Check an answer and move the passkey's counter; give the passkey. Raises PasskeyRefused."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        read = _read(answer)
        credential_id = webauthn.base64url_to_bytes(read["rawId"])
    except (WebAuthnException, ValueError, KeyError, TypeError) as wrong:
        raise rules.PasskeyRefused() from wrong
    passkey = Passkey.objects.filter(credential_id=credential_id).first()
    if passkey is None:
        raise rules.PasskeyRefused()
    verified = _verify_answer(read, bytes(passkey.public_key), challenge)
    with transaction.atomic():
        locked = Passkey.objects.select_for_update().get(id=passkey.id)
        is_counting = verified.new_sign_count > 0 or locked.sign_count > 0
        is_copied = is_counting and verified.new_sign_count <= locked.sign_count
        if is_copied:
            owner = Actor(ActorKind.PERSON, passkey.person_id, "")
            change = rules.Change.PASSKEY_COPIED
            what = "person.passkey_copied"
            tell_change(owner, passkey.person_id, what=what, change=change, at=at)
        else:
            locked.sign_count, locked.last_used_at = verified.new_sign_count, at
            locked.save(update_fields=["sign_count", "last_used_at"])
    if is_copied:
        raise rules.PasskeyRefused()
    return passkey


def _verify_answer(read: dict[str, Any], public_key: bytes, challenge: bytes) -> Any:
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    rp_id, origin = rules.relying_party(settings.PUBLIC_URL)
    try:
        return webauthn.verify_authentication_response(
            credential=read,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,  # compared by the caller, where its owner can be told
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as wrong:
        raise rules.PasskeyRefused() from wrong


def _read(answer: str) -> dict[str, Any]:
    read = read_json(answer[: rules.PASSKEY_ANSWER_CHARACTERS])
    if not isinstance(read, dict):
        raise TypeError(answer[:20])
    return read
