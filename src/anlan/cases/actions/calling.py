"""Telling whoever asked for a call that it was not connected.

Apart from `contact.py`, because telling somebody leads to people, which triage may not reach.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from anlan.cases import queries
from anlan.kernel import permits
from anlan.kernel.actor import SYSTEM
from anlan.notices import actions as notices
from anlan.notices.rules import Channel
from anlan.places.queries import get_gazetteer


@permits.inside
@transaction.atomic
def tell_call_failed(*, case_id: UUID, person_id: UUID, at: datetime) -> None:
    """Tell whoever asked for a call that it could not be connected."""
    case = queries.access_case(actor=SYSTEM, case_id=case_id)
    with override(get_gazetteer().jurisdiction(case.place_id).locale):
        notices.notify(
            channel=Channel.IN_APP, subject=_("The call could not be connected"),
            body=_("The relay did not answer. Try again later, or open the number with a reason."),
            about_kind="case", about_id=case_id, at=at, link=f"/field/cases/{case_id}",
            person_ids=[person_id],
        )  # fmt: skip
