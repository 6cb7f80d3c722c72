"""Reads of what reporters write and are answered: which photos came with it, and whose it is."""

from __future__ import annotations

from uuid import UUID

from anlan.cases import rules
from anlan.cases.models import Case, Step
from anlan.cases.queries.one import get_case_of_signal
from anlan.intake.models import Signal
from anlan.intake.queries import get_signal


def list_photos_with(step: Step) -> list[UUID]:
    """List the photos that came with a step, as colleagues see them; one may have been erased since."""
    if step.move not in rules.SHOWN_WITH_PHOTOS:
        return []
    return [UUID(photo) for photo in step.data.get("photos", ())]


def list_photos_told(step: Step, *, signal: Signal) -> list[UUID]:
    """List the photos of a step that the sender of a signal may see: sent by him, or to him.

    Of the steps that he is told of (`list_told_steps`) only: what was answered to others is not for him.
    """
    if step.move not in rules.TOLD_WITH_PHOTOS:
        return []
    if step.move == rules.HEAR and step.data.get("of_signal") != str(signal.id):
        return []
    return list_photos_with(step)


def list_heard(*, signal_id: UUID) -> list[Step]:
    """List all that the sender of a signal has written, wherever it lies. Under the scope of everything.

    What he wrote while his report was merged into another's case stays there when it is separated again.
    """
    own = Case.objects.get(code=get_signal(signal_id=signal_id).code)
    left = Step.objects.filter(case=own, move__in=rules.LEAVES)
    case_ids = {own.id, get_case_of_signal(signal_id=signal_id).id}
    case_ids |= {UUID(data["into"]) for data in left.values_list("data", flat=True)}
    found = Step.objects.filter(
        case_id__in=case_ids, move=rules.HEAR, data__of_signal=str(signal_id)
    )
    return list(found.order_by("at", "pk"))
