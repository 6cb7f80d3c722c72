"""Who is told when a case moves: the sender, the reporter, the desk.

Called by background tasks; each message is a notice, kept and retried by its own room. The
sender (110 or another system) is told of every step by webhook, the reporter by e-mail of those steps
that are meant for the reporter, the desk in the app when something arrives or runs late. Each message names its cause: a job that is done
again tells nobody twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from anlan.cases import queries, rules
from anlan.cases.models import Case, Step
from anlan.intake.models import Signal
from anlan.intake.queries import find_contact, get_signal
from anlan.kernel import codes, permits, scope
from anlan.kernel.actor import SYSTEM, Role
from anlan.kernel.canonical import digest, to_json
from anlan.notices.actions import notify
from anlan.notices.rules import Channel
from anlan.people.queries import get_callbacks, get_contacts, list_on_duty
from anlan.places.queries import get_gazetteer

CLIENT_SENDER = "client:"


@permits.inside
@transaction.atomic
def tell_progress(*, case_id: UUID, seq: int, at: datetime) -> None:
    """Tell a case's senders and reporters of one step."""
    step = queries.get_step(case_id=case_id, seq=seq)
    if step.move == rules.HEAR:
        _tell_of_message(step, at)
    if step.move in rules.LEAVES:
        # Its reports lie with the case that goes on; this step is told to them alone.
        scope.open_case(UUID(step.data["into"]))
        signal_ids = [UUID(signal) for signal in step.data["signals"]]
    else:
        signal_ids = queries.list_signal_ids(case_id=case_id)
    for signal_id in signal_ids:
        signal = get_signal(signal_id=signal_id)
        _push_to_sender(step, signal, at)
        if step.tells_reporter:
            _write_to_reporter(step, signal, at)


def _cause(step: Step, signal: Signal) -> str:
    return f"case.step:{step.case_id}:{step.seq}:{signal.id}"


def _push_to_sender(step: Step, signal: Signal, at: datetime) -> None:
    if not signal.sender.startswith(CLIENT_SENDER):
        return
    client_id = UUID(signal.sender.removeprefix(CLIENT_SENDER))
    if client_id not in get_callbacks([client_id]):
        return
    case = step.case
    gazetteer = get_gazetteer()
    body = {
        "code": codes.show(signal.code),
        "external_ref": signal.external_ref,
        "step": step.seq,
        "move": step.move,
        "state": step.to_state,
        "at": step.at,
        "unit": gazetteer.units[case.unit_id].name,
        "note": queries.note_for_reporter(step, case=case),
        "close_due_at": case.close_due_at,
    }
    notify(
        channel=Channel.WEBHOOK, client_id=client_id, subject=f"case.{step.move}",
        body=to_json(body), about_kind="case", about_id=case.id, at=at, cause=_cause(step, signal),
    )  # fmt: skip


def _write_to_reporter(step: Step, signal: Signal, at: datetime) -> None:
    contact = find_contact(signal_id=signal.id)
    if contact is None or not contact.email:
        return
    case = step.case
    state = queries.get_procedure(case).states[step.to_state]
    locale = get_gazetteer().jurisdiction(case.place_id).locale
    with override(locale):
        label = state.zh if locale.startswith("zh") else state.en
        subject = _("Your report {code}: {state}").format(code=codes.show(signal.code), state=label)
        body = queries.note_for_reporter(step, case=case) or subject
    notify(
        channel=Channel.EMAIL, address=contact.email, subject=subject, body=body,
        tracking_of=signal.code, about_kind="case", about_id=case.id, cause=_cause(step, signal),
        at=at,
    )  # fmt: skip


@permits.inside
@transaction.atomic
def tell_opened(*, case_id: UUID, at: datetime) -> None:
    """Tell the desk of an urgent case that has come in, and the reporter how to follow it.

    What is not urgent stands in the queue and needs no notice of its own.
    """
    case = queries.access_case(actor=SYSTEM, case_id=case_id)
    if case.level == rules.Level.URGENT and case.merged_into_id is None:
        with override(_desk_locale(case)):
            text = _("Urgent: {title}").format(title=case.title)
            _tell_desk(case, text, at, cause=f"case.opened:{case.id}")
    step = queries.get_step(case_id=case_id, seq=1)
    for signal_id in queries.list_signal_ids(case_id=case_id):
        _write_to_reporter(step, get_signal(signal_id=signal_id), at)


Turned = tuple[UUID, str, str, str]
"""A clock that has turned: case id, clock, light, due time."""

TOLD_ONE_BY_ONE = 3
"""More cases than these of one desk, one clock and one colour are told of in one line."""


@permits.inside
@transaction.atomic
def tell_turned(*, turned: Sequence[Turned], at: datetime) -> None:
    """Tell the desks in charge of clocks that have turned; of many at once in one line.

    A desk that finds two hundred lines in the morning reads none of them.
    """
    by_desk: dict[tuple[int, str, str], list[tuple[Case, str]]] = {}
    for case_id, clock, light, due_at in turned:
        case = queries.access_case(actor=SYSTEM, case_id=case_id)
        by_desk.setdefault((case.desk_id, clock, light), []).append((case, due_at))
    for (desk_id, clock, light), found in by_desk.items():
        if len(found) > TOLD_ONE_BY_ONE:
            _tell_of_many(desk_id, clock, light, [case for case, _ in found], at)
            continue
        for case, due_at in found:
            with override(_desk_locale(case)):
                text = _turned_words(clock, light).format(title=case.title)
                cause = f"case.turned:{case.id}:{clock}:{light}:{due_at}"
                _tell_desk(case, text, at, cause=cause)
                _tell_chat(case, clock, light, at, cause=cause)


def _turned_words(clock: str, light: str) -> str:
    if clock == rules.Clock.UPDATE:
        return _("The reporter waits for word: {title}")
    return _("Overdue: {title}") if light == rules.Light.RED else _("Due soon: {title}")


def _tell_of_many(desk_id: int, clock: str, light: str, found: list[Case], at: datetime) -> None:
    with override(_desk_locale(found[0])):
        if clock == rules.Clock.UPDATE:
            text = _("{count} reporters wait for word").format(count=len(found))
        elif light == rules.Light.RED:
            text = _("{count} cases are overdue").format(count=len(found))
        else:
            text = _("{count} cases are due soon").format(count=len(found))
    marks = digest(sorted(str(case.id) for case in found))[:16]
    _tell_desk(
        found[0], text, at, cause=f"cases.turned:{desk_id}:{clock}:{light}:{marks}",
        link=f"/desk/?tab={'word' if clock == rules.Clock.UPDATE else light.lower()}",
    )  # fmt: skip


def _tell_chat(case: Case, clock: str, light: str, at: datetime, *, cause: str) -> None:
    if light != rules.Light.RED or clock == rules.Clock.UPDATE or not settings.CHAT_URL:
        return
    text = _("Overdue: {title}").format(title=codes.show(case.code))
    notify(
        channel=Channel.CHAT, address=settings.CHAT_URL, subject=text, body=text,
        link=f"/desk/cases/{case.id}", about_kind="case", about_id=case.id, at=at, cause=cause,
    )  # fmt: skip


def _tell_of_message(step: Step, at: datetime) -> None:
    """Put a line before the desk, and before whoever was sent to the case, that the reporter has written."""
    case = step.case
    desk = _desk_persons(case, at)
    sent = [each for each in case.responders if each not in desk]
    for persons, face in ((desk, "desk"), (sent, "field")):
        if not persons:
            continue
        with override(_desk_locale(case)):
            text = _("The reporter has written: {title}").format(title=case.title)
        notify(
            channel=Channel.IN_APP, person_ids=persons, subject=text, body="",
            link=f"/{face}/cases/{case.id}", about_kind="case", about_id=case.id, at=at,
            cause=f"case.message:{case.id}:{step.seq}:{face}",
        )  # fmt: skip


@permits.inside
def tell_desk(*, case_id: UUID, text: str, at: datetime, cause: str) -> None:
    """Put a line before whoever stands duty at the desk in charge of a case, once for each cause."""
    _tell_desk(queries.access_case(actor=SYSTEM, case_id=case_id), text, at, cause=cause)


def _desk_locale(case: Case) -> str:
    return get_gazetteer().jurisdiction(case.place_id).locale


def _tell_desk(case: Case, text: str, at: datetime, *, cause: str, link: str = "") -> None:
    persons = _desk_persons(case, at)
    if not persons:
        return
    notify(
        channel=Channel.IN_APP, person_ids=persons, subject=text, body="",
        link=link or f"/desk/cases/{case.id}", about_kind="case", about_id=case.id, at=at,
        cause=cause,
    )  # fmt: skip


def _desk_persons(case: Case, at: datetime) -> Sequence[UUID]:
    """Find who stands duty at the desk's own place, or above it when nobody does."""
    gazetteer = get_gazetteer()
    place = gazetteer.place(gazetteer.units[case.desk_id].place_id)
    for role in (Role.TOWN_DESK, Role.COUNTY_CENTRE):
        holders = list_on_duty(place_path=place.path, role=role, at=at)
        if holders:
            nearest = holders[0].place_id
            ids = [h.person_id for h in holders if h.place_id == nearest]
            return [i for i, contact in get_contacts(ids).items() if contact.is_active]
    return []
