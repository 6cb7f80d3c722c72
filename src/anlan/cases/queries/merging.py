"""Reads of what has been merged: what a case went into, what it holds, what a reporter is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from anlan.cases import rules
from anlan.cases.models import Case, Step
from anlan.intake.models import Signal
from anlan.kernel import scope
from anlan.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Merged:
    """A case that was merged into another. by_reporter: nobody at a desk has said that it is the same."""

    case_id: UUID
    code: str
    by_reporter: bool
    signal_ids: tuple[UUID, ...]
    seq: int
    """The lead's step by which it came in."""


def lock_both(one: UUID, other: UUID) -> None:
    """Lock two cases, whichever is named first; who may see them is asked afterwards.

    Everybody who locks more than one case keeps one order, so that nobody waits for somebody who waits
    for him: a case that stands by itself before one that is merged into another, else by id. A lead that
    is closed takes along what is merged into it; it is locked before those, too.
    Raises CaseChanged when one was merged or separated while it was waited for.
    """
    found = dict(Case.objects.filter(pk__in=(one, other)).values_list("pk", "merged_into_id"))
    # Both are asked for, whether they are there or not: nobody learns from it what he may not see.
    for pk in sorted((one, other), key=lambda pk: (found.get(pk) is not None, pk)):
        locked = Case.objects.filter(pk=pk).select_for_update(of=("self",))
        for merged_into, seq in locked.values_list("merged_into_id", "seq"):
            if merged_into != found[pk]:
                raise rules.CaseChanged(step=seq)


def list_merged(steps: list[Step]) -> list[Merged]:
    """List the cases that are merged into one, from its steps."""
    found: dict[UUID, Merged] = {}
    for step in steps:
        if step.move == "take_in":
            data = step.data
            case_id = UUID(data["case"])
            found[case_id] = Merged(
                case_id, data["code"], data["by"] == "join",
                tuple(UUID(signal) for signal in data["signals"]), step.seq,
            )  # fmt: skip
        elif step.move == "give_back":
            found.pop(UUID(step.data["case"]), None)
    return list(found.values())


def find_merged_of(*, signal: Signal, case: Case) -> Merged | None:
    """Find the case that a signal had of its own before it was merged into `case`; open it to what follows.

    The caller has proved the signal's code.
    """
    if signal.code == case.code:
        return None
    steps = list(Step.objects.filter(case=case, move__in=("take_in", "give_back")).order_by("seq"))
    own = next((m for m in list_merged(steps) if signal.id in m.signal_ids), None)
    if own is not None:
        scope.open_case(own.case_id)
    return own


def list_told_steps(*, signal: Signal, case: Case) -> list[Step]:
    """List the steps that a reporter is told of.

    Of a report that was merged into another's case: its own case's way, then what happened since. What the
    other reporter was told before is not for this one; nor is what another has written.
    """
    told = Q(tells_reporter=True) | Q(move=rules.HEAR, data__of_signal=str(signal.id))
    own = find_merged_of(signal=signal, case=case)
    if own is None:
        return list(Step.objects.filter(told, case=case).order_by("seq"))
    mine = Step.objects.filter(told, case_id=own.case_id)
    since = Step.objects.filter(told, case=case, seq__gt=own.seq)
    return [*mine.order_by("seq"), *since.order_by("seq")]


def list_photos_split_off(*, signal: Signal, steps: Sequence[Step]) -> list[UUID]:
    """List the photos that went with parts of a report; open those parts to what follows.

    steps: those that its reporter is told of. The caller has proved the signal's code.
    """
    photos: list[UUID] = []
    for step in steps:
        if step.move == "split" and step.data["of_signal"] == str(signal.id):
            scope.open_case(UUID(step.data["part"]))
            photos += [UUID(photo) for photo in step.data.get("photos", ())]
    return photos


def find_lead(*, actor: Actor, case: Case) -> Case | None:
    """Find the case that this one was merged into, if the actor may see it."""
    if case.merged_into_id is None:
        return None
    return Case.objects.open_to(actor).filter(pk=case.merged_into_id).first()


def find_lead_codes(*, actor: Actor, cases: Sequence[Case]) -> dict[UUID, str]:
    """Find the codes of the cases that some were merged into, as far as the actor may see them."""
    leads = {case.merged_into_id for case in cases if case.merged_into_id is not None}
    if not leads:
        return {}
    return dict(Case.objects.visible_to(actor).filter(pk__in=leads).values_list("pk", "code"))


def list_parts(*, actor: Actor, steps: list[Step]) -> list[Case]:
    """List what was split off a case, and what it was split off, as far as the actor may see it."""
    ids = [step.data.get("part") or step.data.get("origin") for step in steps]
    if not any(ids):
        return []
    return list(Case.objects.open_to(actor).filter(pk__in=[i for i in ids if i]).order_by("pk"))


def standing_of(case: Case) -> rules.Standing:
    """Give what decides which of two cases goes on."""
    holds = Case.objects.filter(merged_into=case).exists()
    return rules.Standing(case.code, case.state, case.opened_at, holds)
