"""What anybody may read of cases, and the counts for those who run the house."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count

from anlan.cases import rules
from anlan.cases.models import Case
from anlan.cases.queries.catalogue import get_catalogue
from anlan.cases.queries.lists import of_light
from anlan.kernel import scope

PUBLIC_CLASSES = frozenset(rules.MatterClass) - {rules.MatterClass.DISPUTE}
"""What may stand in a public list: a quarrel concerns nobody but those who have it."""


@scope.under(scope.EVERYTHING)
def list_public_cases(
    *,
    codes_wanted: Collection[str] = (),
    matter_ids: Collection[int] | None = None,
    is_open: bool | None = None,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
    offset: int = 0,
    limit: int = 100,
) -> list[Case]:
    """List cases that may be told of in public, opened last first; the caller blurs them.

    No disputes. Codes, where given, go before every other condition. from_at, until_at: when the
    case was opened (UTC, both included). is_open None: both.
    """
    public = {m.id for m in get_catalogue().matters.values() if m.matter_class in PUBLIC_CLASSES}
    found = Case.objects.filter(matter_id__in=public)
    if codes_wanted:
        return list(found.filter(code__in=codes_wanted).order_by("-opened_at", "-id")[:limit])
    # Found by its own code, but not told twice: it is counted with the one that goes on.
    found = found.filter(merged_into__isnull=True)
    if matter_ids is not None:
        found = found.filter(matter_id__in=public & set(matter_ids))
    if is_open is not None:
        found = found.filter(closed_at__isnull=is_open)
    if from_at is not None:
        found = found.filter(opened_at__gte=from_at)
    if until_at is not None:
        found = found.filter(opened_at__lte=until_at)
    return list(found.order_by("-opened_at", "-id")[offset : offset + limit])


def count_open_by_light(*, at: datetime) -> dict[str, int]:
    """Count all cases whose clock runs by light, wherever they are: for those who run the house."""
    shown = (rules.Light.GREEN, rules.Light.AMBER, rules.Light.RED, rules.Light.PAUSED)
    counts = {light.value: Count("id", filter=of_light(light, at)) for light in shown}
    return Case.objects.filter(due_at__isnull=False).aggregate(**counts)
