"""Returned figures of a code that ended go on with its heirs, month by month; what they were before stays noted beside them.

What is counted from cases needs none of it: count_month.sql follows ended codes itself.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import astuple
from typing import Any

from anlan.indicators import queries
from anlan.indicators.models import Succession, Value
from anlan.indicators.rules.heirs import Held, add_up
from anlan.indicators.rules.register import Indicator
from anlan.places.queries import get_gazetteer


def inherit(old_code: str, *, heirs_before: Collection[int] = ()) -> tuple[int, int]:
    """Give the heirs of a code what was returned under it; give how many figures went on, and how many could not.

    Done again, it does the same: what a value was without is kept in it. heirs_before: place ids that were its heirs until now: a value of
    theirs that no longer tells of it was returned anew since, and stays. An heir that has ended as well hands on.
    """
    gazetteer = get_gazetteer()
    old = gazetteer.find_place_by_code(old_code)
    if old is None:
        return 0, 0
    register = queries.get_register(old.jurisdiction)
    indicators = {one.id: one for one in register.indicators}
    given = [
        one
        for one in Value.objects.filter(place_id=old.id, is_returned=True, value__isnull=False)
        if one.indicator_id in indicators
    ]
    heirs = list(Succession.objects.filter(old_code=old_code).select_related("place").order_by("id"))  # fmt: skip
    wanted = {(one.indicator_id, one.month_date) for one in given}
    _take_back(old_code, {one.place_id for one in heirs}, wanted, indicators)
    moved = left = 0
    for heir in heirs:
        standing = {
            (one.indicator_id, one.month_date): one
            for one in Value.objects.filter(place_id=heir.place_id, month_date__in={month for _, month in wanted})
        }  # fmt: skip
        for one in given:
            row = standing.get((one.indicator_id, one.month_date))
            if row is not None and heir.place_id in heirs_before and old_code not in _from(row):
                continue
            if _hand_on(indicators[one.indicator_id], one, row, heir, old_code):
                moved += 1
            else:
                left += 1
        if Succession.objects.filter(old_code=heir.place.code).exists():
            inherit(heir.place.code)
    return moved, left


def _from(row: Value) -> dict[str, Any]:
    return dict(row.inherited["from"]) if row.inherited else {}


def _held(row: Value) -> Held:
    return Held(row.value, row.numerator, row.denominator)


def _own(row: Value | None) -> Held | None:
    """What a value was without ended codes; None where it was not, or where it was not returned."""
    if row is None:
        return None
    if row.inherited:
        return Held(*row.inherited["own"]) if row.inherited["own"] else None
    return _held(row) if row.is_returned else None


def _hand_on(indicator: Indicator, one: Value, row: Value | None, heir: Succession, old_code: str) -> bool:  # fmt: skip
    own = _own(row)
    if own is not None and one.month_date >= heir.changed_date:
        return False  # the heir's own figure tells of the whole place already
    if row is not None and not row.is_returned and indicator.formula.is_spine:
        return False  # it is counted here, with the ended code's cases
    left = _from(row) if row is not None else {}
    left[old_code] = [one.value, one.numerator, one.denominator, heir.share]
    return _write(indicator, row or Value(indicator_id=indicator.id, place_id=heir.place_id, month_date=one.month_date), own, left, one.returned_in_id)  # fmt: skip


def _write(indicator: Indicator, row: Value, own: Held | None, left: dict[str, Any], returned_in: Any) -> bool:  # fmt: skip
    total = add_up(indicator, own, [Held(*parts) for parts in left.values()])
    if total is None:
        return False
    row.value, row.numerator, row.denominator = total.value, total.numerator, total.denominator
    row.is_returned, row.returned_in_id = True, row.returned_in_id or returned_in
    row.inherited = {"own": list(astuple(own)[:3]) if own else None, "from": left}
    row.save()
    return True


def _take_back(old_code: str, heirs: Collection[int], wanted: Collection[Any], indicators: dict[int, Indicator]) -> None:  # fmt: skip
    """Take a code's figures out of values that are no heirs' any more, or of which it has no figure now."""
    told = Value.objects.filter(inherited__isnull=False, inherited__from__has_key=old_code)
    for row in told:
        if row.place_id in heirs and (row.indicator_id, row.month_date) in wanted:
            continue
        left = _from(row)
        left.pop(old_code)
        own = _own(row)
        if left and row.indicator_id in indicators:
            _write(indicators[row.indicator_id], row, own, left, row.returned_in_id)
        elif own is None:
            row.delete()
        else:
            row.value, row.numerator, row.denominator, row.inherited = own.value, own.numerator, own.denominator, None  # fmt: skip
            row.save()
