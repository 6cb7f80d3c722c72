"""Which key sealed what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import BinaryField, Count, F, Func, Model, QuerySet

from anlan.intake.models import Contact
from anlan.intake.rules import contact_context
from anlan.kernel import seal
from anlan.kernel.keyring import KeyState
from anlan.notices.models import Notice
from anlan.notices.rules import address_context
from anlan.people.models import ApiClient, Person, Totp
from anlan.people.rules import callback_context, email_context, totp_context


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed bytes, and the context that a row's bytes are bound to."""

    model: type[Model]
    field: str
    context: Callable[[UUID], bytes]

    @property
    def label(self) -> str:
        return f"{self.model._meta.label_lower}.{self.field}"  # noqa: SLF001 – public, despite its name

    def rows(self) -> QuerySet[Any]:
        """Give the rows that hold something, each with the number of its key as `key`."""
        key = Func(F(self.field), 1, 1, function="substr", output_field=BinaryField())
        found: QuerySet[Any] = QuerySet(self.model).filter(**{f"{self.field}__isnull": False})
        return found.annotate(key=key).exclude(key=b"")  # type: ignore[no-any-return]


SEALED_COLUMNS = (
    SealedColumn(Contact, "sealed", contact_context),
    SealedColumn(Notice, "address_sealed", address_context),
    SealedColumn(Person, "email_sealed", email_context),
    SealedColumn(Totp, "secret_sealed", totp_context),
    SealedColumn(ApiClient, "callback_secret_sealed", callback_context),
)
"""Every column that `kernel.seal` writes to; a house test compares the list with the tables."""


def count_sealed() -> dict[int, Counter[str]]:
    """Count the rows sealed with each key, by column. Reads every sealed row."""
    found: dict[int, Counter[str]] = {}
    for column in SEALED_COLUMNS:
        for key, rows in column.rows().values_list("key").annotate(rows=Count("pk")):
            found.setdefault(bytes(key)[0], Counter())[column.label] += rows
    return found


def has_older_keys() -> bool:
    """Tell whether the ring holds keys that open but no longer seal."""
    return any(key.state is KeyState.OPENING for key in seal.get_ring().list_keys())
