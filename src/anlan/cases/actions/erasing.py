"""Erasing what a case says: its words, its point, its photos. What happened when, by whom, stays."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from anlan.cases.actions.search import forget_words
from anlan.cases.models import Case, CasePhoto, Step
from anlan.kernel import permits


@permits.inside
@transaction.atomic
def erase_words(*, case_ids: Collection[UUID]) -> list[UUID]:
    """Erase titles, points and notes of cases, and let go of their photos; give the photos' ids.

    For `privacy`, which erases the photos and writes the ledger entry. The list then shows the matter
    in place of the title; place, steps, instants, deadlines and figures are untouched.
    """
    # The order of `queries.lock_both`: a lead before what is merged into it.
    found = Case.objects.alias(is_merged=Q(merged_into__isnull=False)).filter(pk__in=case_ids)
    list(found.order_by("is_merged", "pk").select_for_update(of=("self",)))
    Case.objects.filter(pk__in=case_ids).update(title="", lon=None, lat=None)
    Step.objects.filter(case_id__in=case_ids).exclude(note="").update(note="")
    forget_words(list(case_ids))
    photos = CasePhoto.objects.filter(case_id__in=case_ids)
    ids = list(photos.values_list("document_id", flat=True))
    photos.delete()
    return ids


@permits.inside
@transaction.atomic
def erase_title(*, case_id: UUID, photos: Collection[UUID]) -> None:
    """Erase what a case took over from one of its reports: title, point, and these photos."""
    list(Case.objects.select_for_update().filter(pk=case_id))
    Case.objects.filter(pk=case_id).update(title="", lon=None, lat=None)
    forget_words([case_id])
    CasePhoto.objects.filter(document_id__in=photos).delete()
