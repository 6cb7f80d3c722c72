"""Hot topics: what many report at once in one's places, and the cases behind each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_safe

from anlan.cases.queries import get_catalogue
from anlan.cases.rules import local_date
from anlan.kernel.actor import Actor, Role
from anlan.kernel.clock import now
from anlan.people import policies
from anlan.places.queries import get_gazetteer
from anlan.triage.queries import topics as queries
from anlan.triage.rules.topics import Trend
from anlan.web.middleware import StaffRequest
from anlan.web.staff import words
from anlan.web.staff.cases import lineage_of, show_card, zone_of

ROLES = (Role.TOWN_DESK, Role.COUNTY_CENTRE, Role.DUTY_LEADER, Role.PRINCIPAL)
SHOWN = 50


def may_see_topics(actor: Actor) -> bool:
    """Tell whether the page of hot topics is open to an actor."""
    return any(seat.role in ROLES for seat in actor.seats)


@policies.seated(*ROLES)
@require_safe
def list_topics(request: StaffRequest) -> HttpResponse:
    """List the topics of the last 7 or 30 days, the largest first."""
    at, days = now(), _read_days(request)
    found = queries.list_topics(actor=request.actor, days=days, at=at)
    looked_at = queries.find_newest_search()
    context = {
        "topics": [_show(topic, request.actor) for topic in found[:SHOWN]],
        "left_out": max(0, len(found) - SHOWN),
        "days": days,
        "windows": queries.WINDOWS_DAYS,
        "looked": words.show_ago(looked_at, at) if looked_at else "",
    }
    return render(request, "desk/topics.html", context)


@policies.seated(*ROLES)
@require_safe
def show_topic(request: StaffRequest, key: UUID) -> HttpResponse:
    """Show the cases of a topic; of those out of one's sight it shows nothing."""
    at, days = now(), _read_days(request)
    cases = queries.list_topic_cases(actor=request.actor, key=key, days=days, at=at)
    seen = {
        topic.key: topic
        for topic in queries.list_topics(actor=request.actor, days=days, at=at)
    }  # fmt: skip
    context = {
        "topic": _show(seen[key], request.actor) if key in seen else None,
        "rows": [show_card(case, at=at) for case in cases],
        "days": days,
        "limit": queries.CASES_LIMIT,
    }
    return render(request, "desk/topic.html", context)


def _read_days(request: StaffRequest) -> int:
    asked = request.GET.get("days", "")
    known = {str(days): days for days in queries.WINDOWS_DAYS}
    return known.get(asked, queries.WINDOWS_DAYS[0])


def _show(topic: queries.SeenTopic, actor: Actor) -> dict[str, Any]:
    gazetteer, at, zone = get_gazetteer(), now(), zone_of(actor)
    matter = get_catalogue().matters.get(topic.matter_id)
    place = topic.place_id
    named = words.name(matter) if matter else gettext("No longer in the catalogue")
    return {
        "key": topic.key,
        "label": " · ".join(topic.phrases) or named,
        "matter": named,
        "place": words.name(gazetteer.place(place)) if place else gettext("No common place"),
        "place_full": " › ".join(words.name(p) for p in lineage_of(gazetteer, place))
        if place else "",
        "first": words.show_instant(topic.first_at, zone=zone, at=at),
        "first_day": words.show_day(local_date(topic.first_at, zone)),
        "last": words.show_instant(topic.last_at, zone=zone, at=at),
        "last_day": words.show_day(local_date(topic.last_at, zone)),
        "count": topic.count,
        "before": topic.before,
        "trend": topic.trend.value,
        "trend_words": {
            Trend.NEW: pgettext("trend", "new"),
            Trend.RISING: pgettext("trend", "more"),
            Trend.STEADY: pgettext("trend", "as before"),
            Trend.FALLING: pgettext("trend", "less"),
        }[topic.trend],
        "cases_count": topic.cases_count,
    }  # fmt: skip
