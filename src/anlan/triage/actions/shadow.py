"""What a version in shadow would have proposed for new signals, beside the version in use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from anlan.cases.models import CaseSignal
from anlan.kernel import permits
from anlan.places.queries import get_gazetteer
from anlan.triage import queries, rules
from anlan.triage.models import ShadowProposal
from anlan.triage.queries.versions import get_shadows


@permits.inside
@transaction.atomic
def record_shadow(*, case_ids: Sequence[UUID], at: datetime) -> int:
    """Record for the signals of cases what shadow and active version propose; give how many.

    Both read the report anew, also where the reporter has named the matter. A signal is recorded
    once for each version; without a version in shadow nothing is done. at: UTC.
    """
    shadows = get_shadows()
    if not shadows:
        return 0
    gazetteer = get_gazetteer()
    found = CaseSignal.objects.filter(case_id__in=case_ids).exclude(signal__text="")
    rows = []
    for signal_id, case_id, place_id, text in found.values_list(
        "signal_id", "case_id", "signal__place_id", "signal__text"
    ):
        jurisdiction = gazetteer.place(place_id).jurisdiction
        shadow = shadows.get(jurisdiction)
        if shadow is None or shadow.version_id is None:
            continue
        active = queries.get_trained(jurisdiction)
        rows.append(
            ShadowProposal(
                version_id=shadow.version_id, active_id=active.version_id, signal_id=signal_id,
                case_id=case_id, proposed_at=at,
                proposed={
                    "shadow": _without_phrases(shadow.choose(text)),
                    "active": _without_phrases(active.choose(text)),
                },
            )
        )  # fmt: skip
    ShadowProposal.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _without_phrases(choice: rules.Choice) -> dict[str, object]:
    return {name: part for name, part in choice.as_reason().items() if name != "phrases"}
