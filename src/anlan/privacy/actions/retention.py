"""Keeping the terms: erase what is over them, count what is left, and leave a proof.

1. For each term: the instant before which things must have ended to be erased (`cut_off_at`).
2. Count what stands over it, erase by the rooms' own actions in batches, count again.
3. One proof a term, and one ledger entry for the run. What is left after a run is told there, not hidden.
Page: docs/explanation/charter-and-privacy.md.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from anlan.cases import actions as cases
from anlan.cases.models import CaseSignal
from anlan.dispatch import actions as dispatch
from anlan.documents import actions as documents
from anlan.intake import actions as intake
from anlan.kernel import permits
from anlan.kernel.actor import SYSTEM, Actor
from anlan.kernel.ids import new_id
from anlan.ledger import actions as ledger
from anlan.notices import actions as notices
from anlan.people import actions as people
from anlan.people.models import Person
from anlan.privacy import queries, rules
from anlan.privacy.models import Access, Proof, Term
from anlan.privacy.queries.held import loose_documents
from anlan.ratings import actions as ratings

BATCH = 200
LISTED = 10_000
log = logging.getLogger(__name__)


@permits.installation
@transaction.atomic
def set_term(
    *, actor: Actor, code: str, days: int, source: str, confidence: float, at: datetime
) -> rules.Term:
    """Change how long something is kept here; the next run keeps to it.

    Raises InstallationOnly, TermUnknown, TermTooLong.
    """
    was = rules.get_default_term(code)
    rules.check_days(days)
    Term.objects.update_or_create(
        code=code,
        defaults={"days": days, "source": source, "confidence": confidence, "changed_at": at},
    )
    ledger.write(
        actor=actor, what="term.changed", about_kind="term", about_id=code,
        data={"days": days, "default_days": was.days}, at=at,
    )  # fmt: skip
    return queries.get_terms()[code]


@permits.inside
def keep_terms(*, at: datetime) -> UUID:
    """Erase everything that is over its term, and leave a proof for each term; give the run's id.

    at: UTC. Cut off anywhere, the next run goes on: what is over its term is found anew each time.
    """
    run, proofs = new_id(), []
    for term in queries.get_terms().values():
        cut_off_at = at - timedelta(days=term.days)
        if term.code == "CONTACT" and not term.is_default:
            # The day that was written on a contact when it came is that of the term as shipped.
            intake.date_contacts(days=term.days)
        before = queries.count_over_term(term=term.code, cut_off_at=cut_off_at, at=at)
        if before:
            _ERASE[term.code](term, cut_off_at, at)
        left = (
            queries.count_over_term(term=term.code, cut_off_at=cut_off_at, at=at) if before else 0
        )
        proofs.append(
            Proof(
                run=run,
                term=term.code,
                days=term.days,
                cut_off_at=cut_off_at,
                at=at,
                erased=before - left,
                left=left,
            )
        )
        if left:
            log.error("%d values are over the term %s and could not be erased", left, term.code)
    documents.sweep_files(at=at)
    with transaction.atomic():
        Proof.objects.bulk_create(proofs)
        ledger.write(
            actor=SYSTEM, what="terms.kept", about_kind="retention", about_id=run,
            data={p.term: {"days": p.days, "erased": p.erased, "left": p.left} for p in proofs},
            at=at,
        )  # fmt: skip
    return run


@permits.inside
@transaction.atomic
def erase_cases(*, actor: Actor, case_ids: Collection[UUID], why: str, at: datetime) -> None:
    """Erase whatever cases and their reports say about persons; events, places and figures stay.

    why: TERM or REQUEST, for the ledger.
    """
    signals = CaseSignal.objects.filter(case_id__in=case_ids)
    signal_ids = list(signals.values_list("signal_id", flat=True))
    # The case first, as everybody locks it first.
    photos = cases.erase_words(case_ids=case_ids)
    intake.erase_signals(signal_ids=signal_ids, at=at)
    dispatch.erase_notes(case_ids=case_ids)
    ratings.erase_comments(case_ids=case_ids)
    notices.forget_about(about_kind="case", about_ids=case_ids)
    documents.erase_documents(actor=actor, document_ids=photos, at=at)
    for case_id in case_ids:
        ledger.write(
            actor=actor, what="case.erased", about_kind="case", about_id=case_id,
            data={"why": why}, at=at,
        )  # fmt: skip


def _erase_contacts(term: rules.Term, cut: datetime, at: datetime) -> None:
    while intake.erase_contacts(at=at):
        pass


def _erase_case_words(term: rules.Term, cut: datetime, at: datetime) -> None:
    for held in queries.list_over_term(term.code):
        # A case that stands here again after it was erased is told of by the proof, not tried for ever.
        done: set[UUID] = set()
        while case_ids := set(_case_ids(held, cut, at)) - done:
            listed = sorted(case_ids)
            for first in range(0, len(listed), BATCH):
                some = listed[first : first + BATCH]
                erase_cases(actor=SYSTEM, case_ids=some, why="TERM", at=at)
            done |= case_ids


def _case_ids(held: queries.Held, cut: datetime, at: datetime) -> Iterable[UUID]:
    found: Iterable[UUID] = held.rows(cut, at).values_list(held.case, flat=True).distinct()[:LISTED]
    return found


def _erase_loose_photos(term: rules.Term, cut: datetime, at: datetime) -> None:
    while ids := list(loose_documents(cut).values_list("pk", flat=True)[:BATCH]):
        documents.erase_documents(actor=SYSTEM, document_ids=ids, at=at)


def _erase_notices(term: rules.Term, cut: datetime, at: datetime) -> None:
    notices.forget_notices(before=cut)


def _erase_rejects(term: rules.Term, cut: datetime, at: datetime) -> None:
    intake.forget_old_rejects(before=cut)


def _erase_accounts(term: rules.Term, cut: datetime, at: datetime) -> None:
    over = {
        person_id
        for held in queries.list_over_term(term.code)
        for person_id in held.rows(cut, at).values_list("pk", flat=True)
    }
    for person in Person.objects.filter(pk__in=over):
        cases.forget_filters(person_id=person.id)
        people.erase_person(actor=SYSTEM, person_id=person.id, at=at)


def _erase_sign_ins(term: rules.Term, cut: datetime, at: datetime) -> None:
    people.forget_ended_sign_ins(at=at)


def _erase_positions(term: rules.Term, cut: datetime, at: datetime) -> None:
    dispatch.forget_positions(at=at)


def _erase_tries(term: rules.Term, cut: datetime, at: datetime) -> None:
    people.forget_tries(at=at)


def _erase_access_words(term: rules.Term, cut: datetime, at: datetime) -> None:
    Access.objects.filter(asked_at__lt=cut).update(reason="", note="")


_ERASE: dict[str, Callable[[rules.Term, datetime, datetime], None]] = {
    "CONTACT": _erase_contacts,
    "CASE_WORDS": _erase_case_words,
    "LOOSE_PHOTO": _erase_loose_photos,
    "NOTICE": _erase_notices,
    "IMPORT_REJECT": _erase_rejects,
    "ACCOUNT": _erase_accounts,
    "SIGN_IN": _erase_sign_ins,
    "TRIES": _erase_tries,
    "POSITION": _erase_positions,
    "ACCESS": _erase_access_words,
}
