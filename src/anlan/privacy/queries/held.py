"""Where a personal value stands that is over its term: one question for each column and term.

The job erases by the rooms' own actions and then asks here again; the questions share no code with the
erasing, so that the proof is worth something.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, ForeignObjectRel, OuterRef, Q, QuerySet

from anlan.cases.models import Case, CasePhoto, CaseSignal, SavedFilter, SearchRow, Step
from anlan.dispatch.models import Dispatch, Position
from anlan.documents.models import Document
from anlan.intake.models import Contact, ImportReject
from anlan.notices.models import Notice
from anlan.people.models import (
    OrganisationLink,
    Passkey,
    Person,
    RateCount,
    RecoveryCode,
    SignIn,
    Totp,
)
from anlan.people.rules import ERASED_LOGIN, ERASED_NAME
from anlan.privacy.models import Access
from anlan.ratings.models import Rating

Rows = Callable[[datetime, datetime], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Held:
    """A column under a term. rows: what still holds a value that ended before an instant, asked at another.

    case: how such a row names its case, for what ends with a case.
    """

    field: str
    term: str
    rows: Rows
    case: str = ""


def _of_signal(column: str, empty: str | None = "") -> Rows:
    value = f"signal__{column}"
    filled = ~Q(**{value: empty}) if empty is not None else Q(**{f"{value}__isnull": False})
    return lambda cut, at: CaseSignal.objects.filter(filled, case__closed_at__lt=cut)


def _of_photo(column: str) -> Rows:
    return lambda cut, at: CasePhoto.objects.filter(
        **{f"document__{column}__isnull": False, "case__closed_at__lt": cut}
    )


def loose_documents(cut: datetime) -> QuerySet[Document]:
    """List documents that nothing refers to, kept before an instant."""
    found = Document.objects.filter(kept_at__lt=cut)
    # Relations without a name of their own are hidden from `related_objects`.
    relations = Document._meta.get_fields(include_hidden=True)  # noqa: SLF001 – public, despite its name
    for relation in relations:
        if not isinstance(relation, ForeignObjectRel):
            continue
        rows: QuerySet[Any] = QuerySet(relation.related_model)
        found = found.exclude(Exists(rows.filter(**{relation.field.name: OuterRef("pk")})))
    return found


def _loose(cut: datetime, at: datetime) -> QuerySet[Any]:
    return loose_documents(cut)


def _old_notices(cut: datetime, at: datetime) -> QuerySet[Any]:
    return Notice.objects.filter(created_at__lt=cut)


def _old_rejects(cut: datetime, at: datetime) -> QuerySet[Any]:
    return ImportReject.objects.filter(run__started_at__lt=cut)


def _old_sign_ins(cut: datetime, at: datetime) -> QuerySet[Any]:
    return SignIn.objects.filter(created_at__lt=cut)


def _old_positions(cut: datetime, at: datetime) -> QuerySet[Any]:
    return Position.objects.filter(seen_at__lt=cut)


def _closed_accounts(filled: Q) -> Rows:
    return lambda cut, at: Person.objects.filter(filled, closed_at__lt=cut, is_active=False)


def _closed_accounts_in(
    table: type[OrganisationLink | Passkey | RecoveryCode | SavedFilter | Totp],
) -> Rows:
    return _closed_accounts(Q(pk__in=QuerySet(table).values("person_id")))


HELD: tuple[Held, ...] = (
    Held(
        "intake.contact.sealed",
        "CONTACT",
        # Each contact has its day written on it; what is two days over by its report is over anyhow.
        lambda cut, at: Contact.objects.filter(
            Q(erase_after_date__lt=at.date()) | Q(signal__received_at__lt=cut - timedelta(days=2)),
            sealed__isnull=False,
        ),
    ),
    Held("intake.signal.text", "CASE_WORDS", _of_signal("text"), "case_id"),
    Held("intake.signal.place_text", "CASE_WORDS", _of_signal("place_text"), "case_id"),
    Held("intake.signal.lon", "CASE_WORDS", _of_signal("lon", None), "case_id"),
    Held("intake.signal.lat", "CASE_WORDS", _of_signal("lat", None), "case_id"),
    Held("intake.signal.external_ref", "CASE_WORDS", _of_signal("external_ref"), "case_id"),
    Held(
        "intake.signal.idempotency_key",
        "CASE_WORDS",
        _of_signal("idempotency_key", None),
        "case_id",
    ),
    Held("intake.signal.body_digest", "CASE_WORDS", _of_signal("body_digest"), "case_id"),
    Held(
        "cases.case.title",
        "CASE_WORDS",
        lambda cut, at: Case.objects.filter(closed_at__lt=cut).exclude(title=""),
        "pk",
    ),
    Held(
        "cases.searchrow.words",
        "CASE_WORDS",
        lambda cut, at: SearchRow.objects.filter(case__closed_at__lt=cut),
        "case_id",
    ),
    Held(
        "cases.case.lon",
        "CASE_WORDS",
        lambda cut, at: Case.objects.filter(closed_at__lt=cut, lon__isnull=False),
        "pk",
    ),
    Held(
        "cases.case.lat",
        "CASE_WORDS",
        lambda cut, at: Case.objects.filter(closed_at__lt=cut, lat__isnull=False),
        "pk",
    ),
    Held(
        "cases.step.note",
        "CASE_WORDS",
        lambda cut, at: Step.objects.filter(case__closed_at__lt=cut).exclude(note=""),
        "case_id",
    ),
    Held(
        "dispatch.dispatch.note",
        "CASE_WORDS",
        lambda cut, at: Dispatch.objects.filter(case__closed_at__lt=cut).exclude(note=""),
        "case_id",
    ),
    Held(
        "ratings.rating.comment",
        "CASE_WORDS",
        lambda cut, at: Rating.objects.filter(case__closed_at__lt=cut).exclude(comment=""),
        "case_id",
    ),
    Held("documents.document.sha256", "CASE_WORDS", _of_photo("sha256"), "case_id"),
    Held(
        "documents.document.thumbnail_sha256",
        "CASE_WORDS",
        _of_photo("thumbnail_sha256"),
        "case_id",
    ),
    Held("documents.document.name", "CASE_WORDS", _of_photo("name"), "case_id"),
    Held("documents.document.sha256", "LOOSE_PHOTO", _loose),
    Held("documents.document.thumbnail_sha256", "LOOSE_PHOTO", _loose),
    Held("documents.document.name", "LOOSE_PHOTO", _loose),
    Held("notices.notice.address_sealed", "NOTICE", _old_notices),
    Held("notices.notice.subject", "NOTICE", _old_notices),
    Held("notices.notice.body", "NOTICE", _old_notices),
    Held("notices.notice.last_error", "NOTICE", _old_notices),
    Held("intake.importreject.problem", "IMPORT_REJECT", _old_rejects),
    Held("intake.importreject.line", "IMPORT_REJECT", _old_rejects),
    Held("people.person.login", "ACCOUNT", _closed_accounts(~Q(login__startswith=ERASED_LOGIN))),
    Held("people.person.name", "ACCOUNT", _closed_accounts(~Q(name=ERASED_NAME))),
    Held("people.person.password", "ACCOUNT", _closed_accounts(~Q(password="!"))),  # noqa: S106 – none
    Held("people.person.email_sealed", "ACCOUNT", _closed_accounts(~Q(email_sealed=b""))),
    Held("people.totp.secret_sealed", "ACCOUNT", _closed_accounts_in(Totp)),
    Held("people.recoverycode.digest", "ACCOUNT", _closed_accounts_in(RecoveryCode)),
    Held("people.passkey.credential_id", "ACCOUNT", _closed_accounts_in(Passkey)),
    Held("people.passkey.public_key", "ACCOUNT", _closed_accounts_in(Passkey)),
    Held("people.passkey.name", "ACCOUNT", _closed_accounts_in(Passkey)),
    Held("cases.savedfilter.name", "ACCOUNT", _closed_accounts_in(SavedFilter)),
    Held("cases.savedfilter.fields", "ACCOUNT", _closed_accounts_in(SavedFilter)),
    Held("people.organisationlink.issuer", "ACCOUNT", _closed_accounts_in(OrganisationLink)),
    Held("people.organisationlink.subject", "ACCOUNT", _closed_accounts_in(OrganisationLink)),
    Held("people.signin.user_agent", "SIGN_IN", _old_sign_ins),
    Held("people.signin.token_digest", "SIGN_IN", _old_sign_ins),
    Held("dispatch.position.lon", "POSITION", _old_positions),
    Held("dispatch.position.lat", "POSITION", _old_positions),
    Held(
        "privacy.access.reason",
        "ACCESS",
        lambda cut, at: Access.objects.filter(asked_at__lt=cut).exclude(reason=""),
    ),
    Held(
        "privacy.access.note",
        "ACCESS",
        lambda cut, at: Access.objects.filter(asked_at__lt=cut).exclude(note=""),
    ),
    Held(
        "people.ratecount.key", "TRIES", lambda cut, at: RateCount.objects.filter(window_at__lt=cut)
    ),
)


def list_over_term(term: str) -> list[Held]:
    """List the questions of one term."""
    return [held for held in HELD if held.term == term]
