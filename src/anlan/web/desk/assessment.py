"""Assessment of places: the table of a group, a card of which every lost point is explained, objections and what became of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from anlan.assessment import actions, queries
from anlan.assessment.rules.cards import Card as Content
from anlan.assessment.rules.cards import read_card
from anlan.assessment.rules.objections import READERS, CardUnknown, objection_procedure, read_value
from anlan.assessment.rules.periods import before, newest_period
from anlan.assessment.rules.schemes import Scheme, Term
from anlan.cases.rules import local_date
from anlan.kernel.actor import Actor
from anlan.kernel.clock import now
from anlan.kernel.errors import AnlanError, Invalid
from anlan.people import policies
from anlan.places.queries import get_gazetteer
from anlan.places.rules import PlaceInfo
from anlan.web.desk import score_words
from anlan.web.middleware import StaffRequest
from anlan.web.staff import flash, words

if TYPE_CHECKING:
    from anlan.assessment.models import Card, Objection

PERIODS_OFFERED = {Term.YEAR: 6, Term.MONTH: 14}
SAID = {
    "accept": _("Accepted; the corrected card says what changed."), "refuse": _("Refused; the reason is kept."),
    "withdraw": _("Taken back."), "go_offline": _("Arranged offline; the note is kept."),
}  # fmt: skip


@policies.seated(*READERS)
@never_cache
@require_safe
def list_scores(request: StaffRequest) -> HttpResponse:
    """Show a group's scores with rank intervals: published ones, else from the figures as they are."""
    actor, at = request.actor, now()
    groups = queries.list_groups(actor=actor)
    if not groups:
        none = gettext("No scheme of assessment is in force for your places.")
        return render(request, "desk/assessment.html", {"obstacle": none})
    wanted = request.GET.get("group", "")
    scheme, parent = next((one for one in groups if _key(*one) == wanted), groups[0])
    if wanted and _key(scheme, parent) != wanted:
        raise CardUnknown()
    today = local_date(at, get_gazetteer().time_zone(parent.id))
    period = request.GET.get("period", "") or newest_period(scheme.term, today=today)
    newest = newest_period(scheme.term, today=today)
    context: dict[str, Any] = {
        "groups": [(_key(*one), f"{words.pick(one[0].zh, one[0].en)} · {words.name(one[1])}") for one in groups],
        "group": _key(scheme, parent), "period": period, "scheme_code": scheme.code, "parent_code": parent.code,
        "periods": [(one, score_words.show_period(one)) for one in (before(newest, n) for n in range(PERIODS_OFFERED[scheme.term]))],
    }  # fmt: skip
    try:
        context |= _table(actor, scheme, parent, period, at)
    except Invalid as obstacle:
        return render(
            request, "desk/assessment.html", context | {"obstacle": obstacle.message}, status=422
        )
    return render(request, "desk/assessment.html", context)


def _key(scheme: Scheme, parent: PlaceInfo) -> str:
    return f"{scheme.code}.{parent.code}"


def _table(
    actor: Actor, scheme: Scheme, parent: PlaceInfo, period: str, at: datetime
) -> dict[str, Any]:
    group = queries.find_group(actor=actor, code=scheme.code, place_code=parent.code, period=period)
    rows = queries.list_current(places=group.places, scheme=scheme.code, period=period)
    contents = [read_card(row.content) for row in rows]
    live = [] if contents else queries.read_cards(group=group, period=period, at=at)
    shown = contents or live
    own = {card.place: card for card in shown}
    reads = queries.list_readable(actor=actor, places=group.places)
    lines = [
        {
            "name": words.pick(peer.zh, peer.en), "code": peer.code, "score": score_words.number(_score(own, peer)),
            "rank": _rank(own, peer, shown[0].of), "is_open": peer.code in reads and (peer.code in own),
            "passed": own[peer.code].is_passed if peer.code in own else _passes(peer, group.scheme),
            "vetoed": own[peer.code].is_vetoed if peer.code in own else False,
            "award": score_words.tell_award(group.scheme, own[peer.code].run) if peer.code in own and group.scheme.ladder.steps else "",
            "known": round(100 * own[peer.code].known_share) if peer.code in own else None,
        }
        for peer in sorted(shown[0].peers, key=lambda one: (_order(own, one), one.code))
    ]  # fmt: skip
    is_above = queries.is_above(actor, group.parent)
    return {
        "title": words.pick(group.scheme.zh, group.scheme.en), "place": words.name(group.parent),
        "period_words": score_words.show_period(period), "lines": lines, "is_published": bool(contents), "is_over": shown[0].is_over,
        "may_publish": is_above and not contents and shown[0].is_over and any(card.score is not None for card in live),
        "scheme": group.scheme, "has_ladder": bool(group.scheme.ladder.steps), "passes_at": f"{group.scheme.passes_at:g}",
        "is_default": group.scheme.confidence < 0.9, "source": group.scheme.source,
        "open": [_show_open(one, at) for one in queries.list_open(actor=actor, parent=group.parent, scheme=scheme.code, period=period)],
    }  # fmt: skip


def _passes(peer: Any, scheme: Scheme) -> bool | None:
    return None if peer.score is None else bool(peer.score >= scheme.passes_at)


def _score(own: dict[str, Content], peer: Any) -> float | None:
    score: float | None = own[peer.code].score if peer.code in own else peer.score
    return score


def _rank(own: dict[str, Content], peer: Any, of: int) -> score_words.Rank | None:
    one = own.get(peer.code, peer)
    return score_words.show_rank(one.rank, one.first, one.last, of)


def _order(own: dict[str, Content], peer: Any) -> tuple[bool, int]:
    rank = own.get(peer.code, peer).rank
    return rank is None, rank or 0


def _show_open(one: Objection, at: datetime) -> dict[str, Any]:
    card = read_card(one.card.content)
    measured = card.find(one.indicator)
    return {
        "place": words.pick(card.zh, card.en), "code": card.place, "indicator": words.pick(measured.zh, measured.en), "text": one.text,
        "remaining": words.show_remaining(one.due_at, at), "is_late": one.due_at is not None and at >= one.due_at,
    }  # fmt: skip


@policies.seated(*READERS)
@never_cache
@require_safe
def show_card(request: StaffRequest, scheme: str, place_code: str, period: str) -> HttpResponse:
    """Show a place's card: its score, every lost point, what its rank hangs on, versions and objections."""
    actor, at = request.actor, now()
    group, place = _find(actor, scheme, place_code, period)
    zone = get_gazetteer().time_zone(place.id)
    versions = queries.list_cards(actor=actor, place=place, scheme=scheme, period=period)
    typed = request.GET.get("version", "")
    row = next(
        (one for one in versions if str(one.version) == typed), versions[0] if versions else None
    )
    if typed and (row is None or str(row.version) != typed):
        raise CardUnknown()
    context: dict[str, Any] = {
        "scheme_code": scheme, "place_code": place.code, "period": period, "group": _key(group.scheme, group.parent),
        "place": words.name(place), "title": words.pick(group.scheme.zh, group.scheme.en), "period_words": score_words.show_period(period),
    }  # fmt: skip
    try:
        card = read_card(row.content) if row else _live(group, place, period, at)
    except Invalid as obstacle:
        return render(
            request, "desk/score_card.html", context | {"obstacle": obstacle.message}, status=422
        )
    context |= _show(card) | {
        "row": row, "versions": [(one.version, words.show_instant(one.published_at, zone=zone, at=at)) for one in versions],
        "published": words.show_instant(row.published_at, zone=zone, at=at) if row else None,
        "changes": [score_words.tell_change((one[0], one[1], one[2], one[3]), card) for one in row.changes] if row else [],
        "objections": [
            _show_objection(one, actor, zone, at)
            for one in queries.list_objections(actor=actor, place=place, scheme=scheme, period=period)
        ],
    }  # fmt: skip
    if row is not None:
        context["until"] = words.show_instant(
            row.objections_until - timedelta(minutes=1), zone=zone, at=at
        )
        context["may_object"] = (
            row.is_current
            and at < row.objections_until
            and queries.may_object(actor=actor, place_path=row.place_path)
        )
    return render(request, "desk/score_card.html", context)


def _find(
    actor: Actor, scheme: str, place_code: str, period: str
) -> tuple[queries.Group, PlaceInfo]:
    """Find one assessed place that an actor reads, with its group. Raises CardUnknown, SchemeUnknown."""
    group = queries.find_group(actor=actor, code=scheme, place_code=place_code, period=period)
    place = next((one for one in group.places if one.code == place_code), None)
    if place is None or place.code not in queries.list_readable(actor=actor, places=[place]):
        raise CardUnknown()
    return group, place


def _live(group: queries.Group, place: PlaceInfo, period: str, at: datetime) -> Content:
    return next(
        card
        for card in queries.read_cards(group=group, period=period, at=at)
        if card.place == place.code
    )


def _show(card: Content) -> dict[str, Any]:
    scheme = card.read_scheme()
    return {
        "card": card, "score": score_words.number(card.score), "low": score_words.number(card.low), "high": score_words.number(card.high),
        "rank": score_words.show_rank(card.rank, card.first, card.last, card.of), "alone": score_words.show_alone(card),
        "parts": score_words.show_parts(card), "losses": score_words.show_losses(card), "mean": score_words.MEANS[scheme.mean],
        "lost": score_words.number(None if card.score is None else 100 - card.score), "passes_at": f"{scheme.passes_at:g}",
        "award": score_words.tell_award(scheme, card.run) if scheme.ladder.steps else "", "scheme": scheme,
        "known": round(100 * card.known_share), "is_default": scheme.confidence < 0.9,
        "doubt": f"{scheme.doubt_percent:g}",
    }  # fmt: skip


def _show_objection(one: Objection, actor: Actor, zone: str, at: datetime) -> dict[str, Any]:
    card = read_card(one.card.content)
    measured = card.find(one.indicator)
    procedure = objection_procedure(one.procedure_version)
    return {
        "id": one.id, "indicator": words.pick(measured.zh, measured.en), "text": one.text, "answer": one.answer,
        "value": score_words.number(one.value, measured.decimals) if one.value is not None else "", "was": score_words.value_of(measured),
        "typed": f"{one.value:g}" if one.value is not None else "",
        "state": one.state, "state_words": words.label(procedure.states[one.state]), "version": one.card.version,
        "filed": words.show_instant(one.filed_at, zone=zone, at=at),
        "decided": words.show_instant(one.decided_at, zone=zone, at=at) if one.decided_at else None,
        "remaining": words.show_remaining(one.due_at, at), "is_late": one.due_at is not None and at >= one.due_at,
        "corrected": one.corrected.version if one.corrected else None,
        "moves": [(code, words.label(procedure.moves[code])) for code in queries.list_moves(actor=actor, one=one)],
    }  # fmt: skip


@policies.seated(*READERS)
@require_POST
def publish(request: StaffRequest) -> HttpResponse:
    """Publish the cards of a group."""
    scheme, place, period = (request.POST.get(name, "") for name in ("scheme", "place", "period"))
    back = redirect("desk:assessment")
    back["Location"] += f"?group={scheme}.{place}&period={period}"
    try:
        number = actions.publish_cards(
            actor=request.actor, scheme=scheme, place_code=place, period=period, at=now()
        )
    except AnlanError as error:
        if error.status in (403, 404):
            raise
        return flash.tell(back, error.message)
    return flash.tell(
        back,
        gettext("%(number)s cards are published; objections run from now.") % {"number": number},
    )


@policies.seated(*READERS)
@require_POST
def object_to(request: StaffRequest, card_id: UUID) -> HttpResponse:
    """Object to one indicator on the own place's card."""
    card = queries.access_card(actor=request.actor, card_id=card_id)
    back = _back_to(card)
    typed = request.POST.get("value", "").strip()
    value = read_value(typed)
    if typed and value is None:
        return flash.tell(back, gettext("“%(typed)s” is not a number.") % {"typed": typed[:40]})
    try:
        actions.file_objection(
            actor=request.actor, card_id=card_id, indicator=request.POST.get("indicator", ""), text=request.POST.get("text", ""),
            value=value, at=now(),
        )  # fmt: skip
    except AnlanError as error:
        if error.status in (403, 404):
            raise
        return flash.tell(back, error.message)
    return flash.tell(
        back, gettext("The objection is filed; the level above answers it by its day.")
    )


@policies.seated(*READERS)
@require_POST
def decide(request: StaffRequest, objection_id: UUID, move: str) -> HttpResponse:
    """Decide an objection, or take one's own back."""
    one = queries.access_objection(actor=request.actor, objection_id=objection_id)
    back = _back_to(one.card)
    typed = request.POST.get("value", "").strip()
    value = read_value(typed)
    if typed and value is None:
        return flash.tell(back, gettext("“%(typed)s” is not a number.") % {"typed": typed[:40]})
    try:
        actions.decide_objection(
            actor=request.actor,
            objection_id=objection_id,
            move=move,
            note=request.POST.get("note", ""),
            value=value,
            at=now(),
        )
    except AnlanError as error:
        if error.status in (403, 404):
            raise
        return flash.tell(back, error.message)
    return flash.tell(back, str(SAID[move]))


def _back_to(card: Card) -> HttpResponse:
    place = get_gazetteer().place(card.place_id)
    return redirect(
        "desk:score_card", scheme=card.scheme, place_code=place.code, period=card.period
    )
