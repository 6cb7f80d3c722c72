"""Cases that may be about the same thing, shown beside a case with what speaks for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext

from anlan.cases import rules as case_rules
from anlan.kernel import codes
from anlan.kernel.actor import Actor
from anlan.triage.queries.duplicates import Alike, find_duplicates
from anlan.web.staff import words

if TYPE_CHECKING:
    from anlan.cases.models import Case


@dataclass(frozen=True, slots=True)
class Beside:
    """A case alike, in words."""

    id: UUID
    code: str
    title: str
    state: str
    state_words: str
    why: str
    phrases: tuple[str, ...]


def show_alike(*, actor: Actor, case: Case, text: str, at: datetime) -> list[Beside]:
    """Show up to three open or closed cases alike; none for a case whose report was erased."""
    if not text:
        return []
    return [_show(one) for one in find_duplicates(actor=actor, case=case, text=text)]


def _show(one: Alike) -> Beside:
    like = one.likeness
    state = case_rules.case_procedure(one.procedure_version).states[one.state]
    if like.distance_m is not None:
        near = gettext("%(metres)d m away") % {"metres": round(like.distance_m, -1)}
    else:
        near = gettext("in the same place")
    apart = gettext("%(span)s apart") % {"span": words.show_span(like.apart)}
    return Beside(
        id=one.case_id, code=codes.show(one.code), title=one.title, state=one.state,
        state_words=words.label(state), why=gettext(", ").join((near, apart)),
        phrases=like.phrases,
    )  # fmt: skip
