"""Signing in through an organisation, and linking one's account to one of its accounts.

1. A request is drawn and kept for ten minutes, for one purpose (`_draw`). State, nonce and the verifier
   of PKCE are derived from its secret; the browser takes the state along in a cookie of its own.
2. The organisation sends the browser back with a code and the state. The request is used up, whatever
   comes of it (`_use_up`): no answer serves twice.
3. The code is exchanged for an ID token, which is checked by `rules.read_token`.
4. Who is linked to its subject is let in, up to the steps that his role still asks for. Nobody else is;
   no account is ever made. A link is made by its holder, signed in and on a page that asks him, or by
   whoever runs the installation, or, only where that is configured, by a claim that holds the login.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from anlan.kernel import permits
from anlan.kernel.actor import SYSTEM, Actor, ActorKind
from anlan.kernel.canonical import to_json
from anlan.kernel.reading import read_json
from anlan.kernel.seal import seal, unseal
from anlan.ledger import actions as ledger
from anlan.people import queries, rules
from anlan.people.actions.checks import own_person, tell_change
from anlan.people.actions.sign_ins import continue_sign_in
from anlan.people.models import Challenge, OrganisationLink, Person

_CONTEXT = b"people.organisation_offer"


@permits.anybody
def begin_organisation_sign_in(*, code: str, back: str, at: datetime) -> rules.Begun:
    """Ask an organisation to sign somebody in. Raises OrganisationUnknown, OrganisationAway.

    back: our address that it sends the browser back to.
    """
    return _begin(code, rules.Purpose.ORGANISATION_SIGN_IN, person=None, back=back, at=at)


@permits.own
def begin_link(*, actor: Actor, code: str, back: str, at: datetime) -> rules.Begun:
    """Ask an organisation who somebody is, to link his account. Raises NotYourAccount, LinkedAlready and as above."""
    with transaction.atomic():
        person = own_person(actor)
        issuer = queries.get_organisation(code).issuer
        if OrganisationLink.objects.filter(person=person, issuer=issuer).exists():
            raise rules.LinkedAlready()
    return _begin(code, rules.Purpose.ORGANISATION_LINK, person=person, back=back, at=at)


@permits.proof
def sign_in_through_organisation(
    *, code: str, state: str, answer: str, back: str, at: datetime, user_agent: str = ""
) -> rules.SignedIn:
    """Sign in whoever an organisation says it is, up to the next step that his role asks for.

    state: as brought back, and found equal to the browser's own by the caller. answer: the code.
    Raises OrganisationUnknown, RequestWrong, OrganisationDenied, OrganisationAway, TokenWrong,
    EmailElsewhere, NotLinked.
    """
    organisation = queries.get_organisation(code)
    secret = _use_up(state, organisation, rules.Purpose.ORGANISATION_SIGN_IN, None, at=at)
    claims = _ask_who(organisation, answer, secret, back=back, at=at)
    means = rules.Means.ORGANISATION_STRONG if claims.is_strong else rules.Means.ORGANISATION
    with transaction.atomic():
        person = _find_linked(organisation, claims, at=at)
        if person is not None:
            return continue_sign_in(
                person=person, at=at, user_agent=user_agent, means=means,
                organisation=organisation,
            )  # fmt: skip
        ledger.write(
            actor=SYSTEM, what="person.sign_in_failed", about_kind="person", about_id="unknown",
            data={"organisation": organisation.code}, at=at,
        )  # fmt: skip
    raise rules.NotLinked(organisation=rules.show(organisation))


@permits.own
def offer_link(
    *, actor: Actor, code: str, state: str, answer: str, back: str, at: datetime
) -> rules.Offer:
    """Find out which account of an organisation somebody has shown, and offer to link it; nothing is linked yet.

    Raises NotYourAccount, LinkedElsewhere, LinkedAlready and as `sign_in_through_organisation`.
    """
    organisation = queries.get_organisation(code)
    secret = _use_up(state, organisation, rules.Purpose.ORGANISATION_LINK, actor.id, at=at)
    claims = _ask_who(organisation, answer, secret, back=back, at=at)
    with transaction.atomic():
        person = own_person(actor)
        _check_free(person, organisation, claims.subject)
        told = to_json({"organisation": organisation.code, "subject": claims.subject})
        drawn = Challenge.objects.create(
            purpose=rules.Purpose.ORGANISATION_OFFER.value,
            person=person,
            challenge=seal(told.encode(), _CONTEXT),
            expires_at=at + rules.OFFER_LASTS,
        )
    return rules.Offer(offer_id=drawn.id, organisation=organisation, shown=claims.shown)


@permits.own
@transaction.atomic
def confirm_link(*, actor: Actor, offer_id: UUID, at: datetime) -> OrganisationLink:
    """Link one's account as it was offered. Raises NotYourAccount, RequestWrong, LinkedElsewhere, LinkedAlready."""
    person = own_person(actor)
    row = Challenge.objects.select_for_update().filter(id=offer_id, person=person).first()
    if row is None or row.purpose != rules.Purpose.ORGANISATION_OFFER or row.expires_at <= at:
        raise rules.RequestWrong()
    row.delete()
    told = read_json(unseal(bytes(row.challenge), _CONTEXT))
    organisation = queries.get_organisation(told["organisation"])
    return _link(actor, person, organisation, told["subject"], at=at)


@permits.own
@transaction.atomic
def remove_link(*, actor: Actor, link_id: UUID, at: datetime) -> None:
    """Remove one of one's own links. Raises NotYourAccount, LinkUnknown."""
    person = own_person(actor)
    if not OrganisationLink.objects.filter(id=link_id, person=person).delete()[0]:
        raise rules.LinkUnknown()
    change = rules.Change.ORGANISATION_UNLINKED
    tell_change(actor, person.id, what="person.organisation_unlinked", change=change, at=at)


@permits.installation
@transaction.atomic
def map_account(
    *, actor: Actor, login: str, code: str, subject: str, at: datetime
) -> OrganisationLink:
    """Link an account to the subject that an organisation's administrator has named.

    Raises InstallationOnly, PersonUnknown, OrganisationUnknown, SubjectUnusable, LinkedElsewhere, LinkedAlready.
    """
    person = _get_open(login)
    if not 0 < len(subject) <= rules.SUBJECT_CHARACTERS or not subject.isprintable():
        raise rules.SubjectUnusable(limit=rules.SUBJECT_CHARACTERS)
    return _link(actor, person, queries.get_organisation(code), subject, at=at)


@permits.installation
@transaction.atomic
def unmap_account(*, actor: Actor, login: str, code: str, at: datetime) -> None:
    """Remove an account's link. Raises InstallationOnly, PersonUnknown, OrganisationUnknown, LinkUnknown."""
    person, organisation = _get_open(login), queries.get_organisation(code)
    links = OrganisationLink.objects.filter(person=person, issuer=organisation.issuer)
    if not links.delete()[0]:
        raise rules.LinkUnknown()
    change = rules.Change.ORGANISATION_UNLINKED
    tell_change(actor, person.id, what="person.organisation_unlinked", change=change, at=at)


def _get_open(login: str) -> Person:
    found = Person.objects.select_for_update().filter(
        login=rules.normal_login(login), is_active=True
    )
    person = found.first()
    if person is None:
        raise rules.PersonUnknown(login=login)
    return person


def _begin(
    code: str, purpose: rules.Purpose, *, person: Person | None, back: str, at: datetime
) -> rules.Begun:
    organisation = queries.get_organisation(code)
    metadata = queries.get_metadata(organisation, at=at)
    drawn = Challenge.objects.create(
        purpose=purpose.value,
        person=person,
        challenge=secrets.token_bytes(rules.CHALLENGE_BYTES),
        expires_at=at + rules.REQUEST_LASTS,
    )
    secret = bytes(drawn.challenge)
    state = f"{drawn.id.hex}.{rules.derive(secret, 'state:' + organisation.code)}"
    url = rules.make_request(metadata, organisation, back=back, state=state, secret=secret)
    return rules.Begun(url=url, state=state)


def _use_up(
    state: str,
    organisation: rules.Organisation,
    purpose: rules.Purpose,
    person_id: UUID | None,
    *,
    at: datetime,
) -> bytes:
    """Take a request away for good, in a transaction of its own; give its secret. Raises RequestWrong."""
    name, _, proof = state.partition(".")
    try:
        request_id = UUID(hex=name)
    except ValueError:
        raise rules.RequestWrong() from None
    with transaction.atomic():
        row = Challenge.objects.select_for_update().filter(id=request_id, purpose=purpose).first()
        if row is not None:
            row.delete()
    if row is None or row.expires_at <= at or row.person_id != person_id:
        raise rules.RequestWrong()
    secret = bytes(row.challenge)
    # An answer that comes back by another organisation's address was not begun with it.
    expected = rules.derive(secret, "state:" + organisation.code)
    if not hmac.compare_digest(expected.encode(), proof.encode()):
        raise rules.RequestWrong()
    return secret


def _ask_who(
    organisation: rules.Organisation, answer: str, secret: bytes, *, back: str, at: datetime
) -> rules.Claims:
    metadata = queries.get_metadata(organisation, at=at)
    form = {
        "grant_type": "authorization_code",
        "code": answer,
        "redirect_uri": back,
        "code_verifier": rules.derive(secret, "verifier"),
    }
    status, body = queries.ask_organisation(organisation, metadata.token_endpoint, form)
    token = rules.read_answer(status, body, organisation)
    nonce = rules.derive(secret, "nonce")
    for anew in (False, True):
        keys = queries.get_keys(organisation, at=at, anew=anew)
        try:
            return rules.read_token(token, keys=keys, organisation=organisation, nonce=nonce, at=at)
        except rules.KeyUnknown:
            continue
    raise rules.TokenWrong(organisation=rules.show(organisation), why="unknown key")


def _find_linked(
    organisation: rules.Organisation, claims: rules.Claims, *, at: datetime
) -> Person | None:
    """Find whose account an organisation's account is linked to, locked; None where that account has ended."""
    links = OrganisationLink.objects.filter(issuer=organisation.issuer, subject=claims.subject)
    link = links.first()
    if link is not None:
        links.update(last_used_at=at)
        found = Person.objects.select_for_update().filter(id=link.person_id, is_active=True)
        return found.first()
    if not claims.login:
        return None
    person = (
        Person.objects.select_for_update()
        .filter(login=rules.normal_login(claims.login), is_active=True)
        .first()
    )
    if (
        person is None
        or OrganisationLink.objects.filter(person=person, issuer=organisation.issuer).exists()
    ):
        return None
    _link(SYSTEM, person, organisation, claims.subject, at=at)
    return person


def _check_free(person: Person, organisation: rules.Organisation, subject: str) -> None:
    links = OrganisationLink.objects.filter(issuer=organisation.issuer)
    if links.filter(person=person).exists():
        raise rules.LinkedAlready()
    if links.filter(subject=subject).exists():
        raise rules.LinkedElsewhere()


def _link(
    actor: Actor, person: Person, organisation: rules.Organisation, subject: str, *, at: datetime
) -> OrganisationLink:
    _check_free(person, organisation, subject)
    try:
        with transaction.atomic():
            link = OrganisationLink.objects.create(
                person=person, issuer=organisation.issuer, subject=subject, created_at=at
            )
    except IntegrityError as taken:
        raise rules.LinkedElsewhere() from taken
    by = actor if actor.kind is not ActorKind.SYSTEM else SYSTEM
    change = rules.Change.ORGANISATION_LINKED
    tell_change(by, person.id, what="person.organisation_linked", change=change, at=at)
    return link
