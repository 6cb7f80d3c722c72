"""A case that holds two matters becomes two: the second gets its own code, unit and clocks.

The part is taken in like a report, in the desk's words, from the same reporter. Its clocks count from the
original report: the reporter has waited since then (docs/decisions/0031-a-part-counts-from-the-report.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from anlan.cases import actions as cases
from anlan.cases import queries as case_queries
from anlan.cases.models import Case
from anlan.cases.rules import Given, Part, ReportElsewhere
from anlan.intake import actions as intake
from anlan.intake.queries import find_contact
from anlan.intake.rules import Channel, ContactDetails, Report
from anlan.kernel import permits
from anlan.kernel.actor import Actor
from anlan.places.queries import get_gazetteer
from anlan.triage.actions.take import take_signal
from anlan.triage.models import Decision


@permits.scope
@transaction.atomic
def split_case(
    *,
    actor: Actor,
    case_id: UUID,
    matter: str,
    note: str,
    at: datetime,
    photos: Sequence[UUID] = (),
    signal_id: UUID | None = None,
    expected_seq: int | None = None,
) -> Case:
    """Split a second matter off a case; give the new case.

    note: what the second matter is, in words that its unit and the reporter read; no more of the report goes
    along. photos: those of the case that go along. signal_id: the report that told of it, whose reporter is
    told of the part; the first one when none is named.
    Raises what `cases.move_case` raises for “split”, MatterUnknown, PhotoElsewhere, ReportElsewhere.
    """
    origin = case_queries.access_case(actor=actor, case_id=case_id, lock=True)
    table = case_queries.get_procedure(origin)
    given = {name for name, value in (("matter", matter), ("note", note.strip())) if value}
    roles = case_queries.get_roles(actor=actor, case=origin)
    table.check(origin.state, "split", roles=roles, given=given | {"part"})
    signals = case_queries.list_signals(case_id=origin.id)
    signal = next((s for s in signals if signal_id in (None, s.id)), None)
    if signal is None:
        raise ReportElsewhere()
    taken = take_signal(
        actor=actor,
        report=Report(
            text=note,
            channel=Channel(signal.channel),
            place_code=get_gazetteer().place(origin.place_id).code,
            stated_matter=matter,
            contact=find_contact(signal_id=signal.id) or ContactDetails(),
            sender=signal.sender,
            external_ref=signal.external_ref,
        ),
        at=at,
    )
    decision = Decision.objects.get(case_id=taken.case_id)
    decision.reason["matter"]["by"] = "DESK"
    decision.save(update_fields=["reason"])
    intake.erase_contact_with(signal_id=decision.signal_id, like_signal_id=signal.id)
    cases.move_case(
        actor=actor, case_id=origin.id, move="split", at=at, expected_seq=expected_seq,
        given=Given(note=note, matter=matter, part=Part(taken.case_id, taken.code, signal.id, tuple(dict.fromkeys(photos)))),
    )  # fmt: skip
    return cases.move_automatically(
        actor=actor, case_id=taken.case_id, move="part_of", at=at,
        given=Given(part=Part(origin.id, origin.code, signal.id)),
    )  # fmt: skip
