"""Published score cards for programs, as they were frozen. Read only: objections are made and decided by people, in the app."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Schema

from anlan.api import wire
from anlan.api.door import PolicyRouter, caller_of
from anlan.assessment import queries
from anlan.assessment.rules.objections import READERS, CardUnknown
from anlan.people import policies
from anlan.places.queries import find_read_place

router = PolicyRouter(tags=["assessment"])


class CardOut(Schema):
    """A version of a published card. content: as it was frozen; digest: of it; changes: in what it differs from the version before."""

    place: str
    scheme: str
    period: str
    version: int
    is_current: bool
    published_at: str | None
    objections_until: str | None
    digest: str
    ledger_size: int
    ledger_root: str
    reason: str
    changes: list[Any]
    content: dict[str, Any]


@router.get("/assessment/{slug:scheme}/{slug:place_code}/{slug:period}", response=list[CardOut])
@policies.seated(*READERS)
def list_cards(request: HttpRequest, scheme: str, place_code: str, period: str) -> HttpResponse:
    """List the versions of a place's published card, the newest first; none before it is published."""
    actor = caller_of(request).actor
    place = find_read_place(actor=actor, readers=READERS, place_code=place_code)
    if place is None:
        raise CardUnknown()
    found = queries.list_cards(actor=actor, place=place, scheme=scheme, period=period)
    return wire.reply([_describe(one, place.code) for one in found])


def _describe(card: Any, place_code: str) -> dict[str, Any]:
    return {
        "place": place_code, "published_at": wire.instant(card.published_at), "objections_until": wire.instant(card.objections_until),
        **{
            name: getattr(card, name)
            for name in (
                "scheme", "period", "version", "is_current", "digest", "ledger_size", "ledger_root", "reason", "changes", "content",
            )
        },
    }  # fmt: skip
