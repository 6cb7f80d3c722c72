"""Why the clocks of a case stand where they stand: what counts, what does not, who moved them.

A page of its own, reached from each clock on the case page: the picture of the time that counts, then
every act that started, paused, extended or stopped the clock, with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from anlan.cases import queries as cases
from anlan.cases import rules as case_rules
from anlan.cases.rules import Act, Clock, Light
from anlan.kernel import calendars
from anlan.kernel.actor import PLACE_ROLES, ActorKind
from anlan.kernel.calendars import Term, Unit
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.people import queries as people
from anlan.places.queries import get_gazetteer
from anlan.privacy import actions as privacy
from anlan.privacy.rules import Looked
from anlan.web.desk import story
from anlan.web.middleware import StaffRequest
from anlan.web.staff import words
from anlan.web.staff.cases import show_card, show_light

if TYPE_CHECKING:
    from anlan.cases.models import Case, Step

WIDTH = 1000
LONGEST_STRIP = timedelta(days=62)
"""A longer span is not drawn: its days would be hairlines."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Mark:
    """A span of the strip, in its units: `kind` COUNTS, LATE or PAUSE."""

    x: int
    width: int
    kind: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The picture of a clock: what counts, the pauses, and where due time and now lie."""

    marks: tuple[Mark, ...]
    amber_x: int
    due_x: int
    now_x: int
    begins: words.Instant
    ends: words.Instant


@dataclass(frozen=True, slots=True)
class Line:
    """One act, in words."""

    what: str
    when: words.Instant
    who: str
    note: str
    due: words.Instant | None


@dataclass(frozen=True, slots=True)
class ClockPage:
    """One clock, explained."""

    name: str
    light: str
    light_words: str
    remaining: str
    due: words.Instant | None
    term: str
    counting: str
    source: str
    is_default: bool
    strip: Strip | None
    lines: tuple[Line, ...]
    days_off: tuple[str, ...]


@policies.seated(*PLACE_ROLES)
@require_safe
def show_clocks(request: StaffRequest, case_id: UUID) -> HttpResponse:
    """Explain the clocks of a case to whoever may see it."""
    at, actor = now(), request.actor
    case = cases.access_case(actor=actor, case_id=case_id)
    privacy.record_look(actor=actor, case=case, what=Looked.CASE, at=at)
    steps = cases.list_steps(case_id=case.id)
    person_ids = {step.actor_id for step in steps if step.actor_kind == ActorKind.PERSON}
    names = people.get_person_names({person for person in person_ids if person is not None})
    context = {
        "case": case,
        "card": show_card(case, at=at),
        "clocks": explain(case, steps, names, at=at),
    }
    return render(request, "desk/clocks.html", context)


def explain(
    case: Case, steps: Sequence[Step], names: Mapping[UUID, str], *, at: datetime
) -> list[ClockPage]:
    """Explain first response, update and solution."""
    catalogue = cases.get_catalogue()
    profile = catalogue.profile(catalogue.matters[case.matter_id])
    return [
        _explain_acts(Clock.RESPONSE, profile.ack, profile, case, steps, names, at),
        _explain_update(profile, case, steps, at),
        _explain_acts(Clock.SOLUTION, profile.close, profile, case, steps, names, at),
    ]


def _explain_acts(
    clock: Clock,
    term: Term,
    profile: case_rules.Profile,
    case: Case,
    steps: Sequence[Step],
    names: Mapping[UUID, str],
    at: datetime,
) -> ClockPage:
    procedure = cases.get_procedure(case)
    ended = {code for code, state in procedure.states.items() if not state.deadline}
    told = case_rules.tell_clock(clock, steps, closed_states=ended)
    due_at = case.response_due_at if clock is Clock.RESPONSE else case.close_due_at
    began_at = max(
        (t.at for t in told if t.act in (Act.STARTED, Act.STARTED_ANEW)), default=case.opened_at
    )
    stopped_at = told[-1].at if told and told[-1].act is Act.STOPPED else None
    by_seq = {step.seq: step for step in steps}
    zone = get_gazetteer().time_zone(case.place_id)
    lines = tuple(_line(t, by_seq[t.seq], names, due_at, zone=zone, at=at) for t in told)
    return _page(
        clock, term, profile, case, steps, due_at=due_at, began_at=began_at,
        stopped_at=stopped_at, lines=lines, at=at,
    )  # fmt: skip


def _explain_update(
    profile: case_rules.Profile, case: Case, steps: Sequence[Step], at: datetime
) -> ClockPage:
    """Explain the update: it starts anew with everything that the reporter is told."""
    zone = get_gazetteer().time_zone(case.place_id)
    procedure = cases.get_procedure(case)
    telling = [step for step in steps if step.tells_reporter]
    last = telling[-1] if telling else steps[0]
    move = procedure.moves.get(last.move)
    line = Line(
        what=gettext("The reporter was told last: %(move)s")
        % {"move": words.label(move) if move else gettext("Reported")},
        when=words.show_instant(last.at, zone=zone, at=at),
        who="",
        note="",
        due=words.show_instant(case.update_due_at, zone=zone, at=at)
        if case.update_due_at
        else None,
    )
    return _page(
        Clock.UPDATE, profile.update, profile, case, steps, due_at=case.update_due_at,
        began_at=last.at, stopped_at=None if case.update_due_at else last.at, lines=(line,), at=at,
    )  # fmt: skip


def _page(
    clock: Clock,
    term: Term,
    profile: case_rules.Profile,
    case: Case,
    steps: Sequence[Step],
    *,
    due_at: datetime | None,
    began_at: datetime,
    stopped_at: datetime | None,
    lines: tuple[Line, ...],
    at: datetime,
) -> ClockPage:
    gazetteer = get_gazetteer()
    zone, calendar = gazetteer.time_zone(case.place_id), gazetteer.calendar(case.place_id)
    counting = {"calendar": calendar, "time_zone": zone}
    strip: Strip | None = None
    days_off: tuple[str, ...] = ()
    amber_at: datetime | None = None
    if due_at is not None:
        amber_at = calendars.amber(began_at, due_at, term, **counting)
        pauses = case_rules.list_pauses(steps, until_at=at)
        strip = _draw(term, began_at, amber_at, due_at, pauses, counting, at=stopped_at or at)
        days_off = _show_days(began_at, due_at, term, counting)
    light, is_met = _light(due_at, amber_at, case, stopped_at, at)
    return ClockPage(
        name=words.from_pair(case_rules.CLOCK_LABELS[clock]),
        light=light.value or "NONE",
        light_words=_light_words(light, due_at, stopped_at, is_met=is_met),
        remaining="" if stopped_at or case.paused_at else words.show_remaining(due_at, at),
        due=words.show_instant(due_at, zone=zone, at=at) if due_at else None,
        term=show_term(term),
        counting=_show_counting(term.unit),
        source=_show_source(profile.source),
        is_default=profile.confidence < 1,
        strip=strip,
        lines=lines,
        days_off=days_off,
    )


def _show_source(source: str) -> str:
    """Show where a term comes from: a statute by its name, what is our own by saying so."""
    if source.startswith("P:"):
        return gettext("No public rule: a default of our own, which each place may change")
    return source


def _light(
    due_at: datetime | None,
    amber_at: datetime | None,
    case: Case,
    stopped_at: datetime | None,
    at: datetime,
) -> tuple[Light, bool]:
    if due_at is None:
        return Light.NONE, False
    if stopped_at is not None:
        is_met = stopped_at <= due_at
        return (Light.GREEN if is_met else Light.RED), is_met
    return case_rules.light(due_at, amber_at, at, paused_at=case.paused_at), False


def _light_words(
    light: Light, due_at: datetime | None, stopped_at: datetime | None, *, is_met: bool
) -> str:
    if due_at is None or stopped_at is None:
        return show_light(light)
    if is_met:
        return gettext("Met, %(span)s before its end") % {
            "span": words.show_span(due_at - stopped_at)
        }
    return gettext("Missed by %(span)s") % {"span": words.show_span(stopped_at - due_at)}


def _line(
    told: case_rules.Told,
    step: Step,
    names: Mapping[UUID, str],
    due_at: datetime | None,
    *,
    zone: str,
    at: datetime,
) -> Line:
    runs_to = told.due_at or (due_at if told.act is Act.STARTED else None)
    return Line(
        what={
            Act.STARTED: gettext("Started"),
            Act.STARTED_ANEW: gettext("Started anew"),
            Act.EXTENDED: gettext("Extended"),
            Act.PAUSED: gettext("Paused"),
            Act.RESUMED: gettext("Ran again"),
            Act.STOPPED: gettext("Stopped"),
            Act.MERGED: gettext("Set by merging or separating cases"),
        }[told.act],
        when=words.show_instant(told.at, zone=zone, at=at),
        who=story.name_actor(step, names),
        note=step.note,
        due=words.show_instant(runs_to, zone=zone, at=at) if runs_to else None,
    )


def show_term(term: Term) -> str:
    """Say a term in words.

    >>> show_term(Term(3, Unit.WORKING_DAY))
    '3 working days'
    """
    count = term.amount
    say = {
        Unit.MINUTE: ngettext("%(count)d minute", "%(count)d minutes", count),
        Unit.HOUR: ngettext("%(count)d hour", "%(count)d hours", count),
        Unit.WORKING_HOUR: ngettext("%(count)d working hour", "%(count)d working hours", count),
        Unit.WORKING_DAY: ngettext("%(count)d working day", "%(count)d working days", count),
        Unit.CALENDAR_DAY: ngettext("%(count)d calendar day", "%(count)d calendar days", count),
        Unit.MONTH: ngettext("%(count)d month", "%(count)d months", count),
        Unit.YEAR: ngettext("%(count)d year", "%(count)d years", count),
    }[term.unit]
    return say % {"count": count}


def _show_counting(unit: Unit) -> str:
    if unit in (Unit.MINUTE, Unit.HOUR):
        return gettext("Counted by the clock, day and night.")
    if unit is Unit.WORKING_HOUR:
        return gettext("Only 08:30–12:00 and 13:30–17:30 of working days count.")
    if unit is Unit.WORKING_DAY:
        return gettext("The day itself does not count; it runs to the end of the last working day.")
    return gettext(
        "The day itself does not count; an end on a day off moves to the next working day."
    )


def _draw(
    term: Term,
    began_at: datetime,
    amber_at: datetime,
    due_at: datetime,
    pauses: Sequence[Span],
    counting: dict[str, str],
    *,
    at: datetime,
) -> Strip | None:
    until_at = max(due_at, at)
    if until_at - began_at > LONGEST_STRIP or until_at <= began_at:
        return None
    whole = (until_at - began_at).total_seconds()

    def x_of(instant: datetime) -> int:
        share = (min(max(instant, began_at), until_at) - began_at).total_seconds() / whole
        return round(WIDTH * share)

    def mark(span: Span, kind: str) -> Mark:
        return Mark(x_of(span[0]), max(2, x_of(span[1]) - x_of(span[0])), kind)

    is_worked = term.unit in (Unit.WORKING_HOUR, Unit.WORKING_DAY)
    counted = (
        calendars.list_working_spans(began_at, due_at, **counting)
        if is_worked
        else [(began_at, due_at)]
    )
    marks = [mark(span, "COUNTS") for span in counted]
    if until_at > due_at:
        marks.append(mark((due_at, until_at), "LATE"))
    marks += [mark(span, "PAUSE") for span in pauses if span[1] > began_at]
    zone = counting["time_zone"]
    return Strip(
        marks=tuple(marks),
        amber_x=x_of(amber_at),
        due_x=x_of(due_at),
        now_x=x_of(at),
        begins=words.show_instant(began_at, zone=zone, at=at),
        ends=words.show_instant(until_at, zone=zone, at=at),
    )


def _show_days(
    began_at: datetime, due_at: datetime, term: Term, counting: dict[str, str]
) -> tuple[str, ...]:
    if term.unit not in (Unit.WORKING_HOUR, Unit.WORKING_DAY):
        return ()
    found = calendars.list_unusual_days(began_at, due_at, **counting)
    return tuple(_show_day(day, is_worked=is_worked) for day, is_worked in found)


def _show_day(day: date, *, is_worked: bool) -> str:
    if is_worked:
        say = gettext("%(day)s is worked (make-up day)")
    elif day.weekday() >= 5:
        say = gettext("%(day)s does not count (weekend)")
    else:
        say = gettext("%(day)s does not count (public holiday)")
    return say % {"day": words.show_day(day)}
