"""Keeping the search index: words are taken in by jobs and imports, and let go when erased."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection, transaction

from anlan.cases.models import SearchRow
from anlan.kernel import permits


@permits.inside
@transaction.atomic
def take_words(*, case_ids: Sequence[UUID]) -> None:
    """Take the words of cases' reports into the search index, in this order; again is no harm.

    Algorithm: docs/algorithms/search.md.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT cases_search_take(%s::uuid[])", [list(dict.fromkeys(case_ids))])


def forget_words(case_ids: Sequence[UUID]) -> None:
    """Let go of what the index knows of cases whose words are erased, in the caller's transaction."""
    SearchRow.objects.filter(case_id__in=case_ids).delete()
