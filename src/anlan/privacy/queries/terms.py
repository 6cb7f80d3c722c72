"""Terms as they hold here, and proofs that they were kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from anlan.privacy import rules
from anlan.privacy.models import Proof, Term
from anlan.privacy.queries.held import list_over_term


def get_terms() -> dict[str, rules.Term]:
    """Give every term by its code: as this instance has changed it, else as it is shipped."""
    found = dict(rules.read_fields().terms)
    for row in Term.objects.all():
        if row.code in found:
            found[row.code] = replace(
                found[row.code],
                days=row.days,
                source=row.source,
                confidence=row.confidence,
                is_default=False,
            )
    return found


def count_over_term(*, term: str, cut_off_at: datetime, at: datetime) -> int:
    """Count the values that ended before an instant and still stand, over all columns of a term."""
    return sum(held.rows(cut_off_at, at).count() for held in list_over_term(term))


def list_proofs(*, limit: int = 100) -> list[Proof]:
    """List proofs, the newest first."""
    return list(Proof.objects.order_by("-at", "term")[:limit])


def list_newest_proofs() -> list[Proof]:
    """List the proofs of the newest run, by term; empty before the first."""
    newest = Proof.objects.order_by("-at").first()
    return [] if newest is None else list(Proof.objects.filter(run=newest.run).order_by("term"))
