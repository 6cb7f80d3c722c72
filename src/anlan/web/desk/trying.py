"""What if: other weights, ways, mean or values, and what becomes of scores and rank intervals. Nothing is saved."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from anlan.assessment import queries
from anlan.assessment.rules.cards import Card, Table
from anlan.assessment.rules.objections import READERS, read_value
from anlan.assessment.rules.schemes import Mean, Scheme, Way, with_choices
from anlan.kernel.clock import now
from anlan.kernel.errors import Invalid
from anlan.people import policies
from anlan.web.desk import score_words
from anlan.web.middleware import StaffRequest
from anlan.web.staff import words


class ValueTyped(Invalid):
    """“{typed}” is not a number."""


@policies.seated(*READERS)
@never_cache
@require_safe
def try_out(request: StaffRequest, scheme: str, place_code: str, period: str) -> HttpResponse:
    """Score a group with other weights, ways, mean, or values of one place, beside the scheme in force."""
    actor, at = request.actor, now()
    group = queries.find_group(actor=actor, code=scheme, place_code=place_code, period=period)
    reads = queries.list_readable(actor=actor, places=group.places)
    places = [one for one in group.places if one.code in reads]
    place = next(
        (one for one in places if one.code == place_code), places[0] if places else group.places[0]
    )
    context: dict[str, Any] = {
        "scheme_code": scheme, "place_code": place_code, "period": period, "place": words.name(place), "title": words.pick(group.scheme.zh, group.scheme.en),
        "period_words": score_words.show_period(period), "group": f"{group.scheme.code}.{group.parent.code}",
        "means": [(one.value, score_words.MEANS[one]) for one in Mean], "is_card": place.code == place_code,
    }  # fmt: skip
    try:
        table = queries.read_table(group, period=period)
        cards = queries.read_cards(group=group, period=period, at=at, table=table)
        own = next(card for card in cards if card.place == place.code)
        context |= {
            "rows": _inputs(group.scheme, own, request.GET),
            "mean": request.GET.get("mean", group.scheme.mean.value),
        }
        tried_scheme = _read_scheme(group.scheme, request.GET)
        tried_table = _read_values(table, group.scheme, place.code, request.GET)
        tried = queries.read_cards(
            group=group, period=period, at=at, scheme=tried_scheme, table=tried_table
        )
    except Invalid as obstacle:
        return render(
            request, "desk/score_try.html", context | {"obstacle": obstacle.message}, status=422
        )
    context["lines"] = _compare(cards, tried, place.code)
    context["is_tried"] = tried_scheme != group.scheme or tried_table != table
    return render(request, "desk/score_try.html", context)


def _number(typed: str) -> float | None:
    if not typed.strip():
        return None
    value = read_value(typed)
    if value is None:
        raise ValueTyped(typed=typed[:40])
    return value


def _read_scheme(scheme: Scheme, given: QueryDict) -> Scheme:
    weights, ways = {}, {}
    for part in scheme.parts:
        weight = _number(given.get(f"w_{part.indicator}", ""))
        if weight is not None:
            weights[part.indicator] = weight
        way = given.get(f"m_{part.indicator}", "")
        if way in set(Way):
            ways[part.indicator] = Way(way)
    mean = given.get("mean", "")
    if not weights and not ways and mean not in set(Mean):
        return scheme
    return with_choices(
        scheme, weights=weights, ways=ways, mean=Mean(mean) if mean in set(Mean) else None
    )


def _read_values(table: Table, scheme: Scheme, place_code: str, given: QueryDict) -> Table:
    for code in scheme.indicators:
        value = _number(given.get(f"v_{code}", ""))
        if value is not None:
            table = table.with_value(code, place_code, value)
    return table


def _inputs(scheme: Scheme, own: Card, given: QueryDict) -> list[dict[str, Any]]:
    rows = []
    for part in scheme.parts:
        one = own.find(part.indicator)
        ways = [way for way in Way if way is not Way.TARGET or part.goal is not None]
        rows.append(
            {
                "code": part.indicator, "name": words.pick(one.zh, one.en), "value": score_words.value_of(one), "unit": score_words.unit_of(one),
                "weight": given.get(f"w_{part.indicator}", "") or f"{part.weight:g}", "typed": given.get(f"v_{part.indicator}", ""),
                "way": given.get(f"m_{part.indicator}", "") or part.way.value,
                "ways": [(way.value, score_words.WAYS[way]) for way in ways],
            }
        )  # fmt: skip
    return rows


def _compare(cards: list[Card], tried: list[Card], own: str) -> list[dict[str, Any]]:
    lines = []
    for before, after in zip(cards, tried, strict=True):
        change = None if before.score is None or after.score is None else after.score - before.score
        lines.append(
            {
                "name": words.pick(after.zh, after.en), "is_own": after.place == own, "order": (after.rank is None, after.rank or 0),
                "score": score_words.number(before.score), "tried": score_words.number(after.score),
                "change": "" if change is None or abs(change) < 0.05 else f"{change:+.1f}".replace("-", "−"),
                "rank": score_words.show_rank(before.rank, before.first, before.last, before.of),
                "tried_rank": score_words.show_rank(after.rank, after.first, after.last, after.of),
                "passed": gettext("passed") if after.is_passed else gettext("not passed"),
            }
        )  # fmt: skip
    return sorted(lines, key=lambda one: one["order"])
