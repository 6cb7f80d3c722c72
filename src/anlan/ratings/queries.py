"""Reads of the room."""

from __future__ import annotations

from uuid import UUID

from anlan.cases.models import Case
from anlan.intake.models import Signal
from anlan.intake.queries import find_signal_by_code
from anlan.kernel import codes, scope
from anlan.ratings import rules
from anlan.ratings.models import Rating


def access_signal(*, tracking_code: str) -> Signal:
    """Fetch the signal that a tracking code proves, and open its matter to what follows.

    Raises CodeMalformed, TrackingCodeWrong.
    """
    code = codes.read_tracking_code(tracking_code)
    if code:
        scope.open_code(code)
    signal = find_signal_by_code(code=code) if code else None
    if signal is None:
        raise rules.TrackingCodeWrong()
    return signal


def list_ratings(*, case_id: UUID) -> list[Rating]:
    """List a case's ratings, oldest first."""
    return list(Rating.objects.filter(case_id=case_id).order_by("round", "rated_at"))


def may_rate(*, case: Case, signal: Signal) -> bool:
    """Tell whether the present closing of a case waits for the word of this reporter."""
    said = Rating.objects.filter(case_id=case.id, signal=signal, round=case.reopen_count)
    return case.state == "CLOSED" and not said.exists()
