"""A reporter lets the own, new report go on with a case that is there: "it is this one".

Only into what the reporter was shown, which is worked out again here; only while nothing has been done about
the own case. What follows from it, and what does not: docs/decisions/0030-one-case-leads.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from anlan.cases import actions as cases
from anlan.cases.models import Case
from anlan.cases.queries import get_case_of_signal
from anlan.intake.queries import find_signal_by_code
from anlan.intake.rules import SignalUnknown
from anlan.kernel import codes, permits, scope
from anlan.kernel.actor import REPORTER
from anlan.triage.queries.duplicates import find_public_duplicates
from anlan.triage.rules.duplicates import JoinedTooLate, NotAlike

JOIN_WITHIN = timedelta(days=1)


@permits.proof
@transaction.atomic
def join_case(*, tracking_code: str, code: str, at: datetime) -> Case:
    """Let the case that a tracking code opened go into the one with `code`; give the one that goes on.

    Raises CodeMalformed, SignalUnknown, JoinedTooLate, NotAlike.
    """
    own = codes.read_tracking_code(tracking_code)
    if own:
        scope.open_code(own)
    signal = find_signal_by_code(code=own) if own else None
    if signal is None:
        raise SignalUnknown()
    case = get_case_of_signal(signal_id=signal.id)
    if case.code != signal.code or case.seq > 1 or at - case.opened_at > JOIN_WITHIN:
        raise JoinedTooLate()
    wanted = codes.normalise(code)[: codes.CODE_LENGTH]
    shown = find_public_duplicates(
        text=signal.text, matter_id=case.matter_id, place_id=case.place_id, at=at, but=case.id
    )
    lead = next((each for each in shown if each.code == wanted), None)
    if lead is None:
        raise NotAlike(code=code[:20])
    with scope.acting(scope.EVERYTHING):
        cases.join_case(actor=REPORTER, case_id=case.id, lead_id=lead.case_id, at=at)
        return get_case_of_signal(signal_id=signal.id)
