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
from anlan.triage.rules.duplicates import Likeness, Reported, compare
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
    why, phrases = _tell(one.likeness)
    state = case_rules.case_procedure(one.procedure_version).states[one.state]
    return Beside(
        id=one.case_id, code=codes.show(one.code), title=one.title, state=one.state,
        state_words=words.label(state), why=why, phrases=phrases,
    )  # fmt: skip


def _tell(like: Likeness) -> tuple[str, tuple[str, ...]]:
    said = []
    if like.distance_m is not None:
        said.append(gettext("%(metres)d m away") % {"metres": round(like.distance_m, -1)})
    elif like.is_same_place:
        said.append(gettext("in the same place"))
    said.append(gettext("%(span)s apart") % {"span": words.show_span(like.apart)})
    return gettext(", ").join(said), like.phrases


def compare_cases(
    one: Case, other: Case, texts: list[str], others: list[str]
) -> tuple[str, tuple[str, ...]]:
    """Say how far two cases are apart, and which phrases the likest two of their reports share."""
    return _tell(
        max(
            (
                compare(_reported(one, text), _reported(other, said))
                for text in texts or [""]
                for said in others or [""]
            ),
            key=lambda like: like.score,
        )
    )


def _reported(case: Case, text: str) -> Reported:
    return Reported(case.id, case.place_path, case.lon, case.lat, case.opened_at, text)
