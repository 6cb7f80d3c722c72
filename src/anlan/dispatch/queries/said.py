"""When those who were sent say that they did something, where the network told it later."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from anlan.dispatch.models import Act, Dispatch
from anlan.dispatch.rules import ActKind, ActOutcome

TOLD_AT_ONCE = timedelta(minutes=1)


def with_said(found: QuerySet[Dispatch]) -> QuerySet[Dispatch]:
    """Fetch with each dispatch the acts that arrived later than they were made; in the same statement."""
    late = Act.objects.filter(
        dispatch=OuterRef("pk"), outcome=ActOutcome.TAKEN, at__gte=F("said_at") + TOLD_AT_ONCE
    )
    told = JSONObject(kind="kind", move="move", said_at="said_at")
    return found.annotate(said=Subquery(late.values("dispatch").values(all=JSONBAgg(told))))


def list_said(dispatch: Dispatch) -> dict[str, datetime]:
    """Map a move to when it is said to have happened. Terms count from the arrival; this is only told."""
    told: list[dict[str, str]] = getattr(dispatch, "said", None) or []
    return {
        "finish" if act["kind"] == ActKind.FINISH else act["move"]: datetime.fromisoformat(
            act["said_at"]
        )
        for act in told
    }
